/// @file types.hpp
/// @brief The types of the language, each stored once and compared by its id.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "base/interner.hpp"
#include "schema/schema.hpp"

namespace zflow::types {

enum class TypeKind : uint8_t {
    Error,      ///< what a mistake left behind: fits everywhere, so that one mistake gives one message
    Never,
    None,
    Json,       ///< any JSON value; the typed world ends here
    Bool, Int, Float, String, Date, Timestamp, Duration, Size, Instance,
    S3,         ///< an S3 location
    Bucket, Image, Secret, Arn,
    Literal,    ///< one string, `"live"`: name
    Union,      ///< items: alternatives
    Optional,   ///< element: T or none
    List,       ///< element
    Map,        ///< element: the values' type; keys are strings
    Record,     ///< fields; structural
    Nominal,    ///< name, fields: a record with an identity (Model, Endpoint, …)
    Dataset,    ///< element: the Nominal or Record of a row; a located data set, also an S3 location
    Shape,      ///< a structure, union, list or map of a service model: `shape`
    Literals,   ///< the type of a record or list literal: looked at field by field instead
};

/// Index into TypeTable. The kinds without parameters have their kind's number as id.
enum class TypeId : uint32_t {};
constexpr TypeId id_of(TypeKind plain) { return TypeId{static_cast<uint32_t>(plain)}; }

struct FieldType {
    Symbol name;
    TypeId type;
    uint32_t fallback = 0;   ///< its default value, as who declares it knows it; 0: none
};

/// Limits on a scalar: `String(pattern: "[A-Z]{2}", max_length: 2)`, `Int(min: 1, max: 10)`.
struct Refinement {
    std::string_view pattern;
    double min = 0, max = 0;     ///< value of a number, length of a string
    bool has_min = false, has_max = false;
};

struct Type {
    TypeKind kind;
    Symbol name = Symbol::none;       ///< Nominal, Literal, and the alias of a refined scalar
    TypeId element{};                 ///< Optional, List, Map, Dataset
    std::span<const TypeId> items{};      ///< Union
    std::span<const FieldType> fields{};  ///< Record, Nominal
    int32_t refinement = -1;          ///< index, on Int, Float, String
    uint32_t shape = 0;               ///< Shape
    uint32_t declaration = 0;         ///< Nominal: where it was declared (module << 24 | node)
    bool limited = false;             ///< it, or a type inside it, has a refinement; the table finds out
};

/// Whether its values are texts: String, and what is written as one.
bool is_text(TypeKind kind);

/// Types made at build time (those of the standard library), with which tables begin. `slots` is an open-addressing hash
/// table of ids whose size is a power of two.
struct StaticTypes {
    std::span<const Type> types;   ///< by id: first the kinds without parameters
    std::span<const Refinement> refinements;
    std::span<const uint32_t> slots;
};

class TypeTable {
   public:
    /// Without any it begins with the kinds that have no parameters.
    explicit TypeTable(const StaticTypes& base = {});
    const Type& operator[](TypeId id) const {
        auto n = static_cast<size_t>(id);
        return n < base_.types.size() ? base_.types[n] : *types_[n - base_.types.size()];
    }
    TypeKind kind(TypeId id) const { return (*this)[id].kind; }
    const Refinement& refinement(int32_t index) const {
        auto n = static_cast<size_t>(index);
        return n < base_.refinements.size() ? base_.refinements[n] : refinements_[n - base_.refinements.size()];
    }
    uint32_t size() const { return static_cast<uint32_t>(base_.types.size() + types_.size()); }
    uint32_t refinements() const { return static_cast<uint32_t>(base_.refinements.size() + refinements_.size()); }
    /// Where the search for a type begins in a table of types.
    static uint32_t place_of(const Type& type);

    TypeId literal(Symbol text);
    TypeId optional(TypeId of);        ///< an optional of an optional is the optional
    TypeId list(TypeId of);
    TypeId map(TypeId of);
    TypeId dataset(TypeId row);
    TypeId union_of(std::vector<TypeId> alternatives);   ///< flattens, drops repetitions; none makes it Optional
    TypeId record(std::vector<FieldType> fields);
    TypeId nominal(Symbol name, std::vector<FieldType> fields, uint32_t declaration);
    TypeId refined(TypeKind scalar, Symbol alias, const Refinement& refinement);
    TypeId shape(schema::Shape shape);  ///< scalars become Int, Float, String, Bool, Timestamp

    /// T of `T?`, otherwise the type itself.
    TypeId without_none(TypeId id) const;
    bool is_optional(TypeId id) const;
    /// As people write it: `Dataset<Orders>`, `"test" | "live"`.
    std::string text(TypeId id, const Interner& names) const;

   private:
    TypeId add(const Type& type);      ///< finds an equal one first
    void grow();
    template <typename T>
    std::span<const T> keep(std::span<const T> all);
    StaticTypes base_;
    Arena arena_;
    std::vector<const Type*> types_;   ///< in the arena: who looks at a type may make others meanwhile
    std::vector<Refinement> refinements_;
    std::vector<uint32_t> slots_;
};

}  // namespace zflow::types
