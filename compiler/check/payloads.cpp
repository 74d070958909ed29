// What a state is started with and what it passes on has its limit: what is surely more is an error, what is more already when
// only a quarter of what may come is there is suspicious.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>

#include "check/extents.hpp"
#include "ir/visit.hpp"

namespace zflow::check {

namespace {

/// Step Functions Developer Guide, service quotas: bytes of the input or result of a state, in UTF-8.
constexpr double largest_payload = 262'144;
constexpr double share = 4;
constexpr double most_named = 1e15;   // more is not counted to the byte
constexpr double little = largest_payload / 64;   // from here on a call may send several of them

/// What is read of steps inside of each `parallel` by steps behind it: its branches hand that on together.
class HandedOn {
   public:
    HandedOn(const ir::Values& values, const ir::Pipeline& pipeline) : values_(values), pipeline_(pipeline) {
        for (const ir::Step& step : pipeline.steps) {
            reader_ = step.scope;
            seen_.clear();
            ir::each_value(step, [&](ir::ValueId value) { look(value); });
        }
    }

    std::map<ir::StepId, std::vector<ir::ValueId>> of;   ///< by the Parallel step, each once

   private:
    void look(ir::ValueId id) {
        if (id == ir::ValueId::none || !seen_.insert(static_cast<uint32_t>(id)).second) return;
        const ir::Value& v = values_[id];
        if (v.op == ir::Op::Result || v.op == ir::Op::Joined) return leaves(id, v);
        ir::each_operand(values_, id, [&](ir::ValueId part) { look(part); });
    }

    /// Every `parallel` on the way from where it was made to where it is read hands it on.
    void leaves(ir::ValueId id, const ir::Value& v) {
        if (v.a >= pipeline_.steps.size()) return;
        for (ir::ScopeId at = pipeline_.steps[v.a].scope; at != 0 && !holds(at, reader_); at = pipeline_.scopes[at].parent) {
            ir::StepId owner = pipeline_.scopes[at].owner;
            if (!std::holds_alternative<ir::Parallel>(pipeline_[owner].is)) continue;
            bool whole = v.b != 0 && known_.contains({owner, v.op, v.a, 0});   // then its part goes with it
            if (!whole && known_.insert({owner, v.op, v.a, v.b}).second) of[owner].push_back(id);
        }
    }
    bool holds(ir::ScopeId outer, ir::ScopeId inner) const {
        while (inner != 0 && inner != outer) inner = pipeline_.scopes[inner].parent;
        return inner == outer;
    }

    const ir::Values& values_;
    const ir::Pipeline& pipeline_;
    ir::ScopeId reader_ = 0;
    std::unordered_set<uint32_t> seen_;
    std::set<std::tuple<ir::StepId, ir::Op, uint32_t, uint32_t>> known_;   ///< what is in `of`, by what it is
};

class Payloads {
   public:
    Payloads(const Context& context, Extents& extents, const ir::Pipeline& pipeline) : c_(context), extents_(extents), pipeline_(pipeline) {}

    void check() {
        extents_.begin(pipeline_);
        input();
        for (size_t i = 0; i < pipeline_.steps.size(); i++)
            if (const auto* map = std::get_if<ir::Map>(&pipeline_.steps[i].is)) loop(static_cast<ir::StepId>(i), *map);
        if (large_) parallels();
        for (const ir::Step& step : pipeline_.steps) {
            if (const auto* task = std::get_if<ir::Task>(&step.is)) value(step, task->arguments, "what this sends");
            else if (const auto* result = std::get_if<ir::Return>(&step.is)) value(step, result->value, "this result");
        }
    }

   private:
    void input() {
        Extent all;
        for (const ir::PipelineInput& in : pipeline_.inputs)
            if (in.fallback == ir::ValueId::none) all = all + extents_.of(in.type);
        large_ |= all.most > little;
        if (all.least <= largest_payload) return;
        extents_.ignore_inputs();
        too_large(pipeline_.where, fmt::format("the input of `{}`", c_.names.text(pipeline_.name)), all)
            .help("put it in a bucket and take the location as the input");
    }

    void loop(ir::StepId id, const ir::Map& map) {
        Extent all = extents_.results(map);
        large_ |= all.most > little;
        if (!is_much(all)) return;
        extents_.ignore(id);
        Extent turns = extents_.turns(map);
        bool surely = all.least > largest_payload;
        std::string_view yield = map.result == ir::ValueId::none ? "leave behind" : "yield";
        auto report = too_large(pipeline_[id].where, fmt::format("what {} {} turns of this loop {}", turns.least < turns.most ? "up to" : "the",
                                                                 surely ? turns.least : turns.most, yield), all);
        if (map.distributed) report.help("have it written: `(results: s3(…))`; the loop's value is then where");
        else report.help("write it to a bucket in each turn and yield what is needed later");
    }

    /// Step Functions Developer Guide, service quotas: the result of a state, and all variables of one Assign together.
    void parallels() {
        HandedOn handed_on(c_.values, pipeline_);
        for (const auto& [id, values] : handed_on.of) {
            Extent all;
            for (ir::ValueId value : values) all = all + extents_.of(value);
            if (!is_much(all)) continue;
            for (ir::ValueId value : values) extents_.ignore(ir::StepId{c_.values[value].a});
            too_large(pipeline_[id].where, "what the branches of this `parallel` hand on together", all)
                .help("write it to a bucket in the branches and hand on where it is");
        }
    }

    void value(const ir::Step& step, ir::ValueId id, std::string_view what) {
        // constant text is all that is large, unless something is there that types or loops say it of
        if (!large_ && static_cast<double>(c_.sizes[id]) <= largest_payload) return;
        Extent all = extents_.of(id);
        if (is_much(all)) too_large(step.where, what, all).help("put it in a bucket and send the location");
    }

    /// More than fits, or more than fits when only a part of what has a limit is there.
    static bool is_much(Extent e) { return e.least > largest_payload || e.least + (e.most - e.least) / share > largest_payload; }

    DiagnosticBuilder too_large(Span where, std::string_view what, Extent e) {
        bool surely = e.least > largest_payload;
        auto bytes = static_cast<size_t>(std::min(surely ? e.least : e.most, most_named));
        size_t more = bytes - static_cast<size_t>(largest_payload);
        return surely ? c_.diagnostics.report(diag::PayloadTooLarge, where, what, bytes, more)
                      : c_.diagnostics.report(diag::PayloadCanBeTooLarge, where, what, bytes, more);
    }

    const Context& c_;
    Extents& extents_;
    const ir::Pipeline& pipeline_;
    bool large_ = false;   ///< something may be large that has little text
};

}  // namespace

void payloads(const Context& context) {
    Extents extents(context);
    for (const ir::Pipeline& pipeline : context.stack.pipelines) Payloads(context, extents, pipeline).check();
}

}  // namespace zflow::check
