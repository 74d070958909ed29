// A stage whose expansion is repeated comes out as if the kind's body had been walked for it, findings included.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/harness.hpp"

using namespace zflow;
using namespace zflow::test;
namespace fs = std::filesystem;

namespace {

constexpr const char* around = R"(
stack s { databricks: { host: "dbc.example.com", token: token } tags: { team: "a" } }
secret token = "databricks/token"
param data: Bucket
param size: Int = 3
container trainer { image: ecr("train", tag: "1.0"), environment: { A: "b" } }
container other { image: ecr("other", tag: "1.0") }
const booster = { eta: 0.2, gamma: 4 }
const twice = [{ on: States.Timeout, attempts: 2 }]
dataset Rows { id: Int } as parquet
stage kind pair(name: String, count: Int(min: 1, max: 9) = 2, wait_for: Duration = 5m, where: S3) {
    require count < 8, "fewer than eight"
    stage first = databricks_job { job: count, parameters: { name }, writes: where, timeout: wait_for }
    if count > 3 {
        stage second = training_job { image: trainer, channels: { train: first.output! }, output: s3(data, "x/${name}/"), count }
        let model = second.model
    } else {
        stage third = training_job { image: other, channels: { train: where }, output: s3(data, "y/${name}/") }
        let model = third.model
    }
    return { model, half: count / 2, label: "${name}-${count}" }
}
)";

struct Outcome {
    std::string text, findings;
    bool fine;
};

Outcome outcome(const std::string& source, const CompileOptions& options, const std::map<std::string, std::string>& others = {}) {
    Compiled result;
    compile(result, source, options, "test.zflow", others);
    std::string text;
    for (const auto& [name, stack] : result.stacks) text += stack;
    return {text, result.rendered(), !result.diagnostics.has_errors()};
}

Outcome outcome(const std::string& source, Emit emit, bool repeat) { return outcome(source, {.emit = emit, .repeat_expansions = repeat}); }

/// Each of `stages` is `kind { settings }`; all stand in one pipeline, twice.
void expect_same(const std::vector<std::string>& stages, bool fine = true) {
    std::string source = std::string(around) + "pipeline p(run: Date, amount: Int, from: { a: String, b: Float? }) {\n";
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < stages.size(); i++) {
            std::string name = std::string(round ? "again_" : "stage_") + std::to_string(i);
            std::string settings = stages[i];
            for (size_t at; (at = settings.find("NAME")) != std::string::npos;) settings.replace(at, 4, name);
            source += "    stage " + name + " = " + settings + "\n";
        }
    source += "}\n";
    for (Emit emit : {Emit::Template, Emit::Ir}) {
        Outcome repeated = outcome(source, emit, true), walked = outcome(source, emit, false);
        Outcome evaluated = outcome(source, {.emit = emit, .prepared = false});   // nothing of the library is known before
        INFO(source);
        CHECK(repeated.findings == walked.findings);
        CHECK(walked.fine == fine);
        CHECK(repeated.text == walked.text);
        CHECK(repeated.findings == evaluated.findings);
        CHECK(repeated.text == evaluated.text);
    }
}

/// The sources below a folder, by their paths from the root.
std::vector<fs::path> programs_in(const char* folder) {
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(ZFLOW_ROOT) / folder))
        if (entry.path().extension() == ".zflow") all.push_back(fs::relative(entry.path(), ZFLOW_ROOT));
    std::sort(all.begin(), all.end());
    return all;
}

/// What a program can import: the files beside it and below.
std::map<std::string, std::string> files_beside(const fs::path& path) {
    std::map<std::string, std::string> others;
    fs::path folder = fs::path(ZFLOW_ROOT) / path.parent_path();
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        bool part = entry.path().extension() == ".zflow" || entry.path().extension() == ".py";
        fs::path name = fs::relative(entry.path(), folder);
        if (part && name != path.filename()) others.emplace(name.string(), project_file(fs::relative(entry.path(), ZFLOW_ROOT).string()));
    }
    return others;
}

/// Whether the program compiles; it comes to the same with the other options.
bool expect_same_file(const fs::path& path, const std::string& source, CompileOptions other) {
    bool many = path.parent_path() == "tests/valid" || path.parent_path() == "tests/errors";   // each stands alone
    auto others = many ? std::map<std::string, std::string>() : files_beside(path);
    bool fine = false;
    for (Emit emit : {Emit::Template, Emit::Ir}) {
        other.emit = emit;
        Outcome repeated = outcome(source, {.emit = emit}, others), walked = outcome(source, other, others);
        INFO(path.string() << "\n" << source);
        CHECK(repeated.findings == walked.findings);
        CHECK(repeated.text == walked.text);
        fine = walked.fine;
    }
    return fine;
}

/// Behind each `stage name = kind { … }` come three more with other names: the third of a kind is the first to be repeated.
std::string with_more_stages(const std::string& source) {
    std::string out;
    size_t done = 0;
    for (size_t at = 0; (at = source.find("stage ", at)) != std::string::npos; at++) {
        size_t line = source.rfind('\n', at) + 1;
        size_t name_end = source.find_first_of(" \n", at + 6), open = source.find_first_of("{\n", at);
        bool whole = source.find_first_not_of(' ', line) == at && source.compare(name_end, 3, " = ") == 0 && source[open] == '{';
        if (!whole) continue;
        size_t end = open, depth = 0;
        do depth += source[end] == '{', depth -= source[end] == '}';
        while (++end < source.size() && depth);
        std::string name = source.substr(at + 6, name_end - at - 6);
        out += source.substr(done, end - done);
        for (const char* more : {"_b", "_c", "_d"}) out += "\n    stage " + name + more + source.substr(name_end, end - name_end);
        done = at = end;
    }
    return out + source.substr(done);
}

}  // namespace

TEST_CASE("repeated expansions: jobs", "[expansion]") {
    expect_same({
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/NAME/") }, output: s3(data, "out/NAME/") })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/NAME/") }, output: s3(data, "out/") })~",
        R"~(training_job { image: other, channels: { train: s3(data, "") }, output: s3(data, "") })~",
        R"~(training_job { image: ecr("x", tag: "2"), channels: { train: "s3://some-data/NAME/", test: Channel(from: s3(data, "t/"), content_type: "text/csv") }, output: "s3://some-data/o/", count: 2 })~",
        R"~(training_job { image: ecr("x", tag: "3"), channels: { train: "s3://some-data/x/", test: Channel(from: s3(data, "NAME/"), content_type: "a/b") }, output: "s3://some-data/p/", count: 3 })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/${run}/") }, output: s3(data, "out/"), hyperparameters: { ...booster, depth: 3 }, metrics: { auc: "auc: ([0-9.]+)" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/${from.a}/") }, output: s3(data, "out/"), hyperparameters: { ...booster, depth: 5 }, metrics: { auc: "AUC ([0-9.]+)" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/") }, output: s3(data, "out/"), hyperparameters: { depth: amount, rate: from.b ?? 0.5 }, instance: ml.g5.xlarge, volume: 10GB })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/") }, output: s3(data, "out/"), hyperparameters: { depth: amount, rate: from.b ?? 0.1 }, instance: ml.m5.xlarge, volume: 70GB })~",
        R"~(training_job { image: trainer, channels: { train: Dataset<Rows> at s3(data, "rows/NAME/") }, output: s3(data, "out/"), max_runtime: 2h, spot: { max_wait: 3h, checkpoints: s3(data, "cp/NAME/") } })~",
        R"~(training_job { image: trainer, channels: { train: Dataset<Rows> at s3(data, "rows/") }, output: s3(data, "out/"), max_runtime: 3h, spot: { max_wait: 4h, checkpoints: s3(data, "cp/") }, retry: twice })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "r/") }, output: s3(data, "out/"), retry: busy_retry, environment: { B: "NAME" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "r/") }, output: s3(data, "out/"), retry: throttled_retry, environment: { B: "" } })~",
    });
}

TEST_CASE("repeated expansions: kinds of several states", "[expansion]") {
    expect_same({
        R"~(databricks_job { job: 1, writes: s3(data, "a/NAME/"), timeout: 2h })~",
        R"~(databricks_job { job: 2, writes: s3(data, "b/"), timeout: 2h })~",
        R"~(databricks_job { job: "3", parameters: { a: 1, b: amount, c: "x" }, timeout: 3h })~",
        R"~(databricks_job { job: "4", parameters: { a: 2, b: amount, c: "y" }, timeout: 4h, retry: twice })~",
        R"~(databricks_job { job: "5", parameters: { a: 3, b: size, c: "" }, timeout: 4h, retry: [{ on: Databricks.Transient, attempts: 3 }] })~",
        R"~(databricks_job { task: { notebook_task: { notebook_path: "/NAME" }, new_cluster: { num_workers: 3 } }, reads: ["s3://some-data/NAME"] })~",
        R"~(databricks_job { task: { notebook_task: { notebook_path: "/x" }, new_cluster: { num_workers: amount } }, reads: ["s3://some-data/x"] })~",
        R"~(endpoint { name: "endpoint-1", containers: [trainer], instance: ml.m5.large })~",
        R"~(batch_transform_job { model: "m-1", input: s3(data, "i/NAME/"), output: s3(data, "o/"), max_payload: 6MB, count: 3 })~",
        R"~(batch_transform_job { model: "m-2", input: s3(data, "i/"), output: s3(data, "o/NAME/"), max_payload: 9MB, count: 1 })~",
        R"~(batch_transform_job { model: trainer, input: s3(data, "i/"), output: s3(data, "o/NAME/") })~",
        R"~(batch_transform_job { model: other, input: s3(data, "i/"), output: s3(data, "o/NAME/") })~",
        R"~(pair { name: "one", count: 5, where: s3(data, "NAME/") })~",
        R"~(pair { name: "two", count: 5, where: s3(data, "2/") })~",
        R"~(pair { name: "", count: 2, where: s3(data, "3/") })~",
        R"~(pair { name: "four", count: 7, where: s3(data, "4/"), wait_for: 10m })~",
    });
}

TEST_CASE("repeated expansions: settings that are given, that are not, and that say what holds anyway", "[expansion]") {
    const std::string job = R"~(batch_transform_job { model: other, input: s3(data, "i/"), output: s3(data, "o/NAME/"))~";
    expect_same({
        job + "}", job + ", isolated: true }", job + ", isolated: false }", job + "}", job + ", max_payload: 6MB, max_concurrent: 2 }",
        job + ", max_payload: 5MB }", job + R"~(, split: "Line", strategy: "MultiRecord" })~", job + R"~(, split: "Line" })~", job + ", split: none }",
        job + R"~(, join_input: true, input_filter: "$", output_filter: "$.SageMakerOutput" })~", job + ", join_input: false, environment: {} }",
        job + R"~(, environment: { A: "NAME" }, request_timeout: 5m })~", job + ", timeout: 24h, retry: busy_retry }",
        R"~(endpoint { name: "endpoint-1", containers: [other], scaling: { max: 4, target: 9 } })~",
        R"~(endpoint { name: "endpoint-2", containers: [other], isolated: true, count: 2 })~",
        R"~(endpoint { name: "endpoint-3", containers: [other], rollout: { shift: "Linear", alarms: ["a"] }, timeout: 3h })~",
        R"~(endpoint { name: "endpoint-4", variants: { a: { model: other }, b: { model: other, weight: 2, count: 3 } } })~",
        R"~(endpoint { name: "endpoint-5", containers: [other], serverless: {}, isolated: false })~",
        R"~(endpoint { name: "endpoint-6", config: "made-elsewhere" })~",
        R"~(endpoint { name: "endpoint-7", containers: [other], async: { input: s3(data, "q/"), output: s3(data, "a/") }, startup_timeout: 5m })~",
    });
    expect_same({   // what a kind requires of them
        job + ", max_payload: 101MB }", job + ", max_payload: 60MB, max_concurrent: 2 }", job + R"~(, strategy: "MultiRecord" })~",
        job + R"~(, input_filter: "features" })~", job + R"~(, join_input: true, compression: "Gzip" })~", job + "}",
        R"~(endpoint { name: "endpoint-1", containers: [other], serverless: {} })~", R"~(endpoint { name: "endpoint-2" })~",
        R"~(endpoint { name: "endpoint-3", containers: [other], scaling: { min: 5, max: 4, target: 9 } })~",
        R"~(endpoint { name: "endpoint-4", containers: [other], rollout: { shift: "Linear", step: 5 } })~",
    }, false);
}

TEST_CASE("repeated expansions: results of other stages", "[expansion]") {
    expect_same({
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/NAME/") }, output: s3(data, "out/NAME/") })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/NAME/") }, output: s3(data, "out/NAME/") })~",
        R"~(batch_transform_job { model: stage_0.model, input: s3(data, "i/"), output: s3(data, "o/") })~",
        R"~(batch_transform_job { model: stage_1.model, input: s3(data, "i/"), output: s3(data, "o/") })~",
        R"~(batch_transform_job { model: stage_1.model, input: stage_0.output, output: s3(data, "o/${stage_0.job}/") })~",
        R"~(batch_transform_job { model: stage_0.model, input: stage_1.output, output: s3(data, "o/${stage_1.job}/") })~",
        R"~(model { containers: [stage_0.model, trainer] })~",
        R"~(model { containers: [stage_1.model, other] })~",
        R"~(batch_transform_job { model: stage_6, input: s3(data, "i/"), output: s3(data, "o/NAME/") })~",
        R"~(batch_transform_job { model: stage_7, input: s3(data, "i/"), output: s3(data, "o/NAME/") })~",
    });
}

TEST_CASE("repeated expansions: mistakes are found where they are", "[expansion]") {
    expect_same({
        R"~(pair { name: "one", count: 2, where: s3(data, "NAME/") })~",
        R"~(pair { name: "two", count: 3, where: s3(data, "NAME/") })~",
        R"~(pair { name: "two", count: 8, where: s3(data, "NAME/") })~",
        R"~(pair { name: "two", count: 12, where: s3(data, "NAME/") })~",
        R"~(pair { name: "two", count: 0, where: s3(data, "NAME/") })~",
        R"~(pair { name: 5, where: s3(data, "NAME/") })~",
        R"~(pair { nam: "two", where: s3(data, "NAME/") })~",
        R"~(batch_transform_job { model: "m-1", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 6MB })~",
        R"~(batch_transform_job { model: "m-2", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 6MB })~",
        R"~(batch_transform_job { model: "m_3", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 6MB })~",
        R"~(batch_transform_job { model: "m-4", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 600MB })~",
        R"~(batch_transform_job { model: "m-4", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 1500KB })~",
        R"~(batch_transform_job { model: "m-4", input: s3(data, "i/"), output: s3(data, "o/"), max_payload: 6MB, instance: ml.x9.large })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/") }, output: s3(data, "out/"), metrics: { auc: "a" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/") }, output: s3(data, "out/"), metrics: { auc: "" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(from.a, "in/") }, output: s3(data, "out/"), metrics: { auc: "" } })~",
        R"~(training_job { image: trainer, channels: { train: s3(data, "in/") }, output: s3(data, "out/"), max_runtime: 60d })~",
    }, false);
}

TEST_CASE("repeated expansions: stages that are written alike", "[expansion]") {
    const std::string image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/", fips = "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/";
    auto training = [](const std::string& from, const std::string& place) {
        return "training_job { image: \"" + from + "\", channels: { train: Channel(from: \"" + place + "/in/\", content_type: \"text/csv\") }, output: \"" + place + "/out/NAME/\" }";
    };
    expect_same({
        training(image + "a:1", "s3://some-data/1"), training(image + "b:2", "s3://some-data/NAME"), training(image + "b:2", "s3://other-data"),
        training(fips + "thing:1", "s3://some-data/4"), training(fips + "other:2", "s3://some-data/NAME"), training(fips + "thing@sha256:3", "s3://some-data/6"),
        R"~(pair { name: "x\"y NAME", count: 2 + 1, where: s3(data, "1/NAME/") })~",
        R"~(pair { name: "\u{1F600}", count: 2 + 1, where: s3(data, "${run}/NAME/") })~",
        R"~(pair { name: "a\tb", count: 3 + 4, where: s3(data, "${run}/2/") })~",
        R"~(pair { name: "plain", count: 1 + 4, where: s3(data, "${run}/3/") })~",
        R"~(pair { name: from.a, count: 5, where: s3(data, "3/"), wait_for: 90s })~",
        R"~(pair { name: from.a, count: 6, where: s3(data, "4/"), wait_for: 1h30m })~",
        R"~(pair { name: from.a, count: 3, where: s3(data, "5/"), wait_for: 2m })~",
        "databricks_job { job: 1, parameters: { a: \"\"\"\n            a\n              b\n            \"\"\" } }",
        "databricks_job { job: 1, parameters: { a: \"\"\"\n            a\n              b\n          \"\"\" } }",
    });
    expect_same({
        training(image + "a:1", "s3://some-data/1"), training(image + "b:2", "s3://some-data/2"), training("two words", "s3://some-data/3"),
        training(image + "c:3", "s3://Bad_Bucket/4"), training(image + "c:3", "somewhere"), training("", "s3://some-data/5"),
        R"~(pair { name: "one", count: 4, where: s3(data, "1/") })~", R"~(pair { name: "two", count: 5, where: s3(data, "2/") })~",
        R"~(pair { name: "three", count: 99999999999999999999, where: s3(data, "3/") })~",
        R"~(pair { name: "four", count: 6, where: s3("B", "4/") })~", R"~(pair { name: "five", count: 5.5, where: s3(data, "5/") })~",
    }, false);
}

TEST_CASE("repeated expansions: the same words may mean something else", "[expansion]") {
    auto check = [](const std::string& body, bool fine) {
        std::string source = std::string(around) + "pipeline p(run: Date, amount: Int, from: { a: String, b: String? }, more: String?) {\n" + body + "}\n";
        for (Emit emit : {Emit::Template, Emit::Ir}) {
            Outcome repeated = outcome(source, emit, true), walked = outcome(source, emit, false);
            INFO(source << walked.findings);
            CHECK(repeated.findings == walked.findings);
            CHECK(walked.fine == fine);
            CHECK(repeated.text == walked.text);
        }
    };
    auto stage = [](const std::string& name, const std::string& value, const std::string& place = "x/") {
        return "stage " + name + " = pair { name: " + value + ", where: s3(data, \"" + place + "\") }\n";
    };
    const std::string three = stage("a", "more") + stage("b", "more") + stage("c", "more");
    check("if more != none {\n" + three + "}\n", true);
    check("if more != none {\n" + three + "}\n" + stage("d", "more"), false);
    check("if from.b != none {\n" + stage("a", "from.b") + stage("b", "from.b") + "}\n" + stage("c", "from.b ?? \"x\""), true);
    check("if from.b != none {\n" + stage("a", "from.b") + stage("b", "from.b") + "}\n" + stage("c", "from.b"), false);
    const std::string turn = "for name in [\"a\", \"b\"] {\n" + stage("one", "name") + stage("two", "name") + "}\n";
    check(turn + "for name in [from.a] {\n" + stage("three", "name") + stage("four", "name") + "}\n", true);
    check("parallel {\nl {\nlet x = from.a\n" + stage("a", "x") + stage("b", "x") + "}\nr {\nlet x = \"r\"\n" + stage("c", "x", "y/") + stage("d", "x", "y/") + "}\n}\n", true);
    check(stage("a", "\"a\"") + "/// What it is for.\n" + stage("b", "\"b\"") + "/// And this.\n" + stage("c", "\"c\""), true);
    check("let name = from.a\n" + std::string("stage a = pair { name, where: s3(data, \"1/\") }\nstage b = pair { name, where: s3(data, \"2/\") }\n"), true);
}

TEST_CASE("repeated expansions: kinds that do more than make states", "[expansion]") {
    const std::string kinds = R"~(
resource work = function { source: "def handler(event, context): return event" }
resource inbox = queue {}
stage kind keeps(names: List<String>, mark: String) {
    let sizes = for name in names (on_failure: "continue") {
        stage each = lambda_job { function: work, payload: { name, mark } }
        yield each.result
    }
    let both = parallel (on_failure: "continue") {
        fast { stage first = lambda_job { function: work, payload: { mark } } }
        slow { fail Never "not yet" }
    }
    return { sizes: present(sizes), first: both.fast?.first?.result, slow: both.slow == none }
}
stage kind explains(mark: String) {
    let both = parallel (on_failure: "continue") {
        fast { stage first = lambda_job { function: work, payload: { mark } } }
        slow { fail Never "not yet" }
    }
    return { why: problems(both).slow?.cause ?? "" }
}
stage kind far(names: List<String>, mark: String) {
    for name in names (distributed: true) { stage each = lambda_job { function: work, payload: { name, mark } } }
}
stage kind near(names: List<String>) {
    for name in names (unroll: true) { stage each = lambda_job { function: work, payload: { name } } }
}
stage kind reads(place: S3) {
    let report: { auc: Float } = read_json(place)
    return { auc: report.auc }
}
stage kind written(name: String) {
    call state_of = state { Type: "Task", Resource: "arn:aws:states:::aws-sdk:glue:getTable", Arguments: { DatabaseName: "a", Name: name } }
    return { table: state_of.result }
}
stage kind asks(question: String, limit: Duration = 1h) {
    call answer = sqs.sendMessage.wait_for_task_token (timeout: limit) { QueueUrl: inbox.url, MessageBody: { question, token: task_token() } }
    return { said: answer }
}
stage kind named(name: String) {
    call given = sdk (service: "glue", operation: "startCrawler") { Name: name }
}
stage kind chooses(mode: String) {
    if mode == "bad" { fail Bad "this mode is bad" }
    stage one = lambda_job { function: work, payload: { mode } }
}
stage kind required(count: Int, more: Int) {
    require [count > 0, more > count], ["a count is positive", "there have to be more"]
    stage one = lambda_job { function: work, payload: { count, more } }
}
stage kind twice(name: String, errors_of: List<String>) {
    stage one = lambda_job { function: work, payload: { name }, retry: [{ on: errors_of, attempts: 2 }] }
}
)~";
    const std::vector<std::string> calls = {
        R"~(keeps { names: ["a", "b"], mark: "NAME" })~", R"~(keeps { names: ["c", "d"], mark: "x" })~", R"~(keeps { names, mark: day })~",
        R"~(explains { mark: "NAME" })~", R"~(explains { mark: "y" })~", R"~(far { names, mark: "NAME" })~", R"~(far { names: ["e"], mark: "z" })~",
        R"~(near { names: ["a", "b"] })~", R"~(near { names: ["c", "d"] })~", R"~(near { names: ["e"] })~",
        R"~(reads { place: s3(data, "NAME/r.json") })~", R"~(reads { place: s3(data, "r.json") })~",
        R"~(written { name: "NAME" })~", R"~(written { name: day })~", R"~(asks { question: "NAME?" })~", R"~(asks { question: "why?", limit: 2h })~",
        R"~(asks { question: "who?", limit: 200000000s })~", R"~(chooses { mode: "NAME" })~", R"~(chooses { mode: "bad" })~", R"~(chooses { mode: day })~",
        R"~(required { count: 1, more: 2 })~", R"~(required { count: 2, more: 5 })~", R"~(required { count: 0, more: 2 })~", R"~(required { count: 3, more: 2 })~",
        R"~(twice { name: "NAME", errors_of: ["Lambda.ServiceException"] })~", R"~(twice { name: "n", errors_of: ["Lambda.ServiceException"] })~",
        R"~(twice { name: "n", errors_of: ["Lambda.ServiceExceptoin"] })~", R"~(named { name: "NAME" })~",
    };
    const std::string grant = R"~(    grant { actions: ["glue:StartCrawler", "glue:GetTable"], resources: [arn("glue", "crawler/orders")] })~";
    size_t fine = 0;
    auto check = [&](const std::string& body) {
        std::string source = "stack s {}\nparam data: Bucket\n" + kinds + "pipeline p(day: String, names: List<String>) {\n" + body + "}\n";
        for (Emit emit : {Emit::Template, Emit::Ir}) {
            Outcome repeated = outcome(source, emit, true), walked = outcome(source, emit, false);
            INFO(source << walked.findings);
            CHECK(repeated.findings == walked.findings);
            CHECK(repeated.text == walked.text);
            fine += walked.fine;
        }
    };
    auto stage = [&](const std::string& name, std::string call) {
        if (size_t at = call.find("NAME"); at != std::string::npos) call.replace(at, 4, name);
        return "    stage " + name + " = " + call + "\n";
    };
    std::string all = grant + "\n";
    for (const std::string& call : calls) {
        std::string four, caught;
        for (std::string name : {"a", "b", "c", "d"}) {
            four += stage(name, call);
            caught += "    try {\n" + stage(name, call) + "    } catch Bad { wait 1s }\n";
        }
        check(four);
        check(caught);
        check(grant + "\n" + four);
        for (std::string round : {"x", "y", "z"}) all += stage(round + std::to_string(&call - calls.data()), call);
    }
    check(all);
    CHECK(fine > 60);
}

TEST_CASE("repeated expansions: every program of the project", "[expansion]") {
    size_t programs = 0;
    for (const char* folder : {"examples", "tests/golden", "tests/valid", "tests/errors"})
        for (const fs::path& path : programs_in(folder)) {
            expect_same_file(path, project_file(path.string()), {.repeat_expansions = false});
            programs++;
        }
    CHECK(programs > 300);
}

TEST_CASE("repeated expansions: every program with each of its stages four times", "[expansion]") {
    size_t fine = 0;
    for (const char* folder : {"examples", "tests/golden", "tests/valid"})
        for (const fs::path& path : programs_in(folder)) fine += expect_same_file(path, with_more_stages(project_file(path.string())), {.repeat_expansions = false});
    CHECK(fine > 90);   // the others have findings now, which are the same both ways
}

TEST_CASE("what was prepared of the library is what a run makes of it", "[expansion]") {
    size_t programs = 0;
    for (const char* folder : {"examples", "tests/golden", "tests/valid", "tests/errors"})
        for (const fs::path& path : programs_in(folder)) {
            expect_same_file(path, project_file(path.string()), {.prepared = false});
            if (std::string_view(folder) != "tests/errors") expect_same_file(path, with_more_stages(project_file(path.string())), {.prepared = false});
            programs++;
        }
    CHECK(programs > 300);
}

TEST_CASE("what the library gives CloudFormation is what its registry takes", "[expansion]") {
    size_t resources = 0;
    for (const char* folder : {"examples", "tests/golden", "tests/valid"})
        for (const fs::path& path : programs_in(folder)) {
            INFO(path.string());
            const std::string source = project_file(path.string());
            Outcome usual = outcome(source, {.emit = Emit::Nothing});
            CHECK(outcome(source, {.emit = Emit::Nothing, .check_library_resources = true}).findings == usual.findings);
            resources += source.find("resource ") != source.npos;
        }
    CHECK(resources > 60);
}
