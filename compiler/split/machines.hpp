/// @file machines.hpp
/// @brief One pipeline divided into machines as a plan says: steps get new numbers, values are passed in and out.
#pragma once

#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "split/plan.hpp"

namespace zflow::split {

class Machines {
   public:
    /// `index`: the pipeline's in the stack. Parts get the numbers from `stack.pipelines.size()` on.
    Machines(ir::Stack& stack, ir::Values& values, const ir::Sizes& sizes, types::TypeTable& types, Interner& names,
             uint32_t index, const Plan& plan);

    /// Replaces the pipeline's steps and adds its parts to the stack.
    void divide();

   private:
    /// What a leaf of a value is, wherever it stands in the source.
    using Identity = std::array<uint32_t, 4>;

    /// Number 0 is the pipeline's own machine, which nobody calls.
    struct Machine {
        uint32_t caller = 0;                      ///< the machine that runs it
        std::span<const ir::StepId> steps{};      ///< those of its block in the undivided pipeline
        ir::StepId call{}, caught{}, failed{};    ///< in the caller: the call, the Try around it, what hands on its error
        ir::ScopeId root = 0;                     ///< the scope that its block had
        std::map<Identity, uint32_t> inputs{};
        std::vector<ir::ValueId> passed{};        ///< by input: its value in the caller; none for the pipeline's own
        std::map<Identity, Symbol> outputs{};
        std::vector<ir::Field> result{};
        std::vector<std::string_view> given{};    ///< names that inputs and outputs were given
    };
    ir::Pipeline& pipeline(uint32_t machine) { return stack_.pipelines[machine ? first_part_ + machine - 1 : index_]; }

    void lay_out(const ir::Block& block, uint32_t machine);
    void lay_out(ir::StepId id, uint32_t machine);
    uint32_t add_part(std::span<const ir::StepId> steps, uint32_t caller);
    ir::StepId add_step(uint32_t machine, ir::StepId origin);
    void copy(ir::StepId id);
    ir::Block copied(const ir::Block& block) const;
    void finish(uint32_t part);
    ir::Task call_of(uint32_t part, Span where);
    void hand_back(uint32_t part);
    static bool works(const ir::Pipeline& pipeline);

    ir::ValueId rewrite(uint32_t machine, ir::ValueId id);
    ir::ValueId rewritten(uint32_t machine, ir::ValueId id);
    ir::ValueId rewrite_fields(uint32_t machine, ir::ValueId id);
    ir::ValueId rewrite_links(uint32_t machine, ir::ValueId id);
    ir::ValueId rewrite_loop(uint32_t machine, ir::ValueId id);
    ir::ValueId with_members(ir::ValueId id, size_t first);
    ir::ValueId rewrite_operands(uint32_t machine, ir::ValueId id, std::initializer_list<uint32_t ir::Value::*> operands);
    ir::ValueId leaf(uint32_t machine, ir::ValueId id);
    ir::ValueId local(ir::ValueId id);
    ir::ValueId taken_out(uint32_t part, ir::ValueId id);
    ir::ValueId passed_in(uint32_t machine, ir::ValueId id);
    uint32_t home_of(const ir::Value& value, uint32_t machine) const;
    bool contains(uint32_t machine, uint32_t other) const;
    Identity identity(const ir::Value& value);
    std::string_view name_for(uint32_t machine, const ir::Value& value);
    ir::ScopeId scope_in(uint32_t machine, ir::ScopeId scope) const;
    ir::ValueId record(const std::vector<ir::Field>& fields, Span where);
    ir::ValueId text(std::string_view what, ir::Op op, ir::Time time, Span where);
    std::string_view free_name(std::string name);
    std::string free_id(const std::string& base, size_t number) const;

    ir::Stack& stack_;
    ir::Values& values_;
    const ir::Sizes& sizes_;
    types::TypeTable& types_;
    Interner& names_;
    const uint32_t index_, first_part_;
    const Plan& plan_;
    Symbol started_by_;
    std::shared_ptr<const ir::Pipeline> whole_;   // its steps as they were
    std::vector<Machine> machines_;
    std::vector<uint32_t> home_;                  // by old step: its machine
    std::vector<ir::StepId> number_;              // by old step: its number there
    std::vector<ir::ScopeId> scope_;              // by old scope: its number in its owner's machine
    std::unordered_map<ir::StepId, uint32_t> part_at_;   // by old step: the part that begins with it
    std::unordered_set<std::string_view> state_names_;
    std::unordered_map<uint64_t, ir::ValueId> large_;    // by machine and large value: as the machine says it
    std::vector<ir::ValueId> members_;            // of the values that are being rewritten, outermost first
};

}  // namespace zflow::split
