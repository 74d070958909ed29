#include "driver/command_line.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>

#include "diagnostics/pages.hpp"
#include "diagnostics/render.hpp"
#include "driver/compile.hpp"
#include "driver/files.hpp"
#include "driver/options.hpp"
#include "driver/policy.hpp"
#include "driver/threads.hpp"
#include "library/library.hpp"
#include "show/catalogue.hpp"
#include "syntax/parse.hpp"
#include "template/nesting.hpp"

namespace zflow {

namespace {

int fail(const std::string& message) {
    fmt::print(stderr, "zflowc: {}\n", message);
    return exit_failed;
}

std::string system_error() { return std::strerror(errno); }

bool print(std::string_view text, FILE* to = stdout) {
    return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

/// Text that was asked for, to standard output.
int answer(std::string_view text) {
    return print(text) ? exit_clean : fail("cannot write to standard output: " + system_error());
}

/// Time per phase, summed over the stacks, when somebody wants to know it.
class Stopwatch : public PhaseClock {
   public:
    explicit Stopwatch(bool runs) : runs_(runs) {
        if (runs_) last_ = std::chrono::steady_clock::now();
    }
    void end_of(std::string_view phase) override {
        if (!runs_) return;
        auto now = std::chrono::steady_clock::now();
        double ms = std::chrono::duration<double, std::milli>(now - last_).count();
        last_ = now;
        for (auto& [name, total] : phases_)
            if (name == phase) return void(total += ms);
        phases_.emplace_back(phase, ms);
    }
    void print() const {
        if (!runs_) return;
        double sum = 0;
        for (auto& [name, ms] : phases_) {
            fmt::print(stderr, "{:<8}{:>10.3f} ms\n", name, ms);
            sum += ms;
        }
        fmt::print(stderr, "{:<8}{:>10.3f} ms\n", "all", sum);
    }

   private:
    bool runs_;
    std::chrono::steady_clock::time_point last_;
    std::vector<std::pair<std::string_view, double>> phases_;
};

/// How one layer is called in a folder, and what stands between several on standard output.
struct LayerForm {
    std::string_view extension;
    std::optional<std::string_view> separator;   ///< none: two of them in one text cannot be read
};

LayerForm form_of(const CompileOptions& options) {
    switch (options.emit) {
        case Emit::Asl: return {".asl.json", std::nullopt};
        case Emit::Iam: return {".iam.json", std::nullopt};
        case Emit::Ir: return {".ir", "\n"};
        case Emit::IrJson: return {".ir.json", std::nullopt};
        case Emit::Dot: return {".dot", "\n"};
        case Emit::Mermaid: return {".mmd", std::nullopt};
        case Emit::InputSchema: return {".input-schema.json", std::nullopt};
        case Emit::Interface: return {".interface.json", std::nullopt};
        case Emit::Template: case Emit::Nothing: break;
    }
    return options.format == cfn::Format::Json ? LayerForm{".json", std::nullopt} : LayerForm{".yaml", "---\n"};
}

bool same_file(const std::string& a, const std::string& b) {
    struct stat x, y;
    if (::stat(a.c_str(), &x) != 0 || ::stat(b.c_str(), &y) != 0) return false;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/// Puts each stack where `-o` says: a file, a file in a folder, or standard output.
class FileOutput : public Output {
   public:
    FileOutput(std::string source, std::string target, const CompileOptions& options)
        : source_(std::move(source)),
          target_(std::move(target)),
          form_(form_of(options)) {
        struct stat info;
        folder_ = target_.ends_with('/') || (!target_.empty() && ::stat(target_.c_str(), &info) == 0 && S_ISDIR(info.st_mode));
    }

    void stack(std::string_view name, bool several, const cfn::Made& made) override {
        if (!error_.empty()) return;
        const cfn::Summary& summary = made.summary;
        bool one_file = several && !folder_ && !(on_screen() && form_.separator);
        // CloudFormation refuses a template without resources
        if (summary.bytes > 0 && summary.resources == 0) error_ = fmt::format("`{}` has nothing to deploy: no pipeline and no resource", source_);
        else if (one_file) error_ = fmt::format("`{}` has several stacks: give `-o` a folder", source_);
        else if (on_screen() && !made.nested.empty()) error_ = fmt::format("`{}` needs {} templates, more than standard output can hold: give `-o` a file or a folder", source_, made.nested.size() + 1);
        else if (on_screen()) add_text(made.text);
        else write(name, made);
    }

    /// Makes everything visible. Returns what went wrong, or "".
    std::string commit() {
        if (!error_.empty()) return error_;
        if (!text_.empty() && !print(text_)) return "cannot write to standard output: " + system_error();
        std::string why;
        return files_.commit(why) ? "" : fmt::format("cannot replace the output: {}", why);
    }

    /// What was written for one stack.
    struct Written {
        std::string path;
        cfn::Summary summary;
        std::vector<std::string> nested;   ///< files beside it
    };
    const std::vector<Written>& written() const { return written_; }

   private:
    bool on_screen() const { return target_ == "-" || target_.empty(); }

    void add_text(const cfn::Text& text) {
        if (!text_.empty()) text_ += *form_.separator;
        text.each_piece([&](std::string_view piece) { text_ += piece; });
    }

    void write(std::string_view name, const cfn::Made& made) {
        std::filesystem::path path = target_;
        std::error_code ignored;
        if (folder_) std::filesystem::create_directories(target_, ignored);   // what goes wrong shows when the file is written
        if (folder_) path /= fmt::format("{}{}", name, form_.extension);
        write_file(path.string(), made.text);
        Written w{path.string(), made.summary, {}};
        for (const cfn::NestedTemplate& part : made.nested) {
            w.nested.push_back((path.parent_path() / part.file).string());
            write_file(w.nested.back(), part.text);
        }
        if (made.summary.bytes > 0) remove_old_parts(path, made.nested.size());
        written_.push_back(std::move(w));
    }

    void write_file(const std::string& path, const cfn::Text& text) {
        if (!error_.empty()) return;
        std::string why;
        pieces_.clear();
        text.each_piece([&](std::string_view piece) { pieces_.push_back(piece); });
        if (!paths_.insert(path).second) error_ = fmt::format("two stacks would both become `{}`: give them different names", path);
        else if (same_file(path, source_)) error_ = fmt::format("`{}` is the source itself: it would be overwritten", path);
        else if (!files_.write(path, pieces_, why)) error_ = fmt::format("cannot write `{}`: {}", path, why);
    }

    /// Nested templates that the stack had when it was larger; other files of such names stay.
    void remove_old_parts(const std::filesystem::path& main, size_t parts) {
        constexpr size_t enough = 256;   // of a file, to know it by
        std::string stem = main.stem().string();
        for (size_t number = parts + 1;; number++) {
            std::string path = (main.parent_path() / cfn::part_file(stem, number, main.extension().string())).string();
            if (!cfn::begins_part(beginning_of(path, enough), stem, number)) return;
            files_.remove(std::move(path));
        }
    }

    std::string source_, target_, error_, text_;
    LayerForm form_;
    bool folder_ = false;
    PendingFiles files_;
    std::vector<std::string_view> pieces_;
    std::set<std::string> paths_;
    std::vector<Written> written_;
};

/// Output of a check: nothing comes out of it.
class NoOutput : public Output {
    void stack(std::string_view, bool, const cfn::Made&) override {}
};

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

/// Findings of a check are its result and go to standard output; those of a compile go beside it.
/// @return whether they could be written
bool show_findings(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources) {
    bool machine = settings.format == "json" || settings.format == "sarif";
    if (!diagnostics.size() && !(machine && settings.check)) return true;
    FILE* to = settings.check ? stdout : stderr;
    return print(render(settings, diagnostics, sources, isatty(fileno(to)) != 0), to);
}

/// A project file that is wrong, as findings for whoever reads them from another program.
int refuse_project(const Settings& settings, const std::string& problem, const Policy& policy) {
    bool machine = settings.format == "json" || settings.format == "sarif" || settings.format == "github";
    const WrongProject* wrong = policy.wrong_project();
    if (!machine || !wrong) return fail(problem);
    SourceMap sources;
    Diagnostics diagnostics;
    FileId file = sources.add(wrong->path, wrong->text);
    for (const ProjectProblem& p : wrong->problems) {
        auto begin = static_cast<uint32_t>(std::min(p.offset, wrong->text.size()));
        auto end = static_cast<uint32_t>(std::min(wrong->text.find_first_of(" \t\r\n:,[]{}#", begin), wrong->text.size()));
        diagnostics.report(diag::BadProject, p.line ? Span{file, begin, end} : Span{}, p.words);
    }
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
            fail(fmt::format("cannot read `{}`: {}", file, why));
            continue;
        }
        if (std::string problem = policy.enter(file == "-" ? settings.stdin_name : file); !problem.empty()) return refuse_project(settings, problem, policy);
        clock.end_of("read");
        FileId id = sources.add(file == "-" ? settings.stdin_name : file, std::move(*text));
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

int compile_file(const Settings& settings) {
    SourceMap sources;
    Diagnostics diagnostics;
    DiskProvider provider;
    Stopwatch clock(settings.timings);
    const std::string& file = settings.files[0];
    std::string why;
    auto text = read_file(file, why);
    if (!text) return fail(fmt::format("cannot read `{}`: {}", file, why));
    Policy policy(settings, sources);
    if (std::string problem = policy.prepare(); !problem.empty()) return fail(problem);
    if (std::string problem = policy.enter(file == "-" ? settings.stdin_name : file); !problem.empty()) return refuse_project(settings, problem, policy);
    diagnostics.judged_by_project(&policy);
    bool json = settings.json || settings.output.ends_with(".json");
    FileId id = sources.add(file == "-" ? settings.stdin_name : file, std::move(*text));
    clock.end_of("read");
    CompileOptions options{emit_of(settings), json ? cfn::Format::Json : cfn::Format::Yaml};
    std::filesystem::path target(settings.output);
    std::error_code ignored;
    if (target.has_filename() && !std::filesystem::is_directory(target, ignored)) options.stem = target.stem().string(), options.extension = target.extension().string();
    Threads threads;
    FileOutput output(file == "-" ? settings.stdin_name : file, settings.output, options);
    compile(sources, id, provider, options, diagnostics, clock, output, threads);
    if (!diagnostics.has_errors()) policy.report_stale(diagnostics);
    show_findings(settings, diagnostics, sources);
    if (diagnostics.has_errors()) return exit_findings;
    if (std::string problem = output.commit(); !problem.empty()) return fail(problem);
    clock.end_of("write");
    clock.print();
    for (const FileOutput::Written& w : output.written()) {
        const cfn::Summary& s = w.summary;
        auto counted = [](size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); };
        if (settings.verbose)
            spdlog::info("{}: {}, {}, {}, {}, {}", w.path, counted(s.pipelines, "pipeline"), counted(s.states, "state"), counted(s.resources, "resource"),
                         counted(s.roles, "role"), counted(s.bytes, "byte"));
    }
    tell_of_nested(output.written());
    return exit_clean;
}

/// The sentence under a page's title.
std::string_view summary_of_page(std::string_view id) {
    std::string_view page = page_of(id);
    page.remove_prefix(std::min(page.find("\n\n"), page.size()));
    page.remove_prefix(std::min(page.find_first_not_of('\n'), page.size()));
    page = page.substr(0, std::min(page.find("\n\n"), page.size()));
    return page.substr(0, std::min(page.find_first_of(".\n"), page.size()));
}

int list_diagnostics() {
    std::string out;
    for (const DiagnosticGroup& group : diagnostic_groups()) {
        out += fmt::format("{}{}\n", out.empty() ? "" : "\n", group.title);
        for (const DiagnosticKind& kind : group.kinds)
            out += fmt::format("  {:<26} {:<8} {}\n", kind.id, name_of(kind.severity), summary_of_page(kind.id));
    }
    out += "\nA project may turn warnings off in zflow.yaml, and a comment may allow one: see `zflowc explain unused-suppression`.\n";
    return answer(out);
}

int explain(const std::string& id, bool list) {
    if (id.empty() || list) return list_diagnostics();
    std::string_view page = page_of(id);
    if (!page.empty()) {
        fmt::print("{}", page);
        return exit_clean;
    }
    std::vector<std::string_view> known;
    for (const DiagnosticKind& kind : all_diagnostics()) known.push_back(kind.id);
    std::string_view near = closest(id, known);
    return fail(fmt::format("no diagnostic is named `{}`{}", id, near.empty() ? "; `zflowc explain` lists them" : fmt::format("; did you mean `{}`?", near)));
}

/// The catalogue of the standard library, one thing of it, or what a file declares.
int document(const std::string& what) {
    Interner names(library::names());
    SourceMap sources;
    Diagnostics diagnostics;
    std::deque<syntax::Tree> trees;
    for (const library::Prepared& prepared : library::modules()) {
        syntax::Tree& tree = trees.emplace_back();
        tree.text = prepared.text, tree.nodes = prepared.nodes;
    }
    show::Catalogue catalogue;
    bool own = what.ends_with(".zflow");
    for (const syntax::Tree& tree : trees) own ? catalogue.refer(tree) : catalogue.add(tree);
    if (own) {
        std::string why;
        auto text = read_file(what, why);
        if (!text) return fail(fmt::format("cannot read `{}`: {}", what, why));
        catalogue.add(trees.emplace_back(syntax::parse(sources, sources.add(what, std::move(*text)), names, diagnostics)));
    }
    show_findings({}, diagnostics, sources);
    if (diagnostics.has_errors()) return exit_findings;
    Buffer out;
    bool one = !what.empty() && !own;
    if (!one) catalogue.write(out);
    else if (!catalogue.write(what, out)) {
        std::string_view near = closest(what, catalogue.names());
        return fail(fmt::format("nothing in the standard library is named `{}`{}", what,
                                near.empty() ? "; `zflowc doc` shows everything" : fmt::format("; did you mean `{}`?", near)));
    }
    return answer(out.view());
}

/// What is wrong with flags that are right one by one, or "".
std::string_view misuse(const Settings& s) {
    if (s.files.empty()) return "no file given; `zflowc --help` shows how to call it";
    if (std::count(s.files.begin(), s.files.end(), "-") > 1) return "standard input can be read only once";
    if (s.check && (!s.output.empty() || !s.emit.empty())) return "--check writes nothing: leave out -o and --emit";
    if (!s.write_baseline.empty() && !s.check) return "--write-baseline goes with --check";
    if (s.check) return "";
    if (s.files.size() > 1 && s.files[0] == "check") return "to check is a flag: `zflowc --check pipeline.zflow`";
    if (s.files.size() > 1 && (s.files[0] == "compile" || s.files[0] == "build")) return "to compile takes no word: `zflowc pipeline.zflow -o stack.yaml`";
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
    switch (read_options(argc, argv, settings, text)) {
        case Command::Answer: return answer(text);
        case Command::Misuse: return print(text, stderr), exit_failed;
        case Command::Explain: return explain(settings.topic, settings.list);
        case Command::Document: return document(settings.topic);
        case Command::Compile: break;
    }
    if (settings.verbose) spdlog::set_default_logger(spdlog::stderr_color_st("zflowc"));
    if (std::string_view problem = misuse(settings); !problem.empty()) return fail(std::string(problem));
    try {
        return settings.check ? check(settings) : compile_file(settings);
    } catch (const std::exception& e) {
        return fail(fmt::format("internal error: {}\nThis is a fault of zflowc {}, please report it with the source that shows it.", e.what(), ZFLOW_VERSION));
    }
}

}  // namespace zflow
