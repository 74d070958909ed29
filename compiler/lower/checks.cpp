// Data from outside that has to have the type it is said to have: a rule for each member, so that the message names it.
#include "lower/fit.hpp"
#include "lower/machine.hpp"

namespace zflow::lower {

using types::TypeId;
using types::TypeKind;

namespace {

struct Rule {
    std::string wrong;     ///< JSONata, true when it does not fit
    std::string problem;
};

constexpr size_t deepest_member = 4;

void add_rules(const Context& context, TypeId type, const std::string& subject, const std::string& path, bool may_lack,
               std::vector<Rule>& out, size_t depth) {
    const types::Type& t = context.types[context.types.without_none(type)];
    bool record = (t.kind == TypeKind::Record || t.kind == TypeKind::Nominal) && depth < deepest_member && !may_lack;
    std::string fits = record ? "$type(" + subject + ") = 'object'" : fit_test(context, context.types.without_none(type), subject);
    std::string expected = record ? "a record" : fit_text(context, context.types.without_none(type));
    std::string there = "$exists(" + subject + ")";
    std::string must = path + (fits.empty() ? " must be given" : " must be " + expected);
    if (!may_lack) out.push_back({"$not(" + there + (fits.empty() ? ")" : " and " + fits + ")"), must});
    else if (!fits.empty()) out.push_back({there + " and " + subject + " != null and $not(" + fits + ")", must});
    if (!record) return;
    for (const types::FieldType& f : t.fields) {
        std::string_view name = context.names.text(f.name);
        bool optional = context.types.is_optional(f.type) || f.fallback;
        add_rules(context, f.type, member_of(subject, name), path + "." + std::string(name), optional, out, depth + 1);
    }
}

}  // namespace

/// The variable that holds a bound value of the scope that is being written.
std::string Machine::variable_text(ir::ValueId id) const {
    const ir::Value& v = context_.values[id];
    const ir::Step& step = pipeline_[ir::StepId{v.a}];
    std::string name = "$" + std::string(step.variable);
    if (v.op != ir::Op::Joined) return name;
    const auto& joins = std::get<ir::Try>(step.is).joins;
    return name + "__" + std::string(context_.names.text(joins[v.b].name));
}

void Machine::write_step(ir::StepId id, const ir::Check& check) {
    const ir::Step& step = pipeline_[id];
    std::string subject = variable_text(check.value);
    std::vector<Rule> rules;
    add_rules(context_, context_.types.without_none(check.type), subject, std::string(check.what), false, rules, 0);
    bool optional = context_.types.is_optional(check.type), caught = false;
    Target invalid = names_.of(id, ".invalid");
    begin_state(step.name, "Choice", step.comment);
    json_.key("Choices"), json_.begin_array();
    for (const Rule& rule : rules) {
        json_.begin_object();
        json_.key("Condition"), json_.begin_expression();
        json_.text_part(optional ? subject + " != null and " + rule.wrong : rule.wrong);
        json_.end_expression();
        caught = false;
        handlers([&](const Handler& handler) {
            if (!takes(handler.errors, check.error)) return true;
            caught = true;
            reach(handler);
            assign_problem(handler, check.error, ir::ValueId::none, rule.problem);
            next(handler.target);
            return false;
        });
        if (!caught) {
            json_.key("Output"), json_.begin_object(), json_.key("problem"), json_.text(rule.problem), json_.end_object();
            next(invalid);
        }
        json_.end_object();
    }
    json_.end_array();
    no_output();
    otherwise(flow_.solid(flow_.next(id), step.scope));
    end_state();
    if (caught) return;
    begin_state(invalid, "Fail");
    json_.key("Error"), json_.text(check.error);
    json_.key("Cause"), json_.text("{% $states.input.problem %}");
    end_state();
}

}  // namespace zflow::lower
