/// @file format_files.hpp
/// @brief `zflowc fmt`: source files in the one form of the language.
#pragma once

#include "driver/options.hpp"

namespace zflow {

/// Rewrites the files that are not in that form, or with `check` names them. A file with syntax errors stays as it is.
/// @return the exit code
int format_files(const Settings& settings);

}  // namespace zflow
