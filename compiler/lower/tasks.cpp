#include <algorithm>
#include <functional>

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
        values_.value(task.resource);
    }
    json_.key("Arguments"), requests_.write(task.arguments);
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
        values_.value(field.value);
    }
    values_.verbatim = false;
    if (raw.works) scope_catchers(), assign_parts(id);
    no_output();
    next(flow_.next(id));
    end_state();
}

/// Steps that share rules have them in one place.
void Machine::retry(ir::RetryRules rules) {
    if (rules.empty()) return;
    json_.key("Retry");
    auto same = [](const ir::RetryRule& a, const ir::RetryRule& b) { return &a == &b; };
    once(retries_, rules.front(), same, [&] { retry_rules(rules); });
}

void Machine::retry_rules(ir::RetryRules rules) {
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

/// Keeps the used parts of a result under the step's variable, and starts the counter of a poll that comes next.
void Machine::assign_parts(StepId id) {
    const auto& used = uses_.parts(id);
    StepId poll = flow_.poll_partner(id);
    if (used.empty() && poll == StepId::none) return;
    begin_assign();
    if (!used.empty()) {
        variable_key({Variable::Result, id});
        once(results_, used, std::equal_to<>(), [&] {
            std::vector<Uses::Part> paths = used;
            parts(paths, 0);
        });
    }
    if (poll != StepId::none) variable_key({Variable::Turn, poll}), json_.integer(0);
    end_assign();
}

/// The first `depth` members of a path.
uint32_t Machine::beginning_of(uint32_t path, uint32_t depth) const {
    while (context_.values.path(path).depth > depth) path = context_.values.path(path).parent;
    return path;
}

/// Writes paths that agree in their first `depth` members as nested objects. A path that ends here takes in the longer ones.
void Machine::parts(std::span<Uses::Part> paths, uint32_t depth) {
    bool whole = false, optional = false;
    for (const Uses::Part& part : paths) {
        if (context_.values.path(part.path).depth != depth) continue;
        whole = true;
        optional |= part.optional;
    }
    if (whole) return part(beginning_of(paths[0].path, depth), optional);
    auto name_of = [&](const Uses::Part& part) { return context_.values.path(beginning_of(part.path, depth + 1)).member; };
    json_.begin_object();
    while (!paths.empty()) {
        Symbol name = name_of(paths[0]);
        auto rest = std::stable_partition(paths.begin(), paths.end(), [&](const Uses::Part& part) { return name_of(part) == name; });
        auto count = static_cast<size_t>(rest - paths.begin());
        json_.key_text(context_.names.text(name));
        parts(paths.first(count), depth + 1);
        paths = paths.subspan(count);
    }
    json_.end_object();
}

void Machine::part(uint32_t path, bool optional) {
    auto read = [&] {
        if (parts_of_ == StepId::none) json_.code("$states.result");
        else values_.read({Variable::Result, parts_of_});
        values_.path(path);
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
