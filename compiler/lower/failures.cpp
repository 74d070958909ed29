#include <algorithm>
#include <cmath>

#include "lower/machine.hpp"

namespace zflow::lower {

using ir::StepId;
using ir::ValueId;

namespace {

/// A machine that runs another one is told of its failure by `States.TaskFailed`, with the description of the execution
/// as JSON text [SFN:connect-stepfunctions]: the error and the cause in it are those that people know.
constexpr std::string_view problem_of_part =
    "{% ($problem := $states.errorOutput; $part := $substring($problem.Cause, 0, 1) = '{' ? $parse($problem.Cause) : {}; "
    "{'Error': $exists($part.Error) ? $part.Error : $problem.Error, "
    "'Cause': $exists($part.Cause) ? $part.Cause : $problem.Cause}) %}";

}  // namespace

void Machine::error_names(ir::ErrorNames errors) {
    json_.key("ErrorEquals"), json_.begin_array();
    for (std::string_view error : errors) json_.text(error);
    json_.end_array();
}

/// `raised`: whether an error of that name can leave the state.
template <typename Raised>
void Machine::catchers(Raised raised) {
    bool any = false;
    handlers([&](const Handler& handler) {
        if (std::none_of(handler.errors.begin(), handler.errors.end(), raised)) return true;
        if (!any) json_.key("Catch"), json_.begin_array();
        any = true;
        reach(handler);
        json_.begin_object();
        error_names(handler.errors);
        assign_problem_caught(handler);
        next(handler.target);
        json_.end_object();
        return !handler.takes_all();
    });
    if (any) json_.end_array();
}

/// No service raises what `poll` does.
void Machine::task_catchers() {
    catchers([](std::string_view error) { return !error.starts_with("Poll."); });
}

void Machine::scope_catchers() {
    catchers([](std::string_view) { return true; });
}

void Machine::assign_problem_caught(const Handler& handler) {
    if (!handler.keeps_problem) return;
    begin_assign();
    variable_key(handler.problem());
    const auto* guarded = std::get_if<ir::Try>(&pipeline_[handler.owner].is);
    if (guarded && guarded->unwraps) {
        json_.text(problem_of_part);
        return end_assign();
    }
    json_.begin_object();
    json_.key("Error"), json_.text("{% $states.errorOutput.Error %}");
    json_.key("Cause"), json_.text("{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}");   // whoever answers need not give one
    json_.end_object();
    end_assign();
}

/// `cause`: what the user wrote, or none and then `text`.
void Machine::assign_problem(const Handler& handler, std::string_view error, ValueId cause, std::string_view text) {
    if (!handler.keeps_problem) return;
    begin_assign();
    variable_key(handler.problem()), json_.begin_object();
    json_.key("Error"), json_.text(error);
    json_.key("Cause");
    if (cause != ValueId::none) values_.value(cause);
    else json_.text(text);
    json_.end_object();
    end_assign();
}

void Machine::assign_problem_again(const Handler& handler, StepId from) {
    if (!handler.keeps_problem) return;
    begin_assign();
    variable_key(handler.problem());
    json_.begin_expression(), values_.read({Variable::Problem, from}), json_.end_expression();
    end_assign();
}

/// `fail`: goes to the handler around it that names the error, as a failing task would.
void Machine::write_step(StepId id, const ir::Fail& fail) {
    const ir::Step& step = pipeline_[id];
    if (fail.rethrow != StepId::none) {
        Target failed = names_.of(id, ".failed");
        bool around = false, taken = false;
        handlers([&](const Handler& handler) {
            around = true;
            taken = handler.takes_all();
            if (!taken) return false;
            reach(handler);
            begin_state(step.name, "Pass", step.comment), assign_problem_again(handler, fail.rethrow);
            next(handler.target), end_state();
            return false;
        });
        if (taken) return;
        if (!around) return fail_state(step.name, fail.rethrow);
        begin_state(step.name, "Choice", step.comment);
        json_.key("Choices"), json_.begin_array();
        if (raise_again(fail.rethrow, failed)) fail_state(failed, fail.rethrow);
        return;
    }
    bool caught = false;
    handlers([&](const Handler& handler) {
        if (!takes(handler.errors, fail.error)) return true;
        caught = true;
        reach(handler);
        begin_state(step.name, "Pass", step.comment);
        assign_problem(handler, fail.error, fail.cause, fail.error);
        next(handler.target);
        end_state();
        return false;
    });
    if (caught) return;
    begin_state(step.name, "Fail", step.comment);
    json_.key("Error"), json_.text(fail.error);
    const ir::Value& cause = context_.values[fail.cause];
    bool empty = cause.op == ir::Op::Null || (cause.op == ir::Op::String && cause.text().empty());
    if (!empty) member("Cause", fail.cause);
    end_state();
}

void Machine::fail_state(Target name, StepId from) {
    begin_state(name, "Fail");
    for (std::string_view part : {"Error", "Cause"}) {
        json_.key(part), json_.begin_expression(), values_.read({Variable::Problem, from});
        json_.code("."), json_.code(part), json_.end_expression();
    }
    end_state();
}

/// In a Choice whose list of rules is open: hands the problem kept by `from` to the handlers around. Ends the state;
/// says whether `failed` is needed.
bool Machine::raise_again(StepId from, Target failed) {
    bool open = true;
    handlers([&](const Handler& handler) {
        reach(handler);
        if (handler.takes_all()) {
            json_.end_array();
            assign_problem_again(handler, from);
            otherwise(handler.target);
            return open = false;
        }
        json_.begin_object();
        json_.key("Condition"), json_.begin_expression();
        problem_test(from, handler.errors);
        json_.end_expression();
        assign_problem_again(handler, from);
        next(handler.target);
        json_.end_object();
        return true;
    });
    if (open) json_.end_array(), otherwise(failed);
    end_state();
    return open;
}

void Machine::problem_test(StepId from, ir::ErrorNames errors) {
    bool wildcard = takes(errors, ""), timeouts = takes(errors, "States.Timeout");
    if (wildcard && timeouts) return json_.code("true");
    values_.read({Variable::Problem, from});
    if (wildcard) return json_.code(".Error != 'States.Timeout'");
    json_.code(".Error in [");
    bool first = true;
    for (std::string_view error : errors) {
        if (!first) json_.code(", ");
        first = false;
        values_.literal(error);
    }
    json_.code(timeouts ? ", 'States.HeartbeatTimeout']" : "]");
}

void Machine::start_counter(Target name, StepId id, std::string_view comment) {
    begin_state(name, "Pass", comment);
    begin_assign();
    variable_key({Variable::Turn, id}), json_.integer(0);
    end_assign();
    next(flow_.entry(id, 0));
    end_state();
}

void Machine::add_turn(StepId id) {
    begin_assign();
    variable_key({Variable::Turn, id}), json_.begin_expression();
    values_.read({Variable::Turn, id}), json_.code(" + 1"), json_.end_expression();
    end_assign();
    next(flow_.entry(id, 0));
}

void Machine::write_step(StepId id, const ir::Poll& poll) {
    const ir::Step& step = pipeline_[id];
    Target wait = names_.of(id, ".wait"), timed_out;
    std::string_view cause = "the condition did not hold after the last turn";
    if (flow_.poll_partner(id) == StepId::none) start_counter(names_.of(id, ".start"), id);
    values_.loops.push_back({Variable::Turn, id});
    block(poll.block);
    begin_state(step.name, "Choice", step.comment);
    json_.key("Choices"), json_.begin_array();
    json_.begin_object(), json_.key("Condition"), values_.condition(poll.until);
    next(flow_.solid(flow_.next(id), step.scope)), json_.end_object();
    json_.begin_object(), json_.key("Condition"), json_.begin_expression();
    if (poll.turns == ValueId::none) waited(id, poll), json_.code(" < "), values_.expression(poll.up_to, CompareBinding + 1);
    else values_.read({Variable::Turn, id}), json_.code(" + 1 < "), values_.expression(poll.turns, CompareBinding + 1);
    json_.end_expression(), next(wait), json_.end_object(), json_.end_array();
    bool caught = false;
    handlers([&](const Handler& handler) {
        if (!takes(handler.errors, poll.error)) return true;
        caught = true;
        reach(handler);
        assign_problem(handler, poll.error, ValueId::none, cause);
        otherwise(handler.target);
        return false;
    });
    if (!caught) otherwise(timed_out = names_.of(id, ".timed out"));
    end_state();
    values_.loops.pop_back();
    begin_state(wait, "Wait");
    json_.key("Seconds"), pause(id, poll);
    add_turn(id);
    end_state();
    if (caught) return;
    begin_state(timed_out, "Fail");
    json_.key("Error"), json_.text(poll.error), json_.key("Cause"), json_.text(cause);
    end_state();
}

/// every * backoff ^ turn, in whole seconds; when only the machine knows how long that may go on, no more than is left.
void Machine::pause(StepId id, const ir::Poll& poll) {
    if (poll.backoff == 1) return values_.value(poll.every);
    bool bounded = poll.turns == ValueId::none;
    json_.begin_expression();
    json_.code(bounded ? "$floor($min([" : "$floor(");
    values_.expression(poll.every, MultiplyBinding), json_.code(" * "), growth(id, poll);
    if (bounded) json_.code(", "), values_.expression(poll.up_to, AddBinding), json_.code(" - "), waited(id, poll), json_.code("])");
    json_.code(")");
    json_.end_expression();
}

void Machine::growth(StepId id, const ir::Poll& poll) {
    json_.code("$power("), json_.number(poll.backoff), json_.code(", "), values_.read({Variable::Turn, id}), json_.code(")");
}

/// The sum of the waits so far.
void Machine::waited(StepId id, const ir::Poll& poll) {
    values_.expression(poll.every, MultiplyBinding), json_.code(" * ("), growth(id, poll), json_.code(" - 1) / ");
    json_.number(std::round((poll.backoff - 1) * 1e9) / 1e9);   // 1.05 - 1 is 0.05000000000000004
}

void Machine::write_step(StepId id, const ir::Attempts& attempts) {
    start_counter(names_.of(id, ".first"), id, pipeline_[id].comment);
    frames_.push_back({id, true});
    values_.loops.push_back({Variable::Turn, id});
    block(attempts.block);
    values_.loops.pop_back();
    frames_.pop_back();
    Target failed = names_.of(id, ".failed");
    bool fails = false;
    for (size_t i = 0; i < attempts.rules.size(); i++) {
        if (!reached_[flow_.slot(id, 1 + i)]) continue;
        Target wait = names_.numbered(id, ".wait", i);
        begin_state(names_.numbered(id, ".again", i), "Choice");
        json_.key("Choices"), json_.begin_array();
        json_.begin_object(), json_.key("Condition"), json_.begin_expression();
        values_.read({Variable::Turn, id}), json_.code(" < "), json_.number(attempts.rules[i].attempts);
        json_.end_expression(), next(wait), json_.end_object();
        fails |= raise_again(id, failed);
        begin_state(wait, "Wait");
        json_.key("Seconds"), delay(id, attempts.rules[i]);
        add_turn(id);
        end_state();
    }
    if (fails) fail_state(failed, id);
}

/// interval * backoff ^ turn, at most max_delay; a Wait takes whole seconds only.
void Machine::delay(StepId id, const ir::RetryRule& rule) {
    if (rule.backoff == 1 && !rule.jitter) return json_.integer(rule.interval);
    bool fraction = rule.jitter || rule.backoff != std::floor(rule.backoff);
    json_.begin_expression();
    if (fraction) json_.code("$floor(");
    if (rule.max_delay > 0) json_.code("$min([");
    json_.number(rule.interval), json_.code(" * $power("), json_.number(rule.backoff), json_.code(", ");
    values_.read({Variable::Turn, id}), json_.code(")");
    if (rule.max_delay > 0) json_.code(", "), json_.number(rule.max_delay), json_.code("])");
    if (rule.jitter) json_.code(" * $random()");
    if (fraction) json_.code(")");
    json_.end_expression();
}

}  // namespace zflow::lower
