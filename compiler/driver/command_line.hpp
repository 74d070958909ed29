/// @file command_line.hpp
/// @brief The `zflowc` command: a thin shell around compile().
#pragma once

namespace zflow {

/// Exit codes: 0 clean, 1 findings in the program, 2 the tool could not do its work.
enum ExitCode { exit_clean = 0, exit_findings = 1, exit_failed = 2 };

int run_command_line(int argc, char** argv);

}  // namespace zflow
