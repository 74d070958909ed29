#include "driver/command_line.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "driver/compile.hpp"
#include "driver/console.hpp"
#include "driver/file_output.hpp"
#include "driver/files.hpp"
#include "driver/fix_files.hpp"
#include "driver/format_files.hpp"
#include "driver/options.hpp"
#include "driver/policy.hpp"
#include "driver/stopwatch.hpp"
#include "driver/threads.hpp"
#include "driver/topics.hpp"

namespace zflow {

namespace {

/// What messages call a file that was given.
const std::string& shown_name(const Settings& settings, const std::string& file) { return file == "-" ? settings.stdin_name : file; }

/// Output of a check: nothing comes out of it.
class NoOutput : public Output {
    void stack(std::string_view, bool, const cfn::Made&) override {}
};

/// A file that cannot be read. `place`: where that is found; unknown of one that others name.
int unreadable(const Settings& settings, const std::string& problem, Span place, Diagnostics& diagnostics) {
    if (!is_for_programs(settings)) return fail(problem);
    diagnostics.report(diag::UnreadableFile, place, problem);
    return exit_failed;
}

/// A project file that is wrong, as findings for whoever reads them from another program.
int refuse_project(const Settings& settings, const std::string& problem, const Policy& policy) {
    const WrongProject* wrong = policy.wrong_project();
    SourceMap sources;
    Diagnostics diagnostics;
    if (!is_for_programs(settings)) return fail(problem);
    if (!wrong) {   // its baseline
        unreadable(settings, problem, {}, diagnostics);
        return show_findings(settings, diagnostics, sources) ? exit_failed : fail("cannot write to standard output: " + system_error());
    }
    report(*wrong, sources, diagnostics);
    if (!show_findings(settings, diagnostics, sources)) return fail("cannot write to standard output: " + system_error());
    return exit_failed;
}

Emit emit_of(const Settings& s) {
    if (s.check) return Emit::Nothing;
    if (s.emit == "asl") return Emit::Asl;
    if (s.emit == "iam") return Emit::Iam;
    if (s.emit == "ir") return s.json ? Emit::IrJson : Emit::Ir;
    if (s.emit == "input-schema") return Emit::InputSchema;
    if (s.emit == "interface") return Emit::Interface;
    if (s.emit == "graph") return s.graph == "mermaid" ? Emit::Mermaid : Emit::Dot;
    return Emit::Template;
}

bool write_baseline(const Baseline& baseline) {
    PendingFiles files;
    std::string why;
    std::string text = baseline.text();
    std::string_view whole = text;
    if (files.write(baseline.path(), {&whole, 1}, why) && files.commit(why)) {
        fmt::print(stderr, "zflowc: {} findings in `{}`\n", baseline.size(), baseline.path());
        return true;
    }
    fail(fmt::format("cannot write `{}`: {}", baseline.path(), why));
    return false;
}

int check(const Settings& settings) {
    SourceMap sources;
    Diagnostics diagnostics;
    DiskProvider provider;
    Stopwatch clock(settings.timings);
    NoOutput nothing;
    Threads threads;
    Policy policy(settings, sources);
    if (std::string problem = policy.prepare(); !problem.empty()) return fail(problem);
    diagnostics.judged_by_project(&policy);
    bool all_read = true;
    for (const std::string& file : settings.files) {
        std::string why;
        auto text = read_file(file, why);
        if (!text) {
            all_read = false;
            unreadable(settings, fmt::format("cannot read `{}`: {}", file, why), Span{sources.add(file, ""), 0, 0}, diagnostics);
            continue;
        }
        const std::string& name = shown_name(settings, file);
        if (std::string problem = policy.enter(name); !problem.empty()) return refuse_project(settings, problem, policy);
        clock.end_of("read");
        FileId id = sources.add(name, std::move(*text));
        compile(sources, id, provider, {.emit = Emit::Nothing}, diagnostics, clock, nothing, threads);
    }
    if (!diagnostics.has_errors()) policy.report_stale(diagnostics);
    if (!show_findings(settings, diagnostics, sources)) return fail("cannot write to standard output: " + system_error());
    clock.print();
    if (!all_read) return exit_failed;
    if (const Baseline* baseline = policy.written(); baseline && !write_baseline(*baseline)) return exit_failed;
    return diagnostics.size() ? exit_findings : exit_clean;
}

/// A stack in several templates is deployed with one more command: people have to know, once.
void tell_of_nested(const std::vector<FileOutput::Written>& written) {
    std::vector<const FileOutput::Written*> large;
    for (const FileOutput::Written& w : written)
        if (!w.nested.empty()) large.push_back(&w);
    if (large.empty()) return;
    const FileOutput::Written& first = *large[0];
    std::string others = large.size() == 1 ? "" : fmt::format(", nor do {} other stacks", large.size() - 1);
    if (large.size() == 2) others = fmt::format(", nor does {}", large[1]->path);
    std::string parts = first.nested.size() <= 3 ? fmt::format("{}", fmt::join(first.nested, ", "))
                                                 : fmt::format("{}, … {}", first.nested.front(), first.nested.back());
    fmt::print(stderr, "{} does not fit one template{}; the rest of it is beside it: {}\nPut them into a bucket before you deploy:\n"
               "  aws cloudformation package --template-file {} --s3-bucket BUCKET --output-template-file packaged.yaml\n",
               first.path, others, parts, first.path);
}

CompileOptions options_of(const Settings& settings) {
    bool json = settings.json || settings.output.ends_with(".json");
    CompileOptions options{emit_of(settings), json ? cfn::Format::Json : cfn::Format::Yaml};
    std::filesystem::path target(settings.output);
    std::error_code ignored;
    if (target.has_filename() && !std::filesystem::is_directory(target, ignored)) {
        options.stem = target.stem().string();
        options.extension = target.extension().string();
    }
    return options;
}

/// With --verbose: what was written, and how large it is.
void tell_of_sizes(const std::vector<FileOutput::Written>& written) {
    auto counted = [](size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); };
    for (const FileOutput::Written& w : written) {
        const cfn::Summary& s = w.summary;
        spdlog::info("{}: {}, {}, {}, {}, {}", w.path, counted(s.pipelines, "pipeline"), counted(s.states, "state"),
                     counted(s.resources, "resource"), counted(s.roles, "role"), counted(s.bytes, "byte"));
    }
}

int compile_file(const Settings& settings) {
    SourceMap sources;
    Diagnostics diagnostics;
    DiskProvider provider;
    Stopwatch clock(settings.timings);
    const std::string& file = settings.files[0];
    const std::string& name = shown_name(settings, file);
    std::string why;
    auto text = read_file(file, why);
    if (!text) {
        unreadable(settings, fmt::format("cannot read `{}`: {}", file, why), Span{sources.add(file, ""), 0, 0}, diagnostics);
        show_findings(settings, diagnostics, sources);
        return exit_failed;
    }
    Policy policy(settings, sources);
    if (std::string problem = policy.prepare(); !problem.empty()) return fail(problem);
    if (std::string problem = policy.enter(name); !problem.empty()) return refuse_project(settings, problem, policy);
    diagnostics.judged_by_project(&policy);
    FileId id = sources.add(name, std::move(*text));
    clock.end_of("read");
    CompileOptions options = options_of(settings);
    Threads threads;
    FileOutput output(name, provider, settings.output, options);
    compile(sources, id, provider, options, diagnostics, clock, output, threads);
    if (!diagnostics.has_errors()) policy.report_stale(diagnostics);
    show_findings(settings, diagnostics, sources);
    if (diagnostics.has_errors()) return exit_findings;
    if (std::string problem = output.commit(); !problem.empty()) return fail(problem);
    clock.end_of("write");
    clock.print();
    if (settings.verbose) tell_of_sizes(output.written());
    tell_of_nested(output.written());
    return exit_clean;
}

/// What is wrong with flags that are right one by one, or "".
std::string_view misuse(const Settings& s, Command command) {
    if (s.files.empty()) return "no file given; `zflowc --help` shows how to call it";
    if (std::count(s.files.begin(), s.files.end(), "-") > 1) return "standard input can be read only once";
    if (command != Command::Compile) return "";
    if (s.check && (!s.output.empty() || !s.emit.empty())) return "--check writes nothing: leave out -o and --emit";
    if (!s.write_baseline.empty() && !s.check) return "--write-baseline goes with --check";
    if (s.check) return "";
    if (s.files.size() > 1 && s.files[0] == "check") return "to check is a flag: `zflowc --check pipeline.zflow`";
    if (s.files.size() > 1 && (s.files[0] == "compile" || s.files[0] == "build"))
        return "to compile takes no word: `zflowc pipeline.zflow -o stack.yaml`";
    if (s.files.size() > 1 && s.files[0] == "format") return "to format is `zflowc fmt pipeline.zflow`";
    if (s.files.size() > 1) return "one file at a time; with --check there may be several";
    if (!s.graph.empty() && s.emit != "graph") return "--graph-format is the form of `--emit graph`";
    if (s.json && !s.emit.empty() && s.emit != "ir") return "--json is for the template and for `--emit ir`: leave it out with other layers";
    if (s.output.empty() && s.emit.empty()) return "say where the template goes: `-o stack.yaml`, or `-o -` for standard output";
    return "";
}

}  // namespace

int run_command_line(int argc, char** argv) {
    Settings settings;
    std::string text;
    Command command = read_options(argc, argv, settings, text);
    switch (command) {
        case Command::Answer: return answer(text);
        case Command::Misuse: return print(text, stderr), exit_failed;
        case Command::Explain: return explain(settings.topic, settings.list);
        case Command::Document: return document(settings.topic);
        case Command::Format:
        case Command::Fix:
        case Command::Compile: break;
    }
    if (settings.verbose) spdlog::set_default_logger(spdlog::stderr_color_st("zflowc"));
    if (std::string_view problem = misuse(settings, command); !problem.empty()) return fail(std::string(problem));
    try {
        if (command == Command::Format) return format_files(settings);
        if (command == Command::Fix) return fix_files(settings);
        return settings.check ? check(settings) : compile_file(settings);
    } catch (const std::exception& e) {
        return fail(fmt::format("internal error: {}\nThis is a fault of zflowc {}, please report it with the source that shows it.",
                                e.what(), ZFLOW_VERSION));
    }
}

}  // namespace zflow
