/// @file show.hpp
/// @brief One layer of a compiled stack as text, for people: definitions, typed IR, graphs.
#pragma once

#include "base/buffer.hpp"
#include "lower/lower.hpp"

namespace zflow::show {

/// The definitions as one JSON object by pipeline name; one pipeline alone is its definition.
void definitions(const lower::Context& context, Buffer& out);

/// The typed IR: parameters, resources, roles, pipelines with their steps, each value with its binding time and type.
void ir(const lower::Context& context, Buffer& out);

/// The steps and values of the pipelines as JSON, for programs.
void ir_json(const lower::Context& context, Buffer& out);

/// The pipelines as one Graphviz digraph, a cluster each.
void dot(const lower::Context& context, Buffer& out);

/// The pipelines as Mermaid flow charts.
void mermaid(const lower::Context& context, Buffer& out);

/// What each pipeline takes as input, as JSON Schema; several as one object by pipeline name.
void input_schemas(const lower::Context& context, Buffer& out);

/// How the pipelines are started from outside, what they take and give, what they fail with, what else starts them: JSON.
void interface(const lower::Context& context, Buffer& out);

}  // namespace zflow::show
