/// @file plan.hpp
/// @brief Which runs of statements become parts.
#pragma once

#include <unordered_map>
#include <vector>

#include "split/cost.hpp"

namespace zflow::split {

/// Steps `first` … `first + count - 1` of a block.
struct Run {
    size_t first = 0, count = 0;
};

/// By block of the pipeline: its runs, in order.
using Plan = std::unordered_map<const ir::Block*, std::vector<Run>>;

/// Fills whole machines, from the first statement on; what is too large by itself is divided inside. Stages are whole.
Plan plan_parts(const ir::Pipeline& pipeline, Costs& costs, const Budget& budget);

}  // namespace zflow::split
