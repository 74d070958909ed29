// Maps: what a turn gets, where it runs, what becomes of its result.
#include <algorithm>
#include <utility>

#include "lower/machine.hpp"

namespace zflow::lower {

using ir::ScopeId;
using ir::StepId;
using ir::ValueId;

void Machine::write_step(StepId id, const ir::Map& map) {
    const ir::Distributed* far = map.distributed ? &*map.distributed : nullptr;
    begin_state(pipeline_[id].name, "Map", pipeline_[id].comment);
    if (far && far->reader != ValueId::none) {
        service("ItemReader", far->lists ? "s3:listObjectsV2" : "s3:getObject", far->reader, far->reader_config);
    } else {
        json_.key("Items");
        if (context_.values[map.items].time == ir::Time::Const) values_.value(map.items);
        else values_.whole_expression(map.items);
    }
    map_input(id, map);
    member("MaxConcurrency", map.at_most);
    if (far) distributed(*far);
    json_.key("ItemProcessor"), json_.begin_object(false);
    json_.key("ProcessorConfig"), json_.begin_object(), json_.key("Mode"), json_.text(far ? "DISTRIBUTED" : "INLINE");
    if (far) json_.key("ExecutionType"), json_.text(far->express ? "EXPRESS" : "STANDARD");
    json_.end_object();
    // a child execution is new in itself: it neither needs nor knows the counters around it
    std::vector<Variable> around = values_.loops;
    if (far) values_.loops.clear();
    else if (uses_.index(id)) values_.loops.push_back({Variable::Index, id});
    body(map.block, map.scope, flow_.entry(id, 0));
    values_.loops = std::move(around);
    json_.end_object();
    retry(map.retry);
    scope_catchers();
    map_results(id, map);
    no_output();
    next(flow_.next(id));
    end_state();
}

/// A call of the map itself: reading its items, writing its results.
void Machine::service(std::string_view key, std::string_view call, ValueId arguments, ValueId config) {
    json_.key(key), json_.begin_object();
    json_.key("Resource"), json_.begin_text();
    json_.code("arn:${"), json_.code(substitutions_.partition()), json_.code("}:states:::"), json_.code(call);
    json_.end_text();
    member("ReaderConfig", config);
    member("Arguments", arguments);
    json_.end_object();
}

/// What a turn is started with: one item, or a batch, and what it reads of what is known around the map.
void Machine::map_input(StepId id, const ir::Map& map) {
    bool captured = !uses_.captures(id).empty();
    if (map.distributed && map.distributed->batch != ValueId::none) {
        json_.key("ItemBatcher"), json_.begin_object();
        for (const ir::Field& limit : context_.values.fields(map.distributed->batch)) member(context_.names.text(limit.key), limit.value);
        if (captured) json_.key("BatchInput"), captures(id);
        return json_.end_object();
    }
    if (!has_item(id)) return;
    json_.key("ItemSelector"), json_.begin_object();
    if (uses_.item(id)) json_.key("item"), json_.text("{% $states.context.Map.Item.Value %}");
    if (uses_.index(id)) json_.key("index"), json_.text("{% $states.context.Map.Item.Index %}");
    if (captured) json_.key("outer"), captures(id);
    json_.end_object();
}

/// Under the names that the variables have outside, so that only what stands before them differs inside.
void Machine::captures(StepId id) {
    const std::vector<Uses::Capture>& all = uses_.captures(id);
    std::vector<StepId> done;
    bool context = false;
    json_.begin_object();
    for (const Uses::Capture& capture : all) {
        if (capture.kind == Uses::Capture::Input) {
            json_.key_text(pipeline_.inputs[capture.input].variable);
            json_.begin_expression(), values_.root(0), json_.code(pipeline_.inputs[capture.input].variable), json_.end_expression();
        } else if (capture.kind == Uses::Capture::Context) {
            context = true;
        } else if (capture.variable.kind != Variable::Result) {
            variable_key(capture.variable);
            json_.begin_expression(), values_.read(capture.variable), json_.end_expression();
        } else if (std::find(done.begin(), done.end(), capture.variable.step) == done.end()) {
            done.push_back(capture.variable.step);
            capture_results(capture.variable.step, all);
        }
    }
    if (context) {
        json_.key("states"), json_.begin_object(), json_.key("Execution"), json_.begin_object();
        for (const Uses::Capture& capture : all) {
            if (capture.kind != Uses::Capture::Context) continue;
            json_.key(capture.context.substr(capture.context.find('.') + 1));   // all of them are of the execution
            json_.begin_expression();
            if (uses_.wall(values_.scope, 0) != StepId::none) values_.root(0), json_.code("states.");
            else json_.code("$states.context.");
            json_.code(capture.context), json_.end_expression();
        }
        json_.end_object(), json_.end_object();
    }
    json_.end_object();
}

void Machine::capture_results(StepId step, const std::vector<Uses::Capture>& all) {
    std::vector<Uses::Part> paths;
    for (const Uses::Capture& capture : all)
        if (capture.kind == Uses::Capture::Named && capture.variable.kind == Variable::Result && capture.variable.step == step)
            paths.push_back(capture.part);
    StepId outer = std::exchange(parts_of_, step);
    variable_key({Variable::Result, step});
    parts(paths, 0);
    parts_of_ = outer;
}

void Machine::distributed(const ir::Distributed& far) {
    member("ToleratedFailureCount", far.tolerated_count);
    member("ToleratedFailurePercentage", far.tolerated_percentage);
    json_.key("Label"), json_.text(far.label);
    if (far.writer != ValueId::none) service("ResultWriter", "s3:putObject", far.writer, ValueId::none);
}

void Machine::map_results(StepId id, const ir::Map& map) {
    if (writes_results(map)) return assign_parts(id);
    if (!uses_.result(id) && !uses_.problems(id)) return;
    const ir::Distributed* far = map.distributed ? &*map.distributed : nullptr;
    bool tolerant = far && (far->tolerated_count != ValueId::none || far->tolerated_percentage != ValueId::none);
    const ir::Value& yielded = context_.values[map.result];
    bool lists = yielded.op == ir::Op::List || context_.types.kind(context_.types.without_none(yielded.type)) == types::TypeKind::List;
    begin_assign();
    if (uses_.result(id)) {
        variable_key({Variable::Result, id});
        // a list of lists is put together piece by piece: JSONata would make one list of it
        if (map.keeps_going && lists)
            json_.text("{% [$reduce($states.result, function($all, $v) { $append($all, $exists($v.problem) ? [null] : "
                       "[[$v.value]]) }, [])] %}");
        else if (map.keeps_going)
            json_.text("{% [$map($states.result, function($v) { $exists($v.problem) ? null : $v.value })] %}");
        else if (tolerant && lists)
            json_.text("{% [$reduce($states.result, function($all, $v) { $v = null ? $all : $append($all, [[$v]]) }, [])] %}");
        else if (tolerant && !yielded.optional) json_.text("{% [$filter($states.result, function($v) { $v != null })] %}");
        else part(0, false);
    }
    if (uses_.problems(id)) {
        variable_key({Variable::Problems, id});
        json_.text("{% [$map($states.result, function($v, $i) { $exists($v.problem) ? {'index': $i, "
                   "'error': $v.problem.Error, 'cause': $v.problem.Cause} })] %}");
    }
    end_assign();
}

/// The context object knows the item only in the Map state, and a child execution no variables: the first state of a turn
/// keeps what it was started with.
void Machine::map_item(StepId id) {
    const auto& map = std::get<ir::Map>(pipeline_[id].is);
    begin_state(names_.of(id, ".item"), "Pass");
    begin_assign();
    StepId outer = std::exchange(values_.entering, id);
    bool batch = map.distributed && map.distributed->batch != ValueId::none;
    if (uses_.item(id)) {
        variable_key({Variable::Item, id});
        if (map.distributed && map.distributed->decode != ValueId::none) values_.value(map.distributed->decode);
        else json_.text(batch ? "{% $states.input.Items %}" : "{% $states.input.item %}");
    }
    values_.entering = outer;
    if (uses_.index(id)) variable_key({Variable::Index, id}), json_.text("{% $states.input.index %}");
    if (!uses_.captures(id).empty())
        variable_key({Variable::Outer, id}), json_.text(batch ? "{% $states.input.BatchInput %}" : "{% $states.input.outer %}");
    end_assign();
    next(flow_.entry(id, 0));
    end_state();
}

bool Machine::keeps_going(ScopeId scope) const {
    if (scope == 0) return false;
    const auto& is = pipeline_[pipeline_.scopes[scope].owner].is;
    if (const auto* map = std::get_if<ir::Map>(&is)) return map->keeps_going;
    return std::get<ir::Parallel>(is).keeps_going;
}

size_t Machine::failed_slot(ScopeId scope) const {
    const ir::Scope& place = pipeline_.scopes[scope];
    const auto* parallel = std::get_if<ir::Parallel>(&pipeline_[place.owner].is);
    return flow_.slot(place.owner, parallel ? parallel->branches.size() + place.branch : 1);
}

/// Ends a branch or a turn that failed: with what stopped it.
void Machine::scope_failed(ScopeId scope) {
    const ir::Scope& place = pipeline_.scopes[scope];
    Variable failure{Variable::Failure, place.owner, place.branch};
    begin_state(failed_name(scope), "Pass");
    json_.key("Output"), json_.begin_object();
    if (std::holds_alternative<ir::Map>(pipeline_[place.owner].is)) json_.key("problem");
    else variable_key(failure);
    json_.begin_expression(), values_.read(failure), json_.end_expression();
    json_.end_object();
    next({});
    end_state();
}

}  // namespace zflow::lower
