#include "diagnostics/diagnostics.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace zflow {

std::string_view name_of(Severity severity) {
    return severity == Severity::Error ? "error" : "warning";
}

std::vector<DiagnosticKind> all_diagnostics() {
    std::vector<DiagnosticKind> all;
    for (const DiagnosticGroup& group : diagnostic_groups()) all.insert(all.end(), group.kinds.begin(), group.kinds.end());
    return all;
}

std::vector<DiagnosticGroup> diagnostic_groups() {
    std::vector<DiagnosticGroup> groups;
#define ZFLOW_GROUP(title) groups.push_back({title, {}});
#define ZFLOW_DIAGNOSTIC(name, id, level, format, ...) groups.back().kinds.push_back(diag::name.kind);
#include "diagnostics/diagnostics.def"
#undef ZFLOW_DIAGNOSTIC
#undef ZFLOW_GROUP
    return groups;
}

size_t Diagnostics::IdentityHash::operator()(const Identity& identity) const {
    uint64_t place = (uint64_t{identity.span.begin} << 32 | identity.span.end) ^
                     (uint64_t{static_cast<uint32_t>(identity.span.file)} * 0x9E3779B97F4A7C15ull);
    place = (place ^ (place >> 31)) * 0xBF58476D1CE4E5B9ull;
    size_t words = std::hash<std::string_view>{}(identity.id) * 31 + std::hash<std::string>{}(identity.words);
    return words ^ static_cast<size_t>(place ^ (place >> 29));
}

Verdict Diagnostics::verdict(const DiagnosticKind& kind, Span span, std::string_view message) const {
    if (!kind.adjustable) return Verdict::Keep;
    if (comments_ && comments_->judge(kind, span, message) == Verdict::Drop) return Verdict::Drop;
    return project_ ? project_->judge(kind, span, message) : Verdict::Keep;
}

DiagnosticBuilder Diagnostics::add(const DiagnosticKind& kind, Span span, std::string message) {
    bool is_new = seen_.emplace(kind, span, message).second;
    if (!is_new) return DiagnosticBuilder(nullptr);
    // a name of megabytes is quoted by its beginning
    constexpr size_t longest = 2000;
    if (message.size() > longest) {
        size_t cut = longest;
        while (cut > 0 && (static_cast<unsigned char>(message[cut]) & 0xC0) == 0x80) cut--;   // not inside a character
        message.resize(cut);
        message += "…";
    }
    Verdict what = verdict(kind, span, message);
    if (what == Verdict::Drop) return DiagnosticBuilder(nullptr);
    all_.push_back({kind, span, std::move(message), {}, {}, {}, false, {}});
    Severity& severity = all_.back().kind.severity;
    if (what != Verdict::Keep) severity = what == Verdict::AsError ? Severity::Error : Severity::Warning;
    if (severity == Severity::Error) errors_++;
    return DiagnosticBuilder(&all_.back());
}

void Diagnostics::take(const Diagnostic& found) {
    if (!seen_.emplace(found.kind, found.span, found.message).second) return;
    if (found.kind.severity == Severity::Error) errors_++;
    all_.push_back(found);
}

void Diagnostics::take(Diagnostics&& part) {
    for (const Diagnostic& found : part.all_) take(found);
    part = {};
}

void Diagnostics::join() {
    if (std::ranges::none_of(all_, &Diagnostic::joins)) return;
    auto said = [](const Diagnostic& d) { return std::tuple(d.kind.id, d.span.file, d.of, d.message, d.helps); };
    std::map<decltype(said(all_.front())), std::vector<const Diagnostic*>> groups;
    for (const Diagnostic* d : sorted())
        if (d->joins) groups[said(*d)].push_back(d);
    constexpr size_t most_labels = 5;
    std::set<const Diagnostic*> joined;
    for (auto& [words, same] : groups) {
        auto* kept = const_cast<Diagnostic*>(same.front());   // one of `all_`
        DiagnosticBuilder first(kept);
        kept->places = same.size();
        for (size_t i = 1; i < same.size(); i++) {
            joined.insert(same[i]);
            if (i <= most_labels) first.label(same[i]->span, "and here");
        }
        if (same.size() > most_labels + 1) first.help("it stands so at {} places", same.size());
    }
    std::deque<Diagnostic> kept;
    for (Diagnostic& d : all_)
        if (!joined.contains(&d)) kept.push_back(std::move(d));
    all_ = std::move(kept);
    errors_ = static_cast<size_t>(std::ranges::count(all_, Severity::Error, [](const Diagnostic& d) { return d.kind.severity; }));
}

Verdict JudgeOfParts::judge(const DiagnosticKind& kind, Span span, std::string_view message) {
    std::lock_guard lock(one_at_a_time_);
    auto [at, fresh] = judged_.try_emplace({kind, span, message});
    if (fresh) at->second = whole_.verdict(kind, span, message);
    return at->second;
}

std::vector<const Diagnostic*> Diagnostics::sorted() const {
    std::vector<const Diagnostic*> result;
    result.reserve(all_.size());
    for (const Diagnostic& diagnostic : all_) result.push_back(&diagnostic);
    auto place = [](const Diagnostic* d) { return std::tuple(d->span.file, d->span.begin, d->span.end); };
    std::stable_sort(result.begin(), result.end(), [&](auto* a, auto* b) { return place(a) < place(b); });
    return result;
}

}  // namespace zflow
