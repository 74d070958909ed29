/// Events and messages that start a pipeline: rules and pipes, a role of each sort per pipeline.
#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

constexpr size_t max_input_template = 8192;   // [EventBridge API, InputTransformer; Pipes API, PipeTargetParameters]
constexpr size_t max_input_paths = 100;       // [EventBridge API, InputTransformer]

}  // namespace

/// EventBridge itself puts the dead letters of a rule away [EventBridge user guide, eb-rule-dlq].
void Builder::allow_dead_letters(Node* statements) {
    Node* rules = document_.list();
    for (const ir::Pipeline& pipeline : stack_.pipelines)
        for (size_t i = 0; i < pipeline.events.size(); i++)
            Document::add(rules, values_.attribute(keep(trigger_id(pipeline, "Event", i)), "Arn"));
    if (!rules->count) return;
    Node* statement = Document::add(statements, document_.map());
    put(statement, "Effect", "Allow");
    put(put_map(statement, "Principal"), "Service", "events.amazonaws.com");
    put(statement, "Action", "sqs:SendMessage");
    put(statement, "Resource", values_.attribute(texts_.ids().dead_letters, "Arn"));
    put_condition(statement, "ArnEquals", "aws:SourceArn", rules);
}

/// The role can be for a rule of any name: a rule names its role, and nothing can be made that needs itself.
void Builder::add_event_rules(const ir::Pipeline& pipeline) {
    std::string_view role = keep(iam::DeployText::event_role_id(pipeline)), name = context_.names.text(pipeline.name);
    add_role(role, "events.amazonaws.com", values_.text("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"), name);
    for (size_t i = 0; i < pipeline.events.size(); i++) {
        const ir::EventRule& rule = pipeline.events[i];
        Node* properties = resource(trigger_id(pipeline, "Event", i), "AWS::Events::Rule");
        wait_for_policies(role);
        put(properties, "Description", "Starts pipeline " + std::string(name));
        put(properties, "EventBusName", values_.node(rule.bus));
        put(properties, "EventPattern", values_.node(rule.pattern));
        put(properties, "State", rule.state == ir::ValueId::none ? document_.text("ENABLED") : values_.node(rule.state));
        Node* target = Document::add(put_list(properties, "Targets"), document_.map());
        put(target, "Id", "Pipeline");
        put(target, "Arn", values_.ref(pipeline.logical_id));
        put(target, "RoleArn", values_.attribute(role, "Arn"));
        add_event_input(target, rule);
        add_delivery(target, rule.delivery);
        add_tags(properties, name);
    }
}

void Builder::add_event_input(Node* target, const ir::EventRule& rule) {
    Node* paths = document_.map();
    Node* text = values_.json_text(rule.input, paths);
    if (!paths->count) return void(put(target, "Input", text));
    Node* transformer = put_map(target, "InputTransformer");
    put(transformer, "InputPathsMap", paths);
    put(transformer, "InputTemplate", text);
    check_input_size(text->text, rule.where);
    if (paths->count <= max_input_paths) return;
    std::string parts = std::to_string(paths->count) + " parts of the event, EventBridge takes " + std::to_string(max_input_paths);
    diagnostics_.report(diag::BadTrigger, rule.where, "the input has " + parts)
        .help("give the whole event, `input: { name: event }`");
}

void Builder::check_input_size(std::string_view text, Span where) {
    if (text.size() <= max_input_template) return;
    diagnostics_.report(diag::BadTrigger, where, "the input is longer than the 8192 characters that EventBridge takes")
        .help("give parts of it a default in the pipeline");
}

/// A pipe reads the queue and starts the pipeline; what cannot start stays in the queue, which has dead letters of its own.
void Builder::add_readers(const ir::Pipeline& pipeline) {
    std::string_view role = keep(iam::DeployText::reader_role_id(pipeline)), name = context_.names.text(pipeline.name);
    add_role(role, "pipes.amazonaws.com", values_.text("arn:${AWS::Partition}:pipes:${AWS::Region}:${AWS::AccountId}:pipe/*"), name);
    for (size_t i = 0; i < pipeline.readers.size(); i++) {
        const ir::QueueReader& reader = pipeline.readers[i];
        Node* properties = resource(trigger_id(pipeline, "Reader", i), "AWS::Pipes::Pipe");
        wait_for_policies(role);
        put(properties, "Description", "Starts pipeline " + std::string(name));
        put(properties, "RoleArn", values_.attribute(role, "Arn"));
        if (makes_key()) put(properties, "KmsKeyIdentifier", values_.text(texts_.key_arn()));
        if (reader.state != ir::ValueId::none) put(properties, "DesiredState", values_.node(reader.state));
        put(properties, "Source", values_.node(reader.queue));
        Node* queue = put_map(put_map(properties, "SourceParameters"), "SqsQueueParameters");
        put_number(queue, "BatchSize", reader.batch);
        if (reader.wait) put_number(queue, "MaximumBatchingWindowInSeconds", reader.wait);
        put(properties, "Target", values_.ref(pipeline.logical_id));
        Node* target = put_map(properties, "TargetParameters");
        put(put_map(target, "StepFunctionStateMachineParameters"), "InvocationType", "FIRE_AND_FORGET");
        Node* input = values_.json_text(reader.input);
        put(target, "InputTemplate", input);
        check_input_size(input->text, reader.where);
        Node* tags = put_map(properties, "Tags");   // here tags are a map [SPEC]
        for (const ir::Tag& tag : stack_.tags) put(tags, tag.key, values_.node(tag.value));
        if (!tags->find("zflow:pipeline")) put(tags, "zflow:pipeline", name);
    }
}

}  // namespace zflow::cfn
