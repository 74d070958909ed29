#include "lower/flow.hpp"

#include <algorithm>

namespace zflow::lower {

using ir::ScopeId;
using ir::StepId;

bool writes_results(const ir::Map& map) { return map.distributed && map.distributed->writer != ir::ValueId::none; }

bool takes(ir::ErrorNames errors, std::string_view error) {
    return std::any_of(errors.begin(), errors.end(), [&](std::string_view name) {
        return name == error || name == "States.ALL" || (name == "States.TaskFailed" && error != "States.Timeout");
    });
}

Flow::Flow(const ir::Pipeline& pipeline, const Uses& uses, StateNames& names)
    : pipeline_(pipeline), uses_(uses), names_(names), next_(pipeline.steps.size()),
      first_entry_(pipeline.steps.size()), partner_(pipeline.steps.size(), StepId::none),
      ends_(std::max<size_t>(1, pipeline.scopes.size())) {
    start_ = plan_scope(pipeline.block, 0);
}

Target Flow::end(ScopeId scope) {
    if (ends_[scope].empty()) ends_[scope] = scope == 0 ? names_.plain("end") : names_.of_scope(scope, "end");
    return ends_[scope];
}

bool Flow::has_result(ScopeId scope) const {
    if (scope == 0) return false;
    StepId owner = pipeline_.scopes[scope].owner;
    if (const auto* map = std::get_if<ir::Map>(&pipeline_[owner].is))
        return map->result != ir::ValueId::none && (uses_.result(owner) || writes_results(*map));
    return !uses_.exports(scope).empty();
}

bool Flow::is_state(StepId step) const {
    return !std::holds_alternative<ir::Let>(pipeline_[step].is) || uses_.result(step);
}

size_t Flow::reserve(StepId id, size_t count) {
    size_t first = entries_.size();
    first_entry_[static_cast<size_t>(id)] = first;
    entries_.resize(first + count);
    return first;
}

Target Flow::plan_scope(const ir::Block& block, ScopeId scope) {
    return solid(plan(block, has_result(scope) ? result(scope) : Target()), scope);
}

/// From the last step to the first. Gives the block's first state.
Target Flow::plan(const ir::Block& block, Target next) {
    coming_ = StepId::none;   // other blocks may lead to what follows this one
    for (size_t i = block.steps.size(); i-- > 0;) {
        StepId id = block.steps[i];
        if (coming_ != StepId::none && std::holds_alternative<ir::Task>(pipeline_[id].is)) {
            partner_[static_cast<size_t>(id)] = coming_;
            partner_[static_cast<size_t>(coming_)] = id;
            next = entry(coming_, 0);
        }
        next_[static_cast<size_t>(id)] = next;
        next = plan_step(id, next);
    }
    return next;
}

Target Flow::plan_step(StepId id, Target next) {
    const ir::Step& step = pipeline_[id];
    if (!is_state(id)) return next;
    auto body = [&](Target entry) { entries_[first_entry_[static_cast<size_t>(id)]] = solid(entry, step.scope); };
    if (const auto* choice = std::get_if<ir::Choice>(&step.is)) return plan_choice(id, *choice, next);
    if (const auto* guarded = std::get_if<ir::Try>(&step.is)) return plan_try(id, *guarded, next);
    if (const auto* parallel = std::get_if<ir::Parallel>(&step.is)) {
        size_t first = reserve(id, parallel->branches.size() * (parallel->keeps_going ? 2 : 1));
        for (const auto& branch : parallel->branches) {
            Target entry = plan_scope(branch.block, branch.scope);
            entries_[first++] = entry;
        }
    } else if (const auto* map = std::get_if<ir::Map>(&step.is)) {
        reserve(id, map->keeps_going ? 2 : 1);
        body(plan_scope(map->block, map->scope));
    } else if (const auto* poll = std::get_if<ir::Poll>(&step.is)) {
        reserve(id, 1);
        body(plan(poll->block, step.name));
        coming_ = id;
        return names_.of(id, ".start");
    } else if (const auto* attempts = std::get_if<ir::Attempts>(&step.is)) {
        reserve(id, 1 + attempts->rules.size());
        body(plan(attempts->block, next));
        coming_ = StepId::none;
        return names_.of(id, ".first");
    }
    coming_ = StepId::none;
    return step.name;
}

Target Flow::plan_choice(StepId id, const ir::Choice& choice, Target next) {
    size_t first = reserve(id, choice.arms.size() + 1);
    bool joins = uses_.any_join(id);
    for (size_t i = 0; i < choice.arms.size(); i++) {
        const ir::Block& block = choice.arms[i].block;
        Target entry = plan(block, joins && !block.ends ? join(id, i) : next);
        entries_[first + i] = solid(entry, pipeline_[id].scope);
    }
    bool falls_through = choice.arms.empty() || choice.arms.back().condition != ir::ValueId::none;
    if (falls_through)
        entries_[first + choice.arms.size()] = solid(joins ? join(id, choice.arms.size()) : next, pipeline_[id].scope);
    coming_ = StepId::none;
    return pipeline_[id].name;
}

Target Flow::plan_try(StepId id, const ir::Try& guarded, Target next) {
    size_t first = reserve(id, guarded.handlers.size());
    bool joins = uses_.any_join(id);
    for (size_t i = 0; i < guarded.handlers.size(); i++) {
        const ir::Block& block = guarded.handlers[i].block;
        Target entry = plan(block, joins && !block.ends ? join(id, i + 1) : next);
        entries_[first + i] = solid(entry, pipeline_[id].scope);
    }
    return plan(guarded.block, joins && !guarded.block.ends ? join(id, 0) : next);
}

}  // namespace zflow::lower
