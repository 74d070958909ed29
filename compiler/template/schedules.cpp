/// Schedules: one group per stack, a role per pipeline; and what they share with the other triggers, the queue of dead letters.
#include <algorithm>

#include "template/builder.hpp"

namespace zflow::cfn {

bool Builder::has_schedules() const {
    return std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(),
                       [](const auto& p) { return !p.schedules.empty(); });
}

bool Builder::has_events() const {
    return std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(), [](const auto& p) { return !p.events.empty(); });
}

/// The group is what a schedule's role can name in its trust policy: a single schedule cannot be named there
/// [SCH:cross-service-confused-deputy-prevention].
void Builder::add_trigger_base() {
    if (has_schedules()) add_tags(resource(texts_.ids().schedule_group, "AWS::Scheduler::ScheduleGroup"), "");
    if (has_schedules() || has_events()) add_dead_letters();
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
    Node* statements = put_list(document, "Statement");
    Node* statement = Document::add(statements, document_.map());
    put(statement, "Effect", "Deny");
    put(statement, "Principal", "*");
    put(statement, "Action", "sqs:*");
    put(statement, "Resource", values_.attribute(id, "Arn"));
    put_condition(statement, "Bool", "aws:SecureTransport", document_.text("false"));
    allow_dead_letters(statements);

    Node* action = values_.node(stack_.alarms);
    if (!action) return;
    Node* alarm = resource(id + "Alarm", "AWS::CloudWatch::Alarm");
    put(alarm, "AlarmDescription", "A trigger could not start its pipeline");
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

void Builder::add_triggers(const ir::Pipeline& pipeline) {
    if (!pipeline.schedules.empty()) add_schedules(pipeline);
    if (!pipeline.events.empty()) add_event_rules(pipeline);
    if (!pipeline.readers.empty()) add_readers(pipeline);
}

void Builder::wait_for_policies(std::string_view role) {
    const iam::RolePolicies* policies = policies_of(role);
    if (!policies || policies->documents.empty()) return;
    Node* depends = put_list(last_resource_, "DependsOn");
    for (size_t i = 0; i < policies->documents.size(); i++) Document::add(depends, document_.text(policy_id(role, i)));
}

void Builder::add_delivery(Node* target, const ir::Delivery& delivery) {
    Node* retry = put_map(target, "RetryPolicy");
    put_number(retry, "MaximumRetryAttempts", delivery.retries);
    put_number(retry, "MaximumEventAgeInSeconds", delivery.max_age);
    put(put_map(target, "DeadLetterConfig"), "Arn", values_.attribute(texts_.ids().dead_letters, "Arn"));
}

void Builder::add_schedules(const ir::Pipeline& pipeline) {
    std::string_view role = keep(iam::DeployText::schedule_role_id(pipeline));
    add_role(role, "scheduler.amazonaws.com", values_.attribute(texts_.ids().schedule_group, "Arn"), context_.names.text(pipeline.name));
    for (size_t i = 0; i < pipeline.schedules.size(); i++) {
        add_schedule(pipeline, pipeline.schedules[i], trigger_id(pipeline, "Schedule", i));
        wait_for_policies(role);
    }
}

void Builder::add_schedule(const ir::Pipeline& pipeline, const ir::Schedule& schedule, std::string_view id) {
    Node* properties = resource(id, "AWS::Scheduler::Schedule");
    put(properties, "Description", "Starts pipeline " + std::string(context_.names.text(pipeline.name)));
    put(properties, "GroupName", values_.ref(texts_.ids().schedule_group));
    put(properties, "ScheduleExpression", schedule.expression);
    if (!schedule.zone.empty()) put(properties, "ScheduleExpressionTimezone", schedule.zone);
    if (!schedule.start.empty()) put(properties, "StartDate", schedule.start);
    if (!schedule.end.empty()) put(properties, "EndDate", schedule.end);
    if (schedule.state != ir::ValueId::none) put(properties, "State", values_.node(schedule.state));
    Node* window = put_map(properties, "FlexibleTimeWindow");
    put(window, "Mode", schedule.window ? "FLEXIBLE" : "OFF");
    if (schedule.window) put_number(window, "MaximumWindowInMinutes", schedule.window);
    if (makes_key()) put(properties, "KmsKeyArn", values_.text(texts_.key_arn()));
    Node* target = put_map(properties, "Target");
    put(target, "Arn", values_.ref(pipeline.logical_id));
    put(target, "RoleArn", values_.attribute(keep(iam::DeployText::schedule_role_id(pipeline)), "Arn"));
    // without one the scheduler sends a notice of its own, which is no input of the pipeline [Scheduler API, Target]
    put(target, "Input", values_.json_text(schedule.input));
    add_delivery(target, schedule.delivery);
}

}  // namespace zflow::cfn
