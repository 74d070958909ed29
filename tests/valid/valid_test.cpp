// Programs that stretch the rules to their edge: none of them gives a single word.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "support/harness.hpp"

using namespace zflow;
using namespace zflow::test;

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> programs() {
    std::vector<fs::path> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(std::string(ZFLOW_ROOT) + "/tests/valid"))
        if (entry.path().extension() == ".zflow") all.push_back(entry.path());
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

TEST_CASE("valid: programs at the edge of the rules are taken without a word", "[valid]") {
    std::vector<fs::path> all = programs();
    CHECK(all.size() >= 100);
    for (const fs::path& path : all) {
        std::ifstream in(path, std::ios::binary);
        Compiled result;
        compile(result, {std::istreambuf_iterator<char>(in), {}}, {}, path.filename().string());
        INFO(path.filename().string() << "\n" << result.rendered());
        CHECK(result.diagnostics.size() == 0);
        CHECK(result.stacks.size() >= 1);
    }
}
