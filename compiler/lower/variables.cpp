#include "ir/joins.hpp"
#include "lower/values.hpp"

namespace zflow::lower {

/// What lowering adds to a step's variable stands after `__`, which no step's own variable holds.
void ValueWriter::name(const Variable& variable) {
    const ir::Step& step = pipeline_[variable.step];
    if (step.variable.empty()) code("step"), number(static_cast<int64_t>(variable.step));
    code(step.variable);
    switch (variable.kind) {
        case Variable::Result: return;
        case Variable::Join: return code("__"), code(context_.names.text(ir::joins_of(step)[variable.index].name));
        case Variable::Problem: return code("__problem");
        case Variable::Item: return code("__item");
        case Variable::Index: return code("__index");
        case Variable::Turn: return code("__turn");
        case Variable::Failure: return code("__failure");
        case Variable::Problems: return code("__problems");
        case Variable::Outer: return code("__outer");
    }
}

/// What stands before a name that is known in `home`: `$`, or in a distributed map what was handed to the turn.
void ValueWriter::root(ir::ScopeId home) {
    ir::StepId wall = uses_.wall(scope, home);
    if (wall == ir::StepId::none) return code("$");
    if (wall == entering) {
        bool batch = std::get<ir::Map>(pipeline_[wall].is).distributed->batch != ir::ValueId::none;
        return code(batch ? "$states.input.BatchInput." : "$states.input.outer.");
    }
    code("$"), name({Variable::Outer, wall}), code(".");
}

/// `$prepare.left.train`: what a branch handed out stands in its Parallel's variable under the branch's name.
void ValueWriter::read(const Variable& variable) {
    ir::ScopeId home = uses_.home(variable);
    if (home == scope) return code("$"), name(variable);
    auto way = uses_.way_out(home, scope);
    root(way.empty() ? home : pipeline_.scopes[way.back()].parent);
    for (size_t i = way.size(); i-- > 0;) {
        const ir::Scope& left = pipeline_.scopes[way[i]];
        const auto& parallel = std::get<ir::Parallel>(pipeline_[left.owner].is);
        name({Variable::Result, left.owner});
        member(context_.names.text(parallel.branches[left.branch].name));
        code(".");
    }
    name(variable);
}

}  // namespace zflow::lower
