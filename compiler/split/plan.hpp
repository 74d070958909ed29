/// @file plan.hpp
/// @brief Which runs of statements become parts.
#pragma once

#include <vector>

#include "split/cost.hpp"

namespace zflow::split {

struct Plan {
    /// By step: how many steps of its block, from it on, become a part; 0 where no part begins.
    std::vector<uint32_t> parts;
    uint64_t largest = 0;   ///< bytes of the largest machine's definition
};

/// Fills whole machines, from the first statement on; what is too large by itself is divided inside. Stages are whole.
Plan plan_parts(const ir::Pipeline& pipeline, Costs& costs, const Budget& budget);

}  // namespace zflow::split
