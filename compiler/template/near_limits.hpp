/// @file near_limits.hpp
/// @brief Whether a stack could exceed what AWS takes, without writing its template.
#pragma once

#include "ir/sizes.hpp"
#include "lower/lower.hpp"

namespace zflow::cfn {

/// False only where dividing pipelines and writing the template can have nothing to report: for most programs, which
/// spares a check that work. Counts and compares, no more.
bool near_limits(const ir::Stack& stack, const ir::Values& values, const ir::Sizes& sizes);

/// Of a stack whose pipelines were divided: true only where writing the template can have nothing to report. Rights are worked
/// out, for sizes there are estimates, which have to be far below the limits. `largest_machine`: what split gave.
bool within_limits(const lower::Context& context, const ir::Sizes& sizes, uint64_t largest_machine);

}  // namespace zflow::cfn
