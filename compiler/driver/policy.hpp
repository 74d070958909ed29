/// @file policy.hpp
/// @brief What the command line and the project say about findings, in force for one run.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "driver/baseline.hpp"
#include "driver/project.hpp"

namespace zflow {

struct PolicyOptions {
    std::vector<std::string> deny;      ///< `warnings` or diagnostics
    std::string config;                 ///< a project file instead of the nearest one
    bool no_config = false;
    std::string baseline;               ///< instead of the project's
    std::string write_baseline;
};

class Policy : public Judge {
   public:
    Policy(const PolicyOptions& options, const SourceMap& sources) : options_(options), sources_(sources) {}

    /// What is wrong with the options themselves, or "".
    std::string prepare();
    /// The project of this source counts from now on. Returns what is wrong with its file or its baseline, or "".
    std::string enter(const std::string& source);
    /// The project file that `enter` could not read; none when it was something else.
    const WrongProject* wrong_project() const { return wrong_.problems.empty() ? nullptr : &wrong_; }
    Verdict judge(const DiagnosticKind& kind, Span span, std::string_view message) override;
    /// Entries of baselines that are no longer needed. To be called once, when everything was compiled without an error.
    void report_stale(Diagnostics& diagnostics) const;
    /// What is to be written with --write-baseline.
    const Baseline* written() const { return written_.get(); }

   private:
    Baseline* baseline(const std::string& path, std::string& problem);

    const PolicyOptions& options_;
    const SourceMap& sources_;
    Levels denied_;                                                    ///< by the command line
    std::map<std::string, Project> projects_;                          ///< by the path of their file; "": none
    const Project* project_ = nullptr;
    std::map<std::string, std::unique_ptr<Baseline>> baselines_;       ///< by path
    Baseline* baseline_ = nullptr;
    std::unique_ptr<Baseline> written_;
    std::vector<std::string> entered_;
    WrongProject wrong_;
};

}  // namespace zflow
