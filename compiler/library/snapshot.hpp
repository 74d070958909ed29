/// @file snapshot.hpp
/// @brief What the declarations of the standard library come to, evaluated at build time.
///
/// Types have the same ids in every run: tables of types begin with those of the library (`types::StaticTypes`). Constants
/// are copied to the values of a stack when it uses them first: most stacks use few, and each value of a stack is found at
/// the same place whoever made it. Whatever depends on more than the library, and on which settings a stage gives, is not here,
/// and evaluated as ever.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ir/value.hpp"

namespace zflow::library {

/// A part of a constant. What it consists of stands before it; numbers count from the first part of the constant.
struct Part {
    static constexpr uint8_t nowhere = UINT8_MAX;

    ir::Op op;             ///< one that a constant can have: a scalar, a List or a Record
    bool optional;
    uint8_t module;        ///< where it is written, and from where to where there; or `nowhere`
    types::TypeId type;
    uint32_t begin, end;
    uint32_t a, b;         ///< the first and how many: bytes of a text, links, fields; of a number the lower and upper half
};

struct Field {
    Symbol key;
    uint32_t part;
};

struct Range {
    uint32_t first, count;
};

/// A parameter of a stage kind, resource kind or function.
struct KindParameter {
    Symbol name;
    types::TypeId type;
    syntax::NodeId node;       ///< its name
    syntax::NodeId fallback;   ///< what it is when it is not given; 0: there is nothing
    uint32_t constant = 0;     ///< the same, when it is prepared
};

struct Kind {
    std::span<const KindParameter> parameters;
    syntax::NodeId body;       ///< 0: it has none
    bool single;               ///< one call and nothing else that makes a state
};

/// What a node comes to. It is found by the node itself (`Node::evaluated`).
///
/// In the body of a kind most expressions ask for settings that most stages do not give. What an expression comes to when
/// none of some settings is given is calculated here too, under that condition: `unless` has a bit for each setting that the
/// calculation looked at, which is what `or`, `and`, `??` and `if` did not cut short. So `require a == none or a! < b` holds
/// unless `a` is given, whatever `b` is. The bits are those of `Frame::given`, which every expansion of a kind sets as it
/// binds the settings; a body that is no kind's has them all set.
struct Evaluated {
    enum class What : uint8_t {
        Type,
        Constant,                           ///< `number`; with a type: the default of something, converted to that type
        Nothing, False, True,               ///< constants that are in every stack; of a `require`, True: it holds
        Instead,                            ///< what the node `number`, a part of this one, comes to
        Kind,                               ///< `number`, of a function too
        Operation,                          ///< what is called: the integration `number`
    };
    static constexpr uint32_t most = (1u << 28) - 1;

    uint64_t unless = 0;
    types::TypeId type{};
    uint32_t number : 28 = 0;
    What what : 4 = What::Type;
};
static_assert(sizeof(Evaluated) == 16);

/// How many settings of a kind have a bit: its first ones.
inline constexpr size_t settings_with_bit = 64;

/// In the place of the default of a field (`FieldType::fallback`): this and the number of a constant.
inline constexpr uint32_t prepared_fallback = 1u << 31;

struct Snapshot {
    types::StaticTypes types;
    std::span<const Range> constants;       ///< by number, from 1: their parts
    std::span<const Part> parts;
    std::span<const uint32_t> links;        ///< numbers of parts
    std::span<const Field> fields;
    std::string_view texts;
    std::span<const Kind> kinds;
    std::span<const Evaluated> evaluated;   ///< from 1; empty: nothing was prepared
};

/// Of the modules in library.hpp; its names are among those that an Interner starts with.
const Snapshot& snapshot();

}  // namespace zflow::library
