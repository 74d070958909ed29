// `for` whose body is repeated while compiling: where there are no steps, and where a pipeline asks for it.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

constexpr size_t longest_name = 40;   // longer texts are no names: their place in the list has to do

}  // namespace

/// What an item is called: a resource of a list keeps its logical id when another item comes or goes. "" when it has no name.
std::string Elaborator::item_name(ValueId item) const {
    const Value& v = values_[item];
    switch (v.op) {
        case Op::Attribute: return stack_->resources[v.a].logical_id;
        case Op::Parameter: return stack_->parameters[v.a].logical_id;
        case Op::String: return v.text().size() <= longest_name ? std::string(v.text()) : "";
        case Op::Record:
            for (const ir::Field& f : values_.fields(item))
                if (values_[f.value].op != Op::String)
                    if (std::string name = item_name(f.value); !name.empty()) return name;
            return "";
        default: return "";
    }
}

void Elaborator::unroll(NodeId node, ir::Block& into) {
    if (recording_) recording_->breaks();
    auto [first, second, source_node, arguments, body] = loop_of(node);
    if (arguments)
        diagnostics_.report(diag::UnknownArgument, span(arguments), tree().text_of(arguments)).help("a `for` in a resource kind takes no arguments");
    ValueId source = expression(source_node);
    if (is_error(source)) return;
    if (values_[source].op == Op::Conditional && is_choice_of(source, Op::List) && !known_by(source, Time::Const, values_[source].where, "what makes resources")) return;
    if (values_[source].op != Op::List) {
        diagnostics_.report(diag::NotAList, span(source_node), type_text(type_of(source))).help("a `for` in a resource kind goes through a list of known size");
        return;
    }
    std::string_view outer_path = frame_->path;
    InBranch inside(*frame_);
    for (uint32_t i = 0; i < values_[source].b; i++) {
        ValueId item = values_.links(source)[i];
        size_t mark = scope_mark();
        bind(tree()[first].symbol, item, span(first));
        if (second) bind(tree()[second].symbol, make_integer(i, plain(TypeKind::Int), span(second)), span(second));
        std::string name = item_name(item);
        frame_->path = values_.keep(fmt::format("{}_{}", outer_path, name.empty() ? std::to_string(i + 1) : name));
        block(body, into);
        frame_->path = outer_path;
        leave_scope(mark);
    }
}

bool Elaborator::is_unrolled(const Loop& loop) {
    bool unrolled = false;
    for (NodeId a = loop.arguments ? tree().child(loop.arguments) : 0; a; a = tree().next(a)) {
        NodeId label = tree().child(a);
        if (tree().kind(label) != NodeKind::Name || tree()[label].symbol != known_.unroll) continue;
        ValueId wanted = expression(tree().next(label), plain(TypeKind::Bool));
        if (known_by(wanted, Time::Const, span(tree().next(label)), "whether a `for` is unrolled")) unrolled = const_bool(wanted).value_or(false);
    }
    return unrolled;
}

/// The body once for each item, one after the other: what differs between the items, their types too, is decided while
/// compiling. The result is a list, or a record with the names of the source.
ValueId Elaborator::unroll(const Loop& loop, Symbol name, Span where, ir::Block& into) {
    for (NodeId a : syntax::Children(tree(), loop.arguments))
        if (NodeId label = tree().child(a); tree().kind(label) != NodeKind::Name || tree()[label].symbol != known_.unroll)
            unknown_argument(span(label), tree().text_of(label), {"unroll"}, "an unrolled `for` takes one turn after the other, and nothing but `unroll`");
    ValueId source = expression(loop.source);
    if (is_error(source)) return source;
    const Value v = values_[source];
    bool record = v.op == Op::Record;
    if (!record && v.op != Op::List) {
        if (known_by(source, Time::Const, span(loop.source), "what an unrolled `for` goes through"))
            diagnostics_.report(diag::NotAList, span(loop.source), type_text(type_of(source)));
        return error_value(where);
    }
    std::vector<ir::Field> results;
    std::string_view path = frame_->path;
    ValueId result = ValueId::none;
    ValueId* outer_yield = std::exchange(yield_, &result);
    uint32_t outer_branches = yield_branches_;
    for (uint32_t i = 0; i < v.b && !into.ends && may_expand("for", where); i++) {
        Symbol key = record ? values_.fields(source)[i].key : names_.intern(std::to_string(i + 1));
        ValueId item = record ? values_.fields(source)[i].value : values_.links(source)[i];
        ValueId place = record ? make_text(text(key), plain(TypeKind::String), where) : make_integer(i, plain(TypeKind::Int), where);
        size_t mark = scope_mark();
        bind(tree()[loop.first].symbol, record && loop.second ? place : item, span(loop.first));
        if (loop.second) bind(tree()[loop.second].symbol, record ? item : place, span(loop.second));
        frame_->path = join_path(path, text(key));
        result = ValueId::none;
        InBranch inside(*frame_);
        yield_branches_ = frame_->branches;
        block(loop.body, into);
        leave_scope(mark);
        if (result != ValueId::none) results.push_back({key, result});
    }
    frame_->path = path;
    yield_ = outer_yield;
    yield_branches_ = outer_branches;
    if (name == Symbol::none) return ValueId::none;
    if (results.size() != v.b && !into.ends) {
        diagnostics_.report(diag::MissingYield, where, text(name)).help("end the body with `yield …`");
        return error_value(where);
    }
    for (const ir::Field& r : results)
        if (is_error(r.value)) return r.value;
    if (record) return make_record(results, plain(TypeKind::Literals), where);
    std::vector<ValueId> items;
    for (const ir::Field& r : results) items.push_back(r.value);
    return make_list(items, plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
