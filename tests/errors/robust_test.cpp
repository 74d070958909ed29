// Broken programs: whatever a person leaves in the editor, the compiler answers with findings, soon, and the same ones.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <random>

#include "errors/corpus.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

std::vector<std::string> whole_programs() {
    std::vector<std::string> sources;
    std::vector<std::filesystem::path> paths;
    for (auto& entry : std::filesystem::directory_iterator(std::string(ZFLOW_ROOT) + "/examples"))
        if (std::filesystem::exists(entry.path() / "pipeline.zflow")) paths.push_back(entry.path().filename());
    std::sort(paths.begin(), paths.end());
    for (auto& path : paths) sources.push_back(project_file("examples/" + path.string() + "/pipeline.zflow"));
    return sources;
}

/// Names, numbers, texts, and each other character for itself.
std::vector<std::string> tokens_of(const std::string& text) {
    std::vector<std::string> tokens;
    auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    for (size_t at = 0; at < text.size();) {
        size_t end = at + 1;
        if (word(text[at])) while (end < text.size() && word(text[end])) end++;
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const std::string& part : parts) out += part;
    return out;
}

/// One to three changes of the kinds that editing makes: a token gone, doubled, swapped with another, or a line gone.
std::string mutated(const std::string& source, std::mt19937& random) {
    std::vector<std::string> tokens = tokens_of(source);
    auto pick = [&] { return static_cast<size_t>(random() % tokens.size()); };
    for (unsigned changes = 1 + static_cast<unsigned>(random() % 3); changes > 0 && tokens.size() > 2; changes--) {
        size_t at = pick();
        auto here = tokens.begin() + static_cast<std::ptrdiff_t>(at);
        switch (random() % 5) {
            case 0: tokens.erase(here); break;
            case 1: tokens.insert(here, tokens[pick()]); break;
            case 2: std::swap(*here, tokens[pick()]); break;
            case 3: *here = tokens[pick()]; break;
            default: tokens.erase(here, std::find(here, tokens.end(), "\n")); break;
        }
    }
    return join(tokens);
}

void check_places(const Compiled& result) {
    for (const Diagnostic* d : result.diagnostics.sorted()) {
        size_t size = d->span.known() ? result.sources.file(d->span.file).text.size() : 0;
        bool inside = !d->span.known() || (!d->message.empty() && d->span.begin <= d->span.end && d->span.end <= size);
        CHECK(inside);
    }
}

std::string findings_of(const std::string& source, Emit emit) {
    Compiled result;
    compile(result, source, {.emit = emit});
    check_places(result);
    CHECK((result.diagnostics.has_errors() ? result.stacks.empty() : true));
    return result.rendered();
}

}  // namespace

TEST_CASE("robust: changed programs", "[robust]") {
    constexpr int turns = 400;   // of each program
    constexpr std::chrono::seconds soon(5);
    for (const std::string& source : whole_programs()) {
        std::mt19937 random(20260131);
        for (int i = 0; i < turns; i++) {
            std::string broken = mutated(source, random);
            INFO(broken);
            auto begin = std::chrono::steady_clock::now();
            std::string first = findings_of(broken, Emit::Template);
            CHECK(std::chrono::steady_clock::now() - begin < soon);
            if (i % 10 == 0) CHECK(findings_of(broken, Emit::Template) == first);
        }
    }
}

TEST_CASE("robust: every beginning of a program", "[robust]") {
    for (const std::string& source : whole_programs())
        for (size_t length = 0; length < source.size(); length += 7)
            findings_of(source.substr(0, length), Emit::Nothing);
}

TEST_CASE("robust: the corpus, without each of its lines", "[robust]") {
    for (CorpusCase& program : corpus()) {
        CorpusFile& main = program.files.at(program.main);
        std::string source = main.source;
        if (source.size() > 3000 || source.find("// repeat ") != std::string::npos) continue;
        for (size_t at = 0; at < source.size();) {
            size_t end = std::min(source.find('\n', at), source.size() - 1) + 1;
            main.source = source.substr(0, at) + source.substr(end);
            Compiled result;
            compile_case(result, program);
            check_places(result);
            at = end;
        }
    }
}
