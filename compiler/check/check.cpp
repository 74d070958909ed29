#include "check/check.hpp"

namespace zflow::check {

void run(const Context& context) {
    image_regions(context);
    resources(context);
    for (const ir::Pipeline& pipeline : context.stack.pipelines) {
        data_order(context, pipeline);
        waits(context, pipeline);
        kept_names(context, pipeline);
        answers(context, pipeline);
        for (const ir::Step& step : pipeline.steps)
            if (auto* t = std::get_if<ir::Task>(&step.is)) task(context, pipeline, step, *t);
    }
    payloads(context);
}

}  // namespace zflow::check
