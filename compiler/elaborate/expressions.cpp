// Expressions to values.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "syntax/literals.hpp"

namespace zflow::elaborate {

using syntax::Operator;

namespace {

/// Lists and texts made from others can double again and again: these stop it long before memory does.
constexpr size_t most_items = 100'000;
constexpr size_t most_text = 1'048'576;

}  // namespace

ValueId Elaborator::expression(NodeId node, TypeId expected) {
    ValueId value = expression(node);
    if (!frame_->module->library) return coerce(value, expected, span(node));
    Shared& shared = shared_[frame_->module->index][node];
    if (shared.value == ValueId::none) return coerce(value, expected, span(node));
    if (shared.converted == ValueId::none || shared.expected != expected) {
        ValueId converted = coerce(value, expected, span(node));
        shared.converted = converted;
        shared.expected = expected;
    }
    return shared.converted;
}

ValueId Elaborator::expression(NodeId node) {
    if (!frame_->module->library) return evaluate(node);
    auto& shared = shared_[frame_->module->index];
    if (shared.empty()) shared.resize(tree().nodes.size());
    if (shared[node].value != ValueId::none) return shared[node].value;
    bool outer = std::exchange(local_used_, false);
    ValueId value = evaluate(node);
    if (!local_used_ && !is_error(value) && values_[value].time != Time::Run) shared_[frame_->module->index][node].value = value;
    local_used_ |= outer;
    return value;
}

ValueId Elaborator::evaluate(NodeId node) {
    Span where = span(node);
    switch (tree().kind(node)) {
        case NodeKind::String:
            if (tree()[node].flag == 0) return make_text(tree().text_of(node), plain(TypeKind::String), where);
            return make_text(values_.keep(string_text(node)), plain(TypeKind::String), where);
        case NodeKind::Template: return text_template(node);
        case NodeKind::Integer: {
            auto number = syntax::integer(tree().text_of(node));
            if (number) return make_integer(*number, plain(TypeKind::Int), where);
            diagnostics_.report(diag::OutOfRange, where, "this whole number does not fit 64 bits");
            return error_value(where);
        }
        case NodeKind::Decimal: return make_decimal(tree().text_of(node), where);
        case NodeKind::Duration: return make_integer(syntax::duration_seconds(tree().text_of(node)), plain(TypeKind::Duration), where);
        case NodeKind::Size: return make_integer(syntax::size_bytes(tree().text_of(node)), plain(TypeKind::Size), where);
        case NodeKind::Date: return make_text(tree().text_of(node), plain(TypeKind::Date), where);
        case NodeKind::Instance: return make_text(tree().text_of(node), plain(TypeKind::Instance), where);
        case NodeKind::True: return make_bool(true, where);
        case NodeKind::False: return make_bool(false, where);
        case NodeKind::None: return make_null(where);
        case NodeKind::Identifier: return identifier(node);
        case NodeKind::Member: return member(node);
        case NodeKind::Index: return index(node);
        case NodeKind::Apply: return apply(node);
        case NodeKind::Unary: return unary(node);
        case NodeKind::Binary: return binary(node);
        case NodeKind::Assert: {
            ValueId value = expression(tree().child(node));
            if (is_null(value) && !is_error(value)) {
                diagnostics_.report(diag::AbsentValue, where).help("give the value, or test it first: `if x != none`");
                return error_value(where);
            }
            return values_[value].optional || types_.is_optional(values_[value].type) ? with_type(value, types_.without_none(values_[value].type)) : value;
        }
        case NodeKind::IsType: return is_type(node);
        case NodeKind::Conditional: return conditional(node);
        case NodeKind::List: return list(node);
        case NodeKind::ListFor: return list_for(node);
        case NodeKind::Record: return record(node);
        case NodeKind::RecordFor: return record_for(node);
        case NodeKind::Located: return located(node);
        default: return error_value(where);   // an Error node: its diagnostic is there already
    }
}

std::string Elaborator::string_text(NodeId node) { return syntax::string_value(tree(), node); }

ValueId Elaborator::text_template(NodeId node) {
    std::vector<ValueId> parts;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Text) {
            parts.push_back(make_text(values_.keep(syntax::piece_value(tree(), node, c)), plain(TypeKind::String), span(c)));
            continue;
        }
        ValueId part = expression(c);
        if (is_error(part)) return part;
        TypeKind kind = kind_of(part);
        if (values_[part].optional || kind == TypeKind::Optional || is_null(part)) {
            diagnostics_.report(diag::MayBeAbsent, span(c), type_text(types_.without_none(values_[part].type)))
                .help("say what to write instead: `${… ?? \"nothing\"}`");
            return error_value(span(c));
        }
        switch (kind) {
            case TypeKind::List: case TypeKind::Map: case TypeKind::Record: case TypeKind::Nominal: case TypeKind::Literals:
            case TypeKind::Shape: case TypeKind::Duration: case TypeKind::Size: {
                auto report = diagnostics_.report(diag::NotTextual, span(c), type_text(type_of(part)));
                if (kind == TypeKind::Duration) report.help("say the unit: `.seconds`, `.minutes`, `.hours`");
                else if (kind == TypeKind::Size) report.help("say the unit: `.gb`, `.mb`");
                else report.help("take a member of it, or write `json(…)`");
                return error_value(span(c));
            }
            default: parts.push_back(as_text(part, span(c)));
        }
    }
    size_t length = 0;
    for (ValueId part : parts)
        if (auto constant = const_text(part)) length += constant->size();
    if (length > most_text) {
        diagnostics_.report(diag::OutOfRange, span(node), fmt::format("this text is longer than {} bytes", most_text));
        return error_value(span(node));
    }
    return make_concat(parts, plain(TypeKind::String), span(node));
}

/// A named value where it is used: what is wrong with it is said there. Inside the library the user's own place is the better one.
ValueId Elaborator::used_at(ValueId value, Span where) {
    if (frame_->module->library) return value;
    Value v = values_[value];
    v.where = where;
    return values_.add(v);
}

ValueId Elaborator::identifier(NodeId node) {
    Symbol name = tree()[node].symbol;
    Span where = span(node);
    if (const Binding* b = lookup(name)) {
        local_used_ = true;
        if (!b->lost) return used_at(b->value, where);
        diagnostics_.report(diag::MayNotExist, where, text(name))
            .label(b->where, "made only on this path")
            .help("make it on every path, or add `else skip` and say what to use instead with `??`");
        return error_value(where);
    }
    if (name == known_.stack || name == known_.aws || name == known_.pipeline) {
        diagnostics_.report(diag::UnknownName, where, text(name)).help(fmt::format("`{}` is used with a member, `{}.…`", text(name), text(name)));
        return error_value(where);
    }
    if (DeclarationRef d = session_.modules.find(*frame_->module, name)) return used_at(declared(d, where), where);
    std::vector<std::string_view> known;
    for (const Binding& b : bindings_)
        if (b.frame == frame_->id) known.push_back(text(b.name));
    auto visible = [&](Symbol s, DeclarationRef) { known.push_back(text(s)); };
    frame_->module->declared.each(visible);
    for (const Module* m : frame_->module->imports) m->declared.each(visible);
    auto report = diagnostics_.report(diag::UnknownName, where, text(name));
    if (auto near = closest(text(name), known); !near.empty())
        report.help(fmt::format("did you mean `{}`?", near)).fix(where, std::string(near), fmt::format("write `{}`", near));
    return error_value(where);
}

namespace {

struct UnitMember { std::string_view name; int64_t divisor; };
constexpr UnitMember duration_members[] = {{"seconds", 1}, {"minutes", 60}, {"hours", 3600}, {"days", 86400}};
constexpr UnitMember size_members[] = {{"bytes", 1}, {"mb", 1 << 20}, {"gb", 1 << 30}};

}  // namespace

ValueId Elaborator::member(NodeId node) {
    NodeId object_node = tree().child(node);
    NodeId name_node = tree().next(object_node);
    Symbol name = tree()[name_node].symbol;
    Span where = span(node);
    if (tree().kind(object_node) == NodeKind::Identifier && !lookup(tree()[object_node].symbol)) {
        Symbol object = tree()[object_node].symbol;
        if (object == known_.stack) {
            if (name == known_.key) {
                if (!stack_->encryption) return make_null(where);
                stack_->used_key = true;
                return make(Op::KeyArn, Time::Deploy, plain(TypeKind::Arn), where);
            }
            if (ValueId option = stack_option(name); option != ValueId::none) return option;
            diagnostics_.report(diag::MissingStackOption, frame_->call_site.known() ? frame_->call_site : where, text(name))
                .help(fmt::format("add `{}: …` to the `stack` declaration", text(name)));
            return error_value(where);
        }
        if (object == known_.aws) {
            constexpr std::pair<std::string_view, std::string_view> pseudo[] = {
                {"region", "Region"}, {"account", "AccountId"}, {"partition", "Partition"}, {"stack_name", "StackName"}, {"url_suffix", "URLSuffix"}};
            for (auto& [mine, theirs] : pseudo)
                if (text(name) == mine) {
                    ValueId id = make(Op::Pseudo, Time::Deploy, plain(TypeKind::String), where);
                    values_.edit(id).chars = {theirs.data(), static_cast<uint32_t>(theirs.size())};
                    values_.edit(id).type = plain(TypeKind::Arn);   // made by AWS: no free text
                    return id;
                }
            diagnostics_.report(diag::UnknownMember, span(name_node), text(name), "aws").help("there are `region`, `account`, `partition`, `stack_name`, `url_suffix`");
            return error_value(where);
        }
        if (object == known_.pipeline && pipeline_) {
            local_used_ = true;
            constexpr std::pair<std::string_view, std::string_view> context[] = {
                {"execution", "Execution.Name"}, {"execution_id", "Execution.Id"}, {"started", "Execution.StartTime"}};
            for (auto& [mine, theirs] : context)
                if (text(name) == mine) {
                    ValueId id = make(Op::Context, Time::Run, plain(mine == "started" ? TypeKind::Timestamp : TypeKind::String), where);
                    values_.edit(id).chars = {theirs.data(), static_cast<uint32_t>(theirs.size())};
                    return id;
                }
            if (name == known_.name) return make_text(text(pipeline_->name), plain(TypeKind::String), where);
            diagnostics_.report(diag::UnknownMember, span(name_node), text(name), "pipeline").help("there are `name`, `execution`, `execution_id`, `started`");
            return error_value(where);
        }
        for (const Module::Alias& alias : frame_->module->aliases)
            if (alias.name == object) {
                if (DeclarationRef d = alias.module->declared.find(name)) return declared(d, where);
                diagnostics_.report(diag::UnknownMember, span(name_node), text(name), text(object));
                return error_value(where);
            }
    }
    ValueId object = expression(object_node);
    bool through = tree()[node].flag & 1;
    if (through && !is_error(object)) {
        if (is_null(object)) return object;
        bool optional = values_[object].optional || types_.is_optional(values_[object].type);
        ValueId there = with_type(object, types_.without_none(values_[object].type));
        ValueId result = member_of(there, name, where, span(name_node));
        return optional && !is_error(result) ? with_type(result, values_[result].type, true) : result;
    }
    return member_of(object, name, where, span(name_node));
}

ValueId Elaborator::member_of(ValueId object, Symbol name, Span where, Span name_span) {
    if (is_error(object)) return object;
    const Value v = values_[object];
    const TypeKind kind = types_.kind(v.type);
    if (v.op == Op::Null || v.optional || kind == TypeKind::Optional) {
        bool inside = v.where.known() && v.where.file == where.file && v.where.begin >= where.begin && v.where.end <= where.end;
        diagnostics_.report(diag::MayBeAbsent, inside ? v.where : where, v.op == Op::Null ? "none" : type_text(types_.without_none(v.type)))
            .help("write `?.` to get none then, or `!.` where it is surely there");
        return error_value(where);
    }
    auto unit = [&](std::span<const UnitMember> members, std::string_view what) -> ValueId {
        for (const UnitMember& m : members) {
            if (text(name) != m.name) continue;
            if (auto constant = const_integer(object)) {
                Span written = frame_->module->library && v.where.known() ? v.where : where;   // the user's own setting
                if (*constant % m.divisor == 0) return make_integer(*constant / m.divisor, plain(TypeKind::Int), written);
                return with_type(make_number(static_cast<double>(*constant) / static_cast<double>(m.divisor), where), plain(TypeKind::Float));
            }
            ValueId number = with_type(object, plain(TypeKind::Int));
            if (m.divisor == 1) return number;
            ValueId whole[] = {make_binary(Operator::Divide, number, make_integer(m.divisor, plain(TypeKind::Int), where), plain(TypeKind::Float), where)};
            return make_call(ir::Builtin::Ceil, whole, plain(TypeKind::Int), where);   // services count in whole units
        }
        std::vector<std::string_view> known;
        for (const UnitMember& m : members) known.push_back(m.name);
        diagnostics_.report(diag::UnknownMember, name_span, text(name), what).help(fmt::format("there are `{}`", fmt::join(known, "`, `")));
        return error_value(where);
    };
    std::vector<std::string_view> known;
    switch (kind) {
        case TypeKind::Duration: return unit(duration_members, "Duration");
        case TypeKind::Size: return unit(size_members, "Size");
        case TypeKind::Arn:
            if (name == known_.arn) return object;
            if (v.op == Op::Attribute && v.b == 0) {          // a CloudFormation resource: `queue.Arn`, `queue.Ref`
                ValueId id = make(Op::Attribute, Time::Deploy, plain(TypeKind::Arn), where);
                values_.edit(id).a = v.a;
                values_.edit(id).b = name == known_.Ref ? 0 : static_cast<uint32_t>(name);
                return id;
            }
            break;
        case TypeKind::S3: case TypeKind::Dataset: case TypeKind::Image:
            if (name == known_.uri) return as_text(object, where);
            if (v.op == Op::Record)
                if (ValueId part = values_.field(object, name); part != ValueId::none) return part;
            known = {"uri", "bucket", "key"};
            break;
        case TypeKind::Bucket: if (name == known_.name) return with_type(object, plain(TypeKind::String)); break;
        case TypeKind::Json: {
            if (v.op == Op::Result) return make_result(StepId{v.a}, values_.path(v.b, name), plain(TypeKind::Json), false, where);
            ValueId id = make(Op::Member, v.time, plain(TypeKind::Json), where);
            values_.edit(id).a = static_cast<uint32_t>(object);
            values_.edit(id).b = static_cast<uint32_t>(name);
            return id;
        }
        default: break;
    }
    if (v.op == Op::Record) {
        if (ValueId found = values_.field(object, name); found != ValueId::none) return found;
        for (const ir::Field& f : values_.fields(object)) known.push_back(text(f.key));
    } else if (kind == TypeKind::Shape) {
        schema::Shape shape(types_[v.type].shape);
        if (auto m = shape.find(text(name))) {
            TypeId type = types_.shape(m->shape);
            if (v.op == Op::Result) return make_result(StepId{v.a}, values_.path(v.b, name), type, !m->required, where);
            ValueId id = make(Op::Member, v.time, type, where);
            values_.edit(id).a = static_cast<uint32_t>(object);
            values_.edit(id).b = static_cast<uint32_t>(name);
            values_.edit(id).optional = !m->required;
            return id;
        }
        for (uint32_t i = 0; i < shape.member_count(); i++) known.push_back(shape.member(i).name);
    } else if (kind == TypeKind::Record || kind == TypeKind::Nominal || kind == TypeKind::Map) {
        const types::Type& t = types_[v.type];
        auto field = std::find_if(t.fields.begin(), t.fields.end(), [&](auto& f) { return f.name == name; });
        if (kind == TypeKind::Map || field != t.fields.end()) {
            TypeId type = kind == TypeKind::Map ? t.element : field->type;
            bool optional = kind == TypeKind::Map || types_.is_optional(type);
            type = types_.without_none(type);
            if (v.op == Op::Result) return make_result(StepId{v.a}, values_.path(v.b, name), type, optional, where);
            ValueId id = make(Op::Member, v.time, type, where);
            values_.edit(id).a = static_cast<uint32_t>(object);
            values_.edit(id).b = static_cast<uint32_t>(name);
            values_.edit(id).optional = optional;
            return id;
        }
        for (auto& f : t.fields) known.push_back(text(f.name));
    }
    auto report = diagnostics_.report(diag::UnknownMember, name_span, text(name), type_text(type_of(object)));
    if (auto near = closest(text(name), known); !near.empty())
        report.help(fmt::format("did you mean `{}`?", near)).fix(name_span, std::string(near), fmt::format("write `{}`", near));
    else if (!known.empty() && known.size() <= 12) report.help(fmt::format("there are `{}`", fmt::join(known, "`, `")));
    return error_value(where);
}

ValueId Elaborator::index(NodeId node) {
    NodeId list_node = tree().child(node);
    ValueId list = expression(list_node);
    ValueId position = expression(tree().next(list_node));
    Span where = span(node);
    if (is_error(list) || is_error(position)) return error_value(where);
    const Value v = values_[list];
    TypeKind kind = types_.kind(v.type);
    if (v.op == Op::Record && const_text(position)) {
        Symbol name = names_.intern(*const_text(position));
        return member_of(list, name, where, span(tree().next(list_node)));
    }
    bool list_like = v.op == Op::List || kind == TypeKind::List;
    if (!list_like || v.optional) {
        if (v.optional) diagnostics_.report(diag::MayBeAbsent, span(list_node), type_text(v.type)).help("write `…!` where it is surely there");
        else diagnostics_.report(diag::NotAList, span(list_node), type_text(type_of(list)));
        return error_value(where);
    }
    if (kind_of(position) != TypeKind::Int) {
        diagnostics_.report(diag::TypeMismatch, span(tree().next(list_node)), "Int", type_text(type_of(position)));
        return error_value(where);
    }
    if (auto at = const_integer(position); at && v.op == Op::List) {
        int64_t i = *at < 0 ? *at + v.b : *at;
        if (i >= 0 && i < v.b) return values_.links(list)[static_cast<size_t>(i)];
        diagnostics_.report(diag::OutOfRange, span(tree().next(list_node)), fmt::format("index {} is outside of a list of {}", *at, v.b));
        return error_value(where);
    }
    TypeId element = kind == TypeKind::List ? types_[v.type].element : types_[type_of(list)].element;
    ValueId id = make(Op::Index, std::max({v.time, values_[position].time, Time::Deploy}), types_.without_none(element), where);
    values_.edit(id).a = static_cast<uint32_t>(list);
    values_.edit(id).b = static_cast<uint32_t>(position);
    values_.edit(id).optional = types_.is_optional(element);
    return id;
}

ValueId Elaborator::list(NodeId node) {
    std::vector<ValueId> items;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Spread) {
            items.push_back(expression(c));
            continue;
        }
        ValueId spread = expression(tree().child(c));
        if (values_[spread].op == Op::List)
            for (uint32_t i = 0; i < values_[spread].b; i++) items.push_back(values_.links(spread)[i]);
        else if (!is_error(spread)) diagnostics_.report(diag::NotAList, span(c), type_text(type_of(spread))).help("`...` takes a list whose size is known while compiling");
    }
    for (ValueId i : items)
        if (is_error(i)) return error_value(span(node));
    if (items.size() > most_items) {
        diagnostics_.report(diag::OutOfRange, span(node), fmt::format("this list has more than {} elements", most_items));
        return error_value(span(node));
    }
    return make_list(items, plain(TypeKind::Literals), span(node));
}

ValueId Elaborator::record(NodeId node) {
    std::vector<ir::Field> fields;
    std::vector<Symbol> written;                 // what `...` brought may be replaced, what is written here may not
    bool failed = false;
    uint64_t seen = 0;                           // a bit per name, shared by some: clear means surely new
    auto put = [&](Symbol key, ValueId value, Span where, bool spread) {
        uint64_t bit = uint64_t{1} << (static_cast<uint32_t>(key) * 2654435769u >> 26);
        bool fresh = !(seen & bit);
        seen |= bit;
        if (fresh) {
            fields.push_back({key, value});
            if (!spread) written.push_back(key);
            return;
        }
        auto same = std::find_if(fields.begin(), fields.end(), [&](const ir::Field& f) { return f.key == key; });
        bool again = !spread && std::find(written.begin(), written.end(), key) != written.end();
        if (!spread) written.push_back(key);
        if (same == fields.end()) fields.push_back({key, value});
        else if (!again) same->value = value;
        else diagnostics_.report(diag::DuplicateMember, where, text(key)).label(values_[same->value].where, "given here first");
    };
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Error) { failed = true; continue; }
        NodeId first = tree().child(c);
        if (tree().kind(c) == NodeKind::Spread) {
            ValueId spread = expression(first);
            if (values_[spread].op == Op::Record)
                for (uint32_t i = 0; i < values_[spread].b; i++) put(values_.fields(spread)[i].key, values_.fields(spread)[i].value, span(c), true);
            else if (!is_error(spread)) diagnostics_.report(diag::NotARecord, span(c), type_text(type_of(spread)));
            failed |= is_error(spread);
            continue;
        }
        bool quoted = tree().kind(first) == NodeKind::String;
        Symbol key = quoted ? names_.intern(string_text(first)) : tree()[first].symbol;
        NodeId value_node = tree().next(first);
        ValueId value = value_node ? expression(value_node) : identifier(first);
        failed |= is_error(value);
        put(key, value, span(first), false);
    }
    return failed ? error_value(span(node)) : make_record(fields, plain(TypeKind::Literals), span(node));
}

ValueId Elaborator::list_for(NodeId node) {
    // Name Name? iterable filter? body
    std::vector<NodeId> parts;
    for (NodeId c : syntax::Children(tree(), node)) parts.push_back(c);
    size_t at = 1;
    NodeId second = tree().kind(parts[1]) == NodeKind::Name ? parts[at++] : 0;
    NodeId source_node = parts[at++];
    NodeId filter_node = tree()[node].flag & 1 ? parts[at++] : 0;
    NodeId body_node = parts[at];
    ValueId source = expression(source_node);
    Span where = span(node);
    if (is_error(source)) return source;
    const Value v = values_[source];
    Symbol name = tree()[parts[0]].symbol;
    if (v.op == Op::Record || v.op == Op::List) {
        std::vector<ValueId> items;
        for (uint32_t i = 0; i < v.b; i++) {
            size_t mark = scope_mark();
            if (v.op == Op::Record) {
                ir::Field f = values_.fields(source)[i];
                if (second) {
                    bind(name, make_text(text(f.key), plain(TypeKind::String), where), span(parts[0]));
                    bind(tree()[second].symbol, f.value, span(second));
                } else {
                    bind(name, f.value, span(parts[0]));
                }
            } else {
                bind(name, values_.links(source)[i], span(parts[0]));
                if (second) bind(tree()[second].symbol, make_integer(i, plain(TypeKind::Int), where), span(second));
            }
            bool take = true;
            if (filter_node) {
                ValueId filter = expression(filter_node);
                if (is_error(filter)) return leave_scope(mark), filter;
                auto decided = const_bool(filter);
                if (!decided) known_by(filter, Time::Const, span(filter_node), "the filter of a list of known size");
                take = decided.value_or(false);
            }
            if (take)
                if (ValueId item = expression(body_node); !is_null(item) || is_error(item)) items.push_back(item);
            leave_scope(mark);
        }
        for (ValueId i : items)
            if (is_error(i)) return i;
        return make_list(items, plain(TypeKind::Literals), where);
    }
    if (types_.kind(v.type) != TypeKind::List || v.optional || second) {
        diagnostics_.report(diag::NotAList, span(source_node), type_text(type_of(source)));
        return error_value(where);
    }
    // a list that is only known at run time
    ValueId id = make(Op::For, Time::Run, plain(TypeKind::Json), where);
    ValueId local = make(Op::Local, Time::Run, types_.without_none(types_[v.type].element), where);
    values_.edit(local).a = static_cast<uint32_t>(id);
    size_t mark = scope_mark();
    bind(name, local, span(parts[0]));
    ValueId filter = filter_node ? expression(filter_node, plain(TypeKind::Bool)) : ValueId::none;
    ValueId body = expression(body_node);
    leave_scope(mark);
    if (is_error(body) || (filter_node && is_error(filter))) return error_value(where);
    Value& f = values_.edit(id);
    f.a = static_cast<uint32_t>(source);
    f.b = static_cast<uint32_t>(id);
    f.c = static_cast<uint32_t>(body);
    f.d = static_cast<uint32_t>(filter);
    f.type = types_.list(type_of(body));
    return id;
}

ValueId Elaborator::record_for(NodeId node) {
    std::vector<NodeId> parts;
    for (NodeId c : syntax::Children(tree(), node)) parts.push_back(c);
    size_t at = 1;
    NodeId second = tree().kind(parts[1]) == NodeKind::Name ? parts[at++] : 0;
    NodeId source_node = parts[at++];
    NodeId filter_node = tree()[node].flag & 1 ? parts[at++] : 0;
    NodeId key_node = parts[at++], value_node = parts[at];
    ValueId source = expression(source_node);
    Span where = span(node);
    if (is_error(source)) return source;
    const Value v = values_[source];
    if (v.op != Op::Record && v.op != Op::List) {
        diagnostics_.report(diag::NotARecord, span(source_node), type_text(type_of(source))).help("its names have to be known while compiling");
        return error_value(where);
    }
    std::vector<ir::Field> fields;
    for (uint32_t i = 0; i < v.b; i++) {
        size_t mark = scope_mark();
        ValueId item = v.op == Op::Record ? values_.fields(source)[i].value : values_.links(source)[i];
        ValueId key = v.op == Op::Record ? make_text(text(values_.fields(source)[i].key), plain(TypeKind::String), where)
                                         : make_integer(i, plain(TypeKind::Int), where);
        if (v.op == Op::List) std::swap(key, item);
        if (second) {
            bind(tree()[parts[0]].symbol, key, span(parts[0]));
            bind(tree()[second].symbol, item, span(second));
        } else {
            bind(tree()[parts[0]].symbol, v.op == Op::Record ? item : key, span(parts[0]));
        }
        bool take = !filter_node || const_bool(expression(filter_node)).value_or(false);
        if (take) {
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

ValueId Elaborator::conditional(NodeId node) {
    NodeId condition_node = tree().child(node);
    NodeId yes_node = tree().next(condition_node);
    NodeId no_node = tree().next(yes_node);
    ValueId condition = expression(condition_node, plain(TypeKind::Bool));
    if (is_error(condition)) return condition;
    if (auto decided = const_bool(condition)) return expression(*decided ? yes_node : no_node);
    ValueId yes = expression(yes_node), no = expression(no_node);
    if (is_error(yes) || is_error(no)) return error_value(span(node));
    if (!is_null(yes) && !is_null(no) && !assignable(type_of(yes), type_of(no)) && !assignable(type_of(no), type_of(yes))) {
        // numbers and texts of several kinds go together, a number and a record do not
        auto scalar = [&](ValueId id) { TypeKind k = kind_of(id); return k >= TypeKind::Bool && k <= TypeKind::Literal; };
        if (!scalar(yes) || !scalar(no)) {
            diagnostics_.report(diag::TypeMismatch, span(no_node), type_text(type_of(yes)), type_text(type_of(no)))
                .label(span(yes_node), "the other value");
            return error_value(span(node));
        }
    }
    return make_conditional(condition, yes, no, span(node));
}

ValueId Elaborator::binary(NodeId node) {
    NodeId left = tree().child(node), right = tree().next(left);
    Operator op = tree()[node].op;
    Span where = span(node);
    TypeId boolean = plain(TypeKind::Bool);
    if (op == Operator::And || op == Operator::Or) {
        ValueId a = expression(left, boolean);
        if (is_error(a)) return a;
        if (auto decided = const_bool(a); decided && *decided == (op == Operator::Or)) return a;   // the rest is not looked at
        ValueId b = expression(right, boolean);
        return is_error(b) ? b : make_binary(op, a, b, boolean, where);
    }
    ValueId a = expression(left), b = expression(right);
    if (is_error(a) || is_error(b)) return error_value(where);
    TypeKind ka = kind_of(a), kb = kind_of(b);
    bool a_optional = values_[a].optional || types_.is_optional(values_[a].type);
    bool b_optional = values_[b].optional || types_.is_optional(values_[b].type);
    auto number = [](TypeKind k) { return k == TypeKind::Int || k == TypeKind::Float; };
    auto texty = [&](ValueId v) {
        TypeId t = types_.without_none(values_[v].type);
        TypeKind k = types_.kind(t);
        return k == TypeKind::String || k == TypeKind::Date || k == TypeKind::Timestamp || k == TypeKind::Literal || k == TypeKind::Instance ||
               k == TypeKind::Arn || k == TypeKind::Bucket || (k == TypeKind::Union && assignable(t, plain(TypeKind::String)));
    };
    auto mismatch = [&](ValueId expected_like, ValueId found, NodeId at) {
        auto report = diagnostics_.report(diag::TypeMismatch, span(at), type_text(type_of(expected_like)), type_text(type_of(found)));
        if (kind_of(found) == TypeKind::Json) report.help("say what it is first: `let x: Float = …`");
        if (kind_of(found) == TypeKind::Int && kind_of(expected_like) == TypeKind::Duration) report.help("write a unit: `30s`, `5m`, `2h`");
        if (kind_of(found) == TypeKind::Int && kind_of(expected_like) == TypeKind::Size) report.help("write a unit: `50GB`");
        return error_value(where);
    };
    if (op == Operator::Default) {
        if (is_null(a)) return b;
        if (!a_optional) return a;
        TypeId type = types_.without_none(type_of(a));
        ValueId there = with_type(a, types_.without_none(values_[a].type));
        if (!is_null(b) && !assignable(type_of(b), type) && !assignable(type, type_of(b)) && !(texty(there) && texty(b))) return mismatch(there, b, right);
        ValueId id = make(Op::Binary, std::max(values_[a].time, values_[b].time), texty(there) && !assignable(type_of(b), type) ? plain(TypeKind::String) : type, where);
        values_.edit(id).sub = static_cast<uint8_t>(op);
        values_.edit(id).a = static_cast<uint32_t>(a);
        values_.edit(id).b = static_cast<uint32_t>(b);
        values_.edit(id).optional = b_optional;
        return id;
    }
    if (op == Operator::In) {
        if (values_[b].op != Op::List && kb != TypeKind::List) {
            diagnostics_.report(diag::NotAList, span(right), type_text(type_of(b)));
            return error_value(where);
        }
        if (values_[b].op == Op::List) {
            bool undecided = false;
            for (uint32_t i = 0; i < values_[b].b; i++) {
                ValueId item = values_.links(b)[i];
                bool comparable = (number(ka) && number(kind_of(item))) || (texty(a) && texty(item)) || ka == kind_of(item);
                if (!comparable) return mismatch(a, item, right);
                auto same = const_equal(a, item);
                if (same && *same) return make_bool(true, where);
                undecided |= !same;
            }
            if (!undecided) return make_bool(false, where);
        }
        return make_binary(op, a, b, boolean, where);
    }
    if (op == Operator::Equal || op == Operator::NotEqual) {
        if (is_null(a) || is_null(b)) return make_binary(op, a, b, boolean, where);
        bool literals = ka == TypeKind::Literals || kb == TypeKind::Literals || values_[a].op == Op::Record || values_[b].op == Op::Record;
        bool comparable = literals || ka == TypeKind::Json || kb == TypeKind::Json || (number(ka) && number(kb)) || (texty(a) && texty(b)) ||
                          assignable(type_of(a), type_of(b)) || assignable(type_of(b), type_of(a));
        if (!comparable) return mismatch(a, b, right);
        auto check_choice = [&](ValueId value, ValueId other, NodeId at) {      // a text that is none of the possible ones is never equal
            auto constant = const_text(value);
            TypeId t = types_.without_none(values_[other].type);
            if (constant && values_[other].time != Time::Const && (types_.kind(t) == TypeKind::Union || types_.kind(t) == TypeKind::Literal) && !convert(value, t))
                explain_mismatch(value, t, span(at));
        };
        check_choice(b, a, right);
        check_choice(a, b, left);
        return make_binary(op, a, b, boolean, where);
    }
    if (a_optional || b_optional) {
        diagnostics_.report(diag::MayBeAbsent, span(a_optional ? left : right), type_text(types_.without_none(values_[a_optional ? a : b].type)))
            .help("say what to use instead with `… ?? default`, or write `…!` where it is surely there");
        return error_value(where);
    }
    bool ordering = op == Operator::Less || op == Operator::LessEqual || op == Operator::Greater || op == Operator::GreaterEqual;
    if (ordering) {
        bool same_unit = ka == kb && (ka == TypeKind::Duration || ka == TypeKind::Size);
        if (!(number(ka) && number(kb)) && !(texty(a) && texty(b)) && !same_unit)
            return number(ka) || texty(a) || ka == TypeKind::Duration || ka == TypeKind::Size ? mismatch(a, b, right) : mismatch(b, a, left);
        return make_binary(op, a, b, boolean, where);
    }
    if (op == Operator::Add && texty(a) && texty(b)) {
        ValueId parts[] = {a, b};
        return make_concat(parts, plain(TypeKind::String), where);
    }
    if (op == Operator::Add && values_[a].op == Op::List && values_[b].op == Op::List) {
        std::vector<ValueId> items(values_.links(a).begin(), values_.links(a).end());
        items.insert(items.end(), values_.links(b).begin(), values_.links(b).end());
        return make_list(items, plain(TypeKind::Literals), where);
    }
    bool add = op == Operator::Add || op == Operator::Subtract;
    if ((ka == TypeKind::Duration || ka == TypeKind::Size) && add && kb != ka) return mismatch(a, b, right);
    if (ka == kb && (ka == TypeKind::Duration || ka == TypeKind::Size) && add) return make_binary(op, a, b, values_[a].type, where);
    bool scaled = (ka == TypeKind::Duration || ka == TypeKind::Size) && number(kb) && (op == Operator::Multiply || op == Operator::Divide);
    if (scaled) return make_binary(op, a, b, values_[a].type, where);
    if ((kb == TypeKind::Duration || kb == TypeKind::Size) && number(ka) && op == Operator::Multiply) return make_binary(op, b, a, values_[b].type, where);
    if (!number(ka) || !number(kb)) {
        NodeId at = number(ka) ? right : left;
        auto report = diagnostics_.report(diag::TypeMismatch, span(at), "Int` or `Float", type_text(type_of(number(ka) ? b : a)));
        if (op == Operator::Add && (texty(a) || texty(b))) report.help("put values into a text with `\"… ${x} …\"`");
        return error_value(where);
    }
    if ((op == Operator::Divide || op == Operator::Modulo) && const_number(b) == 0.0) {
        diagnostics_.report(diag::OutOfRange, span(right), "division by zero");
        return error_value(where);
    }
    bool whole = ka == TypeKind::Int && kb == TypeKind::Int && op != Operator::Divide;
    return make_binary(op, a, b, plain(whole ? TypeKind::Int : TypeKind::Float), where);
}

ValueId Elaborator::unary(NodeId node) {
    ValueId a = expression(tree().child(node));
    Span where = span(node);
    if (is_error(a)) return a;
    if (tree()[node].op == Operator::Not) {
        a = coerce(a, plain(TypeKind::Bool), span(tree().child(node)));
        if (is_error(a)) return a;
        if (auto decided = const_bool(a)) return make_bool(!*decided, where);
    } else {
        if (kind_of(a) != TypeKind::Int && kind_of(a) != TypeKind::Float) {
            diagnostics_.report(diag::TypeMismatch, span(tree().child(node)), "Int` or `Float", type_text(type_of(a)));
            return error_value(where);
        }
        if (auto whole = const_integer(a)) return make_integer(-*whole, values_[a].type, where);
        if (auto number = const_number(a)) return make_number(-*number, where);
    }
    ValueId id = make(Op::Unary, values_[a].time, values_[a].type, where);
    values_.edit(id).sub = static_cast<uint8_t>(tree()[node].op);
    values_.edit(id).a = static_cast<uint32_t>(a);
    return id;
}

bool Elaborator::holds_type(ValueId value, TypeId type) {
    TypeKind have = kind_of(value), want = types_.kind(type);
    if (values_[value].type == type || have == want) return want != TypeKind::Nominal || values_[value].type == type;
    if (want == TypeKind::S3 && have == TypeKind::Dataset) return true;
    if (want == TypeKind::String) return have == TypeKind::Literal;
    return have == TypeKind::Literals && convert(value, type).has_value();
}

ValueId Elaborator::is_type(NodeId node) {
    NodeId value_node = tree().child(node);
    ValueId value = expression(value_node);
    TypeId type = type_expression(tree().next(value_node));
    if (is_error(value) || types_.kind(type) == TypeKind::Error) return error_value(span(node));
    if (kind_of(value) == TypeKind::Union && !assignable(values_[value].type, type) && types_.kind(type) != TypeKind::Literal) {
        const types::Type& alternatives = types_[values_[value].type];
        bool possible = std::any_of(alternatives.items.begin(), alternatives.items.end(), [&](TypeId item) { return assignable(item, type); });
        if (possible) {
            diagnostics_.report(diag::WrongBindingTime, span(node), "which type a value has", "while compiling", "while the pipeline runs");
            return error_value(span(node));
        }
    }
    return make_bool(!is_null(value) && holds_type(value, type), span(node));
}

ValueId Elaborator::located(NodeId node) {
    NodeId type_node = tree().child(node);
    TypeId type = type_expression(type_node);
    ValueId where_at = expression(tree().next(type_node), plain(TypeKind::S3));
    if (is_error(where_at) || types_.kind(type) == TypeKind::Error) return error_value(span(node));
    if (types_.kind(type) != TypeKind::Dataset) {
        diagnostics_.report(diag::TypeMismatch, span(type_node), "Dataset<…>", type_text(type)).help("only data sets are located with `at`");
        return error_value(span(node));
    }
    return with_type(where_at, type);
}

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
        std::vector<std::string_view> functions{"s3", "ecr", "cron", "rate", "string", "number", "length", "join", "split", "replace", "contains",
                                                "upper", "lower", "trim", "min", "max", "round", "json", "file", "after", "before", "fresh_name"};
        session_.modules.library.each([&](Symbol s, DeclarationRef f) { if (f.kind() == NodeKind::Function) functions.push_back(text(s)); });
        frame_->module->declared.each([&](Symbol s, DeclarationRef f) { if (f.kind() == NodeKind::Function) functions.push_back(text(s)); });
        auto report = diagnostics_.report(diag::UnknownFunction, span(callee), text(name));
        if (auto near = closest(text(name), functions); !near.empty()) report.help(fmt::format("did you mean `{}`?", near));
        return error_value(where);
    }
    // a function of the language: its body is walked with the arguments as names
    struct Named { Symbol first; ValueId second; Span where; };
    std::vector<Named> named;
    std::vector<ValueId> positional;
    for (NodeId c = tree().next(callee); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        bool has_name = tree().kind(first) == NodeKind::Name;
        ValueId value = expression(has_name ? tree().next(first) : first);
        if (is_error(value)) return value;
        if (has_name) named.push_back({tree()[first].symbol, value, span(first)});
        else positional.push_back(value);
    }
    std::vector<std::string_view> parameters;
    for (NodeId c : syntax::Children(d.tree(), d.node))
        if (d.tree().kind(c) == NodeKind::Parameter) parameters.push_back(d.tree().text_of(name_node(d.tree(), c)));
    for (const Named& n : named) {
        if (std::find(parameters.begin(), parameters.end(), text(n.first)) != parameters.end()) continue;
        unknown_argument(n.where, text(n.first), parameters, fmt::format("`{}` takes `{}`", text(name), fmt::join(parameters, "`, `")));
        return error_value(where);
    }
    if (depth_ >= 64) {
        diagnostics_.report(diag::EndlessExpansion, where, text(name));
        return error_value(where);
    }
    if (!may_expand(text(name), where)) return error_value(where);
    bool library = session_.sources.file(where.file).library && frame_->call_site.known();
    Frame inner{d.module, ++frames_, frame_->path, library ? frame_->call_site : where, frame_->kind};
    Frame* outer = std::exchange(frame_, &inner);
    depth_++;
    size_t mark = scope_mark();
    bool failed = false;
    size_t next = 0;
    NodeId body = 0;
    for (NodeId c : syntax::Children(tree(), d.node)) {
        if (tree().kind(c) == NodeKind::Doc || tree().kind(c) == NodeKind::Name) continue;
        if (tree().kind(c) != NodeKind::Parameter) { body = c; continue; }
        NodeId name_at = child(c, NodeKind::Name);
        NodeId type_at = tree().next(name_at);
        Symbol parameter = tree()[name_at].symbol;
        ValueId value = ValueId::none;
        if (next < positional.size()) value = positional[next++];
        else for (const Named& n : named) if (n.first == parameter) value = n.second;
        if (value == ValueId::none && tree().next(type_at)) value = expression(tree().next(type_at));
        if (value == ValueId::none) {
            diagnostics_.report(diag::MissingArgument, where, text(parameter), text(name)).label(span(name_at), "declared here");
            failed = true;
            break;
        }
        value = coerce(value, type_expression(type_at), values_[value].where.known() ? values_[value].where : where);
        failed |= is_error(value);
        bind(parameter, value, span(name_at));
    }
    if (next < positional.size() && !failed) {
        diagnostics_.report(diag::TooManyArguments, where, text(name), next);
        failed = true;
    }
    ValueId result = failed || !body ? error_value(where) : expression(body);
    leave_scope(mark);
    depth_--;
    frame_ = outer;
    return result;
}

ValueId Elaborator::construct(TypeId type, NodeId node) {
    std::vector<ir::Field> fields;
    for (NodeId c = tree().next(tree().child(node)); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        if (tree().kind(first) != NodeKind::Name) {
            diagnostics_.report(diag::UnnamedMember, span(c), type_text(type));
            return error_value(span(node));
        }
        ValueId value = expression(tree().next(first));
        if (is_error(value)) return value;
        fields.push_back({tree()[first].symbol, value});
    }
    return coerce(make_record(fields, plain(TypeKind::Literals), span(node)), type, span(node));
}

}  // namespace zflow::elaborate
