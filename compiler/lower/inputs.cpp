#include "lower/fit.hpp"
#include "lower/machine.hpp"

namespace zflow::lower {

using ir::ValueId;
using types::TypeKind;

/// Refuses an input that does not fit before anything is done, and binds each used field to a variable.
void Machine::inputs(Target start) {
    bool rules = false, used = false;
    for (uint32_t i = 0; i < pipeline_.inputs.size(); i++) {
        used |= uses_.input(i);
        rules |= is_checked(pipeline_.inputs[i]);
    }
    begin_state(inputs_start(), rules ? "Choice" : "Pass");
    if (rules) {
        json_.key("Choices"), json_.begin_array();
        for (const ir::PipelineInput& input : pipeline_.inputs)
            if (is_checked(input)) input_rule(input);
        json_.end_array();
    }
    if (used) {
        begin_assign();
        for (uint32_t i = 0; i < pipeline_.inputs.size(); i++)
            if (uses_.input(i)) input_variable(pipeline_.inputs[i]);
        end_assign();
    }
    if (rules) otherwise(start);
    else next(start);
    end_state();
    if (!rules) return;
    begin_state(names_.plain("invalid input"), "Fail");
    json_.key("Error"), json_.text("InvalidInput");
    json_.key("Cause"), json_.text("{% $states.input.problem %}");
    end_state();
}

bool Machine::may_lack(const ir::PipelineInput& input) const {
    return input.fallback != ValueId::none || context_.types.is_optional(input.type);
}

bool Machine::is_checked(const ir::PipelineInput& input) const {
    return !may_lack(input) || !fit_test(context_, context_.types.without_none(input.type), "x").empty();
}

/// True when the field is wrong.
void Machine::input_rule(const ir::PipelineInput& input) {
    std::string field = member_of("$states.input", context_.names.text(input.name));
    types::TypeId type = context_.types.without_none(input.type);
    std::string fits = fit_test(context_, type, field), condition;
    if (!may_lack(input)) condition = "$not($exists(" + field + ")" + (fits.empty() ? ")" : " and " + fits + ")");
    else if (!context_.types.is_optional(input.type)) condition = "$exists(" + field + ") and $not(" + fits + ")";
    else condition = "$exists(" + field + ") and " + field + " != null and $not(" + fits + ")";
    json_.begin_object();
    json_.key("Condition"), json_.begin_expression(), json_.text_part(condition), json_.end_expression();
    json_.key("Output"), json_.begin_object(), json_.key("problem");
    std::string problem(context_.names.text(input.name));
    problem += fits.empty() ? " must be given" : " must be " + fit_text(context_, type);
    json_.text(problem), json_.end_object();
    next(names_.plain("invalid input"));
    json_.end_object();
}

void Machine::input_variable(const ir::PipelineInput& input) {
    std::string_view name = context_.names.text(input.name);
    std::string field = member_of("$states.input", name);
    bool date = context_.types.kind(context_.types.without_none(input.type)) == TypeKind::Date;
    bool optional = context_.types.is_optional(input.type);
    json_.key_text(input.variable);
    json_.begin_expression();
    if (may_lack(input)) {
        json_.code("$exists("), json_.text_part(field), json_.code(")");
        if (optional) json_.code(" and "), json_.text_part(field), json_.code(" != null");
        json_.code(" ? ");
    }
    if (date) json_.code("$substring(");
    json_.text_part(field);
    if (date) json_.code(", 0, 10)");
    if (may_lack(input)) json_.code(" : "), values_.expression(input.fallback);
    json_.end_expression();
}

}  // namespace zflow::lower
