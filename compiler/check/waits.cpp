// A pipeline that waits for longer than it may last never comes to its end.
#include "check/check.hpp"

namespace zflow::check {

/// Only what surely passes is counted: the waits of constant length that every execution comes to.
void waits(const Context& c, const ir::Pipeline& pipeline) {
    if (pipeline.timeout == ir::ValueId::none || c.values[pipeline.timeout].op != ir::Op::Integer) return;
    int64_t most = c.values[pipeline.timeout].integer, waited = 0;
    for (ir::StepId id : pipeline.block.steps) {
        const auto* wait = std::get_if<ir::Wait>(&pipeline[id].is);
        if (!wait || wait->seconds == ir::ValueId::none || c.values[wait->seconds].op != ir::Op::Integer) continue;
        waited += c.values[wait->seconds].integer;
        if (waited < most) continue;
        c.diagnostics.report(diag::OutOfRange, pipeline[id].where, fmt::format("this waits until the pipeline has lasted {}s, and its timeout is {}s", waited, most))
            .label(c.at_user(c.values[pipeline.timeout].where, {}), "the timeout");
        return;
    }
}

}  // namespace zflow::check
