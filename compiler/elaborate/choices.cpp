// What is chosen later, `if c then a else b`: its arms are looked at one by one, and what can be done with each is done now:
// CloudFormation chooses between values, but it neither calculates nor has members.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

bool Elaborator::choices(ValueId value, std::vector<ValueId>& out, unsigned depth) const {
    constexpr unsigned deepest = 16;
    constexpr size_t most = 64;
    const Value& v = values_[value];
    if (depth > deepest || out.size() > most) return false;
    auto may_be = [&](ValueId one) { return choices(one, out, depth + 1); };
    switch (v.op) {
        case Op::Null: return true;
        case Op::Conditional: return may_be(ValueId{v.b}) && may_be(ValueId{v.c});
        case Op::Joined: {
            const auto* choice = made_by<ir::Choice>(v);
            const auto* attempt = made_by<ir::Try>(v);
            const std::vector<ir::Join>* joins = choice ? &choice->joins : attempt ? &attempt->joins : nullptr;
            return joins && v.b < joins->size() &&
                   std::ranges::all_of((*joins)[v.b].values, [&](ValueId of_arm) { return of_arm == ValueId::none || may_be(of_arm); });
        }
        case Op::Result:
            if (const auto* let = v.b == 0 ? made_by<ir::Let>(v) : nullptr) return may_be(let->value);
            break;
        case Op::Index: return elements(ValueId{v.a}, out, depth + 1);
        case Op::Item: {
            const auto* map = made_by<ir::Map>(v);
            return map && !map->distributed && elements(map->items, out, depth + 1);
        }
        case Op::Member: {
            std::vector<ValueId> objects;
            return choices(ValueId{v.a}, objects, depth + 1) && std::ranges::all_of(objects, [&](ValueId object) {
                if (values_[object].op != Op::Record) return false;
                ValueId field = values_.field(object, Symbol{v.b});
                return field == ValueId::none || may_be(field);
            });
        }
        default: break;
    }
    out.push_back(value);
    return true;
}

/// What the elements of a list may be: of one that is written out, of `[for …]`, or of what the turns of a loop give.
bool Elaborator::elements(ValueId list, std::vector<ValueId>& out, unsigned depth) const {
    const Value& v = values_[list];
    if (v.op == Op::For) return choices(values_.loop(v).body, out, depth + 1);
    if (v.op == Op::List) return std::ranges::all_of(values_.links(list), [&](ValueId item) { return choices(item, out, depth + 1); });
    if (v.op != Op::Result || v.b != 0) return false;
    if (const auto* let = made_by<ir::Let>(v)) return elements(let->value, out, depth + 1);
    const auto* map = made_by<ir::Map>(v);
    return map && map->result != ValueId::none && choices(map->result, out, depth + 1);
}

/// The bucket and the beginning of all that a location of a run may be, where they are known: of each object that was listed.
ValueId Elaborator::place_around(ValueId location) const {
    std::vector<ValueId> places;
    if (values_[location].time != Time::Run || !choices(location, places) || places.size() != 1) return ValueId::none;
    if (places[0] == location || values_[places[0]].op != Op::Record || !is_known_place(places[0])) return ValueId::none;
    return places[0];
}

/// `if c then a else b`: each of them on its own. An arm with nothing in it stays: that it may be absent is said elsewhere.
std::optional<ValueId> Elaborator::convert_choice(ValueId value, TypeId type, bool to_text) {
    const Value v = values_[value];
    auto arm = [&](uint32_t id) { return is_null(ValueId{id}) ? std::optional(ValueId{id}) : convert(ValueId{id}, type, to_text); };
    auto yes = arm(v.b), no = yes ? arm(v.c) : yes;
    if (!no) return {};
    if (is_error(*yes) || is_error(*no)) return is_error(*yes) ? *yes : *no;
    if (*yes == ValueId{v.b} && *no == ValueId{v.c}) return value;
    ValueId chosen = make_conditional(ValueId{v.a}, *yes, *no, v.where);
    // it is one of all the texts that there are, not of the two: a kind asks for others as well
    const bool all_texts = is_choice_of_texts(type);
    return with_type(chosen, all_texts ? types_.without_none(type) : types_.without_none(values_[chosen].type));
}

bool Elaborator::is_choice_of_texts(TypeId type) const {
    const types::Type& t = types_[types_.without_none(type)];
    auto text = [&](TypeId item) { return types_.kind(item) == TypeKind::Literal; };
    return t.kind == TypeKind::Literal || (t.kind == TypeKind::Union && std::ranges::all_of(t.items, text));
}

std::optional<ValueId> Elaborator::convert_written(ValueId value, TypeId type) {
    const Value& v = values_[value];
    const bool chosen = v.op == Op::Joined || v.op == Op::Item || v.op == Op::Index || v.op == Op::Member || v.op == Op::Result;
    const TypeKind wanted = types_.kind(type);
    const bool told_apart = is_choice_of_texts(type) || wanted == TypeKind::Instance || wanted == TypeKind::Date || wanted == TypeKind::Timestamp;
    if (!chosen || !told_apart || !types::is_text(types_.kind(v.type))) return {};
    std::vector<ValueId> texts;
    if (!choices(value, texts) || texts.empty()) return {};
    for (ValueId one : texts)
        if (!is_const(one) || !convert(one, type)) return {};
    if (recording_) recording_->breaks();
    return with_type(value, types_.without_none(type));
}

/// Of a choice that does not fit the arms that do not.
void Elaborator::explain_choice(ValueId value, TypeId type, Span where) {
    const Value v = values_[value];
    bool chosen = v.op == Op::Conditional && !v.optional;
    for (ValueId arm : {ValueId{v.b}, ValueId{v.c}})
        if (chosen && !is_null(arm) && !convert(arm, type)) return explain_choice(arm, type, is_inside(values_[arm].where, v.where) ? values_[arm].where : where);
    if (std::vector<ValueId> texts; v.op == Op::Joined && !v.optional && is_choice_of_texts(type) && choices(value, texts) && std::ranges::all_of(texts, [&](ValueId one) { return is_const(one); }))
        for (ValueId one : texts)
            if (!convert(one, type)) return explain_mismatch(one, type, values_[one].where);
    explain_mismatch(value, type, where);
}

/// Within an arm of a choice the condition is known: what asks for it again is one of its own arms.
ValueId Elaborator::decided_arm(ValueId arm, ValueId condition, bool holds) {
    auto is_not = [&](ValueId id) { return values_[id].op == Op::Unary && static_cast<syntax::Operator>(values_[id].sub) == syntax::Operator::Not; };
    if (is_not(condition)) return decided_arm(arm, ValueId{values_[condition].a}, !holds);
    const Value& v = values_[arm];
    if (v.op != Op::Conditional) return arm;
    const bool inverted = is_not(ValueId{v.a});
    if ((inverted ? ValueId{values_[ValueId{v.a}].a} : ValueId{v.a}) != condition) return arm;
    if (recording_) recording_->breaks();   // in another stage they may be two conditions
    return decided_arm(ValueId{holds != inverted ? v.b : v.c}, condition, holds);
}

/// What holds of the one arm and of the other, of both together: the condition itself where they differ. Nothing when it is not known of both.
ValueId Elaborator::decided_by(ValueId choice, std::optional<bool> yes, std::optional<bool> no, Span where) {
    if (!yes || !no) return ValueId::none;
    ValueId condition{values_[choice].a};
    return *yes == *no ? make_bool(*yes, where) : *yes ? condition : make_not(condition, where);
}

/// `(if c then "a" else "b") == "a"` asks for `c`. Nothing when the arms do not decide it.
ValueId Elaborator::compared_by_arms(syntax::Operator op, ValueId a, ValueId b, Span where) {
    bool left = values_[a].op == Op::Conditional;
    const Value v = values_[left ? a : b];
    ValueId other = left ? b : a;
    if (v.op != Op::Conditional || v.optional || values_[other].time != Time::Const) return ValueId::none;
    const bool equality = op == syntax::Operator::Equal || op == syntax::Operator::NotEqual;
    auto holds = [&](uint32_t arm) {
        if (equality)   // a list has its size now, whatever is in it
            if (auto same = const_equal(ValueId{arm}, other)) return std::optional(*same == (op == syntax::Operator::Equal));
        if (values_[ValueId{arm}].time != Time::Const) return std::optional<bool>();
        return const_bool(calculate(op, left ? ValueId{arm} : other, left ? other : ValueId{arm}, plain(TypeKind::Bool), where));
    };
    return decided_by(left ? a : b, holds(v.b), holds(v.c), where);
}

/// Whether it is one, or every arm is: records or lists whose members are known.
bool Elaborator::is_choice_of(ValueId value, Op made) const {
    const Value& v = values_[value];
    if (v.op != Op::Conditional || v.optional) return v.op == made;
    return is_choice_of(ValueId{v.b}, made) && is_choice_of(ValueId{v.c}, made);
}

/// `{ …, ...if c then { a } else { b } }` is a choice, too: a member is there or not. Of two entries with a key the later one holds;
/// without a key it is a choice of records.
ValueId Elaborator::record_by_arms(const std::vector<ir::Field>& entries, Span where) {
    auto choice = std::find_if(entries.begin(), entries.end(), [&](const ir::Field& f) { return f.key == Symbol{} && values_[f.value].op == Op::Conditional; });
    if (choice != entries.end()) {
        const Value v = values_[choice->value];
        std::vector<ir::Field> rest = entries;
        ir::Field& decided = rest[static_cast<size_t>(choice - entries.begin())];
        decided.value = ValueId{v.b};
        ValueId yes = record_by_arms(rest, where);
        decided.value = ValueId{v.c};
        return make_conditional(ValueId{v.a}, yes, record_by_arms(rest, where), where);
    }
    std::vector<ir::Field> fields;
    auto put = [&](const ir::Field& f) {
        auto same = std::find_if(fields.begin(), fields.end(), [&](const ir::Field& g) { return g.key == f.key; });
        if (same == fields.end()) fields.push_back(f);
        else same->value = f.value;
    };
    for (const ir::Field& f : entries) {
        if (f.key == Symbol{}) std::ranges::for_each(values_.fields(f.value), put);
        else put(f);
    }
    return make_record(fields, plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
