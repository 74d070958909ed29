#include "iam/rights.hpp"

#include "iam/access_rights.hpp"
#include "iam/integration_rights.hpp"
#include "iam/own_key.hpp"
#include "iam/task_rights.hpp"

namespace zflow::iam {

namespace {

Policy machine_policy(const DeployText& texts, uint32_t index, IntegrationTable& table) {
    const ir::Stack& stack = texts.context().stack;
    const ir::Pipeline& pipeline = stack.pipelines[index];
    Policy policy;
    TaskRights rights(texts, table, policy);
    for (size_t i = 0; i < pipeline.steps.size(); i++) {
        // of a part: the step in the pipeline as it was, where more is known of what a value can be
        bool made = !pipeline.whole || pipeline.origin[i] == ir::StepId::none;
        const ir::Pipeline& source = made ? pipeline : *pipeline.whole;
        const ir::Step& step = made ? pipeline.steps[i] : source[pipeline.origin[i]];
        if (const auto* map = std::get_if<ir::Map>(&step.is); map && map->distributed)
            add_own(texts, index, "map.execute", policy, map->distributed->label);
        const auto* task = std::get_if<ir::Task>(&step.is);
        if (task && task->integration) rights.add(source, *task);   // without a description rights come from grants
    }
    add_access(texts, pipeline.whole ? pipeline.whole.get() : &pipeline, pipeline.access, policy);
    add_grants(texts, pipeline.grants, policy);
    if (stack.encryption) add_own(texts, index, "kms.state_machine", policy);
    if (stack.encryption && stack.logging) add_own(texts, index, "kms.state_machine_logs", policy);
    if (stack.logging) add_own(texts, index, "logs.deliver", policy);
    if (stack.tracing) add_own(texts, index, "xray.write", policy);
    return policy;
}

}  // namespace

Policy machine_policy(const DeployText& texts, uint32_t index) {
    IntegrationTable table(texts.context().names);
    return machine_policy(texts, index, table);
}

Policy role_policy(const DeployText& texts, uint32_t index) {
    const ir::Role& role = texts.context().stack.roles[index];
    Policy policy;
    add_access(texts, nullptr, role.access, policy);
    // what a clean-up function has to clean up stands in the execution's history
    const auto& pipelines = texts.context().stack.pipelines;
    for (uint32_t p = 0; p < pipelines.size(); p++)
        for (const ir::Cleanup& cleanup : pipelines[p].cleanup)
            if (cleanup.role == index) add_own(texts, p, "states.history", policy);
    add_grants(texts, role.grants, policy);
    return policy;
}

/// [SCH:managing-targets-templated]; with a customer key the role also decrypts what the schedule sends
/// [SCH:encryption-rest], and encrypts what goes to the dead-letter queue.
Policy schedule_policy(const DeployText& texts, uint32_t index) {
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    policy.add({{"sqs:SendMessage"}, {"${" + texts.ids().dead_letters + ".Arn}"}, {}});
    if (texts.context().stack.encryption) policy.add({{"kms:Decrypt", "kms:GenerateDataKey"}, {texts.key_arn()}, {}});
    return policy;
}

/// Dead letters of a rule are put away by EventBridge itself: the queue allows it [EventBridge user guide, eb-rule-dlq].
Policy event_policy(const DeployText& texts, uint32_t index) {
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    return policy;
}

/// [EventBridge user guide, eb-pipes-permissions, eb-encryption-pipes-cmkey]
Policy reader_policy(const DeployText& texts, uint32_t index) {
    const ir::Stack& stack = texts.context().stack;
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    OwnKeys own_keys(texts);
    for (const ir::QueueReader& reader : stack.pipelines[index].readers) {
        std::string queue = texts.text(reader.queue);
        const std::vector<std::string> actions{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"};
        own_keys.add(ContentUse::of(actions), queue, policy);
        policy.add({actions, {queue}, {}});
    }
    if (stack.encryption) policy.add({{"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"}, {texts.key_arn()}, {}});
    return policy;
}

std::vector<RolePolicies> given_policies(const DeployText& texts) {
    std::vector<RolePolicies> out;
    for (const ir::Role& role : texts.context().stack.given_roles) {
        Policy policy;
        add_access(texts, nullptr, role.access, policy);
        if (!policy.empty()) out.push_back({texts.text(role.given), policy.documents(), role.where});
    }
    return out;
}

std::vector<RolePolicies> all_policies(const DeployText& texts) {
    const ir::Stack& stack = texts.context().stack;
    std::vector<RolePolicies> out;
    IntegrationTable table(texts.context().names);
    for (uint32_t i = 0; i < stack.roles.size(); i++)
        out.push_back({stack.roles[i].logical_id, role_policy(texts, i).documents(), stack.roles[i].where});
    for (uint32_t i = 0; i < stack.pipelines.size(); i++) {
        const ir::Pipeline& p = stack.pipelines[i];
        out.push_back({DeployText::machine_role_id(p), machine_policy(texts, i, table).documents(), p.where});
        if (!p.schedules.empty())
            out.push_back({DeployText::schedule_role_id(p), schedule_policy(texts, i).documents(), p.where});
        if (!p.events.empty())
            out.push_back({DeployText::event_role_id(p), event_policy(texts, i).documents(), p.where});
        if (!p.readers.empty())
            out.push_back({DeployText::reader_role_id(p), reader_policy(texts, i).documents(), p.where});
    }
    return out;
}

}  // namespace zflow::iam
