/// @file split.hpp
/// @brief Pipelines that are too large for one state machine become several machines that run one after the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "diagnostics/diagnostics.hpp"
#include "ir/program.hpp"
#include "ir/sizes.hpp"

namespace zflow::split {

/// What one machine may take. Below the limits of Step Functions (1,048,576 bytes of definition, 25,000 events of
/// history [SFN:service-quotas]): sizes are estimated from the IR, the definition has to fit a template of one million
/// bytes, in JSON too, and calls that are tried again add events.
struct Budget {
    uint64_t bytes = 600'000;
    uint64_t events = 20'000;
};

/// Divides each pipeline whose machine would exceed the budget: runs of its statements become pipelines of their own at
/// the end of `stack.pipelines`, and a call that waits for them takes their place. Stages are never cut. What a part
/// reads of the others is passed in, what others read of it comes back, and the error it fails with goes on. Reports
/// lists that are too long for any machine. Gives how large the largest definition will be, as far as can be said.
uint64_t split(ir::Stack& stack, ir::Values& values, const ir::Sizes& sizes, types::TypeTable& types, Interner& names,
               const Budget& budget, Diagnostics& diagnostics);

}  // namespace zflow::split
