#include "driver/fix_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "driver/compile.hpp"
#include "driver/console.hpp"
#include "driver/files.hpp"
#include "driver/policy.hpp"
#include "driver/threads.hpp"

namespace zflow {

namespace {

class NoOutput : public Output {
    void stack(std::string_view, bool, const cfn::Made&) override {}
};

/// A text and what is found in it.
struct Checked {
    SourceMap sources;
    Diagnostics diagnostics;
    FileId file = FileId::none;
    std::string problem;   ///< of the project's settings

    Checked(const Settings& settings, const std::string& name, std::string text, Threads& threads) {
        Policy policy(settings, sources);
        problem = policy.prepare();
        if (problem.empty()) problem = policy.enter(name);
        if (!problem.empty()) return;
        diagnostics.judged_by_project(&policy);
        file = sources.add(name, std::move(text));
        DiskProvider provider;
        PhaseClock clock;
        NoOutput nothing;
        compile(sources, file, provider, {.emit = Emit::Nothing}, diagnostics, clock, nothing, threads);
        diagnostics.judged_by_project(nullptr);
    }

    std::string_view text() const { return sources.file(file).text; }
    /// At how many places a finding is made that says this.
    size_t times(const Diagnostic& wanted) const {
        size_t n = 0;
        for (const Diagnostic* d : diagnostics.sorted())
            if (d->kind.id == wanted.kind.id && d->message == wanted.message) n += d->places;
        return n;
    }
    /// What only is missing there was so before.
    bool finds_something_in(uint32_t begin, uint32_t end) const {
        for (const Diagnostic* d : diagnostics.sorted()) {
            bool there = d->span.file == file && d->span.begin < end && begin < d->span.end;
            if (there && !d->kind.id.starts_with("missing-")) return true;
        }
        return false;
    }
};

class Mender {
   public:
    Mender(const Settings& settings, std::string name, std::string text) : settings_(settings), name_(std::move(name)) {
        at_first_ = check(text);
        now_ = check(std::move(text));
    }

    /// Does one thing after the other, for as long as there is one that helps.
    void run() {
        while (now_->problem.empty() && next()) {}
    }

    const Checked& now() const { return *now_; }

    /// A line for each thing that was done, at its place in the text as it was, in the order of that text.
    std::string done() const {
        std::vector<const Done*> all;
        for (const Done& d : done_) all.push_back(&d);
        std::stable_sort(all.begin(), all.end(), [](const Done* a, const Done* b) { return a->at_first < b->at_first; });
        std::string out;
        for (const Done* d : all) {
            LineColumn at = at_first_->sources.position(at_first_->file, d->at_first);
            out += fmt::format("{}:{}:{}: {}\n", name_, at.line, at.column, d->words);
        }
        return out;
    }

   private:
    struct Done {
        uint32_t at_first;   ///< where, in the text as it was
        uint32_t at;         ///< where, in the text as it was then
        int64_t longer;      ///< how much longer the text has become
        std::string words;
    };

    std::unique_ptr<Checked> check(std::string text) const { return std::make_unique<Checked>(settings_, name_, std::move(text), threads_); }

    bool next() {
        for (const Diagnostic* d : now_->diagnostics.sorted()) {
            if (d->fixes.size() != 1 || d->fixes[0].span.file != now_->file || d->fixes[0].text.empty()) continue;
            if (tried_.emplace(at_first(d->fixes[0].span.begin), d->message).second && mend(*d)) return true;
        }
        return false;
    }

    /// What is offered helps when the finding is gone and nothing else is found where the text has changed. Elsewhere there may
    /// be more than before: what stood in a kind that nobody knew is only looked at now.
    bool mend(const Diagnostic& d) {
        const Fix& fix = d.fixes[0];
        std::string text(now_->text());
        std::string before = text.substr(fix.span.begin, fix.span.end - fix.span.begin);
        text.replace(fix.span.begin, fix.span.end - fix.span.begin, fix.text);
        auto then = check(std::move(text));
        auto end = static_cast<uint32_t>(fix.span.begin + fix.text.size());
        if (then->times(d) >= now_->times(d) || then->finds_something_in(fix.span.begin, end)) return false;
        auto longer = static_cast<int64_t>(fix.text.size()) - static_cast<int64_t>(before.size());
        done_.push_back({at_first(fix.span.begin), fix.span.begin, longer, fmt::format("{} [{}]", what_was_done(before, fix.text), d.kind.id)});
        now_ = std::move(then);
        return true;
    }

    uint32_t at_first(int64_t place) const {
        for (auto d = done_.rbegin(); d != done_.rend(); ++d)
            if (place > d->at) place -= d->longer;
        return static_cast<uint32_t>(place);
    }

    static std::string what_was_done(const std::string& before, const std::string& after) {
        return before.empty() ? fmt::format("added `{}`", after) : fmt::format("`{}` became `{}`", before, after);
    }

    const Settings& settings_;
    std::string name_;
    mutable Threads threads_;
    std::unique_ptr<Checked> at_first_, now_;
    std::set<std::pair<uint32_t, std::string>> tried_;   ///< where, in the text as it was, and for what
    std::vector<Done> done_;
};

int fix_file(const Settings& settings, const std::string& file) {
    std::string why;
    auto text = read_file(file, why);
    if (!text) return fail(fmt::format("cannot read `{}`: {}", file, why));
    bool standard = file == "-";
    std::string before = *text;
    Mender mender(settings, standard ? settings.stdin_name : file, std::move(*text));
    mender.run();
    const Checked& now = mender.now();
    if (!now.problem.empty()) return fail(now.problem);
    std::string_view after = now.text();
    bool writes = !standard && !settings.check && after != before;
    PendingFiles files;
    if (writes && (!files.write(file, {&after, 1}, why) || !files.commit(why))) return fail(fmt::format("cannot write `{}`: {}", file, why));
    bool shown = print(standard && !settings.check ? std::string(after) : mender.done());
    if (!shown) return fail("cannot write to standard output: " + system_error());
    Settings beside = settings;   // standard output has what was done
    beside.check = false;
    show_findings(beside, now.diagnostics, now.sources);
    return now.diagnostics.size() || (settings.check && after != before) ? exit_findings : exit_clean;
}

}  // namespace

int fix_files(const Settings& settings) {
    int worst = exit_clean;
    for (const std::string& file : settings.files) worst = std::max(worst, fix_file(settings, file));
    return worst;
}

}  // namespace zflow
