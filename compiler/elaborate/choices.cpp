// What is chosen later, `if c then a else b`: its arms are looked at one by one, and what can be done with each is done now:
// CloudFormation chooses between values, but it neither calculates nor has members.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// The step that makes a result, a join or an item.
template <typename Is>
const Is* Elaborator::made_by(const Value& v) const {
    return pipeline_ && v.a < pipeline_->steps.size() ? std::get_if<Is>(&pipeline_->steps[v.a].is) : nullptr;
}

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

/// What the elements of a list may be: of one that is written out, or of what the turns of a loop give.
bool Elaborator::elements(ValueId list, std::vector<ValueId>& out, unsigned depth) const {
    const Value& v = values_[list];
    if (v.op == Op::List) return std::ranges::all_of(values_.links(list), [&](ValueId item) { return choices(item, out, depth + 1); });
    if (v.op != Op::Result || v.b != 0) return false;
    if (const auto* let = made_by<ir::Let>(v)) return elements(let->value, out, depth + 1);
    const auto* map = made_by<ir::Map>(v);
    return map && map->result != ValueId::none && choices(map->result, out, depth + 1);
}

/// The same of copies of a choice, with another place or type.
uint64_t Elaborator::parts_of(ValueId choice) const {
    const Value& v = values_[choice];
    return ((uint64_t{v.a} * 0x9E3779B97F4A7C15 + v.b) * 0x9E3779B97F4A7C15) + v.c;
}

/// A condition about a choice may have sorted out what does not do.
void Elaborator::ask_about(ValueId value) {
    if (sorts_out_ && is_choice(value)) asked_about_.insert(parts_of(value));
}

/// Whether a choice, `if c then a else b` or `a ?? b`, is written where it is used, and nothing asks about it.
/// One by another name is left alone: what stands between, a condition on the same thing say, may rule an arm out.
bool Elaborator::is_written_out(ValueId choice) const {
    if (!is_choice(choice) || is_asked_about(choice)) return false;
    const Value& v = values_[choice];
    auto here = [&](uint32_t arm) { return is_null(ValueId{arm}) || is_inside(values_[ValueId{arm}].where, v.where); };
    return here(v.b) && (v.op != Op::Conditional || here(v.c));
}

/// What a choice can come out as, of those arms that are written where it is used.
std::vector<ValueId> Elaborator::written_arms(ValueId choice) const {
    std::vector<ValueId> arms;
    const Value& v = values_[choice];
    if (!is_choice(choice) || is_asked_about(choice)) return arms;
    auto add = [&](ValueId arm) {
        if (is_inside(values_[arm].where, v.where) && !is_null(arm) && !is_error(arm)) arms.push_back(arm);
    };
    add(ValueId{v.b});
    if (v.op == Op::Conditional) add(ValueId{v.c});
    return arms;
}

/// The same number for choices by the same condition, as far as that can be seen.
uint32_t Elaborator::condition_of(ValueId choice) const {
    const Value& v = values_[choice];
    if (v.op != Op::Conditional) return static_cast<uint32_t>(choice);   // `a ?? b`: its own
    const Value& condition = values_[ValueId{v.a}];
    return condition.op == Op::Binary || condition.op == Op::Unary ? condition.a * 31 + condition.b * 7 + condition.sub : v.a;
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
    return with_type(chosen, types_.without_none(values_[chosen].type));
}

/// Of a choice that does not fit the arms that do not.
void Elaborator::explain_choice(ValueId value, TypeId type, Span where) {
    const Value v = values_[value];
    bool chosen = v.op == Op::Conditional && !v.optional;
    for (ValueId arm : {ValueId{v.b}, ValueId{v.c}})
        if (chosen && !is_null(arm) && !convert(arm, type)) return explain_choice(arm, type, is_inside(values_[arm].where, v.where) ? values_[arm].where : where);
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
