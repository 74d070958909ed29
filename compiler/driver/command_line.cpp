#include "driver/command_line.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

#include "diagnostics/pages.hpp"
#include "diagnostics/render.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"

namespace zflow {

namespace {

struct Settings {
    std::vector<std::string> files;
    std::string output;
    std::string stdin_name = "<stdin>";
    std::string format = "text";
    std::string emit;
    std::string graph = "dot";
    std::string colour = "auto";
    bool check = false;
    bool json = false;
    bool timings = false;
    bool verbose = false;
};

int fail(const std::string& message) {
    fmt::print(stderr, "zflowc: {}\n", message);
    return exit_failed;
}

/// Time per phase, summed over the stacks.
class Stopwatch : public PhaseClock {
   public:
    void end_of(std::string_view phase) override {
        auto now = std::chrono::steady_clock::now();
        double ms = std::chrono::duration<double, std::milli>(now - last_).count();
        last_ = now;
        for (auto& [name, total] : phases_)
            if (name == phase) return void(total += ms);
        phases_.emplace_back(phase, ms);
    }
    void print() const {
        double sum = 0;
        for (auto& [name, ms] : phases_) {
            fmt::print(stderr, "{:<8}{:>10.3f} ms\n", name, ms);
            sum += ms;
        }
        fmt::print(stderr, "{:<8}{:>10.3f} ms\n", "all", sum);
    }

   private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
    std::vector<std::pair<std::string_view, double>> phases_;
};

/// Puts each stack where `-o` says: a file, a file in a folder, or standard output.
class FileOutput : public Output {
   public:
    FileOutput(std::string target, std::string extension) : target_(std::move(target)), extension_(std::move(extension)) {
        struct stat info;
        folder_ = target_.ends_with('/') || (!target_.empty() && ::stat(target_.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
    }

    void stack(std::string_view name, bool several, std::string_view text, const cfn::Summary& summary) override {
        summaries_.push_back(summary);
        if (!error_.empty()) return;
        if (target_ == "-" || target_.empty()) {
            pending_text_ += text;
            return;
        }
        std::string path = target_;
        if (folder_) path = fmt::format("{}{}{}{}", target_, target_.ends_with('/') ? "" : "/", name, extension_);
        else if (several) error_ = fmt::format("the source has several stacks: `-o` must be a folder, `{}` is not", target_);
        if (!error_.empty()) return;
        std::string why;
        if (!files_.write(path, text, why)) error_ = fmt::format("cannot write `{}`: {}", path, why);
        else paths_.push_back(path);
    }

    /// Makes everything visible. Returns what went wrong, or "".
    std::string commit() {
        if (!error_.empty()) return error_;
        if (!pending_text_.empty() && (std::fwrite(pending_text_.data(), 1, pending_text_.size(), stdout) != pending_text_.size() || std::fflush(stdout) != 0))
            return "cannot write to standard output";
        std::string why;
        return files_.commit(why) ? "" : fmt::format("cannot replace the output: {}", why);
    }

    const std::vector<std::string>& paths() const { return paths_; }
    const std::vector<cfn::Summary>& summaries() const { return summaries_; }

   private:
    std::string target_, extension_, error_, pending_text_;
    bool folder_ = false;
    PendingFiles files_;
    std::vector<std::string> paths_;
    std::vector<cfn::Summary> summaries_;
};

std::string render(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources, bool to_terminal) {
    if (settings.format == "concise") return render_concise(diagnostics, sources);
    if (settings.format == "json") return render_json(diagnostics, sources);
    if (settings.format == "sarif") return render_sarif(diagnostics, sources, SarifOptions{ZFLOW_VERSION, page_of});
    if (settings.format == "github") return render_github(diagnostics, sources);
    // https://no-color.org: set and not empty means no colours
    const char* no_colour = std::getenv("NO_COLOR");
    bool colour = settings.colour == "always" || (settings.colour == "auto" && to_terminal && !(no_colour && *no_colour));
    return render_text(diagnostics, sources, {.colour = colour});
}

/// Findings of a check are its result and go to standard output; those of a compile go beside it.
void show_findings(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources) {
    bool machine = settings.format == "json" || settings.format == "sarif";
    if (!diagnostics.size() && !(machine && settings.check)) return;
    FILE* to = settings.check ? stdout : stderr;
    std::string text = render(settings, diagnostics, sources, isatty(fileno(to)) != 0);
    std::fwrite(text.data(), 1, text.size(), to);
}

Emit emit_of(const Settings& s) {
    if (s.check) return Emit::Nothing;
    if (s.emit == "asl") return Emit::Asl;
    if (s.emit == "iam") return Emit::Iam;
    if (s.emit == "ir") return Emit::Ir;
    if (s.emit == "graph") return s.graph == "mermaid" ? Emit::Mermaid : Emit::Dot;
    return Emit::Template;
}

int check(const Settings& settings) {
    SourceMap sources;
    Diagnostics diagnostics;
    DiskProvider provider;
    Stopwatch clock;
    FileOutput nothing("", "");
    for (const std::string& file : settings.files) {
        std::string why;
        auto text = read_file(file, why);
        if (!text) return fail(fmt::format("cannot read `{}`: {}", file, why));
        FileId id = sources.add(file == "-" ? settings.stdin_name : file, std::move(*text));
        compile(sources, id, provider, {.emit = Emit::Nothing}, diagnostics, clock, nothing);
    }
    show_findings(settings, diagnostics, sources);
    if (settings.timings) clock.print();
    return diagnostics.size() ? exit_findings : exit_clean;
}

int compile_file(const Settings& settings) {
    SourceMap sources;
    Diagnostics diagnostics;
    DiskProvider provider;
    Stopwatch clock;
    const std::string& file = settings.files[0];
    std::string why;
    auto text = read_file(file, why);
    if (!text) return fail(fmt::format("cannot read `{}`: {}", file, why));
    bool json = settings.json || settings.output.ends_with(".json");
    FileId id = sources.add(file == "-" ? settings.stdin_name : file, std::move(*text));
    clock.end_of("read");
    FileOutput output(settings.output, json ? ".json" : ".yaml");
    compile(sources, id, provider, {emit_of(settings), json ? cfn::Format::Json : cfn::Format::Yaml}, diagnostics, clock, output);
    show_findings(settings, diagnostics, sources);
    if (diagnostics.has_errors()) return exit_findings;
    if (std::string problem = output.commit(); !problem.empty()) return fail(problem);
    clock.end_of("write");
    if (settings.timings) clock.print();
    for (size_t i = 0; i < output.paths().size() && settings.verbose; i++) {
        const cfn::Summary& s = output.summaries()[i];
        spdlog::info("{}: {} pipelines, {} states, {} resources, {} roles, {} bytes", output.paths()[i], s.pipelines, s.states, s.resources, s.roles, s.bytes);
    }
    return exit_clean;
}

int explain(const std::string& id) {
    std::string_view page = page_of(id);
    if (!page.empty()) {
        fmt::print("{}", page);
        return exit_clean;
    }
    std::vector<std::string_view> known;
    for (const DiagnosticKind& kind : all_diagnostics()) known.push_back(kind.id);
    if (id.empty()) {
        for (std::string_view k : known) fmt::print("{}\n", k);
        return exit_clean;
    }
    std::string_view near = closest(id, known);
    return fail(fmt::format("no diagnostic is named `{}`{}", id, near.empty() ? "; `zflowc explain` lists them" : fmt::format("; did you mean `{}`?", near)));
}

}  // namespace

int run_command_line(int argc, char** argv) {
    CLI::App app{"zflowc compiles machine-learning pipelines to CloudFormation.\n\n"
                 "  zflowc pipeline.zflow -o stack.yaml     compile; the file is replaced only when everything is right\n"
                 "  zflowc --check pipeline.zflow           findings only; exit 0 clean, 1 findings, 2 the tool itself failed\n"
                 "  zflowc explain unknown-name             what a finding means and how to mend it",
                 "zflowc"};
    Settings settings;
    app.set_version_flag("--version", std::string("zflowc ") + ZFLOW_VERSION, "Print the version");
    app.add_option("FILE", settings.files, "Source files; - is standard input");
    app.add_option("-o,--output", settings.output, "Where the template goes: a file (.yaml or .json), a folder, or - for standard output");
    app.add_flag("--check", settings.check, "Report findings, write nothing");
    app.add_flag("--json", settings.json, "Write the template as JSON");
    app.add_option("--emit", settings.emit, "Print one layer instead of the template")->check(CLI::IsMember({"asl", "iam", "ir", "graph"}));
    app.add_option("--graph-format", settings.graph, "Form of --emit graph")->check(CLI::IsMember({"dot", "mermaid"}));
    app.add_option("--format", settings.format, "Form of the findings")->check(CLI::IsMember({"text", "concise", "json", "sarif", "github"}));
    app.add_option("--color", settings.colour, "Colours in text findings")->check(CLI::IsMember({"auto", "always", "never"}));
    app.add_option("--stdin-filename", settings.stdin_name, "The name of what - reads, for messages and relative imports");
    app.add_flag("--timings", settings.timings, "Print the time of each phase");
    app.add_flag("-v,--verbose", settings.verbose, "Log what is done");
    std::string topic;
    CLI::App* explain_command = app.add_subcommand("explain", "Print the page of a diagnostic, or list all");
    explain_command->add_option("DIAGNOSTIC", topic, "Its name, as findings show it");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? exit_clean : exit_failed;
    }
    if (settings.verbose) spdlog::set_default_logger(spdlog::stderr_color_st("zflowc"));
    if (explain_command->parsed()) return explain(topic);
    if (settings.files.empty()) return fail("no file given; `zflowc --help` shows how to call it");
    if (settings.check && (!settings.output.empty() || !settings.emit.empty())) return fail("--check writes nothing: leave out -o and --emit");
    try {
        if (settings.check) return check(settings);
        if (settings.files.size() > 1) return fail("one file at a time; with --check there may be several");
        if (settings.output.empty() && settings.emit.empty()) return fail("say where the template goes: `-o stack.yaml`, or `-o -` for standard output");
        return compile_file(settings);
    } catch (const std::exception& e) {
        return fail(fmt::format("internal error: {}\nThis is a fault of zflowc {}, please report it with the source that shows it.", e.what(), ZFLOW_VERSION));
    }
}

}  // namespace zflow
