#include "driver/console.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "diagnostics/pages.hpp"
#include "diagnostics/render.hpp"

namespace zflow {

namespace {

std::string render(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources, bool to_terminal) {
    if (settings.format == "concise") return render_concise(diagnostics, sources);
    if (settings.format == "json") return render_json(diagnostics, sources);
    if (settings.format == "sarif") return render_sarif(diagnostics, sources, SarifOptions{ZFLOW_VERSION, page_of});
    if (settings.format == "github") return render_github(diagnostics, sources);
    // https://no-color.org: set and not empty means no colours
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    bool able = to_terminal && !(no_colour && *no_colour) && !(terminal && std::string_view(terminal) == "dumb");
    return render_text(diagnostics, sources, {.colour = settings.colour == "always" || (settings.colour == "auto" && able)});
}

}  // namespace

int fail(const std::string& message) {
    fmt::print(stderr, "zflowc: {}\n", message);
    return exit_failed;
}

std::string system_error() { return std::strerror(errno); }

bool print(std::string_view text, FILE* to) {
    return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

int answer(std::string_view text) {
    return print(text) ? exit_clean : fail("cannot write to standard output: " + system_error());
}

bool is_for_programs(const Settings& settings) {
    return settings.format == "json" || settings.format == "sarif" || settings.format == "github";
}

bool show_findings(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources) {
    bool machine = settings.format == "json" || settings.format == "sarif";
    if (!diagnostics.size() && !(machine && settings.check)) return true;
    FILE* to = settings.check ? stdout : stderr;
    return print(render(settings, diagnostics, sources, isatty(fileno(to)) != 0), to);
}

}  // namespace zflow
