// Whether a value fits a type, and the conversions that are made without being asked for.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

bool is_texty(TypeKind k) {
    switch (k) {
        case TypeKind::String: case TypeKind::Literal: case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::Instance:
        case TypeKind::Bucket: case TypeKind::Arn: case TypeKind::Secret: return true;
        default: return false;
    }
}

/// The setting of a kind of the library whose default a value is, `writes` of `writes: S3? = none`; "" when it is none.
std::string_view unset_setting(const SourceMap& sources, Span where) {
    if (!where.known() || !sources.file(where.file).library) return {};
    std::string_view before = sources.file(where.file).text.substr(0, where.begin);
    before = before.substr(before.rfind('\n') + 1);
    size_t name = before.find_first_not_of(' '), end = before.find(": ");
    if (name == before.npos || end == before.npos || end < name || !before.ends_with("= ")) return {};
    std::string_view setting = before.substr(name, end - name);
    bool word = std::ranges::all_of(setting, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    return word ? setting : std::string_view();
}

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
        case TypeKind::String: return is_texty(f.kind) && (t.refinement < 0 || same_limits(types_, f, t));
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
    if (is_error(value) || fits_as_it_is(values_[value], type)) return value;
    if (auto converted = convert(value, type)) {
        check_refinement(*converted, type, where);
        return *converted;
    }
    explain_mismatch(value, type, where);
    return error_value(where);
}

std::optional<ValueId> Elaborator::convert(ValueId value, TypeId type, bool to_text) {
    if (is_of(values_[value], type)) return value;
    const Value v = values_[value];
    const types::Type& t = types_[type];
    TypeKind kind = types_.kind(v.type);
    if (kind == TypeKind::Error || t.kind == TypeKind::Error) return value;
    if (t.kind == TypeKind::Json) return value;
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
    if (kind == TypeKind::Union && assignable(v.type, type)) return value;
    if (t.kind == TypeKind::Union) {
        const size_t count = t.items.size();                     // by number: converting may make types
        auto item = [&](size_t i) { return types_[type].items[i]; };
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
            if (!is_texty(kind)) return {};
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
        case TypeKind::Arn: return constant && v.text().starts_with("arn:") ? std::optional(with_type(value, type)) : std::nullopt;
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

void Elaborator::check_refinement(ValueId value, TypeId type, Span where) {
    if (!types_[type].limited) return;
    const types::Type& t = types_[types_.without_none(type)];
    const Value v = values_[value];
    if (v.op == Op::List && t.kind == TypeKind::List) {
        for (uint32_t i = 0; i < v.b; i++) check_refinement(values_.links(value)[i], t.element, values_[values_.links(value)[i]].where);
        return;
    }
    if (v.op == Op::Record && (t.kind == TypeKind::Map || t.kind == TypeKind::Record || t.kind == TypeKind::Nominal)) {
        for (uint32_t i = 0; i < v.b; i++) {
            ir::Field f = values_.fields(value)[i];
            auto declared = std::find_if(t.fields.begin(), t.fields.end(), [&](auto& x) { return x.name == f.key; });
            if (t.kind == TypeKind::Map) check_refinement(f.value, t.element, values_[f.value].where);
            else if (declared != t.fields.end()) check_refinement(f.value, declared->type, values_[f.value].where);
        }
        return;
    }
    if (t.kind == TypeKind::Union) {   // the limits of the alternative that the value is one of
        std::vector<TypeId> same;
        std::copy_if(t.items.begin(), t.items.end(), std::back_inserter(same), [&](TypeId i) {
            return types_.kind(i) == types_.kind(v.type) && (types_.kind(i) != TypeKind::Nominal || i == v.type);
        });
        auto fits = [&](TypeId i) { return types_[i].refinement < 0 || fits_refinement(value, i); };
        if (recording_ && same.size() > 1 && is_const(value)) recording_->sees(value);
        if (same.size() == 1 || (!same.empty() && std::none_of(same.begin(), same.end(), fits))) check_refinement(value, same.front(), where);
        return;
    }
    if (t.refinement < 0 || is_null(value)) return;
    if (fits_refinement(value, type)) {
        if (recording_) recording_->checks(value, type);
        return;
    }
    const types::Refinement& limits = types_.refinement(t.refinement);
    auto bounds = [&](double amount, std::string_view what) {
        if (limits.has_min && amount < limits.min)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("{} {} is below the least value {}", what, amount, limits.min));
        if (limits.has_max && amount > limits.max)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("{} {} is above the greatest value {}", what, amount, limits.max));
        return (!limits.has_min || amount >= limits.min) && (!limits.has_max || amount <= limits.max);
    };
    if (t.kind == TypeKind::Arn) return refuse_arn(value, limits.pattern, where);
    if (t.kind == TypeKind::String) {
        auto text = const_text(value);
        if (!text) {
            auto fits = [&](std::string_view t) { return patterns::matches(limits.pattern, t); };
            return check_possible_texts(value, {limits.pattern, limits.max, limits.has_max}, where, fits);
        }
        bool fits = bounds(static_cast<double>(patterns::code_points(*text)), "length");
        if (fits && !limits.pattern.empty() && !patterns::matches(limits.pattern, *text)) misfit(*text, limits.pattern, where);
    } else if (auto number = const_number(value)) {
        bounds(*number, "value");
    }
}

bool Elaborator::fits_refinement(ValueId value, TypeId type) const {
    const types::Type& t = types_[types_.without_none(type)];
    const types::Refinement& limits = types_.refinement(t.refinement);
    auto within = [&](double amount) { return !(limits.has_min && amount < limits.min) && !(limits.has_max && amount > limits.max); };
    const Value& v = values_[value];
    if (t.kind == TypeKind::Arn) return arn_fits(known_arn(value), limits.pattern);
    if (t.kind != TypeKind::String) {
        auto number = number_of(v);
        return !number || within(*number);
    }
    if (v.op != Op::String) return may_fit(value, {limits.pattern, limits.max, limits.has_max}, [&](std::string_view text) { return patterns::matches(limits.pattern, text); });
    return within(static_cast<double>(patterns::code_points(v.text()))) && (limits.pattern.empty() || patterns::matches(limits.pattern, v.text()));
}

/// What is known of an ARN: all of it, or its beginning. Pseudo parameters, which may stand in it, have no colon.
Elaborator::KnownArn Elaborator::known_arn(ValueId value) const {
    KnownArn known;
    auto add = [&](const Value& part) {
        if (part.op == Op::String) known.text += part.text();
        else if (part.op == Op::Pseudo) known.text += 'x';
        else known.whole = false;
    };
    if (values_[value].op != Op::Concat) add(values_[value]);
    else
        for (ValueId part : values_.links(value))
            if (known.whole) add(values_[part]);
    return known;
}

/// Of one that is put together only the service is looked at.
bool Elaborator::arn_fits(const KnownArn& arn, std::string_view pattern) {
    if (arn.whole) return patterns::matches(pattern, arn.text);
    std::string_view service = patterns::arn_field(arn.text, 2);
    return service.empty() || patterns::matches(patterns::arn_field(pattern, 2), service);
}

void Elaborator::refuse_arn(ValueId value, std::string_view pattern, Span where) {
    std::string arn = known_arn(value).text;
    std::string_view service = patterns::arn_field(arn, 2), wanted = patterns::arn_field(pattern, 2), resource = patterns::arn_field(pattern, 5);
    resource.remove_suffix(std::string_view(".+").size());
    bool any_service = wanted.starts_with('[');
    std::string limits = any_service ? "" : fmt::format("service: \"{}\"", wanted);
    if (!resource.empty()) limits += fmt::format("{}resource: \"{}\"", limits.empty() ? "" : ", ", resource);
    auto report = diagnostics_.report(diag::TypeMismatch, where, fmt::format("Arn({})", limits), session_.sources.text(where));
    if (!any_service && !service.empty() && service != wanted) report.help(fmt::format("this is an ARN of `{}`, and one of `{}` belongs here", service, wanted));
    else report.help(fmt::format("such an ARN is `arn:aws:{}:…:{}<name>`", any_service ? "<service>" : wanted, resource));
    values_.edit(value).type = plain(TypeKind::Error);   // what is made of it is wrong for the same reason
}

/// Finds the narrowest part that does not fit and speaks of that.
void Elaborator::explain_mismatch(ValueId value, TypeId type, Span where) {
    const Value v = values_[value];
    Span at = v.where.known() && v.where.file == where.file && v.where.begin >= where.begin && v.where.end <= where.end ? v.where : where;
    TypeId inner = types_.without_none(type);
    const types::Type& t = types_[inner];
    TypeKind kind = types_.kind(v.type);
    if ((v.optional || kind == TypeKind::Optional) && !types_.is_optional(type)) {
        diagnostics_.report(diag::MayBeAbsent, at, type_text(types_.without_none(v.type)))
            .help("say what to use instead with `… ?? default`, or write `…!` where it is surely there");
        return;
    }
    if (v.op == Op::Null) {
        auto report = diagnostics_.report(diag::TypeMismatch, at, type_text(type), "none");
        if (std::string_view setting = unset_setting(session_.sources, v.where); !setting.empty()) report.help(fmt::format("there is none, since the stage that makes it was not given `{}`", setting));
        return;
    }
    bool literal = kind == TypeKind::Literals && !is_made_by_library(value, where);
    if (literal && v.op == Op::List && t.kind == TypeKind::List) {
        for (uint32_t i = 0; i < v.b; i++)
            if (ValueId item = values_.links(value)[i]; !convert(item, t.element)) return explain_mismatch(item, types_[inner].element, values_[item].where);
    }
    if (literal && v.op == Op::Record && t.kind == TypeKind::Map) {
        const TypeId element = t.element;
        bool found = false;
        for (uint32_t i = 0; i < v.b; i++)
            if (ir::Field f = values_.fields(value)[i]; !convert(f.value, element, true)) {
                Span part = values_[f.value].where;
                explain_mismatch(f.value, element, part.known() && session_.sources.file(part.file).library ? at : part);
                found = true;
            }
        if (found) return;
    }
    if (literal && v.op == Op::Record && (t.kind == TypeKind::Record || t.kind == TypeKind::Nominal)) {
        std::vector<types::FieldType> wanted(t.fields.begin(), t.fields.end());
        std::vector<std::string_view> known;
        for (auto& w : wanted) known.push_back(text(w.name));
        if (explain_unit(value)) return;
        bool found = false;
        for (uint32_t i = 0; i < v.b; i++) {
            ir::Field f = values_.fields(value)[i];
            auto w = std::find_if(wanted.begin(), wanted.end(), [&](auto& x) { return x.name == f.key; });
            if (w == wanted.end()) {
                auto report = diagnostics_.report(diag::UnknownMember, key_span(f), text(f.key), type_text(inner));
                Span key = key_span(f);
                bool is_key = key != values_[f.value].where;
                if (auto near = closest(text(f.key), known); !near.empty()) {
                    report.help(fmt::format("did you mean `{}`?", near));
                    if (is_key) report.fix(key, std::string(near), fmt::format("write `{}`", near));
                } else if (near = advice::related(text(f.key), known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near));
                else if (known.size() <= 12) report.help(advice::there_are(known));
                found = true;
                continue;
            }
            if (!convert(f.value, w->type)) explain_mismatch(f.value, w->type, values_[f.value].where), found = true;
        }
        if (found) return;
        for (auto& w : wanted)
            if (!w.fallback && !types_.is_optional(w.type) && values_.field(value, w.name) == ValueId::none) {
                diagnostics_.report(diag::MissingMember, at, text(w.name), type_text(inner));
                return;
            }
    }
    if (auto constant = const_text(value)) {
        std::vector<std::string_view> choices;
        auto add = [&](TypeId id) { if (types_.kind(id) == TypeKind::Literal) choices.push_back(text(types_[id].name)); };
        if (t.kind == TypeKind::Union) for (TypeId i : t.items) add(i);
        else add(inner);
        if (!choices.empty()) {
            auto report = diagnostics_.report(diag::UnknownChoice, at, *constant, type_text(inner));
            auto near_choice = closest(*constant, choices);
            if (auto near = near_choice; !near.empty())
                report.help(fmt::format("did you mean \"{}\"?", near));
            std::string_view written = at.known() ? session_.sources.text(at) : "";   // a text's span is without its quotes
            if (!near_choice.empty() && written == *constant) report.fix(at, std::string(near_choice), fmt::format("write \"{}\"", near_choice));
            return;
        }
        bool location = t.kind == TypeKind::S3 || (t.kind == TypeKind::Union && std::find(t.items.begin(), t.items.end(), plain(TypeKind::S3)) != t.items.end());
        if (location && is_texty(kind)) {
            diagnostics_.report(diag::NotALocation, at, *constant).help("write a whole location, `\"s3://bucket/prefix/\"`, or `s3(bucket, \"prefix/\")`");
            return;
        }
    }
    auto report = diagnostics_.report(diag::TypeMismatch, at, type_text(type), type_text(type_of(value)));
    advise(report, value, inner, at);
    bool location = t.kind == TypeKind::S3 || (t.kind == TypeKind::Union && std::find(t.items.begin(), t.items.end(), plain(TypeKind::S3)) != t.items.end());
    if (location && is_texty(kind)) report.help("a location has its bucket apart: `s3(bucket, \"prefix/\")`");
    if (kind == TypeKind::Json) report.help(fmt::format("say what it is: `let x: {} = …`", type_text(type)));
    if (t.kind == TypeKind::Duration && kind == TypeKind::Int) report.help(v.op == Op::Integer ? advice::with_unit_of_time(*const_integer(value)) : "multiply it with a unit: `n * 1s`");
    if (t.kind == TypeKind::Size && kind == TypeKind::Int) report.help(v.op == Op::Integer ? advice::with_unit_of_size(*const_integer(value)) : "multiply it with a unit: `n * 1GB`");
    if (t.kind == TypeKind::Map && (kind == TypeKind::List || (kind == TypeKind::Literals && v.op == Op::List))) report.help(v.b == 0 && v.op == Op::List ? "an empty one is written `{}`" : "each of them has a name: `{ name: … }`");
    bool bare = v.op == Op::Integer || v.op == Op::Decimal || v.op == Op::Bool;
    if (std::string_view written = session_.sources.text(at); t.kind == TypeKind::String && bare && written.size() <= 60 && written.find('"') == std::string_view::npos)
        report.help(fmt::format("a text stands in quotes: `\"{}\"`", written)).fix(at, fmt::format("\"{}\"", written), fmt::format("write `\"{}\"`", written));
    if (t.kind == TypeKind::Timestamp) advise_moment(report, value, at);
    if (kind == TypeKind::String && const_text(value)) {
        if (t.kind == TypeKind::Instance && advice::instance_called(*const_text(value)).empty()) report.help("an instance type is written `ml.m5.large`");
        bool image = t.kind == TypeKind::Image || (t.kind == TypeKind::Union && std::ranges::find(t.items, plain(TypeKind::Image)) != t.items.end());
        if (image) report.help("an image is written `ecr(\"team/model\", tag: \"1.0\")`, or whole, with its registry: `\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/model:1.0\"`");
        if (t.kind == TypeKind::Date) report.help("a date is written `2026-01-31`, and is a day of the calendar");
        if (t.kind == TypeKind::Bucket) report.help("a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`");
        if (t.kind == TypeKind::Arn) report.help("an ARN begins with `arn:`");
    }
    if (t.kind == TypeKind::Bucket && kind == TypeKind::String && !const_text(value)) report.help("rights are derived from the bucket: write its name, or take it as `param data: Bucket`");
    if (t.kind == TypeKind::List && kind != TypeKind::List && kind != TypeKind::Literals && convert(value, t.element)) advise_list(report, at);
    if (v.op == Op::Record && kind == TypeKind::Literals && !literal) advise_member(report, value, inner, where);
}

/// A record or list all of whose parts stand in the library, asked for in a file of the user: the result of a stage.
bool Elaborator::is_made_by_library(ValueId value, Span where) const {
    const Value& v = values_[value];
    if ((v.op != Op::Record && v.op != Op::List) || v.b == 0 || session_.sources.file(where.file).library) return false;
    // of a `none` that was put into a record nobody knows who made the record
    auto elsewhere = [&](ValueId part) { return !is_null(part) && values_[part].where.known() && session_.sources.file(values_[part].where.file).library; };
    if (v.op == Op::List) return std::ranges::all_of(values_.links(value), elsewhere);
    return std::ranges::all_of(values_.fields(value), [&](const ir::Field& f) { return elsewhere(f.value); });
}

/// `{ max_wait: 8 h, … }` where `h` is a name: the unit looks like a member.
bool Elaborator::explain_unit(ValueId record) {
    for (uint32_t i = 1; i < values_[record].b; i++) {
        const ir::Field before = values_.fields(record)[i - 1], f = values_.fields(record)[i];
        Span number = values_[before.value].where, unit = values_[f.value].where;
        if (!is_unit(text(f.key)) || values_[before.value].op != Op::Integer || !number.known() || number.file != unit.file || number.end >= unit.begin) continue;
        std::string_view source = session_.sources.file(unit.file).text;
        bool apart = source.substr(number.end, unit.begin - number.end).find_first_not_of(" \t") == std::string_view::npos;
        if (!apart || session_.sources.text(unit) != text(f.key)) continue;
        report_unit(number, unit);
        return true;
    }
    return false;
}

/// The result of a stage is a record; mostly one member of it is what was meant.
void Elaborator::advise_member(DiagnosticBuilder& report, ValueId record, TypeId type, Span where) {
    std::string_view written = session_.sources.text(where);
    bool name = !written.empty() && written.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") == std::string_view::npos;
    for (uint32_t i = 0; i < values_[record].b; i++) {
        const ir::Field f = values_.fields(record)[i];
        bool fits = kind_of(f.value) == TypeKind::Json || (types_.kind(type) != TypeKind::String && convert(f.value, type));
        if (!fits) continue;
        std::string member = fmt::format("{}.{}", name ? written : "…", text(f.key));
        report.help(fmt::format("a member of it may be meant: `{}`", member));
        if (name) report.fix(where, member, fmt::format("write `{}`", member));
        return;
    }
}

/// A text that does not match a pattern, with a name like it that does.
void Elaborator::misfit(std::string_view text, std::string_view pattern, Span where) {
    auto report = diagnostics_.report(diag::PatternMismatch, where, text, pattern);
    if (std::string name = advice::fitting_name(text, pattern); !name.empty()) report.help(fmt::format("as in \"{}\"", name));
}

/// The members that a record has to have, and one of the others when it needs none.
std::string Elaborator::record_form(TypeId type) const {
    std::string form;
    for (const types::FieldType& f : types_[types_.without_none(type)].fields) {
        if (f.fallback || types_.is_optional(f.type)) continue;
        form += fmt::format("{}{}: …", form.empty() ? "" : ", ", text(f.name));
    }
    return form;
}

/// What to write instead of a value of the wrong type, where that can be told.
void Elaborator::advise(DiagnosticBuilder& report, ValueId value, TypeId type, Span where) {
    const types::Type t = types_[type];
    if (auto constant = const_text(value); constant && where.known()) {
        using advice::Written;
        auto takes = [&](TypeKind kind) {
            return t.kind == kind || (t.kind == TypeKind::Union && std::any_of(t.items.begin(), t.items.end(), [&](TypeId i) { return types_.kind(i) == kind; }));
        };
        Written written = advice::written_as(*constant);
        bool bare = (written == Written::Integer && (takes(TypeKind::Int) || takes(TypeKind::Float))) || (written == Written::Decimal && takes(TypeKind::Float)) ||
                    (written == Written::Duration && takes(TypeKind::Duration)) || (written == Written::Size && takes(TypeKind::Size)) ||
                    (written == Written::Truth && takes(TypeKind::Bool));
        std::string_view source = session_.sources.file(where.file).text;
        bool quoted = session_.sources.text(where) == *constant && where.begin > 0 && source[where.begin - 1] == '"' && where.end < source.size() && source[where.end] == '"';
        Symbol name = names_.find(*constant);
        bool declared = name != Symbol::none && session_.modules.main->declared.find(name);
        std::string meant = bare || (declared && t.kind != TypeKind::String) ? std::string(*constant) : takes(TypeKind::Instance) ? advice::instance_called(*constant) : "";
        if (quoted && !meant.empty())
            report.help(fmt::format("write it without quotes: `{}`", meant)).fix({where.file, where.begin - 1, where.end + 1}, meant, fmt::format("write `{}`", meant));
    }
    advise_wrapping(report, value, type, where);
    TypeId record = t.kind == TypeKind::List ? types_.without_none(t.element) : type;
    if (types_.kind(record) == TypeKind::Nominal && types_.kind(values_[value].type) != TypeKind::Nominal)
        if (std::string form = record_form(record); !form.empty())
            report.help(fmt::format("a `{0}` is written `{2}{{ {1} }}{3}`", type_text(type), form, t.kind == TypeKind::List ? "[" : "", t.kind == TypeKind::List ? "]" : ""));
}

void Elaborator::advise_list(DiagnosticBuilder& report, Span where) {
    std::string_view source = session_.sources.file(where.file).text;
    if (where.begin > 0 && source[where.begin - 1] == '"' && where.end < source.size() && source[where.end] == '"') where.begin--, where.end++;
    std::string_view written = session_.sources.text(where);
    if (written.size() > 60 || written.find('\n') != std::string_view::npos) return void(report.help("put it in a list: `[…]`"));
    report.help(fmt::format("put it in a list: `[{}]`", written)).fix(where, fmt::format("[{}]", written), fmt::format("write `[{}]`", written));
}

/// A record type of which only one member is needed, and this is it: `Container(image: …)`.
void Elaborator::advise_wrapping(DiagnosticBuilder& report, ValueId value, TypeId type, Span where) {
    const types::Type& t = types_[type];
    if (t.kind != TypeKind::Union || kind_of(value) == TypeKind::Literals || kind_of(value) == TypeKind::String) return;
    std::string_view written = session_.sources.text(where);
    for (TypeId item : t.items) {
        if (types_.kind(item) != TypeKind::Nominal) continue;
        const types::FieldType* needed = nullptr;
        size_t count = 0;
        for (const types::FieldType& f : types_[item].fields)
            if (!f.fallback && !types_.is_optional(f.type)) needed = &f, count++;
        if (count != 1 || kind_of(value) != types_.kind(needed->type)) continue;
        bool brief = written.size() <= 60 && written.find('\n') == std::string_view::npos;
        std::string whole = fmt::format("{}({}: {})", type_text(item), text(needed->name), brief ? written : "…");
        report.help(fmt::format("write `{}`", whole));
        if (brief) report.fix(where, whole, fmt::format("write `{}`", whole));
        return;
    }
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
