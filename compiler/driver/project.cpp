#include "driver/project.hpp"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <climits>
#include <filesystem>

#include "driver/files.hpp"
#include "driver/late_start.hpp"

namespace zflow {

namespace {

std::string suggestion(std::string_view wrong, const std::vector<std::string_view>& known) {
    std::string_view near = closest(wrong, known);
    return near.empty() ? "" : fmt::format("; did you mean `{}`?", near);
}

/// Goes through the tree of a project file.
class Reader {
   public:
    explicit Reader(WrongProject& wrong) : path_(wrong.path), problems_(wrong.problems) {}

    void read(const YAML::Node& root) {
        if (root.IsNull()) return;
        if (!root.IsMap()) return problem(root, "a project file is a mapping: `diagnostics:`, `deny:`, `baseline:`");
        std::set<std::string> seen;
        for (const auto& entry : root) {
            std::string key = entry.first.Scalar();
            if (!seen.insert(key).second) problem(entry.first, fmt::format("`{}` is given twice", key));
            else if (key == "diagnostics") diagnostics(entry.second);
            else if (key == "deny") deny(entry.second);
            else if (key == "baseline") baseline(entry.second);
            else problem(entry.first, fmt::format("unknown key `{}`{}", key, suggestion(key, {"diagnostics", "deny", "baseline"})));
        }
    }
    void problem(const YAML::Node& at, const std::string& words) { problem(at.Mark(), words); }
    void problem(const YAML::Mark& mark, const std::string& words) {
        auto number = [](int n) { return static_cast<size_t>(std::max(n, 0)); };
        problems_.push_back({words, number(mark.line) + 1, number(mark.column) + 1, number(mark.pos)});
    }
    Project take() { return std::move(project_); }

   private:
    void diagnostics(const YAML::Node& node) {
        if (node.IsNull()) return;
        if (!node.IsMap()) return problem(node, "`diagnostics` maps names to `off`, `warning` or `error`");
        for (const auto& entry : node) {
            std::string id = entry.first.Scalar(), level = entry.second.IsScalar() ? entry.second.Scalar() : "";
            static const std::map<std::string, Verdict> levels = {
                {"off", Verdict::Drop}, {"warning", Verdict::AsWarning}, {"error", Verdict::AsError}};
            auto known = levels.find(level);
            if (std::string wrong = level_problem(id); !wrong.empty()) problem(entry.first, wrong);
            else if (known == levels.end())
                problem(entry.second, fmt::format("`{}` is `off`, `warning` or `error`{}", id, suggestion(level, {"off", "warning", "error"})));
            else if (!project_.levels.of.emplace(id, known->second).second) problem(entry.first, fmt::format("`{}` is given twice", id));
        }
    }

    void deny(const YAML::Node& node) {
        if (node.IsScalar() && node.Scalar() == "warnings") return void(project_.levels.deny_warnings = true);
        if (node.IsScalar()) return deny_one(node);
        if (!node.IsSequence()) return problem(node, "`deny` is `warnings` or a list of diagnostics");
        for (const auto& id : node) deny_one(id);
    }
    void deny_one(const YAML::Node& node) {
        std::string id = node.IsScalar() ? node.Scalar() : "";
        if (std::string wrong = level_problem(id); !wrong.empty()) return problem(node, wrong);
        project_.levels.denied.insert(id);
    }

    void baseline(const YAML::Node& node) {
        if (!node.IsScalar() || node.Scalar().empty()) return problem(node, "`baseline` is the path of a file");
        project_.baseline = (std::filesystem::path(path_).parent_path() / node.Scalar()).lexically_normal().string();
    }

    const std::string& path_;
    std::vector<ProjectProblem>& problems_;
    Project project_;
};

/// A folder from the root on, with a slash behind it; "" when the system cannot say where we are.
std::string whole_path(const std::string& folder) {
    std::string path = folder;
    if (!folder.starts_with('/')) {
        char here[PATH_MAX];
        if (!::getcwd(here, sizeof here)) return "";
        path = here;
        if (!path.ends_with('/')) path += '/';
        path += folder;
    }
    bool plain = path.find("//") == path.npos && path.find("/.") == path.npos;
    return plain ? path : std::filesystem::path(path).lexically_normal().string();
}

}  // namespace

Verdict Levels::of_finding(const DiagnosticKind& kind) const {
    auto set = of.find(kind.id);
    Verdict verdict = set == of.end() ? Verdict::Keep : set->second;
    bool is_warning = verdict == Verdict::AsWarning || (verdict == Verdict::Keep && kind.severity == Severity::Warning);
    bool deny = denied.count(kind.id) || (deny_warnings && is_warning);
    return deny && verdict != Verdict::Drop ? Verdict::AsError : verdict;
}

std::string level_problem(std::string_view id) {
    std::vector<DiagnosticKind> all = all_diagnostics();
    std::vector<std::string_view> known;
    for (const DiagnosticKind& kind : all) {
        if (kind.id == id && kind.adjustable) return "";
        if (kind.id == id)
            return fmt::format("`{}` is always an error: only warnings, and what may be newer than this compiler, have a level", id);
        if (kind.adjustable) known.push_back(kind.id);
    }
    return fmt::format("no diagnostic is named `{}`{}", id, suggestion(id, known));
}

std::string find_project(const std::string& source) {
    constexpr std::string_view name = "zflow.yaml";
    std::string folder = source.substr(0, source.rfind('/') + 1);   // with the slash behind it
    std::string path = folder;
    path += name;
    if (::access(path.c_str(), F_OK) == 0) return path;
    std::string up = whole_path(folder);
    while (up.size() > 1) {
        up.resize(up.rfind('/', up.size() - 2) + 1);
        path = up;
        path += name;
        if (::access(path.c_str(), F_OK) == 0) return path;
    }
    return "";
}

std::string WrongProject::in_lines() const {
    std::vector<std::string> lines;
    for (const ProjectProblem& p : problems) lines.push_back(p.line ? fmt::format("{}:{}:{}: {}", path, p.line, p.column, p.words) : p.words);
    return fmt::format("{}", fmt::join(lines, "\nzflowc: "));
}

void report(const WrongProject& wrong, SourceMap& sources, Diagnostics& diagnostics) {
    FileId file = sources.add(wrong.path, wrong.text);
    for (const ProjectProblem& p : wrong.problems) {
        auto begin = static_cast<uint32_t>(std::min(p.offset, wrong.text.size()));
        auto end = static_cast<uint32_t>(std::min(wrong.text.find_first_of(" \t\r\n:,[]{}#", begin), wrong.text.size()));
        diagnostics.report(diag::BadProject, p.line ? Span{file, begin, end} : Span{}, p.words);
    }
}

std::optional<Project> read_project(const std::string& path, WrongProject& wrong) {
    std::string why;
    auto text = read_file(path, why);
    wrong = {path, text.value_or(""), {}};
    if (!text) {
        wrong.problems.push_back({fmt::format("cannot read `{}`: {}", path, why)});
        return std::nullopt;
    }
    Reader reader(wrong);
    try {
        start_libraries();
        reader.read(YAML::Load(*text));
    } catch (const YAML::Exception& e) {
        reader.problem(e.mark, e.msg);
    }
    return wrong.problems.empty() ? std::optional(reader.take()) : std::nullopt;
}

}  // namespace zflow
