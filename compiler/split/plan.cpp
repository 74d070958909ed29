#include "split/plan.hpp"

#include <algorithm>

#include "ir/visit.hpp"

namespace zflow::split {

using ir::StepId;

namespace {

class Planner {
   public:
    Planner(const ir::Pipeline& pipeline, Costs& costs, const Budget& budget)
        : plan{std::vector<uint32_t>(pipeline.steps.size())}, pipeline_(pipeline), costs_(costs), budget_(budget),
          least_{std::min(8 * part_call.bytes, budget.bytes / 4), std::min(8 * part_call.events, budget.events / 4)} {}

    /// Moves runs of the block into parts until what is left fits `allowed`. Gives what is left.
    Cost divide(const ir::Block& block, const Budget& allowed) {
        Cost whole = costs_.of(pipeline_, block);
        if (whole.fits(allowed)) return whole;
        std::vector<Group> groups = divided_inside(block, allowed);
        Cost left;
        for (const Group& group : groups) left += group.cost;
        return left.fits(allowed) ? left : move_runs(block, groups);
    }

    Plan plan;

   private:
    /// The steps of one statement.
    struct Group {
        size_t first, count;
        Cost cost;
        bool pinned;
    };

    /// The block's statements; what is too large by itself is divided.
    std::vector<Group> divided_inside(const ir::Block& block, const Budget& allowed) {
        std::vector<Group> groups;
        for (size_t first = 0; first < block.steps.size(); first += groups.back().count) {
            size_t count = group(block, first);
            Group& g = groups.emplace_back(Group{first, count, cost_of(block, first, count), is_pinned(block, first, count)});
            if (!g.cost.fits(g.pinned ? allowed : budget_)) g.cost = divide_inside(block, first, count);
        }
        return groups;
    }

    Cost move_runs(const ir::Block& block, const std::vector<Group>& groups) {
        Cost left, run_cost;
        size_t first = 0, count = 0;   // of the run
        auto close = [&] {
            bool worth = run_cost.bytes >= least_.bytes || run_cost.events >= least_.events;
            if (count && worth) {
                plan.parts[static_cast<size_t>(block.steps[first])] = static_cast<uint32_t>(count);
                plan.largest = std::max(plan.largest, run_cost.bytes);
                left += part_call;
            } else {
                left += run_cost;
            }
            run_cost = {};
            count = 0;
        };
        for (const Group& group : groups) {
            Cost together = run_cost;
            together += group.cost;
            if (group.pinned || !together.fits(budget_)) close();
            if (group.pinned) {
                left += group.cost;
                continue;
            }
            if (!count) first = group.first;
            count = group.first + group.count - first;
            run_cost += group.cost;
        }
        close();
        return left;
    }

    /// How many steps from `first` on belong to one statement.
    size_t group(const ir::Block& block, size_t first) const {
        uint32_t statement = pipeline_[block.steps[first]].statement;
        size_t end = first + 1;
        while (end < block.steps.size() && pipeline_[block.steps[end]].statement == statement) end++;
        return end - first;
    }

    Cost cost_of(const ir::Block& block, size_t first, size_t count) {
        Cost sum;
        for (size_t i = first; i < first + count; i++) sum += costs_.of(pipeline_, block.steps[i]);
        return sum;
    }

    /// A statement that is too large: its blocks are divided so that together they fit, turns included.
    Cost divide_inside(const ir::Block& block, size_t first, size_t count) {
        Cost sum;
        for (size_t i = first; i < first + count; i++) {
            const ir::Step& step = pipeline_[block.steps[i]];
            const auto* map = std::get_if<ir::Map>(&step.is);
            if (map && map->distributed) {   // the turns are executions of their own already
                sum += costs_.of(pipeline_, block.steps[i]);
                continue;
            }
            uint64_t blocks = 0, turns = std::max<uint64_t>(1, costs_.turns(step));
            each_block(step, [&](const ir::Block&) { blocks++; });
            Cost before, after, own = costs_.of(pipeline_, block.steps[i]);
            each_block(step, [&](const ir::Block& inner) {
                bool same_statement = inner.steps.empty() || pipeline_[inner.steps[0]].statement == step.statement;
                if (same_statement) return;
                before += costs_.of(pipeline_, inner);
                after += divide(inner, {budget_.bytes / blocks, budget_.events / blocks / turns});
            });
            auto less = [](uint64_t number, uint64_t by) { return number - std::min(number, by); };
            uint64_t moved = less(before.failing, after.failing);
            own.bytes = less(own.bytes, less(before.bytes, after.bytes) + moved * Costs::catching(step));
            own.events = less(own.events, less(before.events, after.events) * turns);
            own.failing = less(own.failing, moved);
            sum += own;
        }
        return sum;
    }

    /// Only the pipeline's own machine can end the pipeline.
    bool is_pinned(const ir::Block& block, size_t first, size_t count) const {
        auto begin = block.steps.begin() + static_cast<std::ptrdiff_t>(first);
        return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count), [&](StepId id) { return returns(id); });
    }

    bool returns(StepId id) const {
        const ir::Step& step = pipeline_[id];
        if (std::holds_alternative<ir::Return>(step.is)) return true;
        bool any = false;
        each_block(step, [&](const ir::Block& inner) {
            any = any || std::any_of(inner.steps.begin(), inner.steps.end(), [&](StepId s) { return returns(s); });
        });
        return any;
    }

    const ir::Pipeline& pipeline_;
    Costs& costs_;
    const Budget& budget_;
    const Cost least_;   ///< less is not worth a machine of its own
};

}  // namespace

Plan plan_parts(const ir::Pipeline& pipeline, Costs& costs, const Budget& budget) {
    Planner planner(pipeline, costs, budget);
    Cost left = planner.divide(pipeline.block, budget);
    planner.plan.largest = std::max(planner.plan.largest, left.bytes);
    return std::move(planner.plan);
}

}  // namespace zflow::split
