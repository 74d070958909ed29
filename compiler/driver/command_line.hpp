/// @file command_line.hpp
/// @brief The `zflowc` command: a thin shell around compile().
#pragma once

namespace zflow {

/// Does what the arguments ask for. @return the exit code, see ExitCode
int run_command_line(int argc, char** argv);

}  // namespace zflow
