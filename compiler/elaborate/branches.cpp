// Branches that come together again: if, match, and what survives their arms.
#include <algorithm>
#include <optional>

#include "elaborate/elaborator.hpp"
#include "elaborate/short_text.hpp"

namespace zflow::elaborate {

Elaborator::Arm Elaborator::arm(NodeId node) {
    Arm a;
    if (!node) {
        a.implicit = true;
        return a;
    }
    if (tree().kind(node) == NodeKind::Skip) {
        a.skipped = true;
        return a;
    }
    InBranch inside(*frame_);
    size_t mark = scope_mark();
    if (tree().kind(node) == NodeKind::If) choice(node, a.block);
    else block(node, a.block);
    for (size_t i = mark; i < bindings_.size(); i++)
        if (bindings_[i].frame == frame_->id) a.made.push_back(bindings_[i]);
    leave_scope(mark);
    return a;
}

std::vector<ir::Join> Elaborator::join(std::vector<Arm>& arms, StepId step_id) {
    std::vector<ir::Join> joins;
    std::vector<size_t> living;
    bool skipped = false, implicit = false;
    for (size_t i = 0; i < arms.size(); i++) {
        if (arms[i].block.ends) continue;
        if (arms[i].skipped) skipped = true;
        else if (arms[i].implicit) implicit = true;
        else living.push_back(i);
    }
    if (living.empty()) return joins;
    auto find = [&](const Arm& a, Symbol name) -> const Binding* {
        for (size_t i = a.made.size(); i-- > 0;)
            if (a.made[i].name == name) return &a.made[i];
        return nullptr;
    };
    std::vector<Symbol> done;
    for (size_t l : living)
        for (const Binding& made : arms[l].made) {
            if (std::find(done.begin(), done.end(), made.name) != done.end()) continue;
            done.push_back(made.name);
            bool everywhere = !implicit, lost = made.lost;
            for (size_t other : living) {
                const Binding* b = find(arms[other], made.name);
                everywhere &= b != nullptr;
                lost |= b && b->lost;
            }
            if (!everywhere || lost) {
                bind_lost(made.name, made.where);
                continue;
            }
            if (living.size() == 1 && !skipped) {          // the only path that goes on: its names simply stay
                bind(made.name, made.value, made.where);
                continue;
            }
            ir::Join j{made.name, std::vector<ValueId>(arms.size(), ValueId::none)};
            TypeId type{};
            bool first = true, failed = false, optional = skipped;
            for (size_t other : living) {
                const Binding* b = find(arms[other], made.name);
                j.values[other] = b->value;
                if (is_error(b->value)) { failed = true; continue; }
                if (is_null(b->value)) { optional = true; continue; }
                TypeId t = type_of(b->value);
                optional |= types_.is_optional(t);
                t = types_.without_none(t);
                if (first || assignable(type, t)) type = t;
                else if (!assignable(t, type)) {
                    // records of different stages: what both have in common survives
                    const types::Type& x = types_[type];
                    const types::Type& y = types_[t];
                    bool records = (x.kind == TypeKind::Record || x.kind == TypeKind::Nominal) && (y.kind == TypeKind::Record || y.kind == TypeKind::Nominal);
                    std::vector<types::FieldType> common;
                    if (records)
                        for (const types::FieldType& f : x.fields)
                            for (const types::FieldType& g : y.fields)
                                if (f.name == g.name && (assignable(f.type, g.type) || assignable(g.type, f.type))) common.push_back({f.name, assignable(f.type, g.type) ? g.type : f.type, 0});
                    bool scalars = x.kind >= TypeKind::Bool && x.kind <= TypeKind::Union && y.kind >= TypeKind::Bool && y.kind <= TypeKind::Union;
                    if (auto place = common_place(type, t)) type = *place;
                    else if (!common.empty()) type = types_.record(std::move(common));
                    else if (scalars && assignable(type, plain(TypeKind::String)) && assignable(t, plain(TypeKind::String))) type = types_.union_of({type, t});
                    else {
                        diagnostics_.report(diag::JoinMismatch, b->where, text(made.name), type_text(type), type_text(t)).label(made.where, "made here with the other type");
                        failed = true;
                        break;
                    }
                }
                first = false;
            }
            if (failed) {
                bind(made.name, error_value(made.where), made.where);
                continue;
            }
            if (first) {                                   // `none` on every path
                bind(made.name, make_null(made.where), made.where);
                continue;
            }
            ValueId joined = make(Op::Joined, Time::Run, type, made.where);
            values_.edit(joined).a = static_cast<uint32_t>(step_id);
            values_.edit(joined).b = static_cast<uint32_t>(joins.size());
            values_.edit(joined).optional = optional;
            joins.push_back(std::move(j));
            bind(made.name, joined, made.where);
        }
    return joins;
}

void Elaborator::add_choice(std::string_view name, Span where, const std::vector<ValueId>& conditions, std::vector<Arm>& arms, ir::Block& into) {
    StepId id = add_step(name, where, ir::Choice{}, into);
    std::vector<ir::Join> joins = join(arms, id);
    auto& c = std::get<ir::Choice>(step(id).is);
    c.joins = std::move(joins);
    bool all_end = true;
    for (size_t i = 0; i < arms.size(); i++) {
        all_end &= arms[i].block.ends;
        c.arms.push_back({conditions[i], std::move(arms[i].block)});
    }
    into.ends = all_end;
}

void Elaborator::choice(NodeId node, ir::Block& into) {
    // an `if … else if … else` chain is one Choice; conditions that are decided while compiling leave no trace
    std::vector<Arm> arms;
    std::vector<ValueId> conditions;
    std::vector<NodeId> asked;                 // of each arm; 0: the last one, which asks for nothing
    std::optional<Assuming> assuming(assumed_);
    std::string first_condition;
    arms.reserve(2), conditions.reserve(2);
    std::optional<Narrowed> in_here(there_);   // in each arm the conditions before it do not hold
    auto asked_arm = [&](NodeId condition, NodeId body) {
        Narrowed in_arm(there_);
        Assuming in_arm_too(assumed_);
        if (condition) narrow(condition, true), assume(conditions.back(), true);
        asked.push_back(condition);
        return arm(body);
    };
    NodeId at = node;
    bool decided = false;
    while (true) {
        NodeId condition_node = tree().child(at);
        NodeId then_node = tree().next(condition_node);
        NodeId else_node = tree().next(then_node);
        ValueId condition = expression(condition_node, plain(TypeKind::Bool));
        auto constant = walks_left_out() ? std::nullopt : const_bool(condition);
        if (constant) check_left_out(*constant ? else_node : then_node, condition_node);
        if ((constant || is_error(condition)) && !frame_->module->library) left_out_++;
        if (is_error(condition)) {            // check both sides all the same; nothing they make is missed afterwards
            conditions.push_back(condition);
            Arm a = asked_arm(condition_node, then_node);
            narrow(condition_node, false);
            Arm b = else_node ? arm(else_node) : Arm{};   // both before their names are made
            for (const Arm* side : {&a, &b})
                for (const Binding& m : side->made) if (!lookup(m.name)) bind(m.name, error_value(m.where), m.where);
            return;
        }
        if (constant && *constant) {
            if (conditions.empty()) {          // always: the block stands here itself
                block(then_node, into);
                return;
            }
            arms.push_back(asked_arm(0, then_node));
            conditions.push_back(ValueId::none);
            decided = true;
            break;
        }
        if (!constant) {
            if (conditions.empty()) first_condition = short_text(tree().text_of(condition_node), 60);
            conditions.push_back(condition);
            arms.push_back(asked_arm(condition_node, then_node));
            narrow(condition_node, false), assume(condition, false);
        }
        if (!else_node) break;
        if (tree().kind(else_node) == NodeKind::If) {
            at = else_node;
            continue;
        }
        if (conditions.empty()) {              // never: only the else is left
            if (tree().kind(else_node) == NodeKind::Block) block(else_node, into);
            return;
        }
        arms.push_back(asked_arm(0, else_node));
        conditions.push_back(ValueId::none);
        decided = true;
        break;
    }
    if (conditions.empty()) return;            // `if false { … }`
    if (!pipeline_) {
        diagnostics_.report(diag::WrongBindingTime, span(node), "a condition in a resource kind", "while compiling", "later");
        return;
    }
    if (!decided) {
        arms.push_back(asked_arm(0, 0));
        conditions.push_back(ValueId::none);
    }
    std::vector<bool> ends;
    for (const Arm& a : arms) ends.push_back(a.block.ends);
    in_here.reset(), assuming.reset();
    narrow_after(asked, conditions, ends);
    add_choice("if " + first_condition, span(node), conditions, arms, into);
}

/// What is known after an `if`: which of its arms go on tells which conditions held.
void Elaborator::narrow_after(const std::vector<NodeId>& asked, const std::vector<ValueId>& conditions, const std::vector<bool>& ends) {
    auto go_on = std::count(ends.begin(), ends.end(), false);
    for (size_t i = 0; i < ends.size(); i++) {
        auto holds = [&](bool which) {
            if (asked[i]) narrow(asked[i], which);
            if (conditions[i] != ValueId::none) assume(conditions[i], which);
        };
        if (!ends[i]) {
            if (go_on == 1) holds(true);
            return;
        }
        holds(false);
    }
}

void Elaborator::match(NodeId node, ir::Block& into) {
    NodeId subject_node = tree().child(node);
    ValueId subject = expression(subject_node);
    bool constant = is_const(subject) && !walks_left_out();
    if (constant && !frame_->module->library) left_out_++;
    if (is_error(subject)) return;
    std::optional<Assuming> assuming(assumed_);
    std::vector<Arm> arms;
    std::vector<ValueId> conditions;
    std::vector<std::string_view> covered;
    std::vector<int64_t> numbers;
    bool truths[2] = {false, false};
    bool has_else = false;
    for (NodeId a = tree().next(subject_node); a; a = tree().next(a)) {
        if (tree().kind(a) != NodeKind::Arm) continue;
        ValueId condition = ValueId::none;
        NodeId body = 0;
        bool any = false, constant_hit = false;
        for (NodeId c : syntax::Children(tree(), a)) {
            if (tree().kind(c) == NodeKind::Block || tree().kind(c) == NodeKind::Skip) { body = c; break; }
            any = true;
            ValueId pattern = expression(c);
            if (is_error(pattern)) continue;
            TypeId wanted = types_.without_none(type_of(subject));
            if (types_.kind(wanted) == TypeKind::Arn) wanted = plain(TypeKind::String);   // `aws.region` is made by AWS as well
            pattern = coerce(pattern, wanted, span(c));
            if (is_error(pattern)) continue;
            if (auto t = const_text(pattern)) {
                if (std::find(covered.begin(), covered.end(), *t) != covered.end()) diagnostics_.report(diag::Unreachable, span(c)).help("an arm before this one takes the same value");
                covered.push_back(*t);
            } else if (auto n = const_integer(pattern)) {
                if (std::find(numbers.begin(), numbers.end(), *n) != numbers.end()) diagnostics_.report(diag::Unreachable, span(c)).help("an arm before this one takes the same value");
                numbers.push_back(*n);
            } else if (auto b = const_bool(pattern)) {
                if (std::exchange(truths[*b], true)) diagnostics_.report(diag::Unreachable, span(c)).help("an arm before this one takes the same value");
            }
            ValueId same = make_binary(syntax::Operator::Equal, subject, pattern, plain(TypeKind::Bool), span(c));
            if (auto decided = walks_left_out() ? std::nullopt : const_bool(same)) {
                constant_hit |= *decided;
                continue;
            }
            condition = condition == ValueId::none ? same : make_binary(syntax::Operator::Or, condition, same, plain(TypeKind::Bool), span(c));
        }
        if (!any) has_else = true;
        if (constant) {
            if (constant_hit || (!any && arms.empty())) {   // decided while compiling
                for (NodeId rest = tree().next(a); rest; rest = tree().next(rest))
                    for (NodeId c : syntax::Children(tree(), rest)) check_left_out(c, subject_node);
                if (tree().kind(body) == NodeKind::Block) block(body, into);
                return;
            }
            check_left_out(body, subject_node);
            continue;
        }
        if (any && condition == ValueId::none) continue;
        {
            Narrowed in_arm(there_);
            Assuming in_arm_too(assumed_);
            if (any) is_there(subject_node), assume(condition, true);       // its patterns are values
            arms.push_back(arm(body));
        }
        conditions.push_back(condition);
        if (any) assume(condition, false);
    }
    if (!has_else) {
        // without else every possible value has an arm
        const types::Type& t = types_[types_.without_none(values_[subject].type)];
        std::vector<std::string_view> missing;
        auto literal = [&](TypeId id) {
            if (types_.kind(id) != TypeKind::Literal) return false;
            if (std::find(covered.begin(), covered.end(), text(types_[id].name)) == covered.end()) missing.push_back(text(types_[id].name));
            return true;
        };
        bool closed = t.kind == TypeKind::Union && std::all_of(t.items.begin(), t.items.end(), literal);
        if (t.kind == TypeKind::Bool) {
            closed = truths[false] || truths[true];
            for (bool b : {false, true})
                if (closed && !truths[b]) missing.push_back(b ? "true" : "false");
        }
        if (!closed || !missing.empty()) {
            auto report = diagnostics_.report(diag::MatchNotExhaustive, span(subject_node));
            if (!missing.empty() && t.kind == TypeKind::Bool) report.help(fmt::format("add an arm for `{}`, or `else => skip`", missing[0]));
            else if (!missing.empty()) report.help(fmt::format("add arms for \"{}\", or `else => skip`", fmt::join(missing, "\", \"")));
            else report.help("add `else => { … }` or `else => skip`");
        }
        // where an arm is missing, what all the others make is not reported as unknown as well
        if (!conditions.empty()) conditions.back() = ValueId::none;   // the last one is what is left
    }
    if (arms.empty() || constant) return;
    assuming.reset();
    for (size_t i = 0; i < arms.size() && arms[i].block.ends && conditions[i] != ValueId::none; i++) assume(conditions[i], false);
    add_choice("match " + short_text(tree().text_of(subject_node), 60), span(node), conditions, arms, into);
}

}  // namespace zflow::elaborate
