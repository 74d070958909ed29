/// @file snapshot.hpp
/// @brief What the declarations of the standard library come to, evaluated at build time.
///
/// Types have the same ids in every run: tables of types begin with those of the library (`types::StaticTypes`). Constants
/// are copied to the values of a stack when it uses them first: most stacks use few, and each value of a stack is found at
/// the same place whoever made it. Whatever depends on more than the library is not here, and evaluated as ever.
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

/// What a node comes to: a type, a constant (of that type, when it is the default of something), a kind or function, an operation.
struct Evaluated {
    uint32_t key = 0;          ///< 0: none
    types::TypeId type{};
    uint32_t number = 0;       ///< of the constant, of the kind (a function has one too), of the integration

    static uint32_t key_of(uint32_t module, syntax::NodeId node) { return module << 24 | node; }
    static uint32_t place_of(uint32_t key) { return key * 2654435769u >> 8; }
};

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
    std::span<const Evaluated> evaluated;   ///< an open-addressing hash table whose size is a power of two

    /// Null: it is not here.
    const Evaluated* find(uint32_t module, syntax::NodeId node) const {
        uint32_t key = Evaluated::key_of(module, node);
        for (size_t i = Evaluated::place_of(key); !evaluated.empty(); i++) {
            const Evaluated& at = evaluated[i & (evaluated.size() - 1)];
            if (at.key == key) return &at;
            if (!at.key) break;
        }
        return nullptr;
    }
};

/// Of the modules in library.hpp; its names are among those that an Interner starts with.
const Snapshot& snapshot();

}  // namespace zflow::library
