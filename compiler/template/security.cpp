/// The key, the roles and their policies.
#include "template/builder.hpp"

namespace zflow::cfn {

bool Builder::has_resource(std::string_view type) const {
    for (const ir::Resource& resource : stack_.resources)
        if (resource.type == type) return true;
    return false;
}

/// Whether there is a resource of that type with the key among its properties.
bool Builder::encrypts(std::string_view key, std::string_view type) const {
    for (const ir::Resource& resource : stack_.resources) {
        if (resource.type != type) continue;
        for (std::string_view property : {"KmsMasterKeyId", "KmsKeyId"})
            if (texts_.text(texts_.field(resource.properties, property)) == key) return true;
    }
    return false;
}

void Builder::put_condition(Node* statement, std::string_view operation, std::string_view key, Node* value) {
    Node* conditions = statement->find("Condition");
    if (!conditions) conditions = put_map(statement, "Condition");
    Node* tests = conditions->find(operation);
    if (!tests) tests = put_map(conditions, operation);
    put(tests, key, value);
}

/// One customer-managed key for everything the stack encrypts. Unless the stack says otherwise it outlives the stack:
/// models, tables and messages that were encrypted with it do too, and without it nobody could read them again. A stack
/// that fails while it is created takes its key along.
void Builder::add_key() {
    if (!makes_key() || stack_.given_key != ir::ValueId::none) return;
    Node* properties = resource(texts_.ids().key, "AWS::KMS::Key");
    put(properties, "Description", values_.text("Encrypts what the stack ${AWS::StackName} stores and sends"));
    put(properties, "EnableKeyRotation", document_.boolean(true));
    put_number(properties, "PendingWindowInDays", 30);
    put(properties, "KeyPolicy", key_policy(texts_.key_arn()));
    add_tags(properties, "");
    if (!stack_.keep_key) return;
    put(last_resource_, "DeletionPolicy", "RetainExceptOnCreate");
    put(last_resource_, "UpdateReplacePolicy", "Retain");
}

void Builder::add_key_user(Node* statements, Node* service, std::initializer_list<std::string_view> actions,
                           std::string_view operation, std::string_view key, Node* value) {
    Node* statement = Document::add(statements, document_.map());
    put(statement, "Effect", "Allow");
    put(put_map(statement, "Principal"), "Service", service);
    put(statement, "Action", document_.list(actions));
    put(statement, "Resource", "*");
    put_condition(statement, operation, key, value);
}

/// `key`: its ARN, as the properties of what it encrypts name it.
/// The account's administrators manage the key, and IAM policies may allow its use: the stack's roles get exactly that
/// in their own policies. Services use it only where the stack has something for them to use it on
/// [SFN:encryption-at-rest, CloudWatch Logs user guide: encrypt-log-data-kms, SNS: sns-key-management].
Node* Builder::key_policy(std::string_view key) {
    Node* policy = document_.map();
    put(policy, "Version", "2012-10-17");
    Node* statements = put_list(policy, "Statement");
    Node* admin = Document::add(statements, document_.map());
    put(admin, "Effect", "Allow");
    put(put_map(admin, "Principal"), "AWS", values_.text("arn:${AWS::Partition}:iam::${AWS::AccountId}:root"));
    put(admin, "Action", "kms:*");
    put(admin, "Resource", "*");
    auto account = [&] { return values_.ref("AWS::AccountId"); };
    bool of_stack = makes_key() && key == texts_.key_arn();
    if (of_stack && stack_.logging && !stack_.pipelines.empty())
        add_key_user(statements, document_.text("delivery.logs.amazonaws.com"), {"kms:Decrypt"}, "StringEquals",
                     "kms:EncryptionContext:SourceArn",
                     values_.text("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"));
    if (Node* groups = log_group_patterns(key); groups->count)
        add_key_user(statements, values_.text("logs.${AWS::Region}.${AWS::URLSuffix}"),
                     {"kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"},
                     "ArnLike", "kms:EncryptionContext:aws:logs:arn", groups);
    bool topics = encrypts(key, "AWS::SNS::Topic"), queues = encrypts(key, "AWS::SQS::Queue");
    auto sender = [&](std::string_view service) {
        add_key_user(statements, document_.text(service), {"kms:Decrypt", "kms:GenerateDataKey*"}, "StringEquals",
                     "aws:SourceAccount", account());
    };
    bool alarms = context_.values[stack_.alarms].op != ir::Op::Null;
    if (topics && (alarms || has_resource("AWS::CloudWatch::Alarm"))) sender("cloudwatch.amazonaws.com");
    if (queues && (has_resource("AWS::SNS::Topic") || has_resource("AWS::SNS::Subscription"))) sender("sns.amazonaws.com");
    bool rules = (topics || queues) && has_resource("AWS::Events::Rule");
    if (rules || (of_stack && has_events())) sender("events.amazonaws.com");   // dead letters of triggers are encrypted
    return policy;
}

/// Log groups the key is for. A name is kept up to the first thing in it that another resource decides: the key may not
/// depend on what depends on the key.
Node* Builder::log_group_patterns(std::string_view key) {
    const std::string prefix = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:";
    Node* patterns = document_.list();
    bool of_stack = makes_key() && key == texts_.key_arn();
    if (of_stack && stack_.logging && !stack_.pipelines.empty())
        Document::add(patterns, values_.text(prefix + "/aws/vendedlogs/states/${AWS::StackName}-*"));
    std::vector<std::string> known;
    for (const ir::Resource& resource : stack_.resources) {
        if (resource.type != "AWS::Logs::LogGroup" || texts_.text(texts_.field(resource.properties, "KmsKeyId")) != key) continue;
        std::string name = texts_.text(texts_.field(resource.properties, "LogGroupName"));
        std::string kept;
        bool whole = !name.empty();
        for (std::string_view rest = name; !rest.empty() && whole;) {
            iam::Piece piece = iam::next_piece(rest);
            whole = !piece.reference || piece.text.starts_with("AWS::");
            if (whole) kept += piece.reference ? "${" + std::string(piece.text) + "}" : std::string(piece.text);
        }
        if (name.empty()) kept = "${AWS::StackName}-";
        if (!whole) kept += '*';
        bool repeated = false;
        for (const std::string& k : known) repeated = repeated || k == kept;
        if (repeated) continue;
        known.push_back(kept);
        Document::add(patterns, values_.text(prefix + kept));
    }
    return patterns;
}

/// A role that one service of this account may assume [IAM User Guide: confused-deputy].
void Builder::add_role(std::string_view id, std::string_view service, Node* source_arn, std::string_view pipeline) {
    Node* properties = resource(id, "AWS::IAM::Role");
    Node* policy = put_map(properties, "AssumeRolePolicyDocument");
    put(policy, "Version", "2012-10-17");
    Node* statement = Document::add(put_list(policy, "Statement"), document_.map());
    put(statement, "Effect", "Allow");
    put(put_map(statement, "Principal"), "Service", service);
    put(statement, "Action", "sts:AssumeRole");
    put_condition(statement, "StringEquals", "aws:SourceAccount", values_.ref("AWS::AccountId"));
    if (source_arn) put_condition(statement, "ArnLike", "aws:SourceArn", source_arn);
    put(properties, "Path", values_.node(stack_.role_path));
    put(properties, "PermissionsBoundary", values_.node(stack_.boundary));
    add_tags(properties, pipeline);
    summary_.roles++;
    if (const iam::RolePolicies* policies = policies_of(id)) add_policies(*policies);
}

void Builder::add_service_roles() {
    for (const ir::Role& role : stack_.roles) add_role(role.logical_id, role.service, nullptr, "");
}

const iam::RolePolicies* Builder::policies_of(std::string_view role) const {
    auto found = policies_by_role_.find(role);
    return found == policies_by_role_.end() ? nullptr : &policies_[found->second];
}

std::string Builder::policy_id(std::string_view role, size_t index) {
    return std::string(role) + "Policy" + (index ? std::to_string(index + 1) : "");
}

/// Customer managed policies: inline ones are refused by common rule packs [GR: iam_no_inline_policy_check], and are
/// made only of what does not fit the managed ones.
void Builder::add_policies(const iam::RolePolicies& policies) {
    for (size_t i = 0; i < policies.documents.size(); i++) {
        std::string id = policy_id(policies.role, i);
        if (i >= limits::managed_policies_per_role) {   // no more of them: the role has room of its own
            Node* properties = resource(id, "AWS::IAM::RolePolicy");
            put(properties, "RoleName", values_.ref(policies.role));
            put(properties, "PolicyName", id);
            put(properties, "PolicyDocument", policy_node(policies.documents[i], document_, values_));
            continue;
        }
        Node* properties = resource(id, "AWS::IAM::ManagedPolicy");
        put(properties, "PolicyDocument", policy_node(policies.documents[i], document_, values_));
        Document::add(put_list(properties, "Roles"), values_.ref(policies.role));
    }
}

}  // namespace zflow::cfn
