#include "split/machines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ir/visit.hpp"

namespace zflow::split {

using ir::StepId;
using ir::ValueId;

namespace {

constexpr std::string_view output_member = "Output";   // of what the call of a machine answers

}  // namespace

Machines::Machines(ir::Stack& stack, ir::Values& values, types::TypeTable& types, Interner& names, Rewritten& rewritten,
                   uint32_t index, ir::Pipeline head, std::shared_ptr<const ir::Pipeline> whole, const Plan& plan)
    : stack_(stack), values_(values), types_(types), names_(names), index_(index), whole_(std::move(whole)), plan_(plan),
      started_by_(names.intern("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID")), machines_(1),
      rewritten_(rewritten), first_number_(rewritten.machines), home_(whole_->steps.size()), number_(whole_->steps.size(), StepId::none),
      scope_(whole_->scopes.size()) {
    machines_[0].pipeline = std::move(head);
    for (const ir::Step& step : whole_->steps) state_names_.insert(step.name);
}

void Machines::divide() {
    Machine& own = machines_[0];
    own.pipeline.scopes.assign(1, {});
    own.pipeline.whole = whole_;
    own.passed.resize(whole_->inputs.size());
    lay_out(whole_->block, 0);
    for (uint32_t i = 0; i < whole_->steps.size(); i++)
        if (number_[i] != StepId::none) copy(StepId{i});
    machines_[0].pipeline.block = copied(whole_->block);
    for (auto& [block, runs] : plan_)   // each writes to its own part: their order makes no difference
        for (const Run& run : runs) {
            Machine& part = machines_[part_at_.at(static_cast<uint32_t>(block->steps[run.first]))];
            for (size_t i = run.first; i < run.first + run.count; i++)
                part.pipeline.block.steps.push_back(number_[static_cast<size_t>(block->steps[i])]);
            part.pipeline.block.ends = block->ends && run.first + run.count == block->steps.size();
        }
    for (uint32_t p = 1; p < machines_.size(); p++) finish(p);
    rewritten_.machines += static_cast<uint32_t>(machines_.size());
    for (Machine& machine : machines_) {
        bool works = std::any_of(machine.pipeline.steps.begin(), machine.pipeline.steps.end(), [&](const ir::Step& step) {
            auto at = static_cast<size_t>(&step - machine.pipeline.steps.data());
            return std::holds_alternative<ir::Task>(step.is) && machine.pipeline.origin[at] != StepId::none;
        });
        if (!works) machine.pipeline.cleanup.clear();   // it only runs others, which have their own
    }
    stack_.pipelines[index_] = std::move(machines_[0].pipeline);
    for (size_t p = 1; p < machines_.size(); p++) stack_.pipelines.push_back(std::move(machines_[p].pipeline));
}

// --- steps

void Machines::lay_out(const ir::Block& block, uint32_t machine) {
    auto planned = plan_.find(&block);
    size_t next = 0, end = 0;
    uint32_t part = 0;
    for (size_t i = 0; i < block.steps.size(); i++) {
        if (planned != plan_.end() && next < planned->second.size() && planned->second[next].first == i) {
            const Run& run = planned->second[next++];
            part = add_part(block, run, machine);
            end = i + run.count;
        }
        lay_out(block.steps[i], i < end ? part : machine);
    }
}

void Machines::lay_out(StepId id, uint32_t machine) {
    auto at = static_cast<size_t>(id);
    const ir::Step& step = (*whole_)[id];
    home_[at] = machine;
    number_[at] = reserve_step(machine, id);
    auto add_scope = [&](ir::ScopeId scope) {
        std::vector<ir::Scope>& scopes = machines_[machine].pipeline.scopes;
        const ir::Scope& old = whole_->scopes[scope];
        scope_[scope] = static_cast<ir::ScopeId>(scopes.size());
        scopes.push_back({scope_in(machine, old.parent), number_[at], old.branch});
    };
    if (const auto* map = std::get_if<ir::Map>(&step.is)) add_scope(map->scope);
    if (const auto* parallel = std::get_if<ir::Parallel>(&step.is))
        for (const auto& branch : parallel->branches) add_scope(branch.scope);
    each_block(step, [&](const ir::Block& inner) { lay_out(inner, machine); });
}

StepId Machines::add_step(uint32_t machine, ir::Step step, StepId origin) {
    ir::Pipeline& pipeline = machines_[machine].pipeline;
    pipeline.steps.push_back(std::move(step));
    pipeline.origin.push_back(origin);
    return StepId{static_cast<uint32_t>(pipeline.steps.size() - 1)};
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

/// A machine, and in its caller `try { call part } catch { fail with what the part failed with }`.
uint32_t Machines::add_part(const ir::Block& block, const Run& run, uint32_t caller) {
    auto part = static_cast<uint32_t>(machines_.size());
    StepId first = block.steps[run.first];
    part_at_[static_cast<uint32_t>(first)] = part;
    Machine& machine = machines_.emplace_back();
    machine.caller = caller;
    machine.root = (*whole_)[first].scope;
    std::string_view known = names_.text(whole_->name);
    std::string name = fmt::format("{}_part_{}", known, part);
    auto taken = [&](const ir::Pipeline& p) { return names_.text(p.name) == name; };
    while (std::any_of(stack_.pipelines.begin(), stack_.pipelines.end(), taken)) name += "_";
    ir::Pipeline& p = machine.pipeline;
    p.name = names_.intern(name);
    p.logical_id = free_id(whole_->logical_id, part);
    p.comment = values_.keep(fmt::format("Part {} of {}", part, known));
    p.scopes.assign(1, {});
    size_t behind = run.first + run.count;   // steps are numbered in the order of the program
    if (behind < block.steps.size() && block.steps[behind] > first)
        p.steps.reserve(static_cast<size_t>(block.steps[behind]) - static_cast<size_t>(first) + 1);
    p.access = whole_->access;
    p.grants = whole_->grants;
    p.cleanup = whole_->cleanup;
    p.where = whole_->where;
    p.part_of = index_;
    p.whole = whole_;

    std::string_view state = free_name(fmt::format("part {}", part));
    std::string_view variable = values_.keep(fmt::format("part__{}", part));   // no step's own has `__`
    ir::Step step{state, variable, {}, scope_in(caller, machine.root), (*whole_)[first].where, ir::Let{}};
    machine.call = add_step(caller, step, StepId::none);
    step.name = free_name(fmt::format("part {} failed", part));
    step.variable = {};
    machines_[part].failed = add_step(caller, step, StepId::none);
    step.name = free_name(fmt::format("part {} tried", part));
    step.variable = values_.keep(fmt::format("part__{}_tried", part));
    machines_[part].caught = add_step(caller, step, StepId::none);
    return part;
}

void Machines::copy(StepId id) {
    auto at = static_cast<size_t>(id);
    uint32_t machine = home_[at];
    ir::Step step = (*whole_)[id];
    step.scope = scope_in(machine, step.scope);
    if (!std::holds_alternative<ir::Task>(step.is)) {   // most steps are, and have no blocks
        std::vector<const ir::Block*> blocks;
        each_block((*whole_)[id], [&](const ir::Block& block) { blocks.push_back(&block); });
        size_t next = 0;
        each_block(step, [&](ir::Block& block) { block = copied(*blocks[next++]); });
    }
    each_value(step, [&](ValueId& value) { value = rewrite(machine, value); });
    if (auto* map = std::get_if<ir::Map>(&step.is)) map->scope = scope_[map->scope];
    if (auto* parallel = std::get_if<ir::Parallel>(&step.is))
        for (auto& branch : parallel->branches) branch.scope = scope_[branch.scope];
    machines_[machine].pipeline[number_[at]] = std::move(step);
}

/// Its steps under their new numbers, a part's call in the place of the part.
ir::Block Machines::copied(const ir::Block& block) {
    ir::Block out{{}, block.ends};
    auto planned = plan_.find(&block);
    size_t next = 0;
    for (size_t i = 0; i < block.steps.size();) {
        if (planned != plan_.end() && next < planned->second.size() && planned->second[next].first == i) {
            uint32_t part = part_at_.at(static_cast<uint32_t>(block.steps[i]));
            out.steps.push_back(machines_[part].caught);
            i += planned->second[next++].count;
            if (i == block.steps.size()) out.ends = false;   // the call goes on, as far as anybody can see
        } else {
            out.steps.push_back(number_[static_cast<size_t>(block.steps[i++])]);
        }
    }
    return out;
}

/// The call of a part, now that it is known what it takes, and the part's own last step.
void Machines::finish(uint32_t part) {
    Machine& machine = machines_[part];
    hand_back(machine);
    ir::Pipeline& caller = machines_[machine.caller].pipeline;
    std::vector<ir::Field> inputs;
    for (size_t i = 0; i < machine.passed.size(); i++)
        inputs.push_back({machine.pipeline.inputs[i].name, machine.passed[i]});
    Span where = caller[machine.call].where;
    inputs.push_back({started_by_, text("Execution.Id", ir::Op::Context, ir::Time::Run, where)});
    ir::Value arn;
    arn.op = ir::Op::MachineArn;
    arn.time = ir::Time::Deploy;
    arn.type = types::id_of(types::TypeKind::Arn);
    arn.where = where;
    arn.a = static_cast<uint32_t>(stack_.pipelines.size()) + part - 1;
    ir::Task task{*schema::find_integration("states", "startExecution", schema::Pattern::Sync2)};
    task.arguments = record({{names_.intern("StateMachineArn"), values_.add(arn)},
                             {names_.intern("Input"), record(inputs, where)}}, where);
    caller[machine.call].is = std::move(task);
    ir::Fail failed;
    failed.rethrow = machine.caught;
    caller[machine.failed].is = failed;
    ir::Try guarded;
    guarded.block.steps = {machine.call};
    guarded.handlers.push_back({{"States.TaskFailed"}, {{machine.failed}, true}});
    guarded.unwraps = true;
    caller[machine.caught].is = std::move(guarded);
}

void Machines::hand_back(Machine& machine) {
    ir::Block& block = machine.pipeline.block;
    if (machine.result.empty() || block.ends) return;
    Span where = machine.pipeline.where;
    ir::Step step{free_name("result"), {}, {}, 0, where, ir::Return{record(machine.result, where)}};
    block.steps.push_back(add_step(static_cast<uint32_t>(&machine - machines_.data()), std::move(step), StepId::none));
    block.ends = true;
}

// --- values

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

ir::ScopeId Machines::scope_in(uint32_t machine, ir::ScopeId scope) const {
    return scope == machines_[machine].root ? 0 : scope_[scope];
}

/// The value as `machine` can say it.
ValueId Machines::rewrite(uint32_t machine, ValueId id) {
    if (values_[id].time != ir::Time::Run) return id;
    Rewritten::Entry& known = rewritten_.entries[static_cast<size_t>(id)];
    if (known.machine == first_number_ + machine) return known.now;
    ir::Value v = values_[id];
    bool same = true;
    auto part = [&](uint32_t& operand) {
        ValueId now = rewrite(machine, ValueId{operand});
        same = same && now == ValueId{operand};
        operand = static_cast<uint32_t>(now);
    };
    ValueId result = id;
    switch (v.op) {
        case ir::Op::Record: result = rewrite_record(machine, id); break;
        case ir::Op::List: case ir::Op::Concat: case ir::Op::Call: {
            auto links = values_.links(id);
            std::vector<ValueId> now(links.begin(), links.end());
            for (ValueId& link : now) {
                ValueId old = link;
                link = rewrite(machine, old);
                same = same && link == old;
            }
            if (!same) v.a = values_.add_links(now), result = values_.add(v);
            break;
        }
        case ir::Op::Binary: case ir::Op::Index: part(v.a), part(v.b); break;
        case ir::Op::Unary: case ir::Op::Member: part(v.a); break;
        case ir::Op::Conditional: part(v.a), part(v.b), part(v.c); break;
        case ir::Op::For: part(v.a), part(v.c), part(v.d); break;
        case ir::Op::Input: case ir::Op::Result: case ir::Op::Item: case ir::Op::Raw: case ir::Op::ItemIndex: case ir::Op::Problem:
        case ir::Op::Joined: case ir::Op::Context:
            result = leaf(machine, id);
            break;
        default: break;
    }
    if (!same && result == id) result = values_.add(v);
    known = {first_number_ + machine, result};
    return result;
}

ValueId Machines::rewrite_record(uint32_t machine, ValueId id) {
    auto fields = values_.fields(id);
    std::vector<ir::Field> now(fields.begin(), fields.end());
    bool same = true;
    for (ir::Field& field : now) {
        if (field.key == started_by_) continue;   // the machine that runs another one is meant
        ValueId old = field.value;
        field.value = rewrite(machine, old);
        same = same && field.value == old;
    }
    if (same) return id;
    ir::Value v = values_[id];
    v.a = values_.add_fields(now);
    return values_.add(v);
}

/// The machine that knows the value.
uint32_t Machines::home_of(const ir::Value& v, uint32_t machine) const {
    if (v.op == ir::Op::Input) return 0;
    if (v.op == ir::Op::Context) {
        // names and times of the execution that was started from outside; the rest is the state's own
        bool execution = v.text().starts_with("Execution.") || v.text().starts_with("StateMachine.");
        return execution ? 0 : machine;
    }
    return home_[v.a];
}

bool Machines::contains(uint32_t machine, uint32_t other) const {
    while (other != machine && other != 0) other = machines_[other].caller;
    return other == machine;
}

ValueId Machines::leaf(uint32_t machine, ValueId id) {
    uint32_t home = home_of(values_[id], machine);
    if (home == machine) return local(id);
    if (!contains(machine, home)) return passed_in(machine, id);
    while (machines_[home].caller != machine) home = machines_[home].caller;
    return taken_out(home, id);
}

ValueId Machines::local(ValueId id) {
    ir::Value v = values_[id];
    if (v.op == ir::Op::Input || v.op == ir::Op::Context) return id;
    v.a = static_cast<uint32_t>(number_[v.a]);
    return v.a == values_[id].a ? id : values_.add(v);
}

/// A value of the part, in the caller.
ValueId Machines::taken_out(uint32_t part, ValueId id) {
    ir::Value v = values_[id];
    std::string key = identity(v);
    auto known = machines_[part].outputs.find(key);
    if (known == machines_[part].outputs.end()) {
        ValueId inside = leaf(part, id);
        std::string_view name = name_for(machines_[part], v);
        machines_[part].result.push_back({names_.intern(name), inside});
        known = machines_[part].outputs.emplace(key, name).first;
    }
    uint32_t whole = values_.path(0, names_.intern(output_member));
    ir::Value out = v;
    out.op = ir::Op::Result;
    out.sub = 0;
    out.a = static_cast<uint32_t>(machines_[part].call);
    out.b = values_.path(whole, names_.intern(known->second));
    out.c = out.d = 0;
    return values_.add(out);
}

/// A value of the caller, or of somebody further out, in the machine.
ValueId Machines::passed_in(uint32_t machine, ValueId id) {
    ir::Value v = values_[id];
    auto [known, fresh] = machines_[machine].inputs.try_emplace(identity(v), 0);
    if (fresh) {
        uint32_t number = known->second = static_cast<uint32_t>(machines_[machine].passed.size());
        std::string_view name = name_for(machines_[machine], v);
        ir::PipelineInput input;
        input.name = names_.intern(name);
        input.type = v.optional ? types_.optional(v.type) : v.type;
        input.where = v.where;
        input.variable = name;
        input.passed = true;
        machines_[machine].passed.push_back(ValueId::none);
        machines_[machine].pipeline.inputs.push_back(input);
        ValueId outside = leaf(machines_[machine].caller, id);
        machines_[machine].passed[number] = outside;
    }
    ir::Value out = v;
    out.op = ir::Op::Input;
    out.sub = 0;
    out.a = machines_[machine].inputs.at(identity(v));
    out.b = out.c = out.d = 0;
    return values_.add(out);
}

std::string Machines::identity(const ir::Value& v) const {
    if (v.op == ir::Op::Context) return std::string(v.text());
    return fmt::format("{} {} {} {}", static_cast<int>(v.op), v.a, v.op == ir::Op::Input ? 0 : v.b,
                       v.op == ir::Op::Problem ? v.c : 0);
}

/// After what the value is in the program: `train_ModelArtifacts`.
std::string_view Machines::name_for(Machine& machine, const ir::Value& v) {
    std::string name;
    if (v.op == ir::Op::Input) {
        name = whole_->inputs[v.a].variable;
    } else if (v.op == ir::Op::Context) {
        for (char c : v.text()) name += c == '.' ? '_' : c;
    } else {
        const ir::Step& step = (*whole_)[StepId{v.a}];
        name = step.variable.empty() ? fmt::format("step{}", v.a) : step.variable;
        std::string path;
        if (v.op == ir::Op::Result)
            for (uint32_t at = v.b; at != 0; at = values_.path(at).parent)
                path = fmt::format("_{}{}", names_.text(values_.path(at).member), path);
        if (v.op == ir::Op::Joined) {
            const auto* choice = std::get_if<ir::Choice>(&step.is);
            const auto& joins = choice ? choice->joins : std::get<ir::Try>(step.is).joins;
            path = fmt::format("_{}", names_.text(joins[v.b].name));
        }
        if (v.op == ir::Op::Item) path = "_item";
        if (v.op == ir::Op::ItemIndex) path = "_index";
        if (v.op == ir::Op::Problem) path = v.c == 2 ? "_problems" : v.c ? "_cause" : "_error";
        name += path;
    }
    constexpr size_t longest = 70;   // a variable has at most 80 characters [SFN:service-quotas]
    for (char& c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
    if (name.size() > longest) name.resize(longest);
    if (machine.taken.empty())
        for (ir::StepId origin : machine.pipeline.origin)
            if (origin != StepId::none) machine.taken.insert((*whole_)[origin].variable);
    std::string free = name;
    for (size_t n = 2; machine.taken.contains(free); n++) free = fmt::format("{}_{}", name, n);
    return *machine.taken.insert(values_.keep(free)).first;
}

}  // namespace zflow::split
