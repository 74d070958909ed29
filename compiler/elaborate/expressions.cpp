// Expressions to values.
#include <algorithm>
#include <utility>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "syntax/literals.hpp"
#include "syntax/words.hpp"

namespace zflow::elaborate {

using syntax::Operator;

namespace {

/// Lists and texts made from others can double again and again: these stop it long before memory does.
constexpr size_t most_items = 100'000;
constexpr size_t most_text = 1'048'576;
constexpr size_t most_parts = 1'000'000;   // more than a template of 1 MB can hold

/// Whether stages share such an expression of the library when it depends on nothing of theirs. Others are made as fast as
/// they would be found.
constexpr bool is_kept(NodeKind kind) {
    switch (kind) {
        case NodeKind::List: case NodeKind::ListFor: case NodeKind::Record: case NodeKind::RecordFor: case NodeKind::Template: case NodeKind::Apply:
            return true;
        default: return false;
    }
}

/// Whether the type of a value that is only known later names all its members, and they are there.
bool has_known_members(const types::TypeTable& types, const ir::Value& value) {
    const types::Type& type = types[value.type];
    return !value.optional && (type.kind == TypeKind::Record || type.kind == TypeKind::Nominal) && !type.fields.empty() &&
           std::ranges::none_of(type.fields, [&](const types::FieldType& f) { return types.is_optional(f.type); });
}

/// The name of the stage or `let` behind `node` in its declaration that makes `name`; 0: there is none.
NodeId made_later(const syntax::Tree& tree, NodeId node, Symbol name) {
    auto ends = [&](NodeId n) { return tree.kind(n) == NodeKind::Pipeline || tree.kind(n) == NodeKind::StageKind; };   // behind its contents
    for (NodeId later = node; later < tree.nodes.size() && !ends(later); later++) {
        if (tree.kind(later) != NodeKind::Stage && tree.kind(later) != NodeKind::Let) continue;
        NodeId made = syntax::name_node(tree, later);
        if (tree[made].symbol == name && made > node) return made;
    }
    return 0;
}

/// Whether a statement or parameter anywhere in the file makes a value of that name.
bool is_made_somewhere(const syntax::Tree& tree, Symbol name) {
    auto makes = [&](NodeId node) {
        using enum NodeKind;
        switch (tree.kind(node)) {
            case Stage: case Let: case Call: case Parameter: case For: case ListFor: case RecordFor: break;
            default: return false;
        }
        for (NodeId c : syntax::Children(tree, node))
            if (tree.kind(c) == Name && tree[c].symbol == name) return true;
        return false;
    };
    for (NodeId node = 0; node < tree.nodes.size(); node++)
        if (makes(node)) return true;
    return false;
}

/// At how many places of the file a value is taken by that name.
size_t uses_of(const syntax::Tree& tree, Symbol name) {
    return static_cast<size_t>(std::ranges::count_if(tree.nodes, [&](const syntax::Node& n) { return looked_up(tree, n) == name; }));
}

/// `text/csv`, `risk/model-a`: what stands around a name without a blank, when there is a `/` in it.
Span bare_text(std::string_view source, Span name) {
    auto is_part = [](char c) { return syntax::is_word(c) || c == '/' || c == '-' || c == '.'; };
    Span bare = name;
    while (bare.begin > 0 && is_part(source[bare.begin - 1])) bare.begin--;
    while (bare.end < source.size() && is_part(source[bare.end])) bare.end++;
    return source.substr(bare.begin, bare.end - bare.begin).find('/') == std::string_view::npos ? name : bare;
}

}  // namespace

/// A function for each kind of node: what is looked at for one kind costs the others nothing. Here, where most time goes, it is
/// part of those that call it.
[[gnu::always_inline]] inline ValueId Elaborator::evaluate(NodeId node) {
    switch (tree().kind(node)) {
        case NodeKind::String: case NodeKind::Decimal: case NodeKind::Duration: case NodeKind::Size: case NodeKind::Date: case NodeKind::Instance:
            return constant(node);
        case NodeKind::Integer: return number(node);
        case NodeKind::Template: return text_template(node);
        case NodeKind::True: return truth(true, node);
        case NodeKind::False: return truth(false, node);
        case NodeKind::None: return nothing(node);
        case NodeKind::Identifier: return narrowed_name(node);
        case NodeKind::Member: return narrowed_member(node);
        case NodeKind::Index: return index(node);
        case NodeKind::Apply: return apply(node);
        case NodeKind::Unary: return unary(node);
        case NodeKind::Binary: return binary(node);
        case NodeKind::Assert: return assertion(node);
        case NodeKind::IsType: return is_type(node);
        case NodeKind::Conditional: return conditional(node);
        case NodeKind::List: return list(node);
        case NodeKind::ListFor: return list_for(node);
        case NodeKind::Record: return record(node);
        case NodeKind::RecordFor: return record_for(node);
        case NodeKind::Located: return located(node);
        default: return error_value(span(node));   // an Error node: its diagnostic is there already
    }
}

ValueId Elaborator::expression(NodeId node, TypeId expected) {
    const Module& module = *frame_->module;
    if (const library::Evaluated* known = prepared_at(module, node); known && known->type == expected) return prepared(known->number);
    ValueId value = expression(node);
    if (fits_as_it_is(values_[value], expected)) return value;
    const syntax::Node& n = module.tree[node];
    if (!module.library || !is_kept(n.kind) || n.prepared == syntax::Prepared::Local) return coerce(value, expected, span(node));
    Shared* shared = shared_.find(module, node);
    if (!shared || shared->value == ValueId::none) return coerce(value, expected, span(node));
    if (shared->converted == ValueId::none || shared->type != expected) {
        ValueId converted = coerce(value, expected, span(node));
        shared = &shared_.at(module, node);
        shared->converted = converted;
        shared->type = expected;
    }
    if (recording_) recording_->meets(shared->converted);
    return shared->converted;
}

ValueId Elaborator::expression(NodeId node) {
    const Module& module = *frame_->module;
    const syntax::Node& n = module.tree[node];
    if (n.kind == NodeKind::Identifier) return narrowed_name(node);   // more of them than of any other
    if (!module.library) return own_expression(node);
    if (n.prepared == syntax::Prepared::Evaluated)
        if (ValueId value = prepared_value(node); value != ValueId::none) return value;
    return is_kept(n.kind) && n.prepared != syntax::Prepared::Local ? shared_expression(node) : evaluate(node);
}

ValueId Elaborator::own_expression(NodeId node) {
    ValueId value = evaluate(node);
    if (recording_ && !frame_->call_site.known() && is_literal(tree().kind(node))) recording_->reads(value, node, node);
    return value;
}

ValueId Elaborator::shared_expression(NodeId node) {
    const Module& module = *frame_->module;
    if (const Shared* known = shared_.find(module, node); known && known->value != ValueId::none) {
        if (recording_) recording_->meets(known->value);
        return known->value;
    }
    bool outer = std::exchange(local_used_, false);
    ValueId value = evaluate(node);
    if (!local_used_ && !left_out_depth_ && !is_error(value) && values_[value].time != Time::Run) shared_.at(module, node).value = value;
    local_used_ |= outer;
    return value;
}

Elaborator::Shared& Elaborator::SharedTable::at(const Module& module, NodeId node) {
    constexpr size_t smallest = 128;
    if ((used_ + 1) * 4 > slots_.size() * 3) {
        std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(std::max(smallest, slots_.size() * 2)));
        for (const Slot& slot : before)
            if (slot.key) slot_of(slot.key) = slot;
    }
    const uint32_t key = key_of(module, node);
    Slot& slot = slot_of(key);
    if (!slot.key) slot.key = key, used_++;
    return slot.shared;
}

ValueId Elaborator::constant(NodeId node) { return values_.add(literal(node)); }

ValueId Elaborator::number(NodeId node) {
    Value number = literal(node);
    if (number.op == Op::Integer) return values_.add(number);
    diagnostics_.report(diag::OutOfRange, span(node), "this whole number does not fit 64 bits");
    return error_value(span(node));
}

/// `x!`
ValueId Elaborator::assertion(NodeId node) {
    ValueId value = expression(tree().child(node));
    Span where = span(node);
    if (!is_null(value) || is_error(value)) return made_certain(value, where);
    diagnostics_.report(diag::AbsentValue, where).help("give the value, or test it first: `if x != none`");
    return error_value(where);
}

Value Elaborator::literal(NodeId node) {
    const syntax::Node& n = tree()[node];
    std::string_view written = tree().text_of(node);
    Value v;
    v.where = span(node);
    auto text = [&](Op op, TypeKind kind, std::string_view s) {
        v.op = op, v.type = plain(kind);
        v.chars = {s.data(), static_cast<uint32_t>(s.size())};
        return v;
    };
    auto number = [&](TypeKind kind, int64_t amount) {
        v.op = Op::Integer, v.type = plain(kind);
        v.integer = amount;
        return v;
    };
    switch (n.kind) {
        case NodeKind::Decimal: return text(Op::Decimal, TypeKind::Float, written);
        case NodeKind::Date: return text(Op::String, TypeKind::Date, written);
        case NodeKind::Instance: return text(Op::String, TypeKind::Instance, written);
        case NodeKind::Duration: return number(TypeKind::Duration, syntax::duration_seconds(written));
        case NodeKind::Size: return number(TypeKind::Size, syntax::size_bytes(written));
        case NodeKind::Integer: {
            auto amount = syntax::integer(written);
            return amount ? number(TypeKind::Int, *amount) : v;
        }
        default: return text(Op::String, TypeKind::String, n.flag == 0 ? written : values_.keep(string_text(node)));
    }
}

/// A piece of a template.
Value Elaborator::literal_piece(NodeId whole, NodeId piece) {
    bool as_written = tree()[piece].flag == 0 && !(tree()[whole].flag & syntax::is_block);
    std::string_view text = as_written ? tree().text_of(piece) : values_.keep(syntax::piece_value(tree(), whole, piece));
    Value v;
    v.op = Op::String;
    v.type = plain(TypeKind::String);
    v.chars = {text.data(), static_cast<uint32_t>(text.size())};
    v.where = span(piece);
    return v;
}

std::string Elaborator::string_text(NodeId node) { return syntax::string_value(tree(), node); }

Symbol Elaborator::key_name(NodeId key) {
    const syntax::Node& n = tree()[key];
    return n.kind == NodeKind::String && n.symbol == Symbol::none ? names_.intern(string_text(key)) : n.symbol;
}

ValueId Elaborator::text_template(NodeId node) {
    Few<ValueId, 8> parts;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Text) {
            parts.push_back(values_.add(literal_piece(node, c)));
            if (recording_ && !frame_->call_site.known()) recording_->reads(parts.back(), c, node);
            continue;
        }
        text_part_ = c;
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
                auto report = diagnostics_.report(diag::NotTextual, span(c), advice::with_article(type_text(type_of(part))));
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
        if (values_[part].op == Op::String) length += values_[part].text().size();
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
    return add_changed(value, v);
}

/// A name, and what conditions have said of it.
ValueId Elaborator::narrowed_name(NodeId node) {
    ValueId value = identifier(node);
    return there_.empty() ? value : narrowed(node, value);
}

ValueId Elaborator::identifier(NodeId node) {
    const Binding* b = lookup(tree()[node].symbol);
    return b ? bound_value(*b, node) : declared_name(node);
}

ValueId Elaborator::bound_value(const Binding& b, NodeId node) {
    local_used_ = true;
    if (b.lost) return lost_name(b, span(node));
    if (frame_->module->library) return b.value;
    ValueId value = walks_left_out() ? in_left_out(b.value, b.wide) : b.value;
    return frame_->function ? value : used_at(value, span(node));
}

ValueId Elaborator::lost_name(const Binding& binding, Span where) {
    if (is_unread(text(binding.name))) return error_value(where);
    diagnostics_.report(diag::MayNotExist, where, text(binding.name)).joins(pipeline_ ? text(pipeline_->name) : "")
        .label(binding.where, "made only on this path")
        .help("make it on every path, or add `else skip` and say what to use instead with `??`");
    return error_value(where);
}

ValueId Elaborator::declared_name(NodeId node) {
    Symbol name = tree()[node].symbol;
    if (name == known_.stack || name == known_.aws || name == known_.pipeline) {
        diagnostics_.report(diag::UnknownName, span(node), text(name)).help(fmt::format("`{}` is used with a member, `{}.…`", text(name), text(name)));
        return error_value(span(node));
    }
    DeclarationRef d = session_.modules.find(*frame_->module, name);
    if (!d) return unknown_name(node);
    ValueId value = declared(d, span(node));
    return used_at(walks_left_out() ? in_left_out(value, d.kind() == NodeKind::Const && has_wide_type(d)) : value, span(node));
}

ValueId Elaborator::unknown_name(NodeId node) {
    Symbol name = tree()[node].symbol;
    Span where = span(node);
    std::string_view source = session_.sources.file(where.file).text;
    std::string_view after = source.substr(std::min<size_t>(where.end, source.size()));
    bool cut = !after.empty() && static_cast<unsigned char>(after[0]) >= 0x80;   // `größe`
    if (cut || after.starts_with('"') || after.starts_with("::") || is_unread(text(name))) return error_value(where);   // `f"…"`, `AWS::Region`: reported as syntax
    if (is_builtin_type(text(name))) return type_as_value(text(name), where);
    const Span bare = bare_text(source, where);
    if (bare.begin < where.begin) {
        Symbol first = names_.intern(syntax::word_at(source, bare.begin));
        if (!lookup(first) && !session_.modules.find(*frame_->module, first)) return error_value(where);   // reported there
    }
    std::vector<std::string_view> known;
    for (const Binding& b : bindings_)
        if (b.frame == frame_->id) known.push_back(text(b.name));
    auto visible = [&](Symbol s, DeclarationRef) { known.push_back(text(s)); };
    frame_->module->declared.each(visible);
    for (const Module* m : frame_->module->imports) m->declared.each(visible);
    const std::string_view near = closest(text(name), known);
    const std::vector<std::string_view> functions = builtin_names();
    const bool is_function = std::ranges::find(functions, text(name)) != functions.end();
    const std::string_view size = after.starts_with('.') ? after.substr(1, after.find_first_of(" \t\r\n,)}]") - 1) : "";
    const bool is_instance = size.ends_with("large") || size == "medium" || size == "micro" || size == "small";
    const NodeId made = made_later(tree(), node, name);
    // a slip is mended where it is; a declaration that is missing is missing once
    const bool slip = is_function || is_instance || made || !near.empty() || is_made_somewhere(tree(), name);
    if (!slip && std::ranges::find(undeclared_, name) != undeclared_.end()) return error_value(where);

    const size_t errors = session_.diagnostics.errors();
    auto report = diagnostics_.report(diag::UnknownName, where, text(name));
    report.joins(near.empty() && pipeline_ ? text(pipeline_->name) : std::string_view());
    if (is_function) {
        report.help(fmt::format("it is a function: `{}(…)`", text(name)));
    } else if (is_instance) {
        report.help(fmt::format("instance types begin with `ml.`: `ml.{}.{}`", text(name), size)).fix({where.file, where.begin, where.begin}, "ml.", fmt::format("write `ml.{}.{}`", text(name), size));
    } else if (made) {
        report.label(span(made), "made here, further down").help("it runs before what it needs: statements run in the order in which they are written");
    } else if (!near.empty()) {
        report.help(fmt::format("did you mean `{}`?", near)).fix(where, std::string(near), fmt::format("write `{}`", near));
    } else if (bare.end > where.end) {
        std::string_view written = source.substr(bare.begin, bare.end - bare.begin);
        report.help(fmt::format("a text stands in quotes: `\"{}\"`", written)).fix(bare, fmt::format("\"{}\"", written), "put it in quotes");
    } else if (size_t uses = uses_of(tree(), name); uses > 1 && !slip) {
        report.help(fmt::format("nothing of this name is declared, and it is used at {} places", uses));
    }
    if (!slip && session_.diagnostics.errors() != errors) undeclared_.push_back(name);
    return error_value(where);
}

/// Two lists of which at least one is only known later.
ValueId Elaborator::append_lists(ValueId a, ValueId b, Span where) {
    if (is_error(a) || is_error(b)) return error_value(where);
    TypeId x = types_[type_of(a)].element, y = types_[type_of(b)].element;
    ValueId both[] = {a, b};
    return make_call(ir::Builtin::Append, both, types_.list(assignable(x, y) ? y : assignable(y, x) ? x : types_.union_of({x, y})), where);
}

/// A list, if there is one, and items after it.
ValueId Elaborator::joined_lists(ValueId before, std::span<const ValueId> items, Span where) {
    for (ValueId i : items)
        if (is_error(i)) return i;
    if (items.empty()) return before;
    ValueId after = make_list(items, plain(TypeKind::Literals), where);
    return before == ValueId::none ? after : append_lists(before, after, where);
}

ValueId Elaborator::list(NodeId node) {
    Few<ValueId, 8> items;
    ValueId before = ValueId::none;              // what stands before the items, when a part's size is only known later
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Spread) {
            items.push_back(expression(c));
            continue;
        }
        ValueId spread = expression(tree().child(c));
        if (values_[spread].op == Op::List) {
            for (uint32_t i = 0; i < values_[spread].b; i++) items.push_back(values_.links(spread)[i]);
        } else if (types_.kind(values_[spread].type) == TypeKind::List && !values_[spread].optional) {
            before = joined_lists(before, items, span(node));
            before = before == ValueId::none ? spread : append_lists(before, spread, span(node));
            items.clear();
        } else {
            if (!is_error(spread)) diagnostics_.report(diag::NotAList, span(c), type_text(type_of(spread))).help("`...` takes a list");
            items.push_back(error_value(span(c)));
        }
    }
    for (ValueId i : items)
        if (is_error(i)) return error_value(span(node));
    if (before != ValueId::none) return is_error(before) ? before : joined_lists(before, items, span(node));
    if (items.size() > most_items) {
        diagnostics_.report(diag::OutOfRange, span(node), fmt::format("this list has more than {} elements", most_items));
        return error_value(span(node));
    }
    return make_list(items, plain(TypeKind::Literals), span(node));
}

size_t Elaborator::parts_of(ValueId value) {
    const Value v = values_[value];
    if (v.op != Op::List && v.op != Op::Record) return 1;
    uint64_t key = uint64_t{v.op == Op::List} << 32 | v.a;
    if (!parts_.empty())
        if (auto known = parts_.find(key); known != parts_.end()) return known->second;
    size_t parts = 1;
    for (uint32_t i = 0; i < v.b; i++) parts += parts_of(v.op == Op::List ? values_.links(value)[i] : values_.fields(value)[i].value);
    constexpr size_t many = 64;   // of others counting again costs little
    if (parts >= many) parts_.emplace(key, parts);
    return parts;
}

/// Values made of named ones twice over, again and again, soon have more parts than can be looked at.
ValueId Elaborator::given_name(ValueId value, Span where) {
    if (frame_->module->library || parts_of(value) <= most_parts) return value;
    diagnostics_.report(diag::OutOfRange, where, "this has more than 1,000,000 parts, counting those of its parts")
        .help("a template has 1 MB: put it in a bucket and give its location");
    return error_value(where);
}

ValueId Elaborator::record(NodeId node) {
    Few<ir::Field, 8> fields;
    Few<Symbol, 8> written;                      // what `...` brought may be replaced, what is written here may not
    std::vector<ir::Field> by_arms;              // all of them in order, once there is a `...if c then { … } else { … }`: it has no key
    bool failed = false;
    uint64_t seen = 0;                           // a bit per name, shared by some: clear means surely new
    auto put_again = [&](Symbol key, ValueId value, NodeId at, bool spread) {
        auto same = std::find_if(fields.begin(), fields.end(), [&](const ir::Field& f) { return f.key == key; });
        bool again = !spread && std::find(written.begin(), written.end(), key) != written.end();
        if (!spread) written.push_back(key);
        if (same == fields.end()) fields.push_back({key, value});
        else if (!again) same->value = value;
        else diagnostics_.report(diag::DuplicateMember, span(at), text(key)).label(values_[same->value].where, "given here first");
    };
    auto put = [&](Symbol key, ValueId value, NodeId at, bool spread) {
        if (!by_arms.empty()) by_arms.push_back({key, value});
        uint64_t bit = uint64_t{1} << (static_cast<uint32_t>(key) * 2654435769u >> 26);
        if (seen & bit) return put_again(key, value, at, spread);
        seen |= bit;
        fields.push_back({key, value});
        if (!spread) written.push_back(key);
    };
    NodeId last = 0;
    const syntax::Tree& t = tree();
    const bool own = !frame_->module->library;   // the text of the library was read when it was prepared
    for (NodeId c : syntax::Children(t, node)) {
        NodeId previous = std::exchange(last, c);
        if (t.kind(c) == NodeKind::Error) { failed = true; continue; }
        NodeId first = t.child(c);
        if (t.kind(c) == NodeKind::Spread) {
            ValueId spread = expression(first);
            if (values_[spread].op == Op::Record)
                for (uint32_t i = 0; i < values_[spread].b; i++) put(values_.fields(spread)[i].key, values_.fields(spread)[i].value, c, true);
            else if (has_known_members(types_, values_[spread])) {   // `if … then { … } else { … }`: its type names them
                const types::Type& type = types_[values_[spread].type];
                for (const types::FieldType& f : type.fields) put(f.name, member_of(spread, f.name, span(c), span(c)), c, true);
            } else if (is_choice_of(spread, Op::Record)) {
                if (by_arms.empty()) by_arms.assign(fields.begin(), fields.end());
                by_arms.push_back({Symbol{}, spread});
            } else if (!is_error(spread)) {
                auto report = diagnostics_.report(diag::NotARecord, span(c), type_text(type_of(spread)));
                TypeKind found = kind_of(spread);
                if (found == TypeKind::Json || found == TypeKind::Map || found == TypeKind::Shape || found == TypeKind::Record || found == TypeKind::Nominal)
                    report.help("records that are only known while the pipeline runs are put together by `merge(a, b)`");
                failed = true;
            }
            failed |= is_error(spread);
            continue;
        }
        Symbol key = key_name(first);
        NodeId value_node = t.next(first);
        if (own && value_node && unit_behind(c)) {
            put(key, error_value(span(value_node)), first, false);
            failed = true;
            continue;
        }
        if (!value_node && failed && is_stray_unit(c, previous, nullptr)) continue;
        ValueId value = value_node ? expression(value_node) : identifier(first);
        failed |= is_error(value);
        put(key, value, first, false);
    }
    if (!by_arms.empty() && !failed) {
        constexpr ptrdiff_t most_choices = 8;    // each doubles the records
        if (std::ranges::count(by_arms, Symbol{}, &ir::Field::key) <= most_choices) return record_by_arms(by_arms, span(node));
        diagnostics_.report(diag::OutOfRange, span(node), fmt::format("more than {} choices in one record", most_choices));
        failed = true;
    }
    return failed ? error_value(span(node)) : make_record(fields, plain(TypeKind::Literals), span(node));
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

}  // namespace zflow::elaborate
