#include <algorithm>

#include "lower/machine.hpp"

namespace zflow::lower {

using ir::StepId;
using ir::ValueId;

void Machine::write_step(StepId id, const ir::Task& task) {
    begin_state(pipeline_[id].name, "Task", pipeline_[id].comment);
    json_.key("Resource");
    if (task.integration) {
        json_.begin_text();
        json_.code("arn:${"), json_.code(substitutions_.partition()), json_.code("}:");
        json_.code(task.integration->resource());
        json_.end_text();
    } else {
        values_.value(task.resource, Nulls::Keep);
    }
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

/// The members as they are written; what comes next, what catches errors and what is kept is added.
void Machine::write_step(StepId id, const ir::Raw& raw) {
    auto fields = context_.values.fields(raw.state);
    auto named = [&](std::string_view name) {
        return std::find_if(fields.begin(), fields.end(), [&](auto& f) { return context_.names.text(f.key) == name; });
    };
    bool commented = named("Comment") != fields.end();
    begin_state(pipeline_[id].name, context_.values[named("Type")->value].text(), commented ? "" : pipeline_[id].comment);
    values_.verbatim = true;
    for (const ir::Field& field : fields) {
        if (context_.names.text(field.key) == "Type") continue;
        json_.key_text(context_.names.text(field.key));
        values_.value(field.value, Nulls::Keep);
    }
    values_.verbatim = false;
    if (raw.works) scope_catchers(), assign_parts(id);
    no_output();
    next(flow_.next(id));
    end_state();
}

void Machine::retry(const std::vector<ir::RetryRule>& rules) {
    if (rules.empty()) return;
    json_.key("Retry");
    if (!json_.compact()) return retry_rules(rules);
    // few rules are written again and again
    auto known = std::find_if(retries_.begin(), retries_.end(), [&](const auto& r) { return r.rules == rules; });
    if (known != retries_.end()) return json_.raw(known->text);
    size_t from = json_.size();
    retry_rules(rules);
    constexpr size_t most = 16;
    if (retries_.size() < most) retries_.push_back({rules, std::string(json_.written(from))});
}

void Machine::retry_rules(const std::vector<ir::RetryRule>& rules) {
    json_.begin_array();
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

std::vector<Symbol> Machine::members_of(uint32_t at) const {
    std::vector<Symbol> path(context_.values.path(at).depth);
    for (size_t i = path.size(); i-- > 0; at = context_.values.path(at).parent) path[i] = context_.values.path(at).member;
    return path;
}

/// Keeps the used parts of a result under the step's variable, and starts the counter of a poll that comes next.
void Machine::assign_parts(StepId id) {
    const auto& used = uses_.parts(id);
    StepId poll = flow_.poll_partner(id);
    if (used.empty() && poll == StepId::none) return;
    begin_assign();
    if (!used.empty()) {
        std::vector<std::pair<std::vector<Symbol>, bool>> paths;
        for (const Uses::Part& part : used) paths.emplace_back(members_of(part.path), part.optional);
        variable_key({Variable::Result, id});
        parts(paths, 0, paths.size(), 0);
    }
    if (poll != StepId::none) variable_key({Variable::Turn, poll}), json_.integer(0);
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
        if (parts_of_ == StepId::none) json_.code("$states.result");
        else values_.read({Variable::Result, parts_of_});
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

}  // namespace zflow::lower
