/// The template: both writers against other people's readers, values, and a whole small stack.
#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "template/document.hpp"
#include "template/template.hpp"
#include "template/values.hpp"

using namespace zflow;
using cfn::Document;
using cfn::Node;
using cfn::NodeKind;
using Json = nlohmann::ordered_json;
using ir::Op;
using ir::Time;
using ir::Value;
using ir::ValueId;
using types::TypeKind;

namespace {

// -- writers

const std::vector<std::string>& awkward_texts() {
    static const std::vector<std::string> texts = {"",
                                                   "4",
                                                   "yes",
                                                   "No",
                                                   "on",
                                                   "OFF",
                                                   "y",
                                                   "n",
                                                   "true",
                                                   "False",
                                                   "null",
                                                   "~",
                                                   "0x1F",
                                                   "0o17",
                                                   "017",
                                                   "1e3",
                                                   ".5",
                                                   "-1",
                                                   "+2",
                                                   "1_000",
                                                   ".inf",
                                                   ".nan",
                                                   "1:30",
                                                   "2026-01-31",
                                                   "2001-12-14t21:59:43.10-05:00",
                                                   " a",
                                                   "a ",
                                                   "a: b",
                                                   "a:",
                                                   ":",
                                                   "a:b",
                                                   "#",
                                                   "a #b",
                                                   "a#b",
                                                   "|",
                                                   ">",
                                                   "-",
                                                   "- a",
                                                   "?",
                                                   "? a",
                                                   "!",
                                                   "!tag",
                                                   "&a",
                                                   "*a",
                                                   "%",
                                                   "@",
                                                   "`",
                                                   "\t",
                                                   "\ta",
                                                   "a\t",
                                                   "a\tb",
                                                   "\n",
                                                   "a\n",
                                                   "a\n\n",
                                                   "\na",
                                                   "a\nb",
                                                   "a\n\nb",
                                                   " a\nb",
                                                   "a\n b",
                                                   "a\n  \nb",
                                                   "a\nb ",
                                                   "a\nb\n",
                                                   "a\tb\n\tc",
                                                   "a\r\nb",
                                                   "\r",
                                                   "\x01",
                                                   "\x7F",
                                                   "'",
                                                   "''",
                                                   "it's",
                                                   "\"",
                                                   "\"a\"",
                                                   "\\",
                                                   "a\\n",
                                                   "\\'",
                                                   "\"'\\",
                                                   "{}",
                                                   "{a",
                                                   "[",
                                                   "[]",
                                                   ",",
                                                   "a, b",
                                                   "ü",
                                                   "日本",
                                                   "a\u0085b",
                                                   "a\u00A0b",
                                                   "a\u2028b",
                                                   "a\u2029\nb",
                                                   "\uFEFFa",
                                                   "😀",
                                                   "=",
                                                   "<<",
                                                   "arn:${AWS::Partition}:s3:::${Data}/in/*",
                                                   "^[\\x20-\\x7E]*$",
                                                   "cron(0 3 ? * MON *)",
                                                   "s3://a/b",
                                                   "/aws/x",
                                                   "$x",
                                                   "_",
                                                   "...",
                                                   "---",
                                                   "--- a",
                                                   "${!x}",
                                                   "Fn::Sub",
                                                   "key: |-",
                                                   "a\n#b",
                                                   "a\n---\nb",
                                                   "a:\n  b: c",
                                                   "\xC2\x9F",
                                                   "a \n b",
                                                   "x\n\ty",
                                                   "True\n"};
    return texts;
}

class Trees {
   public:
    explicit Trees(unsigned seed) : random_(seed) {}

    Node* make(Document& document, int depth) {
        int what = static_cast<int>(random_() % (depth > 0 ? 9 : 6));
        if (what == 0) return document.integer(static_cast<int64_t>(random_()) - 2147483648);
        if (what == 1) return document.boolean(random_() % 2);
        if (what == 2) return document.decimal("0.25");
        if (what < 6) return document.text(text());
        Node* node = what == 6 ? document.list() : document.map();
        size_t count = random_() % 5;
        for (size_t i = 0; i < count; i++) {
            Node* child = make(document, depth - 1);
            if (what == 6) Document::add(node, child);
            else if (std::string_view key = document.keep(text()); !node->find(key)) Document::add(node, key, child);
        }
        return node;
    }

   private:
    std::string text() {
        const auto& texts = awkward_texts();
        std::string one = texts[random_() % texts.size()];
        if (random_() % 3 == 0) one += texts[random_() % texts.size()];
        return one;
    }
    std::mt19937 random_;
};

Json expected(const Node& node) {
    switch (node.kind) {
        case NodeKind::Integer: return node.integer;
        case NodeKind::Bool: return node.integer != 0;
        case NodeKind::Decimal: return Json::parse(node.text);
        case NodeKind::String:
        case NodeKind::Block: return std::string(node.text);
        case NodeKind::List: {
            Json out = Json::array();
            for (const Node* n = node.first; n; n = n->next) out.push_back(expected(*n));
            return out;
        }
        case NodeKind::Map: break;
    }
    Json out = Json::object();
    for (const Node* n = node.first; n; n = n->next) out[std::string(n->key)] = expected(*n);
    return out;
}

/// Reads a plain scalar as YAML 1.1 and 1.2 readers do: what is quoted or a block is text.
Json from_yaml(const YAML::Node& node) {
    if (node.IsSequence()) {
        Json out = Json::array();
        for (const auto& n : node) out.push_back(from_yaml(n));
        return out;
    }
    if (node.IsMap()) {
        Json out = Json::object();
        for (const auto& n : node) out[n.first.Scalar()] = from_yaml(n.second);
        return out;
    }
    if (node.IsNull()) return nullptr;
    const std::string& text = node.Scalar();
    if (node.Tag() == "!") return text;
    Json number = Json::parse(text, nullptr, false);
    if (!number.is_discarded() && !number.is_string()) return number;
    static const std::vector<std::string> words = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"};
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(c));
    if (std::find(words.begin(), words.end(), lower) != words.end()) return nullptr;  // someone would misread it
    return text;
}

std::string yaml_of(const Node& node) {
    cfn::Text out;
    cfn::write_yaml(node, out);
    return out.str();
}

std::string json_of(const Node& node) {
    Buffer out;
    cfn::write_json(node, out);
    return std::string(out.view());
}

// -- a stack made by hand

struct Program {
    ir::Values values;
    types::TypeTable types;
    Interner names;
    ir::Stack stack;
    lower::Context context{stack, values, types, names};

    ValueId text(std::string_view t) {
        Value v;
        v.op = Op::String;
        v.type = types::id_of(TypeKind::String);
        std::string_view kept = values.keep(t);
        v.chars = {kept.data(), static_cast<uint32_t>(kept.size())};
        return values.add(v);
    }
    ValueId pseudo(std::string_view t) {
        ValueId id = text(t);
        values.edit(id).op = Op::Pseudo;
        values.edit(id).time = Time::Deploy;
        return id;
    }
    ValueId integer(int64_t n) {
        Value v;
        v.op = Op::Integer;
        v.type = types::id_of(TypeKind::Int);
        v.integer = n;
        return values.add(v);
    }
    ValueId make(Op op, Time time, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0) {
        Value v;
        v.op = op;
        v.time = time;
        v.a = a, v.b = b, v.c = c;
        return values.add(v);
    }
    ValueId boolean(bool yes) { return make(Op::Bool, Time::Const, yes); }
    ValueId many(Op op, std::vector<ValueId> parts, Time time = Time::Deploy) {
        return make(op, time, values.add_links(parts), static_cast<uint32_t>(parts.size()));
    }
    ValueId record(std::vector<std::pair<std::string_view, ValueId>> entries) {
        std::vector<ir::Field> fields;
        for (auto& [key, value] : entries) fields.push_back({names.intern(key), value});
        return make(Op::Record, Time::Deploy, values.add_fields(fields), static_cast<uint32_t>(fields.size()));
    }
    ValueId parameter(std::string_view name, types::TypeId type, ValueId fallback = ValueId::none) {
        auto index = static_cast<uint32_t>(stack.parameters.size());
        stack.parameters.push_back({names.intern(name), std::string(name), type, fallback, "", {}});
        ValueId id = make(Op::Parameter, Time::Deploy, index);
        values.edit(id).type = type;
        return id;
    }
    ir::Pipeline& pipeline(std::string_view name, std::string_view id) {
        ir::Pipeline p;
        p.name = names.intern(name);
        p.logical_id = id;
        p.scopes.push_back({});
        p.steps.push_back({"Stop", "", "", 0, {}, ir::Fail{"Stopped", {}, ir::StepId::none, 0}});
        p.block.steps.push_back(ir::StepId{0});
        p.block.ends = true;
        stack.pipelines.push_back(std::move(p));
        return stack.pipelines.back();
    }
    Json node(ValueId id) {
        Document document;
        iam::DeployText texts(context);
        cfn::ValueNodes nodes(document, texts);
        Node* node = nodes.node(id);
        return node ? expected(*node) : Json();
    }
    std::string compile(cfn::Format format = cfn::Format::Yaml) {
        Diagnostics diagnostics;
        cfn::Made out;
        cfn::write_template(context, {format}, diagnostics, out);
        CHECK_FALSE(diagnostics.has_errors());
        return out.text.str();
    }
};

/// The template without the lines of its definitions: those are lowering's.
std::string without_definitions(const std::string& yaml) {
    std::istringstream in(yaml);
    std::string out, line;
    bool inside = false;
    while (std::getline(in, line)) {
        if (inside && line.starts_with("        ")) continue;
        inside = line.ends_with("DefinitionString: |-");
        out += line + "\n";
    }
    return out;
}

const std::string whole_stack = R"(AWSTemplateFormatVersion: '2010-09-09'
Description: Risk scoring
Resources:
  Oncall:
    Type: AWS::SNS::Topic
    Properties:
      KmsMasterKeyId:
        Fn::GetAtt:
          - EncryptionKey
          - Arn
      Tags:
        - Key: team
          Value: payments
  Stop:
    Type: AWS::Lambda::Function
    Properties:
      Role:
        Fn::GetAtt:
          - StopRole
          - Arn
      Handler: index.handler
      Runtime: python3.13
      Code:
        ZipFile: |-
          def handler(event, context):
              return None
      Tags:
        - Key: team
          Value: payments
  EncryptionKey:
    Type: AWS::KMS::Key
    Properties:
      Description:
        Fn::Sub: Encrypts what the stack ${AWS::StackName} stores and sends
      EnableKeyRotation: true
      PendingWindowInDays: 30
      KeyPolicy:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              AWS:
                Fn::Sub: arn:${AWS::Partition}:iam::${AWS::AccountId}:root
            Action: kms:*
            Resource: '*'
          - Effect: Allow
            Principal:
              Service: delivery.logs.amazonaws.com
            Action:
              - kms:Decrypt
            Resource: '*'
            Condition:
              StringEquals:
                kms:EncryptionContext:SourceArn:
                  Fn::Sub: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*
          - Effect: Allow
            Principal:
              Service:
                Fn::Sub: logs.${AWS::Region}.${AWS::URLSuffix}
            Action:
              - kms:Encrypt*
              - kms:Decrypt*
              - kms:ReEncrypt*
              - kms:GenerateDataKey*
              - kms:Describe*
            Resource: '*'
            Condition:
              ArnLike:
                kms:EncryptionContext:aws:logs:arn:
                  - Fn::Sub: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/vendedlogs/states/${AWS::StackName}-*
          - Effect: Allow
            Principal:
              Service: cloudwatch.amazonaws.com
            Action:
              - kms:Decrypt
              - kms:GenerateDataKey*
            Resource: '*'
            Condition:
              StringEquals:
                aws:SourceAccount:
                  Ref: AWS::AccountId
      Tags:
        - Key: team
          Value: payments
    DeletionPolicy: RetainExceptOnCreate
    UpdateReplacePolicy: Retain
  StopRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: lambda.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount:
                  Ref: AWS::AccountId
      Tags:
        - Key: team
          Value: payments
  StopRolePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action:
              - logs:CreateLogGroup
              - logs:DescribeLogStreams
            Resource:
              Fn::Sub: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/stop
          - Effect: Allow
            Action:
              - logs:CreateLogStream
              - logs:PutLogEvents
            Resource:
              Fn::Sub: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/stop:log-stream:*
      Roles:
        - Ref: StopRole
  ScheduleGroup:
    Type: AWS::Scheduler::ScheduleGroup
    Properties:
      Tags:
        - Key: team
          Value: payments
  TriggerDeadLetters:
    Type: AWS::SQS::Queue
    Properties:
      MessageRetentionPeriod: 1209600
      KmsMasterKeyId:
        Fn::GetAtt:
          - EncryptionKey
          - Arn
      Tags:
        - Key: team
          Value: payments
  TriggerDeadLettersPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues:
        - Ref: TriggerDeadLetters
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Deny
            Principal: '*'
            Action: sqs:*
            Resource:
              Fn::GetAtt:
                - TriggerDeadLetters
                - Arn
            Condition:
              Bool:
                aws:SecureTransport: 'false'
  TriggerDeadLettersAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: A trigger could not start its pipeline
      AlarmActions:
        - Ref: Oncall
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions:
        - Name: QueueName
          Value:
            Fn::GetAtt:
              - TriggerDeadLetters
              - QueueName
      Statistic: Maximum
      Period: 300
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      Tags:
        - Key: team
          Value: payments
  RiskRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: states.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount:
                  Ref: AWS::AccountId
              ArnLike:
                aws:SourceArn:
                  Fn::Sub: arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-risk
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
  RiskRolePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action:
              - kms:Decrypt
              - kms:GenerateDataKey
            Resource:
              Fn::GetAtt:
                - EncryptionKey
                - Arn
            Condition:
              StringEquals:
                kms:EncryptionContext:aws:states:stateMachineArn:
                  Fn::Sub: arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-risk
          - Effect: Allow
            Action: kms:GenerateDataKey
            Resource:
              Fn::GetAtt:
                - EncryptionKey
                - Arn
            Condition:
              StringEquals:
                kms:EncryptionContext:SourceArn:
                  Fn::Sub: arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*
          - Effect: Allow
            Action:
              - logs:CreateLogDelivery
              - logs:CreateLogStream
              - logs:GetLogDelivery
              - logs:UpdateLogDelivery
              - logs:DeleteLogDelivery
              - logs:ListLogDeliveries
              - logs:PutLogEvents
              - logs:PutResourcePolicy
              - logs:DescribeResourcePolicies
              - logs:DescribeLogGroups
            Resource: '*'
          - Effect: Allow
            Action:
              - xray:PutTraceSegments
              - xray:PutTelemetryRecords
              - xray:GetSamplingRules
              - xray:GetSamplingTargets
            Resource: '*'
      Roles:
        - Ref: RiskRole
  RiskLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName:
        Fn::Sub: /aws/vendedlogs/states/${AWS::StackName}-risk
      RetentionInDays: 365
      KmsKeyId:
        Fn::GetAtt:
          - EncryptionKey
          - Arn
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
  Risk:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName:
        Fn::Sub: ${AWS::StackName}-risk
      RoleArn:
        Fn::GetAtt:
          - RiskRole
          - Arn
      LoggingConfiguration:
        Level: ALL
        IncludeExecutionData: false
        Destinations:
          - CloudWatchLogsLogGroup:
              LogGroupArn:
                Fn::GetAtt:
                  - RiskLogs
                  - Arn
      TracingConfiguration:
        Enabled: true
      EncryptionConfiguration:
        Type: CUSTOMER_MANAGED_KMS_KEY
        KmsKeyId:
          Fn::GetAtt:
            - EncryptionKey
            - Arn
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
      DefinitionString: |-
    DependsOn:
      - RiskRolePolicy
  RiskAlarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmDescription: Pipeline risk failed, timed out or was stopped
      AlarmActions:
        - Ref: Oncall
      ComparisonOperator: GreaterThanThreshold
      Threshold: 0
      EvaluationPeriods: 1
      TreatMissingData: notBreaching
      Metrics:
        - Id: ended
          Expression: FILL(failed, 0) + FILL(late, 0) + FILL(stopped, 0)
          Label: executions without success
          ReturnData: true
        - Id: failed
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/States
              MetricName: ExecutionsFailed
              Dimensions:
                - Name: StateMachineArn
                  Value:
                    Ref: Risk
            Period: 300
            Stat: Sum
        - Id: late
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/States
              MetricName: ExecutionsTimedOut
              Dimensions:
                - Name: StateMachineArn
                  Value:
                    Ref: Risk
            Period: 300
            Stat: Sum
        - Id: stopped
          ReturnData: false
          MetricStat:
            Metric:
              Namespace: AWS/States
              MetricName: ExecutionsAborted
              Dimensions:
                - Name: StateMachineArn
                  Value:
                    Ref: Risk
            Period: 300
            Stat: Sum
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
  RiskCleanup:
    Type: AWS::Events::Rule
    Properties:
      Description: Tells Stop when an execution of risk ends without success
      EventPattern:
        source:
          - aws.states
        detail-type:
          - Step Functions Execution Status Change
        detail:
          status:
            - FAILED
            - TIMED_OUT
            - ABORTED
          stateMachineArn:
            - Ref: Risk
      Targets:
        - Id: Cleanup
          Arn:
            Fn::GetAtt:
              - Stop
              - Arn
          RetryPolicy:
            MaximumRetryAttempts: 8
            MaximumEventAgeInSeconds: 3600
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
  RiskCleanupPermission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName:
        Fn::GetAtt:
          - Stop
          - Arn
      Principal: events.amazonaws.com
      SourceArn:
        Fn::GetAtt:
          - RiskCleanup
          - Arn
  RiskScheduleRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal:
              Service: scheduler.amazonaws.com
            Action: sts:AssumeRole
            Condition:
              StringEquals:
                aws:SourceAccount:
                  Ref: AWS::AccountId
              ArnLike:
                aws:SourceArn:
                  Fn::GetAtt:
                    - ScheduleGroup
                    - Arn
      Tags:
        - Key: team
          Value: payments
        - Key: zflow:pipeline
          Value: risk
  RiskScheduleRolePolicy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Action: states:StartExecution
            Resource:
              Fn::Sub: arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-risk
          - Effect: Allow
            Action: sqs:SendMessage
            Resource:
              Fn::GetAtt:
                - TriggerDeadLetters
                - Arn
          - Effect: Allow
            Action:
              - kms:Decrypt
              - kms:GenerateDataKey
            Resource:
              Fn::GetAtt:
                - EncryptionKey
                - Arn
      Roles:
        - Ref: RiskScheduleRole
  RiskSchedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Description: Starts pipeline risk
      GroupName:
        Ref: ScheduleGroup
      ScheduleExpression: cron(0 3 ? * MON *)
      ScheduleExpressionTimezone: Europe/Berlin
      FlexibleTimeWindow:
        Mode: 'OFF'
      KmsKeyArn:
        Fn::GetAtt:
          - EncryptionKey
          - Arn
      Target:
        Arn:
          Ref: Risk
        RoleArn:
          Fn::GetAtt:
            - RiskScheduleRole
            - Arn
        Input: '{"day": "x"}'
        RetryPolicy:
          MaximumRetryAttempts: 5
          MaximumEventAgeInSeconds: 3600
        DeadLetterConfig:
          Arn:
            Fn::GetAtt:
              - TriggerDeadLetters
              - Arn
    DependsOn:
      - RiskScheduleRolePolicy
Outputs:
  RiskArn:
    Description: State machine of pipeline risk
    Value:
      Ref: Risk
)";

}  // namespace

TEST_CASE("both writers are read back as they were", "[template]") {
    for (unsigned seed = 1; seed <= 400; seed++) {
        Document document;
        Node* root = document.map();
        Trees trees(seed);
        for (std::string_view key : {"a", "b", "c"}) Document::add(root, key, trees.make(document, 4));
        INFO("seed " << seed);
        Json wanted = expected(*root);
        REQUIRE(Json::parse(json_of(*root)) == wanted);
        INFO(yaml_of(*root));
        REQUIRE(from_yaml(YAML::Load(yaml_of(*root))) == wanted);
    }
}

TEST_CASE("every awkward text survives as value, list item and key", "[template]") {
    for (const std::string& text : awkward_texts()) {
        Document document;
        Node* root = document.map();
        Document::add(root, "value", document.text(text));
        Document::add(Document::add(root, "list", document.list()), document.text(text));
        Document::add(Document::add(root, "map", document.map()), text, document.text(text));
        INFO(yaml_of(*root));
        REQUIRE(from_yaml(YAML::Load(yaml_of(*root))) == expected(*root));
        REQUIRE(Json::parse(json_of(*root)) == expected(*root));
    }
}

TEST_CASE("YAML quotes no more than it must", "[template]") {
    Document document;
    Node* root = document.map();
    for (std::string_view text : {"AWS::SNS::Topic", "arn:${AWS::Partition}:s3:::${Data}/*", "s3:GetObject", "/aws/x", "a-b c"})
        Document::add(root, text, document.text(text));
    CHECK(yaml_of(*root).find_first_of("'\"") == std::string::npos);
    CHECK(yaml_of(*document.map()) == "{}\n");
    Node* nested = document.map();
    Node* item = Document::add(Document::add(nested, "list", document.list()), document.map());
    Document::add(item, "a", document.integer(1));
    Document::add(item, "b", document.text("x\ny"));
    CHECK(yaml_of(*nested) == "list:\n  - a: 1\n    b: |-\n      x\n      y\n");
}

TEST_CASE("values become the shortest intrinsic that says them", "[template]") {
    Program p;
    ValueId data = p.parameter("Data", types::id_of(TypeKind::Bucket));
    p.stack.resources.push_back({"Oncall", "AWS::SNS::Topic", p.record({}), {}, false, {}});
    CHECK(p.node(data) == Json::parse(R"({"Ref": "Data"})"));
    CHECK(p.node(p.make(Op::Attribute, Time::Deploy, 0, static_cast<uint32_t>(p.names.intern("TopicArn")))) ==
          Json::parse(R"({"Fn::GetAtt": ["Oncall", "TopicArn"]})"));
    CHECK(p.node(p.many(Op::Concat, {p.text("s3://"), data, p.text("/x")})) == Json::parse(R"({"Fn::Sub": "s3://${Data}/x"})"));
    CHECK(p.node(p.many(Op::Concat, {p.text("${a}"), data})) == Json::parse(R"({"Fn::Sub": "${!a}${Data}"})"));
    CHECK(p.node(p.many(Op::Concat, {p.text("$"), p.text("{a}")})) == "${a}");
    CHECK(p.node(p.text("${a}")) == "${a}");
    CHECK(p.node(p.pseudo("Region")) == Json::parse(R"({"Ref": "AWS::Region"})"));
    CHECK(p.node(p.record({{"a", p.integer(1)}, {"b", ValueId::none}})) == Json::parse(R"({"a": 1})"));
    ValueId location = p.record({{"bucket", data}, {"key", p.text("in/")}});
    p.values.edit(location).type = types::id_of(TypeKind::S3);
    CHECK(p.node(location) == Json::parse(R"({"Fn::Sub": "s3://${Data}/in/"})"));
}

TEST_CASE("a choice at deployment becomes a condition with a name that says it", "[template]") {
    Program p;
    types::TypeId environment = p.types.union_of({p.types.literal(p.names.intern("test")), p.types.literal(p.names.intern("live"))});
    ValueId parameter = p.parameter("Environment", environment, p.text("test"));
    ValueId live = p.make(Op::Binary, Time::Deploy, static_cast<uint32_t>(parameter), static_cast<uint32_t>(p.text("live")));
    p.values.edit(live).sub = static_cast<uint8_t>(syntax::Operator::Equal);
    ValueId choice = p.make(Op::Conditional, Time::Deploy, static_cast<uint32_t>(live), static_cast<uint32_t>(p.text("big")),
                            static_cast<uint32_t>(p.text("small")));
    p.stack.outputs.push_back({"Size", choice, ""});
    p.stack.outputs.push_back({"Name", p.many(Op::Concat, {p.text("is-"), choice}), ""});
    p.stack.encryption = false;
    CHECK(p.compile() == R"(AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Environment:
    Type: String
    AllowedValues:
      - test
      - live
    Default: test
Conditions:
  EnvironmentIsLive:
    Fn::Equals:
      - Ref: Environment
      - live
Resources: {}
Outputs:
  Size:
    Value:
      Fn::If:
        - EnvironmentIsLive
        - big
        - small
  Name:
    Value:
      Fn::Sub:
        - is-${Part1}
        - Part1:
            Fn::If:
              - EnvironmentIsLive
              - big
              - small
)");
}

TEST_CASE("parameters are as narrow as their types", "[template]") {
    Program p;
    p.parameter("Text", types::id_of(TypeKind::String), p.text("x"));
    types::Refinement code{"[A-Z]{2}", 0, 2, false, true};
    p.parameter("Code", p.types.refined(TypeKind::String, p.names.intern("Code"), code));
    types::Refinement loose{"a.*|b", 0, 0, false, false};
    p.parameter("Loose", p.types.refined(TypeKind::String, p.names.intern("Loose"), loose));
    types::Refinement range{"", 1, 10, true, true};
    p.parameter("Count", p.types.refined(TypeKind::Int, p.names.intern("Count"), range), p.integer(3));
    p.parameter("Flag", types::id_of(TypeKind::Bool), p.boolean(true));
    p.parameter("Names", p.types.list(types::id_of(TypeKind::String)), p.many(Op::List, {p.text("a"), p.text("b")}, Time::Const));
    Json parameters = Json::parse(p.compile(cfn::Format::Json))["Parameters"];
    CHECK(parameters["Text"]["AllowedPattern"] == "^[\\x20-\\x7E]*$");
    CHECK(parameters["Text"]["ConstraintDescription"] == "printable ASCII characters only");
    CHECK(parameters["Code"]["AllowedPattern"] == "^(?:[A-Z]{2})$");
    CHECK(parameters["Code"]["MaxLength"] == 2);
    CHECK(parameters["Loose"]["AllowedPattern"] == "^(?=[\\x20-\\x7E]*$)(?:a.*|b)$");
    CHECK(parameters["Count"] == Json::parse(R"({"Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 3})"));
    CHECK(parameters["Flag"] == Json::parse(R"({"Type": "String", "AllowedValues": ["true", "false"], "Default": "true"})"));
    CHECK(parameters["Names"]["Type"] == "CommaDelimitedList");
    CHECK(parameters["Names"]["Default"] == "a,b");
}

TEST_CASE("the text of a schedule's input stays inside its quotes", "[template]") {
    Program p;
    ValueId free = p.parameter("Note", types::id_of(TypeKind::String));
    ValueId count = p.parameter("Count", types::id_of(TypeKind::Int));
    ir::Pipeline& pipeline = p.pipeline("risk", "Risk");
    ValueId input = p.record({{"note", free}, {"count", count}, {"say", p.text("\"${x}\"")}, {"none", ValueId::none}});
    pipeline.schedules.push_back({"rate(1 day)", "", input, {}});
    Json target = Json::parse(p.compile(cfn::Format::Json))["Resources"]["RiskSchedule"]["Properties"]["Target"];
    CHECK(target["Input"]["Fn::Sub"][0] == R"({"note": "${Part1}", "count": ${Count}, "say": "\"${!x}\"", "none": null})");
    CHECK(target["Input"]["Fn::Sub"][1]["Part1"] == Json::parse(R"({"Fn::Join": ["\\\"", {"Fn::Split": ["\"",
        {"Fn::Join": ["\\\\", {"Fn::Split": ["\\", {"Ref": "Note"}]}]}]}]})"));
}

TEST_CASE("what is switched off is seen to be off", "[template]") {
    Program p;
    p.pipeline("risk", "Risk");
    p.stack.encryption = p.stack.logging = p.stack.tracing = false;
    Json resources = Json::parse(p.compile(cfn::Format::Json))["Resources"];
    CHECK(resources.size() == 2);  // a role that needs no policy, and the machine
    Json machine = resources["Risk"]["Properties"];
    CHECK(machine["LoggingConfiguration"] == Json::parse(R"({"Level": "OFF"})"));
    CHECK(machine["TracingConfiguration"]["Enabled"] == false);
    CHECK(machine["EncryptionConfiguration"] == Json::parse(R"({"Type": "AWS_OWNED_KEY"})"));
}

TEST_CASE("limits are reported with by how much", "[template]") {
    Program p;
    for (int i = 0; i < 201; i++) p.parameter("P" + std::to_string(i), types::id_of(TypeKind::Int));
    for (int i = 0; i < 501; i++) p.stack.resources.push_back({"R" + std::to_string(i), "AWS::SNS::Topic", p.record({}), {}, false, {}});
    Diagnostics diagnostics;
    cfn::Made out;
    cfn::write_template(p.context, {}, diagnostics, out);
    std::vector<std::string> found;
    for (const Diagnostic* d : diagnostics.sorted()) found.push_back(d->message);
    REQUIRE(found.size() == 1);   // the resources are in two templates
    CHECK(found[0] == "the stack has 201 parameters, 1 more than CloudFormation takes in one template");
    CHECK(out.nested.size() == 1);
}

TEST_CASE("a whole stack", "[template]") {
    Program p;
    p.stack.description = "Risk scoring";
    p.stack.tags.push_back({"team", p.text("payments")});
    p.stack.resources.push_back({"Oncall", "AWS::SNS::Topic", p.record({{"KmsMasterKeyId", p.make(Op::KeyArn, Time::Deploy)}}), {}, false, {}});
    ValueId function = p.record({{"Role", p.make(Op::RoleArn, Time::Deploy, 0)},
                                 {"Handler", p.text("index.handler")},
                                 {"Runtime", p.text("python3.13")},
                                 {"Code", p.record({{"ZipFile", p.text("def handler(event, context):\n    return None")}})}});
    p.stack.resources.push_back({"Stop", "AWS::Lambda::Function", function, {}, false, {}});
    p.stack.roles.push_back({"StopRole", "lambda.amazonaws.com", {{"logs.write", p.text("/aws/lambda/stop")}}, {}, {}});
    p.stack.alarms = p.make(Op::Attribute, Time::Deploy, 0);
    ir::Pipeline& pipeline = p.pipeline("risk", "Risk");
    pipeline.cleanup.push_back({1});
    pipeline.schedules.push_back({"cron(0 3 ? * MON *)", "Europe/Berlin", p.record({{"day", p.text("x")}}), {}});
    std::string yaml = p.compile();
    CHECK(without_definitions(yaml) == whole_stack);
    Json from_yaml_form = from_yaml(YAML::Load(yaml)), from_json_form = Json::parse(p.compile(cfn::Format::Json));
    for (Json* form : {&from_yaml_form, &from_json_form}) (*form)["Resources"]["Risk"]["Properties"].erase("DefinitionString");
    CHECK(from_yaml_form["Resources"] == from_json_form["Resources"]);
    CHECK(from_yaml_form["Outputs"] == from_json_form["Outputs"]);
}
