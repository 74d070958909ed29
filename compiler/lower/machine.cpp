#include "lower/machine.hpp"

#include <algorithm>
#include <utility>

namespace zflow::lower {

using ir::ScopeId;
using ir::StepId;
using ir::ValueId;

Definition write_definition(const Context& context, const ir::Pipeline& pipeline, Layout layout, size_t indent,
                            Buffer& out, Marks& marks) {
    Definition definition;
    Machine(context, pipeline, layout, indent, out, definition, marks).write();
    return definition;
}

Machine::Machine(const Context& context, const ir::Pipeline& pipeline, Layout layout, size_t indent, Buffer& out,
                 Definition& definition, Marks& marks)
    : context_(context), pipeline_(pipeline), json_(out, layout == Layout::Pretty, indent),
      uses_(pipeline, context.values, marks), names_(pipeline), flow_(pipeline, uses_, names_),
      substitutions_(context, definition.substitutions), values_(context, pipeline, uses_, substitutions_, json_),
      requests_(context, values_, json_), definition_(definition), reached_(flow_.slots()),
      ended_(std::max<size_t>(1, pipeline.scopes.size())) {}

void Machine::write() {
    json_.begin_object(false);
    if (!pipeline_.comment.empty()) json_.key("Comment"), json_.text(pipeline_.comment);
    json_.key("QueryLanguage"), json_.text("JSONata");
    member("TimeoutSeconds", pipeline_.timeout);
    body(pipeline_.block, 0, flow_.start());
    json_.end_object();
}

/// `StartAt` and `States` of the machine, a branch or an item processor.
void Machine::body(const ir::Block& steps, ScopeId scope, Target start) {
    ScopeId outer_scope = std::exchange(values_.scope, scope);
    size_t outer_base = std::exchange(frame_base_, frames_.size());
    StepId owner = scope == 0 ? StepId::none : pipeline_.scopes[scope].owner;
    bool item = scope != 0 && std::holds_alternative<ir::Map>(pipeline_[owner].is) && has_item(owner);
    bool checks = scope == 0 && !pipeline_.inputs.empty();
    go("StartAt", checks ? inputs_start() : item ? names_.of(owner, ".item") : start);
    json_.key("States");
    json_.begin_object(false);
    if (checks) inputs(start);
    if (item) map_item(owner);
    bool guarded = keeps_going(scope);
    if (guarded) frames_.push_back({owner, false, scope});
    block(steps);
    if (guarded) frames_.pop_back();
    if (flow_.has_result(scope) && !steps.ends) scope_result(scope);
    if (guarded && reached_[failed_slot(scope)]) scope_failed(scope);
    if (ended_[scope]) scope_end(scope);
    json_.end_object();
    frame_base_ = outer_base;
    values_.scope = outer_scope;
}

void Machine::scope_result(ScopeId scope) {
    begin_state(flow_.result(scope), "Pass");
    json_.key("Output");
    if (const auto* map = std::get_if<ir::Map>(&pipeline_[pipeline_.scopes[scope].owner].is)) {
        if (map->keeps_going) json_.begin_object(), json_.key("value"), values_.value(map->result), json_.end_object();
        else values_.output(map->result);
    } else {
        json_.begin_object();
        for (const Variable& variable : uses_.exports(scope)) {
            if (variable.kind == Variable::Failure && uses_.home(variable) == scope) continue;   // it did not fail
            variable_key(variable);
            json_.begin_expression(), json_.code("$"), values_.name(variable), json_.end_expression();
        }
        json_.end_object();
    }
    next({});
    end_state();
}

void Machine::scope_end(ScopeId scope) {
    begin_state(flow_.end(scope), "Succeed");
    no_output();
    end_state();
}

void Machine::block(const ir::Block& steps) {
    for (StepId id : steps.steps)
        if (flow_.is_state(id)) std::visit([&](const auto& is) { write_step(id, is); }, pipeline_[id].is);
}

void Machine::begin_state(Target name, std::string_view type, std::string_view comment) {
    definition_.states++;
    json_.break_line();
    json_.key_text(name);
    json_.begin_object();
    json_.key("Type"), json_.text(type);
    if (!comment.empty()) json_.key("Comment"), json_.text(comment);
}

void Machine::next(Target target) {
    if (target.empty()) json_.key("End"), json_.raw("true");
    else go("Next", target);
}

void Machine::otherwise(Target target) { go("Default", target); }

/// AWS refuses states that nothing leads to: the end of a scope is written when something was seen to go there.
void Machine::go(std::string_view key, Target target) {
    if (flow_.is_end(target, values_.scope)) ended_[values_.scope] = 1;
    json_.key(key), json_.text(target);
}

/// Written only when there is such a value.
void Machine::member(std::string_view key, ValueId value) {
    if (value == ValueId::none) return;
    json_.key(key);
    values_.value(value);
}

void Machine::variable_key(const Variable& variable) {
    json_.begin_key(), values_.name(variable), json_.end_key();
}

/// Results travel in variables; nothing but those may count against the limit of a state's output.
void Machine::no_output() { json_.key("Output"), json_.raw("{}"); }

void Machine::write_step(StepId id, const ir::Let& let) {
    begin_state(pipeline_[id].name, "Pass", pipeline_[id].comment);
    begin_assign();
    variable_key({Variable::Result, id});
    values_.value(let.value);
    end_assign();
    next(flow_.next(id));
    end_state();
}

void Machine::write_step(StepId id, const ir::Wait& wait) {
    begin_state(pipeline_[id].name, "Wait", pipeline_[id].comment);
    member("Seconds", wait.seconds);
    member("Timestamp", wait.timestamp);
    next(flow_.next(id));
    end_state();
}

void Machine::write_step(StepId id, const ir::Return& result) {
    begin_state(pipeline_[id].name, "Succeed", pipeline_[id].comment);
    if (context_.values[result.value].op == ir::Op::Null) no_output();
    else json_.key("Output"), values_.output(result.value);
    end_state();
}

void Machine::write_step(StepId id, const ir::Choice& choice) {
    size_t conditions = choice.arms.size();
    if (conditions > 0 && choice.arms.back().condition == ValueId::none) conditions--;
    begin_state(pipeline_[id].name, conditions ? "Choice" : "Pass", pipeline_[id].comment);
    if (conditions) {
        json_.key("Choices"), json_.begin_array();
        for (size_t i = 0; i < conditions; i++) {
            json_.begin_object();
            json_.key("Condition"), values_.condition(choice.arms[i].condition);
            next(flow_.entry(id, i));
            json_.end_object();
        }
        json_.end_array();
        otherwise(flow_.entry(id, conditions));
    } else {
        next(flow_.entry(id, 0));
    }
    end_state();
    for (size_t i = 0; i < choice.arms.size(); i++) {
        block(choice.arms[i].block);
        if (!choice.arms[i].block.ends) joins(id, choice.joins, i);
    }
    if (conditions == choice.arms.size()) joins(id, choice.joins, conditions);
}

void Machine::write_step(StepId id, const ir::Try& guarded) {
    frames_.push_back({id, false});
    block(guarded.block);
    frames_.pop_back();
    if (!guarded.block.ends) joins(id, guarded.joins, 0);
    for (size_t i = 0; i < guarded.handlers.size(); i++) {
        if (!reached_[flow_.slot(id, i)]) continue;
        block(guarded.handlers[i].block);
        if (!guarded.handlers[i].block.ends) joins(id, guarded.joins, i + 1);
    }
}

/// After an arm that goes on: what it made, under the names that are used later.
void Machine::joins(StepId id, const std::vector<ir::Join>& joins, size_t arm) {
    if (!uses_.any_join(id)) return;
    begin_state(flow_.join(id, arm), "Pass");
    begin_assign();
    for (uint32_t j = 0; j < joins.size(); j++) {
        if (!uses_.join(id, j)) continue;
        variable_key({Variable::Join, id, j});
        values_.value(arm < joins[j].values.size() ? joins[j].values[arm] : ValueId::none);
    }
    end_assign();
    next(flow_.next(id));
    end_state();
}

}  // namespace zflow::lower
