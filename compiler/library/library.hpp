/// @file library.hpp
/// @brief The standard library as it was prepared at build time: parsed trees, their names, and the glue sources.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/interner.hpp"
#include "syntax/tree.hpp"

namespace zflow::library {

struct Prepared {
    std::string_view name;                  ///< "std/sagemaker.zflow"
    std::string_view text;
    std::span<const syntax::Node> nodes;
};

/// The modules in the order in which they are declared.
std::span<const Prepared> modules();

/// The names that the trees refer to. An Interner must start with them.
StaticNames names();

/// Where something is declared.
struct Declared {
    uint32_t module;       ///< the place in modules()
    syntax::NodeId node;   ///< 0: nowhere
};

/// What each of the names means, by its symbol.
std::span<const Declared> declarations();

/// The options of a stack, in the order in which they are declared.
std::span<const Declared> options();

/// A file beside the library's sources, by its path there: "glue/databricks.py".
std::optional<std::string_view> file(std::string_view path);

}  // namespace zflow::library
