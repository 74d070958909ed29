// What runs side by side or again: parallel, for, poll.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

ValueId Elaborator::parallel(NodeId node, Symbol name, Span where, ir::Block& into) {
    if (NodeId arguments = child(node, NodeKind::Arguments))
        diagnostics_.report(diag::UnknownArgument, span(arguments), tree().text_of(arguments)).help("`parallel` takes no arguments");
    std::string_view label = name == Symbol::none ? "parallel" : text(name);
    StepId id = add_step(label, where, ir::Parallel{}, into);
    std::vector<ir::Field> results;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Branch) continue;
        NodeId branch_name = tree().child(c);
        Symbol symbol = tree()[branch_name].symbol;
        auto& step_now = std::get<ir::Parallel>(step(id).is);
        if (std::any_of(step_now.branches.begin(), step_now.branches.end(), [&](auto& b) { return b.name == symbol; }))
            diagnostics_.report(diag::NameInUse, span(branch_name), text(symbol));
        ir::ScopeId outer = scope_;
        pipeline_->scopes.push_back({outer, id, static_cast<uint32_t>(step_now.branches.size())});
        scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
        ir::Parallel::Branch branch{symbol, {}, scope_};
        size_t mark = scope_mark();
        InBranch inside(*frame_);
        block(tree().next(branch_name), branch.block);
        std::vector<ir::Field> made;
        for (size_t i = mark; i < bindings_.size(); i++)
            if (bindings_[i].frame == frame_->id && !bindings_[i].lost) made.push_back({bindings_[i].name, bindings_[i].value});
        leave_scope(mark);
        scope_ = outer;
        results.push_back({symbol, make_record(made, plain(TypeKind::Literals), span(c))});
        std::get<ir::Parallel>(step(id).is).branches.push_back(std::move(branch));
    }
    return make_record(results, plain(TypeKind::Literals), where);
}

ValueId Elaborator::map(NodeId node, Symbol name, Span where, ir::Block& into) {
    std::vector<NodeId> parts;
    for (NodeId c : syntax::Children(tree(), node)) parts.push_back(c);
    size_t at = 1;
    NodeId second = tree().kind(parts[1]) == NodeKind::Name ? parts[at++] : 0;
    NodeId source_node = parts[at++];
    NodeId arguments = at < parts.size() && tree().kind(parts[at]) == NodeKind::Arguments ? parts[at++] : 0;
    NodeId body = parts[at];
    Loop loop{parts[0], second, source_node, arguments, body};
    if (is_unrolled(loop)) return unroll(loop, name, where, into);
    ValueId source = expression(source_node);
    TypeId element = plain(TypeKind::Error);
    if (!is_error(source)) {
        const Value& v = values_[source];
        TypeId type = type_of(source);
        if (types_.kind(type) != TypeKind::List || v.optional) {
            diagnostics_.report(v.optional ? diag::MayBeAbsent : diag::NotAList, span(source_node), type_text(types_.without_none(type)))
                .help(v.optional ? "say what to use instead with `?? []`" : "a `for` goes through a list");
        } else {
            element = types_[type].element;
            if (v.op == Op::List && v.b == 0) diagnostics_.report(diag::EmptyLoop, span(source_node));
        }
    }
    Symbol item_name = tree()[parts[0]].symbol;
    StepId id = add_step(name == Symbol::none ? fmt::format("for {}", text(item_name)) : text(name), where, ir::Map{}, into);
    ValueId at_most = ValueId::none;
    if (arguments)
        for (NodeId a : syntax::Children(tree(), arguments)) {
            NodeId label = tree().child(a);
            if (tree().kind(label) == NodeKind::Name && tree()[label].symbol == known_.at_most) {
                at_most = expression(tree().next(label), plain(TypeKind::Int));
                if (auto n = const_integer(at_most); n && (*n < 1 || *n > 40))   // Step Functions guide: inline map, at most 40 at once
                    diagnostics_.report(diag::OutOfRange, span(tree().next(label)), fmt::format("an inline `for` runs 1 to 40 turns at a time, not {}", *n));
            } else if (tree().kind(label) != NodeKind::Name || tree()[label].symbol != known_.unroll) {
                unknown_argument(span(label), tree().text_of(label), {"at_most", "unroll"}, "`for` takes `at_most` or `unroll`");
            }
        }
    ir::ScopeId outer = scope_;
    pipeline_->scopes.push_back({outer, id, 0});
    scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
    size_t mark = scope_mark();
    ValueId item = make(Op::Item, Time::Run, types_.without_none(element), span(parts[0]));
    values_.edit(item).a = static_cast<uint32_t>(id);
    values_.edit(item).optional = types_.is_optional(element);
    bind(item_name, item, span(parts[0]));
    if (second) {
        ValueId index = make(Op::ItemIndex, Time::Run, plain(TypeKind::Int), span(second));
        values_.edit(index).a = static_cast<uint32_t>(id);
        bind(tree()[second].symbol, index, span(second));
    }
    ValueId result = ValueId::none;
    ValueId* outer_yield = std::exchange(yield_, &result);
    ir::Block block_here;
    {
        InBranch inside(*frame_);
        uint32_t outer_branches = std::exchange(yield_branches_, frame_->branches);
        block(body, block_here);
        yield_branches_ = outer_branches;
    }
    yield_ = outer_yield;
    leave_scope(mark);
    auto& m = std::get<ir::Map>(step(id).is);
    m.items = source;
    m.block = std::move(block_here);
    m.scope = scope_;
    m.result = result != ValueId::none && is_error(result) ? ValueId::none : result;
    m.at_most = at_most;
    scope_ = outer;
    if (name == Symbol::none) return ValueId::none;
    if (result == ValueId::none) {
        diagnostics_.report(diag::MissingYield, where, text(name)).help("end the body with `yield …`");
        return error_value(where);
    }
    if (is_error(result)) return result;
    return make_result(id, 0, types_.list(type_of(result)), false, where);
}

void Elaborator::poll(NodeId node, ir::Block& into) {
    NodeId arguments = child(node, NodeKind::Arguments);
    NodeId body = child(node, NodeKind::Block);
    NodeId until_node = tree().next(body);
    ValueId every = ValueId::none, up_to = ValueId::none;
    for (NodeId a : syntax::Children(tree(), arguments)) {
        NodeId label = tree().child(a);
        Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
        if (what == known_.every) every = expression(tree().next(label), plain(TypeKind::Duration));
        else if (what == known_.up_to) up_to = expression(tree().next(label), plain(TypeKind::Duration));
        else unknown_argument(span(label), tree().text_of(label), {"every", "up_to"}, "`poll` takes `every` and `up_to`");
    }
    if (every == ValueId::none || up_to == ValueId::none) {
        diagnostics_.report(diag::MissingArgument, span(arguments), every == ValueId::none ? "every" : "up_to", "poll").help("write `poll (every: 30s, up_to: 2h) { … } until …`");
        every = error_value(span(arguments));
    }
    if (is_error(every) || is_error(up_to)) {   // what the body makes is used afterwards all the same
        ir::Block nowhere;
        block(body, nowhere);
        expression(until_node, plain(TypeKind::Bool));
        return;
    }
    StepId id = add_step("poll", span(node), ir::Poll{}, into);
    ir::Poll p;
    {
        InBranch inside(*frame_);
        block(body, p.block);                   // its names stay: the last turn made them
    }
    p.until = expression(until_node, plain(TypeKind::Bool));
    p.every = with_type(every, plain(TypeKind::Int));
    auto a = const_integer(every), b = const_integer(up_to);
    // a kind of the library waits a while even where the user allows less
    if (a && b && *a > *b && !frame_->module->library)
        diagnostics_.report(diag::OutOfRange, span(arguments), fmt::format("`every` is {}s, longer than `up_to`, {}s", *a, *b));
    if (a && *a < 1) diagnostics_.report(diag::OutOfRange, span(arguments), "`every` must be at least 1s");
    if (a && b && *a > 0) {
        int64_t turns = std::max<int64_t>(1, (*b + *a - 1) / *a);
        p.turns = make_integer(turns, plain(TypeKind::Int), span(node));
        // Step Functions guide, service quotas: 25,000 events in a history; a turn of wait, call, decision takes about 9
        constexpr int64_t events = 25'000, per_turn = 9;
        if (turns * per_turn > events)
            diagnostics_.report(diag::TooManyTurns, span(arguments), turns, events)
                .help(fmt::format("poll every {}s or more, or not as long", (*b * per_turn + events - 1) / events));
    } else {
        p.turns = make_binary(syntax::Operator::Divide, with_type(up_to, plain(TypeKind::Int)), p.every, plain(TypeKind::Float), span(node));
    }
    p.error = "Poll.TimedOut";
    std::get<ir::Poll>(step(id).is) = std::move(p);
}

}  // namespace zflow::elaborate
