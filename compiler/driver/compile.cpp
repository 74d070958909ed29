#include "driver/compile.hpp"

#include <vector>

#include "check/check.hpp"
#include "diagnostics/suppressions.hpp"
#include "elaborate/elaborator.hpp"
#include "library/library.hpp"
#include "show/show.hpp"

namespace zflow {

namespace {

using syntax::NodeId;
using syntax::NodeKind;

/// The declarations that make one stack: a file may hold several, each `stack` begins one.
struct StackPart {
    NodeId stack = 0;
    std::vector<NodeId> declarations;
    size_t nodes = 0;
};

std::vector<StackPart> split_stacks(const syntax::Tree& tree) {
    std::vector<StackPart> parts(1);
    NodeId before = 0;
    for (NodeId d : syntax::Children(tree, 0)) {
        if (tree.kind(d) == NodeKind::Stack) {
            // what stands before the only stack belongs to it; before the first of several, it is there for all of them
            if (parts.size() > 1 || parts[0].stack) parts.emplace_back();
            parts.back().stack = d;
        } else {
            parts.back().declarations.push_back(d);
        }
        parts.back().nodes += d - before;   // children stand before their parents
        before = d;
    }
    return parts;
}

/// "payments_risk" -> "payments-risk"; without a `stack` declaration the file's own name.
std::string stack_name(std::string_view declared, std::string_view file) {
    if (declared.empty()) {
        declared = file.substr(file.find_last_of('/') + 1);
        declared = declared.substr(0, declared.find('.'));
    }
    std::string name;
    for (char c : declared) {
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += alphanumeric ? c : '-';
    }
    return name.empty() ? "stack" : name;
}

cfn::Options template_options(const CompileOptions& options, const std::string& stack) {
    std::string_view usual = options.format == cfn::Format::Json ? ".json" : ".yaml";
    return {options.format, options.stem.empty() ? stack : options.stem,
            options.extension.empty() ? std::string(usual) : options.extension, options.one_template};
}

void emit(const CompileOptions& options, const std::string& stack, const lower::Context& context, Diagnostics& diagnostics,
          cfn::Made& made) {
    Buffer& out = made.text.small;
    switch (options.emit) {
        case Emit::Nothing: break;
        case Emit::Template: return cfn::write_template(context, template_options(options, stack), diagnostics, made);
        case Emit::Asl: return show::definitions(context, out);
        case Emit::Iam: return cfn::write_policies(context, out);
        case Emit::Ir: return show::ir(context, out);
        case Emit::Dot: return show::dot(context, out);
        case Emit::Mermaid: return show::mermaid(context, out);
        case Emit::InputSchema: return show::input_schemas(context, out);
        case Emit::Interface: return show::interface(context, out);
    }
}

/// Comments that allow findings: in force while it lives.
class Allowed {
   public:
    Allowed(const SourceMap& sources, const Modules& modules, Diagnostics& diagnostics)
        : diagnostics_(diagnostics), comments_(sources) {
        for (const Module& m : modules.all)
            if (!m.library) comments_.read(m.tree.file);
        comments_.report_mistakes(diagnostics);
        diagnostics_.judged_by_comments(&comments_);
    }
    ~Allowed() { diagnostics_.judged_by_comments(nullptr); }
    Allowed(const Allowed&) = delete;
    Allowed& operator=(const Allowed&) = delete;

    void report_unused() const { comments_.report_unused(diagnostics_); }

   private:
    Diagnostics& diagnostics_;
    Suppressions comments_;
};

}  // namespace

void compile(SourceMap& sources, FileId main, SourceProvider& provider, const CompileOptions& options, Diagnostics& diagnostics,
             PhaseClock& clock, Output& output) {
    Interner names(library::names());
    Modules modules;
    add_library(modules, sources);
    load(modules, sources, main, provider, names, diagnostics);
    clock.end_of("parse");
    Allowed allowed(sources, modules, diagnostics);
    std::vector<StackPart> parts = split_stacks(modules.main->tree);
    ir::Values values;
    types::TypeTable types;
    elaborate::SymbolTables symbols;
    cfn::Made made;
    for (const StackPart& part : parts) {
        values.clear();
        values.expect(part.nodes);
        elaborate::Session session{sources, provider, names, modules, diagnostics, types, symbols, options.repeat_expansions};
        ir::Stack stack = elaborate::Elaborator(session, values).stack(part.stack, part.declarations);
        if (!diagnostics.has_errors()) check::run({stack, values, types, names, sources, diagnostics});
        clock.end_of("check");
        if (diagnostics.has_errors() || options.emit == Emit::Nothing) continue;
        // drawings show what people wrote
        bool drawn = options.emit == Emit::Dot || options.emit == Emit::Mermaid;
        if (!drawn) split::split(stack, values, types, names, options.machine, diagnostics);
        made.clear();
        std::string name = stack_name(names.text(stack.name), sources.file(main).name);
        emit(options, name, {stack, values, types, names}, diagnostics, made);
        clock.end_of("emit");
        if (diagnostics.has_errors()) continue;
        output.stack(name, parts.size() > 1, made);
        clock.end_of("write");
    }
    // what an error hides cannot be allowed
    if (!diagnostics.has_errors()) allowed.report_unused();
}

}  // namespace zflow
