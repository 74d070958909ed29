#include "split/split.hpp"

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

void split(ir::Stack& stack, ir::Values& values, types::TypeTable& types, Interner& names, const Budget& budget,
           Diagnostics& diagnostics) {
    Costs costs(values);
    Rewritten rewritten;
    std::vector<uint32_t> large;
    for (uint32_t i = 0; i < stack.pipelines.size(); i++) {
        const ir::Pipeline& pipeline = stack.pipelines[i];
        costs.begin(pipeline);
        // an Express workflow has no history, and can wait for no other machine
        if (!pipeline.express.known() && !costs.of(pipeline, pipeline.block).fits(budget)) large.push_back(i);
    }
    if (!large.empty()) rewritten.entries.resize(values.size());
    for (uint32_t index : large) {
        ir::Pipeline& pipeline = stack.pipelines[index];
        std::vector<ir::Step> steps = std::move(pipeline.steps);
        ir::Pipeline head = pipeline;
        pipeline.steps = std::move(steps);
        auto whole = std::make_shared<const ir::Pipeline>(std::move(pipeline));
        stack.pipelines[index].name = whole->name;               // others are still told apart from it
        stack.pipelines[index].logical_id = whole->logical_id;
        costs.begin(*whole);
        Plan plan = plan_parts(*whole, costs, budget);
        Machines(stack, values, types, names, rewritten, index, std::move(head), whole, plan).divide();
    }
    for (const ir::Pipeline& pipeline : stack.pipelines) check_items(pipeline, costs, diagnostics);
}

}  // namespace zflow::split
