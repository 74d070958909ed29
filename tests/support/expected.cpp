#include "support/expected.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <vector>

#include "support/harness.hpp"

namespace zflow::test {

namespace {

namespace fs = std::filesystem;

fs::path root() { return fs::path(ZFLOW_ROOT); }

std::string read(const fs::path& path) { return project_file(fs::relative(path, root()).string()); }

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

/// The first place where two texts differ, a few lines of it from each.
std::string difference(const std::string& wanted, const std::string& got) {
    std::vector<std::string> a = lines_of(wanted), b = lines_of(got);
    size_t same = 0;
    while (same < a.size() && same < b.size() && a[same] == b[same]) same++;
    std::string out = "from line " + std::to_string(same + 1) + ":\n";
    for (size_t i = same > 2 ? same - 2 : 0; i < same; i++) out += "  " + a[i] + "\n";
    for (size_t i = same; i < std::min(same + 6, a.size()); i++) out += "- " + a[i] + "\n";
    for (size_t i = same; i < std::min(same + 6, b.size()); i++) out += "+ " + b[i] + "\n";
    return out;
}

}  // namespace

void expect_file(const fs::path& path, const std::string& text, std::string_view tag) {
    bool exists = fs::exists(path);
    if (updating()) {
        if (text.empty()) fs::remove(path);
        else if (!exists || read(path) != text) std::ofstream(path, std::ios::binary) << text;
        SUCCEED("written");
        return;
    }
    INFO(fs::relative(path, root()).string() << " differs; when that is meant: "
                                             << "ZFLOW_UPDATE=1 build/release/tests/unit_tests \"" << tag << "\"");
    if (text.empty()) {
        CHECK_FALSE(exists);
        return;
    }
    REQUIRE(exists);
    std::string wanted = read(path);
    if (wanted != text) FAIL_CHECK(difference(wanted, text));
    else SUCCEED("the same");
}

}  // namespace zflow::test
