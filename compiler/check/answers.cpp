// A condition on what a service answers: a word that it never says.
#include <algorithm>

#include "check/check.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;
using syntax::Operator;

schema::Shape part_of(const Context& c, schema::Shape whole, uint32_t path) {
    if (path == 0) return whole;
    const ir::Values::Path& step = c.values.path(path);
    schema::Shape of = part_of(c, whole, step.parent);
    if (!of || of.kind() != schema::Kind::Structure) return {};
    auto member = of.find(c.names.text(step.member));
    return member ? member->shape : schema::Shape();
}

class Conditions {
   public:
    Conditions(const Context& context, const ir::Pipeline& pipeline) : c_(context), pipeline_(pipeline) {}

    void look(ValueId id, unsigned depth = 0) {
        constexpr unsigned deepest = 64;
        const ir::Value& v = c_.values[id];
        if (depth > deepest) return;
        if (v.op == Op::Unary) return look(ValueId{v.a}, depth + 1);
        if (v.op != Op::Binary) return;
        ValueId a{v.a}, b{v.b};
        switch (Operator(v.sub)) {
            case Operator::And: case Operator::Or: return look(a, depth + 1), look(b, depth + 1);
            case Operator::Equal: case Operator::NotEqual: return compared(a, b), compared(b, a);
            case Operator::In:
                if (c_.values[b].op == Op::List)
                    for (ValueId item : c_.values.links(b)) compared(a, item);
                return;
            default: return;
        }
    }

   private:
    void compared(ValueId answer, ValueId text) {
        const ir::Value &a = c_.values[answer], &t = c_.values[text];
        if (a.op != Op::Result || t.op != Op::String || !c_.at_user(t.where, {}).known()) return;
        schema::Shape shape = answered(c_, pipeline_, a);
        if (!shape || shape.kind() != schema::Kind::String || !shape.has_enum() || shape.enum_contains(t.text())) return;
        auto report = c_.diagnostics.report(diag::UnknownRequestValue, t.where, t.text(), shape.name());
        std::vector<std::string_view> known(shape.enum_values().begin(), shape.enum_values().end());
        std::string_view near = closest(t.text(), known);
        if (near.empty()) return void(report.help("the service answers with \"{}\"", fmt::join(known, "\", \"")));
        report.help("did you mean \"{}\"?", near);
        if (c_.sources.text(t.where) == t.text()) report.fix(t.where, std::string(near), fmt::format("write \"{}\"", near));
    }

    const Context& c_;
    const ir::Pipeline& pipeline_;
};

}  // namespace

schema::Shape answered(const Context& c, const ir::Pipeline& pipeline, const ir::Value& result) {
    if (result.a >= pipeline.steps.size()) return {};
    const auto* task = std::get_if<ir::Task>(&pipeline.steps[result.a].is);
    return task && task->integration ? part_of(c, task->integration->output(), result.b) : schema::Shape();
}

void answers(const Context& context, const ir::Pipeline& pipeline) {
    Conditions conditions(context, pipeline);
    for (const ir::Step& step : pipeline.steps) {
        if (const auto* poll = std::get_if<ir::Poll>(&step.is)) conditions.look(poll->until);
        if (const auto* choice = std::get_if<ir::Choice>(&step.is))
            for (const ir::Choice::Arm& arm : choice->arms) conditions.look(arm.condition);
    }
}

}  // namespace zflow::check
