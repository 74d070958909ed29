/// @file machines.hpp
/// @brief One pipeline divided into machines as a plan says: steps get new numbers, values are passed in and out.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "split/plan.hpp"

namespace zflow::split {

/// By value of the undivided pipelines: as the machine says it that asked last.
struct Rewritten {
    struct Entry {
        uint32_t machine = 0;   ///< a number that no other one of the stack has
        ir::ValueId now{};
    };
    std::vector<Entry> entries;
    uint32_t machines = 1;      ///< numbers taken
};

class Machines {
   public:
    /// `index`: the pipeline's in the stack, of which `whole` is what it was and `head` a copy without its steps. Parts get
    /// the numbers from `stack.pipelines.size()` on.
    Machines(ir::Stack& stack, ir::Values& values, types::TypeTable& types, Interner& names, Rewritten& rewritten,
             uint32_t index, ir::Pipeline head, std::shared_ptr<const ir::Pipeline> whole, const Plan& plan);

    /// Replaces the pipeline and adds its parts to the stack.
    void divide();

   private:
    /// Number 0 is the pipeline's own machine.
    struct Machine {
        ir::Pipeline pipeline;
        uint32_t caller = 0;                      ///< the machine that runs it
        ir::StepId call{}, caught{}, failed{};    ///< in the caller: the call, the Try around it, what hands on its error
        ir::ScopeId root = 0;                     ///< the scope that its block had
        std::unordered_map<std::string, uint32_t> inputs;
        std::vector<ir::ValueId> passed;          ///< by input: its value in the caller; none for the pipeline's own
        std::unordered_map<std::string, std::string_view> outputs;
        std::vector<ir::Field> result;
        std::unordered_set<std::string_view> taken;   ///< names of inputs, outputs and variables; filled on first use
    };

    void lay_out(const ir::Block& block, uint32_t machine);
    void lay_out(ir::StepId id, uint32_t machine);
    uint32_t add_part(const ir::Block& block, const Run& run, uint32_t caller);
    ir::StepId add_step(uint32_t machine, ir::Step step, ir::StepId origin);
    ir::StepId reserve_step(uint32_t machine, ir::StepId origin) { return add_step(machine, {}, origin); }
    void copy(ir::StepId id);
    ir::Block copied(const ir::Block& block);
    void finish(uint32_t part);
    void hand_back(Machine& machine);

    ir::ValueId rewrite(uint32_t machine, ir::ValueId id);
    ir::ValueId rewrite_record(uint32_t machine, ir::ValueId id);
    ir::ValueId leaf(uint32_t machine, ir::ValueId id);
    ir::ValueId local(ir::ValueId id);
    ir::ValueId taken_out(uint32_t part, ir::ValueId id);
    ir::ValueId passed_in(uint32_t machine, ir::ValueId id);
    uint32_t home_of(const ir::Value& value, uint32_t machine) const;
    bool contains(uint32_t machine, uint32_t other) const;
    std::string identity(const ir::Value& value) const;
    std::string_view name_for(Machine& machine, const ir::Value& value);
    ir::ScopeId scope_in(uint32_t machine, ir::ScopeId scope) const;
    ir::ValueId record(const std::vector<ir::Field>& fields, Span where);
    ir::ValueId text(std::string_view what, ir::Op op, ir::Time time, Span where);
    std::string_view free_name(std::string name);
    std::string free_id(const std::string& base, size_t number) const;

    ir::Stack& stack_;
    ir::Values& values_;
    types::TypeTable& types_;
    Interner& names_;
    uint32_t index_;
    std::shared_ptr<const ir::Pipeline> whole_;
    const Plan& plan_;
    Symbol started_by_;
    std::vector<Machine> machines_;
    Rewritten& rewritten_;
    uint32_t first_number_;                       // the first of the machines' numbers in `rewritten_`
    std::vector<uint32_t> home_;                  // by old step: its machine
    std::vector<ir::StepId> number_;              // by old step: its number there
    std::vector<ir::ScopeId> scope_;              // by old scope: its number in its owner's machine
    std::unordered_map<uint32_t, uint32_t> part_at_;   // by old step: the part that begins with it
    std::unordered_set<std::string_view> state_names_;
};

}  // namespace zflow::split
