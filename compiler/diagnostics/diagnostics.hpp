/// @file diagnostics.hpp
/// @brief What the compiler has to say about a program: one table of diagnostics, typed arguments, labels, help, fixes.
///
/// A place that finds something writes
///     diagnostics.report(diag::UnknownName, span, name)
///         .help("did you mean `{}`?", other)
///         .label(where, "declared here");
/// The text of every diagnostic is in diagnostics.def and nowhere else.
#pragma once

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/source.hpp"

namespace zflow {

enum class Severity : uint8_t { Error, Warning };

/// `error` or `warning`.
std::string_view name_of(Severity severity);

/// What a project may do about a finding. Only warnings and lagging errors are up to it.
enum class Level : uint8_t {
    Error,
    Warning,
    Lagging,   ///< an error as far as this compiler's data about a service goes, which may be older than the service
};

/// One row of the table, without its argument types.
struct DiagnosticKind {
    constexpr DiagnosticKind(std::string_view name, Level level, std::string_view words)
        : id(name), severity(level == Level::Warning ? Severity::Warning : Severity::Error), format(words), adjustable(level != Level::Error) {}
    std::string_view id;     ///< kebab-case name, stable for ever: `unknown-name`
    Severity severity;
    std::string_view format; ///< fmt format of the message: lower case, no final period, backticks around code
    bool adjustable;         ///< may be allowed, turned off, or made a warning or an error
};

template <typename... Args>
struct Diagnosis {
    DiagnosticKind kind;
};

namespace diag {
#define ZFLOW_GROUP(title)
#define ZFLOW_DIAGNOSTIC(name, id, level, format, ...) \
    inline constexpr Diagnosis<__VA_ARGS__> name{{id, Level::level, format}};
#include "diagnostics/diagnostics.def"
#undef ZFLOW_DIAGNOSTIC
#undef ZFLOW_GROUP
}  // namespace diag

/// Every row, in the order of the table.
std::vector<DiagnosticKind> all_diagnostics();

/// The rows under one heading of the table.
struct DiagnosticGroup {
    std::string_view title;
    std::vector<DiagnosticKind> kinds;
};
std::vector<DiagnosticGroup> diagnostic_groups();

struct Label {
    Span span;
    std::string text;
};

/// A change of the source that mends the finding: replace `span` by `text`.
struct Fix {
    Span span;
    std::string text;
    std::string title;
};

struct Diagnostic {
    DiagnosticKind kind;
    Span span;
    std::string message;
    std::vector<Label> labels;
    std::vector<std::string> helps;
    std::vector<Fix> fixes;
    bool joins = false;      ///< is the same mistake as another that says the same ...
    std::string of;          ///< ... of the same thing
    size_t places = 1;       ///< where it is made, once joined
};

// Most programs have no findings. Whoever reports is therefore `cold`: the compiler puts the code that builds messages apart
// from the code that works, in every caller, so that fewer pages of the program are ever read.

/// Adds to a diagnostic that was just reported. Does nothing when that report was a repetition.
class DiagnosticBuilder {
   public:
    explicit DiagnosticBuilder(Diagnostic* to) : to_(to) {}
    [[gnu::cold]] DiagnosticBuilder& label(Span span, std::string text) {
        if (to_ && span.known()) to_->labels.push_back({span, std::move(text)});
        return *this;
    }
    [[gnu::cold]] DiagnosticBuilder& help(std::string text) {
        if (to_) to_->helps.push_back(std::move(text));
        return *this;
    }
    template <typename First, typename... Rest>
    [[gnu::cold]] DiagnosticBuilder& label(Span span, fmt::format_string<First, Rest...> format, First&& first, Rest&&... rest) {
        return to_ ? label(span, fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...)) : *this;
    }
    template <typename First, typename... Rest>
    [[gnu::cold]] DiagnosticBuilder& help(fmt::format_string<First, Rest...> format, First&& first, Rest&&... rest) {
        return to_ ? help(fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...)) : *this;
    }
    [[gnu::cold]] DiagnosticBuilder& fix(Span span, std::string text, std::string title) {
        if (to_) to_->fixes.push_back({span, std::move(text), std::move(title)});
        return *this;
    }
    /// A word that is wrong in the same way at several places is one mistake: see `Diagnostics::join`. `of`: what else
    /// has to be the same.
    [[gnu::cold]] DiagnosticBuilder& joins(std::string_view of = {}) {
        if (to_) to_->joins = true, to_->of = of;
        return *this;
    }

   private:
    Diagnostic* to_;
};

/// What becomes of a finding that is up to the project.
enum class Verdict : uint8_t { Keep, Drop, AsWarning, AsError };

/// Decides about findings that are up to the project, as they are made.
class Judge {
   public:
    virtual ~Judge() = default;
    virtual Verdict judge(const DiagnosticKind& kind, Span span, std::string_view message) = 0;
};

/// The sink every pass reports to.
class Diagnostics {
   public:
    template <typename... Args>
    [[gnu::cold]] DiagnosticBuilder report(const Diagnosis<Args...>& what, Span span, const std::type_identity_t<Args>&... args) {
        return add(what.kind, span, fmt::format(fmt::runtime(what.kind.format), args...));
    }

    /// The judges of what is reported from now on, or null: comments in the sources are asked first, then the project's
    /// settings.
    void judged_by_comments(Judge* judge) { comments_ = judge; }
    void judged_by_project(Judge* judge) { project_ = judge; }

    bool has_errors() const { return errors_ > 0; }
    size_t errors() const { return errors_; }
    size_t warnings() const { return all_.size() - errors_; }
    size_t size() const { return all_.size(); }
    /// In source order: by file, then by offset; the user's own file order is the order in which files were added.
    std::vector<const Diagnostic*> sorted() const;

    /// Of the findings that join each other the first in the source is kept, and names the places of the others.
    void join();

    /// Takes over what was found elsewhere.
    void take(const Diagnostic& found);

    /// Takes over what was found in a part of the program, which the judges have judged already.
    void take(Diagnostics&& part);

   private:
    friend class JudgeOfParts;
    /// What makes two reports the same: kind and place. Reports without a place are the same when they say the same.
    struct Identity {
        Identity(const DiagnosticKind& kind, Span at, std::string_view message) : id(kind.id), span(at), words(at.known() ? "" : message) {}
        std::string_view id;
        Span span;
        std::string words;
        friend bool operator==(const Identity&, const Identity&) = default;
    };
    struct IdentityHash {
        size_t operator()(const Identity& identity) const;
    };

    Verdict verdict(const DiagnosticKind& kind, Span span, std::string_view message) const;
    /// The same diagnostic at the same place is kept once.
    DiagnosticBuilder add(const DiagnosticKind& kind, Span span, std::string message);
    std::deque<Diagnostic> all_;
    std::unordered_set<Identity, IdentityHash> seen_;
    size_t errors_ = 0;
    Judge* comments_ = nullptr;
    Judge* project_ = nullptr;
};

/// Decides for sinks that take what is found in parts of a program, perhaps on several threads: as the sink of the whole
/// would, one finding after the other, and the same finding once.
class JudgeOfParts : public Judge {
   public:
    explicit JudgeOfParts(const Diagnostics& whole) : whole_(whole) {}
    Verdict judge(const DiagnosticKind& kind, Span span, std::string_view message) override;

   private:
    const Diagnostics& whole_;
    std::mutex one_at_a_time_;
    std::unordered_map<Diagnostics::Identity, Verdict, Diagnostics::IdentityHash> judged_;
};

/// The nearest of `candidates` to `wrong` for a "did you mean", or nothing when none is near enough. Case counts least.
/// Of equally near ones the one of the same length is taken, then the first in byte order: the order of `candidates`
/// makes no difference.
std::string_view closest(std::string_view wrong, const std::vector<std::string_view>& candidates, size_t most = SIZE_MAX);

}  // namespace zflow
