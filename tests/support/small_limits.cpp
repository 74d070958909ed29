/// The compiler with limits so small that little programs are divided: for tests that run what comes out.
///
///   small_limits FILE OUTPUT EVENTS RESOURCES
///
/// writes the template to OUTPUT and nested ones beside it.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "diagnostics/render.hpp"
#include "driver/compile.hpp"

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

std::optional<std::string> text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return in ? std::optional(text.str()) : std::nullopt;
}

class Beside : public zflow::SourceProvider {
   public:
    std::optional<std::string> read(const std::string& path) override { return text_of(path); }
    std::string resolve(const std::string& from, std::string_view target) override {
        return (fs::path(from).parent_path() / target).lexically_normal().string();
    }
};

class Files : public zflow::Output {
   public:
    explicit Files(fs::path to) : to_(std::move(to)) {}
    void stack(std::string_view, bool, const zflow::cfn::Made& made) override {
        write(to_, made.text.str());
        for (const auto& part : made.nested) write(to_.parent_path() / part.file, part.text.str());
    }

   private:
    fs::path to_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    auto source = text_of(argv[1]);
    if (!source) return 2;
    zflow::SourceMap sources;
    zflow::Diagnostics diagnostics;
    Beside provider;
    zflow::PhaseClock clock;
    Files output(argv[2]);
    zflow::CompileOptions options;
    options.stem = fs::path(argv[2]).stem().string();
    options.machine.events = std::strtoull(argv[3], nullptr, 10);
    options.one_template.resources = std::strtoull(argv[4], nullptr, 10);
    zflow::FileId file = sources.add(argv[1], std::move(*source));
    zflow::compile(sources, file, provider, options, diagnostics, clock, output);
    std::cerr << zflow::render_text(diagnostics, sources, {});
    return diagnostics.has_errors() ? 1 : 0;
}
