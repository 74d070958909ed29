#include "lower/values.hpp"

namespace zflow::lower {

/// What lowering adds to a step's variable stands after `__`, which no step's own variable holds.
void ValueWriter::name(const Variable& variable) {
    const ir::Step& step = pipeline_[variable.step];
    if (step.variable.empty()) code("step"), number(static_cast<int64_t>(variable.step));
    code(step.variable);
    switch (variable.kind) {
        case Variable::Result: return;
        case Variable::Join: {
            const auto* choice = std::get_if<ir::Choice>(&step.is);
            const auto& joins = choice ? choice->joins : std::get<ir::Try>(step.is).joins;
            return code("__"), code(context_.names.text(joins[variable.index].name));
        }
        case Variable::Problem: return code("__problem");
        case Variable::Item: return code("__item");
        case Variable::Index: return code("__index");
        case Variable::Turn: return code("__turn");
    }
}

/// `$prepare.left.train`: what a branch handed out stands in its Parallel's variable under the branch's name.
void ValueWriter::read(const Variable& variable) {
    code("$");
    ir::ScopeId home = pipeline_[variable.step].scope;
    bool inside_map = variable.kind == Variable::Item || variable.kind == Variable::Index;   // never read elsewhere
    if (home != scope && !inside_map) {
        auto way = uses_.way_out(home, scope);
        for (size_t i = way.size(); i-- > 0;) {
            const ir::Scope& left = pipeline_.scopes[way[i]];
            const auto& parallel = std::get<ir::Parallel>(pipeline_[left.owner].is);
            name({Variable::Result, left.owner});
            member(context_.names.text(parallel.branches[left.branch].name));
            code(".");
        }
    }
    name(variable);
}

}  // namespace zflow::lower
