/// @file schema_test.cpp
/// @brief The packed service knowledge and its reader.

#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "schema/automaton.hpp"
#include "schema/expression.hpp"
#include "schema/pattern.hpp"
#include "schema/plain_expression.hpp"
#include "schema/spelling.hpp"
#include "schema/schema.hpp"
#include "schema/static_automaton.hpp"
#include "schema/tables.hpp"

namespace {

using namespace zflow::schema;
using Names = std::vector<std::string>;

Integration must_find(std::string_view service, std::string_view operation, Pattern pattern, bool force_sdk = false) {
    const auto found = find_integration(service, operation, pattern, force_sdk);
    REQUIRE(found);
    return *found;
}

std::vector<std::string> required_members(Shape shape) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i < shape.member_count(); ++i) {
        if (shape.member(i).required) names.emplace_back(shape.member(i).name);
    }
    return names;
}

/// "action resource" of every right.
std::vector<std::string> flat(RightRange rights) {
    std::vector<std::string> lines;
    for (const Right& right : rights) {
        for (const std::string_view action : right.actions) {
            lines.push_back(std::string(action) + " " + std::string(right.resource));
        }
    }
    return lines;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
}

/// "service:ActionName".
bool is_action(std::string_view action) {
    const size_t colon = action.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 2 > action.size()) return false;
    const auto is_prefix = [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-'; };
    const auto is_name = [](unsigned char c) { return std::isalnum(c) != 0; };
    const auto prefix = action.substr(0, colon);
    const auto name = action.substr(colon + 1);
    const bool capital = std::isupper(static_cast<unsigned char>(name[0])) != 0;
    return capital && std::all_of(prefix.begin(), prefix.end(), is_prefix) &&
           std::all_of(name.begin(), name.end(), is_name);
}

std::vector<Integration> all_integrations() {
    std::vector<Integration> all;
    for (uint32_t i = 0; i < integration_count(); ++i) all.push_back(integration_at(i));
    return all;
}

/// The placeholders of a template without those that the environment fills: "Member.Inner", modifiers cut off.
std::vector<std::string> member_placeholders(std::string_view text) {
    std::vector<std::string> names;
    for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const auto inside = text.substr(open + 1, text.find('}', open) - open - 1);
        const std::string name(inside.substr(0, inside.find_first_of("#|")));
        if (name != "partition" && name != "region" && name != "account") names.push_back(name);
    }
    return names;
}

/// Follows "Member.Inner" and "List[].Inner" from a structure.
Shape follow(Shape shape, std::string path) {
    while (!path.empty()) {
        const size_t dot = path.find('.');
        std::string step = path.substr(0, dot);
        path = dot == std::string::npos ? "" : path.substr(dot + 1);
        const bool list = step.ends_with("[]");
        if (list) step.resize(step.size() - 2);
        const auto member = shape.find(step);
        if (!member) return {};
        shape = list ? member->shape.element() : member->shape;
    }
    return shape;
}

}  // namespace

TEST_CASE("required members of the job requests", "[schema]") {
    const Integration tuning = must_find("sagemaker", "createHyperParameterTuningJob", Pattern::Sync);
    CHECK(required_members(tuning.input()) ==
          Names{"HyperParameterTuningJobConfig", "HyperParameterTuningJobName", "TrainingJobDefinition"});
    const Shape transform = must_find("sagemaker", "createTransformJob", Pattern::Sync).input();
    CHECK(required_members(transform) ==
          Names{"ModelName", "TransformInput", "TransformJobName", "TransformOutput", "TransformResources"});
    CHECK_FALSE(transform.find("VpcConfig"));
    CHECK_FALSE(transform.find("RoleArn"));
    const Shape training = must_find("sagemaker", "createTrainingJob", Pattern::Sync).input();
    CHECK(training.find("ResourceConfig")->required);
    CHECK(training.find("TrainingJobName")->required);
    CHECK_FALSE(training.find("VpcConfig")->required);
    CHECK_FALSE(training.find("VpcConfig")->doc.empty());
}

TEST_CASE("the aws-sdk form of a training job follows the service model", "[schema]") {
    const Integration sdk = must_find("sagemaker", "createTrainingJob", Pattern::Request, true);
    CHECK_FALSE(sdk.optimized());
    CHECK(sdk.resource() == "states:::aws-sdk:sagemaker:createTrainingJob");
    CHECK_FALSE(sdk.input().find("ResourceConfig")->required);
    CHECK(sdk.allows("RetryStrategy"));
    CHECK(sdk.output().find("TrainingJobArn"));
}

TEST_CASE("enumerations have the sizes of the pinned models", "[schema]") {
    CHECK(find_shape("sagemaker", "TrainingInstanceType").enum_values().size() == 151);
    CHECK(find_shape("sagemaker", "ProcessingInstanceType").enum_values().size() == 133);
    CHECK(find_shape("sagemaker", "TransformInstanceType").enum_values().size() == 108);
    CHECK(find_shape("sagemaker", "ProductionVariantInstanceType").enum_values().size() == 277);
}

TEST_CASE("enumerations are searched and listed", "[schema]") {
    const Shape type = find_shape("sagemaker", "TrainingInstanceType");
    REQUIRE(type.has_enum());
    CHECK(type.kind() == Kind::String);
    CHECK(type.enum_contains("ml.m5.xlarge"));
    CHECK_FALSE(type.enum_contains("ml.m5.xlarg"));
    CHECK_FALSE(type.enum_contains(""));
    uint32_t count = 0;
    for (const std::string_view value : type.enum_values()) count += type.enum_contains(value) ? 1U : 0U;
    CHECK(count == 151);
    CHECK_FALSE(find_shape("sagemaker", "CreateTrainingJobRequest").has_enum());
}

TEST_CASE("lengths and ranges of names and numbers", "[schema]") {
    const Shape tuning = find_shape("sagemaker", "HyperParameterTuningJobName");
    REQUIRE(tuning.max());
    CHECK(*tuning.max() == 32);
    CHECK(*find_shape("sagemaker", "TrainingJobName").max() == 63);
    const Shape config = must_find("sagemaker", "createProcessingJob", Pattern::Sync).input();
    const Shape count = follow(config, "ProcessingResources.ClusterConfig.InstanceCount");
    CHECK(count.kind() == Kind::Integer);
    CHECK(*count.min() == 1);
    CHECK(*count.max() == 100);
}

TEST_CASE("lists and maps lead to their parts", "[schema]") {
    const Shape request = must_find("sagemaker", "createTrainingJob", Pattern::Sync).input();
    const Shape channels = request.find("InputDataConfig")->shape;
    CHECK(channels.kind() == Kind::List);
    CHECK(*channels.max() == 20);
    CHECK(channels.element().find("ChannelName")->required);
    const Shape parameters = request.find("HyperParameters")->shape;
    CHECK(parameters.kind() == Kind::Map);
    CHECK(parameters.key().kind() == Kind::String);
    CHECK(*parameters.value().max() == 2500);
    CHECK_FALSE(parameters.element());
    CHECK_FALSE(channels.key());
}

TEST_CASE("every member is found by its name, nothing else is", "[schema]") {
    for (uint32_t id = 1; id <= shape_count(); ++id) {
        const Shape shape(id);
        CHECK(find_shape(shape.service(), shape.name()) == shape);
        for (uint32_t i = 0; i < shape.member_count(); ++i) {
            const Member member = shape.member(i);
            const auto found = shape.find(member.name);
            REQUIRE(found);
            CHECK(found->shape == member.shape);
            CHECK(found->shape);
            CHECK(member.name.front() == std::toupper(static_cast<unsigned char>(member.name.front())));
        }
        CHECK_FALSE(shape.find("zz"));
    }
    CHECK_FALSE(Shape());
    CHECK_FALSE(find_shape("sagemaker", "NoSuchShape"));
    CHECK_FALSE(find_shape("nothing", "TrainingJobName"));
}

TEST_CASE("what is not there is not found", "[schema]") {
    CHECK_FALSE(find_integration("sagemakr", "createTrainingJob", Pattern::Sync));
    CHECK_FALSE(find_integration("sagemaker", "createTrainingJobs", Pattern::Sync));
    CHECK_FALSE(find_integration("sagemaker", "CreateTrainingJob", Pattern::Sync));
    CHECK_FALSE(find_integration("sagemaker", "createModel", Pattern::Sync));
    CHECK_FALSE(find_integration("sagemaker", "createTrainingJob", Pattern::Sync, true));
    CHECK_FALSE(find_integration("lambda", "invoke", Pattern::Sync));
    CHECK_FALSE(find_integration("glue", "startJobRun", Pattern::Sync2));
    CHECK_FALSE(find_integration("http", "invoke", Pattern::Request, true));
    CHECK_FALSE(find_integration("", "", Pattern::Request));
    CHECK(operations("nothing").empty());
}

TEST_CASE("the form that the data prefers is chosen", "[schema]") {
    const auto resource = [](std::string_view service, std::string_view operation, Pattern pattern, bool sdk = false) {
        return must_find(service, operation, pattern, sdk).resource();
    };
    for (const auto* operation : {"createModel", "createEndpointConfig", "createEndpoint", "updateEndpoint"}) {
        CHECK_FALSE(must_find("sagemaker", operation, Pattern::Request).optimized());
        const auto expected = "states:::aws-sdk:sagemaker:" + std::string(operation);
        CHECK(resource("sagemaker", operation, Pattern::Request) == expected);
    }
    CHECK(resource("sagemaker", "createTrainingJob", Pattern::Sync) == "states:::sagemaker:createTrainingJob.sync");
    CHECK(resource("sagemaker", "describeEndpoint", Pattern::Request) == "states:::aws-sdk:sagemaker:describeEndpoint");
    CHECK(resource("states", "startExecution", Pattern::Sync2) == "states:::states:startExecution.sync:2");
    CHECK(resource("states", "startExecution", Pattern::Request, true) == "states:::aws-sdk:sfn:startExecution");
    CHECK(resource("emrserverless", "startJobRun", Pattern::Sync) == "states:::emr-serverless:startJobRun.sync");
    CHECK(resource("sqs", "sendMessage", Pattern::WaitForTaskToken) == "states:::sqs:sendMessage.waitForTaskToken");
    CHECK(resource("events", "putEvents", Pattern::Request, true) == "states:::aws-sdk:eventbridge:putEvents");
}

TEST_CASE("the allow-list of optimised integrations", "[schema]") {
    const Integration training = must_find("sagemaker", "createTrainingJob", Pattern::Sync);
    CHECK(training.has_allow_list());
    CHECK(training.allows("EnableManagedSpotTraining"));
    CHECK(training.allows("HyperParameters"));
    CHECK_FALSE(training.allows("RetryStrategy"));
    CHECK_FALSE(training.allows("ServerlessJobConfig"));
    CHECK_FALSE(training.allows("NoSuchMember"));
    CHECK_FALSE(must_find("sagemaker", "createTransformJob", Pattern::Sync).allows("DataCaptureConfig"));
    CHECK(must_find("lambda", "invoke", Pattern::Request).allows("Payload"));
    CHECK_FALSE(must_find("dynamodb", "putItem", Pattern::Request).has_allow_list());
}

TEST_CASE("allow-lists name request members and hold all required ones", "[schema]") {
    for (const Integration integration : all_integrations()) {
        INFO(integration.resource());
        for (const std::string_view name : integration.allowed()) {
            INFO(name);
            CHECK(integration.input().find(name));
        }
        for (const auto& name : required_members(integration.input())) CHECK(integration.allows(name));
    }
}

TEST_CASE("results", "[schema]") {
    const Shape invoked = must_find("lambda", "invoke", Pattern::Request).output();
    CHECK(invoked.find("Payload")->shape.kind() == Kind::Any);
    CHECK(invoked.find("StatusCode")->shape.kind() == Kind::Integer);
    const Shape trained = must_find("sagemaker", "createTrainingJob", Pattern::Sync).output();
    CHECK(trained.name() == "DescribeTrainingJobResponse");
    CHECK(follow(trained, "ModelArtifacts.S3ModelArtifacts").kind() == Kind::String);
    CHECK(must_find("sagemaker", "createTrainingJob", Pattern::Request).output().name() == "CreateTrainingJobResponse");
    CHECK(must_find("states", "startExecution", Pattern::Sync).output().find("Output")->shape.kind() == Kind::String);
    CHECK(must_find("states", "startExecution", Pattern::Sync2).output().find("Output")->shape.kind() == Kind::Any);
    CHECK(must_find("lambda", "invoke", Pattern::WaitForTaskToken).output().kind() == Kind::Any);
    CHECK(must_find("glue", "startJobRun", Pattern::Sync).output().name() == "JobRun");
    CHECK(must_find("sagemakerfeaturestoreruntime", "putRecord", Pattern::Request).output().member_count() == 0);
}

TEST_CASE("rights of a training job that is waited for", "[schema]") {
    const Integration job = must_find("sagemaker", "createTrainingJob", Pattern::Sync);
    const std::string resource = "arn:{partition}:sagemaker:{region}:{account}:training-job/{TrainingJobName}";
    CHECK(flat(job.rights()) == Names{"sagemaker:CreateTrainingJob " + resource,
                                      "sagemaker:DescribeTrainingJob " + resource,
                                      "sagemaker:StopTrainingJob " + resource, "sagemaker:ListTags " + resource,
                                      "sagemaker:AddTags " + resource});
    REQUIRE(job.pass_roles().size() == 1);
    CHECK(job.pass_roles()[0].member_path == "RoleArn");
    CHECK(job.pass_roles()[0].service == "sagemaker.amazonaws.com");
    REQUIRE(job.managed_rules().size() == 1);
    CHECK(job.managed_rules()[0].name == "StepFunctionsGetEventsForSageMakerTrainingJobsRule");
    CHECK(job.managed_rules()[0].resource ==
          "arn:{partition}:events:{region}:{account}:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule");
}

TEST_CASE("rights of the other SageMaker calls", "[schema]") {
    const std::string base = "arn:{partition}:sagemaker:{region}:{account}:";
    const Integration started = must_find("sagemaker", "createTrainingJob", Pattern::Request);
    CHECK(started.managed_rules().empty());
    CHECK_FALSE(has(flat(started.rights()), "sagemaker:StopTrainingJob " + base + "training-job/{TrainingJobName}"));
    CHECK(must_find("sagemaker", "createTransformJob", Pattern::Sync).pass_roles().empty());
    CHECK(must_find("sagemaker", "createTransformJob", Pattern::Sync).rights()[1].actions[0] == "sagemaker:ListTags");
    const auto endpoint = must_find("sagemaker", "createEndpoint", Pattern::Request);
    CHECK(has(flat(endpoint.rights()),
              "sagemaker:CreateEndpoint " + base + "endpoint-config/{EndpointConfigName}"));
    for (const Right& right : endpoint.rights()) CHECK(right.lower);
    CHECK(endpoint.rights()[2].when == "Tags");
    CHECK(must_find("sagemaker", "createModel", Pattern::Request).pass_roles()[0].member_path == "ExecutionRoleArn");
}

TEST_CASE("rights of calls whose request holds an ARN or a URL", "[schema]") {
    const Integration invoke = must_find("lambda", "invoke", Pattern::Request);
    CHECK(invoke.rights()[0].arn_member == "FunctionName");
    CHECK(invoke.rights()[0].arn_resource == "{FunctionName}");
    CHECK(invoke.rights()[1].when == "Qualifier");
    CHECK(must_find("sns", "publish", Pattern::Request).rights()[0].resource == "{TopicArn}");
    CHECK(has(flat(must_find("sqs", "sendMessage", Pattern::Request).rights()),
              "sqs:SendMessage arn:{partition}:sqs:{region}:{account}:{QueueUrl#name}"));
    const auto child = flat(must_find("states", "startExecution", Pattern::Sync2).rights());
    CHECK(has(child, "states:StartExecution {StateMachineArn}"));
    const std::string execution = "arn:{partition}:states:{region}:{account}:execution:{StateMachineArn#name}:*";
    CHECK(has(child, "states:StopExecution " + execution));
}

TEST_CASE("every right is well formed and its placeholders are request members", "[schema]") {
    for (const Integration integration : all_integrations()) {
        INFO(integration.resource());
        CHECK_FALSE(integration.rights().empty());
        for (const Right& right : integration.rights()) {
            for (const std::string_view action : right.actions) CHECK(is_action(action));
            auto paths = member_placeholders(right.resource);
            const auto more = member_placeholders(right.arn_resource);
            paths.insert(paths.end(), more.begin(), more.end());
            for (const auto path : {right.when, right.arn_member}) {
                if (!path.empty()) paths.emplace_back(path);
            }
            for (const auto& path : paths) {
                INFO(path);
                CHECK(follow(integration.input(), path));
            }
            const bool whole = right.resource == "*" || right.resource.starts_with("{");
            CHECK((whole || right.resource.starts_with("arn:{partition}:")));
            CHECK(right.arn_member.empty() == right.arn_resource.empty());
        }
    }
}

TEST_CASE("roles that are passed exist in the service model", "[schema]") {
    for (const Integration integration : all_integrations()) {
        for (const PassRole& role : integration.pass_roles()) {
            INFO(integration.resource() << " " << role.member_path);
            CHECK(follow(integration.input(), std::string(role.member_path)));
            CHECK(role.service.ends_with(".amazonaws.com"));
        }
    }
}

TEST_CASE("errors and whether to try again", "[schema]") {
    const auto advice = [](const Integration& integration, std::string_view name) -> std::optional<bool> {
        for (const ErrorAdvice& error : integration.errors()) {
            if (error.name == name) return error.retry;
        }
        return std::nullopt;
    };
    const Integration job = must_find("sagemaker", "createTrainingJob", Pattern::Sync);
    CHECK(advice(job, "SageMaker.AmazonSageMakerException") == true);
    CHECK(advice(job, "States.TaskFailed") == false);
    const Integration sdk = must_find("sagemaker", "createTrainingJob", Pattern::Request, true);
    CHECK(advice(sdk, "SageMaker.ResourceLimitExceededException") == true);
    CHECK(advice(sdk, "SageMaker.ResourceInUseException") == false);
    CHECK(advice(must_find("lambda", "invoke", Pattern::Request), "Lambda.TooManyRequestsException") == true);
}

TEST_CASE("every operation of the SDKs is known by name", "[schema]") {
    const auto names = sdk_services();
    CHECK(names.size() > 400);
    CHECK(std::is_sorted(names.begin(), names.end()));
    size_t count = 0;
    for (const std::string_view service : names) {
        const auto all = sdk_operations(service);
        INFO(service);
        CHECK_FALSE(all.empty());
        CHECK(std::is_sorted(all.begin(), all.end()));
        count += all.size();
    }
    CHECK(count > 15'000);
    const auto glue = sdk_operations("glue");
    CHECK(std::find(glue.begin(), glue.end(), "startCrawler") != glue.end());
    CHECK(sdk_operations("gleu").empty());
    for (const Integration integration : all_integrations()) {   // what is described exists
        if (integration.optimized() || integration.pattern() != Pattern::Request) continue;
        INFO(integration.resource());
        const std::string rest(integration.resource().substr(std::string_view("states:::aws-sdk:").size()));
        const auto all = sdk_operations(rest.substr(0, rest.find(':')));
        CHECK(std::find(all.begin(), all.end(), integration.operation()) != all.end());
        CHECK(find_sdk_integration(rest.substr(0, rest.find(':')), integration.operation(), Pattern::Request) == integration);
    }
    CHECK_FALSE(find_sdk_integration("glue", "startCrawler", Pattern::Request));
}

TEST_CASE("services and operations are listed in byte order", "[schema]") {
    const auto names = services();
    CHECK(names.size() >= 17);
    CHECK(std::is_sorted(names.begin(), names.end()));
    for (const auto service : names) {
        const auto list = operations(service);
        CHECK_FALSE(list.empty());
        CHECK(std::is_sorted(list.begin(), list.end()));
    }
    for (const Integration integration : all_integrations()) {
        const auto found = find_integration(integration.service(), integration.operation(), integration.pattern(),
                                            !integration.optimized());
        REQUIRE(found);
        CHECK((*found == integration || integration.optimized()));
    }
}

TEST_CASE("data access by intent", "[schema]") {
    const auto read = find_access("s3.read");
    REQUIRE(read);
    REQUIRE(read->size() == 2);
    CHECK((*read)[0].actions[0] == "s3:GetObject");
    CHECK((*read)[0].resource == "arn:{partition}:s3:::{bucket}/{prefix}*");
    CHECK((*read)[1].condition_json == R"({"StringLike":{"s3:prefix":"{prefix}*"}})");
    CHECK_FALSE(find_access("s3.reads"));
    for (const auto* intent : {"s3.write", "s3.list", "ecr.pull", "kms.decrypt", "kms.encrypt", "kms.grant",
                               "secrets.read", "logs.write", "metrics.put", "xray.write", "vpc.network"}) {
        INFO(intent);
        CHECK(find_access(intent));
    }
    for (const auto intent : access_intents()) {
        const auto statements = find_access(intent);
        REQUIRE(statements);
        for (const AccessStatement& statement : *statements) {
            for (const std::string_view action : statement.actions) CHECK(is_action(action));
        }
    }
}

TEST_CASE("instance families", "[schema]") {
    CHECK(has_local_nvme("ml.g5.xlarge"));
    CHECK(has_local_nvme("ml.p4d.24xlarge"));
    CHECK(has_local_nvme("ml.p6-b200.48xlarge"));
    CHECK_FALSE(has_local_nvme("ml.m5.xlarge"));
    CHECK_FALSE(has_local_nvme("ml.p3.2xlarge"));
    CHECK_FALSE(has_local_nvme(""));
    CHECK(has_gpu("ml.g4dn.xlarge"));
    CHECK(has_gpu("ml.p3.2xlarge"));
    CHECK_FALSE(has_gpu("ml.trn1.2xlarge"));
    CHECK_FALSE(has_gpu("ml.m5.large"));
}

TEST_CASE("every pattern of the data can be compiled", "[schema]") {
    for (uint32_t id = 1; id <= shape_count(); ++id) {
        const Shape shape(id);
        if (shape.pattern().empty()) continue;
        std::string error;
        INFO(shape.service() << " " << shape.name() << ": " << shape.pattern());
        const bool compiles = Expression(in_pcre_spelling(shape.pattern()), &error).compiles();
        INFO(error);
        CHECK(compiles);
    }
}

namespace {

/// Texts that a pattern nearly takes: on the way to one that it takes, one, and each with a small change.
class NearMisses {
   public:
    explicit NearMisses(std::string_view pattern) : alphabet_(std::string(pattern) + "azAZ019-_./: ") {}

    /// Calls `check` with each text; it says whether there is a way on from the text.
    template <typename Check>
    void walk(Check check) {
        std::string text;
        for (size_t failures = 0; text.size() < 150 && failures < 20;) {
            text += any();
            bool goes_on = check(text);
            if (!goes_on) text.pop_back(), failures++;
            if (goes_on && random_() % 4 == 0) check(changed(text));
        }
    }
    std::string any_text() {
        std::string text;
        for (size_t size = random_() % 12; text.size() < size;) text += any();
        return text;
    }

   private:
    char any() {
        bool usual = random_() % 8 != 0;
        return usual ? alphabet_[random_() % alphabet_.size()] : static_cast<char>(' ' + random_() % 95);
    }
    std::string changed(std::string text) {
        size_t at = random_() % text.size();
        switch (random_() % 3) {
            case 0: text.erase(at, 1); break;
            case 1: text.insert(at, 1, any()); break;
            default: text[at] = any();
        }
        return text;
    }
    std::string alphabet_;
    std::mt19937 random_{4711};
};

/// Compares what `run` says of many texts with what PCRE2 says.
class Comparison {
   public:
    template <typename Run>
    void compare(const std::string& source, Run run) {
        Expression expression(source);
        REQUIRE(expression.compiles());
        auto goes_on = [&](const std::string& text) {
            Automaton::Answer answer = run(text);
            bool same = answer == Automaton::Answer::Unknown || (answer == Automaton::Answer::Matches) == expression.matches(text);
            INFO(source << " and `" << text << "`");
            if (!same) CHECK(same);
            (answer == Automaton::Answer::Matches ? taken : refused)++;
            return answer != Automaton::Answer::Never;
        };
        NearMisses misses(source);
        for (int i = 0; i < 12; i++) misses.walk(goes_on);
        for (int i = 0; i < 200; i++) goes_on(misses.any_text());
    }
    size_t taken = 0, refused = 0;
};

std::set<std::string> patterns_of_services() {
    std::set<std::string> sources;
    for (uint32_t id = 1; id <= shape_count(); ++id) sources.insert(in_pcre_spelling(Shape(id).pattern()));
    return sources;
}

}  // namespace

TEST_CASE("an automaton answers like PCRE2", "[schema]") {
    Comparison comparison;
    size_t plain = 0, others = 0;
    for (const std::string& source : patterns_of_services()) {
        auto automaton = make_automaton(source);
        (automaton ? plain : others)++;
        if (automaton) comparison.compare(source, [&](const std::string& text) { return automaton->run(text); });
    }
    CHECK(comparison.taken > 10000);
    CHECK(comparison.refused > 10000);
    CHECK(plain > 90);
    CHECK(others < 20);
}

TEST_CASE("an automaton made at build time answers like PCRE2", "[schema]") {
    Comparison comparison;
    for (uint32_t id = 1; id <= shape_count(); ++id) {
        std::string_view pattern = Shape(id).pattern();
        auto offset = static_cast<uint32_t>(pattern.data() - tables::packed.pool);
        auto of_pattern = [&](const ServicePattern& p) { return p.offset == offset; };
        auto at = std::find_if(service_patterns().begin(), service_patterns().end(), of_pattern);
        static std::set<uint32_t> seen;
        if (pattern.empty() || at == service_patterns().end() || !seen.insert(offset).second) continue;
        comparison.compare(in_pcre_spelling(pattern), [&](const std::string& text) { return at->automaton.run(text); });
    }
    CHECK(service_patterns().size() > 90);
    for (const KnownPattern& known : known_patterns()) {
        comparison.compare(std::string(known.text), [&](const std::string& text) { return known.automaton.run(text); });
        CHECK(pattern_error(known.text) == "");
    }
    CHECK(known_patterns().size() > 30);
    CHECK(comparison.taken > 10000);
    CHECK(comparison.refused > 10000);
}

TEST_CASE("what an automaton can be made of, PCRE2 takes too", "[schema]") {
    constexpr std::string_view parts[] = {"a", "b", "Z", "0", "-", "_", ".", "/", "[", "]", "^", "$", "(", "(?:", ")", "|", "*", "+", "?", "{", "}", ",",
                                          "1", "2", "\\", "\\d", "\\W", "\\x", "\\x{", "\\x{41}", "\\p{L}", "\\.", "\\-", "[a-z]", "[^a]", "{2}", "{0,3}", "é", ":", "="};
    std::mt19937 random{1234};
    size_t plain = 0;
    for (int i = 0; i < 100000; i++) {
        std::string source;
        for (size_t count = 1 + random() % 8; count; count--) source += parts[random() % std::size(parts)];
        if (!read_nfa(source)) continue;
        plain++;
        std::string error;
        bool compiles = Expression(source, &error).compiles();
        INFO(source << ": " << error);
        if (!compiles) CHECK(compiles);
    }
    CHECK(plain > 10000);
    for (const char* wrong : {"\\x{}", "\\x{110000}", "\\x{d800}", "[\\x{}]"}) CHECK(pattern_error(wrong) != "");
}

TEST_CASE("a plain expression has the groups that PCRE2 counts", "[schema]") {
    size_t plain = 0, captured = 0;
    auto compare = [&](const std::string& source) {
        auto count = plain_groups(source);
        if (!count) return;
        plain++;
        captured += *count;
        std::string error;
        auto groups = Expression(source, &error).groups();
        INFO(source << ": " << error);
        if (groups != count) CHECK(groups == count);
    };
    constexpr std::string_view parts[] = {"a", "b", "Z", "0", "-", "_", ".", "/", "[", "]", "^", "$", "(", "(?:", ")", "|", "*", "+", "?", "{", "}", ",", "1", "2", "\\",
                                          "\\d", "\\W", "\\x", "\\b", "\\1", "\\.", "\\-", "[a-z]", "[^a]", "{2}", "{0,3}", "{1,}", "\t", "é", ":", "=", " ", "(?=", "(a)"};
    constexpr std::string_view in_brackets[] = {"a", "z", "A", "9", "0", "-", "-", "^", "[", ":", "=", ".", "\\", "\\d", "\\-", "a-z", " ", "é", "("};
    std::mt19937 random{4321};
    for (int i = 0; i < 200000; i++) {
        std::string source;
        for (size_t count = 1 + random() % 8; count; count--) source += parts[random() % std::size(parts)];
        compare(source);
        source = "([";
        for (size_t count = random() % 6; count; count--) source += in_brackets[random() % std::size(in_brackets)];
        compare(source + "]+)");
    }
    for (const KnownPattern& known : known_patterns()) compare(std::string(known.text));
    for (uint32_t id = 1; id <= shape_count(); ++id) compare(in_pcre_spelling(Shape(id).pattern()));
    CHECK(plain > 50000);
    CHECK(captured > 50000);
    std::string most;   // of all that may be repeated
    for (int i = 0; i < 49; i++) most += "(";
    for (int i = 0; i < 90; i++) most += "[^ab]{9,99}";
    CHECK(plain_groups(most) == std::nullopt);
    compare(most.substr(0, 900) + std::string(49, ')'));
    CHECK(plain_groups("validation-auc: ([0-9.]+)") == 1u);
    CHECK(plain_groups("(?:loss|error)=([-+]?[0-9]*\\.?[0-9]+(?:e[-+]?\\d+)?)") == 1u);
    for (const char* other : {"(?<n>a)", "(?i)a", "(*F)", "a++", "a**", "(a){2}", "[[:alpha:]]", "[:a:]", "[]a]", "[z-a]", "[\\d-z]", "[a-", "(a", "a)", "a{100}", "a{2,1}",
                              "\\b", "\\1", "\\Q", "^*", "|+", "é", "\t", "]", "}", "a\\"})
        CHECK(plain_groups(other) == std::nullopt);
}

TEST_CASE("what is not plain is no automaton", "[schema]") {
    for (const char* expression : {"(?!a)b", "(a)\\1", "a^b", "a$b", "a++", "a(?i)b", "[[:alpha:]]", "\\bword", "a{2,1}", "a{", "(a", "a)",
                                   "[a", "\\p{Greek}", "[\\w-z]", "(?<n>a)", "é*", "(*ACCEPT)", "x{0,5000}"}) {
        INFO(expression);
        CHECK_FALSE(make_automaton(expression));
    }
    for (const char* expression : {"", "a|", "[]a]", "[^]a]", "a{0}b", "\\x41\\x{42}", "^a$|^b\\z", "[a-c-z]", "(?:a|b)+?",
                                   "[\\]\\-a]", "}{1}]"}) {
        INFO(expression);
        auto automaton = make_automaton(expression);
        REQUIRE(automaton);
        Expression pcre(expression);
        REQUIRE(pcre.compiles());
        for (const char* text : {"", "a", "b", "ab", "AB", "-", "z", "]", "c", "aab", "}]", "A", "B", "d"}) {
            INFO(text);
            CHECK((automaton->run(text) == Automaton::Answer::Matches) == pcre.matches(text));
        }
    }
}

TEST_CASE("patterns hold for the whole text", "[schema]") {
    const Shape job = find_shape("sagemaker", "TrainingJobName");
    CHECK(matches(job, "churn-2026-01"));
    CHECK(matches(job, "churn-2026-01"));
    CHECK_FALSE(matches(job, "churn_2026"));
    CHECK_FALSE(matches(job, "-churn"));
    CHECK_FALSE(matches(job, "churn-"));
    CHECK_FALSE(matches(job, "churn\n"));
    CHECK_FALSE(matches(job, ""));
    const Shape role = find_shape("sagemaker", "RoleArn");
    CHECK(matches(role, "arn:aws:iam::123456789012:role/service/train"));
    CHECK(matches(role, "arn:aws-cn:iam::123456789012:role/train"));
    CHECK_FALSE(matches(role, "arn:aws:iam::12345:role/train"));
    CHECK_FALSE(matches(role, "xarn:aws:iam::123456789012:role/train"));
    const Shape tag = find_shape("sagemaker", "TagValue");
    CHECK(matches(tag, "équipe données"));
    CHECK_FALSE(matches(tag, "a\xff"));
    CHECK_FALSE(matches(tag, "semi;colon"));
    CHECK(matches(Shape(), "anything"));
}

TEST_CASE("Java spellings are understood", "[schema]") {
    const Shape uri = find_shape("emrserverless", "UriString");
    CHECK(matches(uri, "s3://logs/\U0001F600"));
    const Shape key = find_shape("sagemaker", "CustomerMetadataKey");
    CHECK(matches(key, "team-a"));
    CHECK_FALSE(matches(key, "team;a"));
    const Shape credentials = find_shape("sagemaker", "TrainingRepositoryCredentialsProviderArn");
    CHECK(matches(credentials, "arn:aws:lambda:us-east-1:123456789012:function:f"));
    CHECK_FALSE(matches(credentials, "arn:a_s:lambda:us-east-1:123456789012:function:f"));
    CHECK(matches(find_shape("sagemakerruntime", "TargetModelHeader"), "model 1.tar.gz"));
}

TEST_CASE("a long text is decided or let pass, not hung on", "[schema]") {
    const Shape job = find_shape("sagemaker", "TrainingJobName");
    const std::string text = std::string(100'000, 'a') + "!";
    for (int i = 0; i < 3; ++i) matches(job, text);
    CHECK_FALSE(matches(job, std::string(64, 'a')));
}
