#include "check/check.hpp"

namespace zflow::check {

namespace {

/// Whether it is worth to add up what the calls send: without one text of this size it would take hundreds in one call.
bool has_long_text(const ir::Values& values) {
    constexpr size_t at_least = 1024;
    for (uint32_t i = 0; i < values.size(); i++) {
        const ir::Value& v = values[ir::ValueId{i}];
        if (v.op == ir::Op::String && v.text().size() >= at_least) return true;
    }
    return false;
}

}  // namespace

void run(const Context& program) {
    Context context = program;
    context.long_texts = has_long_text(program.values);
    image_regions(context);
    for (const ir::Pipeline& pipeline : context.stack.pipelines) {
        data_order(context, pipeline);
        for (const ir::Step& step : pipeline.steps)
            if (auto* t = std::get_if<ir::Task>(&step.is)) task(context, step, *t);
    }
}

}  // namespace zflow::check
