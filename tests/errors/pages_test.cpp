// Every diagnostic has a page, and the programs on it show what it says: Wrong gives just that finding, Right none.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "diagnostics/pages.hpp"
#include "errors/corpus.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

/// Wrong parts without a program, each with the reason. The page says the same in words.
const std::map<std::string, std::string> without_wrong = {
    {"not-text", "a page is UTF-8 itself"},
    {"import-cycle", "needs a second file that imports this one"},
    {"definition-too-large", "takes a program of a megabyte"},
    {"template-too-large", "takes a program of a megabyte"},
    {"too-many-items", "takes a list of thousands"},
    {"policies-too-large", "takes a program with hundreds of locations"},
    {"stale-baseline", "a baseline is a file beside the program"},
    {"bad-project", "a project file is beside the program"},
    {"unreadable-file", "a file that is not there is no program"},
    {"too-many-resources", "takes a program with hundreds of declarations"},
    {"too-many-parameters", "takes a program with hundreds of declarations"},
    {"too-many-outputs", "takes a program with hundreds of declarations"},
};

/// Right parts without a program.
const std::map<std::string, std::string> without_right = {
    {"definition-too-large", "what helps is to keep texts elsewhere"},
    {"template-too-large", "what helps is to keep texts elsewhere"},
    {"too-many-items", "what helps depends on the work"},
    {"policies-too-large", "what helps is to move data below common prefixes"},
    {"stale-baseline", "a baseline is a file beside the program"},
    {"bad-project", "a project file is beside the program"},
    {"unreadable-file", "a file that is not there is no program"},
    {"too-many-resources", "what helps is to move schedules"},
    {"too-many-parameters", "what helps is to take parameters away"},
    {"too-many-outputs", "what helps is to take outputs away"},
};

/// Files that programs of the pages import.
const std::map<std::string, std::string> neighbours = {
    {"shared.zflow", "const day = \"2026-01-31\"\n"},
    {"handler.py", "def handler(event, context):\n    return event\n"},
};

/// The lines between `## heading` and the next heading.
std::string part(const std::string& page, const std::string& heading) {
    size_t at = page.find("\n## " + heading + "\n");
    if (at == std::string::npos) return {};
    at += heading.size() + 5;
    return page.substr(at, page.find("\n## ", at) - at);
}

std::vector<std::string> programs(const std::string& part) {
    std::vector<std::string> found;
    constexpr std::string_view fence = "\n```zflow\n";
    for (size_t at = 0; (at = part.find(fence, at)) != std::string::npos;) {
        size_t begin = at + fence.size(), end = part.find("\n```\n", begin);
        REQUIRE(end != std::string::npos);
        found.push_back(part.substr(begin, end + 1 - begin));
        at = end;
    }
    return found;
}

/// The ids that a program gives.
std::set<std::string> ids_of(const std::string& program, std::string& rendered) {
    Compiled result;
    compile(result, program, {}, "page.zflow", neighbours);
    rendered = result.rendered();
    std::set<std::string> ids;
    for (auto& [id, count] : counts_by_id(result.diagnostics)) ids.insert(id);
    return ids;
}

void check_programs(const std::string& id, const std::string& page, const std::string& heading,
                    const std::set<std::string>& wanted, const std::map<std::string, std::string>& without) {
    std::vector<std::string> found = programs(part(page, heading));
    INFO(id << ", " << heading);
    CHECK(found.empty() == (without.count(id) == 1));
    for (const std::string& program : found) {
        std::string rendered;
        std::set<std::string> ids = ids_of(program, rendered);
        INFO(program << rendered);
        CHECK(ids == wanted);
    }
}

}  // namespace

TEST_CASE("pages: every diagnostic has one, with the same headings", "[pages]") {
    for (const DiagnosticKind& kind : all_diagnostics()) {
        std::string id(kind.id), page(page_of(kind.id));
        INFO(id);
        REQUIRE(!page.empty());
        CHECK(page.starts_with("# " + id + "\n\n"));
        size_t why = page.find("\n## Why\n"), wrong = page.find("\n## Wrong\n"), right = page.find("\n## Right\n");
        CHECK(why < wrong);
        CHECK(wrong < right);
        CHECK(right != std::string::npos);
        CHECK(part(page, "Why").size() > 40);
    }
}

TEST_CASE("pages: none is left over", "[pages]") {
    std::set<std::string_view> ids;
    for (const DiagnosticKind& kind : all_diagnostics()) ids.insert(kind.id);
    for (std::string_view page : pages::text_names()) {
        INFO(page);
        CHECK(ids.count(page) == 1);
    }
    for (const auto* exemptions : {&without_wrong, &without_right})
        for (auto& [id, reason] : *exemptions) CHECK(ids.count(id) == 1);
}

TEST_CASE("pages: the programs are what the headings say", "[pages]") {
    for (const DiagnosticKind& kind : all_diagnostics()) {
        std::string id(kind.id), page(page_of(kind.id));
        check_programs(id, page, "Wrong", {id}, without_wrong);
        check_programs(id, page, "Right", {}, without_right);
    }
}
