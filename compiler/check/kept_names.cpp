// Things that stay when a run is over: the next run cannot make one of the same name.
#include "check/check.hpp"
#include "ir/visit.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

class KeptNames {
   public:
    KeptNames(const Context& context, const ir::Pipeline& pipeline) : c_(context), pipeline_(pipeline) {}

    /// What every run comes to. In an arm or a `try` somebody may have asked whether the thing is there.
    void block(const ir::Block& block) {
        for (ir::StepId id : block.steps) {
            const ir::Step& step = pipeline_[id];
            if (std::holds_alternative<ir::Choice>(step.is) || std::holds_alternative<ir::Try>(step.is)) continue;
            if (const auto* task = std::get_if<ir::Task>(&step.is)) call(step, *task);
            ir::each_block(step, [&](const ir::Block& inner) { this->block(inner); });
        }
    }

   private:
    void call(const ir::Step& step, const ir::Task& task) {
        if (!task.integration || task.integration->kept_member().empty()) return;
        std::string_view member = task.integration->kept_member();
        std::vector<ValueId> found;
        members(c_, task.arguments, member, found);
        for (ValueId value : found) {
            if (c_.values[value].time == ir::Time::Run || c_.types.kind(c_.values[value].type) == types::TypeKind::Error) continue;
            if (is_freed(task.integration->freed_by())) return;
            auto model = task.integration->input().find(member);
            double longest = model ? schema::Shape(model->shape).max().value_or(63) : 63;
            c_.diagnostics.report(diag::NameKept, c_.at_user(c_.values[value].where, step.where), member)
                .help("the second run fails: write `fresh_name({})`, or call `{}` when the run is over", longest, task.integration->freed_by());
        }
    }

    /// Whether a pipeline of the stack takes such things away again.
    bool is_freed(std::string_view operation) const {
        for (const ir::Pipeline& pipeline : c_.stack.pipelines)
            for (const ir::Step& step : pipeline.steps) {
                const auto* task = std::get_if<ir::Task>(&step.is);
                if (task && (task->integration ? task->integration->operation() == operation : names(task->resource, operation))) return true;
            }
        return false;
    }

    bool names(ValueId resource, std::string_view operation) const {
        const ir::Value& v = c_.values[resource];
        if (v.op == Op::Concat) return names(c_.values.links(resource).back(), operation);
        return v.op == Op::String && v.text().ends_with(operation);
    }

    const Context& c_;
    const ir::Pipeline& pipeline_;
};

}  // namespace

void kept_names(const Context& context, const ir::Pipeline& pipeline) { KeptNames(context, pipeline).block(pipeline.block); }

}  // namespace zflow::check
