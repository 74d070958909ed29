// Functions of the language and values of nominal types, both written `name(…)`.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

void Elaborator::unknown_argument(Span where, std::string_view name, const std::vector<std::string_view>& known, std::string_view help) {
    auto report = diagnostics_.report(diag::UnknownArgument, where, name);
    auto near = closest(name, known);
    if (near.empty()) report.help(std::string(help));
    else report.help(fmt::format("did you mean `{}`?", near)).fix(where, std::string(near), fmt::format("write `{}`", near));
}

ValueId Elaborator::apply(NodeId node) {
    NodeId callee = tree().child(node);
    Span where = span(node);
    Symbol name = tree()[callee].symbol;
    DeclarationRef d;
    if (tree().kind(callee) == NodeKind::Member && tree().kind(tree().child(callee)) == NodeKind::Identifier) {   // alias.function(…)
        name = tree()[tree().next(tree().child(callee))].symbol;
        for (const Module::Alias& alias : frame_->module->aliases)
            if (alias.name == tree()[tree().child(callee)].symbol) d = alias.module->declared.find(name);
    } else if (tree().kind(callee) == NodeKind::Identifier) {
        d = session_.modules.find(*frame_->module, name);
    }
    if (tree().kind(callee) != NodeKind::Identifier && !d) {
        diagnostics_.report(diag::NotAFunction, span(callee));
        return error_value(where);
    }
    if (d && (d.kind() == NodeKind::TypeDeclaration || d.kind() == NodeKind::Dataset)) {
        TypeId type = declared_type(d);
        return types_.kind(type) == TypeKind::Error ? error_value(where) : construct(type, node);
    }
    if (!d || d.kind() != NodeKind::Function) {
        bool known = false;
        ValueId value = builtin(name, node, known);
        if (known) return value;
        if (d) {
            diagnostics_.report(diag::NotAFunction, span(callee)).label(d.name_span(), "declared here");
            return error_value(where);
        }
        if (is_unread(text(name))) return error_value(where);
        std::vector<std::string_view> functions = builtin_names();
        session_.modules.library.each([&](Symbol s, DeclarationRef f) { if (f.kind() == NodeKind::Function) functions.push_back(text(s)); });
        frame_->module->declared.each([&](Symbol s, DeclarationRef f) { if (f.kind() == NodeKind::Function) functions.push_back(text(s)); });
        auto report = diagnostics_.report(diag::UnknownFunction, span(callee), text(name)).joins();
        if (auto meant = advice::function_called(text(name)); !meant.empty()) report.help(fmt::format("it is called `{}` here", meant));
        else if (auto near = closest(text(name), functions); !near.empty()) report.help(fmt::format("did you mean `{}`?", near));
        return error_value(where);
    }
    return call_function(d, node);
}

/// The body of a function is walked with the arguments as names.
ValueId Elaborator::call_function(DeclarationRef d, NodeId node) {
    NodeId callee = tree().child(node);
    Symbol name = d.tree()[name_node(d.tree(), d.node)].symbol;
    Span where = span(node);
    struct Named { Symbol first; ValueId second; Span where; };
    Few<Named, 4> named;
    Few<ValueId, 4> positional;
    for (NodeId c = tree().next(callee); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        bool has_name = tree().kind(first) == NodeKind::Name;
        ValueId value = expression(has_name ? tree().next(first) : first);
        if (has_name) named.push_back({tree()[first].symbol, value, span(first)});
        else positional.push_back(value);
    }
    for (const Named& n : named) {
        std::vector<std::string_view> parameters;
        for (NodeId c : syntax::Children(d.tree(), d.node))
            if (d.tree().kind(c) == NodeKind::Parameter) parameters.push_back(d.tree().text_of(name_node(d.tree(), c)));
        if (std::find(parameters.begin(), parameters.end(), text(n.first)) != parameters.end()) continue;
        unknown_argument(n.where, text(n.first), parameters, fmt::format("`{}` takes `{}`", text(name), fmt::join(parameters, "`, `")));
        return error_value(where);
    }
    if (left_out_depth_ && !d.module->library) return error_value(where);   // its body is looked at where it is declared
    if (d.module == session_.modules.main) called_.insert(d.node);
    if (depth_ >= 64) {
        diagnostics_.report(diag::EndlessExpansion, where, text(name));
        return error_value(where);
    }
    if (!may_expand(text(name), where)) return error_value(where);
    bool library = frame_->module->library && frame_->call_site.known();
    Frame inner{d.module, ++frames_, frame_->path, library ? frame_->call_site : where, frame_->kind};
    inner.function = true;
    Frame* outer = std::exchange(frame_, &inner);
    depth_++;
    size_t mark = scope_mark();
    bool failed = false;
    size_t next = 0;
    NodeId body = 0;
    auto take = [&](Symbol parameter, NodeId name_at, NodeId fallback, auto type_of_it) {
        ValueId value = ValueId::none;
        if (next < positional.size()) value = positional[next++];
        else for (const Named& n : named) if (n.first == parameter) value = n.second;
        if (value == ValueId::none && fallback) value = expression(fallback);
        if (value == ValueId::none) {
            diagnostics_.report(diag::MissingArgument, where, text(parameter), text(name)).label(span(name_at), "declared here");
            failed = true;
            return false;
        }
        TypeId type = type_of_it();
        value = coerce(value, type, values_[value].where.known() ? values_[value].where : where);
        failed |= is_error(value);
        bind(parameter, value, span(name_at));
        if (!d.module->library) bindings_.back().wide = is_wide(type);
        return true;
    };
    if (const library::Evaluated* known = prepared_at(*d.module, d.node)) {
        const library::Kind& from = session_.prepared.kinds[known->number];
        body = from.body;
        for (const KindParameter& p : from.parameters)
            if (!take(p.name, p.node, p.fallback, [&] { return p.type; })) break;
    } else {
        for (NodeId c : syntax::Children(tree(), d.node)) {
            if (tree().kind(c) == NodeKind::Doc || tree().kind(c) == NodeKind::Name) continue;
            if (tree().kind(c) != NodeKind::Parameter) { body = c; continue; }
            NodeId name_at = child(c, NodeKind::Name), type_at = tree().next(name_at);
            if (!take(tree()[name_at].symbol, name_at, tree().next(type_at), [&] { return type_expression(type_at); })) break;
        }
    }
    if (next < positional.size() && !failed) {
        diagnostics_.report(diag::TooManyArguments, where, text(name), next);
        failed = true;
    }
    ValueId result = failed || !body ? error_value(where) : given_name(expression(body), where);
    leave_scope(mark);
    depth_--;
    frame_ = outer;
    return result;
}

ValueId Elaborator::construct(TypeId type, NodeId node) {
    Few<ir::Field, 8> fields;
    bool wrong = false;
    for (NodeId c = tree().next(tree().child(node)); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        if (tree().kind(first) != NodeKind::Name) {
            diagnostics_.report(diag::UnnamedMember, span(c), type_text(type)).help(fmt::format("write `{}({})`", type_text(type), record_form(type)));
            return error_value(span(node));
        }
        ValueId value = expression(tree().next(first));
        wrong |= is_error(value);
        fields.push_back({tree()[first].symbol, value});
    }
    if (wrong) return error_value(span(node));
    return coerce(make_record(fields, plain(TypeKind::Literals), span(node)), type, span(node));
}

/// `columns(Orders)`: the names of a data set's or record type's fields with the texts of their types. It takes the name of
/// a type, or a value whose type is meant.
ValueId Elaborator::columns(NodeId node) {
    Span where = span(node);
    NodeId argument = tree().next(tree().child(node));
    if (!argument || tree().next(argument)) {
        diagnostics_.report(diag::WrongArgumentCount, where, "columns", "1", argument ? 2u : 0u);
        return error_value(where);
    }
    NodeId what = tree().child(argument);
    DeclarationRef declaration;
    if (tree().kind(what) == NodeKind::Identifier && !lookup(tree()[what].symbol)) {
        declaration = session_.modules.find(*frame_->module, tree()[what].symbol);
    } else if (NodeId object = tree().child(what); tree().kind(what) == NodeKind::Member && tree().kind(object) == NodeKind::Identifier) {
        for (const Module::Alias& alias : frame_->module->aliases)
            if (alias.name == tree()[object].symbol) declaration = alias.module->declared.find(tree()[tree().next(object)].symbol);
    }
    bool named = declaration && (declaration.kind() == NodeKind::TypeDeclaration || declaration.kind() == NodeKind::Dataset);
    TypeId type = plain(TypeKind::Error);
    if (named) {
        type = declared_type(declaration);
    } else {
        ValueId value = expression(what);
        if (is_error(value)) return value;
        type = types_.without_none(type_of(value));
    }
    if (types_.kind(type) == TypeKind::Dataset) type = types_[type].element;
    if (types_.kind(type) != TypeKind::Record && types_.kind(type) != TypeKind::Nominal) {
        if (types_.kind(type) != TypeKind::Error) diagnostics_.report(diag::TypeMismatch, span(what), "a data set or a record type", type_text(type));
        return error_value(where);
    }
    std::vector<ir::Field> fields;
    for (const types::FieldType& f : types_[type].fields)
        fields.push_back({f.name, make_text(values_.keep(type_text(f.type)), plain(TypeKind::String), where)});
    return make_record(fields, plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
