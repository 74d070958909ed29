/// @file template.hpp
/// @brief One stack of the typed program to its CloudFormation template.
#pragma once

#include <cstdint>

#include "base/buffer.hpp"
#include "diagnostics/diagnostics.hpp"
#include "ir/program.hpp"
#include "lower/lower.hpp"

namespace zflow::cfn {

enum class Format : uint8_t { Yaml, Json };

/// What came out, for the people who read the summary line.
struct Summary {
    size_t pipelines = 0, states = 0, resources = 0, roles = 0, bytes = 0;
};

/// Appends the template to `out`. Reports what exceeds a limit of CloudFormation or Step Functions.
Summary write_template(const lower::Context& context, Format format, Diagnostics& diagnostics, Buffer& out);

/// The policies alone, as JSON: what `--emit iam` shows.
void write_policies(const lower::Context& context, Buffer& out);

}  // namespace zflow::cfn
