// A service call's arguments against the service's own model: members, types, enumerations, patterns, ranges.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"
#include "schema/pattern.hpp"

namespace zflow::elaborate {

namespace {

std::string shape_text(schema::Shape shape) {
    switch (shape.kind()) {
        case schema::Kind::String: case schema::Kind::Blob: return "String";
        case schema::Kind::Integer: case schema::Kind::Long: return "Int";
        case schema::Kind::Float: case schema::Kind::Double: return "Float";
        case schema::Kind::Boolean: return "Bool";
        case schema::Kind::Timestamp: return "Timestamp";
        case schema::Kind::List: return "List<…>";
        case schema::Kind::Map: return "Map<…>";
        case schema::Kind::Any: return "Json";
        default: return std::string(shape.name());
    }
}

bool has_parts(schema::Kind kind) {
    return kind == schema::Kind::Structure || kind == schema::Kind::Union || kind == schema::Kind::List || kind == schema::Kind::Map;
}

bool is_instance_enum(schema::Shape shape) { return shape.name().ends_with("InstanceType"); }

}  // namespace

/// Stages of one kind send the same members again and again.
const schema::Member* Elaborator::find_member(schema::Shape shape, Symbol name) {
    constexpr size_t size = 64;   // a power of two
    if (members_.empty()) members_.resize(size);
    KnownMember& known = members_[(shape.id() * 31 + static_cast<uint32_t>(name)) & (size - 1)];
    if (known.shape != shape.id() || known.name != name) {
        auto found = shape.find(text(name));
        known = {shape.id(), name, found.has_value(), found.value_or(schema::Member{})};
    }
    return known.found ? &known.member : nullptr;
}

uint32_t Elaborator::required_count(schema::Shape shape) {
    Required& known = required_[shape.id() % required_.size()];
    if (known.shape != shape.id()) {
        known = {shape.id(), 0};
        for (uint32_t m = 0; m < shape.member_count(); m++) known.count += shape.member(m).required;
    }
    return known.count;
}

bool Elaborator::fits(double number, schema::Shape shape) const {
    auto least = shape.min(), most = shape.max();
    bool too_long = shape.kind() == schema::Kind::Integer && std::abs(number) > INT32_MAX;
    return !(least && number < *least) && !(most && number > *most) && !too_long;
}

bool Elaborator::fits(std::string_view text, schema::Shape shape) const {
    if (shape.has_enum()) return shape.enum_contains(text);
    return fits(static_cast<double>(patterns::code_points(text)), shape) && (shape.pattern().empty() || schema::matches(shape, text));
}

/// Allowed values say it all.
Elaborator::TextLimits Elaborator::limits_of(schema::Shape shape) {
    if (shape.has_enum()) return {};
    return {shape.pattern(), shape.max().value_or(0), shape.max().has_value()};
}

/// Where the user wrote something that `value`, which a kind put together, is made of: the last of it. Else `otherwise`.
Span Elaborator::written_by_user(ValueId value, Span otherwise) const {
    constexpr size_t far_enough = 64;
    std::vector<ValueId> open = {value};
    for (size_t seen = 0; !open.empty() && seen < far_enough; seen++) {
        const Value& v = values_[open.back()];
        ValueId id = open.back();
        open.pop_back();
        if (v.where.known() && !session_.sources.file(v.where.file).library) return v.where;
        if (v.op == Op::List) open.insert(open.end(), values_.links(id).begin(), values_.links(id).end());
        else if (v.op == Op::Record)
            for (const ir::Field& f : values_.fields(id)) open.push_back(f.value);
    }
    return otherwise;
}

/// The record that somebody wrote with this in it.
Span Elaborator::record_around(Span inside) const {
    Span around = inside;
    for (const Module& module : session_.modules.all) {
        if (module.tree.file != inside.file) continue;
        for (const syntax::Node& n : module.tree.nodes) {   // the inner ones stand before the outer ones
            if ((n.kind != NodeKind::Record && n.kind != NodeKind::RecordFor) || n.begin > inside.begin || n.end < inside.end) continue;
            around = {inside.file, n.begin, n.end};
            break;
        }
    }
    return around;
}

void Elaborator::check_key(const ir::Field& field, schema::Shape key) {
    auto length = static_cast<double>(patterns::code_points(text(field.key)));
    if (auto most = key.max(); most && length > *most)
        diagnostics_.report(diag::OutOfRange, key_span(field), fmt::format("`{}` has at most {} characters, not {}", key.name(), *most, length));
    else if (!schema::matches(key, text(field.key)))
        diagnostics_.report(diag::PatternMismatch, key_span(field), text(field.key), key.pattern());
}

ValueId Elaborator::payload(ValueId value, schema::Shape shape, const schema::Integration* integration, Span where, bool required) {
    const schema::Kind wanted = shape.kind();
    if (is_error(value) || !shape || wanted == schema::Kind::Any) return value;
    const Value v = values_[value];
    Span at = v.where.known() ? v.where : where;
    TypeKind kind = types_.kind(v.type);
    auto mismatch = [&] {
        if (v.optional || kind == TypeKind::Optional)
            diagnostics_.report(diag::MayBeAbsent, at, type_text(types_.without_none(v.type))).help("say what to use instead with `… ?? default`");
        else diagnostics_.report(diag::TypeMismatch, at, shape_text(shape), type_text(type_of(value)));
        return error_value(at);
    };
    auto limits = [&](double amount, std::string_view what) {   // is it within them? `what`: "elements", "characters", "" of a number
        if (is_refused(at) && !fits(amount, shape)) return false;
        auto beyond = [&](std::string_view how, double bound) {
            std::string said = what.empty() ? fmt::format("`{}` is {} {}, not {}", shape.name(), how, bound, amount)
                                            : fmt::format("`{}` has {} {} {}, not {}", shape.name(), how, bound, what, amount);
            // of a list that a kind puts together no element is more wrong than the others, of a map no entry
            Span place = what == "elements" ? at : written_by_user(value, at);
            diagnostics_.report(diag::OutOfRange, what == "entries" && place != at ? record_around(place) : place, said);
            return false;
        };
        if (auto least = shape.min(); least && amount < *least) return beyond("at least", *least);
        if (auto most = shape.max(); most && amount > *most) return beyond("at most", *most);
        // Smithy 2.0 specification, simple types: an integer is a signed number of 32 bits
        if (wanted == schema::Kind::Integer && std::abs(amount) > INT32_MAX)
            return diagnostics_.report(diag::OutOfRange, at, fmt::format("{} does not fit `{}`, which has 32 bits", amount, shape.name())), false;
        return true;
    };
    auto number = [&] {
        auto n = number_of(v);
        if (n && limits(*n, "") && recording_) recording_->checks(value, shape);
        return value;
    };
    if (v.optional && !required) {               // lowering leaves it out when it is absent
        ValueId there = payload(with_type(value, types_.without_none(v.type)), shape, nullptr, where);
        return is_error(there) ? there : with_type(there, values_[there].type, true);
    }
    if (v.optional && kind != TypeKind::Json) return mismatch();
    if (!has_parts(wanted) && can_differ(value)) {
        each_possible(value, [&](ValueId one) {
            if (one == value || (!is_const(one) && values_[one].op != Op::Concat)) return;
            // of a choice of durations the seconds are sent, whichever it is
            bool counts = kind == TypeKind::Int && (kind_of(one) == TypeKind::Duration || kind_of(one) == TypeKind::Size);
            payload(counts ? with_type(one, v.type) : one, shape, nullptr, at);
        });
    } else if (v.op == Op::Conditional && kind != TypeKind::Json && kind != TypeKind::Shape) {   // a run decides which: each has to fit
        auto arm = [&](ValueId part) { return is_null(part) ? part : payload(part, shape, nullptr, at); };
        ValueId yes = arm(ValueId{v.b}), no = arm(ValueId{v.c});
        return is_error(yes) ? yes : is_error(no) ? no : make_conditional(ValueId{v.a}, yes, no, at);
    }
    switch (wanted) {
        case schema::Kind::Structure: case schema::Kind::Union: {
            if (kind == TypeKind::Json || (kind == TypeKind::Shape && types_[v.type].shape == shape.id())) return value;
            if (v.op != Op::Record || kind == TypeKind::S3 || kind == TypeKind::Image) return mismatch();
            Few<ir::Field, 8> fields;
            std::vector<std::string_view> misspelt;   // a member that was meant is not missing too
            uint32_t required_given = 0;
            bool changed = false;
            for (uint32_t i = 0; i < v.b; i++) {
                ir::Field f = values_.fields(value)[i];
                if (is_null(f.value) && !is_error(f.value)) { changed = true; continue; }
                const schema::Member* member = find_member(shape, f.key);
                if (!member) {
                    std::vector<std::string_view> known;
                    for (uint32_t m = 0; m < shape.member_count(); m++) known.push_back(shape.member(m).name);
                    auto report = diagnostics_.report(diag::UnknownRequestMember, key_span(f), text(f.key), shape.name());
                    if (auto near = closest(text(f.key), known); !near.empty()) {
                        report.help(fmt::format("did you mean `{}`?", near)).fix(key_span(f), std::string(near), fmt::format("write `{}`", near));
                        misspelt.push_back(near);
                    }
                    fields.push_back(f);   // as it is, should the project know better
                    continue;
                }
                if (integration && !integration->allows(text(f.key)))
                    diagnostics_.report(diag::UnsupportedField, key_span(f), text(f.key), integration->resource())
                        .help("Step Functions refuses it at run time; call the service without `.sync` and wait for it with `poll`");
                required_given += member->required;
                fields.push_back({f.key, payload(f.value, schema::Shape(member->shape), nullptr, at, member->required)});
                changed |= fields.back().value != f.value;
            }
            for (uint32_t m = 0; required_given < required_count(shape) && m < shape.member_count(); m++) {
                schema::Member member = shape.member(m);
                if (!member.required) continue;
                bool given = std::any_of(fields.begin(), fields.end(), [&](auto& f) { return text(f.key) == member.name; });
                given |= std::find(misspelt.begin(), misspelt.end(), member.name) != misspelt.end();
                if (!given) diagnostics_.report(diag::MissingMember, at, member.name, shape.name());
            }
            return changed || v.optional || v.where != at ? make_record(fields, v.type, at) : value;
        }
        case schema::Kind::List: {
            if (v.op == Op::List) {
                limits(v.b, "elements");
                Few<ValueId, 8> items;
                bool changed = false;
                for (uint32_t i = 0; i < v.b; i++) {
                    ValueId item = values_.links(value)[i];
                    items.push_back(payload(item, shape.element(), nullptr, at));
                    changed |= items.back() != item;
                }
                return changed || v.optional || v.where != at ? make_list(items, v.type, at) : value;
            }
            return kind == TypeKind::List || kind == TypeKind::Json ? value : mismatch();
        }
        case schema::Kind::Map: {
            if (v.op == Op::Record) {
                limits(v.b, "entries");
                Few<ir::Field, 8> fields;
                for (uint32_t i = 0; i < v.b; i++) {
                    ir::Field f = values_.fields(value)[i];
                    if (is_null(f.value) && !is_error(f.value)) continue;
                    if (shape.key()) check_key(f, shape.key());
                    // maps of texts: numbers are what people write, texts are what the service takes
                    ValueId item = shape.value() && shape.value().kind() == schema::Kind::String ? as_text(f.value, at) : f.value;
                    fields.push_back({f.key, payload(item, shape.value(), nullptr, at)});
                }
                return make_record(fields, v.type, at);
            }
            return kind == TypeKind::Map || kind == TypeKind::Json || kind == TypeKind::Record ? value : mismatch();
        }
        case schema::Kind::String: case schema::Kind::Blob: {
            if (kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image) return payload(as_text(value, at), shape, nullptr, at);
            if (wanted == schema::Kind::Blob && (v.op == Op::Record || kind == TypeKind::Json)) return value;
            if (!assignable(v.type, plain(TypeKind::String)) && kind != TypeKind::String) return mismatch();
            if (v.op != Op::String) {
                if (recording_ && v.op == Op::Concat) recording_->checks(value, shape);
                const size_t errors = session_.diagnostics.errors();
                check_possible_texts(value, limits_of(shape), at, [&](std::string_view t) { return schema::matches(shape, t); });
                if (v.op == Op::Concat && has_variants(value))
                    each_variant(value, [&](ValueId one) {
                        if (errors == session_.diagnostics.errors() && (is_const(one) || !has_variants(one))) payload(one, shape, nullptr, at);
                    });
                return value;
            }
            std::optional<std::string_view> constant = v.text();
            if (fits(*constant, shape)) {
                if (recording_) recording_->checks(value, shape);
                return value;
            }
            if (shape.has_enum() && !shape.enum_contains(*constant)) {
                std::vector<std::string_view> known(shape.enum_values().begin(), shape.enum_values().end());
                bool elsewhere = false;   // an instance type of another API is wrong here; one that no API knows may be new
                if (is_instance_enum(shape))
                    for (std::string_view other : {"TrainingInstanceType", "ProcessingInstanceType", "TransformInstanceType", "ProductionVariantInstanceType"})
                        if (auto s = schema::find_shape(shape.service(), other)) elsewhere |= s.enum_contains(*constant);
                if (is_instance_enum(shape) && !elsewhere && patterns::is_instance(*constant)) {
                    auto report = diagnostics_.report(diag::UnknownInstance, at, *constant, shape.name());
                    if (auto near = closest(*constant, known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near));
                    return value;
                }
                auto report = diagnostics_.report(diag::UnknownRequestValue, at, *constant, shape.name());
                if (auto near = closest(*constant, known); !near.empty()) report.help(fmt::format("did you mean \"{}\"?", near));
                else if (known.size() <= 8) report.help(fmt::format("there are \"{}\"", fmt::join(known, "\", \"")));
                return value;
            }
            bool short_enough = limits(static_cast<double>(patterns::code_points(*constant)), "characters");
            if (short_enough && !shape.pattern().empty() && !schema::matches(shape, *constant)) misfit(*constant, shape.pattern(), at);
            return value;
        }
        case schema::Kind::Integer: case schema::Kind::Long:
            if (kind == TypeKind::Json) return value;
            if (kind != TypeKind::Int && !(kind == TypeKind::Float && v.op == Op::Integer)) return mismatch();
            return number();
        case schema::Kind::Float: case schema::Kind::Double:
            if (kind == TypeKind::Json) return value;
            if (kind != TypeKind::Int && kind != TypeKind::Float) return mismatch();
            return number();
        case schema::Kind::Boolean: return kind == TypeKind::Bool || kind == TypeKind::Json ? value : mismatch();
        default: return value;
    }
}

}  // namespace zflow::elaborate
