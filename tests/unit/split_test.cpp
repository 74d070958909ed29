/// What is too large for one state machine or one template is divided, always in the same way.
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "support/harness.hpp"

using namespace zflow;
using zflow::test::Compiled;
using Json = nlohmann::ordered_json;

namespace {

std::string waits(int count, const std::string& indent = "    ") {
    std::string out;
    for (int i = 1; i <= count; i++) out += fmt::format("{}wait {}s\n", indent, i);
    return out;
}

Json definitions(const std::string& source, uint64_t events) {
    Compiled result;
    CompileOptions options{Emit::Asl};
    options.machine.events = events;
    test::compile(result, source, options);
    INFO(result.rendered());
    REQUIRE_FALSE(result.diagnostics.has_errors());
    return Json::parse(result.text());
}

std::set<std::string> states_of(const Json& machine) {
    std::set<std::string> names;
    for (const auto& [name, state] : machine["States"].items()) names.insert(name);
    return names;
}

Compiled in_small_templates(const std::string& source) {
    Compiled result;
    CompileOptions options{Emit::Template, cfn::Format::Json};
    options.one_template.resources = 20;
    test::compile(result, source, options);
    INFO(result.rendered());
    REQUIRE_FALSE(result.diagnostics.has_errors());
    return result;
}

void collect_refs(const Json& value, std::set<std::string>& into) {
    if (value.is_object() && value.size() == 1 && value.contains("Ref")) into.insert(value["Ref"].get<std::string>());
    if (value.is_object() && value.size() == 1 && value.contains("Fn::GetAtt")) into.insert(value["Fn::GetAtt"][0].get<std::string>());
    if (value.is_structured())
        for (const Json& inner : value) collect_refs(inner, into);
}

}  // namespace

TEST_CASE("a pipeline over the budget becomes several machines", "[split]") {
    std::string source = "stack s\npipeline p {\n" + waits(50) + "}\n";
    Json whole = definitions(source, 1000), parts = definitions(source, 40);
    REQUIRE(parts.size() == 4);   // 100 events: 40, 40, 20
    REQUIRE(parts.begin().key() == "p");
    std::set<std::string> found, expected = states_of(whole);
    for (const auto& [name, machine] : parts.items())
        for (const std::string& state : states_of(machine)) {
            bool own = state.starts_with("part ");
            CHECK(own == !expected.contains(state));
            CHECK((own || found.insert(state).second));
        }
    CHECK(found == expected);
    CHECK(parts["p"]["StartAt"] == "part 1");
    CHECK(parts["p_part_1"]["Comment"] == "Part 1 of p");
}

TEST_CASE("what is too large inside of a statement is divided there", "[split]") {
    std::string source = "stack s\npipeline p(n: Int) {\n    if n > 1 {\n" + waits(30, "        ") +
                         "        return n\n    }\n    wait 99s\n}\n";
    Json parts = definitions(source, 40);
    CHECK(parts["p"]["States"].contains("return"));
    CHECK(parts["p"]["States"].contains("wait 99s"));
    CHECK(parts["p_part_1"]["States"].size() == 20);
}

TEST_CASE("a pipeline within the budget stays as it is", "[split]") {
    std::string source = "stack s\npipeline p {\n" + waits(20) + "}\n";
    CHECK(definitions(source, 40) == definitions(source, 1'000'000));
}

TEST_CASE("a stage is never cut", "[split]") {
    std::string source = "stack s\nstage kind long() {\n" + waits(30) + "}\npipeline p {\n    stage a = long {}\n    stage b = long {}\n}\n";
    Json parts = definitions(source, 40);
    REQUIRE(parts.size() == 3);
    CHECK(parts["p_part_1"]["States"].size() == 30);
    CHECK(parts["p_part_2"]["States"].size() == 30);
}

TEST_CASE("a stack of many resources becomes several templates", "[split]") {
    std::string source = "stack s\nparam data: Bucket\nresource oncall = topic {}\nresource alarms = topic {}\n";
    for (int i = 0; i < 12; i++)
        source += fmt::format("pipeline p{} {{\n    stage t = training_job {{ image: ecr(\"m\", tag: \"1\"), channels: {{ a: s3(data, "
                              "\"in/\") }}, output: s3(data, \"out/\") }}\n}}\n", i);
    Compiled first = in_small_templates(source), second = in_small_templates(source);
    CHECK(first.stacks == second.stacks);
    CHECK(first.nested == second.nested);
    REQUIRE(first.nested.size() > 2);
    std::set<std::string> all;
    Json main = Json::parse(first.text());
    for (const auto& [file, text] : first.nested) {
        Json part = Json::parse(text);
        CHECK(part["Resources"].size() <= 20);
        std::set<std::string> refs;
        collect_refs(part["Resources"], refs);
        for (const std::string& id : refs)
            CHECK((id.starts_with("AWS::") || part["Resources"].contains(id) || part["Parameters"].contains(id)));
        CHECK_FALSE(refs.contains("AWS::StackName"));
        for (const auto& [id, resource] : part["Resources"].items()) CHECK(all.insert(id).second);
    }
    for (const auto& [id, resource] : main["Resources"].items()) {
        CHECK(all.insert(id).second);
        if (resource["Type"] != "AWS::CloudFormation::Stack") continue;
        Json part = Json::parse(first.nested.at(resource["Properties"]["TemplateURL"].get<std::string>()));
        for (const auto& [name, value] : resource["Properties"]["Parameters"].items()) CHECK(part["Parameters"].contains(name));
        CHECK(part["Parameters"].size() == resource["Properties"]["Parameters"].size());
    }
    CHECK(main["Outputs"].size() == 12);
}
