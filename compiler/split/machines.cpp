#include "split/machines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ir/visit.hpp"

namespace zflow::split {

using ir::StepId;
using ir::ValueId;

namespace {

constexpr std::string_view part_state = "part ", result_state = "result";

}  // namespace

Machines::Machines(ir::Stack& stack, ir::Values& values, const ir::Sizes& sizes, types::TypeTable& types, Interner& names,
                   uint32_t index, const Plan& plan)
    : stack_(stack), values_(values), sizes_(sizes), types_(types), names_(names), index_(index),
      first_part_(static_cast<uint32_t>(stack.pipelines.size())), plan_(plan),
      started_by_(names.intern("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")), machines_(1) {
    // what it is to the outside stays, and becomes the own machine's
    ir::Pipeline& own = stack.pipelines[index];
    auto whole = std::make_shared<ir::Pipeline>();
    whole->steps = std::move(own.steps);
    whole->block = std::move(own.block);
    whole->scopes = std::move(own.scopes);
    own.steps.clear();
    own.block = {};
    own.scopes.assign(1, {});
    own.whole = whole_ = std::move(whole);
    machines_[0].passed.resize(own.inputs.size());
    home_.resize(whole_->steps.size());
    number_.assign(whole_->steps.size(), StepId::none);
    scope_.resize(whole_->scopes.size());
    for (const ir::Step& step : whole_->steps)   // others are not in the way of the names that are made here
        if (step.name.starts_with(part_state) || step.name.starts_with(result_state)) state_names_.insert(step.name);
}

void Machines::divide() {
    lay_out(whole_->block, 0);
    for (uint32_t m = 0; m < machines_.size(); m++) {
        ir::Pipeline& own = pipeline(m);
        own.steps.reserve(own.origin.size() + 1);   // and what hands back the result of a part
        own.steps.resize(own.origin.size());
    }
    for (uint32_t i = 0; i < whole_->steps.size(); i++)
        if (number_[i] != StepId::none) copy(StepId{i});
    pipeline(0).block = copied(whole_->block);
    for (uint32_t p = 1; p < machines_.size(); p++) finish(p);
    for (uint32_t m = 0; m < machines_.size(); m++)
        if (!works(pipeline(m))) pipeline(m).cleanup.clear();   // it only runs others, which have their own
}

bool Machines::works(const ir::Pipeline& pipeline) {
    for (size_t i = 0; i < pipeline.steps.size(); i++)
        if (pipeline.origin[i] != StepId::none && std::holds_alternative<ir::Task>(pipeline.steps[i].is)) return true;
    return false;
}

// --- steps

void Machines::lay_out(const ir::Block& block, uint32_t machine) {
    size_t end = 0;
    uint32_t part = 0;
    for (size_t i = 0; i < block.steps.size(); i++) {
        if (size_t count = plan_.parts[static_cast<size_t>(block.steps[i])]) {
            part = add_part({block.steps.data() + i, count}, machine);
            end = i + count;
            if (end == block.steps.size()) pipeline(part).block.ends = block.ends;
        }
        lay_out(block.steps[i], i < end ? part : machine);
    }
}

void Machines::lay_out(StepId id, uint32_t machine) {
    auto at = static_cast<size_t>(id);
    const ir::Step& step = (*whole_)[id];
    home_[at] = machine;
    number_[at] = add_step(machine, id);
    auto add_scope = [&](ir::ScopeId scope) {
        std::vector<ir::Scope>& scopes = pipeline(machine).scopes;
        const ir::Scope& old = whole_->scopes[scope];
        scope_[scope] = static_cast<ir::ScopeId>(scopes.size());
        scopes.push_back({scope_in(machine, old.parent), number_[at], old.branch});
    };
    if (const auto* map = std::get_if<ir::Map>(&step.is)) add_scope(map->scope);
    if (const auto* parallel = std::get_if<ir::Parallel>(&step.is))
        for (const auto& branch : parallel->branches) add_scope(branch.scope);
    each_block(step, [&](const ir::Block& inner) { lay_out(inner, machine); });
}

/// The number of a step that is filled in later.
StepId Machines::add_step(uint32_t machine, StepId origin) {
    std::vector<StepId>& origins = pipeline(machine).origin;
    origins.push_back(origin);
    return StepId{static_cast<uint32_t>(origins.size() - 1)};
}

std::string_view Machines::free_name(std::string name) {
    std::string free = name;
    for (size_t n = 2; state_names_.contains(free); n++) free = fmt::format("{} {}", name, n);
    return *state_names_.insert(values_.keep(free)).first;
}

std::string Machines::free_id(const std::string& base, size_t number) const {
    auto taken = [&](const std::string& id) {
        auto same = [&](const auto& thing) { return thing.logical_id == id || thing.logical_id == id + "Role"; };
        return std::any_of(stack_.parameters.begin(), stack_.parameters.end(), same) ||
               std::any_of(stack_.resources.begin(), stack_.resources.end(), same) ||
               std::any_of(stack_.roles.begin(), stack_.roles.end(), same) ||
               std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(), same);
    };
    std::string id = fmt::format("{}Part{}", base, number);
    while (taken(id)) id += "X";
    return id;
}

/// A machine for the steps, and in its caller the numbers of what runs it.
uint32_t Machines::add_part(std::span<const StepId> steps, uint32_t caller) {
    auto part = static_cast<uint32_t>(machines_.size());
    std::string_view known = names_.text(pipeline(0).name);
    std::string name = fmt::format("{}_part_{}", known, part);
    auto taken = [&](const ir::Pipeline& p) { return names_.text(p.name) == name; };
    while (std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(), taken)) name += "_";
    ir::Pipeline p;
    p.name = names_.intern(name);
    p.logical_id = free_id(pipeline(0).logical_id, part);
    p.comment = values_.keep(fmt::format("Part {} of {}", part, known));
    p.scopes.assign(1, {});
    p.access = pipeline(0).access;
    p.grants = pipeline(0).grants;
    p.cleanup = pipeline(0).cleanup;
    p.where = pipeline(0).where;
    p.part_of = index_;
    p.whole = whole_;
    stack_.pipelines.push_back(std::move(p));
    Machine& machine = machines_.emplace_back();
    machine.steps = steps;
    machine.caller = caller;
    machine.root = (*whole_)[steps[0]].scope;
    machine.call = add_step(caller, StepId::none);
    machine.failed = add_step(caller, StepId::none);
    machine.caught = add_step(caller, StepId::none);
    part_at_[steps[0]] = part;
    return part;
}

ir::ScopeId Machines::scope_in(uint32_t machine, ir::ScopeId scope) const {
    return scope == machines_[machine].root ? 0 : scope_[scope];
}

/// The step in its machine, whose numbers it and its values name.
void Machines::copy(StepId id) {
    auto at = static_cast<size_t>(id);
    uint32_t machine = home_[at];
    ir::Step& step = pipeline(machine)[number_[at]];
    step = (*whole_)[id];
    step.scope = scope_in(machine, step.scope);
    each_value(step, [&](ValueId& value) { value = rewrite(machine, value); });
    each_block(step, [&](ir::Block& block) { block = copied(block); });
    if (auto* map = std::get_if<ir::Map>(&step.is)) map->scope = scope_[map->scope];
    if (auto* parallel = std::get_if<ir::Parallel>(&step.is))
        for (auto& branch : parallel->branches) branch.scope = scope_[branch.scope];
}

/// Its steps under their new numbers, a part's call in the place of the part.
ir::Block Machines::copied(const ir::Block& block) const {
    ir::Block out{{}, block.ends};
    out.steps.reserve(block.steps.size());
    for (size_t i = 0; i < block.steps.size();) {
        auto at = static_cast<size_t>(block.steps[i]);
        if (plan_.parts[at]) {
            out.steps.push_back(machines_[part_at_.at(block.steps[i])].caught);
            i += plan_.parts[at];
            if (i == block.steps.size()) out.ends = false;   // the call goes on, as far as anybody can see
        } else {
            out.steps.push_back(number_[at]);
            i++;
        }
    }
    return out;
}

/// Now that it is known what the part takes: its block, and in its caller `try { call part } catch { fail with what the
/// part failed with }`.
void Machines::finish(uint32_t part) {
    const Machine& machine = machines_[part];
    for (StepId id : machine.steps) pipeline(part).block.steps.push_back(number_[static_cast<size_t>(id)]);
    hand_back(part);
    ir::Pipeline& caller = pipeline(machine.caller);
    const ir::Step& first = (*whole_)[machine.steps[0]];
    ir::Step step{{}, {}, {}, scope_in(machine.caller, first.scope), first.where, call_of(part, first.where)};
    step.name = free_name(fmt::format("{}{}", part_state, part));
    step.variable = values_.keep(fmt::format("part__{}", part));   // no step's own has `__`
    caller[machine.call] = step;

    step.name = free_name(fmt::format("{}{} failed", part_state, part));
    step.variable = {};
    step.is = ir::Fail{{}, {}, machine.caught};
    caller[machine.failed] = step;

    static constexpr std::string_view any[] = {"States.TaskFailed"};
    step.name = free_name(fmt::format("{}{} tried", part_state, part));
    step.variable = values_.keep(fmt::format("part__{}_tried", part));
    ir::Try& guarded = step.is.emplace<ir::Try>();
    guarded.block.steps = {machine.call};
    guarded.handlers.push_back({any, {{machine.failed}, true}});
    guarded.unwraps = true;
    caller[machine.caught] = std::move(step);
}

ir::Task Machines::call_of(uint32_t part, Span where) {
    const Machine& machine = machines_[part];
    std::vector<ir::Field> inputs;
    for (size_t i = 0; i < machine.passed.size(); i++)
        inputs.push_back({pipeline(part).inputs[i].name, machine.passed[i]});
    inputs.push_back({started_by_, text("Execution.Id", ir::Op::Context, ir::Time::Run, where)});
    ir::Value arn;
    arn.op = ir::Op::MachineArn;
    arn.time = ir::Time::Deploy;
    arn.type = types::id_of(types::TypeKind::Arn);
    arn.where = where;
    arn.a = first_part_ + part - 1;
    ir::Task task{*schema::find_integration("states", "startExecution", schema::Pattern::Sync2)};
    task.arguments = record({{names_.intern("StateMachineArn"), values_.add(arn)},
                             {names_.intern("Input"), record(inputs, where)}}, where);
    return task;
}

/// The part's own last step.
void Machines::hand_back(uint32_t part) {
    const Machine& machine = machines_[part];
    ir::Pipeline& own = pipeline(part);
    if (machine.result.empty() || own.block.ends) return;
    own.block.steps.push_back(add_step(part, StepId::none));
    own.block.ends = true;
    own.steps.push_back({free_name(std::string(result_state)), {}, {}, 0, own.where, ir::Return{record(machine.result, own.where)}});
}

// --- values that a division adds

ValueId Machines::text(std::string_view what, ir::Op op, ir::Time time, Span where) {
    ir::Value v;
    v.op = op;
    v.time = time;
    v.type = types::id_of(types::TypeKind::String);
    v.where = where;
    v.chars = {what.data(), static_cast<uint32_t>(what.size())};
    return values_.add(v);
}

ValueId Machines::record(const std::vector<ir::Field>& fields, Span where) {
    ir::Value v;
    v.op = ir::Op::Record;
    v.type = types::id_of(types::TypeKind::Literals);
    v.where = where;
    for (const ir::Field& field : fields) v.time = std::max(v.time, values_[field.value].time);
    v.a = values_.add_fields(fields);
    v.b = static_cast<uint32_t>(fields.size());
    return values_.add(v);
}

}  // namespace zflow::split
