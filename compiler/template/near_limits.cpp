#include "template/near_limits.hpp"

#include <algorithm>

#include "iam/rights.hpp"
#include "schema/limits.hpp"
#include "split/cost.hpp"

namespace zflow::cfn {

namespace {

// Far below the limits: the policies of a role hold 300 steps of 400 bytes, or 600 places of 200. More steps than that are
// no danger by themselves: pipelines are divided, and each part has a role of its own. One statement is not.
constexpr size_t few_steps = 300, few_accesses = 600, few_items = 16;
constexpr size_t little_text = 64 * 1024;
constexpr size_t margin = 2;   // between an estimated size, which is more than what is mostly written, and a limit

size_t granted(const std::vector<ir::Access>& access, const std::vector<ir::Grant>& grants) {
    size_t count = access.size();
    for (const ir::Grant& grant : grants) count += grant.actions.size() + grant.resources.size();
    return count;
}

bool loops_often(const ir::Values& values, const ir::Step& step) {
    const auto* map = std::get_if<ir::Map>(&step.is);
    return map && values[map->items].op == ir::Op::List && values[map->items].b > few_items;
}

/// Steps of the largest statement, or of all where a pipeline cannot be divided.
size_t undivided_steps(const ir::Pipeline& pipeline) {
    if (pipeline.express.known()) return pipeline.steps.size();
    size_t most = 0, run = 0;
    for (size_t i = 0; i < pipeline.steps.size(); i++) {
        bool same = i > 0 && pipeline.steps[i].statement == pipeline.steps[i - 1].statement;
        run = same ? run + 1 : 1;
        most = std::max(most, run);
    }
    return most;
}

/// What events are turned into has limits of its own.
bool takes_events(const ir::Pipeline& pipeline) { return !pipeline.events.empty() || !pipeline.readers.empty(); }

bool is_large(const ir::Values& values, const ir::Pipeline& pipeline) {
    return undivided_steps(pipeline) > few_steps || granted(pipeline.access, pipeline.grants) > few_accesses || takes_events(pipeline) ||
           std::any_of(pipeline.steps.begin(), pipeline.steps.end(), [&](auto& step) { return loops_often(values, step); });
}

/// What stands at every call is much when there are many: who catches its errors, when it is tried again.
bool is_long(const ir::Pipeline& pipeline, split::Costs& costs) {
    costs.begin(pipeline);
    return costs.of(pipeline, pipeline.block).bytes > limits::definition_bytes / margin;
}

/// Whether there could be too many resources, parameters or outputs. A pipeline has a machine, a role, policies, logs, an
/// alarm, schedules, a rule for what is left over, …; what its parts have goes to nested templates, with the parts.
bool many_declared(const ir::Stack& stack) {
    size_t declared = stack.resources.size() + 2 * stack.roles.size() + stack.parameters.size() + stack.outputs.size();
    for (const ir::Pipeline& pipeline : stack.pipelines) declared += pipeline.is_part() ? 1 : 10 + pipeline.schedules.size();
    return declared > std::min({limits::parameters, limits::outputs, limits::resources}) / 2;
}

/// What stands in the template beside definitions and policies, which have limits of their own.
uint64_t text_beside(const ir::Stack& stack, const ir::Sizes& sizes) {
    uint64_t sum = 0, tags = 0, tagged = 0;
    for (const ir::Parameter& parameter : stack.parameters) sum += sizes[parameter.fallback] + parameter.description.size();
    for (const ir::Output& output : stack.outputs) sum += sizes[output.value];
    for (const ir::Resource& resource : stack.resources) sum += sizes[resource.properties];
    for (const ir::Pipeline& pipeline : stack.pipelines)
        for (const ir::Schedule& schedule : pipeline.schedules) sum += sizes[schedule.input];
    for (const ir::Tag& tag : stack.tags) tags += tag.key.size() + sizes[tag.value];
    tagged = stack.resources.size() + stack.roles.size() + 10 * stack.pipelines.size();
    return sum + tags * tagged;
}

}  // namespace

bool near_limits(const ir::Stack& stack, const ir::Values& values, const ir::Sizes& sizes) {
    auto large_role = [](const ir::Role& role) { return granted(role.access, role.grants) > few_accesses; };
    split::Costs costs(values, sizes);
    auto large = [&](const ir::Pipeline& pipeline) { return is_large(values, pipeline) || is_long(pipeline, costs); };
    return many_declared(stack) || std::any_of(stack.roles.begin(), stack.roles.end(), large_role) ||
           std::any_of(stack.pipelines.begin(), stack.pipelines.end(), large) || sizes.text() > little_text;
}

bool within_limits(const lower::Context& context, const ir::Sizes& sizes, uint64_t largest_machine) {
    const ir::Stack& stack = context.stack;
    if (many_declared(stack) || std::any_of(stack.pipelines.begin(), stack.pipelines.end(), takes_events)) return false;
    if (largest_machine > limits::definition_bytes / margin || text_beside(stack, sizes) > limits::template_bytes / margin) return false;
    std::vector<iam::RolePolicies> roles = iam::all_policies(iam::DeployText(context));
    auto fits = [](const iam::RolePolicies& role) { return role.documents.size() <= limits::managed_policies_per_role; };
    return std::all_of(roles.begin(), roles.end(), fits);
}

}  // namespace zflow::cfn
