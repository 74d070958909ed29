// What stands in parentheses after `for …` and `parallel`, and how failures of single turns and branches are kept.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

std::vector<Elaborator::Setting> Elaborator::loop_arguments(NodeId arguments, std::string_view statement,
                                                            const std::vector<std::string_view>& known) {
    std::vector<Setting> given;
    if (!arguments) return given;
    for (NodeId a : syntax::Children(tree(), arguments)) {
        NodeId label = tree().child(a);
        bool named = tree().kind(label) == NodeKind::Name;
        if (!named || std::find(known.begin(), known.end(), text(tree()[label].symbol)) == known.end()) {
            unknown_argument(span(label), tree().text_of(label), known,
                             fmt::format("`{}` takes `{}`", statement, fmt::join(known, "`, `")));
            continue;
        }
        Symbol name = tree()[label].symbol;
        if (const Setting* first = loop_argument(given, name)) {
            diagnostics_.report(diag::DuplicateMember, span(label), text(name)).label(first->where, "given here first");
            continue;
        }
        NodeId value = tree().next(label);
        given.push_back({name, expression(value), span(label), span(value)});
    }
    return given;
}

const Elaborator::Setting* Elaborator::loop_argument(const std::vector<Setting>& given, Symbol name) const {
    auto found = std::find_if(given.begin(), given.end(), [&](const Setting& s) { return s.name == name; });
    return found == given.end() ? nullptr : &*found;
}

ValueId Elaborator::loop_value(const std::vector<Setting>& given, Symbol name, TypeId type, Time time) {
    const Setting* s = loop_argument(given, name);
    if (!s) return ValueId::none;
    ValueId value = coerce(s->value, type, s->written);
    if (is_error(value) || !known_by(value, time, s->written, fmt::format("`{}`", text(name)))) return ValueId::none;
    return value;
}

ValueId Elaborator::loop_number(const std::vector<Setting>& given, Symbol name, int64_t least, int64_t most, std::string_view help) {
    ValueId value = loop_value(given, name, plain(TypeKind::Int));
    if (value == ValueId::none) return value;
    each_known(value, [&](ValueId one) {
        auto n = const_integer(one);
        if (!n || (*n >= least && *n <= most)) return;
        Span where = one == value ? loop_argument(given, name)->written : values_[one].where;
        auto report = diagnostics_.report(diag::OutOfRange, where, fmt::format("`{}` is from {} to {} here, not {}", text(name), least, most, *n));
        if (!help.empty()) report.help(std::string(help));
    });
    return value;
}

bool Elaborator::loop_flag(const std::vector<Setting>& given, Symbol name) {
    ValueId value = loop_value(given, name, plain(TypeKind::Bool), Time::Const);
    return value != ValueId::none && const_bool(value).value_or(false);
}

bool Elaborator::keeps_going(const std::vector<Setting>& given) {
    TypeId choices = types_.union_of({types_.literal(names_.intern("stop")), types_.literal(names_.intern("continue"))});
    ValueId value = loop_value(given, known_.on_failure, choices, Time::Const);
    return value != ValueId::none && const_text(value) == "continue";
}

/// What a branch made, when it did not fail; otherwise none.
ValueId Elaborator::branch_if_well(StepId parallel, uint32_t branch, ValueId made, Span where) {
    ValueId error = make(Op::Problem, Time::Run, plain(TypeKind::String), where);
    Value& v = values_.edit(error);
    v.a = static_cast<uint32_t>(parallel);
    v.b = branch;
    v.optional = true;
    ValueId well = make_binary(syntax::Operator::Equal, error, make_null(where), plain(TypeKind::Bool), where);
    return make_conditional(well, made, make_null(where), where);
}

ValueId Elaborator::problems(ValueId of, Span where) {
    if (recording_) recording_->breaks();   // what kind of step it is of decides
    const Value v = values_[of];
    auto owner = [&](uint32_t id) -> const ir::Step* {
        return pipeline_ && id < pipeline_->steps.size() ? &pipeline_->steps[id] : nullptr;
    };
    auto part = [&](const Value& problem, uint32_t which) {
        ValueId id = make(Op::Problem, Time::Run, plain(TypeKind::String), where);
        Value& p = values_.edit(id);
        p.a = problem.a;
        p.b = problem.b;
        p.c = which;
        return id;
    };
    if (const ir::Step* s = v.op == Op::Result && v.b == 0 ? owner(v.a) : nullptr)
        if (const auto* map = std::get_if<ir::Map>(&s->is); map && map->keeps_going) {
            TypeId text_type = plain(TypeKind::String);
            TypeId row = types_.record({{names_.intern("index"), plain(TypeKind::Int), 0},
                                        {known_.error, text_type, 0},
                                        {known_.cause, text_type, 0}});
            ValueId list = part(v, 2);
            values_.edit(list).type = types_.list(row);
            return list;
        }
    std::vector<ir::Field> fields;
    for (uint32_t i = 0; v.op == Op::Record && i < v.b; i++) {
        ir::Field f = values_.fields(of)[i];
        const Value branch = values_[f.value];
        if (branch.op != Op::Conditional || values_[ValueId{branch.a}].op != Op::Binary) break;
        const Value problem = values_[ValueId{values_[ValueId{branch.a}].a}];
        if (problem.op != Op::Problem) break;
        ir::Field members[] = {{known_.error, part(problem, 0)}, {known_.cause, part(problem, 1)}};
        ValueId failed = make_record(members, plain(TypeKind::Literals), where);
        fields.push_back({f.key, make_conditional(ValueId{branch.a}, make_null(where), failed, where)});
    }
    if (!fields.empty()) return make_record(fields, plain(TypeKind::Literals), where);
    diagnostics_
        .report(diag::MisplacedStatement, where,
                "`problems(…)` takes the value of a `for` or `parallel` that goes on when a part of it fails")
        .help("write `let x = for … (on_failure: \"continue\") { … }`, then `problems(x)`");
    return error_value(where);
}

}  // namespace zflow::elaborate
