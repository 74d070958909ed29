// Parts of values: members of records, of service answers, of units; elements of lists.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

using syntax::Operator;

namespace {

struct UnitMember { std::string_view name; int64_t divisor; };
constexpr UnitMember duration_members[] = {{"seconds", 1}, {"minutes", 60}, {"hours", 3600}, {"days", 86400}};
constexpr UnitMember size_members[] = {{"bytes", 1}, {"mb", 1 << 20}, {"gb", 1 << 30}};

}  // namespace

/// A member, and what conditions have said of it.
ValueId Elaborator::narrowed_member(NodeId node) {
    ValueId value = member(node);
    return there_.empty() ? value : narrowed(node, value);
}

ValueId Elaborator::member(NodeId node) {
    NodeId object_node = tree().child(node);
    NodeId name_node = tree().next(object_node);
    Symbol name = tree()[name_node].symbol;
    Span where = span(node);
    const bool named = tree().kind(object_node) == NodeKind::Identifier;
    const Binding* bound = named ? lookup(tree()[object_node].symbol) : nullptr;
    if (named && !bound) {
        Symbol object = tree()[object_node].symbol;
        if (object == known_.stack) {
            if (name == known_.key) {
                if (!stack_->encryption) return make_null(where);
                stack_->used_key = true;
                return make(Op::KeyArn, Time::Deploy, plain(TypeKind::Arn), where);
            }
            if (ValueId option = stack_option(name); option != ValueId::none) return option;
            diagnostics_.report(diag::MissingStackOption, frame_->call_site.known() ? frame_->call_site : where, text(name))
                .help(fmt::format("add `{}: {}` to the `stack` declaration", text(name), option_form(name)));
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
    ValueId object = bound ? bound_value(*bound, object_node) : expression(object_node);
    if (bound && !there_.empty()) object = narrowed(object_node, object);
    if (walks_left_out()) {                      // which members a constant has may be what decided
        bool free = is_const(object) && values_[object].op == Op::Record && kind_of(object) != TypeKind::Nominal;
        return free || is_error(object) ? error_value(where) : in_left_out(member_of(object, name, where, span(name_node)), false);
    }
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

/// A constant in a larger unit, none when that is no whole number.
ValueId Elaborator::in_units(ValueId value, int64_t divisor, Span where) {
    const Value v = values_[value];
    if (v.op != Op::Integer || v.integer % divisor != 0) return ValueId::none;
    if (frame_->module->library && v.where.known()) where = v.where;   // the user's own setting
    size_t since = values_.size();
    ValueId whole = make_integer(v.integer / divisor, plain(TypeKind::Int), where);
    if (recording_) recording_->makes(whole, since, Recipe::Measured, {&value, 1}, static_cast<uint32_t>(divisor));
    return whole;
}

/// Of a union of records it is one that all of them have.
std::optional<TypeId> Elaborator::member_type(TypeId of, Symbol name) {
    const types::Type& t = types_[of];
    if (t.kind == TypeKind::Map) return t.element;
    if (t.kind == TypeKind::Union) {
        std::vector<TypeId> types;
        for (TypeId item : std::vector(t.items.begin(), t.items.end())) {
            TypeKind kind = types_.kind(item);
            auto one = kind == TypeKind::Record || kind == TypeKind::Nominal ? member_type(item, name) : std::nullopt;
            if (!one) return {};
            types.push_back(*one);
        }
        return types_.union_of(types);
    }
    auto field = std::find_if(t.fields.begin(), t.fields.end(), [&](auto& f) { return f.name == name; });
    return field == t.fields.end() ? std::nullopt : std::optional(field->type);
}

ValueId Elaborator::member_of(ValueId object, Symbol name, Span where, Span name_span) {
    if (is_error(object)) return object;
    const Value v = values_[object];
    const TypeKind kind = types_.kind(v.type);
    bool has_own_members_only = kind == TypeKind::Literals || kind == TypeKind::Nominal || kind == TypeKind::Record;
    if (v.op == Op::Record && has_own_members_only && !v.optional)
        if (ValueId found = values_.field(object, name); found != ValueId::none) return found;
    if (ValueId there = guarded_value(object); there != ValueId::none && !v.optional && kind != TypeKind::Optional) {
        // `?.`: a part of what is there or not is there or not itself, and stays the value it is
        ValueId part = member_of(there, name, where, name_span);
        if (is_error(part)) return part;
        bool first = there == ValueId{v.b};
        return make_conditional(ValueId{v.a}, first ? part : make_null(where), first ? make_null(where) : part, where);
    }
    if (v.op == Op::Conditional && !v.optional && kind != TypeKind::Optional && (v.time != Time::Run || kind == TypeKind::Duration || kind == TypeKind::Size)) {
        // CloudFormation chooses, but has no members and no arithmetic
        ValueId yes = member_of(ValueId{v.b}, name, where, name_span);
        ValueId no = is_error(yes) ? yes : member_of(ValueId{v.c}, name, where, name_span);
        return is_error(no) ? no : make_conditional(ValueId{v.a}, yes, no, v.where);
    }
    if (v.op == Op::Null || v.optional || kind == TypeKind::Optional) {
        diagnostics_.report(diag::MayBeAbsent, is_inside(v.where, where) ? v.where : where, v.op == Op::Null ? "none" : type_text(types_.without_none(v.type)))
            .help("write `?.` to get none then, or `!.` where it is surely there");
        return error_value(where);
    }
    auto unit = [&](std::span<const UnitMember> members, std::string_view what) -> ValueId {
        for (const UnitMember& m : members) {
            if (text(name) != m.name) continue;
            if (ValueId whole = in_units(object, m.divisor, where); whole != ValueId::none) return whole;
            if (auto constant = const_integer(object)) {
                return with_type(make_number(static_cast<double>(*constant) / static_cast<double>(m.divisor), where), plain(TypeKind::Float));
            }
            ValueId number = with_type(object, plain(TypeKind::Int));
            if (m.divisor == 1) return number;
            ValueId whole[] = {make_binary(Operator::Divide, number, make_integer(m.divisor, plain(TypeKind::Int), where), plain(TypeKind::Float), where)};
            return make_call(ir::Builtin::Ceil, whole, plain(TypeKind::Int), where);   // services count in whole units
        }
        std::vector<std::string_view> known;
        for (const UnitMember& m : members) known.push_back(m.name);
        diagnostics_.report(diag::UnknownMember, name_span, text(name), what).help(advice::there_are(known));
        return error_value(where);
    };
    std::vector<std::string_view> known;
    switch (kind) {
        case TypeKind::Duration: return unit(duration_members, "Duration");
        case TypeKind::Size: return unit(size_members, "Size");
        case TypeKind::Arn:
            if (name == known_.arn) return object;
            if (v.op == Op::Attribute && v.b == 0) {          // a CloudFormation resource: `queue.Arn`, `queue.Ref`
                if (recording_) recording_->sees(object);
                check_attribute(stack_->resources[v.a], name, name_span);
                ValueId id = make(Op::Attribute, Time::Deploy, plain(TypeKind::Arn), where);
                values_.edit(id).a = v.a;
                values_.edit(id).b = name == known_.Ref ? 0 : static_cast<uint32_t>(name);
                return id;
            }
            break;
        case TypeKind::S3: case TypeKind::Dataset: case TypeKind::Image:
            if (name == known_.uri) return as_text(object, where);
            if (kind != TypeKind::Image && (name == known_.bucket || name == known_.key)) return location_part(object, name, where);
            if (v.op == Op::Record)
                if (ValueId part = values_.field(object, name); part != ValueId::none) return part;
            known = {"uri", "bucket", "key"};
            break;
        case TypeKind::Bucket: if (name == known_.name) return with_type(object, plain(TypeKind::String)); break;
        case TypeKind::Json: {
            if (v.op == Op::Result) return make_part(object, name, plain(TypeKind::Json), false, where);
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
            if (v.op == Op::Result) return make_part(object, name, type, !m->required, where);
            ValueId id = make(Op::Member, v.time, type, where);
            values_.edit(id).a = static_cast<uint32_t>(object);
            values_.edit(id).b = static_cast<uint32_t>(name);
            values_.edit(id).optional = !m->required;
            return id;
        }
        for (uint32_t i = 0; i < shape.member_count(); i++) known.push_back(shape.member(i).name);
    } else if (kind == TypeKind::Record || kind == TypeKind::Nominal || kind == TypeKind::Map || kind == TypeKind::Union) {
        if (auto declared = member_type(v.type, name)) {
            bool optional = kind == TypeKind::Map || types_.is_optional(*declared);
            TypeId type = types_.without_none(*declared);
            if (v.op == Op::Result) return make_part(object, name, type, optional, where);
            return make_member(object, name, type, optional, where);
        }
        for (auto& f : types_[v.type].fields) known.push_back(text(f.name));
    }
    std::string of = type_text(type_of(object));
    constexpr size_t longest = 120, shown = 80;
    if (size_t end = of.rfind(", ", shown); of.size() > longest && of.starts_with('{') && end != of.npos) of = of.substr(0, end) + ", … }";
    const std::string_view written = session_.sources.text({where.file, where.begin, name_span.begin});
    if (is_unread(text(name))) return error_value(where);
    if (known.empty() && v.op == Op::Record && !is_first_asked(written)) return error_value(where);
    auto report = diagnostics_.report(diag::UnknownMember, name_span, text(name), of).joins(written);   // `train.` of each `train.modle`
    if (auto near = closest(text(name), known); !near.empty())
        report.help(fmt::format("did you mean `{}`?", near)).fix(name_span, std::string(near), fmt::format("write `{}`", near));
    else if (known.empty() && v.op == Op::Record) explain_empty(report, written, name);
    else if (kind == TypeKind::Date || kind == TypeKind::Timestamp) report.help("a part of it is a text: `format_date(…, \"[Y0001]\")`, with `[M01]` for the month and `[D01]` for the day");
    else if (!known.empty() && known.size() <= 12) report.help(advice::there_are(known));
    return error_value(where);
}

/// What has no members at all lacks them once, whichever of them are asked for: `train.metrics.` in a pipeline.
bool Elaborator::is_first_asked(std::string_view object) {
    std::string place = fmt::format("{} {}", pipeline_ ? text(pipeline_->name) : "", object);
    if (std::ranges::find(empty_, place) != empty_.end()) return false;
    empty_.push_back(std::move(place));
    return true;
}

/// Why `train.metrics.auc` has no members: the stage was not given the setting that says which there are.
void Elaborator::explain_empty(DiagnosticBuilder& report, std::string_view object, Symbol name) {
    const size_t dot = object.find('.');
    const std::string_view stage = object.substr(0, dot), setting = dot == object.npos ? "" : object.substr(dot + 1, object.find('.', dot + 1) - dot - 1);
    auto has = [](const syntax::Tree& tree, NodeId node, NodeKind kind, std::string_view what) {
        for (NodeId c : syntax::Children(tree, node))
            if (tree.kind(c) == kind && tree.text_of(name_node(tree, c)) == what) return true;
        return false;
    };
    for (NodeId n = 0; n < tree().nodes.size() && !setting.empty(); n++) {
        if (tree().kind(n) != NodeKind::Stage || tree().text_of(name_node(tree(), n)) != stage) continue;
        NodeId path = child(n, NodeKind::Path), settings = child(n, NodeKind::Record);
        DeclarationRef kind = session_.modules.find(*frame_->module, tree()[tree().child(path)].symbol);
        if (!settings || !kind || !has(kind.tree(), kind.node, NodeKind::Parameter, setting) || has(tree(), settings, NodeKind::Entry, setting)) continue;
        return void(report.label(span(name_node(tree(), n)), fmt::format("it has no `{}`", setting)).help(fmt::format("say in `{}` which there are: `{}: {{ {}: … }}`", stage, setting, text(name))));
    }
    report.help("it has no members");
}

/// The bucket or the key of a location. Of one that is only known as a whole they are taken out of its text.
ValueId Elaborator::location_part(ValueId location, Symbol name, Span where) {
    const bool record = values_[location].op == Op::Record;
    const ValueId uri = record ? values_.field(location, known_.uri) : as_text(location, where);
    if (record && (name == known_.bucket || uri == ValueId::none)) return values_.field(location, name);
    auto plain_text = [&](std::string_view s) { return make_text(s, plain(TypeKind::String), where); };
    auto after_beginning = [&](ValueId bucket, ValueId key) {
        ValueId beginning[] = {plain_text("s3://"), bucket, plain_text("/"), key};
        ValueId arguments[] = {uri, make_concat(beginning, plain(TypeKind::String), where)};
        return make_call(ir::Builtin::After, arguments, plain(TypeKind::String), where);
    };
    if (record) {   // rights derived from the key are as narrow as the part of it that is known
        ValueId parts[] = {values_.field(location, known_.key), after_beginning(values_.field(location, known_.bucket), values_.field(location, known_.key))};
        return make_concat(parts, plain(TypeKind::String), where);
    }
    if (ValueId around = place_around(location); around != ValueId::none) {
        if (recording_) recording_->breaks();
        ValueId key = values_.field(around, known_.key);   // as much of it as does not come from the run
        if (values_[key].op == Op::Concat && values_[key].time == Time::Run) key = values_.links(key)[0];
        if (values_[key].time == Time::Run) key = plain_text("");
        ir::Field fields[] = {{known_.bucket, values_.field(around, known_.bucket)}, {known_.key, key}, {known_.uri, uri}};
        return location_part(make_record(fields, plain(TypeKind::S3), where), name, where);
    }
    ValueId split[] = {uri, plain_text("/")};
    ValueId pieces = make_call(ir::Builtin::Split, split, types_.list(plain(TypeKind::String)), where);
    ValueId bucket = make(Op::Index, values_[pieces].time, plain(TypeKind::Bucket), where);
    values_.edit(bucket).a = static_cast<uint32_t>(pieces);
    values_.edit(bucket).b = static_cast<uint32_t>(make_integer(2, plain(TypeKind::Int), where));
    return name == known_.bucket ? bucket : after_beginning(bucket, plain_text(""));
}

std::optional<uint32_t> Elaborator::known_length(ValueId list) const {
    const Value& v = values_[list];
    if (v.op == Op::List) return v.b;
    if (v.op != Op::Result || v.b != 0 || !pipeline_) return {};
    const auto* loop = std::get_if<ir::Map>(&(*pipeline_)[StepId{v.a}].is);
    return loop && !loop->distributed ? known_length(loop->items) : std::nullopt;
}

ValueId Elaborator::index(NodeId node) {
    NodeId list_node = tree().child(node);
    ValueId list = expression(list_node);
    ValueId position = expression(tree().next(list_node));
    Span where = span(node);
    if (is_error(list) || is_error(position)) return error_value(where);
    const Value v = values_[list];
    TypeKind kind = types_.kind(v.type);
    if ((v.op == Op::Record || kind == TypeKind::Json) && const_text(position)) {
        Symbol name = names_.intern(*const_text(position));
        return member_of(list, name, where, span(tree().next(list_node)));
    }
    if (v.op == Op::Attribute && v.b == 0 && const_text(position))   // `resource["Endpoint.Address"]`
        return member_of(list, names_.intern(*const_text(position)), where, span(tree().next(list_node)));
    bool list_like = v.op == Op::List || kind == TypeKind::List;
    if (!list_like || v.optional) {
        if (v.optional) diagnostics_.report(diag::MayBeAbsent, span(list_node), type_text(v.type)).help("write `…!` where it is surely there");
        else {
            auto report = diagnostics_.report(diag::NotAList, span(list_node), type_text(type_of(list)));
            if (v.op == Op::Record && v.b > 0) report.help(fmt::format("its members have names: `{}.{}`", tree().text_of(list_node), text(values_.fields(list)[0].key)));
        }
        return error_value(where);
    }
    if (kind_of(position) != TypeKind::Int) {
        diagnostics_.report(diag::TypeMismatch, span(tree().next(list_node)), "Int", type_text(type_of(position)));
        return error_value(where);
    }
    auto at = const_integer(position);
    if (auto length = at ? known_length(list) : std::nullopt) {
        int64_t i = *at < 0 ? *at + *length : *at;
        if (i < 0 || i >= *length) {
            auto report = diagnostics_.report(diag::OutOfRange, span(tree().next(list_node)), fmt::format("index {} is outside of a list of {}", *at, *length));
            if (*length > 1) report.help(fmt::format("its elements are 0 to {}; -1 is the last one", *length - 1));
            else report.help(*length ? "its only element is 0" : "it is empty");
            return error_value(where);
        }
        if (v.op == Op::List) return values_.links(list)[static_cast<size_t>(i)];
        if (recording_) recording_->breaks();   // another list may have another length
    }
    TypeId element = kind == TypeKind::List ? types_[v.type].element : types_[type_of(list)].element;
    ValueId id = make(Op::Index, std::max({v.time, values_[position].time, Time::Deploy}), types_.without_none(element), where);
    values_.edit(id).a = static_cast<uint32_t>(list);
    values_.edit(id).b = static_cast<uint32_t>(position);
    values_.edit(id).optional = types_.is_optional(element);
    return id;
}

}  // namespace zflow::elaborate
