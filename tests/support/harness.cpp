#include "support/harness.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace zflow::test {

std::optional<std::string> MemoryProvider::read(const std::string& path) {
    auto at = files_.find(path);
    return at == files_.end() ? std::nullopt : std::optional(at->second);
}

std::string MemoryProvider::resolve(const std::string& from, std::string_view target) {
    return (std::filesystem::path(from).parent_path() / target).lexically_normal().string();
}

namespace {

class Collect : public Output {
   public:
    explicit Collect(Compiled& to) : to_(to) {}
    void stack(std::string_view name, bool, const cfn::Made& made) override {
        to_.stacks.emplace(name, made.text.str());
        to_.summaries.emplace(name, made.summary);
        for (const cfn::NestedTemplate& part : made.nested) to_.nested.emplace(part.file, part.text.str());
    }

   private:
    Compiled& to_;
};

}  // namespace

void compile(Compiled& result, std::string source, CompileOptions options, std::string name, std::map<std::string, std::string> others) {
    MemoryProvider provider(std::move(others));
    PhaseClock clock;
    Collect collect(result);
    FileId file = result.sources.add(std::move(name), std::move(source));
    zflow::compile(result.sources, file, provider, options, result.diagnostics, clock, collect);
}

std::string project_file(const std::string& path) {
    std::ifstream in(std::string(ZFLOW_ROOT) + "/" + path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

bool updating() {
    const char* update = std::getenv("ZFLOW_UPDATE");
    return update && std::string_view(update) == "1";
}

}  // namespace zflow::test
