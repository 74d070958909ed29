#include <fmt/format.h>

#include <algorithm>

#include "ir/joins.hpp"
#include "split/machines.hpp"

// Values of a divided pipeline: what a machine does not know itself is passed in by its caller, or comes out of a part.

namespace zflow::split {

using ir::StepId;
using ir::ValueId;

namespace {

constexpr std::string_view output_member = "Output";   // of what the call of a machine answers

}  // namespace

/// The value as `machine` can say it.
ValueId Machines::rewrite(uint32_t machine, ValueId id) {
    constexpr uint64_t large = 4096;
    if (values_[id].time != ir::Time::Run) return id;
    if (sizes_[id] < large) return rewritten(machine, id);
    // one that is made of another one twice, which is made of another one twice, … is looked at once
    auto [known, fresh] = large_.try_emplace(uint64_t{machine} << 32 | static_cast<uint32_t>(id));
    ValueId& now = known->second;
    if (fresh) now = rewritten(machine, id);
    return now;
}

ValueId Machines::rewritten(uint32_t machine, ValueId id) {
    switch (values_[id].op) {
        case ir::Op::Record: return rewrite_fields(machine, id);
        case ir::Op::List: case ir::Op::Concat: case ir::Op::Call: return rewrite_links(machine, id);
        case ir::Op::Binary: case ir::Op::Index: return rewrite_operands(machine, id, {&ir::Value::a, &ir::Value::b});
        case ir::Op::Unary: case ir::Op::Member: return rewrite_operands(machine, id, {&ir::Value::a});
        case ir::Op::Conditional: return rewrite_operands(machine, id, {&ir::Value::a, &ir::Value::b, &ir::Value::c});
        case ir::Op::For: return rewrite_loop(machine, id);
        case ir::Op::Input: case ir::Op::Result: case ir::Op::Item: case ir::Op::Raw: case ir::Op::ItemIndex: case ir::Op::Problem:
        case ir::Op::Joined: case ir::Op::Context:
            return leaf(machine, id);
        default: return id;
    }
}

ValueId Machines::rewrite_links(uint32_t machine, ValueId id) {
    const size_t first = members_.size();
    bool same = true;
    std::span<const ValueId> links = values_.links(id);
    for (size_t i = 0; i < links.size(); i++) {
        members_.push_back(links[i]);
        if (values_[links[i]].time != ir::Time::Run) continue;
        ValueId now = members_.back() = rewrite(machine, links[i]);
        links = values_.links(id);   // they move when there are more
        same = same && now == links[i];
    }
    ValueId result = same ? id : with_members(id, first);
    members_.resize(first);
    return result;
}

ValueId Machines::rewrite_fields(uint32_t machine, ValueId id) {
    const size_t first = members_.size();
    bool same = true;
    std::span<const ir::Field> fields = values_.fields(id);
    for (size_t i = 0; i < fields.size(); i++) {
        members_.push_back(fields[i].value);
        // the machine that runs another one is meant, whichever that is
        if (values_[fields[i].value].time != ir::Time::Run || fields[i].key == started_by_) continue;
        ValueId now = members_.back() = rewrite(machine, fields[i].value);
        fields = values_.fields(id);   // they move when there are more
        same = same && now == fields[i].value;
    }
    ValueId result = same ? id : with_members(id, first);
    members_.resize(first);
    return result;
}

/// The value with what stands in `members_` from `first` on in the place of its own.
ValueId Machines::with_members(ValueId id, size_t first) {
    auto now = [&](uint32_t i) { return members_[first + i]; };
    ir::Value& v = values_.add_copy(id);
    v.a = v.op == ir::Op::Record ? values_.copy_fields(id, now) : values_.copy_links(id, now);
    return values_.last();
}

ValueId Machines::rewrite_loop(uint32_t machine, ValueId id) {
    ir::Value now = values_[id];
    ir::Values::Loop old = values_.loop(now);
    ValueId source = rewrite(machine, ValueId{now.a});
    ir::Values::Loop loop{rewrite(machine, old.body), rewrite(machine, old.filter)};
    if (source == ValueId{now.a} && loop.body == old.body && loop.filter == old.filter) return id;
    now.a = static_cast<uint32_t>(source);
    now.c = values_.add_loop(loop);
    return values_.add(now);
}

ValueId Machines::rewrite_operands(uint32_t machine, ValueId id, std::initializer_list<uint32_t ir::Value::*> operands) {
    ir::Value now = values_[id];
    bool same = true;
    for (auto operand : operands) {
        auto old = ValueId{now.*operand};
        ValueId part = rewrite(machine, old);
        same = same && part == old;
        now.*operand = static_cast<uint32_t>(part);
    }
    return same ? id : values_.add(now);
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
    Identity key = identity(v);
    auto known = machines_[part].outputs.find(key);
    if (known == machines_[part].outputs.end()) {
        ValueId inside = leaf(part, id);
        Symbol name = names_.intern(name_for(part, v));
        machines_[part].result.push_back({name, inside});
        known = machines_[part].outputs.emplace(key, name).first;
    }
    uint32_t whole = values_.path(0, names_.intern(output_member));
    ir::Value out = v;
    out.op = ir::Op::Result;
    out.sub = 0;
    out.a = static_cast<uint32_t>(machines_[part].call);
    out.b = values_.path(whole, known->second);
    out.c = 0;
    return values_.add(out);
}

/// A value of the caller, or of somebody further out, in the machine.
ValueId Machines::passed_in(uint32_t machine, ValueId id) {
    ir::Value v = values_[id];
    auto [known, fresh] = machines_[machine].inputs.try_emplace(identity(v), 0);
    const uint32_t number = fresh ? static_cast<uint32_t>(machines_[machine].passed.size()) : known->second;
    if (fresh) {
        known->second = number;
        std::string_view name = name_for(machine, v);
        ir::PipelineInput input;
        input.name = names_.intern(name);
        input.type = v.optional ? types_.optional(v.type) : v.type;
        input.where = v.where;
        input.variable = name;
        input.passed = true;
        machines_[machine].passed.push_back(ValueId::none);
        pipeline(machine).inputs.push_back(input);
        ValueId outside = leaf(machines_[machine].caller, id);
        machines_[machine].passed[number] = outside;
    }
    ir::Value out = v;
    out.op = ir::Op::Input;
    out.sub = 0;
    out.a = number;
    out.b = out.c = 0;
    return values_.add(out);
}

Machines::Identity Machines::identity(const ir::Value& v) {
    auto op = static_cast<uint32_t>(v.op);
    if (v.op == ir::Op::Context) return {op, static_cast<uint32_t>(names_.intern(v.text())), 0, 0};
    return {op, v.a, v.op == ir::Op::Input ? 0 : v.b, v.op == ir::Op::Problem ? v.c : 0};
}

/// After what the value is in the program: `train_ModelArtifacts`.
std::string_view Machines::name_for(uint32_t machine, const ir::Value& v) {
    std::string name;
    if (v.op == ir::Op::Input) {
        name = pipeline(0).inputs[v.a].variable;
    } else if (v.op == ir::Op::Context) {
        for (char c : v.text()) name += c == '.' ? '_' : c;
    } else {
        const ir::Step& step = (*whole_)[StepId{v.a}];
        name = step.variable.empty() ? fmt::format("step{}", v.a) : step.variable;
        std::string path;
        if (v.op == ir::Op::Result)
            for (uint32_t at = v.b; at != 0; at = values_.path(at).parent)
                path = fmt::format("_{}{}", names_.text(values_.path(at).member), path);
        if (v.op == ir::Op::Joined) path = fmt::format("_{}", names_.text(ir::joins_of(step)[v.b].name));
        if (v.op == ir::Op::Item) path = "_item";
        if (v.op == ir::Op::ItemIndex) path = "_index";
        if (v.op == ir::Op::Problem) path = v.c == 2 ? "_problems" : v.c ? "_cause" : "_error";
        name += path;
    }
    constexpr size_t longest = 70;   // a variable has at most 80 characters [SFN:service-quotas]
    for (char& c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) c = '_';
    if (name.size() > longest) name.resize(longest);
    std::vector<std::string_view>& given = machines_[machine].given;
    auto taken = [&](std::string_view other) {
        auto is_variable = [&](StepId step) { return step != StepId::none && (*whole_)[step].variable == other; };
        const std::vector<StepId>& steps = pipeline(machine).origin;
        return std::find(given.begin(), given.end(), other) != given.end() || std::any_of(steps.begin(), steps.end(), is_variable);
    };
    std::string free = name;
    for (size_t n = 2; taken(free); n++) free = fmt::format("{}_{}", name, n);
    return given.emplace_back(values_.keep(free));
}

}  // namespace zflow::split
