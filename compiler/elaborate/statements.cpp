// Statements to steps.
#include <algorithm>
#include <utility>

#include "elaborate/elaborator.hpp"
#include "elaborate/short_text.hpp"

namespace zflow::elaborate {

namespace {

/// Whether a value may be what it is said to be when `Json` in its type may be anything; `believed`: there is some.
template <typename Fits>
bool may_be(const types::TypeTable& types, TypeId type, TypeId said, const Fits& fits, bool& believed) {
    TypeId a = types.without_none(type), b = types.without_none(said);
    TypeKind kind = types.kind(a), wanted = types.kind(b);
    if (kind == TypeKind::Json) return believed = true;
    if (a != type && b == said) return false;
    if (kind == wanted && (kind == TypeKind::List || kind == TypeKind::Map)) return may_be(types, types[a].element, types[b].element, fits, believed);
    if (kind != TypeKind::Record || (wanted != TypeKind::Record && wanted != TypeKind::Nominal)) return fits(a, b);
    return std::ranges::all_of(types[b].fields, [&](const types::FieldType& want) {
        auto has = std::ranges::find(types[a].fields, want.name, &types::FieldType::name);
        if (has == types[a].fields.end()) return types.is_optional(want.type);
        return may_be(types, has->type, want.type, fits, believed);
    });
}

}  // namespace

void Elaborator::block(NodeId node, ir::Block& into) {
    Span last_jump;
    Narrowed in_here(there_);
    uint32_t outer = statement_;
    bool broken = false;                         // what follows a mistake of syntax may be the rest of it
    for (NodeId c : syntax::Children(tree(), node)) {
        NodeKind kind = tree().kind(c);
        broken |= kind == NodeKind::Error;
        if (broken && kind == NodeKind::Setting && !is_pipeline_setting(tree()[tree().child(c)].symbol)) continue;
        if (into.ends && last_jump.known()) {
            if (kind == NodeKind::Setting) { statement(c, into); continue; }
            if (kind == NodeKind::Error) break;      // the rest of what ends it, `return a, b`
            if (session_.sound) diagnostics_.report(diag::Unreachable, span(c)).label(last_jump, "the pipeline never goes on after this");   // or a block is not closed
            break;
        }
        statement(c, into);
        if (into.ends) last_jump = span(c);
        if (frame_->returned && frame_->call_site.known()) break;   // `return` of a kind ends its body
    }
    statement_ = outer;
}

void Elaborator::statement(NodeId node, ir::Block& into) {
    if (!frame_->call_site.known()) expansions_ = 0, statement_ = ++statements_;
    bool needs_pipeline = false;
    switch (tree().kind(node)) {
        case NodeKind::Stage: case NodeKind::Call: case NodeKind::If: case NodeKind::Match: case NodeKind::Parallel: case NodeKind::For:
        case NodeKind::Try: case NodeKind::Poll: case NodeKind::Wait: case NodeKind::Fail: needs_pipeline = true; break;
        default: break;
    }
    if (needs_pipeline && !pipeline_) {
        NodeKind kind = tree().kind(node);
        if (kind == NodeKind::For) return unroll(node, into);
        if (kind != NodeKind::If) {
            diagnostics_.report(diag::MisplacedStatement, span(node), "a resource kind has no steps");
            return;
        }
    }
    switch (tree().kind(node)) {
        case NodeKind::Stage: return stage(node, into);
        case NodeKind::Call: return call(node, into);
        case NodeKind::Cfn: return cfn(node);
        case NodeKind::Role: return role(node);
        case NodeKind::Access: return access(node);
        case NodeKind::Grant: return grant(node);
        case NodeKind::Require: return require(node);
        case NodeKind::Let: return let(node, into);
        case NodeKind::If: return choice(node, into);
        case NodeKind::Match: return match(node, into);
        case NodeKind::Parallel: parallel(node, Symbol::none, span(node), into); return;
        case NodeKind::For: map(node, Symbol::none, span(node), into); return;
        case NodeKind::Try: return attempt(node, into);
        case NodeKind::Poll: return poll(node, into);
        case NodeKind::Wait: return wait(node, into);
        case NodeKind::Fail: return fail(node, into);
        case NodeKind::Return: return give_back(node, into);
        case NodeKind::Setting: return pipeline_setting(node);
        case NodeKind::Yield:
            if (in_let_) return void(expression(tree().child(node)));
            if (!yield_) {
                diagnostics_.report(diag::MisplacedStatement, span(node), "`yield` gives the result of one turn of a `for`");
                return;
            }
            if (frame_->branches != yield_branches_) {
                diagnostics_.report(diag::MisplacedStatement, span(node), "`yield` inside of an `if` gives a result in some turns only")
                    .help("make the value with `let` in every arm, and `yield` it after them");
                return;
            }
            *yield_ = expression(tree().child(node));
            return;
        default: return;   // Skip has nothing to do; an Error node was reported
    }
}

bool Elaborator::reads_json(NodeId node) const {
    if (tree().kind(node) != NodeKind::Apply || !pipeline_) return false;
    NodeId callee = tree().child(node);
    return tree().kind(callee) == NodeKind::Identifier && tree()[callee].symbol == known_.read_json && !session_.modules.find(*frame_->module, known_.read_json);
}

void Elaborator::let(NodeId node, ir::Block& into) {
    NodeId name_node = child(node, NodeKind::Name);
    Symbol name = tree()[name_node].symbol;
    NodeId at = tree().next(name_node);
    TypeId declared = plain(TypeKind::Error);
    NodeKind kind = tree().kind(at);
    if (kind == NodeKind::TypeName || kind == NodeKind::TypeLiteral || kind == NodeKind::TypeUnion || kind == NodeKind::TypeOptional || kind == NodeKind::TypeRecord) {
        declared = type_expression(at);
        at = tree().next(at);
        kind = tree().kind(at);
    }
    if (const Binding* b = lookup(name); b && !b->lost) {
        diagnostics_.report(diag::NameInUse, span(name_node), text(name)).label(b->where, "made here first");
        return;
    }
    ValueId value;
    if (kind == NodeKind::For) value = map(at, name, span(node), into);
    else if (kind == NodeKind::Parallel) value = parallel(at, name, span(node), into);
    else if (kind == NodeKind::If || kind == NodeKind::Match) {
        diagnostics_.report(diag::MisplacedStatement, span(at), "`let` takes an expression: `if c then a else b`")
            .help(fmt::format("or make the value in every arm, `let {} = …`: it is there behind the statement", text(name)));
        bool outer = std::exchange(in_let_, true);
        statement(at, into);
        in_let_ = outer;
        value = error_value(span(at));
    } else if (reads_json(at) && at != tree().next(name_node) && types_.kind(declared) == TypeKind::Error) {
        value = error_value(span(at));           // its type is reported
    } else if (reads_json(at)) {
        bind(name, read_json(at, name, declared, span(node), into), span(name_node));
        return;
    } else {
        value = given_name(expression(at), span(at));
    }
    if (types_.kind(declared) != TypeKind::Error && !is_error(value)) {
        // an annotation is how `Json` enters the typed world, and what has some in it
        TypeId said = types_.without_none(declared);
        bool maybe = types_.is_optional(declared);
        bool believed = false;
        bool fits = may_be(types_, values_[value].type, said, [this](TypeId from, TypeId to) { return assignable(from, to); }, believed);
        if (kind_of(value) == TypeKind::Json) value = with_type(value, said, maybe);
        else if (believed && fits && (maybe || !values_[value].optional)) value = with_type(value, said, maybe && values_[value].optional);
        else {
            bool outer = std::exchange(believes_, true);
            value = coerce(value, declared, span(at));
            believes_ = outer;
        }
    }
    bind(name, value, span(name_node));
    if (types_.kind(declared) != TypeKind::Error) bindings_.back().wide = is_wide(declared);
}

/// `require condition, message`; with a list of conditions each has to hold, and has a message of its own in a list of
/// messages. What is only known later cannot be refused now, but for what it may come out as.
void Elaborator::require(NodeId node) {
    NodeId condition_node = tree().child(node);
    if (frame_->incomplete) return;
    if (const library::Evaluated* known = prepared_at(*frame_->module, node); known && applies(*known)) return;   // it holds
    granted_ = false;
    ValueId condition = expression(condition_node);
    const size_t errors = session_.diagnostics.errors();
    if (bool decided = demand(condition, node); errors == session_.diagnostics.errors() && (!decided || granted_)) demand_of_arms(node);
}

/// False: one of the conditions is only known later.
bool Elaborator::demand(ValueId condition, NodeId node) {
    NodeId condition_node = tree().child(node), message_node = tree().next(condition_node);
    bool several = values_[condition].op == Op::List, decided = true;
    uint32_t count = several ? values_[condition].b : 1;
    std::string broken;
    for (uint32_t i = 0; i < count; i++) {
        ValueId one = coerce(several ? values_.links(condition)[i] : condition, plain(TypeKind::Bool), span(condition_node));
        auto holds = const_bool(one);
        decided &= holds.has_value();
        if (!holds || *holds) continue;
        ValueId message = expression(message_node);
        if (values_[message].op == Op::List && i < values_[message].b) message = values_.links(message)[i];
        message = coerce(message, plain(TypeKind::String), span(message_node));
        if (is_error(message)) return true;      // it speaks of a setting that is missing or wrong, which is reported
        std::string_view words = const_text(message).value_or("a requirement does not hold");
        if (several && requirement_failed(condition_node, node, words, i, count)) continue;
        if (!broken.empty()) broken += "; ";
        broken += words;
    }
    if (!broken.empty()) requirement_failed(condition_node, node, broken);
    return decided || !broken.empty();
}

/// What settings can come out as has to meet the requirement, all of them together: of two that the same question decides
/// only what belongs together.
void Elaborator::demand_of_arms(NodeId node) {
    std::vector<size_t> settings;
    auto look = [&](auto& self, NodeId n) -> void {
        const Binding* b = tree().kind(n) == NodeKind::Identifier ? lookup(tree()[n].symbol) : nullptr;
        size_t at = b ? static_cast<size_t>(b - bindings_.data()) : 0;
        if (b && b->value != ValueId::none && has_variants(b->value) && std::ranges::find(settings, at) == settings.end()) settings.push_back(at);
        for (NodeId c : syntax::Children(tree(), n)) self(self, c);
    };
    look(look, tree().child(node));
    if (settings.empty()) return;
    if (recording_) recording_->breaks();
    constexpr unsigned most = 64;
    demand_of(settings, 0, most, node);
}

/// The settings before `at` are what they came out as. Gives how often may still be asked.
unsigned Elaborator::demand_of(const std::vector<size_t>& settings, size_t at, unsigned left, NodeId node) {
    if (at == settings.size()) return left;
    const size_t setting = settings[at];
    const ValueId whole = bindings_[setting].value;
    each_variant(whole, [&](ValueId one) {
        if (left == 0) return;
        left--;
        bindings_[setting].value = one;
        const size_t errors = session_.diagnostics.errors();
        granted_ = false;
        ValueId condition = one == whole ? ValueId::none : expression(tree().child(node));
        const bool decided = condition != ValueId::none && demand(condition, node);
        if (errors != session_.diagnostics.errors()) left = 0;   // what else does not do for the same reason is not said again
        else if (!decided || granted_) left = demand_of(settings, at + 1, left, node);
    });
    bindings_[setting].value = whole;
    return left;
}

/// Where the part of a setting stands that one of so many conditions is about: the value of a member, an item.
Span Elaborator::part_of_setting(Span setting, uint32_t number, uint32_t count) const {
    auto module = std::find_if(session_.modules.all.begin(), session_.modules.all.end(), [&](const Module& m) { return m.tree.file == setting.file; });
    if (module == session_.modules.all.end()) return {};
    const syntax::Tree& t = module->tree;
    for (NodeId n = 1; n < t.nodes.size(); n++) {
        if ((t.kind(n) != NodeKind::Record && t.kind(n) != NodeKind::List) || t.span(n) != setting) continue;
        std::vector<NodeId> parts;
        for (NodeId c : syntax::Children(t, n)) {
            if (t.kind(c) == NodeKind::Spread) return {};
            NodeId value = t.kind(c) == NodeKind::Entry ? t.next(t.child(c)) : c;
            parts.push_back(value ? value : c);
        }
        return parts.size() == count ? t.span(parts[number]) : Span{};
    }
    return {};
}

/// What to write instead, when the message names it: code in which `…` stands for what is there now, `Channel(from: …, a: 1)`.
std::string Elaborator::written_instead(std::string_view message, Span where) const {
    constexpr std::string_view hole = "…";
    size_t at = message.find(hole), begin = message.rfind('`', at), end = message.find('`', at);
    if (at == message.npos || begin == message.npos || end == message.npos) return {};
    std::string_view before = message.substr(begin + 1, at - begin - 1), after = message.substr(at + hole.size(), end - at - hole.size());
    std::string_view there = session_.sources.text(where), name = before.substr(0, before.find('(') + 1);
    if (!name.empty() && there.starts_with(name)) {   // it stands there in part already
        if (!there.starts_with(before) || !there.ends_with(')')) return {};
        there = there.substr(before.size(), there.size() - before.size() - 1);
    }
    return fmt::format("{}{}{}", before, there, after);
}

/// A kind's rule is broken where its settings were written: the finding is at the last that the rule names, not at the
/// whole stage; with the number of one of several conditions at the part of the setting that it is about. False, and not
/// reported, when there is no such part.
bool Elaborator::requirement_failed(NodeId condition_node, NodeId statement, std::string_view message, uint32_t number, uint32_t count) {
    Span stage = frame_->call_site, part;
    bool several = false;
    std::vector<Span> settings;
    auto look = [&](auto& self, NodeId n) -> void {
        const Binding* b = tree().kind(n) == NodeKind::Identifier ? lookup(tree()[n].symbol) : nullptr;
        if (b && b->value != ValueId::none) {
            Span at = values_[b->value].where;
            bool written = at.known() && at.file == stage.file && !(at.begin <= stage.begin && at.end >= stage.end);
            if (written && std::none_of(settings.begin(), settings.end(), [&](Span s) { return s.begin == at.begin; })) {
                settings.push_back(at);
                Span one = count ? part_of_setting(at, number, count) : Span{};
                several |= one.known() && part.known();   // nothing says which of them is meant
                if (one.known()) part = one;
            }
        }
        for (NodeId c : syntax::Children(tree(), n)) self(self, c);
    };
    if (stage.known()) look(look, condition_node);
    bool library = session_.sources.file(frame_->module->tree.file).library;
    if (count && (several || !part.known())) return false;
    Span where = part.known() ? part : !settings.empty() ? settings.back() : stage.known() ? stage : span(statement);
    auto report = diagnostics_.report(diag::RequirementFailed, where, message);
    if (std::string instead = part.known() ? written_instead(message, part) : ""; !instead.empty()) report.fix(part, instead, fmt::format("write `{}`", instead));
    if (library) frame_->refused = where;
    if (settings.size() > 1) report.label(settings.front(), "together with this");
    if (stage.known() && !library) report.label(span(statement), "required here");
    return true;
}

void Elaborator::wait(NodeId node, ir::Block& into) {
    NodeId what = tree().child(node);
    ir::Wait w;
    if (tree()[node].flag & 1) {
        w.timestamp = moment(node);
    } else {
        bool broken = tree().kind(what) == NodeKind::Integer && tree().next(node) && tree().kind(tree().next(node)) == NodeKind::Error;
        if (broken) return;                      // `wait 5 minutes`
        ValueId duration = expression(what, plain(TypeKind::Duration));
        if (!is_error(duration)) w.seconds = with_type(duration, plain(TypeKind::Int));
        each_known(duration, [&](ValueId one) {
            Span where = one == duration ? span(what) : values_[one].where;
            if (const_integer(one).value_or(0) > longest_run) diagnostics_.report(diag::OutOfRange, where, "a wait is at most 365 days: an execution does not last longer");
        });
    }
    if (is_error(w.timestamp != ValueId::none ? w.timestamp : w.seconds)) return;
    add_step("wait " + short_text(tree().text_of(what), 40), span(node), w, into);
}

void Elaborator::give_back(NodeId node, ir::Block& into) {
    NodeId what = tree().child(node);
    if (frame_->branches && frame_->call_site.known()) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "`return` of a kind stands at the end of its body")
            .help("make the value with `let` in every arm, and return it after them");
        return;
    }
    ValueId value = what ? expression(what) : make_null(span(node));
    frame_->returned = true;
    frame_->result = value;
    if (frame_->call_site.known() || !pipeline_) return;      // of a kind: its result
    if (scope_ != 0) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "`return` ends the pipeline, a branch or a turn of a `for` cannot do that")
            .help("a `for` gives its results with `yield`");
        return;
    }
    frame_->returned = false;
    if (!is_error(value)) note_result(value), add_step("return", span(node), ir::Return{value}, into);
    into.ends = true;
}

}  // namespace zflow::elaborate
