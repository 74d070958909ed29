// Names of errors: which ones a step can raise, and whether what is retried or caught is one of them.
#include <algorithm>
#include <functional>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

// Step Functions guide, concepts-error-handling: IntervalSeconds, MaxDelaySeconds.
constexpr int64_t longest_interval = 99'999'999, longest_delay = 31'622'400;

/// Step Functions guide, concepts-error-handling.
constexpr std::string_view reserved_errors[] = {
    "States.ALL", "States.BranchFailed", "States.DataLimitExceeded", "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout", "States.Http.Socket", "States.IntrinsicFailure", "States.ItemReaderFailed",
    "States.NoChoiceMatched", "States.ParameterPathFailure", "States.Permissions", "States.QueryEvaluationError",
    "States.ResultPathMatchFailure", "States.ResultWriterFailed", "States.Runtime", "States.TaskFailed", "States.Timeout"};

/// The sections "Common Errors" of the services' API references: any operation may answer with them.
constexpr std::string_view common_errors[] = {
    "AccessDeniedException", "ExpiredTokenException", "IncompleteSignatureException", "InternalFailureException",
    "InternalServerErrorException", "InternalServerException", "InvalidClientTokenIdException", "MalformedHttpRequestException",
    "NotAuthorizedException", "OptInRequiredException", "RequestAbortedException", "RequestEntityTooLargeException",
    "RequestExpiredException", "RequestTimeoutException", "SdkClientException", "ServiceUnavailableException",
    "ThrottlingException", "ThrottlingExceptionException", "TooManyRequestsException", "UnknownOperationException",
    "UnrecognizedClientException", "ValidationErrorException", "ValidationException"};

bool is_http_status(std::string_view name) {
    constexpr std::string_view status = "States.Http.StatusCode.";
    return name.starts_with(status) && name.size() == status.size() + 3 &&
           std::all_of(name.begin() + status.size(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view prefix_of(std::string_view name) {
    size_t dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

/// The names of `on: [Lambda.Transient, "MyError"]`, where a group is a list of them.
void each_name(const ir::Values& values, ValueId on, const std::function<void(ValueId)>& take) {
    for (ValueId name : values.links(on)) {
        if (values[name].op == Op::List) each_name(values, name, take);
        else take(name);
    }
}

}  // namespace

void Elaborator::add_raised(const ir::Block& block, Raised& to) {
    for (StepId id : block.steps) add_raised(id, to);
}

void Elaborator::add_raised(StepId id, Raised& to) {
    const auto& is = step(id).is;
    if (const auto* task = std::get_if<ir::Task>(&is)) {
        bool answered = !task->integration || task->integration->pattern() == schema::Pattern::WaitForTaskToken;
        if (answered) return void(to.any = true);   // whoever answers names the error
        bool own_names = false;
        for (const schema::ErrorAdvice error : task->integration->errors()) {
            if (error.name == "*") to.any = true;
            own_names |= !error.name.starts_with("States.");
            to.names.push_back(error.name);
        }
        to.any_service |= !own_names;   // nobody wrote down how the service calls its errors here
    } else if (std::holds_alternative<ir::Raw>(is)) {
        to.any = true;
    } else if (const auto* choice = std::get_if<ir::Choice>(&is)) {
        for (const auto& arm : choice->arms) add_raised(arm.block, to);
    } else if (const auto* parallel = std::get_if<ir::Parallel>(&is)) {
        for (const auto& branch : parallel->branches) add_raised(branch.block, to);
    } else if (const auto* map = std::get_if<ir::Map>(&is)) {
        add_raised(map->block, to);
    } else if (const auto* poll = std::get_if<ir::Poll>(&is)) {
        to.names.push_back(poll->error);
        add_raised(poll->block, to);
    } else if (const auto* guarded = std::get_if<ir::Try>(&is)) {
        add_raised(guarded->block, to);
        for (const auto& handler : guarded->handlers) add_raised(handler.block, to);
    } else if (const auto* attempts = std::get_if<ir::Attempts>(&is)) {
        add_raised(attempts->block, to);
    } else if (const auto* fail = std::get_if<ir::Fail>(&is)) {
        to.names.push_back(fail->error);
    } else if (const auto* check = std::get_if<ir::Check>(&is)) {
        to.names.push_back(check->error);
    }
}

/// What is not in the lists of a service may be newer than they are, unless it looks like one that is.
bool Elaborator::can_raise(const Raised& raised, std::string_view name, std::string_view& meant) {
    if (raised.any || name.starts_with("States.")) return true;
    if (std::find(raised.names.begin(), raised.names.end(), name) != raised.names.end()) return true;
    meant = closest(name, raised.names);
    std::string_view prefix = prefix_of(name);
    if (prefix.empty()) return false;
    if (raised.any_service) return true;
    bool of_service = std::any_of(raised.names.begin(), raised.names.end(), [&](auto known) { return prefix_of(known) == prefix; });
    bool common = std::find(std::begin(common_errors), std::end(common_errors), name.substr(prefix.size() + 1)) != std::end(common_errors);
    return of_service && (common || meant.empty());
}

void Elaborator::report_never_raised(const Raised& raised, std::string_view name, std::string_view meant, Span where) {
    if (has_unread()) return;
    auto report = diagnostics_.report(diag::NeverRaised, where, name);
    if (!meant.empty()) return void(report.help(fmt::format("did you mean `{}`?", meant)));
    std::vector<std::string_view> known = raised.names;
    std::sort(known.begin(), known.end());
    known.erase(std::unique(known.begin(), known.end()), known.end());
    constexpr size_t shown = 12;
    if (known.empty()) report.help("nothing here raises an error of its own; `States.TaskFailed` and `States.Timeout` are always possible");
    else report.help(fmt::format("what can be raised is `{}`{}, and Step Functions' own `States.…`",
                                 fmt::join(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(std::min(shown, known.size())), "`, `"), known.size() > shown ? ", …" : ""));
}

/// The rules of a retry as the user wrote them. A group of the library has names for several services: one is enough.
void Elaborator::check_raised(ValueId rules, const Raised& raised) {
    if (raised.any || values_[rules].op != Op::List) return;
    auto of_library = [&](ValueId value) { return !values_[value].where.known() || session_.sources.file(values_[value].where.file).library; };
    if (of_library(rules)) return;
    if (recording_) recording_->breaks();   // where the parts of the rules stand decides too
    for (ValueId rule : values_.links(rules)) {
        ValueId on = values_[rule].op == Op::Record ? values_.field(rule, known_.on) : ValueId::none;
        if (on == ValueId::none || values_[on].op != Op::List) continue;
        bool group_fits = false;
        ValueId group = ValueId::none;
        each_name(values_, on, [&](ValueId name) {
            auto written = const_text(name);
            std::string_view meant;
            bool possible = !written || can_raise(raised, *written, meant);
            if (of_library(name)) {
                group_fits |= possible;
                if (group == ValueId::none) group = name;
            } else if (!possible) {
                report_never_raised(raised, *written, meant, values_[name].where);
            }
        });
        if (group == ValueId::none || group_fits) continue;
        report_never_raised(raised, *const_text(group), {}, of_library(on) ? values_[rules].where : values_[on].where);
    }
}

/// Names that begin with `States.` are Step Functions' own, and some cannot be had.
void Elaborator::check_reserved(std::string_view name, Span where) {
    if (!name.starts_with("States.") || is_http_status(name)) return;
    if (name == "States.Runtime") {
        diagnostics_.report(diag::ReservedError, where, name).help("Step Functions never retries and never catches it");
        return;
    }
    std::vector<std::string_view> known(std::begin(reserved_errors), std::end(reserved_errors));
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    auto report = diagnostics_.report(diag::UnknownError, where, name);
    if (auto near = closest(name, known); !near.empty()) report.help(fmt::format("did you mean \"{}\"?", near));
    else report.help("names that begin with `States.` are Step Functions' own");
}

ir::RetryRules Elaborator::retry_rules(ValueId list, Span where) {
    if (is_error(list) || is_null(list)) return {};
    auto asked = static_cast<uint32_t>(list);
    if (recording_) recording_->sees_all(list);
    if (auto before = retry_memo_.find(asked); before != retry_memo_.end()) return before->second;
    DeclarationRef d = session_.modules.library.find(known_.Retry);
    TypeId rules_type = types_.list(declared_type(d));
    if (!is_of(values_[list], rules_type)) list = coerce(list, rules_type, where);   // a setting was checked where it was given
    Span given = values_[list].where.known() ? values_[list].where : where;
    if (is_error(list) || !known_by(list, Time::Const, given, "a retry rule")) return {};
    std::vector<ir::RetryRule> rules;
    Span everything;
    auto written = [&](ValueId on, ValueId rule) {   // `on: States.All` is a value of the library
        Span at = values_[on].where;
        return at.known() && !session_.sources.file(at.file).library ? at : values_[rule].where;
    };
    for (uint32_t i = 0; i < values_[list].b; i++) {
        ValueId rule = values_.links(list)[i];
        ir::RetryRule r;
        ValueId on = values_.field(rule, known_.on);
        std::vector<std::string_view> errors;
        each_name(values_, on, [&](ValueId e) {
            if (auto t = const_text(e)) errors.push_back(*t), check_reserved(*t, values_[e].where);
        });
        if (errors.empty()) {
            diagnostics_.report(diag::OutOfRange, values_[on].where, "a retry without an error to retry on").help("name the errors, or `States.All` for every one");
            continue;
        }
        bool all = std::find(errors.begin(), errors.end(), "States.ALL") != errors.end();
        if (all && errors.size() > 1) diagnostics_.report(diag::CatchAllPlace, written(on, rule)).help("`States.All` stands for every error: leave the others out, or leave it out");
        if (everything.known()) diagnostics_.report(diag::CatchAllPlace, everything).label(values_[rule].where, "this rule is never asked").help("put the rule for every error last");
        everything = all ? written(on, rule) : Span{};
        auto asked_before = [&](std::string_view name) {
            return std::any_of(rules.begin(), rules.end(), [&](const ir::RetryRule& before) { return std::find(before.errors.begin(), before.errors.end(), name) != before.errors.end(); });
        };
        if (Span at = written(on, rule); std::all_of(errors.begin(), errors.end(), asked_before) && at.known() && !session_.sources.file(at.file).library)
            diagnostics_.report(diag::Unreachable, at).help("a rule before it is for the same errors, and the first one that fits is taken");
        r.errors = values_.keep(errors);
        r.attempts = const_integer(values_.field(rule, known_.attempts)).value_or(3);
        r.interval = const_integer(values_.field(rule, known_.interval)).value_or(1);
        r.backoff = const_number(values_.field(rule, known_.backoff)).value_or(2);
        r.max_delay = const_integer(values_.field(rule, known_.max_delay)).value_or(0);
        r.jitter = const_bool(values_.field(rule, known_.jitter)).value_or(false);
        if (r.interval < 1) {
            diagnostics_.report(diag::OutOfRange, values_[values_.field(rule, known_.interval)].where, "`interval` must be at least 1s");
            r.interval = 1;
        }
        if (r.interval > longest_interval)
            diagnostics_.report(diag::OutOfRange, values_[values_.field(rule, known_.interval)].where, fmt::format("`interval` is at most {}s", longest_interval));
        if (r.max_delay > longest_delay)
            diagnostics_.report(diag::OutOfRange, values_[values_.field(rule, known_.max_delay)].where, fmt::format("`max_delay` is at most {}s, 366 days", longest_delay));
        else if (r.max_delay && r.max_delay <= r.interval)
            diagnostics_.report(diag::OutOfRange, values_[values_.field(rule, known_.max_delay)].where, "`max_delay` must be longer than `interval`");
        rules.push_back(r);
    }
    return retry_memo_.emplace(asked, values_.keep(rules)).first->second;
}

}  // namespace zflow::elaborate
