/// @file template.hpp
/// @brief One stack of the typed program to its CloudFormation template.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/workers.hpp"
#include "diagnostics/diagnostics.hpp"
#include "ir/program.hpp"
#include "lower/lower.hpp"
#include "schema/limits.hpp"
#include "template/text.hpp"

namespace zflow::cfn {

enum class Format : uint8_t { Yaml, Json };

/// What came out, for the people who read the summary line.
struct Summary {
    size_t pipelines = 0, states = 0, resources = 0, roles = 0, bytes = 0;
};

/// What one template takes; tests have smaller ones.
struct Limits {
    size_t resources = limits::resources, parameters = limits::parameters, outputs = limits::outputs;
    size_t bytes = limits::template_bytes;
};

struct Options {
    Format format = Format::Yaml;
    std::string stem = "stack", extension = ".yaml";   ///< of the main template's file, for the names of nested ones
    Limits limits = {};
    Workers* workers = nullptr;                        ///< of large stacks; none: one thing after the other
};

/// A template that the main one names, to be written beside it.
struct NestedTemplate {
    std::string file;
    Text text = {};
};

/// All of one stack.
struct Made {
    Text text;                           ///< the main template
    std::deque<NestedTemplate> nested;   ///< what does not fit that
    Summary summary;
    std::vector<Buffer> definitions;     ///< of the state machines; the texts refer to them
    lower::Marks marks[2];               ///< of those who write them: their memory is that of the next stack, too

    void clear() { text.clear(), nested.clear(), definitions.clear(), summary = {}; }
};

/// Writes the template to `out`, which is clear. Reports what exceeds a limit of CloudFormation or Step Functions although
/// what one template does not take is divided.
void write_template(const lower::Context& context, const Options& options, Diagnostics& diagnostics, Made& out);

/// The policies alone, as JSON: what `--emit iam` shows.
void write_policies(const lower::Context& context, Buffer& out);

}  // namespace zflow::cfn
