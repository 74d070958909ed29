/// @file fix_files.hpp
/// @brief `zflowc fix`: does in the files what findings offer.
#pragma once

#include "driver/options.hpp"

namespace zflow {

/// Does what a finding offers when that is one thing, takes nothing away and helps. Tells what was done on standard output, and
/// beside it what is left. With `check` nothing is written.
/// @return the exit code: 0 when nothing is left
int fix_files(const Settings& settings);

}  // namespace zflow
