/// @file compile.hpp
/// @brief The compiler as one function: source to templates. No files, no clock, no terminal: those are the caller's.
#pragma once

#include <string>
#include <string_view>

#include "base/buffer.hpp"
#include "base/workers.hpp"
#include "diagnostics/diagnostics.hpp"
#include "split/split.hpp"
#include "template/template.hpp"

namespace zflow {

enum class Emit : uint8_t {
    Nothing,    ///< check only
    Template,
    Asl,        ///< the state machines' definitions
    Iam,        ///< the policies
    Ir,         ///< the typed IR, as text
    IrJson,     ///< its pipelines, for programs
    Dot,        ///< the pipelines as a Graphviz graph
    Mermaid,    ///< the pipelines as a Mermaid flow chart
    InputSchema,  ///< what each pipeline takes, as JSON Schema
    Interface,    ///< what an outside caller needs, as JSON
};

/// Told when a phase ends. The default does nothing.
class PhaseClock {
   public:
    virtual ~PhaseClock() = default;
    virtual void end_of(std::string_view) {}
};

/// Gets what was made, one stack after the other. Nothing that it got may be kept when compile() finds an error later.
class Output {
   public:
    virtual ~Output() = default;
    /// `name`: the stack's, fit for a file name and for CloudFormation. `several`: the source declares more than one.
    /// `made`: the template and those to be put beside it, which it names; or one layer, as its text.
    virtual void stack(std::string_view name, bool several, const cfn::Made& made) = 0;
};

struct CompileOptions {
    Emit emit = Emit::Template;
    cfn::Format format = cfn::Format::Yaml;
    std::string stem = {};          ///< of the template's file; "": the stack's name
    std::string extension = {};     ///< of the template's file; "": that of the format
    cfn::Limits one_template = {};  ///< what one template may take before it is divided
    split::Budget machine = {};   ///< what one state machine may take before its pipeline is divided
    bool prepared = true;            ///< false: what the library declares is evaluated, as nothing of it was at build time
    bool repeat_expansions = true;   ///< false: the body of a kind is walked for every stage; what comes out is the same
    bool check_library_resources = false;   ///< the resources of the standard library are compared with what CloudFormation takes, too
};

/// Compiles the file `main` and what it imports. Findings go to `diagnostics`; `output` gets nothing after the first error.
void compile(SourceMap& sources, FileId main, SourceProvider& provider, const CompileOptions& options, Diagnostics& diagnostics,
             PhaseClock& clock, Output& output);

/// The same, with several stacks of a file at the same time. What comes out is the same, too; `clock` tells of what the
/// caller's thread does, `provider` is asked and `output` told by one worker at a time, in the order of the source.
void compile(SourceMap& sources, FileId main, SourceProvider& provider, const CompileOptions& options, Diagnostics& diagnostics,
             PhaseClock& clock, Output& output, Workers& workers);

}  // namespace zflow
