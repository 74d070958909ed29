/// @file check.hpp
/// @brief Mistakes that show only in the whole typed program: data that two stages share without an order, roles in the
/// wrong hands, names that are taken on the second run, payloads that are too large. One file per family.
#pragma once

#include "base/interner.hpp"
#include "diagnostics/diagnostics.hpp"
#include "ir/program.hpp"
#include "ir/sizes.hpp"

namespace zflow::check {

/// A program without errors, and where to report.
struct Context {
    const ir::Stack& stack;
    const ir::Values& values;
    const ir::Sizes& sizes;
    const types::TypeTable& types;
    const Interner& names;
    const SourceMap& sources;
    Diagnostics& diagnostics;

    /// The place of a value when the user wrote it, else that of the step.
    Span at_user(Span value, Span step) const { return value.known() && !sources.file(value.file).library ? value : step; }
};

void run(const Context& context);

/// The members at `path` of a request, "RoleArn", "Definitions[].RoleArn", as far as they are written out.
void members(const Context& context, ir::ValueId value, std::string_view path, std::vector<ir::ValueId>& out);

/// What the part of a call's answer is that such a value is, in the service's model; no shape when that is not known.
schema::Shape answered(const Context& context, const ir::Pipeline& pipeline, const ir::Value& result);

// --- the families
void arns(const Context& context, const ir::Step& step, const ir::Task& task);
void matches(const Context& context, const schema::Agreement& agreement, ir::ValueId request, Span where);
void resources(const Context& context);
void kept_names(const Context& context, const ir::Pipeline& pipeline);
void answers(const Context& context, const ir::Pipeline& pipeline);
void data_order(const Context& context, const ir::Pipeline& pipeline);
void image_regions(const Context& context);
void agreements(const Context& context, const ir::Pipeline& pipeline, const ir::Step& step, const ir::Task& task);
void algorithm(const Context& context, const ir::Step& step, const ir::Task& task);
void payloads(const Context& context);
void waits(const Context& context, const ir::Pipeline& pipeline);
void task(const Context& context, const ir::Pipeline& pipeline, const ir::Step& step, const ir::Task& task);

}  // namespace zflow::check
