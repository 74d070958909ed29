/// Resources that the program asks for, and tags.
#include <algorithm>
#include <array>

#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

/// Types whose `Tags` are a list of keys and values and may change without harm, in byte order [SPEC]. A feature group
/// is not among them: new tags would replace it, and its online data would be lost.
constexpr std::array<std::string_view, 27> taggable_types = {
    "AWS::Athena::WorkGroup",        "AWS::CloudWatch::Alarm",         "AWS::DynamoDB::Table",
    "AWS::EC2::SecurityGroup",       "AWS::ECR::Repository",           "AWS::ECS::Cluster",
    "AWS::ECS::TaskDefinition",      "AWS::EMRServerless::Application", "AWS::Events::EventBus",
    "AWS::Events::Rule",             "AWS::IAM::Role",                 "AWS::KMS::Key",
    "AWS::Kinesis::Stream",          "AWS::Lambda::Function",          "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",               "AWS::SNS::Topic",                "AWS::SQS::Queue",
    "AWS::SageMaker::Endpoint",      "AWS::SageMaker::EndpointConfig", "AWS::SageMaker::Model",
    "AWS::SageMaker::ModelPackageGroup", "AWS::SageMaker::Project",    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",   "AWS::StepFunctions::Activity",   "AWS::StepFunctions::StateMachine"};

bool is_taggable(std::string_view type) {
    return std::binary_search(taggable_types.begin(), taggable_types.end(), type);
}

}  // namespace

/// Adds the stack's tags to those the properties already have; a tag that is there stays as it is.
void Builder::add_tags(Node* properties, std::string_view pipeline) {
    if (stack_.tags.empty() && pipeline.empty()) return;
    Node* tags = properties->find("Tags");
    auto add = [&](std::string_view key, Node* value) {
        if (!tags) tags = put_list(properties, "Tags");
        for (const Node* tag = tags->first; tag; tag = tag->next)
            if (const Node* known = tag->find("Key"); known && known->text == key) return;
        Node* tag = Document::add(tags, document_.map());
        put(tag, "Key", key);
        put(tag, "Value", value);
    };
    for (const ir::Tag& tag : stack_.tags)
        if (Node* value = values_.node(tag.value)) add(tag.key, value);
    if (!pipeline.empty()) add("zflow:pipeline", document_.text(pipeline));
}

/// Services that use a role's rights while the resource is being made: its policies have to be there.
bool Builder::needs_policies(const ir::Resource& resource) const {
    if (resource.type == "AWS::SageMaker::FeatureGroup" || resource.type == "AWS::SageMaker::Model") return true;
    return resource.type == "AWS::Lambda::Function" &&
           texts_.field(resource.properties, "VpcConfig") != ir::ValueId::none;
}

void Builder::add_user_resources() {
    for (const ir::Resource& user : stack_.resources) {
        Node* properties = resource(user.logical_id, user.type);
        for (const ir::Field& field : context_.values.fields(user.properties))
            put(properties, context_.names.text(field.key), values_.node(field.value));
        bool key = user.type == "AWS::KMS::Key" && texts_.field(user.properties, "KeyPolicy") == ir::ValueId::none;
        if (key) put(properties, "KeyPolicy", key_policy("${" + user.logical_id + ".Arn}"));
        if (is_taggable(user.type)) add_tags(properties, "");
        Node* depends = document_.list();
        for (std::string_view on : user.depends_on) Document::add(depends, document_.text(on));
        auto after_rights_of = [&](uint32_t role) {
            const std::string& id = stack_.roles[role].logical_id;
            const iam::RolePolicies* policies = policies_of(id);
            for (size_t i = 0; policies && i < policies->documents.size(); i++)
                Document::add(depends, document_.text(policy_id(id, i)));
        };
        if (needs_policies(user))
            for (std::string_view member : {"RoleArn", "ExecutionRoleArn", "Role"})
                if (const ir::Value& role = context_.values[texts_.field(user.properties, member)]; role.op == ir::Op::RoleArn)
                    after_rights_of(role.a);
        for (uint32_t role : user.after_roles) after_rights_of(role);
        if (depends->count) put(last_resource_, "DependsOn", depends);
        if (!user.retain) continue;
        put(last_resource_, "DeletionPolicy", "RetainExceptOnCreate");
        put(last_resource_, "UpdateReplacePolicy", "Retain");
    }
}

}  // namespace zflow::cfn
