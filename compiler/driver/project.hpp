/// @file project.hpp
/// @brief `zflow.yaml`: what a project says about findings.
///
///     diagnostics:
///       unused-input: off            # off, warning or error
///       unknown-instance: error
///     deny: warnings                 # or a list of diagnostics
///     baseline: zflow-baseline.json  # beside this file
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"

namespace zflow {

/// Which findings are turned off, warnings or errors. Fit to be merged: what is said later wins.
struct Levels {
    std::map<std::string, Verdict, std::less<>> of;     ///< by diagnostic
    std::set<std::string, std::less<>> denied;
    bool deny_warnings = false;

    Verdict of_finding(const DiagnosticKind& kind) const;
};

struct Project {
    Levels levels;
    std::string baseline;        ///< path, or ""
};

/// What is wrong with the name of a diagnostic whose level is to be set, or "".
std::string level_problem(std::string_view id);

/// The path of the `zflow.yaml` nearest to a source: in its folder or one above it. "" when there is none.
std::string find_project(const std::string& source);

/// A mistake in a project file.
struct ProjectProblem {
    std::string words;
    size_t line = 0, column = 0;   ///< from 1; 0: the file could not be read
    size_t offset = 0;             ///< in bytes
};

/// A project file that is wrong: its text, and all that is wrong with it.
struct WrongProject {
    std::string path, text;
    std::vector<ProjectProblem> problems;

    /// A line for each problem, which begins with its place.
    std::string in_lines() const;
};

/// What is wrong with it as findings, whose places are in the file.
void report(const WrongProject& wrong, SourceMap& sources, Diagnostics& diagnostics);

/// Reads a project file. On a mistake nothing comes back and `wrong` says what is wrong and where.
std::optional<Project> read_project(const std::string& path, WrongProject& wrong);

}  // namespace zflow
