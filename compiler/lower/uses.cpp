#include "lower/uses.hpp"

#include <algorithm>
#include <new>

namespace zflow::lower {

using ir::Op;
using ir::ScopeId;
using ir::StepId;
using ir::ValueId;

Uses::Uses(const ir::Pipeline& pipeline, const ir::Values& values)
    : pipeline_(pipeline), values_(values), parts_(pipeline.steps.size()), flags_(pipeline.steps.size()),
      inputs_(pipeline.inputs.size()), depth_(pipeline.scopes.size()),
      exports_(std::max<size_t>(1, pipeline.scopes.size())),
      // fresh pages are zero already: only what this pipeline touches of the stack's values costs anything
      seen_(static_cast<uint32_t*>(std::calloc(values.size(), sizeof(uint32_t)))) {
    if (!seen_) throw std::bad_alloc();
    uint32_t joins = 0;
    first_join_.reserve(pipeline.steps.size());
    for (const ir::Step& step : pipeline.steps) {
        first_join_.push_back(joins);
        joins += static_cast<uint32_t>(joins_of(step));
    }
    joined_.resize(joins);
    for (size_t i = 1; i < depth_.size(); i++) depth_[i] = depth_[pipeline.scopes[i].parent] + 1;
    add_block(pipeline.block);
    drain();
}

size_t Uses::joins_of(const ir::Step& step) {
    if (const auto* choice = std::get_if<ir::Choice>(&step.is)) return choice->joins.size();
    if (const auto* attempt = std::get_if<ir::Try>(&step.is)) return attempt->joins.size();
    return 0;
}

bool Uses::any_join(StepId step) const {
    auto first = joined_.begin() + first_join_[at(step)];
    auto count = static_cast<std::ptrdiff_t>(joins_of(pipeline_[step]));
    return std::find(first, first + count, 1) != first + count;
}

void Uses::add_block(const ir::Block& block) {
    for (StepId id : block.steps) {
        add_step(id);
        drain();   // in order of the program, so that the parts of a result are too
    }
}

void Uses::add_step(StepId id) {
    const ir::Step& step = pipeline_[id];
    auto use = [&](ValueId value) { add(value, step.scope); };
    if (auto* task = std::get_if<ir::Task>(&step.is)) {
        use(task->heartbeat), use(task->timeout), use(task->arguments);
    } else if (auto* choice = std::get_if<ir::Choice>(&step.is)) {
        for (const auto& arm : choice->arms) use(arm.condition);
        drain();
        for (const auto& arm : choice->arms) add_block(arm.block);
    } else if (auto* parallel = std::get_if<ir::Parallel>(&step.is)) {
        for (const auto& branch : parallel->branches) add_block(branch.block);
    } else if (auto* map = std::get_if<ir::Map>(&step.is)) {
        use(map->at_most), use(map->items);
        drain();
        add_block(map->block);
    } else if (auto* poll = std::get_if<ir::Poll>(&step.is)) {
        add_block(poll->block);
        use(poll->turns), use(poll->every), use(poll->until);
    } else if (auto* guarded = std::get_if<ir::Try>(&step.is)) {
        add_block(guarded->block);
        for (const auto& handler : guarded->handlers) add_block(handler.block);
    } else if (auto* attempts = std::get_if<ir::Attempts>(&step.is)) {
        flags_[at(id)] |= UsesProblem;
        add_block(attempts->block);
    } else if (auto* wait = std::get_if<ir::Wait>(&step.is)) {
        use(wait->seconds), use(wait->timestamp);
    } else if (auto* fail = std::get_if<ir::Fail>(&step.is)) {
        use(fail->cause);
        if (fail->rethrow != StepId::none) flags_[at(fail->rethrow)] |= UsesProblem;
    } else if (auto* result = std::get_if<ir::Return>(&step.is)) {
        use(result->value);
    }
}

/// No recursion: values and joins may be chained as long as the program is.
void Uses::drain() {
    while (!pending_.empty()) {
        Pending next = pending_.back();
        pending_.pop_back();
        visit(next.value, next.scope);
    }
}

void Uses::visit(ValueId id, ScopeId scope) {
    const ir::Value& v = values_[id];
    uint32_t& seen = seen_[static_cast<uint32_t>(id)];
    if (v.time != ir::Time::Run || seen == scope + 1) return;
    seen = scope + 1;
    auto use = [&](uint32_t value) { add(ValueId{value}, scope); };
    switch (v.op) {   // the last one added is visited first
        case Op::List: case Op::Concat: case Op::Call: {
            auto links = values_.links(id);
            for (size_t i = links.size(); i-- > 0;) add(links[i], scope);
            break;
        }
        case Op::Record: {
            auto fields = values_.fields(id);
            for (size_t i = fields.size(); i-- > 0;) add(fields[i].value, scope);
            break;
        }
        case Op::Binary: case Op::Index: use(v.b), use(v.a); break;
        case Op::Unary: case Op::Member: use(v.a); break;
        case Op::Conditional: use(v.c), use(v.b), use(v.a); break;
        case Op::For: use(v.c), use(v.d), use(v.a); break;
        default: visit_leaf(v, scope);
    }
}

void Uses::visit_leaf(const ir::Value& v, ScopeId scope) {
    switch (v.op) {
        case Op::Input: inputs_[v.a] = 1; break;
        case Op::Result: use_result(v, scope); break;
        case Op::Item: flags_[v.a] |= UsesItem; break;
        case Op::ItemIndex: flags_[v.a] |= UsesIndex; break;
        case Op::Problem:
            flags_[v.a] |= UsesProblem;
            read({Variable::Problem, StepId{v.a}}, scope);
            break;
        case Op::Joined: use_join(StepId{v.a}, v.b, scope); break;
        case Op::Fresh:   // differs in every iteration of the maps around it
            for (ScopeId s = scope; s != 0; s = pipeline_.scopes[s].parent) {
                StepId owner = pipeline_.scopes[s].owner;
                if (std::holds_alternative<ir::Map>(pipeline_[owner].is)) flags_[at(owner)] |= UsesIndex;
            }
            break;
        default: break;
    }
}

void Uses::use_result(const ir::Value& v, ScopeId scope) {
    auto& parts = parts_[v.a];
    const ir::Step& step = pipeline_[StepId{v.a}];
    if (parts.empty()) {
        if (auto* bound = std::get_if<ir::Let>(&step.is)) add(bound->value, step.scope);
        if (auto* map = std::get_if<ir::Map>(&step.is)) add(map->result, map->scope);
    }
    auto known = std::find_if(parts.begin(), parts.end(), [&](const Part& p) { return p.path == v.b; });
    if (known == parts.end()) parts.push_back({v.b, v.optional});
    else known->optional |= v.optional;
    read({Variable::Result, StepId{v.a}}, scope);
}

void Uses::use_join(StepId id, uint32_t index, ScopeId scope) {
    const ir::Step& step = pipeline_[id];
    read({Variable::Join, id, index}, scope);
    uint8_t& used = joined_[first_join_[at(id)] + index];
    if (used) return;
    used = 1;
    const auto* choice = std::get_if<ir::Choice>(&step.is);
    const ir::Join& join = choice ? choice->joins[index] : std::get<ir::Try>(step.is).joins[index];
    for (size_t i = join.values.size(); i-- > 0;) add(join.values[i], step.scope);
}

bool Uses::inside(ScopeId inner, ScopeId outer) const {
    while (inner != outer && depth_[inner] > depth_[outer]) inner = pipeline_.scopes[inner].parent;
    return inner == outer;
}

std::vector<ScopeId> Uses::way_out(ScopeId from, ScopeId to) const {
    std::vector<ScopeId> way;
    for (; !inside(to, from); from = pipeline_.scopes[from].parent) way.push_back(from);
    return way;
}

void Uses::read(Variable variable, ScopeId scope) {
    ScopeId home = pipeline_[variable.step].scope;
    if (home == scope) return;
    for (ScopeId s : way_out(home, scope)) {
        auto& list = exports_[s];
        if (std::find(list.begin(), list.end(), variable) == list.end()) list.push_back(variable);
        variable = {Variable::Result, pipeline_.scopes[s].owner};
    }
}

}  // namespace zflow::lower
