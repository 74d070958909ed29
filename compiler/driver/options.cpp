// The arguments of a usual call are one walk over a table. CLI11, which is made of the same table, has everything else: help,
// other ways to write an option, and all that is wrong. To set it up takes longer than to compile a small program.
#include "driver/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <string_view>
#include <variant>

#include "driver/late_start.hpp"

namespace zflow {

namespace {

constexpr std::string_view version = "zflowc " ZFLOW_VERSION "\n";

using Flag = bool Settings::*;
using Text = std::string Settings::*;
using Texts = std::vector<std::string> Settings::*;

struct Row {
    const char* names;   ///< "-o,--output"
    std::variant<Flag, Text, Texts> target;
    const char* help;
    const char* type = "";                              ///< how help calls the value; "": TEXT
    std::span<const std::string_view> choices = {};     ///< nothing: any value
};

constexpr std::string_view layers[] = {"asl", "iam", "ir", "graph", "input-schema", "interface"};
constexpr std::string_view graph_formats[] = {"dot", "mermaid"};
constexpr std::string_view finding_formats[] = {"text", "concise", "json", "sarif", "github"};
constexpr std::string_view colour_modes[] = {"auto", "always", "never"};

constexpr std::string_view commands[] = {"explain", "doc", "fmt", "fix"};

constexpr Row rows[] = {
    {"-o,--output", &Settings::output, "Where the template goes: a file (.yaml or .json), a folder, or - for standard output"},
    {"--check", &Settings::check, "Report findings, write nothing"},
    {"--json", &Settings::json, "Write the template, or `--emit ir`, as JSON"},
    {"--emit", &Settings::emit, "Print one layer instead of the template", "", layers},
    {"--graph-format", &Settings::graph, "Form of --emit graph", "", graph_formats},
    {"--format", &Settings::format, "Form of the findings", "", finding_formats},
    {"--color", &Settings::colour, "Colours in text findings", "", colour_modes},
    {"--stdin-filename", &Settings::stdin_name, "The name of what - reads, for messages and relative imports"},
    {"--deny", &Settings::deny, "Make warnings errors: `warnings` for all, or the name of one", "NAME"},
    {"--config", &Settings::config, "A project file instead of the nearest zflow.yaml", "FILE"},
    {"--no-config", &Settings::no_config, "Read no zflow.yaml"},
    {"--baseline", &Settings::baseline, "Leave out findings that are in this file", "FILE"},
    {"--write-baseline", &Settings::write_baseline, "With --check: write such a file", "FILE"},
    {"--timings", &Settings::timings, "Print the time of each phase"},
    {"-v,--verbose", &Settings::verbose, "Log what is done"},
};

/// Reads what is written as it mostly is: options by their whole names, each once, values as words of their own.
class PlainReader {
   public:
    explicit PlainReader(Settings& settings) : settings_(settings) {}

    /// False when there is something else among it: then nothing that was set counts.
    bool read(std::span<const char* const> arguments) {
        for (size_t at = 0; at < arguments.size(); at++) {
            std::string_view word = arguments[at];
            if (const Row* row = find(word)) {
                if (!set(*row, at + 1 < arguments.size() ? arguments[at + 1] : "")) return false;
                if (!std::holds_alternative<Flag>(row->target)) at++;
            } else if (is_plain(word) && std::find(std::begin(commands), std::end(commands), word) == std::end(commands)) {
                settings_.files.emplace_back(word);
            } else {
                return false;
            }
        }
        return true;
    }

   private:
    static const Row* find(std::string_view word) {
        if (word.size() < 2 || word[0] != '-') return nullptr;
        for (const Row& row : rows) {
            std::string_view names = row.names;
            size_t comma = std::min(names.find(','), names.size());
            if (word == names.substr(0, comma) || (comma < names.size() && word == names.substr(comma + 1))) return &row;
        }
        return nullptr;
    }

    /// Whether it can be nothing but a value.
    static bool is_plain(std::string_view word) {
        if (word.empty()) return false;
        char c = word[0];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        return letter || c == '_' || c == '.' || c == '/' || word == "-";
    }

    bool set(const Row& row, std::string_view value) {
        if (const Texts* texts = std::get_if<Texts>(&row.target)) return is_plain(value) && (settings_.**texts).emplace_back(value).size();
        bool again = std::exchange(given_[static_cast<size_t>(&row - rows)], true);
        if (again) return false;
        if (const Flag* flag = std::get_if<Flag>(&row.target)) return settings_.**flag = true;
        if (!is_plain(value)) return false;
        if (!row.choices.empty() && std::find(row.choices.begin(), row.choices.end(), value) == row.choices.end()) return false;
        settings_.*std::get<Text>(row.target) = value;
        return true;
    }

    Settings& settings_;
    std::array<bool, std::size(rows)> given_{};
};

void add(CLI::App& app, const Row& row, Settings& settings) {
    if (const Flag* flag = std::get_if<Flag>(&row.target)) {
        app.add_flag(row.names, settings.**flag, row.help);
        return;
    }
    const Text* text = std::get_if<Text>(&row.target);
    CLI::Option* option = text ? app.add_option(row.names, settings.**text, row.help)
                               : app.add_option(row.names, settings.*std::get<Texts>(row.target), row.help)->allow_extra_args(false);
    if (*row.type) option->type_name(row.type);
    if (!row.choices.empty()) option->check(CLI::IsMember(std::vector<std::string>(row.choices.begin(), row.choices.end())));
}

Command read_all(int argc, const char* const* argv, Settings& settings, std::string& text) {
    start_libraries();
    CLI::App app{"zflowc compiles machine-learning pipelines to CloudFormation.\n\n"
                 "  zflowc pipeline.zflow -o stack.yaml     compile; the file is replaced only when everything is right\n"
                 "  zflowc --check pipeline.zflow           findings only; exit 0 clean, 1 findings, 2 the tool itself failed\n"
                 "  zflowc explain unknown-name             what a finding means and how to mend it\n"
                 "  zflowc doc training_job                 what a kind, type or function of the library takes\n"
                 "  zflowc fmt pipeline.zflow               the file in the one form that all have\n"
                 "  zflowc fix pipeline.zflow               does in the file what findings offer",
                 "zflowc"};
    app.set_version_flag("--version", std::string(version.substr(0, version.size() - 1)), "Print the version");
    app.add_option("FILE", settings.files, "Source files; - is standard input");
    for (const Row& row : rows) add(app, row, settings);
    CLI::App* explain = app.add_subcommand("explain", "Print the page of a diagnostic, or list all");
    explain->add_flag("--list", settings.list, "List all diagnostics by group");
    explain->add_option("DIAGNOSTIC", settings.topic, "Its name, as findings show it");
    CLI::App* doc = app.add_subcommand("doc", "Print the catalogue of the standard library, one entry of it, or that of a file");
    doc->add_option("NAME", settings.topic, "A kind, type, function or option of the library, or FILE.zflow");
    CLI::App* fmt = app.add_subcommand("fmt", "Rewrite files in the one form of the language: indentation, blanks, blank lines, commas");
    fmt->add_option("FILE", settings.files, "Source files; - is standard input, which is written to standard output")->required();
    fmt->add_flag("--check", settings.check, "Write nothing: print the names of files that are not in that form; exit 1 if there are any");
    CLI::App* fix = app.add_subcommand("fix", "Do in files what findings offer, where it is one thing and nothing is lost; tell what was done and what is left");
    fix->add_option("FILE", settings.files, "Source files; - is standard input, which is written to standard output")->required();
    fix->add_flag("--check", settings.check, "Write nothing: tell what would be done");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::ostringstream asked, wrong;
        bool fine = app.exit(e, asked, wrong) == 0;
        text = fine ? asked.str() : wrong.str();
        return fine ? Command::Answer : Command::Misuse;
    }
    if (fmt->parsed()) return Command::Format;
    if (fix->parsed()) return Command::Fix;
    return explain->parsed() ? Command::Explain : doc->parsed() ? Command::Document : Command::Compile;
}

}  // namespace

Command read_options(int argc, const char* const* argv, Settings& settings, std::string& text) {
    if (argc == 2 && std::string_view(argv[1]) == "--version") return text = version, Command::Answer;
    if (argc > 1 && PlainReader(settings).read({argv + 1, static_cast<size_t>(argc - 1)})) return Command::Compile;
    settings = {};
    return read_all(argc, argv, settings, text);
}

}  // namespace zflow
