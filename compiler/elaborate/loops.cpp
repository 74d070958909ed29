// What runs side by side or again: parallel, for, poll.
#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <utility>

#include "elaborate/elaborator.hpp"
#include "ir/visit.hpp"
#include "schema/limits.hpp"

namespace zflow::elaborate {

ValueId Elaborator::parallel(NodeId node, Symbol name, Span where, ir::Block& into) {
    bool keeps_on = keeps_going(loop_arguments(child(node, NodeKind::Arguments), "parallel", {"on_failure"}));
    std::string_view label = name == Symbol::none ? "parallel" : text(name);
    StepId id = add_step(label, where, ir::Parallel{}, into);
    std::get<ir::Parallel>(step(id).is).keeps_going = keeps_on;
    std::vector<ir::Field> results;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Branch) continue;
        NodeId branch_name = tree().child(c);
        Symbol symbol = tree()[branch_name].symbol;
        auto& step_now = std::get<ir::Parallel>(step(id).is);
        auto number = static_cast<uint32_t>(step_now.branches.size());
        if (std::any_of(step_now.branches.begin(), step_now.branches.end(), [&](auto& b) { return b.name == symbol; }))
            diagnostics_.report(diag::NameInUse, span(branch_name), text(symbol));
        ir::ScopeId outer = scope_;
        pipeline_->scopes.push_back({outer, id, number});
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
        ValueId result = make_record(made, plain(TypeKind::Literals), span(c));
        results.push_back({symbol, keeps_on ? branch_if_well(id, number, result, span(c)) : result});
        std::get<ir::Parallel>(step(id).is).branches.push_back(std::move(branch));
    }
    return make_record(results, plain(TypeKind::Literals), where);
}

/// `for first, second in source (arguments) { body }`
Elaborator::Loop Elaborator::loop_of(NodeId node) const {
    NodeId first = tree().child(node), at = tree().next(first);
    auto take = [&](bool there) { return there ? std::exchange(at, tree().next(at)) : 0; };
    NodeId second = take(tree().kind(at) == NodeKind::Name);
    NodeId source = take(true);
    NodeId arguments = take(tree().kind(at) == NodeKind::Arguments);
    return {first, second, source, arguments, at};
}

/// Names of a turn that hide others would be taken for them.
void Elaborator::check_loop_names(const Loop& loop) {
    for (NodeId name : {loop.first, loop.second}) {
        const Binding* hidden = name ? lookup(tree()[name].symbol) : nullptr;
        if (hidden && !hidden->lost)
            diagnostics_.report(diag::NameInUse, span(name), tree().text_of(name)).label(hidden->where, "made here first").help("give the element another name");
    }
}

/// What a turn gets of a list or of data; Error, and reported, when it is neither.
TypeId Elaborator::loop_element(ValueId source, Span where) {
    if (is_error(source)) return plain(TypeKind::Error);
    const Value v = values_[source];
    TypeId type = type_of(source);
    TypeKind kind = types_.kind(type);
    if (!v.optional && kind == TypeKind::Dataset) return types_[type].element;
    if (kind == TypeKind::List && !v.optional) {
        if (v.op == Op::List && v.b == 0) diagnostics_.report(diag::EmptyLoop, where);
        return types_[type].element;
    }
    auto report = diagnostics_.report(v.optional ? diag::MayBeAbsent : diag::NotAList, where, type_text(types_.without_none(type)));
    if (v.optional) report.help("say what to use instead with `?? []`");
    else if (kind == TypeKind::S3) report.help(
        "say what its rows are, `Dataset<Orders> at …`, or go through the objects below it: `objects(…)`");
    else if (kind == TypeKind::Json) report.help("say what it is first: `let x: List<String> = …`");
    else if (kind == TypeKind::Int) report.help(fmt::format("so many turns are `range({})`", v.op == Op::Integer ? std::to_string(*const_integer(source)) : "…"));
    else report.help("a `for` goes through a list or a data set");
    return plain(TypeKind::Error);
}

void Elaborator::bind_turn(NodeId node, const ir::Map& map, StepId id, ValueId source, TypeId element) {
    Loop parts = loop_of(node);
    Span where = span(parts.first);
    bool batch = map.distributed && map.distributed->batch != ValueId::none;
    ValueId item = make(Op::Item, Time::Run, batch ? types_.list(element) : types_.without_none(element), where);
    values_.edit(item).a = static_cast<uint32_t>(id);
    values_.edit(item).optional = !batch && types_.is_optional(element);
    if (!batch && kind_of(source) == TypeKind::Dataset && is_object_row(element)) {
        // where the object is was said with the folder: that is what rights are derived from
        ValueId uri = make_member(item, known_.location, plain(TypeKind::String), false, where);
        ir::Field place[] = {{known_.bucket, bucket_of(source, where)},
                             {known_.key, member_of(source, known_.key, where, where)},
                             {known_.uri, uri}};
        ir::Field fields[] = {{known_.key, make_member(item, known_.key, plain(TypeKind::String), false, where)},
                              {known_.size, make_member(item, known_.size, plain(TypeKind::Int), false, where)},
                              {known_.location, make_record(place, plain(TypeKind::S3), where)}};
        bool apart = values_[source].op == Op::Record && values_.field(source, known_.uri) == ValueId::none;
        if (apart) item = make_record(fields, element, where);
    }
    bind(tree()[parts.first].symbol, item, where);
    if (!parts.second) return;
    if (batch) {
        diagnostics_.report(diag::ConflictingArguments, span(parts.second), "batch", tree().text_of(parts.second))
            .help("a batch has no number: leave the second name out");
        bind(tree()[parts.second].symbol, error_value(span(parts.second)), span(parts.second));
        return;
    }
    ValueId index = make(Op::ItemIndex, Time::Run, plain(TypeKind::Int), span(parts.second));
    values_.edit(index).a = static_cast<uint32_t>(id);
    bind(tree()[parts.second].symbol, index, span(parts.second));
}

ValueId Elaborator::map(NodeId node, Symbol name, Span where, ir::Block& into) {
    Loop parts = loop_of(node);
    check_loop_names(parts);
    if (is_unrolled(parts)) return unroll(parts, name, where, into);
    ValueId source = expression(parts.source);
    TypeId element = loop_element(source, span(parts.source));
    std::string label = name == Symbol::none ? fmt::format("for {}", text(tree()[parts.first].symbol)) : std::string(text(name));
    StepId id = add_step(label, where, ir::Map{}, into);
    const std::vector<std::string_view> only_far{"batch", "tolerate", "tolerate_percent", "results", "label", "express",
                                                 "limit", "format", "header", "delimiter", "pointer", "files", "prefix"};
    std::vector<std::string_view> known{"at_most", "on_failure", "distributed", "unroll"};
    known.insert(known.end(), only_far.begin(), only_far.end());
    std::vector<Setting> given = loop_arguments(parts.arguments, "for", known);
    ir::Map m;
    m.items = source;
    m.keeps_going = keeps_going(given);
    bool far = loop_flag(given, known_.distributed) || kind_of(source) == TypeKind::Dataset;
    if (far && !is_error(source)) distribute(m, id, source, element, given, span(parts.source));
    for (const Setting& s : given)
        if (!far && !is_error(source) && std::find(only_far.begin(), only_far.end(), text(s.name)) != only_far.end())
            diagnostics_.report(diag::DistributedOnly, s.where, text(s.name)).help("add `distributed: true`, or go through data in S3");
    // Step Functions guide, state-map-inline and state-map-distributed: turns at a time
    m.at_most = loop_number(given, known_.at_most, 1, far ? 10'000 : 40, far ? "" : "with `distributed: true` it is up to 10000");
    ir::ScopeId outer = scope_;
    pipeline_->scopes.push_back({outer, id, 0});
    m.scope = scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
    size_t mark = scope_mark(), first_step = pipeline_->steps.size();
    std::get<ir::Map>(step(id).is).items = m.items;   // the rights of its turns come from what they go through
    bind_turn(node, m, id, source, element);
    ValueId result = ValueId::none;
    ValueId* outer_yield = std::exchange(yield_, &result);
    {
        InBranch inside(*frame_);
        uint32_t outer_branches = std::exchange(yield_branches_, frame_->branches);
        block(parts.body, m.block);
        yield_branches_ = outer_branches;
    }
    yield_ = outer_yield;
    leave_scope(mark);
    m.result = result != ValueId::none && is_error(result) ? ValueId::none : result;
    scope_ = outer;
    if (m.distributed && m.distributed->express) check_express(m, first_step);
    const Setting* own_label = loop_argument(given, known_.label);
    if (m.distributed) check_label(id, m.distributed->label, own_label ? own_label->written : where);
    ValueId value = loop_result(m, id, name, result, where);
    std::get<ir::Map>(step(id).is) = std::move(m);
    return value;
}

/// The value of `let name = for …`.
ValueId Elaborator::loop_result(const ir::Map& m, StepId id, Symbol name, ValueId yielded, Span where) {
    if (name == Symbol::none) return ValueId::none;
    if (m.distributed && m.distributed->writer != ValueId::none) {
        // Step Functions guide, input-output-resultwriter: what the state gives when the results are written
        auto at = [&](uint32_t parent, std::string_view member) { return values_.path(parent, names_.intern(member)); };
        auto part = [&](uint32_t path) { return make_result(id, path, plain(TypeKind::String), false, where); };
        uint32_t details = at(0, "ResultWriterDetails");
        ValueId writer = m.distributed->writer;
        auto constant = [&](std::string_view s) { return make_text(s, plain(TypeKind::String), where); };
        ValueId uri[] = {constant("s3://"), part(at(details, "Bucket")), constant("/"), part(at(details, "Key"))};
        ir::Field place[] = {{known_.bucket, values_.field(writer, known_.Bucket)}, {known_.key, values_.field(writer, known_.Prefix)},
                             {known_.uri, make_concat(uri, plain(TypeKind::String), where)}};
        ir::Field fields[] = {{names_.intern("manifest"), make_record(place, plain(TypeKind::S3), where)},
                              {names_.intern("run"), part(at(0, "MapRunArn"))}};
        return make_record(fields, plain(TypeKind::Literals), where);
    }
    if (yielded == ValueId::none) {
        diagnostics_.report(diag::MissingYield, where, text(name)).help("end the body with `yield …`");
        return error_value(where);
    }
    if (is_error(yielded)) return yielded;
    TypeId type = type_of(yielded);
    return make_result(id, 0, types_.list(m.keeps_going ? types_.optional(type) : type), false, where);
}

void Elaborator::poll(NodeId node, ir::Block& into) {
    NodeId arguments = child(node, NodeKind::Arguments);
    NodeId body = child(node, NodeKind::Block);
    NodeId until_node = tree().next(body);
    ValueId every = ValueId::none, up_to = ValueId::none, backoff = ValueId::none;
    for (NodeId a : syntax::Children(tree(), arguments)) {
        NodeId label = tree().child(a);
        Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
        if (what == known_.every) every = expression(tree().next(label), plain(TypeKind::Duration));
        else if (what == known_.up_to) up_to = expression(tree().next(label), plain(TypeKind::Duration));
        else if (what == known_.backoff) backoff = expression(tree().next(label), plain(TypeKind::Float));
        else unknown_argument(span(label), tree().text_of(label), {"every", "up_to", "backoff"}, "`poll` takes `every`, `up_to` and `backoff`");
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
    if (!is_error(p.until)) assume(p.until, true);
    if (!frame_->call_site.known()) check_until(p.until, id, span(until_node));
    poll_times(p, every, up_to, backoff, span(arguments));
    p.error = "Poll.TimedOut";
    std::get<ir::Poll>(step(id).is) = std::move(p);
}

/// What no turn changes ends a poll at once or never. A kind may have been told by a setting not to wait.
void Elaborator::check_until(ValueId until, StepId poll, Span where) {
    if (is_error(until) || const_bool(until).value_or(false)) return;
    std::vector<ValueId> pending{until};
    std::unordered_set<uint32_t> seen;
    while (!pending.empty()) {                 // no recursion: values may be chained as long as the program is
        ValueId next = pending.back();
        pending.pop_back();
        if (!seen.insert(static_cast<uint32_t>(next)).second) continue;
        const Value& v = values_[next];
        bool clock = v.op == Op::Context || v.op == Op::Fresh || (v.op == Op::Call && static_cast<ir::Builtin>(v.sub) == ir::Builtin::Now);
        bool of_step = v.op == Op::Result || v.op == Op::Joined || v.op == Op::Problem || v.op == Op::Item || v.op == Op::ItemIndex || v.op == Op::Raw;
        if (is_error(next) || clock || (of_step && v.a > static_cast<uint32_t>(poll))) return;
        ir::each_operand(values_, next, [&](ValueId part) { pending.push_back(part); });
    }
    diagnostics_.report(diag::EndlessPoll, where).help("ask for something that its body makes: `poll (…) { stage look = … } until look.result.done`");
}

/// How often a poll looks, and when.
void Elaborator::poll_times(ir::Poll& p, ValueId every, ValueId up_to, ValueId backoff, Span where) {
    p.every = with_type(every, plain(TypeKind::Int));
    auto a = const_integer(every), b = const_integer(up_to);
    each_known(every, [&](ValueId wait) {
        auto seconds = const_integer(wait);
        if (seconds && *seconds < 1) diagnostics_.report(diag::OutOfRange, where, "`every` must be at least 1s");
        if (frame_->module->library) return;   // a kind of the library waits a while even where the user allows less
        each_known(up_to, [&](ValueId end) {
            auto longest = const_integer(end);
            if (seconds && longest && *seconds > *longest)
                diagnostics_.report(diag::OutOfRange, where, fmt::format("`every` is {}s, longer than `up_to`, {}s", *seconds, *longest));
        });
    });
    each_known(up_to, [&](ValueId end) {
        Span at = values_[end].where;
        if (const_integer(end).value_or(0) > longest_run)
            diagnostics_.report(diag::OutOfRange, at.known() ? at : where, "this is waited for at most 365 days: an execution does not last longer");
    });
    if (b) b = std::min(*b, longest_run);
    if (backoff != ValueId::none) {
        auto factor = const_number(backoff);
        if (!factor || *factor < 1 || *factor > 10)
            diagnostics_.report(diag::OutOfRange, where, "`backoff` is a constant from 1 to 10: each wait is so many times as long as the one before");
        p.backoff = std::clamp(factor.value_or(1), 1.0, 10.0);
    }
    if (p.backoff > 1) p.up_to = with_type(up_to, plain(TypeKind::Int));
    if (a && b && *a > 0) {
        int64_t turns = p.backoff > 1 ? fit_waits(p, *a, *b, where) : std::max<int64_t>(1, (*b + *a - 1) / *a);
        p.turns = make_integer(turns, plain(TypeKind::Int), where);
        // Step Functions guide, service quotas: 25,000 events in a history; a turn of wait, call, decision takes about 9
        constexpr int64_t events = limits::history_events, per_turn = 9;
        if (turns * per_turn > events && *b < longest_run)
            diagnostics_.report(diag::TooManyTurns, where, turns, events)
                .help(fmt::format("poll every {}s or more, or not as long", (*b * per_turn + events - 1) / events));
    } else if (p.backoff == 1) {
        p.turns = make_binary(syntax::Operator::Divide, with_type(up_to, plain(TypeKind::Int)), p.every, plain(TypeKind::Float), where);
    }
}

/// Waits that get longer: as many as it takes to reach `up_to`, and the first of them a little shorter than `every`, so
/// that the last look is just at the end of the time. Gives the number of looks.
int64_t Elaborator::fit_waits(ir::Poll& p, int64_t every, int64_t up_to, Span where) {
    double waited = 0, factor = 1;
    int64_t waits = 0;
    for (; waited * static_cast<double>(every) < static_cast<double>(up_to); waits++, factor *= p.backoff) waited += factor;
    double first = waits ? static_cast<double>(up_to) / waited : static_cast<double>(every);
    p.every = make_number(std::floor(first * 100) / 100, where);   // hundredths: short in the definition, seconds in all
    return waits + 1;
}

}  // namespace zflow::elaborate
