#include "types/types.hpp"

#include <algorithm>
#include <array>
#include <memory>

namespace zflow::types {

namespace {

constexpr std::string_view plain_names[] = {"<error>", "Never", "none",     "Json", "Bool",     "Int",    "Float", "String", "Date",
                                            "Timestamp", "Duration", "Size", "Instance", "S3", "Bucket", "Image", "Secret", "Arn"};
constexpr auto plain_count = static_cast<uint32_t>(TypeKind::Arn) + 1;

constexpr auto plain_types = [] {
    std::array<Type, static_cast<size_t>(TypeKind::Literals) + 1> all{};
    for (size_t k = 0; k < all.size(); k++) all[k].kind = static_cast<TypeKind>(k);
    return all;
}();

uint32_t mix(uint32_t h, uint32_t v) { return (h ^ v) * 16777619u; }

bool same(const Type& a, const Type& b) {
    auto same_field = [](const FieldType& x, const FieldType& y) {
        return x.name == y.name && x.type == y.type && x.fallback == y.fallback;
    };
    return a.kind == b.kind && a.name == b.name && a.element == b.element && a.shape == b.shape &&
           a.declaration == b.declaration && a.refinement == b.refinement && std::ranges::equal(a.items, b.items) &&
           std::ranges::equal(a.fields, b.fields, same_field);
}

}  // namespace

TypeTable::TypeTable(const StaticTypes& base) : base_(base) {
    if (base_.types.empty()) base_.types = plain_types;
}

uint32_t TypeTable::place_of(const Type& t) {
    uint32_t h = mix(2166136261u, static_cast<uint32_t>(t.kind));
    h = mix(h, static_cast<uint32_t>(t.name));
    h = mix(h, static_cast<uint32_t>(t.element));
    h = mix(h, t.shape);
    h = mix(h, t.declaration);
    h = mix(h, static_cast<uint32_t>(t.refinement));
    for (TypeId id : t.items) h = mix(h, static_cast<uint32_t>(id));
    for (const FieldType& f : t.fields) h = mix(mix(h, static_cast<uint32_t>(f.name)), static_cast<uint32_t>(f.type));
    return h ^ (h >> 15);
}

void TypeTable::grow() {
    constexpr size_t first_size = 64;   // a power of two
    slots_.assign(slots_.empty() ? first_size : slots_.size() * 4, 0);
    for (size_t n = 0; n < types_.size(); n++) {
        size_t i = place_of(*types_[n]);
        while (slots_[i & (slots_.size() - 1)]) i++;
        slots_[i & (slots_.size() - 1)] = static_cast<uint32_t>(base_.types.size() + n);
    }
}

template <typename T>
std::span<const T> TypeTable::keep(std::span<const T> all) {
    T* copy = arena_.allocate<T>(all.size());
    std::uninitialized_copy(all.begin(), all.end(), copy);
    return {copy, all.size()};
}

TypeId TypeTable::add(const Type& type) {
    const size_t place = place_of(type);
    auto find = [&](std::span<const uint32_t> slots) {
        for (size_t i = place; !slots.empty(); i++) {
            uint32_t id = slots[i & (slots.size() - 1)];
            if (!id || same((*this)[TypeId{id}], type)) return id;
        }
        return 0u;
    };
    if (uint32_t known = find(base_.slots)) return TypeId{known};
    if (uint32_t known = find(slots_)) return TypeId{known};
    if ((types_.size() + 1) * 2 > slots_.size()) grow();
    Type made = type;
    made.items = keep(type.items);
    made.fields = keep(type.fields);
    auto is_limited = [&](TypeId part) { return (*this)[part].limited; };
    made.limited = type.refinement >= 0 || is_limited(type.element) || std::ranges::any_of(type.items, is_limited) ||
                   std::ranges::any_of(type.fields, [&](const FieldType& f) { return is_limited(f.type); });
    size_t i = place;
    while (slots_[i & (slots_.size() - 1)]) i++;
    slots_[i & (slots_.size() - 1)] = size();
    types_.push_back(keep(std::span<const Type>(&made, 1)).data());
    return TypeId{size() - 1};
}

bool is_text(TypeKind kind) {
    switch (kind) {
        case TypeKind::String: case TypeKind::Literal: case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::Instance:
        case TypeKind::Bucket: case TypeKind::Arn: case TypeKind::Secret: return true;
        default: return false;
    }
}

TypeId TypeTable::literal(Symbol text) {
    Type t{TypeKind::Literal};
    t.name = text;
    return add(t);
}

TypeId TypeTable::optional(TypeId of) {
    TypeKind k = kind(of);
    if (k == TypeKind::Optional || k == TypeKind::Error || k == TypeKind::None || k == TypeKind::Json) return of;
    Type t{TypeKind::Optional};
    t.element = of;
    return add(t);
}

TypeId TypeTable::list(TypeId of) {
    Type t{TypeKind::List};
    t.element = of;
    return add(t);
}

TypeId TypeTable::map(TypeId of) {
    Type t{TypeKind::Map};
    t.element = of;
    return add(t);
}

TypeId TypeTable::dataset(TypeId row) {
    Type t{TypeKind::Dataset};
    t.element = row;
    return add(t);
}

TypeId TypeTable::union_of(std::vector<TypeId> alternatives) {
    std::vector<TypeId> items;
    bool none = false;
    auto put = [&](TypeId id) {
        if (kind(id) == TypeKind::None) none = true;
        else if (std::find(items.begin(), items.end(), id) == items.end()) items.push_back(id);
    };
    for (TypeId id : alternatives) {
        if (kind(id) == TypeKind::Error) return id;
        if (kind(id) == TypeKind::Optional) none = true, id = (*this)[id].element;
        if (kind(id) == TypeKind::Union)
            for (TypeId item : (*this)[id].items) put(item);
        else put(id);
    }
    Type t{TypeKind::Union};
    t.items = items;
    TypeId result = items.empty() ? id_of(TypeKind::None) : items.size() == 1 ? items[0] : add(t);
    return none ? optional(result) : result;
}

TypeId TypeTable::record(std::vector<FieldType> fields) {
    Type t{TypeKind::Record};
    t.fields = fields;
    return add(t);
}

TypeId TypeTable::nominal(Symbol name, std::vector<FieldType> fields, uint32_t declaration) {
    Type t{TypeKind::Nominal};
    t.name = name;
    t.fields = fields;
    t.declaration = declaration;
    return add(t);
}

TypeId TypeTable::refined(TypeKind scalar, Symbol alias, const Refinement& refinement) {
    Type t{scalar};
    t.name = alias;
    t.refinement = static_cast<int32_t>(refinements());
    refinements_.push_back(refinement);
    refinements_.back().pattern = arena_.copy(refinement.pattern);
    return add(t);
}

TypeId TypeTable::shape(schema::Shape shape) {
    switch (shape ? shape.kind() : schema::Kind::Any) {
        case schema::Kind::String: case schema::Kind::Blob: return id_of(TypeKind::String);
        case schema::Kind::Integer: case schema::Kind::Long: return id_of(TypeKind::Int);
        case schema::Kind::Float: case schema::Kind::Double: return id_of(TypeKind::Float);
        case schema::Kind::Boolean: return id_of(TypeKind::Bool);
        case schema::Kind::Timestamp: return id_of(TypeKind::Timestamp);
        case schema::Kind::Any: return id_of(TypeKind::Json);
        case schema::Kind::List: return list(this->shape(shape.element()));
        case schema::Kind::Map: return map(this->shape(shape.value()));
        case schema::Kind::Structure: case schema::Kind::Union: break;
    }
    Type t{TypeKind::Shape};
    t.shape = shape.id();
    return add(t);
}

TypeId TypeTable::without_none(TypeId id) const { return kind(id) == TypeKind::Optional ? (*this)[id].element : id; }

bool TypeTable::is_optional(TypeId id) const { return kind(id) == TypeKind::Optional || kind(id) == TypeKind::None; }

std::string TypeTable::text(TypeId id, const Interner& names) const {
    const Type& t = (*this)[id];
    auto fields_text = [&] {
        if (t.fields.empty()) return std::string("{}");
        std::string s = "{ ";
        for (const FieldType& f : t.fields) {
            if (s.size() > 2) s += ", ";
            s += std::string(names.text(f.name)) + ": " + text(f.type, names);
        }
        return s + " }";
    };
    if (t.name != Symbol::none && t.kind != TypeKind::Literal) return std::string(names.text(t.name));
    switch (t.kind) {
        case TypeKind::Literal: return '"' + std::string(names.text(t.name)) + '"';
        case TypeKind::Optional: return kind(t.element) == TypeKind::Union ? '(' + text(t.element, names) + ")?" : text(t.element, names) + '?';
        case TypeKind::List: return "List<" + text(t.element, names) + '>';
        case TypeKind::Map: return "Map<" + text(t.element, names) + '>';
        case TypeKind::Dataset: return "Dataset<" + text(t.element, names) + '>';
        case TypeKind::Record: case TypeKind::Nominal: return fields_text();
        case TypeKind::Shape: return std::string(schema::Shape(t.shape).name());
        case TypeKind::Literals: return "a literal";
        case TypeKind::Union: {
            std::string s;
            for (TypeId item : t.items) s += (s.empty() ? "" : " | ") + text(item, names);
            return s;
        }
        default: return std::string(static_cast<uint32_t>(t.kind) < plain_count ? plain_names[static_cast<size_t>(t.kind)] : "");
    }
}

}  // namespace zflow::types
