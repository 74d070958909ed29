// What an Express workflow cannot do. Step Functions guide, choosing-workflow-type and service quotas.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

constexpr int64_t longest_express = 300;   // seconds an Express execution may run

bool waits(std::string_view resource) { return resource.find(".sync") != std::string_view::npos || resource.ends_with(".waitForTaskToken"); }
bool is_activity(std::string_view arn) { return arn.find(":activity:") != std::string_view::npos; }

}  // namespace

/// Why a step cannot be part of an Express workflow; "" when it can.
std::string Elaborator::not_in_express(const ir::Step& s) {
    auto too_long = [](std::optional<int64_t> seconds) { return seconds && *seconds > longest_express; };
    if (const auto* task = std::get_if<ir::Task>(&s.is)) {
        if (task->integration && task->integration->pattern() == schema::Pattern::WaitForTaskToken) return "waits for an answer with a task token";
        if (task->integration && task->integration->pattern() != schema::Pattern::Request) return "waits for the end of a job";
        if (!task->integration && waits_or_works_elsewhere(task->resource)) return "waits for work that is done elsewhere";
        // a kind's own limit is for all pipelines; what the user wrote is meant
        bool written = task->timeout != ValueId::none && values_[task->timeout].where.known() && !session_.sources.file(values_[task->timeout].where.file).library;
        if (written && too_long(const_integer(task->timeout))) return "may take longer than 5 minutes";
    } else if (const auto* map = std::get_if<ir::Map>(&s.is); map && map->distributed) {
        return "starts executions of its own, one for each turn";
    } else if (const auto* raw = std::get_if<ir::Raw>(&s.is)) {
        if (waits_or_works_elsewhere(raw->state)) return "waits for work that is done elsewhere";
    } else if (const auto* wait = std::get_if<ir::Wait>(&s.is)) {
        if (wait->seconds != ValueId::none && too_long(const_integer(wait->seconds))) return "waits for longer than 5 minutes";
    } else if (const auto* poll = std::get_if<ir::Poll>(&s.is)) {
        auto every = const_integer(poll->every), turns = const_integer(poll->turns);
        bool long_waits = poll->backoff > 1 ? too_long(const_integer(poll->up_to)) : every && turns && too_long((*turns - 1) * *every);
        if (long_waits) return "polls for longer than 5 minutes";
    }
    return "";
}

bool Elaborator::waits_or_works_elsewhere(ValueId value) {
    const Value v = values_[value];
    if (v.op == Op::String) return waits(v.text()) || is_activity(v.text());
    if (v.op == Op::Attribute) return stack_->resources[v.a].type == "AWS::StepFunctions::Activity";
    auto any = [&](ValueId part) { return waits_or_works_elsewhere(part); };
    if (v.op == Op::Concat || v.op == Op::List) {
        auto parts = values_.links(value);
        return std::any_of(parts.begin(), parts.end(), any);
    }
    if (v.op != Op::Record) return false;
    auto fields = values_.fields(value);
    return std::any_of(fields.begin(), fields.end(), [&](const ir::Field& f) {
        return (text(f.key) == "Resource" || values_[f.value].op == Op::Record || values_[f.value].op == Op::List) && any(f.value);
    });
}

void Elaborator::check_express() {
    Span express = pipeline_->express;
    if (!express.known()) return;
    constexpr std::string_view help = "take `express: true` out: a Standard workflow can do this";
    Span last;
    for (const ir::Step& s : pipeline_->steps) {
        std::string why = not_in_express(s);
        if (why.empty() || s.where == last) continue;   // a stage of several states is one mistake
        last = s.where;
        diagnostics_.report(diag::NotInExpress, s.where, why).label(express, "the pipeline is an Express workflow").help(std::string(help));
    }
    if (auto seconds = pipeline_->timeout == ValueId::none ? std::nullopt : const_integer(pipeline_->timeout); seconds && *seconds > longest_express)
        diagnostics_.report(diag::NotInExpress, values_[pipeline_->timeout].where, "has a timeout of more than 5 minutes").label(express, "the pipeline is an Express workflow").help(std::string(help));
    if (!pipeline_->cleanup.empty() && !last.known())
        diagnostics_.report(diag::NotInExpress, pipeline_->where, "has something to clean up, which is found in the history of an execution").label(express, "an Express workflow has no history").help(std::string(help));
}

}  // namespace zflow::elaborate
