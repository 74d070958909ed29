/// @file machine.hpp
/// @brief The states of one pipeline, written in source order.
#pragma once

#include "lower/flow.hpp"
#include "lower/requests.hpp"

namespace zflow::lower {

class Machine {
   public:
    Machine(const Context& context, const ir::Pipeline& pipeline, Layout layout, size_t indent, Buffer& out,
            Definition& definition, Marks& marks);
    void write();

   private:
    /// What catches errors around a state: the handlers of a Try, the rules of an Attempts, the end of a branch.
    struct Frame {
        ir::StepId owner;
        bool attempts;
        ir::ScopeId guard = 0;   ///< or the branch or turn that ends here, and does not stop the others
    };
    struct Handler {
        ir::StepId owner;
        ir::ErrorNames errors;
        Target target;
        size_t slot;          ///< its number in Flow
        bool keeps_problem;   ///< somebody reads what was caught
        Variable::Kind kept = Variable::Problem;
        uint32_t branch = 0;
        Variable problem() const { return {kept, owner, branch}; }
        bool takes_all() const { return errors.size() == 1 && errors[0] == "States.ALL"; }
    };

    // machine.cpp: scopes, blocks and plain states
    void body(const ir::Block& block, ir::ScopeId scope, Target start);
    void scope_result(ir::ScopeId scope);
    void scope_end(ir::ScopeId scope);
    void block(const ir::Block& block);
    void step(ir::StepId id);
    void begin_state(Target name, std::string_view type, std::string_view comment = {});
    void end_state() { json_.end_object(); }
    void next(Target target);
    void otherwise(Target target);        ///< the Default of a Choice
    void reach(const Handler& handler) { reached_[handler.slot] = 1; }
    void go(std::string_view key, Target target);
    void member(std::string_view key, ir::ValueId value);
    void begin_assign() { json_.key("Assign"), json_.begin_object(); }
    void end_assign() { json_.end_object(); }
    void variable_key(const Variable& variable);
    void no_output();
    void write_step(ir::StepId id, const ir::Let& let);
    void write_step(ir::StepId id, const ir::Wait& wait);
    void write_step(ir::StepId id, const ir::Return& result);
    void write_step(ir::StepId id, const ir::Choice& choice);
    void write_step(ir::StepId id, const ir::Try& guarded);
    void joins(ir::StepId id, const std::vector<ir::Join>& joins, size_t arm);

    // tasks.cpp: states that do work
    void write_step(ir::StepId id, const ir::Task& task);
    void write_step(ir::StepId id, const ir::Raw& raw);
    void write_step(ir::StepId id, const ir::Parallel& parallel);
    void write_step(ir::StepId id, const ir::Map& map);
    void retry(ir::RetryRules rules);
    void retry_rules(ir::RetryRules rules);
    void assign_parts(ir::StepId id);
    void parts(std::span<Uses::Part> paths, uint32_t depth);
    void part(uint32_t path, bool optional);
    uint32_t beginning_of(uint32_t path, uint32_t depth) const;
    ir::StepId parts_of_ = ir::StepId::none;   ///< whose variable `parts` reads; none: the state's result
    void assign_exports(ir::StepId id, const ir::Parallel& parallel);

    // maps.cpp
    void map_input(ir::StepId id, const ir::Map& map);
    void captures(ir::StepId id);
    void capture_results(ir::StepId variable, const std::vector<Uses::Capture>& all);
    void distributed(const ir::Distributed& far);
    void service(std::string_view key, std::string_view call, ir::ValueId arguments, ir::ValueId config);
    void map_results(ir::StepId id, const ir::Map& map);
    void map_item(ir::StepId id);
    bool has_item(ir::StepId id) const { return uses_.item(id) || uses_.index(id) || !uses_.captures(id).empty(); }
    bool keeps_going(ir::ScopeId scope) const;
    size_t failed_slot(ir::ScopeId scope) const;
    Target failed_name(ir::ScopeId scope) { return names_.of_scope(scope, "failed"); }
    void scope_failed(ir::ScopeId scope);

    // checks.cpp: data from outside
    void write_step(ir::StepId id, const ir::Check& check);
    std::string variable_text(ir::ValueId value) const;

    // failures.cpp: errors, and what goes round
    void write_step(ir::StepId id, const ir::Fail& fail);
    void write_step(ir::StepId id, const ir::Poll& poll);
    void write_step(ir::StepId id, const ir::Attempts& attempts);
    template <typename Visit>
    void handlers(Visit visit);   ///< innermost first, until `visit` gives false
    template <typename Raised>
    void catchers(Raised raised);
    void task_catchers();
    void scope_catchers();
    void error_names(ir::ErrorNames errors);
    void assign_problem_caught(const Handler& handler);
    void assign_problem(const Handler& handler, std::string_view error, ir::ValueId cause, std::string_view text);
    void assign_problem_again(const Handler& handler, ir::StepId from);
    bool raise_again(ir::StepId from, Target failed);
    void problem_test(ir::StepId from, ir::ErrorNames errors);
    void fail_state(Target name, ir::StepId from);
    void start_counter(Target name, ir::StepId id, std::string_view comment = {});
    void pause(ir::StepId id, const ir::Poll& poll);
    void growth(ir::StepId id, const ir::Poll& poll);
    void waited(ir::StepId id, const ir::Poll& poll);
    void add_turn(ir::StepId id);
    void delay(ir::StepId id, const ir::RetryRule& rule);

    // inputs.cpp: what the pipeline is started with
    struct InputPart {
        types::TypeId type;                 ///< without none
        std::string subject;                ///< JSONata
        std::string label;                  ///< what the caller calls it, `order.amount`
        std::string guard;                  ///< holds when what contains it is there; "" when that is sure
        bool may_lack, may_be_null;
    };
    void inputs(Target start);
    Target inputs_start() { return names_.plain(pipeline_.received.any ? "take messages" : "check input"); }
    void take_messages();
    void input_rules();
    void input_names_rule();
    void part_rules(const InputPart& part, size_t depth);
    void input_rule(const std::string& condition, const std::string& problem, bool expression = false);
    void input_variable(const ir::PipelineInput& input);
    bool may_lack(const ir::PipelineInput& input) const;

    const Context& context_;
    const ir::Pipeline& pipeline_;
    JsonWriter json_;
    Uses uses_;
    StateNames names_;
    Flow flow_;
    Substitutions substitutions_;
    ValueWriter values_;
    Requests requests_;
    Definition& definition_;
    /// Where the text of something stands. Few things of a kind are written again and again.
    template <typename Thing>
    struct Written {
        const Thing* thing;
        size_t from, to;
    };
    template <typename Thing, typename Same, typename Write>
    void once(std::vector<Written<Thing>>& before, const Thing& thing, Same same, Write write);
    std::vector<Written<ir::RetryRule>> retries_;
    std::vector<Written<std::vector<Uses::Part>>> results_;
    std::vector<Frame> frames_;
    std::vector<uint8_t> reached_;      // by slot: handlers that something goes to; others are not written
    std::vector<uint8_t> ended_;        // by scope: something goes to its end state
    size_t frame_base_ = 0;     ///< the first frame of the scope being written: no transition leaves a scope
};

/// A compact text does not depend on where it stands: it is repeated when the same was written before.
template <typename Thing, typename Same, typename Write>
void Machine::once(std::vector<Written<Thing>>& before, const Thing& thing, Same same, Write write) {
    constexpr size_t most = 16;
    if (!json_.compact()) return write();
    json_.separate();
    for (const Written<Thing>& known : before)
        if (same(*known.thing, thing)) return json_.again(known.from, known.to, false);
    size_t from = json_.size();
    write();
    if (before.size() < most) before.push_back({&thing, from, json_.size()});
}

template <typename Visit>
void Machine::handlers(Visit visit) {
    for (size_t i = frames_.size(); i-- > frame_base_;) {
        ir::StepId owner = frames_[i].owner;
        if (ir::ScopeId scope = frames_[i].guard) {
            static constexpr std::string_view everything[] = {"States.ALL"};
            Handler end{owner, everything, failed_name(scope), failed_slot(scope), true, Variable::Failure, pipeline_.scopes[scope].branch};
            if (!visit(end)) return;
            continue;
        }
        if (frames_[i].attempts) {
            const auto& rules = std::get<ir::Attempts>(pipeline_[owner].is).rules;
            for (size_t r = 0; r < rules.size(); r++) {
                Target again = names_.numbered(owner, ".again", r);
                if (!visit(Handler{owner, rules[r].errors, again, flow_.slot(owner, 1 + r), true})) return;
            }
            continue;
        }
        const auto& all = std::get<ir::Try>(pipeline_[owner].is).handlers;
        for (size_t h = 0; h < all.size(); h++) {
            Target entry = flow_.entry(owner, h);
            if (!visit(Handler{owner, all[h].errors, entry, flow_.slot(owner, h), uses_.problem(owner)})) return;
        }
    }
}

}  // namespace zflow::lower
