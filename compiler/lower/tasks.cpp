#include <algorithm>

#include "lower/machine.hpp"

namespace zflow::lower {

using ir::StepId;
using ir::ValueId;

void Machine::write_step(StepId id, const ir::Task& task) {
    begin_state(pipeline_[id].name, "Task", pipeline_[id].comment);
    json_.key("Resource"), json_.begin_text();
    json_.code("arn:${"), json_.code(substitutions_.partition()), json_.code("}:");
    json_.code(task.integration.resource());
    json_.end_text();
    json_.key("Arguments"), values_.value(task.arguments, Nulls::Drop);
    member("TimeoutSeconds", task.timeout);
    member("HeartbeatSeconds", task.heartbeat);
    retry(task.retry);
    task_catchers();
    assign_parts(id);
    no_output();
    next(flow_.next(id));
    end_state();
}

void Machine::retry(const std::vector<ir::RetryRule>& rules) {
    if (rules.empty()) return;
    json_.key("Retry"), json_.begin_array();
    for (const ir::RetryRule& rule : rules) {
        json_.begin_object();
        error_names(rule.errors);
        json_.key("IntervalSeconds"), json_.integer(rule.interval);
        json_.key("MaxAttempts"), json_.integer(rule.attempts);
        json_.key("BackoffRate"), json_.decimal(rule.backoff);
        if (rule.max_delay > 0) json_.key("MaxDelaySeconds"), json_.integer(rule.max_delay);
        if (rule.jitter) json_.key("JitterStrategy"), json_.text("FULL");
        json_.end_object();
    }
    json_.end_array();
}

/// Keeps the used parts of a result under the step's variable.
void Machine::assign_parts(StepId id) {
    const auto& used = uses_.parts(id);
    if (used.empty()) return;
    std::vector<std::pair<std::vector<Symbol>, bool>> paths;
    for (const Uses::Part& part : used) {
        std::vector<Symbol> path(context_.values.path(part.path).depth);
        uint32_t at = part.path;
        for (size_t i = path.size(); i-- > 0; at = context_.values.path(at).parent)
            path[i] = context_.values.path(at).member;
        paths.emplace_back(std::move(path), part.optional);
    }
    begin_assign();
    variable_key({Variable::Result, id});
    parts(paths, 0, paths.size(), 0);
    end_assign();
}

/// Writes the paths `from`…`to`, which agree in their first `depth` members, as nested objects. A path that ends here
/// takes in the longer ones.
void Machine::parts(std::vector<std::pair<std::vector<Symbol>, bool>>& paths, size_t from, size_t to, size_t depth) {
    bool whole = false, optional = false;
    for (size_t i = from; i < to; i++) {
        if (paths[i].first.size() != depth) continue;
        whole = true;
        optional |= paths[i].second;
    }
    if (whole) {
        std::vector<Symbol> prefix = paths[from].first;
        prefix.resize(depth);
        return part(prefix, optional);
    }
    json_.begin_object();
    while (from < to) {
        Symbol name = paths[from].first[depth];
        auto first = paths.begin() + static_cast<std::ptrdiff_t>(from);
        auto last = paths.begin() + static_cast<std::ptrdiff_t>(to);
        auto rest = std::stable_partition(first, last, [&](const auto& path) { return path.first[depth] == name; });
        auto end = static_cast<size_t>(rest - paths.begin());
        json_.key_text(context_.names.text(name));
        parts(paths, from, end, depth + 1);
        from = end;
    }
    json_.end_object();
}

void Machine::part(const std::vector<Symbol>& path, bool optional) {
    auto read = [&] {
        json_.code("$states.result");
        for (Symbol member : path) values_.member(context_.names.text(member));
    };
    json_.begin_expression();
    if (optional) json_.code("$exists("), read(), json_.code(") ? "), read(), json_.code(" : null");
    else read();
    json_.end_expression();
}

void Machine::write_step(StepId id, const ir::Parallel& parallel) {
    begin_state(pipeline_[id].name, "Parallel", pipeline_[id].comment);
    json_.key("Branches"), json_.begin_array();
    for (size_t i = 0; i < parallel.branches.size(); i++) {
        json_.begin_object(false);
        body(parallel.branches[i].block, parallel.branches[i].scope, flow_.entry(id, i));
        json_.end_object();
    }
    json_.end_array();
    retry(parallel.retry);
    scope_catchers();
    assign_exports(id, parallel);
    no_output();
    next(flow_.next(id));
    end_state();
}

void Machine::assign_exports(StepId id, const ir::Parallel& parallel) {
    bool any = false;
    for (size_t i = 0; i < parallel.branches.size(); i++) {
        const auto& branch = parallel.branches[i];
        if (uses_.exports(branch.scope).empty()) continue;
        if (!any) begin_assign(), variable_key({Variable::Result, id}), json_.begin_object();
        any = true;
        json_.key_text(context_.names.text(branch.name));
        json_.begin_expression(), json_.code("$states.result["), json_.number(static_cast<int64_t>(i)), json_.code("]");
        json_.end_expression();
    }
    if (any) json_.end_object(), end_assign();
}

void Machine::write_step(StepId id, const ir::Map& map) {
    begin_state(pipeline_[id].name, "Map", pipeline_[id].comment);
    json_.key("Items");
    if (context_.values[map.items].time == ir::Time::Const) values_.value(map.items, Nulls::Keep);
    else values_.whole_expression(map.items);
    if (has_item(id)) {
        json_.key("ItemSelector"), json_.begin_object();
        if (uses_.item(id)) json_.key("item"), json_.text("{% $states.context.Map.Item.Value %}");
        if (uses_.index(id)) json_.key("index"), json_.text("{% $states.context.Map.Item.Index %}");
        json_.end_object();
    }
    member("MaxConcurrency", map.at_most);
    json_.key("ItemProcessor"), json_.begin_object(false);
    json_.key("ProcessorConfig"), json_.begin_object(), json_.key("Mode"), json_.text("INLINE"), json_.end_object();
    bool counts = uses_.index(id);
    if (counts) values_.loops.push_back({Variable::Index, id});
    body(map.block, map.scope, flow_.entry(id, 0));
    if (counts) values_.loops.pop_back();
    json_.end_object();
    retry(map.retry);
    scope_catchers();
    if (uses_.result(id)) {
        begin_assign(), variable_key({Variable::Result, id});
        part({}, false);
        end_assign();
    }
    no_output();
    next(flow_.next(id));
    end_state();
}

/// The context object knows the item only in the Map state: the body's first state keeps it.
void Machine::map_item(StepId id) {
    begin_state(names_.of(id, ".item"), "Pass");
    begin_assign();
    if (uses_.item(id)) variable_key({Variable::Item, id}), json_.text("{% $states.input.item %}");
    if (uses_.index(id)) variable_key({Variable::Index, id}), json_.text("{% $states.input.index %}");
    end_assign();
    next(flow_.entry(id, 0));
    end_state();
}

}  // namespace zflow::lower
