#include "split/split.hpp"

#include <algorithm>

#include "schema/limits.hpp"
#include "split/machines.hpp"

namespace zflow::split {

using ir::StepId;

namespace {

StepId next(StepId id) { return StepId{static_cast<uint32_t>(id) + 1}; }

/// Loops over constants that fail for certain.
void check_items(const ir::Pipeline& pipeline, const Costs& costs, Diagnostics& diagnostics) {
    for (StepId id{}; static_cast<size_t>(id) < pipeline.steps.size(); id = next(id)) {
        const ir::Step& step = pipeline[id];
        uint64_t least = std::holds_alternative<ir::Map>(step.is) ? costs.least(pipeline, id) : 0;
        if (least <= limits::history_events) continue;
        diagnostics.report(diag::TooManyItems, step.where, costs.turns(step), least, limits::history_events)
            .help("work on several items in one turn, or give them to several runs");
    }
}

}  // namespace

uint64_t split(ir::Stack& stack, ir::Values& values, const ir::Sizes& sizes, types::TypeTable& types, Interner& names,
               const Budget& budget, Diagnostics& diagnostics) {
    Costs costs(values, sizes);
    uint64_t largest = 0;
    auto declared = static_cast<uint32_t>(stack.pipelines.size());   // parts come behind them
    for (uint32_t i = 0; i < declared; i++) {
        const ir::Pipeline& pipeline = stack.pipelines[i];
        costs.begin(pipeline);
        Cost whole = costs.of(pipeline, pipeline.block);
        // an Express workflow has no history, and can wait for no other machine
        if (pipeline.express.known() || whole.fits(budget)) {
            largest = std::max(largest, whole.bytes);
            continue;
        }
        Plan plan = plan_parts(pipeline, costs, budget);
        largest = std::max(largest, plan.largest);
        Machines(stack, values, sizes, types, names, i, plan).divide();
    }
    for (const ir::Pipeline& pipeline : stack.pipelines) check_items(pipeline, costs, diagnostics);
    return largest;
}

}  // namespace zflow::split
