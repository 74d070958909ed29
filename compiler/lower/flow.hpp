/// @file flow.hpp
/// @brief Where control goes: the state after each step, the first state of each arm and handler.
#pragma once

#include <vector>

#include "lower/names.hpp"
#include "lower/uses.hpp"

namespace zflow::lower {

/// Worked out for the whole pipeline before anything is written.
class Flow {
   public:
    Flow(const ir::Pipeline& pipeline, const Uses& uses, StateNames& names);

    Target start() const { return start_; }
    /// What follows the step; empty: nothing in its scope.
    Target next(ir::StepId step) const { return next_[static_cast<size_t>(step)]; }
    /// The first state of a Choice's arm (after the last arm: of no arm), a Try's handler, a Parallel's branch, or the
    /// body (0) of a Map, Poll or Attempts. Never empty. In a scope that keeps going when it fails, what failed goes to
    /// the slot after those.
    Target entry(ir::StepId step, size_t index) const { return entries_[slot(step, index)]; }
    /// A number of its own for each entry, and after an Attempts' body for each of its rules.
    size_t slot(ir::StepId step, size_t index) const { return first_entry_[static_cast<size_t>(step)] + index; }
    size_t slots() const { return entries_.size(); }
    /// The same as a target that a transition can name: the end of a scope is a state of its own then.
    Target solid(Target target, ir::ScopeId scope) { return target.empty() ? end(scope) : target; }
    Target end(ir::ScopeId scope);
    bool is_end(Target target, ir::ScopeId scope) const {
        return !target.empty() && target.data() == ends_[scope].data();
    }
    /// The state that makes what a branch or an iteration hands out, when it hands out anything.
    Target result(ir::ScopeId scope) { return names_.of_scope(scope, "result"); }
    /// The state after arm `arm` that fills in the used joins.
    Target join(ir::StepId step, size_t arm) { return names_.numbered(step, ".join", arm); }
    bool has_result(ir::ScopeId scope) const;
    /// Whether a Let or such leaves a state behind.
    bool is_state(ir::StepId step) const;
    /// A poll that only a task leads to, whose state starts the counter then: of the task the poll, of the poll the task.
    ir::StepId poll_partner(ir::StepId step) const { return partner_[static_cast<size_t>(step)]; }

   private:
    Target plan(const ir::Block& block, Target next);
    Target plan_step(ir::StepId id, Target next);
    Target plan_choice(ir::StepId id, const ir::Choice& choice, Target next);
    Target plan_try(ir::StepId id, const ir::Try& guarded, Target next);
    Target plan_scope(const ir::Block& block, ir::ScopeId scope);
    size_t reserve(ir::StepId id, size_t count);

    const ir::Pipeline& pipeline_;
    const Uses& uses_;
    StateNames& names_;
    std::vector<Target> next_, entries_;
    std::vector<size_t> first_entry_;
    std::vector<ir::StepId> partner_;
    ir::StepId coming_ = ir::StepId::none;   // the poll that what is planned of a block so far begins with
    std::vector<Target> ends_;   // by scope, made on first use
    Target start_;
};

/// Whether what the turns yield goes to S3.
bool writes_results(const ir::Map& map);

/// Whether a handler of `errors` takes an error of that name.
bool takes(ir::ErrorNames errors, std::string_view error);

}  // namespace zflow::lower
