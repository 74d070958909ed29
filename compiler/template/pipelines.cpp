/// What each pipeline brings: role, log group, state machine, alarm, and the functions that clean up after it.
#include <algorithm>

#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

constexpr int64_t default_retention_days = 365;

std::string log_group_id(const ir::Pipeline& pipeline) { return pipeline.logical_id + "Logs"; }

}  // namespace

size_t tasks_of(const ir::Pipeline& pipeline) {
    auto is_task = [](const ir::Step& step) { return std::holds_alternative<ir::Task>(step.is); };
    return static_cast<size_t>(std::count_if(pipeline.steps.begin(), pipeline.steps.end(), is_task));
}

/// The name people know a part's pipeline by.
std::string_view Builder::known_name(const ir::Pipeline& pipeline) const {
    return context_.names.text(pipeline.is_part() ? stack_.pipelines[pipeline.part_of].name : pipeline.name);
}

void Builder::add_pipelines() {
    for (uint32_t i = 0; i < stack_.pipelines.size(); i++) {
        const ir::Pipeline& pipeline = stack_.pipelines[i];
        size_t first = resources_->count;
        add_machine_role(pipeline, i);
        if (stack_.logging) add_log_group(pipeline, i);
        add_machine(pipeline, i);
        if (!pipeline.is_part()) add_alarm(pipeline);   // what fails in a part fails the pipeline
        add_cleanup(pipeline);
        add_triggers(pipeline);
        pipeline_ends_.emplace_back(first, resources_->count);
    }
}

void Builder::write_definition(size_t pipeline, lower::Layout layout, lower::Marks& marks) {
    constexpr size_t usual_task_bytes = 1400, usual_indented_bytes = 4000;   // with the states around it
    Buffer text;   // by itself as long as others write theirs
    // one that is large enough does not move, and what is not used of it is soon another's
    text.reserve(tasks_of(stack_.pipelines[pipeline]) * (layout == lower::Layout::Compact ? usual_task_bytes : usual_indented_bytes));
    slots_[pipeline].definition =
        lower::write_definition(context_, stack_.pipelines[pipeline], layout, definition_indent(), text, marks);
    text.shrink();
    definitions_[pipeline].swap(text);
}

/// A compact definition has substitutions of its own.
void Builder::show_definition(size_t pipeline) {
    DefinitionSlot& slot = slots_[pipeline];
    slot.node->text = definitions_[pipeline].view();
    if (!slot.substitutions) return;
    slot.substitutions->first = slot.substitutions->last = nullptr, slot.substitutions->count = 0;
    add_substitutions(slot.definition, slot.substitutions);
}

/// [SFN:procedure-create-iam-role]
void Builder::add_machine_role(const ir::Pipeline& pipeline, uint32_t index) {
    add_role(keep(iam::DeployText::machine_role_id(pipeline)), "states.amazonaws.com",
             values_.text(texts_.machine_arn(index)), known_name(pipeline));
}

/// The name keeps the group out of the account's limits on CloudWatch Logs resource policies [SFN:cw-logs].
void Builder::add_log_group(const ir::Pipeline& pipeline, uint32_t index) {
    Node* properties = resource(log_group_id(pipeline), "AWS::Logs::LogGroup");
    put(properties, "LogGroupName", values_.text("/aws/vendedlogs/states/" + texts_.machine_name(index)));
    Node* days = values_.node(stack_.log_retention);
    put(properties, "RetentionInDays", days ? days : document_.integer(default_retention_days));
    if (makes_key()) put(properties, "KmsKeyId", values_.text(texts_.key_arn()));
    add_tags(properties, known_name(pipeline));
}

void Builder::add_machine(const ir::Pipeline& pipeline, uint32_t index) {
    std::string role = iam::DeployText::machine_role_id(pipeline);
    Node* properties = resource(pipeline.logical_id, "AWS::StepFunctions::StateMachine");
    Node* machine = last_resource_;
    put(properties, "StateMachineName", values_.text(texts_.machine_name(index)));
    if (pipeline.express.known()) put(properties, "StateMachineType", "EXPRESS");
    put(properties, "RoleArn", values_.attribute(role, "Arn"));
    Node* logging = put_map(properties, "LoggingConfiguration");
    put(logging, "Level", stack_.logging ? "ALL" : "OFF");
    if (stack_.logging) {
        put(logging, "IncludeExecutionData", document_.boolean(false));
        Node* destination = Document::add(put_list(logging, "Destinations"), document_.map());
        put(put_map(destination, "CloudWatchLogsLogGroup"), "LogGroupArn",
            values_.attribute(log_group_id(pipeline), "Arn"));
    }
    put(put_map(properties, "TracingConfiguration"), "Enabled", document_.boolean(stack_.tracing));
    Node* encryption = put_map(properties, "EncryptionConfiguration");
    put(encryption, "Type", makes_key() ? "CUSTOMER_MANAGED_KMS_KEY" : "AWS_OWNED_KEY");
    if (makes_key()) put(encryption, "KmsKeyId", values_.text(texts_.key_arn()));
    add_tags(properties, known_name(pipeline));
    add_definition(index, properties);
    // the rights to write logs and to use the key are checked when the machine is made
    const iam::RolePolicies* policies = policies_of(role);
    if (!policies || policies->documents.empty()) return;
    Node* depends = put_list(machine, "DependsOn");
    for (size_t i = 0; i < policies->documents.size(); i++) Document::add(depends, document_.text(policy_id(role, i)));
}

void Builder::add_definition(uint32_t pipeline, Node* properties) {
    DefinitionSlot& slot = slots_[pipeline];
    summary_.states += slot.definition.states;
    // every definition has one: its resources are of a partition
    if (!slot.definition.substitutions.empty()) slot.substitutions = put_map(properties, "DefinitionSubstitutions");
    slot.node = Document::add(properties, "DefinitionString", document_.block({}));
    show_definition(pipeline);
}

void Builder::check_definitions() {
    for (size_t i = 0; i < slots_.size(); i++) {
        std::string_view text = slots_[i].node->text;
        if (text.size() <= limits::definition_bytes) continue;
        // what stands before each line is not part of it
        size_t bytes = text.size() - static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) * definition_indent();
        if (bytes <= limits::definition_bytes) continue;
        const ir::Pipeline& pipeline = stack_.pipelines[i];
        diagnostics_.report(diag::DefinitionTooLarge, pipeline.where, context_.names.text(pipeline.name), bytes,
                            bytes - limits::definition_bytes)
            .help("one stage is that large: keep long texts in S3");
    }
}

void Builder::add_substitutions(const lower::Definition& definition, Node* to) {
    for (const lower::Substitution& s : definition.substitutions) {
        Node* value = nullptr;
        if (!s.text.empty()) value = document_.text(s.text);
        else if (s.value == ir::ValueId::none) value = values_.ref(keep("AWS::" + s.key));   // a pseudo parameter
        else value = values_.node(s.value);
        if (!value) value = document_.text("");
        put(to, keep(s.key), s.encoded ? values_.call("Fn::Base64", value) : value);
    }
}

/// One alarm for every way to end without success.
void Builder::add_alarm(const ir::Pipeline& pipeline) {
    Node* action = values_.node(stack_.alarms);
    if (!action) return;
    Node* properties = resource(pipeline.logical_id + "Alarm", "AWS::CloudWatch::Alarm");
    std::string name(context_.names.text(pipeline.name));
    put(properties, "AlarmDescription", "Pipeline " + name + " failed, timed out or was stopped");
    Document::add(put_list(properties, "AlarmActions"), action);
    put(properties, "ComparisonOperator", "GreaterThanThreshold");
    put_number(properties, "Threshold", 0);
    put_number(properties, "EvaluationPeriods", 1);
    put(properties, "TreatMissingData", "notBreaching");
    Node* metrics = put_list(properties, "Metrics");
    Node* sum = Document::add(metrics, document_.map());
    put(sum, "Id", "ended");
    put(sum, "Expression", "FILL(failed, 0) + FILL(late, 0) + FILL(stopped, 0)");
    put(sum, "Label", "executions without success");
    put(sum, "ReturnData", document_.boolean(true));
    constexpr std::pair<std::string_view, std::string_view> counted[] = {
        {"failed", "ExecutionsFailed"}, {"late", "ExecutionsTimedOut"}, {"stopped", "ExecutionsAborted"}};
    for (auto [id, metric] : counted) {
        Node* one = Document::add(metrics, document_.map());
        put(one, "Id", id);
        put(one, "ReturnData", document_.boolean(false));
        Node* stat = put_map(one, "MetricStat");
        Node* what = put_map(stat, "Metric");
        put(what, "Namespace", "AWS/States");
        put(what, "MetricName", metric);
        Node* dimension = Document::add(put_list(what, "Dimensions"), document_.map());
        put(dimension, "Name", "StateMachineArn");
        put(dimension, "Value", values_.ref(pipeline.logical_id));
        put_number(stat, "Period", 300);
        put(stat, "Stat", "Sum");
    }
    add_tags(properties, name);
}

/// Functions that hear of each execution that ended without success, so that work which runs elsewhere is stopped too
/// [SFN:eventbridge-integration].
void Builder::add_cleanup(const ir::Pipeline& pipeline) {
    size_t number = 0;
    for (const ir::Cleanup& cleanup : pipeline.cleanup) {
        const std::string& function = stack_.resources[cleanup.function].logical_id;
        std::string id = pipeline.logical_id + "Cleanup" + (++number > 1 ? std::to_string(number) : "");
        Node* properties = resource(id, "AWS::Events::Rule");
        std::string name(known_name(pipeline));
        put(properties, "Description", "Tells " + function + " when an execution of " + name + " ends without success");
        Node* pattern = put_map(properties, "EventPattern");
        put(pattern, "source", document_.list({"aws.states"}));
        put(pattern, "detail-type", document_.list({"Step Functions Execution Status Change"}));
        Node* detail = put_map(pattern, "detail");
        put(detail, "status", document_.list({"FAILED", "TIMED_OUT", "ABORTED"}));
        Document::add(put_list(detail, "stateMachineArn"), values_.ref(pipeline.logical_id));
        Node* target = Document::add(put_list(properties, "Targets"), document_.map());
        put(target, "Id", "Cleanup");
        put(target, "Arn", values_.attribute(function, "Arn"));
        Node* retry = put_map(target, "RetryPolicy");
        put_number(retry, "MaximumRetryAttempts", 8);
        put_number(retry, "MaximumEventAgeInSeconds", 3600);
        add_tags(properties, name);
        Node* permission = resource(id + "Permission", "AWS::Lambda::Permission");
        put(permission, "Action", "lambda:InvokeFunction");
        put(permission, "FunctionName", values_.attribute(function, "Arn"));
        put(permission, "Principal", "events.amazonaws.com");
        put(permission, "SourceArn", values_.attribute(id, "Arn"));
    }
}

}  // namespace zflow::cfn
