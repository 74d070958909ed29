#include "lower/uses.hpp"

#include <algorithm>

namespace zflow::lower {

using ir::Op;
using ir::ScopeId;
using ir::StepId;
using ir::ValueId;

Uses::Uses(const ir::Pipeline& pipeline, const ir::Values& values, Marks& marks)
    : pipeline_(pipeline), values_(values), parts_(pipeline.steps.size()), flags_(pipeline.steps.size()),
      inputs_(pipeline.inputs.size()), depth_(pipeline.scopes.size()),
      exports_(std::max<size_t>(1, pipeline.scopes.size())), captures_(pipeline.steps.size()),
      marks_(marks), first_mark_(marks.taken + 1) {
    if (marks.of_values.size() < values.size()) marks.of_values.resize(values.size());
    marks.taken += static_cast<uint32_t>(exports_.size());
    uint32_t joins = 0;
    first_join_.reserve(pipeline.steps.size());
    for (const ir::Step& step : pipeline.steps) {
        first_join_.push_back(joins);
        joins += static_cast<uint32_t>(join_count(step));
        if (const auto* map = std::get_if<ir::Map>(&step.is)) walls_ |= bool(map->distributed);
    }
    joined_.resize(joins);
    for (size_t i = 1; i < depth_.size(); i++) depth_[i] = depth_[pipeline.scopes[i].parent] + 1;
    add_block(pipeline.block);
    drain();
}

size_t Uses::join_count(const ir::Step& step) {
    if (const auto* choice = std::get_if<ir::Choice>(&step.is)) return choice->joins.size();
    if (const auto* attempt = std::get_if<ir::Try>(&step.is)) return attempt->joins.size();
    return 0;
}

bool Uses::any_join(StepId step) const {
    auto first = joined_.begin() + first_join_[at(step)];
    auto count = static_cast<std::ptrdiff_t>(join_count(pipeline_[step]));
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
    } else if (auto* raw = std::get_if<ir::Raw>(&step.is)) {
        use(raw->state);
    } else if (auto* choice = std::get_if<ir::Choice>(&step.is)) {
        for (const auto& arm : choice->arms) use(arm.condition);
        drain();
        for (const auto& arm : choice->arms) add_block(arm.block);
    } else if (auto* parallel = std::get_if<ir::Parallel>(&step.is)) {
        for (const auto& branch : parallel->branches) add_block(branch.block);
    } else if (auto* map = std::get_if<ir::Map>(&step.is)) {
        if (const auto& far = map->distributed; far) {
            for (ValueId v : {far->writer, far->tolerated_percentage, far->tolerated_count, far->batch}) use(v);
            use(far->reader_config), use(far->reader);
            if (far->writer != ValueId::none) add(map->result, map->scope);
        }
        use(map->at_most);
        if (!map->distributed || map->distributed->reader == ValueId::none) use(map->items);
        drain();
        add_block(map->block);
    } else if (auto* poll = std::get_if<ir::Poll>(&step.is)) {
        add_block(poll->block);
        use(poll->turns), use(poll->up_to), use(poll->every), use(poll->until);
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
    } else if (auto* check = std::get_if<ir::Check>(&step.is)) {
        use(check->value);
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
    uint32_t& seen = marks_.of_values[static_cast<uint32_t>(id)];
    if (seen == first_mark_ + scope) return;
    seen = first_mark_ + scope;
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
        case Op::For: add(values_.loop(v).body, scope), add(values_.loop(v).filter, scope), use(v.a); break;
        default: visit_leaf(v, scope);
    }
}

void Uses::visit_leaf(const ir::Value& v, ScopeId scope) {
    switch (v.op) {
        case Op::Input:
            inputs_[v.a] = 1;
            capture({.kind = Capture::Input, .input = v.a}, 0, scope);
            break;
        case Op::Result: use_result(v, scope); break;
        case Op::Item: use_item(StepId{v.a}, scope); break;
        case Op::ItemIndex: use_index(StepId{v.a}, scope); break;
        case Op::Problem: use_problem(v, scope); break;
        case Op::Joined: use_join(StepId{v.a}, v.b, scope); break;
        case Op::Context:
            capture({.kind = Capture::Context, .context = v.text()}, 0, scope);
            break;
        case Op::Fresh:   // differs in every iteration of the maps around it; a child execution is another one anyway
            for (ScopeId s = scope; s != 0 && !distributed(s); s = pipeline_.scopes[s].parent) {
                StepId owner = pipeline_.scopes[s].owner;
                if (std::holds_alternative<ir::Map>(pipeline_[owner].is)) flags_[at(owner)] |= UsesIndex;
            }
            break;
        default: break;
    }
}

void Uses::use_item(StepId id, ScopeId scope) {
    const auto& map = std::get<ir::Map>(pipeline_[id].is);
    if (!item(id) && map.distributed) add(map.distributed->decode, map.scope);
    flags_[at(id)] |= UsesItem;
    read({Variable::Item, id}, scope);
}

void Uses::use_index(StepId id, ScopeId scope) {
    flags_[at(id)] |= UsesIndex;
    read({Variable::Index, id}, scope);
}

void Uses::use_problem(const ir::Value& v, ScopeId scope) {
    StepId id{v.a};
    if (std::holds_alternative<ir::Map>(pipeline_[id].is)) {
        flags_[v.a] |= UsesProblems;
        return read({Variable::Problems, id}, scope);
    }
    if (std::holds_alternative<ir::Parallel>(pipeline_[id].is)) return read({Variable::Failure, id, v.b}, scope);
    flags_[v.a] |= UsesProblem;
    read({Variable::Problem, id}, scope);
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
    read({Variable::Result, StepId{v.a}}, scope, {v.b, v.optional});
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

ScopeId Uses::home(const Variable& variable) const {
    const ir::Step& step = pipeline_[variable.step];
    bool inside = variable.kind == Variable::Item || variable.kind == Variable::Index || variable.kind == Variable::Outer;
    bool failure = variable.kind == Variable::Failure;
    if (const auto* map = inside || failure ? std::get_if<ir::Map>(&step.is) : nullptr) return map->scope;
    if (failure) return std::get<ir::Parallel>(step.is).branches[variable.index].scope;
    return step.scope;
}

const ir::Map* Uses::distributed(ScopeId scope) const {
    if (scope == 0) return nullptr;
    const auto* map = std::get_if<ir::Map>(&pipeline_[pipeline_.scopes[scope].owner].is);
    return map && map->distributed ? map : nullptr;
}

StepId Uses::wall(ScopeId from, ScopeId home) const {
    if (!walls_) return StepId::none;
    for (ScopeId s = from; s != home && s != 0; s = pipeline_.scopes[s].parent)
        if (distributed(s)) return pipeline_.scopes[s].owner;
    return StepId::none;
}

/// Handed through every distributed map between `scope`, which is inside of `home`, and `home`.
void Uses::capture(const Capture& what, ScopeId home, ScopeId scope) {
    if (!walls_) return;
    for (ScopeId s = scope; s != home && s != 0; s = pipeline_.scopes[s].parent) {
        if (!distributed(s)) continue;
        auto& list = captures_[at(pipeline_.scopes[s].owner)];
        auto known = std::find(list.begin(), list.end(), what);
        if (known == list.end()) list.push_back(what);
        else known->part.optional |= what.part.optional;
    }
}

void Uses::read(Variable variable, ScopeId scope, Part part) {
    ScopeId from = home(variable);
    if (from == scope) return;
    for (ScopeId s : way_out(from, scope)) {
        auto& list = exports_[s];
        if (std::find(list.begin(), list.end(), variable) == list.end()) list.push_back(variable);
        variable = {Variable::Result, pipeline_.scopes[s].owner};
        from = pipeline_.scopes[s].parent;
        part = {0, false};
    }
    capture({.kind = Capture::Named, .variable = variable, .part = part}, from, scope);
}

}  // namespace zflow::lower
