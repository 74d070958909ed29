/// Fuzz target: any text goes through the whole compiler. It never crashes; what it accepts becomes a template that is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "diagnostics/render.hpp"
#include "driver/compile.hpp"

using namespace zflow;

namespace {

/// Nothing can be imported: a fuzzed program must not read the disk.
class NoFiles : public SourceProvider {
   public:
    std::optional<std::string> read(const std::string&) override { return std::nullopt; }
    std::string resolve(const std::string&, std::string_view target) override { return std::string(target); }
};

class MustBeJson : public Output {
   public:
    void stack(std::string_view, bool, const cfn::Made& made) override {
        std::string text = made.text.str();
        nlohmann::json read = nlohmann::json::parse(text, nullptr, false);
        if (read.is_object()) return;
        std::fprintf(stderr, "the template is not a JSON object:\n%.*s\n", static_cast<int>(text.size()), text.data());
        std::abort();
    }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    SourceMap sources;
    Diagnostics diagnostics;
    NoFiles provider;
    PhaseClock clock;
    MustBeJson output;
    FileId file = sources.add("fuzz.zflow", std::string(reinterpret_cast<const char*>(data), size));
    compile(sources, file, provider, {Emit::Template, cfn::Format::Json}, diagnostics, clock, output);
    (void)render_text(diagnostics, sources, {});
    return 0;
}
