#include "driver/compile.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "check/check.hpp"
#include "diagnostics/suppressions.hpp"
#include "elaborate/elaborator.hpp"
#include "library/library.hpp"
#include "library/snapshot.hpp"
#include "show/show.hpp"
#include "template/near_limits.hpp"

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

cfn::Options template_options(const CompileOptions& options, const std::string& stack, Workers* workers) {
    std::string_view usual = options.format == cfn::Format::Json ? ".json" : ".yaml";
    return {options.format, options.stem.empty() ? stack : options.stem,
            options.extension.empty() ? std::string(usual) : options.extension, options.one_template,
            workers};
}

void emit(const CompileOptions& options, const std::string& stack, const lower::Context& context, Workers* workers,
          Diagnostics& diagnostics, cfn::Made& made) {
    Buffer& out = made.text.small;
    switch (options.emit) {
        case Emit::Nothing:   // limits show in the template only
        case Emit::Template: return cfn::write_template(context, template_options(options, stack, workers), diagnostics, made);
        case Emit::Asl: return show::definitions(context, out);
        case Emit::Iam: return cfn::write_policies(context, out);
        case Emit::Ir: return show::ir(context, out);
        case Emit::IrJson: return show::ir_json(context, out);
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

/// Files that are read while stacks are compiled: one at a time.
class OneAtATime : public SourceProvider {
   public:
    explicit OneAtATime(SourceProvider& provider) : provider_(provider) {}
    std::optional<std::string> read(const std::string& path) override {
        std::lock_guard lock(mutex_);
        return provider_.read(path);
    }
    std::string resolve(const std::string& from, std::string_view target) override {
        std::lock_guard lock(mutex_);
        return provider_.resolve(from, target);
    }

   private:
    SourceProvider& provider_;
    std::mutex mutex_;
};

/// Lets each part through when those before it are: what comes out stands in the order of the source.
class Turns {
   public:
    /// False when a part will never have its turn, since one before it failed.
    bool wait_for(size_t part) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return now_ == part || stopped_; });
        return !stopped_;
    }
    void next() {
        std::lock_guard lock(mutex_);
        now_++;
        changed_.notify_all();
    }
    void stop() {
        std::lock_guard lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    size_t now_ = 0;
    bool stopped_ = false;
};

constexpr library::Snapshot nothing_prepared{};

/// The syntax trees go when the last stack is elaborated: what is made of it has room where they were.
class Trees {
   public:
    Trees(Modules& modules, size_t stacks) : modules_(modules), stacks_(stacks) {}
    void done() {
        if (--stacks_ > 0) return;
        for (Module& module : modules_.all) module.tree.forget();
    }

   private:
    Modules& modules_;
    std::atomic<size_t> stacks_;   ///< that still need them
};

/// What all stacks of a file are compiled from. Nothing else in it changes while they are.
struct Program {
    SourceMap& sources;
    FileId main;
    SourceProvider& provider;
    Modules& modules;
    Trees& trees;
    const CompileOptions& options;
    bool sound;   ///< no errors up to here
};

/// Compiles one stack after the other, with tables of its own: several of them can work at the same time.
class StackCompiler {
   public:
    /// `workers`: for what can be done at the same time within a stack; none where each of them has a stack of its own.
    StackCompiler(const Program& program, Interner& names, Judge& judge, PhaseClock& clock, Workers* workers)
        : program_(program), names_(names), judge_(judge), clock_(clock), workers_(workers),
          prepared_(program.options.prepared ? library::snapshot() : nothing_prepared), types_(prepared_.types) {}

    /// The name and what was made of it stay until the next one. What was found goes into `found`.
    void compile(const StackPart& part, Diagnostics& found) {
        found.judged_by_project(&judge_);
        auto sound = [&] { return program_.sound && !found.has_errors(); };
        const CompileOptions& options = program_.options;
        ir::Values values(part.nodes);
        made.clear();
        elaborate::Session session{program_.sources, program_.provider, names_, program_.modules, found, types_, symbols_,
                                   prepared_, options.repeat_expansions, options.check_library_resources, program_.sound};
        ir::Stack stack = elaborate::Elaborator(session, values).stack(part.stack, part.declarations);
        program_.trees.done();
        if (!sound()) return clock_.end_of("check");
        std::optional<ir::Sizes> sizes(values);
        check::run({stack, values, *sizes, types_, names_, program_.sources, found});
        clock_.end_of("check");
        bool checks = options.emit == Emit::Nothing;
        if (!sound() || (checks && !cfn::near_limits(stack, values, *sizes))) return;
        for (ir::Pipeline& pipeline : stack.pipelines) elaborate::name_variables(pipeline, names_, symbols_);
        lower::Context context{stack, values, types_, names_};
        // drawings show what people wrote
        bool drawn = options.emit == Emit::Dot || options.emit == Emit::Mermaid;
        uint64_t largest = drawn ? 0 : split::split(stack, values, *sizes, types_, names_, options.machine, found);
        if (checks && cfn::within_limits(context, *sizes, largest)) return;
        sizes.reset();
        values.shrink();
        name = stack_name(names_.text(stack.name), program_.sources.file(program_.main).name);
        emit(options, name, context, workers_, found, made);
        clock_.end_of("emit");
    }

    std::string name;
    cfn::Made made;

   private:
    const Program& program_;
    Interner& names_;
    Judge& judge_;
    PhaseClock& clock_;
    Workers* workers_;
    const library::Snapshot& prepared_;
    types::TypeTable types_;
    elaborate::SymbolTables symbols_;
};

/// All stacks of a file, by one worker or by several. They have nothing to do with each other, so what comes out is the same.
class StacksCompiler {
   public:
    StacksCompiler(const Program& program, const std::vector<StackPart>& parts, Diagnostics& diagnostics, Output& output)
        : program_(program), parts_(parts), diagnostics_(diagnostics), output_(output), judge_(diagnostics) {}

    void run(Interner& names, PhaseClock& clock, Workers& workers) {
        size_t count = worth_several() ? std::clamp<size_t>(workers.count(), 1, parts_.size()) : 1;
        if (count == 1) return work(names, clock, &workers);
        std::deque<Interner> branches;
        for (size_t i = 1; i < count; i++) branches.push_back(names.branch());
        workers.run(count, [&](size_t i) {
            PhaseClock none;
            work(i ? branches[i - 1] : names, i ? none : clock, nullptr);
        });
    }

   private:
    /// Another worker costs about as much as compiling some stages does.
    bool worth_several() const {
        constexpr size_t few = 4000;
        size_t nodes = 0;
        for (const StackPart& part : parts_) nodes += part.nodes;
        return parts_.size() > 1 && nodes > few;
    }

    void work(Interner& names, PhaseClock& clock, Workers* within) {
        StackCompiler one(program_, names, judge_, clock, within);
        try {
            for (size_t i = next_++; i < parts_.size(); i = next_++) {
                Diagnostics found;
                one.compile(parts_[i], found);
                if (!turns_.wait_for(i)) return;
                finish(one, std::move(found));
                clock.end_of("write");
                turns_.next();
            }
        } catch (...) {
            turns_.stop();
            throw;
        }
    }

    void finish(const StackCompiler& one, Diagnostics&& found) {
        diagnostics_.take(std::move(found));
        if (!diagnostics_.has_errors() && program_.options.emit != Emit::Nothing) output_.stack(one.name, parts_.size() > 1, one.made);
    }

    const Program& program_;
    const std::vector<StackPart>& parts_;
    Diagnostics& diagnostics_;
    Output& output_;
    JudgeOfParts judge_;
    std::atomic<size_t> next_ = 0;
    Turns turns_;
};

}  // namespace

void compile(SourceMap& sources, FileId main, SourceProvider& provider, const CompileOptions& options, Diagnostics& diagnostics,
             PhaseClock& clock, Output& output, Workers& workers) {
    Interner names(library::names());
    Modules modules;
    add_library(modules, sources);
    load(modules, sources, main, provider, names, diagnostics, workers);
    clock.end_of("parse");
    Allowed allowed(sources, modules, diagnostics);
    std::vector<StackPart> parts = split_stacks(modules.main->tree);
    OneAtATime files(provider);
    Trees trees(modules, parts.size());
    Program program{sources, main, files, modules, trees, options, !diagnostics.has_errors()};
    StacksCompiler(program, parts, diagnostics, output).run(names, clock, workers);
    diagnostics.join();
    // what an error hides cannot be allowed
    if (!diagnostics.has_errors()) allowed.report_unused();
}

void compile(SourceMap& sources, FileId main, SourceProvider& provider, const CompileOptions& options, Diagnostics& diagnostics,
             PhaseClock& clock, Output& output) {
    Workers one;
    compile(sources, main, provider, options, diagnostics, clock, output, one);
}

}  // namespace zflow
