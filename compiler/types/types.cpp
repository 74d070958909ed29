#include "types/types.hpp"

#include <algorithm>

namespace zflow::types {

namespace {

constexpr std::string_view plain_names[] = {"<error>", "Never", "none",     "Json", "Bool",     "Int",    "Float", "String", "Date",
                                            "Timestamp", "Duration", "Size", "Instance", "S3", "Bucket", "Image", "Secret", "Arn"};
constexpr auto plain_count = static_cast<uint32_t>(TypeKind::Arn) + 1;

uint32_t mix(uint32_t h, uint32_t v) { return (h ^ v) * 16777619u; }

uint32_t hash_of(const Type& t) {
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

bool same(const Type& a, const Type& b) {
    auto same_field = [](const FieldType& x, const FieldType& y) {
        return x.name == y.name && x.type == y.type && x.fallback == y.fallback;
    };
    return a.kind == b.kind && a.name == b.name && a.element == b.element && a.shape == b.shape &&
           a.declaration == b.declaration && a.refinement == b.refinement && a.items == b.items &&
           std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(), same_field);
}

}  // namespace

TypeTable::TypeTable() {
    slots_.assign(256, 0);
    types_.reserve(128);
    for (uint32_t k = 0; k < static_cast<uint32_t>(TypeKind::Literals) + 1; k++) types_.push_back({static_cast<TypeKind>(k)});
}

TypeId TypeTable::add(Type type) {
    if (types_.size() * 2 > slots_.size()) {
        slots_.assign(slots_.size() * 2, 0);
        for (uint32_t id = static_cast<uint32_t>(TypeKind::Literals) + 1; id < types_.size(); id++) {
            size_t i = hash_of(types_[id]);
            while (slots_[i & (slots_.size() - 1)]) i++;
            slots_[i & (slots_.size() - 1)] = id;
        }
    }
    size_t i = hash_of(type);
    while (uint32_t id = slots_[i & (slots_.size() - 1)]) {
        if (same(types_[id], type)) return TypeId{id};
        i++;
    }
    auto is_limited = [&](TypeId part) { return types_[static_cast<uint32_t>(part)].limited; };
    type.limited = type.refinement >= 0 || is_limited(type.element) || std::any_of(type.items.begin(), type.items.end(), is_limited) ||
                   std::any_of(type.fields.begin(), type.fields.end(), [&](const FieldType& f) { return is_limited(f.type); });
    auto id = static_cast<uint32_t>(types_.size());
    slots_[i & (slots_.size() - 1)] = id;
    types_.push_back(std::move(type));
    return TypeId{id};
}

TypeId TypeTable::literal(Symbol text) {
    Type t{TypeKind::Literal};
    t.name = text;
    return add(std::move(t));
}

TypeId TypeTable::optional(TypeId of) {
    TypeKind k = kind(of);
    if (k == TypeKind::Optional || k == TypeKind::Error || k == TypeKind::None || k == TypeKind::Json) return of;
    Type t{TypeKind::Optional};
    t.element = of;
    return add(std::move(t));
}

TypeId TypeTable::list(TypeId of) {
    Type t{TypeKind::List};
    t.element = of;
    return add(std::move(t));
}

TypeId TypeTable::map(TypeId of) {
    Type t{TypeKind::Map};
    t.element = of;
    return add(std::move(t));
}

TypeId TypeTable::dataset(TypeId row) {
    Type t{TypeKind::Dataset};
    t.element = row;
    return add(std::move(t));
}

TypeId TypeTable::union_of(std::vector<TypeId> alternatives) {
    Type t{TypeKind::Union};
    bool none = false;
    auto put = [&](TypeId id) {
        if (kind(id) == TypeKind::None) none = true;
        else if (std::find(t.items.begin(), t.items.end(), id) == t.items.end()) t.items.push_back(id);
    };
    for (TypeId id : alternatives) {
        if (kind(id) == TypeKind::Error) return id;
        if (kind(id) == TypeKind::Optional) none = true, id = (*this)[id].element;
        if (kind(id) == TypeKind::Union)
            for (TypeId item : std::vector<TypeId>((*this)[id].items)) put(item);
        else put(id);
    }
    TypeId result = t.items.empty() ? id_of(TypeKind::None) : t.items.size() == 1 ? t.items[0] : add(std::move(t));
    return none ? optional(result) : result;
}

TypeId TypeTable::record(std::vector<FieldType> fields) {
    Type t{TypeKind::Record};
    t.fields = std::move(fields);
    return add(std::move(t));
}

TypeId TypeTable::nominal(Symbol name, std::vector<FieldType> fields, uint32_t declaration) {
    Type t{TypeKind::Nominal};
    t.name = name;
    t.fields = std::move(fields);
    t.declaration = declaration;
    return add(std::move(t));
}

TypeId TypeTable::refined(TypeKind scalar, Symbol alias, Refinement refinement) {
    Type t{scalar};
    t.name = alias;
    t.refinement = static_cast<int32_t>(refinements_.size());
    refinements_.push_back(std::move(refinement));
    return add(std::move(t));
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
    return add(std::move(t));
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
