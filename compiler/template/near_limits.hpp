/// @file near_limits.hpp
/// @brief Whether a stack could exceed what AWS takes, seen from far off.
#pragma once

#include "ir/program.hpp"

namespace zflow::cfn {

/// False only where dividing pipelines and writing the template can have nothing to report: for most programs, which
/// spares a check that work. Counts and compares, no more.
bool near_limits(const ir::Stack& stack, const ir::Values& values);

}  // namespace zflow::cfn
