#include "driver/policy.hpp"

namespace zflow {

std::string Policy::prepare() {
    if (options_.no_config && !options_.config.empty()) return "--config and --no-config exclude each other";
    if (!options_.baseline.empty() && !options_.write_baseline.empty()) return "--baseline and --write-baseline exclude each other";
    for (const std::string& what : options_.deny) {
        if (what == "warnings") denied_.deny_warnings = true;
        else if (std::string problem = level_problem(what); !problem.empty()) return "--deny: " + problem;
        else denied_.denied.insert(what);
    }
    if (!options_.write_baseline.empty()) written_ = std::make_unique<Baseline>(options_.write_baseline, sources_);
    return "";
}

Baseline* Policy::baseline(const std::string& path, std::string& problem) {
    auto [at, fresh] = baselines_.try_emplace(path);
    if (!fresh) return at->second.get();
    at->second = std::make_unique<Baseline>(path, sources_);
    at->second->read(problem);
    return at->second.get();
}

std::string Policy::enter(const std::string& source) {
    std::string path = options_.no_config ? "" : options_.config.empty() ? find_project(source) : options_.config;
    auto [at, fresh] = projects_.try_emplace(path);
    if (fresh && !path.empty()) {
        auto project = read_project(path, wrong_);
        if (!project) return wrong_.in_lines();
        at->second = std::move(*project);
    }
    project_ = &at->second;
    entered_.push_back(source);
    const std::string& wanted = options_.baseline.empty() ? project_->baseline : options_.baseline;
    std::string problem;
    baseline_ = wanted.empty() || written_ ? nullptr : baseline(wanted, problem);
    return problem;
}

Verdict Policy::judge(const DiagnosticKind& kind, Span span, std::string_view message) {
    Verdict verdict = project_ ? project_->levels.of_finding(kind) : Verdict::Keep;
    if (verdict == Verdict::Drop) return verdict;
    if (written_) {
        written_->add(kind, span, message);
        return Verdict::Drop;
    }
    if (baseline_ && baseline_->take(kind, span, message)) return Verdict::Drop;
    DiagnosticKind as_set = kind;
    if (verdict != Verdict::Keep) as_set.severity = verdict == Verdict::AsError ? Severity::Error : Severity::Warning;
    Verdict denied = denied_.of_finding(as_set);
    return denied == Verdict::Keep ? verdict : denied;
}

void Policy::report_stale(Diagnostics& diagnostics) const {
    for (auto& [path, baseline] : baselines_) baseline->report_stale(entered_, diagnostics);
}

}  // namespace zflow
