// Event patterns as EventBridge takes them. Source: EventBridge user guide, eb-event-patterns, eb-create-pattern-operators.
#include <algorithm>
#include <span>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::string_view event_members[] = {"account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version", "$or"};
constexpr std::string_view operations[] = {"prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr"};
constexpr std::string_view either = "$or";

constexpr std::string_view signs[] = {"<", "<=", ">", ">=", "="};

bool among(std::span<const std::string_view> all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

std::string_view near_one(std::span<const std::string_view> all, std::string_view wrong) { return closest(wrong, std::vector(all.begin(), all.end())); }

std::string written(std::string_view name) { return name == "detail-type" || name == "$or" ? fmt::format("\"{}\"", name) : std::string(name); }

}  // namespace

bool Elaborator::bad_pattern(Span where, std::string text, std::string help) {
    auto report = diagnostics_.report(diag::BadEventPattern, where, text);
    if (!help.empty()) report.help(std::move(help));
    return false;
}

void Elaborator::check_pattern(ValueId record, bool top) {
    const Value v = values_[record];
    if (v.op != Op::Record) return void(bad_pattern(v.where, "an event pattern is a record", "write `{ source: [\"…\"], detail: { … } }`"));
    if (v.b == 0) return void(bad_pattern(v.where, "an empty pattern", top ? "name at least a `source`: `{ source: [\"aws.sagemaker\"] }`" : ""));
    for (uint32_t i = 0; i < v.b; i++) {
        ir::Field f = values_.fields(record)[i];
        std::string_view key = text(f.key);
        const Value inner = values_[f.value];
        if (top && !among(event_members, key)) {
            auto near = key == "detail_type" ? "detail-type" : near_one(event_members, key);
            bad_pattern(key_span(f), fmt::format("events have no `{}`", key),
                        near.empty() ? "what is particular to an event is in its `detail`: `{ detail: { … } }`" : fmt::format("did you mean `{}`?", written(near)));
        } else if (key == either) {
            check_alternatives(f.value, key, key_span(f));
        } else if (inner.op == Op::Record) {
            check_pattern(f.value, false);
        } else if (inner.op == Op::List) {
            if (inner.b == 0) bad_pattern(inner.where, "an empty list fits no event", "");
            for (uint32_t k = 0; k < inner.b; k++) {
                ValueId item = values_.links(f.value)[k];
                TypeKind kind = kind_of(item);
                bool other = kind == TypeKind::Int || kind == TypeKind::Float || kind == TypeKind::Bool;
                if (top && other) bad_pattern(values_[item].where, fmt::format("`{}` of an event is a text", key), "write it in quotes: what is of another type fits no event");
                else check_match(item);
            }
        } else if (inner.op != Op::Null && inner.op != Op::Conditional) {   // what is chosen later is not looked into
            bad_pattern(inner.where, fmt::format("the values of `{}` stand in a list", key), "write `[…]` around it: one of several has to fit");
        }
    }
}

/// `"$or": [ { … }, { … } ]`
void Elaborator::check_alternatives(ValueId list, std::string_view key, Span where) {
    const Value v = values_[list];
    if (v.op != Op::List || v.b < 2) return void(bad_pattern(where, fmt::format("`{}` takes a list of two or more patterns", key), ""));
    for (uint32_t i = 0; i < v.b; i++) check_pattern(values_.links(list)[i], false);
}

/// One of the values that a member may have: the value itself, or a comparison.
void Elaborator::check_match(ValueId value) {
    const Value v = values_[value];
    if (v.op == Op::List) return void(bad_pattern(v.where, "a list in a list", ""));
    if (v.op != Op::Record) return;
    if (v.b != 1) return void(bad_pattern(v.where, "a comparison has one operator", "write `[{ prefix: \"in/\" }]`; members of the event stand outside of the list"));
    ir::Field f = values_.fields(value)[0];
    if (among(operations, text(f.key))) return check_operand(text(f.key), f.value, key_span(f));
    auto near = near_one(operations, text(f.key));
    bad_pattern(key_span(f), fmt::format("`{}` is no comparison", text(f.key)),
                near.empty() ? fmt::format("there are `{}`", fmt::join(operations, "`, `")) : fmt::format("did you mean `{}`?", near));
}

void Elaborator::check_operand(std::string_view operation, ValueId operand, Span where) {
    const Value v = values_[operand];
    TypeKind kind = kind_of(operand);
    bool is_number = kind == TypeKind::Int || kind == TypeKind::Float;
    bool is_text = !is_number && kind != TypeKind::Bool && v.op != Op::Record && v.op != Op::List && v.op != Op::Null;
    if (operation == "exists") {
        if (kind != TypeKind::Bool) bad_pattern(where, "`exists` takes `true` or `false`", "");
    } else if (operation == "numeric") {
        check_numeric(operand, where);
    } else if (operation == "anything-but") {
        if (v.op == Op::Record && v.b == 1) {
            ir::Field f = values_.fields(operand)[0];
            constexpr std::string_view inner[] = {"prefix", "suffix", "equals-ignore-case", "wildcard"};
            if (among(inner, text(f.key))) return check_operand(text(f.key), f.value, key_span(f));
            bad_pattern(key_span(f), fmt::format("`{}` cannot stand in `anything-but`", text(f.key)), fmt::format("there are `{}`", fmt::join(inner, "`, `")));
        } else if (v.op == Op::Record || v.op == Op::Null || (v.op == Op::List && v.b == 0)) {
            bad_pattern(where, "`anything-but` takes a value, a list of values or one comparison", "");
        }
    } else if (v.op == Op::Record && v.b == 1 && (operation == "prefix" || operation == "suffix")) {
        ir::Field f = values_.fields(operand)[0];
        if (text(f.key) == "equals-ignore-case") return check_operand("equals-ignore-case", f.value, key_span(f));
        bad_pattern(key_span(f), fmt::format("`{}` cannot stand in `{}`", text(f.key), operation), "only `equals-ignore-case` can");
    } else if (auto constant = const_text(operand); operation == "wildcard" && constant && constant->find("**") != std::string_view::npos) {
        bad_pattern(v.where, "two `*` in a row", "one `*` stands for any text");
    } else if (!is_text && !(operation != "cidr" && v.op == Op::List)) {
        bad_pattern(where, fmt::format("`{}` takes a text", operation), "");
    }
}

/// `numeric: [">", 0, "<=", 5]`
void Elaborator::check_numeric(ValueId list, Span where) {
    const Value v = values_[list];
    const std::string help = "write `{ numeric: [\">\", 0, \"<=\", 5] }`";
    if (v.op != Op::List || (v.b != 2 && v.b != 4)) return void(bad_pattern(where, "`numeric` takes one or two comparisons", help));
    double low = -1e300, high = 1e300;
    for (uint32_t i = 0; i < v.b; i += 2) {
        ValueId operation = values_.links(list)[i], limit = values_.links(list)[i + 1];
        auto sign = const_text(operation);
        if (!sign || !among(signs, *sign)) return void(bad_pattern(values_[operation].where, "a comparison of numbers is `<`, `<=`, `=`, `>=` or `>`", help));
        auto number = const_number(limit);
        TypeKind kind = kind_of(limit);
        if (!number && kind != TypeKind::Int && kind != TypeKind::Float) return void(bad_pattern(values_[limit].where, "after a comparison of numbers stands a number", help));
        if (number && sign->starts_with('>')) low = *number;
        if (number && sign->starts_with('<')) high = *number;
    }
    if (low > high) bad_pattern(values_[list].where, "no number fits both", "");
}

}  // namespace zflow::elaborate
