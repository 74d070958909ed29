// Every mistake of MISTAKES.md is shown by programs of the corpus, or is said to be impossible.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "errors/corpus.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

constexpr int mistakes = 62;

/// How many programs begin with `// M23: …`, by mistake.
std::map<int, size_t> shown() {
    std::map<int, size_t> counts;
    for (const CorpusCase& program : corpus()) {
        const std::string& source = program.files.at(program.main).source;
        static const std::regex mark("^// M([0-9]+): [^\n]+\n");
        if (std::smatch match; std::regex_search(source, match, mark, std::regex_constants::match_continuous)) counts[std::stoi(match[1])]++;
    }
    return counts;
}

/// The rows of the tables, by their first cell: the last cell.
std::map<std::string, std::string> rows() {
    std::map<std::string, std::string> all;
    static const std::regex row("\\| *([Mc]?[0-9]+) *\\|.*\\| *([^|]+?) *\\|");
    std::string page = project_file("tests/errors/MISTAKES.md");
    for (size_t at = 0; at < page.size();) {
        size_t end = std::min(page.find('\n', at), page.size());
        std::string line = page.substr(at, end - at);
        if (std::smatch match; std::regex_match(line, match, row)) all[match[1]] = match[2];
        at = end + 1;
    }
    return all;
}

}  // namespace

TEST_CASE("mistakes: each is shown three times, or cannot be made", "[errors]") {
    std::map<int, size_t> programs = shown();
    std::map<std::string, std::string> table = rows();
    for (int m = 1; m <= mistakes; m++) {
        INFO("M" << m << ": " << programs[m] << " programs");
        CHECK((programs[m] >= 3 || table.count("M" + std::to_string(m)) == 1));
    }
    for (auto& [m, count] : programs) CHECK((m >= 1 && m <= mistakes));
}

TEST_CASE("mistakes: every machine and pipeline of the study leads to one", "[errors]") {
    std::map<std::string, std::string> table = rows();
    std::map<int, size_t> programs = shown();
    std::set<std::string> cases;
    for (auto [first, last] : {std::pair(1, 43), std::pair(50, 65)})
        for (int n = first; n <= last; n++) cases.insert((n < 10 ? "0" : "") + std::to_string(n));
    for (int n = 1; n <= 30; n++) cases.insert((n < 10 ? "c0" : "c") + std::to_string(n));
    for (const std::string& name : cases) {
        INFO(name);
        REQUIRE(table.count(name) == 1);
        const std::string& where = table.at(name);
        if (where.starts_with("impossible: ")) continue;
        REQUIRE(where.starts_with('M'));
        CHECK((programs.count(std::stoi(where.substr(1))) == 1 || table.count(where) == 1));
    }
}
