// What the expressions in the body of a kind come to when some settings are not given: see library::Evaluated.
//
// Names of settings that have a constant default, and of what `let` makes of them, have that constant, with the condition that
// they are not given. An expression is calculated by the compiler itself once all that it looks at is known; what it looks at
// is decided here, as a run does: the rest of `a or b` counts only when `a` does not decide it. Everything else (answers of
// calls, names that loops make, what depends on the stack or the place of the stage) is unknown, and so is what is made of it.
#include <algorithm>
#include <stdexcept>

#include "evaluate.hpp"

namespace zflow::elaborate {

namespace {

bool is_expression(NodeKind kind) {
    using enum NodeKind;
    return kind >= String && kind <= Located && kind != Text && kind != Arguments && kind != Argument && kind != Entry && kind != Spread;
}

bool is_literal_or_name(NodeKind kind) {
    using enum NodeKind;
    return kind == Identifier || kind == String || (kind >= Integer && kind <= None);
}

/// Functions of the language whose result is made of their arguments and of nothing else.
bool is_pure(std::string_view function) {
    static constexpr std::string_view pure[] = {
        "abs", "after", "before", "ceil", "contains", "ends_with", "exists", "floor", "format_of", "has_gpu", "has_local_nvme", "join", "keys",
        "length", "lower", "max", "merge", "min", "present", "range", "replace", "round", "split", "starts_with", "string", "sum", "trim", "upper",
        "values", "zip"};   // in byte order
    return std::binary_search(std::begin(pure), std::end(pure), function);
}

constexpr unsigned deepest_call = 16;

}  // namespace

/// Names made while this lives are forgotten at its end.
class Preparing::Scope {
   public:
    explicit Scope(Preparing& of) : of_(of), mark_(of.elaborator_.scope_mark()), known_(of.known_.size()) {}
    ~Scope() {
        of_.elaborator_.leave_scope(mark_);
        of_.known_.resize(known_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Preparing& of_;
    size_t mark_, known_;
};

// --- the body

void Preparing::body() {
    const Kind& k = kinds.back();
    Scope scope(*this);
    for (size_t i = 0; i < k.parameters.size(); i++) {
        const library::KindParameter& p = k.parameters[i];
        Outcome is;
        if (p.constant && i < library::settings_with_bit) is = {k.defaults[i], uint64_t{1} << i};
        bind(p.node, is);
    }
    elaborator_.frame_->refused = tree().span(at_.node);   // what is written for stages that give a setting may be wrong without it
    if (k.body) statements(k.body);
}

void Preparing::bind(NodeId name, const Outcome& is) {
    known_.push_back({tree()[name].symbol, elaborator_.frame_->id, is});
    if (is.constant()) elaborator_.bind(tree()[name].symbol, is.value, tree().span(name));
}

void Preparing::statements(NodeId node) {
    switch (tree().kind(node)) {
        case NodeKind::Let: return let(node);
        case NodeKind::Require: return require(node);
        case NodeKind::Block: case NodeKind::Branch: case NodeKind::Arm: case NodeKind::Catch: case NodeKind::If: case NodeKind::Match:
        case NodeKind::For: case NodeKind::Parallel: case NodeKind::Try: case NodeKind::Poll: {
            Scope scope(*this);
            names(node);
            for (NodeId c : syntax::Children(tree(), node)) is_expression(tree().kind(c)) ? expression(c, 0) : statements(c);
            return;
        }
        case NodeKind::Arguments: return expressions_in(node, 0);
        case NodeKind::Stage: case NodeKind::Access: case NodeKind::Grant:   // their entries are looked at one by one
            names(node);
            for (NodeId c : syntax::Children(tree(), node))
                if (tree().kind(c) == NodeKind::Record) expressions_in(c, 0);
            return;
        default:
            names(node);
            return expressions_in(node, 0);
    }
}

/// Nothing is known of what a statement makes.
void Preparing::names(NodeId node) {
    for (NodeId c : syntax::Children(tree(), node))
        if (tree().kind(c) == NodeKind::Name) bind(c, {});
}

void Preparing::let(NodeId node) {
    NodeId name = elaborator_.child(node, NodeKind::Name), value = tree().next(name);
    if (!is_expression(tree().kind(value))) {   // with a type, or a loop
        for (NodeId c = value; c; c = tree().next(c)) is_expression(tree().kind(c)) ? expression(c, 0) : statements(c);
        return bind(name, {});
    }
    expression(value, 0);
    bind(name, outcome(value));
}

void Preparing::require(NodeId node) {
    NodeId condition = tree().child(node);
    Outcome is = outcome(condition);
    bool holds = truth(is) == true;
    if (is.constant() && values_[is.value].op == Op::List)
        holds = std::ranges::all_of(values_.links(is.value), [&](ValueId one) { return truth({one}) == true; });
    if (holds) add(node, What::True, {}, 0, is.unless);
    if (!holds || is.unless) expression(condition, holds ? is.unless : 0);
}

// --- expressions

/// The expressions that a node consists of. `given`: as below.
void Preparing::expressions_in(NodeId node, uint64_t given) {
    const NodeKind kind = tree().kind(node);
    if (kind == NodeKind::ListFor || kind == NodeKind::RecordFor) return comprehension(node, given);
    const NodeId callee = kind == NodeKind::Apply ? tree().child(node) : 0;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (c == callee) continue;
        NodeKind part = tree().kind(c);
        if (is_expression(part)) expression(c, given);
        else if (part == NodeKind::Argument || part == NodeKind::Spread) expressions_in(c, given);
        else if (part == NodeKind::Arguments) expressions_in(c, given);
        else if (part == NodeKind::Entry && tree().next(tree().child(c))) expression(tree().next(tree().child(c)), given);
    }
}

void Preparing::comprehension(NodeId node, uint64_t given) {
    NodeId at = tree().child(node);
    Scope scope(*this);
    while (tree().kind(at) == NodeKind::Name) at = tree().next(at);
    expression(at, given);
    names(node);
    for (at = tree().next(at); at; at = tree().next(at)) expression(at, given);
}

/// Keeps what it and its parts come to. `given`: settings of which one is given, or else nobody would look here; 0: nothing is
/// known of that. What only holds when none of them is given is of no use.
void Preparing::expression(NodeId node, uint64_t given) {
    if (is_literal_or_name(tree().kind(node))) return;
    const Outcome is = outcome(node);
    const bool known = is.constant() || is.instead;
    if (known && (!given || (given & ~is.unless))) keep(node, is);
    if (is.constant() && !is.unless) return;
    if (!is.instead) return expressions_in(node, known ? is.unless : given);
    for (NodeId c : syntax::Children(tree(), node)) expression(c, c == is.instead ? given : is.unless);
}

void Preparing::keep(NodeId node, const Outcome& is) {
    if (evaluated_at(at_.module->index, node)) return;
    if (is.instead) return add(node, What::Instead, {}, is.instead, is.unless);
    const Value& v = values_[is.value];
    const bool of_setting = std::ranges::find(kinds.back().defaults, is.value) != kinds.back().defaults.end();   // its own `none`: messages ask which setting that is
    if (v.op == Op::Null && v.type == types::id_of(TypeKind::None) && !of_setting) return add(node, What::Nothing, {}, 0, is.unless);
    if (v.op == Op::Bool && v.type == types::id_of(TypeKind::Bool)) return add(node, v.a ? What::True : What::False, {}, 0, is.unless);
    add(node, What::Constant, {}, constant(is.value), is.unless);
}

// --- what they come to

std::optional<bool> Preparing::truth(const Outcome& is) const {
    if (!is.constant() || values_[is.value].op != Op::Bool) return {};
    return values_[is.value].a != 0;
}

Preparing::Outcome Preparing::outcome(NodeId node) {
    using enum NodeKind;
    switch (tree().kind(node)) {
        case String: case Integer: case Decimal: case Duration: case Size: case Date: case Instance: case True: case False: case None:
            return calculated(node, 0);
        case Identifier: return of_name(node);
        case Template: case Member: case Index: case Unary: case Assert: case IsType: case List: case Record: case Spread: return of_all(node);
        case Binary:
            switch (tree()[node].op) {
                case syntax::Operator::And: case syntax::Operator::Or: return of_logical(node);
                case syntax::Operator::Default: return of_default(node);
                default: return of_all(node);
            }
        case Conditional: return of_conditional(node);
        case Apply: return of_apply(node);
        case ListFor: case RecordFor: {   // over nothing
            NodeId source = tree().child(node);
            while (tree().kind(source) == Name) source = tree().next(source);
            Outcome of = outcome(source);
            bool none = of.constant() && (values_[of.value].op == Op::List || values_[of.value].op == Op::Record) && !values_[of.value].b;
            return none ? calculated(node, of.unless) : Outcome{};
        }
        default: return {};
    }
}

Preparing::Outcome Preparing::of_name(NodeId node) {
    for (size_t i = known_.size(); i-- > 0;)
        if (known_[i].name == tree()[node].symbol && known_[i].frame == elaborator_.frame_->id) return known_[i].is;
    return is_fixed_name(node) ? calculated(node, 0) : Outcome{};
}

/// Of what is a constant when all its parts are.
Preparing::Outcome Preparing::of_all(NodeId node) {
    uint64_t unless = 0;
    for (NodeId c : syntax::Children(tree(), node)) {
        NodeKind kind = tree().kind(c);
        if (kind == NodeKind::Entry) {
            NodeId name = tree().child(c);
            c = tree().next(name) ? tree().next(name) : name;   // `{ network }`
            kind = c == name ? NodeKind::Identifier : tree().kind(c);
        }
        if (kind != NodeKind::Spread && !is_expression(kind)) continue;
        Outcome part = kind == NodeKind::Identifier ? of_name(c) : kind == NodeKind::Spread ? of_all(c) : outcome(c);
        if (!part.constant()) return {};
        unless |= part.unless;
    }
    if (tree().kind(node) == NodeKind::Spread) return {outcome(tree().child(node)).value, unless};
    return calculated(node, unless);
}

Preparing::Outcome Preparing::instead(NodeId part, uint64_t unless) {
    Outcome is = outcome(part);
    if (is.constant()) return {is.value, unless | is.unless};
    return {ValueId::none, unless, part};
}

Preparing::Outcome Preparing::of_logical(NodeId node) {
    NodeId left = tree().child(node), right = tree().next(left);
    Outcome first = outcome(left);
    auto decided = truth(first);
    if (!decided) return {};
    if (*decided == (tree()[node].op == syntax::Operator::Or)) return first;
    return instead(right, first.unless);
}

Preparing::Outcome Preparing::of_default(NodeId node) {
    NodeId left = tree().child(node), right = tree().next(left);
    Outcome first = outcome(left);
    if (!first.constant()) return {};
    if (values_[first.value].op == Op::Null) return instead(right, first.unless);
    return elaborator_.may_be_absent(first.value) ? Outcome{} : first;
}

Preparing::Outcome Preparing::of_conditional(NodeId node) {
    NodeId condition = tree().child(node), yes = tree().next(condition);
    Outcome asked = outcome(condition);
    auto decided = truth(asked);
    return decided ? instead(*decided ? yes : tree().next(yes), asked.unless) : Outcome{};
}

Preparing::Outcome Preparing::of_apply(NodeId node) {
    NodeId callee = tree().child(node);
    if (tree().kind(callee) != NodeKind::Identifier) return {};
    DeclarationRef d = modules_.find(*at_.module, tree()[callee].symbol);
    if (d && d.kind() == NodeKind::Function) return of_function(d, node);
    if (d ? d.kind() != NodeKind::TypeDeclaration : !is_pure(elaborator_.text(tree()[callee].symbol))) return {};
    uint64_t unless = 0;
    for (NodeId c = tree().next(callee); c; c = tree().next(c)) {
        NodeId value = tree().child(c);
        if (tree().next(value)) value = tree().next(value);
        Outcome argument = outcome(value);
        if (!argument.constant()) return {};
        unless |= argument.unless;
    }
    return calculated(node, unless);
}

/// What its body comes to, with what is known of the arguments.
Preparing::Outcome Preparing::of_function(DeclarationRef d, NodeId node) {
    if (calls_ >= deepest_call) return {};
    std::vector<Outcome> positional;
    std::vector<std::pair<Symbol, Outcome>> named;
    for (NodeId c = tree().next(tree().child(node)); c; c = tree().next(c)) {
        NodeId first = tree().child(c), value = tree().next(first);
        if (value) named.emplace_back(tree()[first].symbol, outcome(value));
        else positional.push_back(outcome(first));
    }
    Frame frame{d.module, ++elaborator_.frames_};
    frame.refused = elaborator_.frame_->refused;
    Frame* outer_frame = std::exchange(elaborator_.frame_, &frame);
    DeclarationRef outer = std::exchange(at_, d);
    calls_++;
    Outcome is;
    {
        Scope scope(*this);
        size_t next = 0;
        for (NodeId c : syntax::Children(tree(), d.node)) {
            if (tree().kind(c) == NodeKind::Doc || tree().kind(c) == NodeKind::Name) continue;
            if (tree().kind(c) != NodeKind::Parameter) {
                is = outcome(c);
                continue;
            }
            NodeId name = elaborator_.child(c, NodeKind::Name), type = tree().next(name), fallback = tree().next(type);
            auto by_name = std::ranges::find(named, tree()[name].symbol, &std::pair<Symbol, Outcome>::first);
            Outcome argument = next < positional.size() ? positional[next++] : by_name != named.end() ? by_name->second : outcome(fallback);
            if (argument.constant()) argument.value = elaborator_.coerce(argument.value, elaborator_.evaluate_type(type), tree().span(name));
            bind(name, argument);
        }
    }
    calls_--;
    at_ = outer;
    elaborator_.frame_ = outer_frame;
    return is.constant() ? is : Outcome{};
}

Preparing::Outcome Preparing::calculated(NodeId node, uint64_t unless) {
    ValueId value = elaborator_.expression(node);
    return is_constant(value) ? Outcome{value, unless} : Outcome{};
}

}  // namespace zflow::elaborate
