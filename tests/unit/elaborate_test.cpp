// Types and binding times of expressions, asked for with declarations that need a certain type or time.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "elaborate/schedule.hpp"
#include "schema/zones.hpp"
#include "support/harness.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

constexpr const char* around = R"(
param text: String
param number: Int
param data: Bucket
const record = { depth: 6, rate: 0.1, tags: ["a", "b"] }
function double(x: Int) = x * 2
)";

/// The ids and messages of what is found, one a line.
std::string findings(const std::string& source) {
    Compiled result;
    compile(result, around + source, {.emit = Emit::Nothing});
    std::string all;
    for (const Diagnostic* d : result.diagnostics.sorted()) all += std::string(d->kind.id) + ": " + d->message + "\n";
    return all;
}

bool fits(const std::string& type, const std::string& expression) {
    return findings("const x: " + type + " = " + expression).empty();
}

std::string type_of(const std::string& expression) {
    // nothing fits this record, so the message names what was found
    std::string wanted = "type Nothing = { nothing_like_it: Int }\nconst x: List<List<Nothing>> = ";
    std::string all = findings(wanted + "[[" + expression + "]]");
    size_t at = all.find("found `");
    return at == std::string::npos ? all : all.substr(at + 7, all.find("`\n", at) - at - 7);
}

enum class Known { Compiling, Deploying, Running };

Known known(const std::string& expression) {
    std::string const_only =
        findings("pipeline p(input: String, count: Int) { wait 5m schedule: cron(" + expression + ") }");
    auto says = [&](const char* words) { return const_only.find(words) != std::string::npos; };
    if (!says("wrong-binding-time")) return Known::Compiling;
    return says("only known while the pipeline runs") ? Known::Running : Known::Deploying;
}

}  // namespace

TEST_CASE("elaborate: types of expressions", "[elaborate]") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"1", "Int"},
        {"1.5", "Float"},
        {"1 + 2", "Int"},
        {"1 + 2.5", "Float"},
        {"7 % 2", "Int"},
        {"true and false", "Bool"},
        {"1 < 2", "Bool"},
        {"\"a\"", "String"},
        {"\"a${number}\"", "String"},
        {"\"a\" + text", "String"},
        {"30s", "Duration"},
        {"30s + 1h", "Duration"},
        {"30s * 2", "Duration"},
        {"(90s).seconds", "Int"},
        {"5GB", "Size"},
        {"2026-01-31", "Date"},
        {"ml.m5.large", "Instance"},
        {"s3(data, \"a/\")", "S3"},
        {"ecr(\"a\")", "Image"},
        {"record.depth", "Int"},
        {"record.tags", "List<String>"},
        {"record.tags[0]", "String"},
        {"double(4)", "Int"},
        {"text", "String"},
        {"if number > 1 then 1 else 2", "Int"},
    };
    for (auto& [expression, type] : cases) {
        INFO(expression);
        CHECK(type_of(expression) == type);
    }
}

TEST_CASE("elaborate: what fits a type", "[elaborate]") {
    CHECK(fits("Float", "1"));
    CHECK_FALSE(fits("Int", "1.5"));
    CHECK(fits("Int?", "none"));
    CHECK_FALSE(fits("Int", "none"));
    CHECK(fits("\"a\" | \"b\"", "\"b\""));
    CHECK_FALSE(fits("\"a\" | \"b\"", "\"c\""));
    CHECK_FALSE(fits("\"a\" | \"b\"", "text"));
    CHECK(fits("String | Int", "3"));
    CHECK(fits("S3", "\"s3://my-bucket/a/\""));
    CHECK_FALSE(fits("S3", "\"my-bucket/a/\""));
    CHECK(fits("Date", "\"2024-02-29\""));
    CHECK_FALSE(fits("Date", "\"2026-02-29\""));
    CHECK(fits("Map<String>", "{ a: 1, b: true, c: \"x\" }"));
    CHECK_FALSE(fits("Map<String>", "{ a: [1] }"));
    CHECK(fits("List<{ a: Int, b: Int? }>", "[{ a: 1 }, { a: 2, b: 3 }]"));
    CHECK_FALSE(fits("List<{ a: Int }>", "[{ a: 1 }, { b: 2 }]"));
    CHECK(fits("List<Int(min: 1)>", "[1, 2]"));
    CHECK_FALSE(fits("List<Int(min: 1)>", "[1, 0]"));
    CHECK_FALSE(fits("{ share: Float(max: 1) }", "{ share: 1.5 }"));
    CHECK_FALSE(fits("Map<Int(max: 1)>", "{ a: 2 }"));
    CHECK(fits("Json", "{ a: [1, { b: none }] }"));
}

TEST_CASE("elaborate: when a value is known", "[elaborate]") {
    const std::vector<std::pair<std::string, Known>> cases = {
        {"\"a\"", Known::Compiling},
        {"\"a${record.depth}\"", Known::Compiling},
        {"\"a${double(3)}\"", Known::Compiling},
        {"upper(\"a\")", Known::Compiling},
        {"if 1 < 2 then \"a\" else text", Known::Compiling},
        {"json({ a: [1, 0.5, true], b: \"x\" })", Known::Compiling},
        {"json({ a: [1, input] })", Known::Running},
        {"text", Known::Deploying},
        {"\"a${text}\"", Known::Deploying},
        {"\"a\" + text", Known::Deploying},
        {"\"${aws.region}\"", Known::Deploying},
        {"input", Known::Running},
        {"\"a${input}${text}\"", Known::Running},
        {"\"${count + number}\"", Known::Running},
        {"pipeline.execution", Known::Running},
        {"if count > 1 then \"a\" else \"b\"", Known::Running},
    };
    for (auto& [expression, time] : cases) {
        INFO(expression);
        CHECK(known(expression) == time);
    }
}

TEST_CASE("elaborate: conditions that are known leave no trace", "[elaborate]") {
    Compiled result;
    compile(result,
            "stack s\nconst big = true\npipeline p {\n    if big { wait 7s } else { wait 8s }\n"
            "    match \"a\" { \"a\" => { wait 9s } else => { wait 11s } }\n}\n",
            {.emit = Emit::Asl});
    INFO(result.rendered());
    REQUIRE(result.stacks.size() == 1);
    CHECK(result.text().find("\"Choice\"") == std::string::npos);
    CHECK(result.text().find('7') != std::string::npos);
    CHECK(result.text().find('8') == std::string::npos);
    CHECK(result.text().find("11") == std::string::npos);
}

TEST_CASE("elaborate: the JSON text of a constant is what JSONata's $string makes of it", "[elaborate]") {
    Compiled result;
    compile(result,
            "stack s\nconst e: List<String> = []\npipeline p {\n    fail Stopped json({ b: [1, 1, -2.5], a: true, left: none, e, r: {}, t: \"\\\"ä\\n/\\\\\" })\n}\n",
            {.emit = Emit::Asl});
    INFO(result.rendered());
    REQUIRE(result.stacks.size() == 1);
    CHECK(result.text().find(R"("Cause": "{\"b\":[1,1,-2.5],\"a\":true,\"e\":[],\"r\":{},\"t\":\"\\\"ä\\n/\\\\\"}")") != std::string::npos);
}

TEST_CASE("elaborate: a source without a stack has its file's name", "[elaborate]") {
    Compiled result;
    compile(result, "pipeline p { wait 5m }\n", {}, "folder/demand_forecast.zflow");
    REQUIRE(result.stacks.size() == 1);
    CHECK(result.stacks.begin()->first == "demand-forecast");
}

TEST_CASE("what a constant leaves out leaves nothing behind", "[elaborate]") {
    const std::string begin = R"(param data: Bucket
const full = false
container tool { image: ecr("python", tag: "3.13") }
resource fn = function { source: "def handler(event, context): return event" }
pipeline p(day: Date) {
    stage first = processing_job { image: tool, outputs: { a: s3(data, "a/${day}/") } }
)";
    const std::string left_out = R"(    if full {
        stage more = processing_job { image: tool, inputs: { x: s3(data, "secret/") }, outputs: { b: s3(data, "b/") } }
        stage last = lambda_job { function: fn, payload: { at: more.outputs.b } }
        let copies = for x in ["a", "b"] (at_most: 2) {
            call sent = sns.publish { TopicArn: "arn:aws:sns:eu-west-1:123456789012:x", Message: x }
            yield sent.MessageId
        }
        return { copies }
    }
)";
    const std::string end = R"(    stage last = processing_job { image: tool, inputs: { x: first.outputs.a }, outputs: { b: s3(data, "c/") } }
    let pause = if full then first.job else "no"
    return { at: last.outputs.b, pause }
}
)";
    for (Emit emit : {Emit::Template, Emit::Iam, Emit::Ir}) {
        Compiled with, without;
        compile(with, begin + left_out + end, {.emit = emit});
        compile(without, begin + end, {.emit = emit});
        REQUIRE(with.stacks.size() == 1);
        REQUIRE(without.stacks.size() == 1);
        CHECK(with.text() == without.text());
    }
}

TEST_CASE("what a role that exists has to allow is printed under its ARN", "[elaborate]") {
    Compiled result;
    compile(result, R"(param data: Bucket
param worker: Role
pipeline p {
    stage a = processing_job { image: ecr("python", tag: "3.13"), role: "arn:aws:iam::123456789012:role/jobs", inputs: { x: s3(data, "in/") } }
    stage b = processing_job { image: ecr("python", tag: "3.13"), role: "arn:aws:iam::123456789012:role/jobs", outputs: { x: s3(data, "out/") } }
    stage c = processing_job { image: ecr("python", tag: "3.13"), role: worker, outputs: { x: s3(data, "other/") } }
}
)", {.emit = Emit::Iam});
    REQUIRE(result.stacks.size() == 1);
    const std::string& text = result.text();
    size_t jobs = text.find("\"arn:aws:iam::123456789012:role/jobs\": ["), worker = text.find("\"${Worker}\": [");
    REQUIRE(jobs != std::string::npos);
    REQUIRE(worker != std::string::npos);
    REQUIRE(jobs < worker);
    std::string_view of_jobs = std::string_view(text).substr(jobs, worker - jobs), of_worker = std::string_view(text).substr(worker);
    for (std::string_view location : {"/in/*", "/out/*"}) CHECK(of_jobs.find(location) != std::string_view::npos);
    CHECK(of_jobs.find("/other/*") == std::string_view::npos);
    CHECK(of_worker.find("/other/*") != std::string_view::npos);
    CHECK(text.find("PProcessingJobRole") == std::string::npos);
}

TEST_CASE("a time zone is a line of the list", "[schedule]") {
    size_t zones = 0;
    for (std::string_view rest = schema::time_zones(); !rest.empty(); zones++) {
        std::string_view zone = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(zone.size() + 1);
        INFO(zone);
        CHECK(elaborate::is_time_zone(zone));
        CHECK_FALSE(elaborate::is_time_zone(std::string(zone) + "!"));
    }
    CHECK(zones > 400);
    for (std::string_view none : {"", "\n", "Europe", "Europe/", "Zz", "!", "Europe/Berlin\nEurope/Paris"}) CHECK_FALSE(elaborate::is_time_zone(none));
}

TEST_CASE("the years of a schedule", "[schedule]") {
    CHECK(elaborate::cron_years("0 3 ? * MON *") == std::pair(1970, 2199));
    CHECK(elaborate::cron_years("0 3 ? * MON 2030") == std::pair(2030, 2030));
    CHECK(elaborate::cron_years("0 3 ? * MON 2030,2027-2028") == std::pair(2027, 2030));
    CHECK(elaborate::cron_years("0 3 ? * MON 2199") == std::pair(2199, 2199));
    CHECK(elaborate::cron_years("0 3 ? * MON 1970/100") == std::pair(1970, 2170));
}
