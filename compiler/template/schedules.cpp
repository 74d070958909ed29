/// Schedules: one group and one dead-letter queue per stack, a role per pipeline.
#include <algorithm>

#include "template/builder.hpp"

namespace zflow::cfn {

bool Builder::has_schedules() const {
    return std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(),
                       [](const auto& p) { return !p.schedules.empty(); });
}

/// The group is what a schedule's role can name in its trust policy: a single schedule cannot be named there
/// [SCH:cross-service-confused-deputy-prevention].
void Builder::add_schedule_base() {
    if (!has_schedules()) return;
    add_tags(resource(texts_.ids().schedule_group, "AWS::Scheduler::ScheduleGroup"), "");
    add_dead_letters();
}

/// Starts that failed for good wait here for two weeks. Only encrypted connections may reach the queue.
void Builder::add_dead_letters() {
    const std::string& id = texts_.ids().dead_letters;
    Node* properties = resource(id, "AWS::SQS::Queue");
    put_number(properties, "MessageRetentionPeriod", 1'209'600);
    if (makes_key()) put(properties, "KmsMasterKeyId", values_.text(texts_.key_arn()));
    else put(properties, "SqsManagedSseEnabled", document_.boolean(true));
    add_tags(properties, "");

    Node* policy = resource(id + "Policy", "AWS::SQS::QueuePolicy");
    Document::add(put_list(policy, "Queues"), values_.ref(id));
    Node* document = put_map(policy, "PolicyDocument");
    put(document, "Version", "2012-10-17");
    Node* statement = Document::add(put_list(document, "Statement"), document_.map());
    put(statement, "Effect", "Deny");
    put(statement, "Principal", "*");
    put(statement, "Action", "sqs:*");
    put(statement, "Resource", values_.attribute(id, "Arn"));
    put_condition(statement, "Bool", "aws:SecureTransport", document_.text("false"));

    Node* action = values_.node(stack_.alarms);
    if (!action) return;
    Node* alarm = resource(id + "Alarm", "AWS::CloudWatch::Alarm");
    put(alarm, "AlarmDescription", "A schedule could not start its pipeline");
    Document::add(put_list(alarm, "AlarmActions"), action);
    put(alarm, "Namespace", "AWS/SQS");
    put(alarm, "MetricName", "ApproximateNumberOfMessagesVisible");
    Node* dimension = Document::add(put_list(alarm, "Dimensions"), document_.map());
    put(dimension, "Name", "QueueName");
    put(dimension, "Value", values_.attribute(id, "QueueName"));
    put(alarm, "Statistic", "Maximum");
    put_number(alarm, "Period", 300);
    put_number(alarm, "EvaluationPeriods", 1);
    put_number(alarm, "Threshold", 0);
    put(alarm, "ComparisonOperator", "GreaterThanThreshold");
    put(alarm, "TreatMissingData", "notBreaching");
    add_tags(alarm, "");
}

void Builder::add_schedules(const ir::Pipeline& pipeline) {
    if (pipeline.schedules.empty()) return;
    std::string_view role = keep(iam::DeployText::schedule_role_id(pipeline));
    const std::string& group = texts_.ids().schedule_group;
    add_role(role, "scheduler.amazonaws.com", values_.attribute(group, "Arn"), context_.names.text(pipeline.name));
    const iam::RolePolicies* policies = policies_of(role);
    size_t number = 0;
    for (const ir::Schedule& schedule : pipeline.schedules) {
        std::string id = pipeline.logical_id + "Schedule" + (++number > 1 ? std::to_string(number) : "");
        Node* properties = resource(id, "AWS::Scheduler::Schedule");
        Node* machine = last_resource_;
        put(properties, "Description", "Starts pipeline " + std::string(context_.names.text(pipeline.name)));
        put(properties, "GroupName", values_.ref(group));
        put(properties, "ScheduleExpression", schedule.expression);
        if (!schedule.zone.empty()) put(properties, "ScheduleExpressionTimezone", schedule.zone);
        put(put_map(properties, "FlexibleTimeWindow"), "Mode", "OFF");
        if (makes_key()) put(properties, "KmsKeyArn", values_.text(texts_.key_arn()));
        Node* target = put_map(properties, "Target");
        put(target, "Arn", values_.ref(pipeline.logical_id));
        put(target, "RoleArn", values_.attribute(role, "Arn"));
        if (schedule.input != ir::ValueId::none) put(target, "Input", values_.json_text(schedule.input));
        Node* retry = put_map(target, "RetryPolicy");
        put_number(retry, "MaximumRetryAttempts", 5);
        put_number(retry, "MaximumEventAgeInSeconds", 3600);
        put(put_map(target, "DeadLetterConfig"), "Arn", values_.attribute(texts_.ids().dead_letters, "Arn"));
        Node* depends = document_.list();
        for (size_t i = 0; policies && i < policies->documents.size(); i++)
            Document::add(depends, document_.text(policy_id(role, i)));
        if (depends->count) put(machine, "DependsOn", depends);
    }
}

}  // namespace zflow::cfn
