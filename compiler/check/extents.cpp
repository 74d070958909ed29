#include "check/extents.hpp"

#include <algorithm>
#include <cmath>

#include "schema/lengths.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;
using types::TypeKind;

constexpr unsigned deepest = 100;
constexpr double quotes = 2, brackets = 2, comma = 1, punctuation = 4;   // of a member: quotes, colon, comma

Extent both(double bytes) { return {bytes, bytes}; }
Extent operator*(Extent n, Extent each) { return {n.least * each.least, n.most * each.most}; }
/// One of them, nobody knows which.
Extent either(Extent a, Extent b) { return {std::min(a.least, b.least), std::max(a.most, b.most)}; }
/// Where it may be missing.
Extent perhaps(Extent e) { return {0, e.most}; }

/// A member of a record; one that takes nothing is left out.
Extent member(std::string_view name, Extent value) {
    double key = static_cast<double>(name.size()) + punctuation;
    return {value.least > 0 ? value.least + key : 0, value.most > 0 ? value.most + key : 0};
}

/// Behind the last element stands no comma.
Extent closed(Extent sum) { return {sum.least > brackets ? sum.least - comma : sum.least, sum.most > brackets ? sum.most - comma : sum.most}; }

double digits(double number) { return static_cast<double>(fmt::formatted_size("{:.0f}", std::trunc(number))); }

}  // namespace

// --- types

Extent Extents::of(types::TypeId id, unsigned depth) {
    const types::Type& t = c_.types[id];
    if (depth > deepest / 4) return {};
    Extent sum = both(brackets);
    switch (t.kind) {
        case TypeKind::Error: case TypeKind::Never: case TypeKind::None: return {};
        case TypeKind::Optional: return perhaps(of(t.element, depth + 1));
        case TypeKind::List: case TypeKind::Map: return sum;
        case TypeKind::Shape: return shape(schema::Shape(t.shape), depth);
        case TypeKind::Union:
            sum = t.items.empty() ? Extent{} : of(t.items[0], depth + 1);
            for (types::TypeId item : t.items) sum = either(sum, of(item, depth + 1));
            return sum;
        case TypeKind::Record: case TypeKind::Nominal:
            for (const types::FieldType& f : t.fields) sum = sum + member(c_.names.text(f.name), of(f.type, depth + 1));
            return closed(sum);
        default: return scalar(t);
    }
}

Extent Extents::scalar(const types::Type& t) {
    const types::Refinement* r = t.refinement >= 0 ? &c_.types.refinement(t.refinement) : nullptr;
    switch (t.kind) {
        case TypeKind::Bool: return {4, 5};
        case TypeKind::Date: return both(quotes + 10);
        case TypeKind::Timestamp: return both(10);              // where a service gives it as a number
        case TypeKind::Instance: return both(quotes + 6);       // ml.a.b
        case TypeKind::Bucket: return both(quotes + 3);
        case TypeKind::S3: case TypeKind::Dataset: return both(quotes + 8);   // s3://abc
        case TypeKind::Literal: return both(quotes + static_cast<double>(c_.names.text(t.name).size()));
        case TypeKind::Int:
            if (!r || !r->has_min || !r->has_max) return both(1);
            return {r->min <= 0 ? 1 : digits(r->min), std::max(digits(r->min), digits(r->max))};
        case TypeKind::String: {
            if (!r) return both(quotes);
            auto [known, fresh] = of_patterns_.try_emplace(static_cast<uint32_t>(t.refinement));
            if (!fresh) return known->second;
            schema::Lengths lengths = r->pattern.empty() ? schema::Lengths{} : schema::lengths_of(r->pattern);
            double least = std::max(static_cast<double>(lengths.least), r->has_min ? r->min : 0), most = least;
            if (lengths.most) most = std::max(least, static_cast<double>(*lengths.most));
            if (r->has_max) most = std::max(least, lengths.most ? std::min(most, r->max) : r->max);
            return known->second = {quotes + least, quotes + most};
        }
        default: return both(1);
    }
}

/// What a service's model says. It allows far more than ever comes, so only the least of it is believed.
Extent Extents::shape(schema::Shape s, unsigned depth) {
    double bytes = brackets;
    switch (depth > deepest / 4 ? schema::Kind::Any : s.kind()) {
        case schema::Kind::String: return both(quotes + s.min().value_or(0));
        case schema::Kind::List: return both(bytes + s.min().value_or(0) * shape(s.element(), depth + 1).least);
        case schema::Kind::Structure:
            for (uint32_t i = 0; i < s.member_count(); i++)
                if (schema::Member m = s.member(i); m.required)
                    bytes += static_cast<double>(m.name.size()) + punctuation + shape(m.shape, depth + 1).least;
            return both(bytes);
        case schema::Kind::Map: case schema::Kind::Union: case schema::Kind::Blob: return both(bytes);
        default: return both(1);
    }
}

// --- values

Extent Extents::of(ValueId id) {
    const ir::Value& v = c_.values[id];
    switch (v.op) {
        case Op::Null: return {};
        case Op::Bool: return both(v.a ? 4 : 5);
        case Op::Integer: return both(static_cast<double>(fmt::formatted_size("{}", v.integer)));
        case Op::Decimal: return both(static_cast<double>(v.text().size()));
        case Op::String: return both(quotes + length(v.text()));
        case Op::Fresh: return both(quotes + static_cast<double>(v.integer));
        case Op::Input:
            if (ignores_inputs_) return {};
            break;
        default: break;
    }
    auto known = of_values_.find(static_cast<uint32_t>(id));
    if (known != of_values_.end()) return known->second;
    if (depth_ > deepest) return {};
    depth_++;
    Extent found = part(id);
    depth_--;
    if (v.optional) found = perhaps(found);
    return of_values_[static_cast<uint32_t>(id)] = found;
}

double Extents::length(std::string_view text) const {
    auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    return static_cast<double>(unit_ == Bytes ? text.size() : static_cast<size_t>(std::ranges::count_if(text, begins)));
}

double Extents::texts_of(ValueId map) {
    if (c_.values[map].op != Op::Record) return 0;
    double sum = 0;
    for (const ir::Field& f : c_.values.fields(map))
        if (Extent value = of(f.value); value.least > 0) sum += length(c_.names.text(f.key)) + text(f.value).least;
    return sum;
}

Extent Extents::part(ValueId id) {
    const ir::Value& v = c_.values[id];
    switch (v.op) {
        case Op::List: return list(id);
        case Op::Record: return record(id);
        case Op::Concat: return both(quotes) + text(id);
        case Op::Conditional: return either(of(ValueId{v.b}), of(ValueId{v.c}));
        case Op::Joined: return joined(v);
        case Op::Result: return result(v);
        case Op::For: return closed(both(brackets) + count(id) * (of(c_.values.loop(v).body) + both(comma)));
        default: return of(v.type);
    }
}

Extent Extents::list(ValueId id) {
    Extent sum = both(brackets);
    for (ValueId item : c_.values.links(id)) sum = sum + of(item) + both(comma);
    return closed(sum);
}

/// A location or an image is a text in the end.
Extent Extents::record(ValueId id) {
    const ir::Value& v = c_.values[id];
    TypeKind kind = c_.types.kind(v.type);
    if (kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image) {
        ValueId uri = c_.values.field(id, c_.names.find("uri"));
        if (uri != ValueId::none) return of(uri);
        Extent sum = both(quotes + 6);   // s3://, /
        for (const ir::Field& f : c_.values.fields(id)) sum = sum + text(f.value);
        return sum;
    }
    Extent sum = both(brackets);
    for (const ir::Field& f : c_.values.fields(id)) sum = sum + member(c_.names.text(f.key), of(f.value));
    return closed(sum);
}

/// A value as a part of a text: without the quotes.
Extent Extents::text(ValueId id) {
    const ir::Value& v = c_.values[id];
    if (v.op == Op::Concat) {
        Extent sum;
        for (ValueId link : c_.values.links(id)) sum = sum + text(link);
        return sum;
    }
    Extent whole = of(id);
    bool number = v.op == Op::Integer || v.op == Op::Decimal || v.op == Op::Bool;
    if (number) return whole;
    return {std::max(0.0, whole.least - quotes), std::max(0.0, whole.most - quotes)};
}

Extent Extents::joined(const ir::Value& v) {
    const ir::Step* step = step_of(v.a);
    const auto* choice = step ? std::get_if<ir::Choice>(&step->is) : nullptr;
    const auto* attempt = step ? std::get_if<ir::Try>(&step->is) : nullptr;
    const std::vector<ir::Join>* joins = choice ? &choice->joins : attempt ? &attempt->joins : nullptr;
    if (!joins || v.b >= joins->size()) return of(v.type);
    std::optional<Extent> any;
    for (ValueId value : (*joins)[v.b].values)
        if (value != ValueId::none) any = any ? either(*any, of(value)) : of(value);
    return any.value_or(Extent{});
}

Extent Extents::result(const ir::Value& v) {
    const ir::Step* step = step_of(v.a);
    if (!step || ignored_.contains(v.a)) return {};
    bool whole = v.b == 0;
    if (const auto* map = std::get_if<ir::Map>(&step->is); map && whole) {
        auto [known, fresh] = of_steps_.try_emplace(v.a);
        if (fresh) known->second = results(*map);
        return of_steps_[v.a];
    }
    if (const auto* let = std::get_if<ir::Let>(&step->is); let && whole) return of(let->value);
    Extent typed = of(v.type);
    schema::Shape answer = answered(c_, *pipeline_, v);
    if (!answer || answer.kind() != schema::Kind::String) return typed;
    double least = std::max(typed.least, shape(answer, 0).least);
    return {least, std::max(least, typed.most)};
}

// --- loops

Extent Extents::count(ValueId id) {
    const ir::Value& v = c_.values[id];
    auto argument = [&](size_t i) { return c_.values.links(id)[i]; };
    if (depth_ > deepest || v.optional) return {};
    if (v.op == Op::List) return both(v.b);
    if (v.op == Op::For) return c_.values.loop(v).filter != ValueId::none ? perhaps(count(ValueId{v.a})) : count(ValueId{v.a});
    if (v.op == Op::Conditional) return either(count(ValueId{v.b}), count(ValueId{v.c}));
    if (v.op == Op::Call && (v.sub == static_cast<uint8_t>(ir::Builtin::Sort) || v.sub == static_cast<uint8_t>(ir::Builtin::Reverse))) return count(argument(0));
    if (v.op == Op::Call && v.sub == static_cast<uint8_t>(ir::Builtin::Append)) return count(argument(0)) + count(argument(1));
    if (v.op == Op::Result && v.b == 0)
        if (const ir::Step* step = step_of(v.a)) {
            if (const auto* map = std::get_if<ir::Map>(&step->is)) return turns(*map);
            if (const auto* let = std::get_if<ir::Let>(&step->is)) return count(let->value);
        }
    return {};
}

/// Step Functions guide, input-output-itembatcher: a turn takes a batch; one that would be too large is smaller.
Extent Extents::batches(const ir::Distributed& far, Extent items) const {
    const ir::Field limit = c_.values.fields(far.batch).front();
    const ir::Value& n = c_.values[limit.value];
    if (c_.names.text(limit.key) != "MaxItemsPerBatch" || n.op != Op::Integer || n.integer < 1) return {};
    auto size = static_cast<double>(n.integer);
    return {std::ceil(items.least / size), std::ceil(items.most / size)};
}

Extent Extents::turns(const ir::Map& map) {
    if (!map.distributed) return count(map.items);
    const ir::Distributed& far = *map.distributed;
    Extent items = far.reader == ValueId::none ? count(map.items) : Extent{};
    if (far.reader_config != ValueId::none) {
        ValueId limit = c_.values.field(far.reader_config, c_.names.find("MaxItems"));
        if (limit != ValueId::none && c_.values[limit].op == Op::Integer) items.most = static_cast<double>(c_.values[limit].integer);
    }
    if (far.batch != ValueId::none) items = batches(far, items);
    bool tolerant = far.tolerated_count != ValueId::none || far.tolerated_percentage != ValueId::none;
    return tolerant ? perhaps(items) : items;
}

Extent Extents::results(const ir::Map& map) {
    if (map.distributed && map.distributed->writer != ValueId::none) return {};
    Extent each = map.result == ValueId::none ? both(brackets) : of(map.result);
    // what went wrong in a turn is kept beside what went well
    if (map.keeps_going) each = {std::min(each.least, brackets), each.most};
    return closed(both(brackets) + turns(map) * (each + both(comma)));
}

}  // namespace zflow::check
