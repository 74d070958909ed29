#include "check/check.hpp"

namespace zflow::check {

namespace {

/// Whether it is worth to add up what the calls send: that takes one long text, or a long list and much text in all.
bool has_long_text(const ir::Values& values) {
    constexpr size_t long_text = 1024, long_list = 64, much = 256 * 1024;
    size_t text = 0;
    bool list = false;
    for (uint32_t i = 0; i < values.size(); i++) {
        const ir::Value& v = values[ir::ValueId{i}];
        if (v.op == ir::Op::List) list |= v.b >= long_list;
        if (v.op != ir::Op::String) continue;
        text += v.text().size();
        if (v.text().size() >= long_text) return true;
    }
    return list && text >= much;
}

}  // namespace

void run(const Context& program) {
    Context context = program;
    context.long_texts = has_long_text(program.values);
    image_regions(context);
    for (const ir::Pipeline& pipeline : context.stack.pipelines) {
        data_order(context, pipeline);
        for (const ir::Step& step : pipeline.steps) {
            if (auto* t = std::get_if<ir::Task>(&step.is)) task(context, step, *t);
            else if (auto* m = std::get_if<ir::Map>(&step.is)) loop_results(context, step, *m);
            else if (auto* r = std::get_if<ir::Return>(&step.is); r && context.long_texts) payload_size(context, step, r->value, "this result");
        }
    }
}

}  // namespace zflow::check
