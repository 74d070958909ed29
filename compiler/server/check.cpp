#include "server/check.hpp"

#include "driver/compile.hpp"
#include "driver/policy.hpp"

namespace zflow::server {

namespace {

class NoOutput : public Output {
    void stack(std::string_view, bool, const cfn::Made&) override {}
};

/// What is wrong with the tool or the project and not with the text.
Finding trouble(const Document& document, std::string words) { return {"", true, false, document.uri, {}, std::move(words), {}, {}}; }

/// One check and what it needs.
class Check {
   public:
    Check(const Document& document, const Documents& documents, Encoding encoding)
        : document_(document), documents_(documents), encoding_(encoding) {}

    Checked run() {
        std::string problem = policy_.enter(document_.path);
        if (problem.empty()) compile();
        else if (policy_.wrong_project()) report(*policy_.wrong_project(), sources_, diagnostics_);
        checked_.findings = findings_of(diagnostics_, sources_, document_, documents_, encoding_);
        if (!problem.empty()) refuse(problem);
        return std::move(checked_);
    }

   private:
    void compile() {
        diagnostics_.judged_by_project(&policy_);
        Overlay provider(documents_, checked_.asked);
        PhaseClock clock;
        NoOutput nothing;
        FileId main = sources_.add(document_.path, document_.text);
        zflow::compile(sources_, main, provider, {.emit = Emit::Nothing}, diagnostics_, clock, nothing);
        if (!diagnostics_.has_errors()) policy_.report_stale(diagnostics_);
    }

    /// People look at their text, not at its project: the text tells that nothing was checked, and why.
    void refuse(const std::string& problem) {
        const WrongProject* wrong = policy_.wrong_project();
        Finding finding = trouble(document_, "nothing is checked: " + (wrong ? wrong->problems[0].words : problem));
        if (wrong && !checked_.findings.empty()) {
            const Finding& first = checked_.findings[0];
            finding.related.push_back({first.uri, first.range, "the project file"});
        }
        checked_.findings.push_back(std::move(finding));
    }

    const Document& document_;
    const Documents& documents_;
    Encoding encoding_;
    PolicyOptions options_;
    SourceMap sources_;
    Diagnostics diagnostics_;
    Policy policy_{options_, sources_};
    Checked checked_;
};

}  // namespace

Checked check(const Document& document, const Documents& documents, Encoding encoding) {
    try {
        return Check(document, documents, encoding).run();
    } catch (const std::exception& e) {
        constexpr std::string_view fault =
            "internal error: {}\nThis is a fault of zflowc {}, please report it with the source that shows it.";
        return {{trouble(document, fmt::format(fault, e.what(), ZFLOW_VERSION))}, {}};
    }
}

}  // namespace zflow::server
