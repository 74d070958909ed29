#include "lower/fit.hpp"
#include "lower/machine.hpp"

namespace zflow::lower {

using ir::ValueId;
using types::TypeKind;

namespace {

constexpr size_t deepest = 3;   // records in records: further inside only the whole is looked at
constexpr std::string_view given = "$states.input";
/// Step Functions guide, connect-stepfunctions: who starts a pipeline from another one adds it.
constexpr std::string_view started_by = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

}  // namespace

/// Refuses an input that does not fit before anything is done, and binds each used field to a variable.
void Machine::inputs(Target start) {
    if (pipeline_.received.any) take_messages();
    bool checked = !pipeline_.is_part();   // a part is started by the machine that was checked
    begin_state(names_.plain("check input"), checked ? "Choice" : "Pass");
    if (checked) input_rules();
    bool used = false;
    for (uint32_t i = 0; i < pipeline_.inputs.size(); i++) used |= uses_.input(i);
    if (used) {
        begin_assign();
        for (uint32_t i = 0; i < pipeline_.inputs.size(); i++)
            if (uses_.input(i)) input_variable(pipeline_.inputs[i]);
        end_assign();
    }
    if (!checked) return next(start), end_state();
    otherwise(start);
    end_state();
    begin_state(names_.plain("invalid input"), "Fail");
    json_.key("Error"), json_.text("InvalidInput");
    json_.key("Cause"), json_.text("{% $states.input.problem %}");
    end_state();
}

void Machine::input_rules() {
    json_.key("Choices"), json_.begin_array();
    input_names_rule();
    for (const ir::PipelineInput& input : pipeline_.inputs) {
        std::string name(context_.names.text(input.name));
        bool null = context_.types.is_optional(input.type);
        part_rules({context_.types.without_none(input.type), member_of(std::string(given), name), name, "", may_lack(input), null}, 0);
    }
    json_.end_array();
}

/// A pipe hands over a list, also of a single message [EventBridge user guide, eb-pipes-batching-concurrency]. Who starts the
/// pipeline by hand gives its inputs as they are.
void Machine::take_messages() {
    begin_state(names_.plain("take messages"), "Pass");
    std::string input(given), list = "$type(" + input + ") = 'array' ? ";
    if (pipeline_.received.list == Symbol::none) list += input + "[0]";
    else list += "{'" + std::string(context_.names.text(pipeline_.received.list)) + "': " + input + "}";
    json_.key("Output"), json_.begin_expression(), json_.text_part(list + " : " + input), json_.end_expression();
    next(names_.plain("check input"));
    end_state();
}

bool Machine::may_lack(const ir::PipelineInput& input) const {
    return input.fallback != ValueId::none || context_.types.is_optional(input.type);
}

/// A name that is none of the inputs is a mistake: what was meant would keep its default unnoticed.
void Machine::input_names_rule() {
    std::string input(given), known = "'" + std::string(started_by) + "'", names;
    for (const ir::PipelineInput& i : pipeline_.inputs) {
        std::string name(context_.names.text(i.name));
        known.append(", '").append(name) += '\'';
        (names += names.empty() ? "" : ", ") += name;
    }
    input_rule("$type(" + input + ") != 'object'", "the input must be an object with the inputs by name: " + names);
    std::string others = "$filter($keys(" + input + "), function($k) { $not($k in [" + known + "]) })";
    input_rule("$count(" + others + ") > 0", "'no input is named ' & $join(" + others + ", ', ') & '; there are: " + names + "'", true);
}

/// True when the part is wrong; its members come after it, so that they are looked at only when it is an object.
void Machine::part_rules(const InputPart& part, size_t depth) {
    const types::Type& type = context_.types[part.type];
    bool record = (type.kind == TypeKind::Record || type.kind == TypeKind::Nominal) && depth < deepest;
    std::string fits = record ? "$type(" + part.subject + ") = 'object'" : fit_test(context_, part.type, part.subject);
    std::string there = "$exists(" + part.subject + ")" + (part.may_be_null ? " and " + part.subject + " != null" : "");
    std::string condition;
    if (!part.may_lack) condition = "$not($exists(" + part.subject + ")" + (fits.empty() ? ")" : " and " + fits + ")");
    else if (!fits.empty()) condition = there + " and $not(" + fits + ")";
    if (!condition.empty() && !part.guard.empty()) condition = part.guard + " and " + condition;
    if (!condition.empty()) input_rule(condition, part.label + (fits.empty() ? " must be given" : " must be " + fit_text(context_, part.type)));
    if (!record) return;
    std::string guard = part.guard;
    if (part.may_lack) (guard += guard.empty() ? "" : " and ") += there;
    for (const types::FieldType& field : type.fields) {
        std::string name(context_.names.text(field.name));
        bool null = context_.types.is_optional(field.type);
        part_rules({context_.types.without_none(field.type), member_of(part.subject, name), part.label + "." + name, guard,
                    field.fallback != 0 || null, null}, depth + 1);
    }
}

void Machine::input_rule(const std::string& condition, const std::string& problem, bool expression) {
    json_.begin_object();
    json_.key("Condition"), json_.begin_expression(), json_.text_part(condition), json_.end_expression();
    json_.key("Output"), json_.begin_object(), json_.key("problem");
    if (expression) json_.begin_expression(), json_.text_part(problem), json_.end_expression();
    else json_.text(problem);
    json_.end_object();
    next(names_.plain("invalid input"));
    json_.end_object();
}

void Machine::input_variable(const ir::PipelineInput& input) {
    std::string_view name = context_.names.text(input.name);
    std::string field = member_of("$states.input", name);
    bool date = !input.passed && context_.types.kind(context_.types.without_none(input.type)) == TypeKind::Date;
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
