/// @file cost.hpp
/// @brief How much of a machine's limits the steps of a pipeline take, estimated before anything is written.
#pragma once

#include <vector>

#include "ir/program.hpp"
#include "ir/sizes.hpp"
#include "split/split.hpp"

namespace zflow::split {

struct Cost {
    uint64_t bytes = 0;    ///< of the definition
    uint64_t events = 0;   ///< of the history, at most
    uint64_t failing = 0;  ///< states that hand their errors to what stands around them

    Cost& operator+=(const Cost& other) {
        bytes += other.bytes;
        events += other.events;
        failing += other.failing;
        return *this;
    }
    bool fits(const Budget& budget) const { return bytes <= budget.bytes && events <= budget.events; }
};

/// What a call of a part costs the machine that makes it: the call, and the state that hands on its error.
constexpr Cost part_call{1'500, 9, 1};

class Costs {
   public:
    Costs(const ir::Values& values, const ir::Sizes& sizes) : values_(values), sizes_(sizes) {}
    /// To be called before another pipeline is asked for: what steps cost is kept.
    void begin(const ir::Pipeline& pipeline) { steps_.assign(pipeline.steps.size(), {}); }

    Cost of(const ir::Pipeline& pipeline, const ir::Block& block);
    Cost of(const ir::Pipeline& pipeline, ir::StepId step);
    /// Events that are certain when nothing fails.
    uint64_t least(const ir::Pipeline& pipeline, ir::StepId step) const;
    /// Bytes of what each state inside of the step says that fails: who catches it.
    static uint64_t catching(const ir::Step& step);
    /// How often the blocks of a step are run, as far as that is bounded.
    uint64_t turns(const ir::Step& step) const;

   private:
    Cost worked_out(const ir::Pipeline& pipeline, const ir::Step& step);
    uint64_t least(const ir::Pipeline& pipeline, const ir::Block& block) const;

    const ir::Values& values_;
    const ir::Sizes& sizes_;
    std::vector<Cost> steps_;   ///< by step of the pipeline; no events: not known yet
};

}  // namespace zflow::split
