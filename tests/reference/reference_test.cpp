// The language reference is compiled: every ```zflow block of grammar/*.md does what its page says it does.
//
//   ```zflow                        a whole file that compiles without findings
//   ```zflow pipeline               statements of a pipeline, with the prologue below around them
//   ```zflow error=<id>             a whole file with exactly that one finding
//   ```zflow pipeline error=<id>    the same for statements
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <regex>
#include <deque>
#include <set>
#include <sstream>
#include <vector>

#include "library/library.hpp"
#include "elaborate/elaborator.hpp"
#include "show/catalogue.hpp"
#include "show/functions.hpp"
#include "support/harness.hpp"
#include "syntax/parse.hpp"

namespace {

using zflow::test::project_file;

struct Block {
    std::string page;
    size_t line = 0;             ///< of the first line inside the fence
    bool statements = false;
    bool frame;             ///< the frame itself
    std::string error;           ///< id of the finding it must give, or ""
    std::string text;
};

/// On one line, so that findings in a block have the line numbers of the page.
constexpr std::string_view prologue =
    "stack reference { tags: { team: \"payments\" }, alarms: oncall, databricks: { host: \"example.cloud.databricks.com\", token: databricks_token } } "
    "param environment: \"test\" | \"live\" = \"test\" "
    "param data: Bucket "
    "secret databricks_token = \"databricks/token\" "
    "resource oncall = topic {} "
    "resource inbox = queue {} "
    "resource score = function { source: \"def handler(event, context): return event\" } "
    "container features { image: ecr(\"risk/features\", tag: \"1.4\") } "
    "dataset Orders { order_id: String, amount: Float, paid: Bool } as parquet "
    "pipeline example(run_date: Date, count: Int = 1, names: List<String> = [], note: String? = none) { wait 1s";

/// What the blocks import and embed.
const std::map<std::string, std::string> neighbours = {
    {"grammar/shared.zflow", "const team = \"payments\"\nstage kind pause(time: Duration = 5s) { wait time }\n"},
    {"grammar/handler.py", "def handler(event, context):\n    return event\n"},
};

std::vector<std::string> pages() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(ZFLOW_ROOT) + "/grammar"))
        if (entry.path().extension() == ".md") names.push_back("grammar/" + entry.path().filename().string());
    std::sort(names.begin(), names.end());
    names.push_back("README.md");
    return names;
}

/// The words after the backticks. False for a word that means nothing: a typo must not switch a check off.
bool read_info(std::istringstream words, Block& block) {
    for (std::string word; words >> word;) {
        if (word == "pipeline") block.statements = true;
        else if (word == "frame") block.frame = true;
        else if (word.rfind("error=", 0) == 0) block.error = word.substr(6);
        else return false;
    }
    return true;
}

std::vector<Block> blocks_in(const std::string& page, const std::string& text) {
    std::istringstream lines(text);
    std::vector<Block> blocks;
    bool inside = false;
    size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
        number++;
        if (inside && line == "```") inside = false;
        else if (inside) blocks.back().text += line + "\n";
        else if (line.rfind("```zflow", 0) == 0) {
            inside = true;
            blocks.push_back({page, number + 1, false, false, {}, {}});
            INFO(page << ":" << number << ": " << line);
            CHECK(read_info(std::istringstream(line.substr(8)), blocks.back()));
        }
    }
    INFO(page << ": the last block is not closed");
    CHECK_FALSE(inside);
    return blocks;
}

std::vector<Block> blocks_of(const std::string& page) { return blocks_in(page, project_file(page)); }

std::string source_of(const Block& block) {
    std::string source = block.statements ? std::string(prologue) : "";
    source.append(block.line - 1, '\n');
    return source + block.text + (block.statements ? "}\n" : "");
}

class PartOfAProgram : public zflow::Judge {
    zflow::Verdict judge(const zflow::DiagnosticKind& kind, zflow::Span, std::string_view) override {
        bool unused = kind.id.starts_with("unused-") && kind.id != "unused-suppression";
        return unused ? zflow::Verdict::Drop : zflow::Verdict::Keep;
    }
};

void check_block(const Block& block) {
    zflow::test::Compiled result;
    // statements stand in a frame that declares more than they use, and show values for their own sake
    PartOfAProgram part;
    if (block.statements || block.frame) result.diagnostics.judged_by_project(&part);
    zflow::test::compile(result, source_of(block), {}, block.page, neighbours);
    INFO(block.page << ":" << block.line << "\n" << result.rendered());
    if (block.error.empty()) {
        CHECK(result.diagnostics.size() == 0);
        CHECK_FALSE(result.stacks.empty());
        return;
    }
    CHECK(result.diagnostics.size() == 1);
    for (const zflow::Diagnostic* finding : result.diagnostics.sorted()) CHECK(finding->kind.id == block.error);
}

/// Every match's first group.
std::set<std::string> found(const std::string& text, const char* pattern) {
    std::set<std::string> all;
    std::regex expression(pattern);
    for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) all.insert((*at)[1]);
    return all;
}

std::string without(std::string text, std::string_view what) {
    for (size_t at; (at = text.find(what)) != std::string::npos;) text.erase(at, what.size());
    return text;
}

struct Parameter {
    std::string name, type, fallback;
};

struct Kind {
    std::string name;
    std::vector<Parameter> parameters;
};

/// `    name: Type = default,` of a kind. The library writes each on a line of its own.
std::optional<Parameter> parameter_of(std::string line) {
    size_t begin = line.find_first_not_of(' '), colon = line.find(": ");
    if (begin == std::string::npos || line.compare(begin, 2, "//") == 0 || colon == std::string::npos) return {};
    if (line.back() == ',') line.pop_back();
    size_t equals = line.find(" = ", colon);
    std::string type = line.substr(colon + 2, equals == std::string::npos ? equals : equals - colon - 2);
    return Parameter{line.substr(begin, colon - begin), type, equals == std::string::npos ? "" : line.substr(equals + 3)};
}

std::string library_text() {
    std::string all;
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(ZFLOW_ROOT) + "/stdlib"))
        if (entry.path().extension() == ".zflow") names.push_back("stdlib/" + entry.path().filename().string());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) all += project_file(name);
    return all;
}

std::vector<Kind> library_kinds() {
    std::istringstream lines(library_text());
    std::vector<Kind> kinds;
    std::smatch match;
    const std::regex head("^(?:stage|resource) kind (\\w+)\\($");
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_search(line, match, head)) {
            kinds.push_back({match[1], {}});
            inside = true;
        } else if (line.rfind(") {", 0) == 0) {
            inside = false;
        } else if (auto parameter = inside ? parameter_of(line) : std::nullopt) {
            kinds.back().parameters.push_back(*parameter);
        }
    }
    return kinds;
}

/// From the heading "### `name`" to the next heading.
std::string section_of(const std::string& page, const std::string& name) {
    size_t begin = page.find("\n### `" + name + "`\n");
    return begin == std::string::npos ? "" : page.substr(begin, page.find("\n##", begin + 1) - begin);
}

}  // namespace

TEST_CASE("every block of the language reference does what it says", "[reference]") {
    size_t count = 0;
    for (const std::string& page : pages())
        for (const Block& block : blocks_of(page)) {
            check_block(block);
            count++;
        }
    CHECK(count > 40);
}

TEST_CASE("the catalogue has every kind of the standard library with its settings", "[reference]") {
    std::string page = without(project_file("grammar/standard-library.md"), "\\");
    std::vector<Kind> kinds = library_kinds();
    CHECK(kinds.size() >= 10);
    for (const Kind& kind : kinds) {
        INFO("kind " << kind.name);
        std::string section = section_of(page, kind.name);
        CHECK_FALSE(section.empty());
        for (const Parameter& p : kind.parameters) {
            std::string row = "\n| `" + p.name + "` | `" + p.type + "` | " + (p.fallback.empty() ? "**needed**" : "`" + p.fallback + "`") + " |";
            INFO("expected the row " << row);
            CHECK(section.find(row) != std::string::npos);
        }
        CHECK(static_cast<size_t>(std::count(section.begin(), section.end(), '\n')) >= kind.parameters.size());
        CHECK(found(section, "\n\\| `(\\w+)` \\|").size() == kind.parameters.size());
    }
}

TEST_CASE("the catalogue has the types, errors and stack options of the standard library", "[reference]") {
    std::string page = project_file("grammar/standard-library.md"), library = library_text();
    size_t count = 0;
    for (const char* pattern : {"\ntype (\\w+)", "\noption (\\w+)", "\nconst ([A-Z]\\w*)"})
        for (const std::string& name : found(library, pattern)) {
            INFO(name);
            CHECK(page.find("`" + name + "`") != std::string::npos);
            count++;
        }
    CHECK(count > 20);
}

zflow::show::Catalogue library_catalogue(std::deque<zflow::syntax::Tree>& trees) {
    zflow::show::Catalogue catalogue;
    for (const zflow::library::Prepared& prepared : zflow::library::modules()) {
        zflow::syntax::Tree& tree = trees.emplace_back();
        tree.text = prepared.text, tree.nodes = prepared.nodes;
        catalogue.add(tree);
    }
    return catalogue;
}

TEST_CASE("the printed catalogue has the defaults as they are written", "[reference][catalogue]") {
    std::deque<zflow::syntax::Tree> trees;
    zflow::Buffer text;
    library_catalogue(trees).write(text);
    std::string page = without(std::string(text.view()), "\\");
    for (const Kind& kind : library_kinds())
        for (const Parameter& p : kind.parameters) {
            std::string row = "\n| `" + p.name + "` | `" + p.type + "` | " + (p.fallback.empty() ? "**needed**" : "`" + p.fallback + "`") + " |";
            INFO(kind.name << ": expected the row " << row);
            CHECK(page.find(row) != std::string::npos);
        }
}

TEST_CASE("every example in the comments of the standard library compiles", "[reference][catalogue]") {
    std::deque<zflow::syntax::Tree> trees;
    zflow::Buffer text;
    library_catalogue(trees).write(text);
    std::vector<Block> blocks = blocks_in("catalogue", std::string(text.view()));
    CHECK(blocks.size() >= 4);
    for (const Block& block : blocks) check_block(block);
}

TEST_CASE("a comment says what each kind is, and each setting whose name does not", "[reference][catalogue]") {
    // the same in every kind that has them, and said once for all of them in standard-library.md
    const std::set<std::string_view> plain = {
        "accept", "arguments", "batch", "bucket", "channels", "choices", "command", "containers", "content_type", "count", "description",
        "early_stopping", "enabled", "endpoint", "environment", "f", "format", "function", "goal", "handler", "hyperparameters", "image", "input", "input_mode",
        "inputs", "instance", "integers", "isolated", "jobs", "keep", "location", "max_age", "max_concurrent", "max_payload", "max_runtime", "memory",
        "metrics", "name", "network", "numbers", "output", "outputs", "parallel_jobs", "payload", "q", "queue", "retries", "retry", "runtime",
        "split", "spot", "strategy", "suffix", "timeout", "variant", "volume", "workspace", "assemble", "join_input", "output_filter", "model"};
    std::deque<zflow::syntax::Tree> trees;
    zflow::show::Catalogue catalogue = library_catalogue(trees);
    CHECK(catalogue.undescribed() == std::vector<std::string_view>());
    std::set<std::string_view> used;
    for (const auto& setting : catalogue.settings()) {
        if (setting.described) continue;
        INFO(setting.of << ": " << setting.name << " needs a `///` comment");
        CHECK(plain.count(setting.name) == 1);
        used.insert(setting.name);
    }
    CHECK(used.size() > 20);
}

TEST_CASE("the catalogue says what a kind calls, what that takes, and which errors come of it", "[reference][catalogue]") {
    std::deque<zflow::syntax::Tree> trees;
    zflow::show::Catalogue catalogue = library_catalogue(trees);
    auto entry = [&](std::string_view name) {
        zflow::Buffer out;
        REQUIRE(catalogue.write(name, out));
        return std::string(out.view());
    };
    std::string job = entry("databricks_job");   // the groups of errors, and those of the kind itself
    CHECK(job.find("- Calls: `lambda.invoke`\n- Rights of the pipeline, as far as its settings need them: `lambda:InvokeFunction`\n") != std::string::npos);
    CHECK(job.find("`Databricks.Failed`") != std::string::npos);
    CHECK(job.find("`RunTimedOut`") != std::string::npos);
    CHECK(job.find("- Tried again after: `Databricks.Transient`\n") != std::string::npos);
    std::string training = entry("training_job");   // a service's errors, with the advice of the data
    CHECK(training.find("- Calls: `sagemaker.createTrainingJob.sync`\n") != std::string::npos);
    CHECK(training.find("- Errors that are worth another attempt: `SageMaker.AmazonSageMakerException`\n") != std::string::npos);
    CHECK(training.find("- Tried again, unless `retry` says otherwise, after: `SageMaker.ResourceLimitExceededException`\n") != std::string::npos);
    CHECK(entry("serving_model").find("- A role of its own for: `sagemaker.amazonaws.com`\n") != std::string::npos);   // through another kind
    CHECK(entry("raw_state").find("- Calls:") == std::string::npos);
}

TEST_CASE("the catalogue of a file shows what others can use of it", "[reference][catalogue]") {
    zflow::SourceMap sources;
    zflow::Interner names;
    zflow::Diagnostics diagnostics;
    auto file = sources.add("x.zflow", "/// Waits.\n///\n/// A while.\nstage kind pause(\n    /// How long.\n    time: Duration = 5s,\n    why: \"a\" | \"b\",\n) { wait time }\n"
                                       "function hidden(x: Int) = x\n/// One more.\nfunction next(x: Int) = x + 1\n/// A pair.\ntype Pair { a: Int, b: Int = 1 }\n");
    zflow::syntax::Tree tree = zflow::syntax::parse(sources, file, names, diagnostics);
    zflow::show::Catalogue catalogue;
    catalogue.add(tree);
    zflow::Buffer all, one;
    catalogue.write(all);
    CHECK(all.view() == R"(## Stage kinds

### `pause`

Waits.

A while.

`stage x = pause { why: … }`

| setting | type | default | |
|---|---|---|---|
| `time` | `Duration` | `5s` | How long. |
| `why` | `"a" \| "b"` | **needed** | |

## Functions

### `next`

One more.

`next(x)`

| setting | type | default | |
|---|---|---|---|
| `x` | `Int` | **needed** | |

## Types

### `Pair`

A pair.

| field | type | default | |
|---|---|---|---|
| `a` | `Int` | **needed** | |
| `b` | `Int` | `1` | |
)");
    CHECK(catalogue.write("next", one));
    CHECK(one.view().find("`next(x)`") != std::string_view::npos);
    CHECK_FALSE(catalogue.write("hidden", one));
}

TEST_CASE("the catalogue has nothing that the standard library lacks", "[reference]") {
    std::set<std::string> kinds;
    for (const Kind& kind : library_kinds()) kinds.insert(kind.name);
    for (const std::string& name : found(project_file("grammar/standard-library.md"), "\n### `(\\w+)`\n")) {
        INFO(name);
        CHECK(kinds.count(name) == 1);
    }
}

TEST_CASE("every function of the language has an entry, an example that compiles, and a place in the reference", "[reference][catalogue]") {
    std::set<std::string> described, built_in;
    for (const zflow::show::FunctionEntry& f : zflow::show::functions()) {
        described.insert(std::string(f.name));
        INFO(f.name);
        CHECK(f.signature.starts_with(std::string(f.name) + "("));
        CHECK(f.meaning.ends_with('.'));
        CHECK(f.example.find(std::string(f.name) + "(") != std::string_view::npos);
    }
    for (std::string_view name : zflow::elaborate::Elaborator::builtin_names()) built_in.insert(std::string(name));
    CHECK(described == built_in);

    // the rows of the table have them in backticks, with their arguments or without
    std::string page = project_file("grammar/expressions.md");
    std::set<std::string> told = found(page.substr(page.find("\n## Functions\n")), "`(\\w+)(?:\\([^`]*\\))?`(?=[^|\\n]*\\|)");
    for (const std::string& name : built_in) {
        INFO(name << " is missing in expressions.md");
        CHECK(told.count(name) == 1);
    }

    zflow::Buffer text;
    zflow::show::write_functions(text);
    std::vector<Block> blocks = blocks_in("grammar/functions", std::string(text.view()));
    CHECK(blocks.size() == described.size());
    for (const Block& block : blocks) check_block(block);
}

std::set<std::string> examples() {
    std::set<std::string> names;
    for (const auto& folder : std::filesystem::directory_iterator(std::string(ZFLOW_ROOT) + "/examples"))
        names.insert(folder.path().filename().string());
    return names;
}

/// What a source may embed: the files of its folder.
std::map<std::string, std::string> beside(const std::string& source) {
    std::map<std::string, std::string> files;
    const std::string folder = source.substr(0, source.rfind('/') + 1);
    for (const auto& entry : std::filesystem::directory_iterator(ZFLOW_ROOT + ("/" + folder))) {
        const std::string name = folder + entry.path().filename().string();
        files[name] = project_file(name);
    }
    return files;
}

TEST_CASE("the figures of the README are those of the examples", "[reference]") {
    std::string readme = project_file("README.md");
    const std::regex row("\\[`(\\w+)`\\]\\(([^)]+)\\) \\|[^|]+\\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\| (\\d+) \\|");
    std::set<std::string> names;
    for (std::sregex_iterator at(readme.begin(), readme.end(), row), end; at != end; ++at) {
        names.insert((*at)[1]);
        std::string source = project_file((*at)[2]);
        zflow::test::Compiled result;
        zflow::test::compile(result, source, {}, (*at)[2], beside((*at)[2]));
        INFO((*at)[0] << "\n" << result.rendered());
        REQUIRE(result.stacks.size() == 1);
        const zflow::cfn::Summary& summary = result.summaries.begin()->second;
        CHECK(std::stol((*at)[3]) == std::count(source.begin(), source.end(), '\n'));
        const auto lines = std::count(result.text().begin(), result.text().end(), '\n');
        const double ratio = double(lines) / double(std::count(source.begin(), source.end(), '\n'));
        const double real[] = {double(lines), ratio, double(summary.states), double(summary.resources), double(summary.roles)};
        for (size_t i = 0; i < std::size(real); i++) CHECK(std::stod((*at)[4 + i]) == Approx(real[i]).epsilon(0.1));
    }
    CHECK(names == examples());
}

TEST_CASE("the written grammar has the rules and the words of the real one", "[reference]") {
    std::string page = project_file("grammar/grammar.md"), rules;
    for (const std::string& block : found(page, "```ebnf\n([^`]*)```")) rules += "\n" + block;
    std::string real = project_file("grammar/zflow.hpp") + project_file("compiler/syntax/terminals.hpp");

    std::string bare = std::regex_replace(rules, std::regex("\"(\\\\.|[^\"])*\"|\\[[^\\]]*\\]|;[^\n]*"), " ");
    std::set<std::string> defined = found(rules, "\n([a-z_]+) +="), used = found(bare, "\\b([a-z_]+)\\b");
    CHECK(defined.size() > 60);
    for (const std::string& name : defined) {
        INFO("rule " << name << " of grammar.md");
        CHECK(std::regex_search(real, std::regex("struct " + name + "\\b")));
    }
    for (const std::string& name : used) {
        INFO("rule " << name << " is used in grammar.md");
        CHECK(defined.count(name) == 1);
    }
    std::set<std::string> words = found(rules, "\"([a-z_]{2,})\""), keywords = found(real, "(?:keyword|_word)<\"(\\w+)\"");
    CHECK(keywords.size() > 40);
    CHECK(words == keywords);
}
