/// Policies: what calls, access and grants become, and how statements are merged, generalised and divided.
#include <catch2/catch.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "iam/pattern_fill.hpp"
#include "iam/key_set.hpp"
#include "iam/policy.hpp"
#include "iam/rights.hpp"
#include "template/template.hpp"

using namespace zflow;
using iam::Known;
using iam::Policy;
using iam::Statement;
using ir::Op;
using ir::Time;
using ir::Value;
using ir::ValueId;
using types::TypeKind;
using Json = nlohmann::ordered_json;

namespace {

const std::string sagemaker = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:";

struct Program {
    ir::Values values;
    types::TypeTable types;
    Interner names;
    ir::Stack stack;
    lower::Context context{stack, values, types, names};

    Program() {
        stack.encryption = stack.logging = stack.tracing = false;
        ir::Pipeline p;
        p.name = names.intern("risk");
        p.logical_id = "Risk";
        p.scopes.push_back({});
        stack.pipelines.push_back(std::move(p));
    }
    ir::Pipeline& pipeline() { return stack.pipelines[0]; }

    ValueId make(Op op, Time time, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0) {
        Value v;
        v.op = op;
        v.time = time;
        v.a = a, v.b = b, v.c = c;
        return values.add(v);
    }
    ValueId text(std::string_view t) {
        ValueId id = make(Op::String, Time::Const);
        std::string_view kept = values.keep(t);
        values.edit(id).chars = {kept.data(), static_cast<uint32_t>(kept.size())};
        return id;
    }
    ValueId input() { return make(Op::Input, Time::Run); }
    ValueId concat(std::vector<ValueId> parts) {
        return make(Op::Concat, Time::Run, values.add_links(parts), static_cast<uint32_t>(parts.size()));
    }
    ValueId list(std::vector<ValueId> parts) {
        return make(Op::List, Time::Run, values.add_links(parts), static_cast<uint32_t>(parts.size()));
    }
    ValueId record(std::vector<std::pair<std::string_view, ValueId>> entries) {
        std::vector<ir::Field> fields;
        for (auto& [key, value] : entries) fields.push_back({names.intern(key), value});
        return make(Op::Record, Time::Run, values.add_fields(fields), static_cast<uint32_t>(fields.size()));
    }
    ValueId location(ValueId bucket, ValueId key) {
        ValueId id = record({{"bucket", bucket}, {"key", key}});
        values.edit(id).type = types::id_of(TypeKind::S3);
        return id;
    }
    void task(std::string_view service, std::string_view operation, schema::Pattern pattern,
              std::vector<std::pair<std::string_view, ValueId>> arguments) {
        auto integration = schema::find_integration(service, operation, pattern);
        REQUIRE(integration);
        ir::Task task{*integration, record(std::move(arguments)), {}, {}, {}};
        pipeline().steps.push_back({"Step", "", "", 0, {}, std::move(task)});
    }
    std::vector<Statement> statements() {
        iam::DeployText texts(context);
        std::vector<Statement> out;
        for (const iam::Document& d : iam::machine_policy(texts, 0).documents())
            out.insert(out.end(), d.begin(), d.end());
        return out;
    }
    /// The resources on which the action is allowed.
    std::vector<std::string> allowed(std::string_view action) {
        std::vector<std::string> out;
        for (const Statement& s : statements())
            if (std::find(s.actions.begin(), s.actions.end(), action) != s.actions.end())
                out.insert(out.end(), s.resources.begin(), s.resources.end());
        return out;
    }
};

using Texts = std::vector<std::string>;

Texts generalised(const Statement& statement, size_t limit, bool all) {
    std::vector<std::string_view> resources(statement.resources.begin(), statement.resources.end());
    return iam::generalised(resources, limit, all);
}

}  // namespace

TEST_CASE("a pattern is filled with what is known, and a star for the rest", "[iam]") {
    auto resolve = [](std::string_view name) -> std::vector<Known> {
        if (name == "A") return {{"one"}, {"two"}};
        if (name == "B") return {{"be", false}};
        return {};
    };
    auto texts = [&](std::string_view pattern) {
        Texts out;
        for (const Known& k : iam::fill(pattern, resolve)) out.push_back(k.text);
        return out;
    };
    CHECK(texts("x:{A}/y") == Texts{"x:one/y", "x:two/y"});
    CHECK(texts("x:{B}") == Texts{"x:be*"});
    CHECK(texts("x:{B}*") == Texts{"x:be*"});
    CHECK(texts("x:{C}/{region}") == Texts{"x:*/${AWS::Region}"});
    auto conditions =
        iam::fill_conditions(R"({"StringEquals":{"k":"{B}","l":["{A}"]},"StringLike":{"m":"{C}*"}})", resolve);
    REQUIRE(conditions.size() == 2);
    CHECK(conditions[0] == iam::Condition{"StringLike", "k", {"be*"}});
    CHECK(conditions[1] == iam::Condition{"StringEquals", "l", {"one", "two"}});
}

TEST_CASE("wildcards in names mean themselves", "[iam]") {
    CHECK(iam::escape_wildcards("a*b?${X}${!c}") == "a${!*}b${!?}${X}${!$}{c}");
    CHECK(iam::lower_case("Ab-${AWS::StackName}-C") == "ab-${AWS::StackName}-c");
}

TEST_CASE("a job may be made under its own names only, with its own role", "[iam]") {
    Program p;
    p.stack.roles.push_back({"RiskTrainRole", "sagemaker.amazonaws.com", {}, {}, {}});
    ValueId name = p.concat({p.text("risk-train-"), p.make(Op::Fresh, Time::Run)});
    ValueId role = p.make(Op::RoleArn, Time::Deploy, 0);
    p.task("sagemaker", "createTrainingJob", schema::Pattern::Sync,
           {{"TrainingJobName", name}, {"RoleArn", role}, {"Tags", p.list({p.record({})})}});
    CHECK(p.allowed("sagemaker:CreateTrainingJob") == Texts{sagemaker + "training-job/risk-train-*"});
    CHECK(p.allowed("sagemaker:StopTrainingJob") == Texts{sagemaker + "training-job/risk-train-*"});
    CHECK(p.allowed("iam:PassRole") == Texts{"${RiskTrainRole.Arn}"});
    CHECK(p.allowed("events:PutRule") == Texts{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"
                                               "StepFunctionsGetEventsForSageMakerTrainingJobsRule"});
    for (const Statement& s : p.statements())
        if (s.actions[0] == "iam:PassRole")
            CHECK(s.conditions ==
                  std::vector<iam::Condition>{{"StringEquals", "iam:PassedToService", {"sagemaker.amazonaws.com"}}});
}

TEST_CASE("a choice between known values gives each of them", "[iam]") {
    Program p;
    ValueId choice = p.make(Op::Conditional, Time::Run, static_cast<uint32_t>(p.input()),
                            static_cast<uint32_t>(p.text("One")), static_cast<uint32_t>(p.text("Two")));
    p.task("sagemaker", "describeEndpoint", schema::Pattern::Request, {{"EndpointName", choice}});
    CHECK(p.allowed("sagemaker:DescribeEndpoint") == Texts{sagemaker + "endpoint/one", sagemaker + "endpoint/two"});
}

TEST_CASE("a member that is an ARN is that ARN", "[iam]") {
    Program p;
    p.stack.resources.push_back({"Work", "AWS::SQS::Queue", p.record({}), {}, false, {}});
    p.stack.resources.push_back({"Glue", "AWS::Lambda::Function", p.record({}), {}, false, {}});
    auto arn = static_cast<uint32_t>(p.names.intern("Arn"));
    p.task("lambda", "invoke", schema::Pattern::Request,
           {{"FunctionName", p.make(Op::Attribute, Time::Deploy, 1, arn)}});
    p.task("lambda", "invoke", schema::Pattern::Request, {{"FunctionName", p.text("other")}});
    p.task("sqs", "sendMessage", schema::Pattern::Request, {{"QueueUrl", p.make(Op::Attribute, Time::Deploy, 0)}});
    p.task("sqs", "sendMessage", schema::Pattern::Request,
           {{"QueueUrl", p.text("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs")}});
    CHECK(p.allowed("lambda:InvokeFunction") ==
          Texts{"${Glue.Arn}", "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:other"});
    CHECK(p.allowed("sqs:SendMessage") ==
          Texts{"${Work.Arn}", "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs"});
}

TEST_CASE("running another pipeline names its machine and its executions", "[iam]") {
    Program p;
    p.task("states", "startExecution", schema::Pattern::Sync2,
           {{"StateMachineArn", p.make(Op::MachineArn, Time::Deploy, 0)}});
    p.task("states", "startExecution", schema::Pattern::Sync2,
           {{"StateMachineArn", p.text("arn:aws:states:eu-west-1:1:stateMachine:other:live")}});
    std::string states = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:";
    CHECK(p.allowed("states:StartExecution") ==
          Texts{states + "stateMachine:${AWS::StackName}-risk", "arn:aws:states:eu-west-1:1:stateMachine:other:live"});
    CHECK(p.allowed("states:StopExecution") ==
          Texts{states + "execution:${AWS::StackName}-risk:*", states + "execution:other:*"});
}

TEST_CASE("data access keeps what is known of the key", "[iam]") {
    Program p;
    p.stack.parameters.push_back({p.names.intern("data"), "Data", types::id_of(TypeKind::Bucket), {}, "", {}});
    p.stack.parameters.push_back({p.names.intern("out"), "Out", types::id_of(TypeKind::S3), {}, "", {}});
    ValueId bucket = p.make(Op::Parameter, Time::Deploy, 0), out = p.make(Op::Parameter, Time::Deploy, 1);
    p.values.edit(out).type = types::id_of(TypeKind::S3);
    auto& access = p.pipeline().access;
    access.push_back({"s3.read", p.location(bucket, p.concat({p.text("orders/day-"), p.input(), p.text("/")}))});
    access.push_back({"s3.read", p.location(bucket, p.text("models/"))});
    access.push_back({"s3.write", out});
    access.push_back({"s3.write", p.location(p.input(), p.text("x"))});
    access.push_back({"kms.decrypt", ValueId::none});
    CHECK(p.allowed("s3:GetObject") ==
          Texts{"arn:${AWS::Partition}:s3:::${Data}/orders/*", "arn:${AWS::Partition}:s3:::${Data}/models/*"});
    std::string mark = "${=" + std::to_string(static_cast<uint32_t>(out)) + "#path}";
    CHECK(p.allowed("s3:PutObject") == Texts{"arn:${AWS::Partition}:s3:::" + mark + "*"});
    for (const Statement& s : p.statements())
        if (s.actions[0] == "s3:ListBucket") CHECK(s.conditions[0].values == Texts{"orders/*", "models/*"});
    CHECK(p.allowed("kms:Decrypt").empty());
}

TEST_CASE("images, secrets and grants", "[iam]") {
    Program p;
    p.stack.secrets.push_back({"databricks/token", {}, {}});
    ValueId known = p.record({{"uri", p.text("1.dkr.ecr.eu-west-1.amazonaws.com/a/b:1")}, {"account", p.text("1")},
                              {"region", p.text("eu-west-1")}, {"repository", p.text("a/b")}});
    auto& access = p.pipeline().access;
    access.push_back({"ecr.pull", known});
    access.push_back({"ecr.pull", p.record({{"uri", p.input()}})});
    access.push_back({"secrets.read", p.make(Op::Secret, Time::Deploy, 0)});
    p.pipeline().grants.push_back({{"s3:GetObject"}, {p.text("arn:aws:s3:::public-data/*")}, {}});
    CHECK(p.allowed("ecr:BatchGetImage") ==
          Texts{"arn:${AWS::Partition}:ecr:eu-west-1:1:repository/a/b",
                "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/*"});
    CHECK(p.allowed("ecr:GetAuthorizationToken") == Texts{"*"});
    CHECK(
        p.allowed("secretsmanager:GetSecretValue") ==
        Texts{"arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:databricks/token-??????"});
    CHECK(p.allowed("s3:GetObject") == Texts{"arn:aws:s3:::public-data/*"});
}

TEST_CASE("the machine's own rights stand alone and carry their conditions", "[iam]") {
    Program p;
    p.stack.encryption = p.stack.logging = p.stack.tracing = true;
    auto all = p.statements();
    REQUIRE(all.size() == 4);
    CHECK(all[0].conditions[0].key == "kms:EncryptionContext:aws:states:stateMachineArn");
    CHECK(all[0].resources == Texts{"${EncryptionKey.Arn}"});
    CHECK(all[2].resources == Texts{"*"});
    CHECK(all[3].actions[0] == "xray:PutTraceSegments");
    p.stack.encryption = p.stack.tracing = false;
    CHECK(p.statements().size() == 1);
}

TEST_CASE("rows of numbers are met for the first time once", "[iam]") {
    iam::KeySet met;
    std::vector<std::vector<uint32_t>> rows = {{}, {0}, {0, 0}, {1, 2}, {2, 1}};
    for (uint32_t i = 0; i < 500; i++) rows.push_back({i, 7, i * 3});
    for (const auto& row : rows) CHECK(met.insert(row));
    for (const auto& row : rows) CHECK_FALSE(met.insert(row));
}

TEST_CASE("a task that differs in one member only brings the rights that the member decides about", "[iam]") {
    Program p;
    p.stack.roles.push_back({"RiskTrainRole", "sagemaker.amazonaws.com", {}, {}, {}});
    p.stack.roles.push_back({"OtherRole", "sagemaker.amazonaws.com", {}, {}, {}});
    ValueId name = p.text("one"), role = p.make(Op::RoleArn, Time::Deploy, 0), other = p.make(Op::RoleArn, Time::Deploy, 1);
    auto train = [&](ValueId job, ValueId with) {
        p.task("sagemaker", "createTrainingJob", schema::Pattern::Sync, {{"TrainingJobName", job}, {"RoleArn", with}});
    };
    train(name, role), train(name, other), train(p.text("two"), role), train(name, role);
    CHECK(p.allowed("sagemaker:CreateTrainingJob") == Texts{sagemaker + "training-job/one", sagemaker + "training-job/two"});
    CHECK(p.allowed("iam:PassRole") == Texts{"${RiskTrainRole.Arn}", "${OtherRole.Arn}"});
}

TEST_CASE("statements are merged", "[iam]") {
    Policy policy;
    policy.add({{"a:Read"}, {"x"}, {}});
    policy.add({{"a:Write"}, {"y"}, {}});
    policy.add({{"a:Read"}, {"y", "x"}, {}});
    policy.add({{"a:Write"}, {"x"}, {}});
    policy.add({{"b:All"}, {"*"}, {}});
    policy.add({{"c:All"}, {"*"}, {}});
    auto documents = policy.documents();
    REQUIRE(documents.size() == 1);
    REQUIRE(documents[0].size() == 4);
    CHECK(documents[0][0].resources == Texts{"x", "y"});
    CHECK(documents[0][1].resources == Texts{"y", "x"});
    Policy same;
    same.add({{"a:Create", "a:Stop"}, {"x"}, {}});
    same.add({{"a:Tag", "a:Stop"}, {"x"}, {}});
    CHECK(same.documents()[0].size() == 1);
    CHECK(same.documents()[0][0].actions == Texts{"a:Create", "a:Stop", "a:Tag"});
}

TEST_CASE("many names with one beginning become that beginning", "[iam]") {
    Statement s{{"sagemaker:CreateTrainingJob"}, {}, {}};
    for (int i = 0; i < 21; i++)
        s.resources.push_back(sagemaker + "training-job/risk-stage" + std::to_string(i) + "-*");
    s.resources.push_back(sagemaker + "transform-job/score-*");
    Statement few = s;
    few.resources.erase(few.resources.begin(), few.resources.begin() + 2);
    s.resources = generalised(s, 20, false);
    CHECK(s.resources == Texts{sagemaker + "training-job/risk-*", sagemaker + "transform-job/score-*"});
    few.resources = generalised(few, 20, false);
    CHECK(few.resources.size() == 20);
    Statement data{{"s3:GetObject"}, {}, {}};
    for (int i = 0; i < 30; i++)
        data.resources.push_back("arn:${AWS::Partition}:s3:::bucket/part-" + std::to_string(i) + "/*");
    data.resources = generalised(data, 20, false);
    CHECK(data.resources.size() == 30);
    data.resources = generalised(data, 4, true);
    CHECK(data.resources == Texts{"arn:${AWS::Partition}:s3:::bucket/part-*"});
}

TEST_CASE("policies keep the limits of size and number", "[iam]") {
    Policy policy;
    for (int i = 0; i < 200; i++)
        policy.add(
            {{"s3:GetObject"}, {"arn:aws:s3:::bucket-" + std::to_string(i) + "-" + std::string(100, 'x') + "/*"}, {}});
    auto documents = policy.documents();
    CHECK(documents.size() >= 4);
    CHECK(documents.size() <= limits::managed_policies_per_role);
    size_t resources = 0;
    for (const auto& d : documents) {
        size_t size = 40;
        for (const Statement& s : d) size += iam::deployed_size(s), resources += s.resources.size();
        CHECK(size <= limits::managed_policy_size);
    }
    CHECK(resources == 200);
    for (int i = 0; i < 2000; i++)
        policy.add({{"s3:PutObject"}, {"arn:aws:s3:::one/prefix-" + std::to_string(i) + "/*"}, {}});
    CHECK(policy.documents().size() <= limits::managed_policies_per_role);
}

TEST_CASE("one statement that is too large is divided too", "[iam]") {
    iam::Policy policy;
    iam::Condition prefixes{"StringLike", "s3:prefix", {}};
    for (int i = 0; i < 300; i++) prefixes.values.push_back("a-folder-with-a-long-name-" + std::to_string(i) + "/*");
    policy.add({{"s3:ListBucket"}, {"arn:aws:s3:::data"}, {prefixes}});
    std::vector<std::string> found;
    for (const iam::Document& document : policy.documents()) {
        CHECK(iam::deployed_size(document) <= limits::managed_policy_size);
        for (const iam::Statement& s : document)
            found.insert(found.end(), s.conditions[0].values.begin(), s.conditions[0].values.end());
    }
    CHECK(found == prefixes.values);
}

TEST_CASE("the policies alone are JSON by role", "[iam]") {
    Program p;
    p.stack.roles.push_back({"WorkRole", "lambda.amazonaws.com", {{"logs.write", p.text("/aws/lambda/x")}}, {}, {}});
    p.stack.logging = true;
    Buffer out;
    cfn::write_policies(p.context, out);
    Json all = Json::parse(out.view());
    REQUIRE(all.size() == 2);
    CHECK(all["WorkRole"][0]["Statement"].size() == 2);
    CHECK(all["RiskRole"][0]["Statement"][0]["Resource"] == "*");
}
