// Compiled programs beside their sources. After a change that is meant, write them anew with
//     ZFLOW_UPDATE=1 build/release/tests/unit_tests "[golden]"
// and review the difference like any other change.
#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "support/expected.hpp"
#include "support/harness.hpp"

namespace {

namespace fs = std::filesystem;
using zflow::CompileOptions;
using zflow::Emit;
using zflow::cfn::Format;
using zflow::test::Compiled;

/// A file that is expected, or written anew.
void expect_file(const fs::path& path, const std::string& text) { zflow::test::expect_file(path, text, "[golden]"); }

fs::path root() { return fs::path(ZFLOW_ROOT); }

std::string read(const fs::path& path) { return zflow::test::project_file(fs::relative(path, root()).string()); }

/// A source with the files that stand in its folder and below.
struct Program {
    std::string source;
    std::map<std::string, std::string> others;
};

Program program_in(const fs::path& folder, const std::string& main) {
    Program p{read(folder / main), {}};
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        std::string name = fs::relative(entry.path(), folder).string();
        bool part = entry.path().extension() == ".zflow" || entry.path().extension() == ".py";
        if (part && name != main) p.others.emplace(name, read(entry.path()));
    }
    return p;
}

/// Compiles as if the file stood in `folder`, "" or "somewhere/".
void compile(Compiled& to, const Program& p, CompileOptions options, const std::string& folder = "") {
    std::map<std::string, std::string> others;
    for (const auto& [name, text] : p.others) others.emplace(folder + name, text);
    zflow::test::compile(to, p.source, options, folder + "main.zflow", std::move(others));
}

std::vector<fs::path> folders(const std::string& below, const std::string& main) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(root() / below))
        if (fs::exists(entry.path() / main)) found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

/// One stack alone is "main.…", several are "main.<stack>.…".
void expect_layer(const fs::path& folder, const Program& p, Emit emit, const std::string& ending) {
    Compiled compiled;
    compile(compiled, p, {emit, Format::Yaml});
    INFO(compiled.rendered());
    REQUIRE_FALSE(compiled.diagnostics.has_errors());
    CHECK(compiled.diagnostics.warnings() == 0);
    for (const auto& [stack, text] : compiled.stacks) {
        std::string middle = compiled.stacks.size() > 1 ? "." + stack : "";
        expect_file(folder / ("main" + middle + ending), text);
    }
    if (emit == Emit::Template) expect_file(folder / "main.diagnostics", compiled.rendered());
}

/// YAML as JSON, with the tag of each intrinsic function spelled out; plain scalars become what YAML 1.2's core schema
/// makes of them.
nlohmann::json json_of(const YAML::Node& node) {
    nlohmann::json value;
    if (node.IsMap()) {
        value = nlohmann::json::object();
        for (const auto& entry : node) value[entry.first.as<std::string>()] = json_of(entry.second);
    } else if (node.IsSequence()) {
        value = nlohmann::json::array();
        for (const auto& item : node) value.push_back(json_of(item));
    } else if (node.IsScalar()) {
        const std::string& text = node.Scalar();
        bool plain = node.Tag() == "?";
        nlohmann::json read = plain ? nlohmann::json::parse(text, nullptr, false) : nlohmann::json();
        value = plain && read.is_primitive() && !read.is_discarded() ? read : nlohmann::json(text);
    }
    std::string tag = node.Tag();
    if (tag.size() < 2 || tag[0] != '!') return value;
    std::string name = tag.substr(1);
    if (name == "GetAtt" && value.is_string()) {
        std::string text = value;
        size_t dot = text.find('.');
        value = {text.substr(0, dot), text.substr(dot + 1)};
    }
    return {{name == "Ref" || name == "Condition" ? name : "Fn::" + name, value}};
}

/// The machines' definitions as JSON instead of text: a compact one has other line ends, and long repeated pieces of it
/// are substitutions whose text is known.
void open_definitions(nlohmann::json& document) {
    for (auto& [id, resource] : document["Resources"].items()) {
        if (resource["Type"] != "AWS::StepFunctions::StateMachine") continue;
        auto& properties = resource["Properties"];
        std::string text = properties["DefinitionString"];
        nlohmann::json& given = properties["DefinitionSubstitutions"];
        for (auto entry = given.begin(); entry != given.end();) {
            if (!entry->is_string()) {
                ++entry;
                continue;
            }
            std::string key = "${" + entry.key() + "}", value = *entry;
            for (size_t at = 0; (at = text.find(key, at)) != std::string::npos; at += value.size())
                text.replace(at, key.size(), value);
            entry = given.erase(entry);
        }
        properties["DefinitionString"] = nlohmann::json::parse(text);
    }
}

}  // namespace

TEST_CASE("every golden program compiles to what stands beside it", "[golden]") {
    auto all = folders("tests/golden", "main.zflow");
    REQUIRE(all.size() > 30);
    for (const fs::path& folder : all) {
        DYNAMIC_SECTION(folder.filename().string()) {
            Program p = program_in(folder, "main.zflow");
            expect_layer(folder, p, Emit::Template, ".template.yaml");
            expect_layer(folder, p, Emit::Asl, ".asl.json");
            expect_layer(folder, p, Emit::Iam, ".iam.json");
            expect_layer(folder, p, Emit::Ir, ".ir");
            expect_layer(folder, p, Emit::Dot, ".dot");
            expect_layer(folder, p, Emit::Mermaid, ".mmd");
        }
    }
}

TEST_CASE("every example's committed template is what it compiles to", "[golden]") {
    auto all = folders("examples", "pipeline.zflow");
    REQUIRE(all.size() >= 2);
    for (const fs::path& folder : all) {
        DYNAMIC_SECTION(folder.filename().string()) {
            Compiled compiled;
            compile(compiled, program_in(folder, "pipeline.zflow"), {});
            INFO(compiled.rendered());
            REQUIRE(compiled.diagnostics.size() == 0);
            REQUIRE(compiled.stacks.size() == 1);
            expect_file(folder / "stack.yaml", compiled.text());
        }
    }
}

TEST_CASE("the same source gives the same bytes, wherever it stands", "[golden]") {
    for (const fs::path& folder : folders("tests/golden", "main.zflow")) {
        INFO(folder.filename().string());
        Program p = program_in(folder, "main.zflow");
        Compiled once, again;
        compile(once, p, {});
        compile(again, p, {}, "/another/place/");
        CHECK(once.stacks == again.stacks);
    }
}

TEST_CASE("YAML and JSON say the same", "[golden]") {
    for (const fs::path& folder : folders("tests/golden", "main.zflow")) {
        Program p = program_in(folder, "main.zflow");
        Compiled yaml, json;
        compile(yaml, p, {Emit::Template, Format::Yaml});
        compile(json, p, {Emit::Template, Format::Json});
        REQUIRE(yaml.stacks.size() == json.stacks.size());
        for (const auto& [stack, text] : yaml.stacks) {
            INFO(folder.filename().string() << " " << stack);
            nlohmann::json a = json_of(YAML::Load(text)), b = nlohmann::json::parse(json.stacks.at(stack));
            open_definitions(a);
            open_definitions(b);
            std::string change = a == b ? "" : nlohmann::json::diff(a, b).dump(1).substr(0, 1000);
            CHECK(change == "");
        }
    }
}
