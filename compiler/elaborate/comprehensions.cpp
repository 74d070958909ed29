// `[for …]` and `{for …}`: unrolled where the source is known while compiling.
#include <algorithm>
#include <utility>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// What `[for …]` and `{for …}` begin with. `body`: the element, or the key with the value after it.
struct Comprehension {
    NodeId first, second, source, filter, body;   ///< second, filter: 0 when they are not there
};

Comprehension comprehension(const syntax::Tree& tree, NodeId node) {
    NodeId first = tree.child(node), at = tree.next(first);
    auto take = [&](bool there) { return there ? std::exchange(at, tree.next(at)) : 0; };
    NodeId second = take(tree.kind(at) == NodeKind::Name);
    NodeId source = take(true);
    NodeId filter = take(tree[node].flag & 1);
    return {first, second, source, filter, at};
}

}  // namespace

ValueId Elaborator::list_for(NodeId node) {
    NodeId source_node = comprehension(tree(), node).source;
    return list_over(node, expression(source_node));
}

ValueId Elaborator::list_over(NodeId node, ValueId source) {
    auto [first, second, source_node, filter_node, body_node] = comprehension(tree(), node);
    Span where = span(node);
    if (is_error(source)) return source;
    const Value v = values_[source];
    if (v.op == Op::Conditional && v.time == Time::Deploy && is_choice_of(source, Op::List)) {   // nothing can go through it later
        ValueId yes = list_over(node, ValueId{v.b}), no = is_error(yes) ? yes : list_over(node, ValueId{v.c});
        return is_error(no) ? no : make_conditional(ValueId{v.a}, yes, no, v.where);
    }
    Symbol name = tree()[first].symbol;
    if (v.op == Op::Record || v.op == Op::List) {
        Few<ValueId, 8> items;
        ValueId before = ValueId::none;   // what stands before the items, when a filter is only known later
        if (!v.b) check_left_out(first, second, {filter_node, body_node});
        for (uint32_t i = 0; i < v.b; i++) {
            size_t mark = scope_mark();
            if (v.op == Op::Record) {
                ir::Field f = values_.fields(source)[i];
                if (second) {
                    bind(name, make_text(text(f.key), plain(TypeKind::String), where), span(first));
                    bind(tree()[second].symbol, f.value, span(second));
                } else {
                    bind(name, f.value, span(first));
                }
            } else {
                bind(name, values_.links(source)[i], span(first));
                if (second) bind(tree()[second].symbol, make_integer(i, plain(TypeKind::Int), where), span(second));
            }
            ValueId filter = filter_node ? filter_of_known(filter_node) : ValueId::none;
            if (filter_node && is_error(filter)) return leave_scope(mark), filter;
            std::optional<bool> decided = filter_node ? const_bool(filter) : true;
            Narrowed in_here(there_);
            if (filter_node) narrow(filter_node, true);
            ValueId item = decided.value_or(true) ? expression(body_node) : ValueId::none;
            leave_scope(mark);
            if (!decided.value_or(true) || (is_null(item) && !is_error(item))) continue;
            if (is_error(item)) return item;
            if (decided) {
                items.push_back(item);
                continue;
            }
            before = joined_lists(before, items, where);
            items.clear();
            ValueId taken = make_conditional(filter, make_list({&item, 1}, plain(TypeKind::Literals), where), make_list({}, plain(TypeKind::Literals), where), where);
            before = before == ValueId::none ? taken : append_lists(before, taken, where);
        }
        if (before != ValueId::none) return is_error(before) ? before : joined_lists(before, items, where);
        return make_list(items, plain(TypeKind::Literals), where);
    }
    if (is_choice_of(source, Op::Record)) return known_by(source, Time::Const, v.where, "which members this has"), error_value(where);
    if (types_.kind(v.type) != TypeKind::List || v.optional || second) {
        diagnostics_.report(diag::NotAList, span(source_node), type_text(type_of(source)));
        return error_value(where);
    }
    // a list that is only known at run time
    ValueId id = make(Op::For, Time::Run, plain(TypeKind::Json), where);
    ValueId local = make(Op::Local, Time::Run, types_.without_none(types_[v.type].element), where);
    values_.edit(local).a = static_cast<uint32_t>(id);
    values_.edit(local).optional = types_.is_optional(types_[v.type].element);
    size_t mark = scope_mark();
    bind(name, local, span(first));
    ValueId filter = filter_node ? expression(filter_node, plain(TypeKind::Bool)) : ValueId::none;
    Narrowed in_here(there_);
    if (filter_node) narrow(filter_node, true);   // `[for x in xs if x != none: x]`: after that it is there
    ValueId body = expression(body_node);
    leave_scope(mark);
    if (is_error(body) || (filter_node && is_error(filter))) return error_value(where);
    Value& f = values_.edit(id);
    f.a = static_cast<uint32_t>(source);
    f.b = static_cast<uint32_t>(id);
    f.c = values_.add_loop({body, filter});
    f.type = types_.list(type_of(body));
    return id;
}

/// Of a list of known size. Where nothing runs it has to be known now.
ValueId Elaborator::filter_of_known(NodeId node) {
    ValueId filter = expression(node);
    if (is_error(filter) || const_bool(filter)) return filter;
    filter = coerce(filter, plain(TypeKind::Bool), span(node));
    if (pipeline_ || is_error(filter)) return filter;
    known_by(filter, Time::Const, span(node), "the filter of a list of known size");
    return error_value(span(node));
}

ValueId Elaborator::record_for(NodeId node) {
    auto [first, second, source_node, filter_node, key_node] = comprehension(tree(), node);
    NodeId value_node = tree().next(key_node);
    ValueId source = expression(source_node);
    Span where = span(node);
    if (is_error(source)) return source;
    const Value v = values_[source];
    if (is_choice_of(source, Op::Record) && v.op != Op::Record) return known_by(source, Time::Const, v.where, "which members this has"), error_value(where);
    if (v.op != Op::Record && v.op != Op::List) {
        diagnostics_.report(diag::NotARecord, span(source_node), type_text(type_of(source))).help("its names have to be known while compiling");
        return error_value(where);
    }
    Few<ir::Field, 8> fields;
    if (!v.b) check_left_out(first, second, {filter_node, key_node, value_node});
    for (uint32_t i = 0; i < v.b; i++) {
        size_t mark = scope_mark();
        ValueId item = v.op == Op::Record ? values_.fields(source)[i].value : values_.links(source)[i];
        ValueId key = v.op == Op::Record ? make_text(text(values_.fields(source)[i].key), plain(TypeKind::String), where)
                                         : make_integer(i, plain(TypeKind::Int), where);
        if (v.op == Op::List) std::swap(key, item);
        if (second) {
            bind(tree()[first].symbol, key, span(first));
            bind(tree()[second].symbol, item, span(second));
        } else {
            bind(tree()[first].symbol, v.op == Op::Record ? item : key, span(first));
        }
        ValueId filter = filter_node ? expression(filter_node) : ValueId::none;
        std::optional<bool> take = filter_node ? const_bool(filter) : true;
        if (!take) {
            if (coerce(filter, plain(TypeKind::Bool), span(filter_node)); !is_error(filter)) known_by(filter, Time::Const, span(filter_node), "which names a record has");
            return leave_scope(mark), error_value(where);
        }
        if (*take) {
            Narrowed in_here(there_);
            if (filter_node) narrow(filter_node, true);
            ValueId k = expression(key_node), value = expression(value_node);
            auto name = const_text(k);
            leave_scope(mark);
            if (is_error(k) || is_error(value)) return error_value(where);
            if (!name) return known_by(k, Time::Const, span(key_node), "the name of a member"), error_value(where);
            fields.push_back({names_.intern(*name), value});
        } else {
            leave_scope(mark);
        }
    }
    return make_record(fields, plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
