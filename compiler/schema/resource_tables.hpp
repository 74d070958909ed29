/// @file resource_tables.hpp
/// @brief Layout of what CloudFormation takes. `tools/schemas/pack_resources.cpp` writes it, `resource_types.cpp` reads it.
///
/// Every text and every type of a property is there once and is referred to by its number, so that most of it takes two bytes.
/// It is read in place: what no program asks for is never touched.
#pragma once

#include <cstdint>

namespace zflow::schema::tables {

enum PropertyFlag : uint8_t { prop_least = 1, prop_most = 2, prop_loose = 4, prop_open = 8, prop_free = 16, prop_any_case = 32 };

struct Bounds {
    double least;
    double most;
};

struct PropertyTypeRow {
    uint16_t name;      ///< of a record or of choices
    uint8_t kind;
    uint8_t flags;
    uint16_t bounds;
    uint16_t count;     ///< of members or choices; list, map: the type of what is in it
    uint32_t first;     ///< in `members` or `texts`
};

struct PropertyRow {
    uint16_t name;
    uint16_t type;      ///< with `needed_property` in it
};
inline constexpr uint16_t needed_property = 0x8000;

struct ResourceTypeRow {
    uint16_t name;
    uint16_t properties;   ///< a record
    uint16_t attributes;   ///< how many, in `texts`
    uint32_t first;
};

struct ResourceTables {
    const char* pool;
    const uint32_t* names;      ///< where each begins in the pool, and behind the last one where it ends
    const Bounds* bounds;
    const PropertyTypeRow* types;
    const PropertyRow* members;
    const uint16_t* texts;      ///< names: choices and attributes
    const ResourceTypeRow* resources;   ///< in byte order of their names
    uint32_t resource_count;
};

/// Defined by the generated source.
extern const ResourceTables resource_tables;

}  // namespace zflow::schema::tables
