/// @file console.hpp
/// @brief What the tool says: answers, findings, and why it could not do its work.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"
#include "driver/options.hpp"

namespace zflow {

/// Exit codes: 0 clean, 1 findings in the program, 2 the tool could not do its work.
enum ExitCode { exit_clean = 0, exit_findings = 1, exit_failed = 2 };

/// Says `message` on standard error. @return exit_failed
int fail(const std::string& message);

/// What the system says about the last call that failed.
std::string system_error();

/// @return whether all of it could be written
bool print(std::string_view text, FILE* to = stdout);

/// Text that was asked for, to standard output. @return the exit code
int answer(std::string_view text);

/// Whether findings are read by another program: what keeps the tool from working is a finding then too.
bool is_for_programs(const Settings& settings);

/// Findings of a check are its result and go to standard output; those of a compile go beside it.
/// @return whether they could be written
bool show_findings(const Settings& settings, const Diagnostics& diagnostics, const SourceMap& sources);

}  // namespace zflow
