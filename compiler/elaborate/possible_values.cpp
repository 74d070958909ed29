// What a value that is known later may come out as: the arms of choices, what the arms of statements made, the items of lists,
// defaults. Of what conditions rule out nothing is said.
#include <algorithm>
#include <cmath>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

using syntax::Operator;

namespace {

constexpr unsigned deepest = 16;
constexpr size_t most_asked = 256;   // parts of a question that are looked at

/// What a value is of, when it is made of none: two parts of one result have to do with each other.
uint64_t source_of(const Value& v) {
    switch (v.op) {
        case Op::Raw: case Op::ItemIndex: case Op::Item: return uint64_t{1} << 40 | v.a;   // one turn of a loop
        case Op::Result: case Op::Problem: case Op::Parameter: case Op::Attribute: case Op::Input: case Op::Local:
            return (uint64_t{2} + static_cast<uint64_t>(v.op)) << 40 | v.a;
        case Op::Joined: return ((uint64_t{2} + static_cast<uint64_t>(v.op)) << 40) + (static_cast<uint64_t>(v.b) << 24) + v.a;
        case Op::Pseudo: case Op::Context: case Op::Event: return (uint64_t{2} + static_cast<uint64_t>(v.op)) << 40;
        default: return 0;
    }
}

}  // namespace

/// The same question, `n > 3`, written at two places.
bool Elaborator::is_same(ValueId a, ValueId b, unsigned depth) const {
    if (a == b) return true;
    const Value& x = values_[a];
    const Value& y = values_[b];
    if (x.op != y.op || x.sub != y.sub || depth > deepest) return false;
    if (x.time == Time::Const) return y.time == Time::Const && const_equal(a, b).value_or(false);
    if (x.op == Op::Pseudo || x.op == Op::Context || x.op == Op::Event) return x.text() == y.text();
    std::vector<ValueId> of_a, of_b;
    ir::each_operand(values_, a, [&](ValueId id) { of_a.push_back(id); });
    ir::each_operand(values_, b, [&](ValueId id) { of_b.push_back(id); });
    if (of_a.empty() || x.op == Op::Member) {
        if (x.op == Op::Member && x.b == y.b) return is_same(ValueId{x.a}, ValueId{y.a}, depth + 1);
        return x.op != Op::Member && x.a == y.a && x.b == y.b && x.c == y.c;
    }
    return x.op != Op::For && std::ranges::equal(of_a, of_b, [&](ValueId p, ValueId q) { return is_same(p, q, depth + 1); });
}

/// All that a question is about: inputs, results, parameters.
void Elaborator::collect_sources(ValueId value, std::vector<uint64_t>& out) const {
    std::vector<ValueId> open{value};
    for (size_t seen = 0; !open.empty() && seen < most_asked; seen++) {
        ValueId id = open.back();
        open.pop_back();
        const Value& v = values_[id];
        if (uint64_t source = source_of(v)) out.push_back(source);
        if (v.op == Op::Joined)
            if (const auto* choice = made_by<ir::Choice>(v))
                for (const ir::Choice::Arm& arm : choice->arms)
                    if (arm.condition != ValueId::none) open.push_back(arm.condition);
        ir::each_operand(values_, id, [&](ValueId operand) { open.push_back(operand); });
    }
}

bool Elaborator::asks_of(ValueId question, ValueId value) const {
    std::vector<ValueId> open{question};
    for (size_t seen = 0; !open.empty() && seen < most_asked; seen++) {
        ValueId id = open.back();
        open.pop_back();
        if (is_copy(id, value)) return true;
        ir::each_operand(values_, id, [&](ValueId operand) { open.push_back(operand); });
    }
    return false;
}

bool Elaborator::is_copy(ValueId a, ValueId b) const {
    const Value& v = values_[a];
    const Value& w = values_[b];
    return a == b || (v.op == w.op && v.time != Time::Const && v.a == w.a && v.b == w.b && v.c == w.c);
}

/// `value <= 100`, when the value is this constant. Nothing of other questions.
std::optional<bool> Elaborator::answer_of(ValueId question, ValueId value, ValueId constant) const {
    const Value& q = values_[question];
    if (q.op != Op::Binary || !is_const(constant)) return {};
    const bool left = is_copy(ValueId{q.a}, value);
    const ValueId other{left ? q.b : q.a};
    if ((!left && !is_copy(ValueId{q.b}, value)) || !is_const(other)) return {};
    const auto op = static_cast<Operator>(q.sub);
    if (op == Operator::Equal || op == Operator::NotEqual) {
        auto same = const_equal(constant, other);
        return same ? std::optional(*same == (op == Operator::Equal)) : std::nullopt;
    }
    auto one = number_of(values_[constant]), bound = number_of(values_[other]);
    if (!one || !bound) return {};
    const double a = left ? *one : *bound, b = left ? *bound : *one;
    switch (op) {
        case Operator::Less: return a < b;
        case Operator::LessEqual: return a <= b;
        case Operator::Greater: return a > b;
        case Operator::GreaterEqual: return a >= b;
        default: return {};
    }
}

/// `not c` is asked as `c`, and of `a and b` both are known when it holds.
void Elaborator::assume(ValueId question, bool holds, Span of) {
    const Value& v = values_[question];
    auto op = static_cast<Operator>(v.sub);
    if (v.op == Op::Unary && op == Operator::Not) return assume(ValueId{v.a}, !holds, of);
    if (v.op == Op::Binary && ((op == Operator::And && holds) || (op == Operator::Or && !holds))) {
        const ValueId left{v.a}, right{v.b};
        assume(left, holds, of);
        return assume(right, holds, of);
    }
    if (v.time != Time::Const) assumed_.push_back({question, holds, of});
}

/// Whether what `value` chooses between may still be what `question` answered with `which` gives.
bool Elaborator::may_be_answered(ValueId question, uint32_t which, ValueId value, bool written, ValueId part) const {
    if (assumed_.empty()) return true;
    const Value* asked = &values_[question];
    while (asked->op == Op::Unary && static_cast<Operator>(asked->sub) == Operator::Not) {
        question = ValueId{asked->a}, which = !which;
        asked = &values_[question];
    }
    std::vector<uint64_t> about, known;
    for (const Assumption& a : assumed_) {
        if (is_same(a.question, question)) {
            if (a.answer != which) return false;
            continue;
        }
        if (asks_of(a.question, value)) {
            auto answer = part == ValueId::none ? std::nullopt : answer_of(a.question, value, part);
            if (answer && *answer == static_cast<bool>(a.answer)) continue;
            return false;
        }
        // another question about the same thing: where the choice is written out in its own arm, it is meant
        if (written && (!a.of.known() || is_inside(values_[value].where, a.of))) continue;
        if (about.empty()) collect_sources(question, about);
        known.clear();
        collect_sources(a.question, known);
        if (std::ranges::any_of(about, [&](uint64_t s) { return std::ranges::find(known, s) != known.end(); })) return false;
    }
    return true;
}

/// Of a number that is calculated with a constant the other one, when more can be said of it; else none.
ValueId Elaborator::scaled(ValueId value) const {
    const Value& v = values_[value];
    auto op = static_cast<Operator>(v.sub);
    bool calculates = op == Operator::Add || op == Operator::Subtract || op == Operator::Multiply || op == Operator::Divide;
    if (v.op != Op::Binary || !calculates) return ValueId::none;
    const ValueId a{v.a}, b{v.b};
    if (is_const(a) == is_const(b)) return ValueId::none;
    const ValueId other = is_const(a) ? b : a;
    return can_differ(other) ? other : ValueId::none;
}

/// A number that is calculated of constants is where the user wrote it: what a kind of the library makes of a setting, there.
void Elaborator::each_calculated(ValueId value, const std::function<void(ValueId)>& take, unsigned depth) {
    const Value v = values_[value];
    const bool call = v.op == Op::Call;
    const ValueId of = call ? values_.links(value)[0] : scaled(value);
    each_possible(of, [&](ValueId one) {
        auto number = is_const(one) ? const_number(one) : std::nullopt;
        if (!number || is_error(one)) return;
        const bool library = !v.where.known() || session_.sources.file(v.where.file).library || v.where == values_[of].where;
        const Span where = library ? values_[one].where : v.where;
        const ValueId a{v.a}, b{v.b};
        ValueId made = call ? make_integer(static_cast<int64_t>(std::ceil(*number)), v.type, where)
                            : calculate(static_cast<Operator>(v.sub), of == a ? one : a, of == a ? b : one, v.type, where);
        if (is_const(made)) take(made);
    }, depth + 1);
    take(value);
}

bool Elaborator::can_differ(ValueId value) const {
    const Value& v = values_[value];
    switch (v.op) {
        case Op::Conditional: case Op::Joined: case Op::Index: case Op::Item: case Op::Member: return true;
        case Op::Binary: return static_cast<Operator>(v.sub) == Operator::Default || scaled(value) != ValueId::none;
        case Op::Call: return static_cast<ir::Builtin>(v.sub) == ir::Builtin::Ceil && can_differ(values_.links(value)[0]);
        case Op::Input: return pipeline_ && v.a < pipeline_->inputs.size() && pipeline_->inputs[v.a].fallback != ValueId::none;
        case Op::Parameter: return v.a < stack_->parameters.size() && stack_->parameters[v.a].fallback != ValueId::none;
        case Op::Result: return v.b == 0 && (made_by<ir::Let>(v) || made_by<ir::Map>(v));
        default: return false;
    }
}

void Elaborator::each_possible(ValueId value, const std::function<void(ValueId)>& take, unsigned depth) {
    const Value v = values_[value];
    if (depth > deepest || !can_differ(value)) return take(value);
    if (recording_ && !is_choice(value) && !recording_->begins_with_text()) recording_->breaks();   // another stage's input has another default
    auto one = [&](ValueId part) {
        if (part != ValueId::none && !is_null(part) && !is_error(part)) each_possible(part, take, depth + 1);
    };
    auto answered = [&](ValueId question, uint32_t which, ValueId part, bool written) {
        if (!may_be_answered(question, which, value, written, part)) {
            if (recording_) recording_->breaks();   // elsewhere nothing may rule it out
            return;
        }
        const size_t before = assumed_.size();
        if (v.op == Op::Conditional) assume(question, which, v.where);
        else assumed_.push_back({question, which, v.where});
        one(part);
        assumed_.resize(before);
    };
    auto written = [&](uint32_t part) { return is_inside(values_[ValueId{part}].where, v.where); };
    if (v.op == Op::Call || (v.op == Op::Binary && !is_choice(value))) return each_calculated(value, take, depth);
    switch (v.op) {
        case Op::Conditional:
            answered(ValueId{v.a}, 1, ValueId{v.b}, written(v.b) || written(v.c));
            return answered(ValueId{v.a}, 0, ValueId{v.c}, written(v.b) || written(v.c));
        case Op::Binary:
            one(with_type(ValueId{v.a}, types_.without_none(values_[ValueId{v.a}].type)));   // it is there
            return answered(ValueId{v.a}, 0, ValueId{v.b}, written(v.b));
        case Op::Input:
            answered(value, 0, pipeline_->inputs[v.a].fallback, false);
            return take(value);
        case Op::Parameter:
            answered(value, 0, stack_->parameters[v.a].fallback, false);
            return take(value);
        case Op::Joined:
            each_joined(value, one);
            return take(value);
        default: break;
    }
    // a part of a list or record, whichever it is
    if (v.op == Op::Index) each_element(ValueId{v.a}, [&](uint32_t i, ValueId item) { answered(ValueId{v.b}, i, item, false); });
    if (v.op == Op::Item)
        if (const auto* map = made_by<ir::Map>(v); map && !map->distributed)
            each_element(map->items, [&](uint32_t i, ValueId item) { answered(value, i, item, false); });
    if (v.op == Op::Result)
        if (const auto* let = made_by<ir::Let>(v)) return one(let->value);
    if (v.op == Op::Member)
        each_possible(ValueId{v.a}, [&](ValueId object) {
            if (values_[object].op == Op::Record) one(values_.field(object, Symbol{v.b}));
        }, depth + 1);
    take(value);
}

void Elaborator::each_known(ValueId value, const std::function<void(ValueId)>& take) {
    auto known = [&](ValueId one) {
        if (!is_error(one) && (is_const(one) || values_[one].op == Op::Concat)) take(one);
    };
    if (can_differ(value) || (values_[value].op == Op::Concat && has_variants(value))) each_variant(value, known);
    else known(value);
}

/// What each arm of an `if`, `match` or `try` made, when nothing says that it was not taken.
void Elaborator::each_joined(ValueId joined, const std::function<void(ValueId)>& take) {
    const Value v = values_[joined];
    if (const auto* attempt = made_by<ir::Try>(v); attempt && v.b < attempt->joins.size()) {
        const std::vector<ValueId> made = attempt->joins[v.b].values;
        for (uint32_t i = 0; i < made.size(); i++) {
            if (made[i] == ValueId::none || !may_be_answered(joined, i, joined, false, made[i])) continue;
            assumed_.push_back({joined, i, v.where});
            take(made[i]);
            assumed_.pop_back();
        }
    }
    const auto* choice = made_by<ir::Choice>(v);
    if (!choice || v.b >= choice->joins.size()) return;
    const std::vector<ValueId> made = choice->joins[v.b].values;
    std::vector<ValueId> conditions;
    for (const ir::Choice::Arm& arm : choice->arms) conditions.push_back(arm.condition);
    const size_t before = assumed_.size();
    for (size_t i = 0; i < made.size() && i < conditions.size(); i++) {
        if (made[i] == ValueId::none) continue;
        bool possible = conditions[i] == ValueId::none || may_be_answered(conditions[i], 1, joined, false, made[i]);
        for (size_t earlier = 0; earlier < i; earlier++) possible &= may_be_answered(conditions[earlier], 0, joined, false, made[i]);
        if (!possible && recording_) recording_->breaks();
        if (!possible) continue;
        for (size_t earlier = 0; earlier < i; earlier++) assume(conditions[earlier], false, v.where);
        if (conditions[i] != ValueId::none) assume(conditions[i], true, v.where);
        take(made[i]);
        assumed_.resize(before);
    }
}

/// The items of a list that is written out, or what the turns of a loop give.
void Elaborator::each_element(ValueId list, const std::function<void(uint32_t, ValueId)>& take) {
    const Value v = values_[list];
    if (v.op == Op::List) {
        for (uint32_t i = 0; i < v.b; i++) take(i, values_.links(list)[i]);
        return;
    }
    if (v.op != Op::Result || v.b != 0) return;
    if (const auto* let = made_by<ir::Let>(v)) return each_element(let->value, take);
    if (const auto* map = made_by<ir::Map>(v); map && map->result != ValueId::none) take(0, map->result);
}

/// Whether it, or a part of it, can come out as one thing or another.
bool Elaborator::has_variants(ValueId value, unsigned depth) const {
    constexpr unsigned deep = 4;
    if (can_differ(value)) return true;
    const Value& v = values_[value];
    if (depth > deep || v.time == Time::Const) return false;
    auto has = [&](ValueId part) { return values_[part].time != Time::Const && has_variants(part, depth + 1); };
    if (v.op == Op::Record) return std::ranges::any_of(values_.fields(value), has, &ir::Field::value);
    return (v.op == Op::List || v.op == Op::Concat) && std::ranges::any_of(values_.links(value), has);
}

/// The same of a record, list or text: with each of its parts as what that comes out as.
void Elaborator::each_variant(ValueId value, const std::function<void(ValueId)>& take) {
    constexpr uint32_t most = 512;   // of one that is put together of so many choices not all are tried
    if (!variants_of_) variants_ = 0;
    struct Inside {
        uint32_t& depth;
        explicit Inside(uint32_t& d) : depth(d) { depth++; }
        ~Inside() { depth--; }
    } inside(variants_of_);
    if (can_differ(value))
        return each_possible(value, [&](ValueId one) {
            if (variants_++ > most) return;
            one == value || !has_variants(one) ? take(one) : each_variant(one, take);
        });
    std::vector<ValueId> parts;
    ir::each_operand(values_, value, [&](ValueId part) { parts.push_back(part); });
    const Value v = values_[value];
    std::vector<Symbol> keys;
    if (v.op == Op::Record)
        for (const ir::Field& f : values_.fields(value)) keys.push_back(f.key);
    if (v.op != Op::Record && v.op != Op::List && v.op != Op::Concat) return take(value);
    auto from = [&](auto& self, size_t at) -> void {
        while (at < parts.size() && !has_variants(parts[at])) at++;
        if (at < parts.size()) {
            const ValueId whole = parts[at];
            each_variant(whole, [&](ValueId one) {
                parts[at] = one;
                self(self, at + 1);
            });
            parts[at] = whole;
            return;
        }
        if (v.op == Op::Concat) return take(make_concat(parts, v.type, v.where));
        if (v.op == Op::List) return take(make_list(parts, v.type, v.where));
        std::vector<ir::Field> fields;
        for (size_t i = 0; i < parts.size(); i++) fields.push_back({keys[i], parts[i]});
        take(make_record(fields, v.type, v.where));
    };
    from(from, 0);
}

}  // namespace zflow::elaborate
