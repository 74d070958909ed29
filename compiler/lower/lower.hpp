/// @file lower.hpp
/// @brief One pipeline of the typed program to the text of its Amazon States Language definition.
#pragma once

#include <string>
#include <vector>

#include "base/buffer.hpp"
#include "ir/program.hpp"

namespace zflow::lower {

enum class Layout : uint8_t {
    Pretty,   ///< indented JSON, for review
    Compact,  ///< one state a line: small, and still a line-by-line diff
};

/// A `${key}` in the definition and the deploy-time leaf it stands for. `encoded`: the text is free, so it is carried as
/// Base64 and decoded by the expression that uses it; nothing a person passes can leave its quotes.
struct Substitution {
    std::string key;
    ir::ValueId value;
    bool encoded = false;
    std::string text = {};   ///< instead of a value: code that a compact definition says in many places
};

struct Definition {
    std::vector<Substitution> substitutions;   ///< in order of first use
    size_t states = 0;                         ///< number of states over all scopes
};

/// What lowering reads besides the pipeline.
struct Context {
    const ir::Stack& stack;
    const ir::Values& values;
    const types::TypeTable& types;
    const Interner& names;
};

/// Marks on the values of a stack. They are there for all of its pipelines, one after the other: no two give the same one.
struct Marks {
    std::vector<uint32_t> of_values;
    uint32_t taken = 0;
};

/// Appends the definition to `out`; every line after the first starts with `indent` spaces (it stands in a YAML block).
Definition write_definition(const Context& context, const ir::Pipeline& pipeline, Layout layout, size_t indent, Buffer& out,
                            Marks& marks);

}  // namespace zflow::lower
