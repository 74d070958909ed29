#include "split/cost.hpp"

#include <algorithm>

#include "ir/visit.hpp"

namespace zflow::split {

using ir::Op;
using ir::StepId;
using ir::ValueId;

namespace {

constexpr uint64_t most = 1'000'000'000;    // sums of these stay far from the end of the numbers
constexpr uint64_t unknown_items = 40;      // as many as an inline map works on at once [SFN:state-map-inline]
constexpr uint64_t unknown_turns = 500;     // of a loop whose end is a parameter's
constexpr uint64_t state_bytes = 160;       // "name": {"Type": …, "Next": …} and what assigns its result
constexpr uint64_t handler_bytes = 250;
constexpr uint64_t rule_bytes = 120;

uint64_t bounded(uint64_t number) { return std::min(number, most); }

uint64_t bytes_of(ir::ErrorNames errors) {
    uint64_t sum = 0;
    for (std::string_view error : errors) sum += error.size() + 3;
    return sum;
}

uint64_t bytes_of(ir::RetryRules rules) {
    uint64_t sum = 0;
    for (const ir::RetryRule& rule : rules) sum += rule_bytes + bytes_of(rule.errors);
    return sum;
}

}  // namespace

uint64_t Costs::turns(const ir::Step& step) const {
    if (const auto* map = std::get_if<ir::Map>(&step.is)) {
        const ir::Value& items = values_[map->items];
        return items.op == Op::List ? items.b : unknown_items;
    }
    if (const auto* poll = std::get_if<ir::Poll>(&step.is)) {
        const ir::Value& count = values_[poll->turns];
        return count.op == Op::Integer ? static_cast<uint64_t>(std::max<int64_t>(1, count.integer)) : unknown_turns;
    }
    uint64_t tries = 1;
    if (const auto* attempts = std::get_if<ir::Attempts>(&step.is))
        for (const ir::RetryRule& rule : attempts->rules) tries += static_cast<uint64_t>(std::max<int64_t>(0, rule.attempts));
    return bounded(tries);
}

uint64_t Costs::catching(const ir::Step& step) {
    uint64_t sum = 0;
    if (const auto* guarded = std::get_if<ir::Try>(&step.is))
        for (const auto& handler : guarded->handlers) sum += handler_bytes + bytes_of(handler.errors);
    if (const auto* attempts = std::get_if<ir::Attempts>(&step.is))
        for (const ir::RetryRule& rule : attempts->rules) sum += handler_bytes + bytes_of(rule.errors);
    return sum;
}

uint64_t Costs::least(const ir::Pipeline& pipeline, const ir::Block& block) const {
    uint64_t sum = 0;
    for (StepId id : block.steps) sum += least(pipeline, id);
    return bounded(sum);
}

uint64_t Costs::least(const ir::Pipeline& pipeline, StepId id) const {
    const ir::Step& step = pipeline[id];
    if (std::holds_alternative<ir::Task>(step.is)) return 5;
    if (std::holds_alternative<ir::Let>(step.is)) return 0;   // it may be nothing but a name
    if (const auto* map = std::get_if<ir::Map>(&step.is); map && !map->distributed) {
        bool constant = values_[map->items].op == Op::List;
        return 4 + (constant ? turns(step) * (2 + least(pipeline, map->block)) : 0);
    }
    uint64_t sum = 2;
    if (const auto* parallel = std::get_if<ir::Parallel>(&step.is))
        for (const auto& branch : parallel->branches) sum += least(pipeline, branch.block);
    if (const auto* guarded = std::get_if<ir::Try>(&step.is)) sum = least(pipeline, guarded->block);
    return bounded(sum);
}

Cost Costs::of(const ir::Pipeline& pipeline, const ir::Block& block) {
    Cost sum;
    for (StepId id : block.steps) sum += of(pipeline, id);
    return {bounded(sum.bytes), bounded(sum.events), sum.failing};
}

Cost Costs::of(const ir::Pipeline& pipeline, StepId id) {
    Cost& known = steps_[static_cast<size_t>(id)];
    if (!known.events) known = worked_out(pipeline, pipeline[id]);
    return known;
}

/// Events by state [SFN:concepts-cloudwatch-logs: history event types]: two for a state, three more for a task, one
/// more when it waits for a job; a parallel or map has two more, and two for each iteration.
Cost Costs::worked_out(const ir::Pipeline& pipeline, const ir::Step& step) {
    Cost sum{state_bytes + 2 * step.name.size() + step.comment.size(), 2};
    ir::each_value(step, [&](ValueId value) { sum.bytes += sizes_[value]; });
    Cost inside, longest;
    each_block(step, [&](const ir::Block& block) {
        Cost one = of(pipeline, block);
        inside += one;
        longest.events = std::max(longest.events, one.events);
    });
    sum.bytes += inside.bytes;
    sum.failing = inside.failing;
    sum.bytes += (1 + inside.failing) * catching(step);
    if (const auto* task = std::get_if<ir::Task>(&step.is)) {
        sum.events = task->integration && task->integration->pattern() == schema::Pattern::Request ? 5 : 6;
        sum.bytes += bytes_of(task->retry);
        sum.failing = 1;
    } else if (std::holds_alternative<ir::Raw>(step.is) || std::holds_alternative<ir::Fail>(step.is)) {
        sum.failing = 1;
    } else if (std::holds_alternative<ir::Choice>(step.is)) {
        sum.events += longest.events + 2;
    } else if (std::holds_alternative<ir::Try>(step.is)) {
        sum.events += inside.events;
    } else if (std::holds_alternative<ir::Parallel>(step.is)) {
        sum.events += inside.events + 4;
        sum.failing = 1;   // what fails in a branch fails the whole
    } else if (const auto* map = std::get_if<ir::Map>(&step.is)) {
        sum.failing = 1;
        if (map->distributed) sum.events += 4;   // its turns have histories of their own
        else sum.events += turns(step) * (inside.events + 6) + 2;
    } else if (std::holds_alternative<ir::Poll>(step.is)) {
        sum.events += turns(step) * (inside.events + 4);
        sum.bytes += 4 * state_bytes;
    } else if (const auto* attempts = std::get_if<ir::Attempts>(&step.is)) {
        sum.events += turns(step) * (inside.events + 4);
        sum.bytes += (1 + 3 * attempts->rules.size()) * state_bytes;
    }
    return {bounded(sum.bytes), bounded(sum.events), sum.failing};
}

}  // namespace zflow::split
