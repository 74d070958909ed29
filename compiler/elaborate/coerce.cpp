// Whether a value fits a type, and the conversions that are made without being asked for.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

/// Whether two types of the same scalar, written at two places, have the same limits.
bool same_limits(const types::TypeTable& types, const types::Type& a, const types::Type& b) {
    if (a.kind != b.kind || a.refinement < 0 || b.refinement < 0) return false;
    const types::Refinement& x = types.refinement(a.refinement);
    const types::Refinement& y = types.refinement(b.refinement);
    return x.pattern == y.pattern && x.has_min == y.has_min && x.has_max == y.has_max && (!x.has_min || x.min == y.min) && (!x.has_max || x.max == y.max);
}

}  // namespace

bool Elaborator::assignable(TypeId from, TypeId to) {
    if (from == to) return true;
    const types::Type& f = types_[from];
    const types::Type& t = types_[to];
    if (f.kind == TypeKind::Error || t.kind == TypeKind::Error || t.kind == TypeKind::Json || f.kind == TypeKind::Never) return true;
    if (t.kind == TypeKind::Optional) return f.kind == TypeKind::None || assignable(types_.without_none(from), t.element);
    if (f.kind == TypeKind::Union) return std::all_of(f.items.begin(), f.items.end(), [&](TypeId i) { return assignable(i, to); });
    if (t.kind == TypeKind::Union) return std::any_of(t.items.begin(), t.items.end(), [&](TypeId i) { return assignable(from, i); });
    switch (t.kind) {
        case TypeKind::String: return types::is_text(f.kind) && (t.refinement < 0 || same_limits(types_, f, t));
        case TypeKind::Float: return f.kind == TypeKind::Int || (f.kind == TypeKind::Float && (t.refinement < 0 || same_limits(types_, f, t)));
        case TypeKind::Int: return f.kind == TypeKind::Int && (t.refinement < 0 || same_limits(types_, f, t));
        case TypeKind::S3: return f.kind == TypeKind::Dataset;
        case TypeKind::Arn: return f.kind == TypeKind::Arn;
        case TypeKind::List: return f.kind == TypeKind::List && assignable(f.element, t.element);
        case TypeKind::Map:
            if (f.kind == TypeKind::Map) return assignable(f.element, t.element);
            if (f.kind == TypeKind::Record) return std::all_of(f.fields.begin(), f.fields.end(), [&](auto& x) { return assignable(x.type, t.element); });
            return false;
        case TypeKind::Record:
            if (f.kind != TypeKind::Record && f.kind != TypeKind::Nominal) return false;
            return std::all_of(t.fields.begin(), t.fields.end(), [&](const types::FieldType& want) {
                for (const types::FieldType& has : f.fields)
                    if (has.name == want.name) return assignable(has.type, want.type);
                return types_.is_optional(want.type) || want.fallback != 0;
            });
        default: return false;
    }
}

TypeId Elaborator::type_of(ValueId value) {
    const Value v = values_[value];
    TypeKind kind = types_.kind(v.type);
    if (kind != TypeKind::Literals) return v.optional ? types_.optional(v.type) : v.type;
    if (v.op == Op::List) {
        std::vector<TypeId> items;
        for (uint32_t i = 0; i < v.b; i++) items.push_back(type_of(values_.links(value)[i]));
        return types_.list(items.empty() ? plain(TypeKind::Never) : types_.union_of(std::move(items)));
    }
    std::vector<types::FieldType> fields;
    for (uint32_t i = 0; i < v.b; i++) {
        ir::Field f = values_.fields(value)[i];
        fields.push_back({f.key, type_of(f.value)});
    }
    return types_.record(std::move(fields));
}

ValueId Elaborator::coerce(ValueId value, TypeId type, Span where) {
    const Value& v = values_[value];
    if (is_error(value) || fits_as_it_is(v, type)) return value;
    const types::Type& t = types_[type];
    if (t.kind == TypeKind::Optional && !t.limited && (v.op == Op::Null || is_of(v, t.element))) return value;   // most settings
    if (auto converted = convert(value, type)) {
        check_refinement(*converted, type, where);
        return *converted;
    }
    explain_choice(value, type, where);
    return error_value(where);
}

std::optional<ValueId> Elaborator::convert(ValueId value, TypeId type, bool to_text) {
    if (is_of(values_[value], type)) return value;
    const Value v = values_[value];
    const types::Type& t = types_[type];
    TypeKind kind = types_.kind(v.type);
    if (kind == TypeKind::Error || t.kind == TypeKind::Error) return value;
    if (t.kind == TypeKind::Json) return value;
    if (believes_ && kind == TypeKind::Json) return with_type(value, types_.without_none(type), t.kind == TypeKind::Optional);
    if (t.kind == TypeKind::Optional) {
        if (v.op == Op::Null) return value;
        TypeId element = t.element;
        if (!v.optional && kind != TypeKind::Optional) return convert(value, element);
        auto inner = convert(with_type(value, types_.without_none(v.type)), element);
        if (inner) values_.edit(*inner).optional = true;
        return inner;
    }
    if (v.op == Op::Null) return t.kind == TypeKind::None ? std::optional(value) : std::nullopt;
    if (v.optional || kind == TypeKind::Optional) return {};
    if (v.op == Op::Conditional) return convert_choice(value, type, to_text);
    if (kind == TypeKind::Union && assignable(v.type, type)) return value;
    if (auto written = convert_written(value, type)) return written;
    if (t.kind == TypeKind::Union) {
        const size_t count = t.items.size();                     // by number: converting may make types
        auto item = [&](size_t i) { return types_[type].items[i]; };
        if (v.op == Op::String && v.text().starts_with("arn:"))  // where a name is taken or an ARN, this is no name
            for (size_t i = 0; i < count; i++)
                if (types_.kind(item(i)) == TypeKind::Arn && (types_[item(i)].refinement < 0 || fits_refinement(value, item(i)))) return convert(value, item(i));
        for (size_t i = 0; i < count; i++)                       // an alternative that fits as it is comes first
            if (item(i) == v.type || (types_.kind(item(i)) == kind && kind != TypeKind::Literals && assignable(v.type, item(i)))) return convert(value, item(i));
        // where a thing is taken or its name, the text of a location is neither
        bool place = kind == TypeKind::S3 || kind == TypeKind::Dataset, things = false;
        for (size_t i = 0; i < count && place; i++) things |= types_.kind(item(i)) == TypeKind::Nominal;
        for (size_t i = 0; i < count; i++) {
            if (things && types_.kind(item(i)) == TypeKind::String) continue;
            if (auto converted = convert(value, item(i))) return converted;
        }
        return {};
    }
    if (to_text && t.kind == TypeKind::String && (kind == TypeKind::Int || kind == TypeKind::Float || kind == TypeKind::Bool))
        return as_text(value, v.where);
    switch (t.kind) {
        case TypeKind::Record: case TypeKind::Nominal: return convert_record(value, type);
        case TypeKind::List: case TypeKind::Map: {
            TypeId element = t.element;
            bool map = t.kind == TypeKind::Map;
            if (v.op == Op::List && !map) {
                Few<ValueId, 8> items;
                for (uint32_t i = 0; i < v.b; i++) {
                    auto item = convert(values_.links(value)[i], element);
                    if (!item) return {};
                    items.push_back(*item);
                }
                return make_list(items, type, v.where);
            }
            if (v.op == Op::Record && map && (kind == TypeKind::Literals || kind == TypeKind::Map || kind == TypeKind::Record)) {
                Few<ir::Field, 8> fields;
                for (uint32_t i = 0; i < v.b; i++) {
                    ir::Field f = values_.fields(value)[i];
                    auto item = convert(f.value, element, true);
                    if (!item) return {};
                    fields.push_back({f.key, *item});
                }
                return make_record(fields, type, v.where);
            }
            return assignable(v.type, type) ? std::optional(value) : std::nullopt;
        }
        case TypeKind::Int:
            if (kind == TypeKind::Float && v.op == Op::Integer) return with_type(value, plain(TypeKind::Int));
            return kind == TypeKind::Int ? std::optional(value) : std::nullopt;
        case TypeKind::Float: return kind == TypeKind::Int || kind == TypeKind::Float ? std::optional(value) : std::nullopt;
        case TypeKind::Dataset: case TypeKind::Shape: case TypeKind::Bool: case TypeKind::Duration: case TypeKind::Size: case TypeKind::None:
            return assignable(v.type, type) ? std::optional(value) : std::nullopt;
        default: return convert_text(value, type);
    }
}

std::optional<ValueId> Elaborator::convert_text(ValueId value, TypeId type) {
    const Value v = values_[value];
    const types::Type& t = types_[type];
    TypeKind kind = types_.kind(v.type);
    if (kind == TypeKind::Arn && t.kind == kind && t.refinement >= 0 && v.op == Op::Attribute && types_[v.type].refinement < 0) return with_type(value, type);   // from now on it is one of that service
    if (kind == t.kind && t.kind != TypeKind::Literal && t.kind != TypeKind::String) return value;
    bool constant = v.op == Op::String;
    if (constant && kind == TypeKind::String) {
        if (t.kind == TypeKind::S3 && v.text().starts_with("s3://")) return s3_location(value);
        if (t.kind == TypeKind::Image && patterns::is_image(v.text())) return image(value);
    }
    if (constant && recording_ && t.kind != TypeKind::String) recording_->sees(value);   // its content decides
    switch (t.kind) {
        case TypeKind::String:
            if (kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image) return as_text(value, v.where);
            if (!types::is_text(kind)) return {};
            return t.refinement >= 0 && (constant || kind == TypeKind::String) ? with_type(value, type) : value;
        case TypeKind::Literal:
            if (constant) return v.text() == names_.text(t.name) ? std::optional(with_type(value, type)) : std::nullopt;
            return v.type == type ? std::optional(value) : std::nullopt;
        case TypeKind::S3:
            if (kind == TypeKind::Dataset) return value;
            if (v.op == Op::Concat) return s3_of_parts(value);
            return {};
        case TypeKind::Image: return {};
        case TypeKind::Bucket:
            if (v.op == Op::Attribute) return with_type(value, type);   // the name of a resource: made by AWS
            return constant && patterns::is_bucket(v.text()) ? std::optional(with_type(value, type)) : std::nullopt;
        case TypeKind::Instance: return constant && patterns::is_instance(v.text()) ? std::optional(with_type(value, type)) : std::nullopt;
        case TypeKind::Arn:
            if (v.op == Op::Concat && const_text(values_.links(value)[0]).value_or("").starts_with("arn:")) return with_type(value, type);
            return constant && v.text().starts_with("arn:") ? std::optional(with_type(value, type)) : std::nullopt;
        case TypeKind::Date: return constant && patterns::is_date(v.text()) ? std::optional(with_type(value, type)) : std::nullopt;
        case TypeKind::Timestamp: return kind == TypeKind::String && is_moment(value) ? std::optional(with_type(value, type)) : std::nullopt;
        default: return {};
    }
}

std::optional<ValueId> Elaborator::convert_record(ValueId value, TypeId type) {
    const Value v = values_[value];
    TypeKind kind = types_.kind(v.type);
    if (v.type == type) return value;
    if (v.op != Op::Record || (kind != TypeKind::Literals && kind != TypeKind::Record))
        return types_.kind(type) == TypeKind::Record && assignable(v.type, type) ? std::optional(value) : std::nullopt;
    Few<ir::Field, 8> fields;
    const size_t count = types_[type].fields.size();
    for (size_t n = 0; n < count; n++) {
        const types::FieldType w = types_[type].fields[n];
        ValueId given = values_.field(value, w.name);
        if (given == ValueId::none) {
            if (w.fallback) given = default_of(w);
            else if (types_.is_optional(w.type)) given = make_null(v.where);
            else return {};
        }
        auto converted = convert(given, w.type);
        if (!converted) return {};
        fields.push_back({w.name, *converted});
    }
    for (uint32_t i = 0; i < v.b; i++) {
        Symbol key = values_.fields(value)[i].key;
        if (std::none_of(fields.begin(), fields.end(), [&](auto& f) { return f.key == key; })) return {};
    }
    return make_record(fields, type, v.where);
}

/// In source text a value comes after `name:` or `"name":`; a shorthand is its own name.
Span Elaborator::key_span(const ir::Field& field) const {
    Span where = values_[field.value].where;
    if (!where.known()) return where;
    std::string_view source = session_.sources.file(where.file).text, name = text(field.key);
    size_t at = where.begin;
    auto back = [&](char wanted) {
        size_t i = at;
        while (i > 0 && (source[i - 1] == ' ' || source[i - 1] == '\t' || source[i - 1] == '\n' || source[i - 1] == '\r')) i--;
        return i > 0 && source[i - 1] == wanted ? at = i - 1, true : false;
    };
    if (at > 0 && source[at - 1] == '"') at--;              // a text's span is without its quotes
    if (!back(':')) return where;
    while (at > 0 && source[at - 1] == ' ') at--;
    if (at > 0 && source[at - 1] == '"') at--;
    if (at < name.size() || source.substr(at - name.size(), name.size()) != name) return where;
    return {where.file, static_cast<uint32_t>(at - name.size()), static_cast<uint32_t>(at)};
}

/// `"s3://bucket/${x}/"`: the bucket has to be in the first constant part.
std::optional<ValueId> Elaborator::s3_of_parts(ValueId text) {
    std::vector<ValueId> parts(values_.links(text).begin(), values_.links(text).end());
    Span where = values_[text].where;
    auto first = const_text(parts[0]);
    if (!first || !first->starts_with("s3://")) return {};
    size_t slash = first->find('/', 5);
    if (slash == std::string_view::npos || !patterns::is_bucket(first->substr(5, slash - 5))) return {};
    parts[0] = make_text(first->substr(slash + 1), plain(TypeKind::String), where);
    ir::Field fields[] = {{known_.bucket, make_text(first->substr(5, slash - 5), plain(TypeKind::Bucket), where)},
                          {known_.key, make_concat(parts, plain(TypeKind::String), where)}};
    return make_record(fields, plain(TypeKind::S3), where);
}

ValueId Elaborator::s3_location(ValueId text) {
    const Value v = values_[text];
    auto parts = patterns::split_location(v.text());
    if (!patterns::is_bucket(parts->bucket)) {
        diagnostics_.report(diag::NotALocation, v.where, v.text()).help("a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`");
        return error_value(v.where);
    }
    ir::Field fields[] = {{known_.bucket, text_of_text(parts->bucket, plain(TypeKind::Bucket), text, Recipe::Bucket)},
                          {known_.key, text_of_text(parts->key, plain(TypeKind::String), text, Recipe::Key)}};
    return make_record(fields, plain(TypeKind::S3), v.where);
}

ValueId Elaborator::image(ValueId text) {
    const Value v = values_[text];
    if (auto wrong = patterns::image_mistake(v.text())) {
        diagnostics_.report(diag::PatternMismatch, part_of(v.where, v.text(), static_cast<size_t>(wrong->part.data() - v.text().data()), wrong->part.size()), wrong->part, wrong->pattern)
            .help(fmt::format("this is the {} of an image in Amazon ECR", wrong->what));
        return error_value(v.where);
    }
    ImageTexts parts = image_texts(v.text());
    auto part = [&](uint8_t number) {
        return parts[number].empty() ? make_null(v.where) : text_of_text(parts[number], plain(TypeKind::String), text, Recipe::ImagePart, number);
    };
    ir::Field fields[] = {{known_.uri, part(0)}, {known_.account, part(1)}, {known_.region, part(2)}, {known_.repository, part(3)}};
    return make_record(fields, plain(TypeKind::Image), v.where);
}

Elaborator::ImageTexts Elaborator::image_texts(std::string_view text) {
    auto parts = patterns::split_image(text);
    return {text, parts.account, parts.region, parts.repository};
}

/// A part of a constant text.
ValueId Elaborator::text_of_text(std::string_view part, TypeId type, ValueId whole, Recipe recipe, uint8_t number) {
    size_t since = values_.size();
    ValueId made = make_text(part, type, values_[whole].where);
    if (recording_) recording_->makes(made, since, recipe, {&whole, 1}, 0, number);
    return made;
}

}  // namespace zflow::elaborate
