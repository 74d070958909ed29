/// @file uses.hpp
/// @brief What is read of what: only that is kept in variables and handed out of branches.
#pragma once

#include <vector>

#include "ir/program.hpp"
#include "lower/lower.hpp"

namespace zflow::lower {

/// Something kept in a variable of the state machine.
struct Variable {
    enum Kind : uint8_t {
        Result,    ///< the used parts of a step's result; a Parallel's: what its branches hand out
        Join,      ///< index: which
        Problem,   ///< {Error, Cause} of what a Try or Attempts caught
        Item, Index, Turn,
        Failure,   ///< index: of which branch; what stopped it, or a turn of a Map, when the others go on
        Problems,  ///< the list of what stopped turns of a Map
        Outer,     ///< what a distributed Map hands to its turns of what is known around it
    };
    Kind kind;
    ir::StepId step;
    uint32_t index = 0;
    friend bool operator==(const Variable&, const Variable&) = default;
};

class Uses {
   public:
    Uses(const ir::Pipeline& pipeline, const ir::Values& values, Marks& marks);

    /// A used part of a step's result; in order of first use.
    struct Part {
        uint32_t path;
        bool optional;
        friend bool operator==(const Part&, const Part&) = default;
    };
    const std::vector<Part>& parts(ir::StepId step) const { return parts_[at(step)]; }
    bool result(ir::StepId step) const { return !parts_[at(step)].empty(); }
    /// Something known outside of a distributed map that is read inside: variables end there.
    struct Capture {
        enum Kind : uint8_t { Named, Input, Context } kind;
        Variable variable{};          ///< Named
        Part part{0, false};          ///< Named, of a step's own Result: which part of it
        uint32_t input = 0;
        std::string_view context{};   ///< path in the context object
        friend bool operator==(const Capture& a, const Capture& b) {
            return a.kind == b.kind && a.variable == b.variable && a.part.path == b.part.path && a.input == b.input &&
                   a.context == b.context;
        }
    };
    const std::vector<Capture>& captures(ir::StepId map) const { return captures_[at(map)]; }
    /// The innermost distributed map that stands between a reader in `from` and what is known in `home`; none: there is none.
    ir::StepId wall(ir::ScopeId from, ir::ScopeId home) const;
    bool problems(ir::StepId step) const { return flags_[at(step)] & UsesProblems; }
    /// Where the variable is assigned.
    ir::ScopeId home(const Variable& variable) const;
    bool problem(ir::StepId step) const { return flags_[at(step)] & UsesProblem; }
    bool item(ir::StepId step) const { return flags_[at(step)] & UsesItem; }
    bool index(ir::StepId step) const { return flags_[at(step)] & UsesIndex; }
    bool join(ir::StepId step, uint32_t index) const { return joined_[first_join_[at(step)] + index]; }
    bool any_join(ir::StepId step) const;
    bool input(uint32_t index) const { return inputs_[index]; }
    /// The variables of a branch that are read outside of it.
    const std::vector<Variable>& exports(ir::ScopeId scope) const { return exports_[scope]; }
    /// The scopes to leave, innermost first, for a reader in `to` to see a variable of `from`.
    std::vector<ir::ScopeId> way_out(ir::ScopeId from, ir::ScopeId to) const;
    bool inside(ir::ScopeId inner, ir::ScopeId outer) const;

   private:
    enum Flag : uint8_t { UsesProblem = 1, UsesItem = 2, UsesIndex = 4, UsesProblems = 8 };
    struct Pending {
        ir::ValueId value;
        ir::ScopeId scope;
    };
    static size_t at(ir::StepId step) { return static_cast<size_t>(step); }
    static size_t join_count(const ir::Step& step);

    void add_block(const ir::Block& block);
    void add_step(ir::StepId id);
    void add(ir::ValueId value, ir::ScopeId scope) {
        if (values_[value].time == ir::Time::Run) pending_.push_back({value, scope});   // nothing else reads of the pipeline
    }
    void drain();
    void visit(ir::ValueId id, ir::ScopeId scope);
    void visit_leaf(const ir::Value& value, ir::ScopeId scope);
    void use_result(const ir::Value& value, ir::ScopeId scope);
    void use_join(ir::StepId step, uint32_t index, ir::ScopeId scope);
    void use_problem(const ir::Value& value, ir::ScopeId scope);
    void use_item(ir::StepId map, ir::ScopeId scope);
    void use_index(ir::StepId map, ir::ScopeId scope);
    void read(Variable variable, ir::ScopeId scope, Part part = {0, false});
    void capture(const Capture& what, ir::ScopeId home, ir::ScopeId scope);
    const ir::Map* distributed(ir::ScopeId scope) const;

    const ir::Pipeline& pipeline_;
    const ir::Values& values_;
    std::vector<std::vector<Part>> parts_;       // by step
    std::vector<uint8_t> flags_;                 // by step
    std::vector<uint32_t> first_join_;           // by step
    std::vector<uint8_t> joined_, inputs_;
    std::vector<uint32_t> depth_;                // by scope
    std::vector<std::vector<Variable>> exports_; // by scope
    std::vector<std::vector<Capture>> captures_; // by step
    bool walls_ = false;                         // there is a distributed map at all
    std::vector<Pending> pending_;
    Marks& marks_;                               // by value: the last scope it was seen from
    uint32_t first_mark_;                        // that of the outermost scope
};

}  // namespace zflow::lower
