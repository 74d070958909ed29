// The error corpus: each program gives exactly the findings that its comments name, at exactly those places.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "errors/corpus.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

/// Diagnostics that no program of the corpus can show, each with the reason.
const std::map<std::string, std::string> exempt = {
    {"bad-project", "a project file is beside the program: tests/cli shows it"},
    {"unreadable-file", "a file that is not there is no program: tests/cli shows it"},
    {"stale-baseline", "a baseline is a file beside the program: tests/cli shows it"},
};

std::string shown(const std::vector<Finding>& findings) { return with_comments("", findings); }

/// What is expected must be there; helps and fixes only where the comments name them.
bool fits(const Finding& expected, const Finding& found) {
    auto each_in = [](const std::vector<std::string>& some, const std::vector<std::string>& all) {
        return std::all_of(some.begin(), some.end(), [&](const std::string& one) {
            auto holds = [&](const std::string& other) { return other.find(one) != std::string::npos; };
            return std::any_of(all.begin(), all.end(), holds);
        });
    };
    bool said = found.message.find(expected.message) != std::string::npos;
    return expected.line == found.line && expected.place == found.place && said &&
           each_in(expected.helps, found.helps) &&
           each_in(expected.fixes, found.fixes);
}

void update(const CorpusCase& program, const Compiled& result) {
    for (auto& [name, path] : program.paths) {
        std::ifstream in(path, std::ios::binary);
        std::string text{std::istreambuf_iterator<char>(in), {}};
        std::string fresh = with_comments(text, findings_in(result, name));
        if (fresh != text) std::ofstream(path, std::ios::binary) << fresh;
    }
}

/// Everything a finding points to is the user's own text, never the standard library's.
bool points_to_user(const Compiled& result, Span span) {
    return !span.known() || !result.sources.file(span.file).library;
}

/// A mended mistake may bring others to light, but not the same one at the same place.
bool is_found_at(const Compiled& result, std::string_view id, const std::string& file, uint32_t begin) {
    auto all = result.diagnostics.sorted();
    return std::any_of(all.begin(), all.end(), [&](const Diagnostic* d) {
        bool here = d->span.known() && d->span.begin == begin;
        return here && d->kind.id == id && result.sources.file(d->span.file).name == file;
    });
}

std::string mended(const std::string& text, const Fix& fix) {
    return text.substr(0, fix.span.begin) + fix.text + text.substr(fix.span.end);
}

}  // namespace

TEST_CASE("errors: corpus", "[errors]") {
    for (const CorpusCase& program : corpus()) {
        Compiled result;
        compile_case(result, program);
        if (updating()) {
            update(program, result);
            continue;
        }
        INFO("tests/errors/" << program.name << "\n" << result.rendered());
        size_t expected = 0;
        for (auto& [name, file] : program.files) {
            std::vector<Finding> found = findings_in(result, name);
            INFO(name << " gives\n" << shown(found) << "and not\n" << shown(file.expected));
            CHECK(std::equal(file.expected.begin(), file.expected.end(), found.begin(), found.end(), fits));
            expected += file.expected.size();
        }
        CHECK(result.diagnostics.size() == expected);
        if (program.name.starts_with("ok_")) CHECK(result.diagnostics.size() == 0);
        else CHECK(result.diagnostics.size() > 0);
        for (const Diagnostic* d : result.diagnostics.sorted()) {
            CHECK(points_to_user(result, d->span));
            for (const Label& label : d->labels) CHECK(points_to_user(result, label.span));
        }
    }
}

TEST_CASE("errors: a check finds what a compile finds", "[errors]") {
    for (const CorpusCase& program : corpus()) {
        INFO("tests/errors/" << program.name);
        Compiled compiled, checked;
        compile_case(compiled, program, Emit::Template);
        compile_case(checked, program, Emit::Nothing);
        CHECK(checked.rendered() == compiled.rendered());
    }
}

TEST_CASE("errors: a file is named after what it shows", "[errors]") {
    for (const CorpusCase& program : corpus()) {
        if (program.name.starts_with("ok_") || program.name.starts_with("several_")) continue;
        std::set<std::string> ids;
        for (auto& [name, file] : program.files)
            for (const Finding& f : file.expected) ids.insert(f.place.substr(f.place.find('[') + 1));
        INFO(program.name);
        CHECK(ids.size() == 1);
        if (!ids.empty()) CHECK(program.name.starts_with(ids.begin()->substr(0, ids.begin()->size() - 1)));
    }
}

TEST_CASE("errors: every diagnostic is in the corpus", "[errors]") {
    std::set<std::string> shown_ids;
    for (const CorpusCase& program : corpus())
        for (auto& [name, file] : program.files)
            for (const Finding& f : file.expected) shown_ids.insert(f.place.substr(f.place.find('[') + 1));
    for (const DiagnosticKind& kind : all_diagnostics()) {
        std::string id(kind.id);
        INFO(id);
        CHECK(shown_ids.count(id + "]") + exempt.count(id) == 1);
    }
}

TEST_CASE("errors: fixes mend what they are given for", "[errors]") {
    for (const CorpusCase& program : corpus()) {
        Compiled before;
        compile_case(before, program);
        for (const Diagnostic* d : before.diagnostics.sorted())
            for (const Fix& fix : d->fixes) {
                INFO("tests/errors/" << program.name << ": " << fix.title);
                CorpusCase changed = program;
                std::string& text = changed.files.at(before.sources.file(fix.span.file).name).source;
                text = mended(text, fix);
                Compiled after;
                compile_case(after, changed);
                INFO(after.rendered());
                CHECK_FALSE(is_found_at(after, d->kind.id, before.sources.file(d->span.file).name, d->span.begin));
            }
    }
}

TEST_CASE("errors: the comments of the corpus are read as they are written", "[errors]") {
    CorpusFile file = split_comments(
        "a\nb\n// error: 1-2 [x] \"m \"q\"\"\n// help: \"h\"\n// fix: \"f\"\n  // plain\nc\n"
        "// warning: 2-+1:3 [y] \"\"\n");
    CHECK(file.source == "a\nb\n  // plain\nc\n");
    REQUIRE(file.expected.size() == 2);
    CHECK(file.expected[0].line == 2);
    CHECK(file.expected[0].place == "error: 1-2 [x]");
    CHECK(file.expected[0].message == "m \"q\"");
    CHECK(file.expected[0].helps == std::vector<std::string>{"h"});
    CHECK(file.expected[0].fixes == std::vector<std::string>{"f"});
    CHECK(file.expected[1].line == 4);
    CHECK(file.expected[1].place == "warning: 2-+1:3 [y]");
    CHECK(with_comments(file.source, file.expected) ==
          "a\nb\n// error: 1-2 [x] \"m \"q\"\"\n// help: \"h\"\n// fix: \"f\"\n  // plain\nc\n"
          "// warning: 2-+1:3 [y] \"\"\n");
    CHECK(expand_repeats("x\n// repeat 3: p#;\ny\n") == "x\n p1; p2; p3;\ny\n");
}
