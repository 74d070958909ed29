// Texts as people write them, and the form that they get: NAME.zflow and NAME.formatted. After a change that is meant,
//     ZFLOW_UPDATE=1 build/release/tests/unit_tests "[format]"
// writes the second ones anew. The other tests hold for every program of the project.
#include "format/format.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "format/lexemes.hpp"
#include "format/text_lines.hpp"
#include "support/expected.hpp"
#include "support/harness.hpp"
#include "syntax/parse.hpp"

using namespace zflow;

namespace {

namespace fs = std::filesystem;

const fs::path root(ZFLOW_ROOT);

std::vector<fs::path> files(std::initializer_list<const char*> folders, std::string_view extension = ".zflow") {
    std::vector<fs::path> all;
    for (const char* folder : folders)
        for (const auto& entry : fs::recursive_directory_iterator(root / folder))
            if (entry.path().extension() == extension) all.push_back(fs::relative(entry.path(), root));
    std::sort(all.begin(), all.end());
    return all;
}

/// What stands between "```zflow …" and "```".
std::vector<std::string> blocks_of(const std::string& page) {
    std::vector<std::string> blocks;
    constexpr std::string_view fence = "\n```zflow";
    for (size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at + 1)) {
        size_t begin = page.find('\n', at + 1), end = page.find("\n```", begin);
        blocks.push_back(page.substr(begin + 1, end - begin));
    }
    return blocks;
}

std::string indented(const std::string& text) {
    std::string out;
    for (size_t at = 0, end; at < text.size(); at = end) {
        end = text.find('\n', at) + 1;
        out.append(text[at] == '\n' ? 0 : 4, ' ').append(text, at, end - at);
    }
    return out;
}

struct Text {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;

    std::optional<std::string> formatted(std::string text) {
        return format::format_file(sources, sources.add("test.zflow", std::move(text)), names, diagnostics);
    }
    syntax::Tree tree(std::string text) { return syntax::parse(sources, sources.add("test.zflow", std::move(text)), names, diagnostics); }
};

std::string formatted(const std::string& text) {
    Text parsed;
    auto result = parsed.formatted(text);
    INFO(render_text(parsed.diagnostics, parsed.sources, {}));
    REQUIRE(result);
    return *result;
}

/// The same lexemes and line ends, with other blanks in between. `none` for texts whose lines cannot be moved.
std::optional<std::string> with_other_blanks(const syntax::Tree& tree, std::mt19937& random) {
    auto upto = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
    std::string out;
    int depth = 0;
    uint32_t end = 0;
    for (const format::Lexeme& l : format::lexemes(tree)) {
        std::string_view text = tree.text.substr(l.begin, l.end - l.begin);
        if (text.find('\n') != std::string_view::npos) return std::nullopt;
        // what begins a declaration would end a record, if it stood in the first column
        if (l.lines) out.append(l.lines, '\n').append(upto(9) + (depth > 0), ' ');
        else if (l.begin > end) out.append(1 + upto(2), ' ');
        out += text;
        if (l.kind == format::Lexeme::Kind::Sign) depth += (text == "{" || text == "(" || text == "[") - (text == "}" || text == ")" || text == "]");
        end = l.end;
    }
    return out + "\n";
}

}  // namespace

TEST_CASE("format: what comes out is what is expected", "[format]") {
    size_t seen = 0;
    for (const fs::path& path : files({"tests/format"})) {
        fs::path expected = root / path;
        test::expect_file(expected.replace_extension(".formatted"), formatted(test::project_file(path.string())), "[format]");
        seen++;
    }
    CHECK(seen >= 6);
}

TEST_CASE("format: the examples and the library have the form", "[format]") {
    for (const fs::path& path : files({"examples", "stdlib"})) {
        INFO(path.string() << ": build/release/zflowc fmt " << path.string());
        std::string text = test::project_file(path.string());
        CHECK(formatted(text) == text);
    }
}

TEST_CASE("format: the blocks of the pages have the form", "[format]") {
    size_t seen = 0;
    for (const fs::path& path : files({"grammar", "compiler/diagnostics/pages"}, ".md")) {
        for (const std::string& block : blocks_of(test::project_file(path.string()))) {
            INFO(path.string() << "\n" << block);
            Text whole, inside;
            std::string statements = "pipeline p {\n" + indented(block) + "}\n";
            std::optional<std::string> form = whole.formatted(block), framed = form ? std::nullopt : inside.formatted(statements);
            if (form) CHECK(*form == block);
            if (framed) CHECK(*framed == statements);
            seen += form || framed;
        }
    }
    CHECK(seen >= 300);
}

TEST_CASE("format: every program stays the program that it is, and the form of a form is itself", "[format]") {
    size_t read = 0;
    for (const fs::path& path : files({"tests", "examples", "stdlib"})) {
        INFO(path.string());
        Text parsed;
        std::optional<std::string> once;
        CHECK_NOTHROW(once = parsed.formatted(test::project_file(path.string())));
        if (!once) continue;   // it cannot be read
        read++;
        CHECK(formatted(*once) == *once);
    }
    CHECK(read > 700);
}

TEST_CASE("format: the form does not depend on blanks", "[format]") {
    std::mt19937 random(7);
    size_t seen = 0;
    for (const fs::path& path : files({"tests/valid", "tests/format", "examples", "stdlib"})) {
        INFO(path.string());
        Text parsed;
        std::string text = test::project_file(path.string());
        auto other = with_other_blanks(parsed.tree(text), random);
        if (!other) continue;
        INFO(*other);
        CHECK(formatted(*other) == formatted(text));
        seen++;
    }
    CHECK(seen > 150);
}

TEST_CASE("format: texts with syntax errors are left alone, and the errors are told", "[format]") {
    Text parsed;
    CHECK_FALSE(parsed.formatted("stack s {\n  tags: {\n"));
    CHECK(parsed.diagnostics.size() == 1);
}

TEST_CASE("format: nothing, blanks and a mark of the byte order", "[format]") {
    CHECK(formatted("").empty());
    CHECK(formatted(" \n\n\t\n").empty());
    CHECK(formatted("\xEF\xBB\xBFstack  s {}") == "stack s {}\n");
    CHECK(formatted("// only") == "// only\n");
}

TEST_CASE("format: lines end as the first one does", "[format]") {
    CHECK(formatted("stack  s {}\r\n// b\n") == "stack s {}\r\n// b\r\n");
    CHECK(formatted("stack  s {}\n// b\r\n") == "stack s {}\n// b\n");
    CHECK(formatted("const a = \"\"\"\n  x\r\n  \"\"\"") == "const a = \"\"\"\n  x\n  \"\"\"\n");
}

TEST_CASE("format: it is seen when a program would be another one", "[format]") {
    Text parsed;
    auto same = [&](const char* a, const char* b) { return format::same(parsed.tree(a), parsed.tree(b)); };
    CHECK(same("const a = {b: 1, c: 2}", "const a = {\n  b: 1\n  c: 2 }"));
    CHECK(same("const a = 1 // x  y", "// x y\nconst a=1"));
    CHECK_FALSE(same("const a = 1", "const a = 2"));
    CHECK_FALSE(same("const a = 1", "const b = 1"));
    CHECK_FALSE(same("const a = 1 + 2", "const a = 1 - 2"));
    CHECK_FALSE(same("const a = [1, 2]", "const a = [1, 2, 3]"));
    CHECK_FALSE(same("const a = [1, 2, 3]", "const a = [1, 2]"));
    CHECK_FALSE(same("const a = \"x y\"", "const a = \"xy\""));
    CHECK_FALSE(same("const a = \"${ b } c\"", "const a = \"${ b }  c\""));
    CHECK_FALSE(same("const a = 1 // x", "const a = 1"));
    CHECK_FALSE(same("const a = 1 // x", "const a = 1 // y"));
    CHECK_FALSE(same("/// x\nconst a = 1", "/// y\nconst a = 1"));
    CHECK_FALSE(same("const a = x?.y", "const a = x.y"));
    CHECK_FALSE(same("const a = \"\"\"\n  x\n  \"\"\"", "const a = \"\"\"\n  x\n \"\"\""));
}

TEST_CASE("format: the lines of a block string move together", "[format]") {
    using format::moved;
    CHECK(moved("\"\"\"\n  a\n\n    b\n  \"\"\"", 2) == "\"\"\"\n    a\n\n      b\n    \"\"\"");
    CHECK(moved("\"\"\"\n  a\n  \"\"\"", -1) == "\"\"\"\n a\n \"\"\"");
    CHECK(moved("\"\"\"\n  a\n  \"\"\"", -9) == "\"\"\"\na\n\"\"\"");
    // a shorter line of blanks says nothing, wherever the others are
    CHECK(moved("\"\"\"\n    a\n  \n    \"\"\"", -4) == "\"\"\"\na\n\n\"\"\"");
    for (const char* fixed : {"\"\"\"\n a\n  \"\"\"", "\"\"\"\n  a\"\"\"", "\"\"\"\n\ta\n\t\"\"\"", "\"\"\"\n\ta\n \"\"\""}) CHECK(moved(fixed, 4) == fixed);
}
