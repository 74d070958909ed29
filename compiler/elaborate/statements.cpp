// Statements to steps.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// The beginning of what the user wrote, fit for a state's name.
std::string short_text(std::string_view source, size_t most) {
    std::string out;
    for (char c : source) {
        bool blank = static_cast<unsigned char>(c) <= ' ';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : c;
        if (out.size() >= most) break;
    }
    while (!out.empty() && (out.back() == ' ' || (static_cast<unsigned char>(out.back()) & 0x80))) out.pop_back();
    return out;
}

/// Variables and functions share one name space in JSONata: a stage called `count` must not take `$count` away. The
/// functions of JSONata 2.0.6 (docs.jsonata.org) and of Step Functions, `$states`, and the names expressions use inside.
bool is_reserved_variable(std::string_view name) {
    static constexpr std::string_view reserved[] = {   // in byte order
        "abs", "all", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone",
        "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl",
        "encodeUrlComponent", "error", "eval", "exists", "filter", "floor", "formatBase", "formatInteger",
        "formatNumber", "fromMillis", "hash", "join", "keys", "length", "lookup", "lowercase", "map", "match", "max",
        "merge", "millis", "min", "not", "now", "number", "pad", "parse", "parseInteger", "partition", "power",
        "random", "range", "reduce", "replace", "reverse", "round", "shuffle", "sift", "single", "sort", "split",
        "spread", "sqrt", "states", "string", "substring", "substringAfter", "substringBefore", "sum", "toMillis",
        "trim", "type", "uppercase", "uuid", "v", "zip"};
    if (std::binary_search(std::begin(reserved), std::end(reserved), name)) return true;
    if (name.empty() || (name[0] != 'i' && name[0] != 'v' && name[0] != 'e')) return false;
    std::string_view letters = name.substr(0, name.find_first_of("0123456789"));
    bool numbered = letters.size() < name.size() && name.find_first_not_of("0123456789", letters.size()) == std::string_view::npos;
    return numbered && (letters == "it" || letters == "v" || letters == "e");
}

}  // namespace

// --- scope

void Elaborator::bind(Symbol name, ValueId value, Span where, bool stage) {
    auto at = static_cast<size_t>(name);
    if (at >= heads_.size()) heads_.resize(std::max(at + 1, static_cast<size_t>(names_.size()) + 64), 0);
    bindings_.push_back({name, value, where, frame_->id, heads_[at], false, stage});
    heads_[at] = static_cast<uint32_t>(bindings_.size() - 1);
}

void Elaborator::bind_lost(Symbol name, Span where) {
    bind(name, ValueId::none, where);
    bindings_.back().lost = true;
}

const Binding* Elaborator::lookup(Symbol name) const {
    auto at = static_cast<size_t>(name);
    if (at >= heads_.size()) return nullptr;
    for (uint32_t i = heads_[at]; i; i = bindings_[i].previous)
        if (bindings_[i].frame == frame_->id) return &bindings_[i];
    return nullptr;
}

void Elaborator::leave_scope(size_t mark) {
    while (bindings_.size() > mark) {
        heads_[static_cast<size_t>(bindings_.back().name)] = bindings_.back().previous;
        bindings_.pop_back();
    }
}

// --- steps

std::string_view Elaborator::state_name(std::string_view wanted) {
    // unique over the whole definition, at most 80 characters (Step Functions guide, service quotas)
    constexpr size_t most = 80;
    std::string name(wanted.substr(0, most));
    for (int n = 2;; n++) {
        Symbol symbol = names_.intern(name);
        auto at = static_cast<size_t>(symbol);
        if (at >= name_used_.size()) name_used_.resize(at + 256, 0);
        if (name_used_[at] != serial_) {
            name_used_[at] = serial_;
            return names_.text(symbol);
        }
        std::string number = fmt::format(" {}", n);
        name = std::string(wanted.substr(0, most - number.size())) + number;
    }
}

std::string_view Elaborator::join_path(std::string_view path, std::string_view name) {
    if (path.empty()) return name;
    if (name.empty()) return path;
    return values_.keep(fmt::format("{}.{}", path, name));
}

/// A variable of its own for a state: an identifier of at most 40 characters, without `__`, which lowering uses for what
/// it appends (`__problem`, `__turn`, the name of a join); a variable has at most 80 (Step Functions guide, quotas).
std::string_view Elaborator::variable_name(std::string_view state) {
    constexpr size_t most = 40;
    std::string name(state[0] >= '0' && state[0] <= '9' ? "_" : "");
    for (char c : state) {
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (fine) name += c;
        else if (!name.empty() && name.back() != '_') name += '_';
    }
    if (is_reserved_variable(name)) name += "_value";
    if (name.size() > most) name = fmt::format("{}_{:04x}", name.substr(0, most - 5), Interner::hash(state) & 0xffff);
    for (int n = 2;; n++) {
        auto at = static_cast<size_t>(names_.intern(name));
        if (at >= variable_used_.size()) variable_used_.resize(at + 256, 0);
        if (variable_used_[at] != serial_) {
            variable_used_[at] = serial_;
            return names_.text(Symbol{static_cast<uint32_t>(at)});
        }
        name = fmt::format("{}_{}", name.substr(0, most - 4), n);
    }
}

StepId Elaborator::add_step(std::string_view suffix, Span where, decltype(ir::Step::is) is, ir::Block& into) {
    ir::Step s{{}, {}, {}, scope_, where, std::move(is)};
    s.name = state_name(join_path(frame_->path, suffix));
    s.variable = variable_name(s.name);
    auto id = StepId{static_cast<uint32_t>(pipeline_->steps.size())};
    pipeline_->steps.push_back(std::move(s));
    into.steps.push_back(id);
    return id;
}

NodeId Elaborator::child(NodeId node, NodeKind kind) const {
    for (NodeId c : syntax::Children(tree(), node))
        if (tree().kind(c) == kind) return c;
    return 0;
}

NodeId Elaborator::nth(NodeId node, uint32_t n) const {
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Doc) continue;
        if (n-- == 0) return c;
    }
    return 0;
}

// --- blocks

void Elaborator::block(NodeId node, ir::Block& into) {
    Span last_jump;
    for (NodeId c : syntax::Children(tree(), node)) {
        NodeKind kind = tree().kind(c);
        if (into.ends && last_jump.known()) {
            if (kind == NodeKind::Setting) { statement(c, into); continue; }
            diagnostics_.report(diag::Unreachable, span(c)).label(last_jump, "the pipeline never goes on after this");
            return;
        }
        statement(c, into);
        if (into.ends) last_jump = span(c);
        if (frame_->returned && frame_->call_site.known()) return;   // `return` of a kind ends its body
    }
}

void Elaborator::statement(NodeId node, ir::Block& into) {
    if (!frame_->call_site.known()) expansions_ = 0;
    bool needs_pipeline = false;
    switch (tree().kind(node)) {
        case NodeKind::Stage: case NodeKind::Call: case NodeKind::If: case NodeKind::Match: case NodeKind::Parallel: case NodeKind::For:
        case NodeKind::Try: case NodeKind::Poll: case NodeKind::Wait: case NodeKind::Fail: needs_pipeline = true; break;
        default: break;
    }
    if (needs_pipeline && !pipeline_) {
        bool decided = tree().kind(node) == NodeKind::If;
        if (!decided) {
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
        statement(at, into);
        diagnostics_.report(diag::MisplacedStatement, span(at), "`let` takes an expression: `if c then a else b`");
        value = error_value(span(at));
    } else {
        value = expression(at);
    }
    if (types_.kind(declared) != TypeKind::Error && !is_error(value)) {
        // an annotation is how `Json` enters the typed world
        if (kind_of(value) == TypeKind::Json) value = with_type(value, types_.without_none(declared), types_.is_optional(declared));
        else value = coerce(value, declared, span(at));
    }
    bind(name, value, span(name_node));
}

void Elaborator::require(NodeId node) {
    NodeId condition_node = tree().child(node);
    ValueId condition = expression(condition_node, plain(TypeKind::Bool));
    auto holds = const_bool(condition);
    if (!holds || *holds) return;   // what is only known later cannot be refused now
    ValueId message = expression(tree().next(condition_node), plain(TypeKind::String));
    Span where = frame_->call_site.known() ? frame_->call_site : span(node);
    diagnostics_.report(diag::RequirementFailed, where, const_text(message).value_or("a requirement does not hold"))
        .label(frame_->call_site.known() && !session_.sources.file(frame_->module->tree.file).library ? span(node) : Span{}, "required here");
}

// --- branches

Elaborator::Arm Elaborator::arm(NodeId node) {
    Arm a;
    if (!node) {
        a.implicit = true;
        return a;
    }
    if (tree().kind(node) == NodeKind::Skip) {
        a.skipped = true;
        return a;
    }
    InBranch inside(*frame_);
    size_t mark = scope_mark();
    if (tree().kind(node) == NodeKind::If) choice(node, a.block);
    else block(node, a.block);
    for (size_t i = mark; i < bindings_.size(); i++)
        if (bindings_[i].frame == frame_->id) a.made.push_back(bindings_[i]);
    leave_scope(mark);
    return a;
}

std::vector<ir::Join> Elaborator::join(std::vector<Arm>& arms, StepId step_id, const std::vector<Span>&) {
    std::vector<ir::Join> joins;
    std::vector<size_t> living;
    bool skipped = false, implicit = false;
    for (size_t i = 0; i < arms.size(); i++) {
        if (arms[i].block.ends) continue;
        if (arms[i].skipped) skipped = true;
        else if (arms[i].implicit) implicit = true;
        else living.push_back(i);
    }
    if (living.empty()) return joins;
    auto find = [&](const Arm& a, Symbol name) -> const Binding* {
        for (size_t i = a.made.size(); i-- > 0;)
            if (a.made[i].name == name) return &a.made[i];
        return nullptr;
    };
    std::vector<Symbol> done;
    for (size_t l : living)
        for (const Binding& made : arms[l].made) {
            if (std::find(done.begin(), done.end(), made.name) != done.end()) continue;
            done.push_back(made.name);
            bool everywhere = !implicit, lost = made.lost;
            for (size_t other : living) {
                const Binding* b = find(arms[other], made.name);
                everywhere &= b != nullptr;
                lost |= b && b->lost;
            }
            if (!everywhere || lost) {
                bind_lost(made.name, made.where);
                continue;
            }
            if (living.size() == 1 && !skipped) {          // the only path that goes on: its names simply stay
                bind(made.name, made.value, made.where, made.stage);
                continue;
            }
            ir::Join j{made.name, std::vector<ValueId>(arms.size(), ValueId::none)};
            TypeId type{};
            bool first = true, failed = false, optional = skipped;
            for (size_t other : living) {
                const Binding* b = find(arms[other], made.name);
                j.values[other] = b->value;
                if (is_error(b->value)) { failed = true; continue; }
                TypeId t = type_of(b->value);
                optional |= types_.is_optional(t);
                t = types_.without_none(t);
                if (first || assignable(type, t)) type = t;
                else if (!assignable(t, type)) {
                    // records of different stages: what both have in common survives
                    const types::Type& x = types_[type];
                    const types::Type& y = types_[t];
                    bool records = (x.kind == TypeKind::Record || x.kind == TypeKind::Nominal) && (y.kind == TypeKind::Record || y.kind == TypeKind::Nominal);
                    std::vector<types::FieldType> common;
                    if (records)
                        for (const types::FieldType& f : x.fields)
                            for (const types::FieldType& g : y.fields)
                                if (f.name == g.name && (assignable(f.type, g.type) || assignable(g.type, f.type))) common.push_back({f.name, assignable(f.type, g.type) ? g.type : f.type, 0});
                    bool scalars = x.kind >= TypeKind::Bool && x.kind <= TypeKind::Union && y.kind >= TypeKind::Bool && y.kind <= TypeKind::Union;
                    if (!common.empty()) type = types_.record(std::move(common));
                    else if (scalars && assignable(type, plain(TypeKind::String)) && assignable(t, plain(TypeKind::String))) type = types_.union_of({type, t});
                    else {
                        diagnostics_.report(diag::JoinMismatch, b->where, text(made.name), type_text(type), type_text(t)).label(made.where, "made here with the other type");
                        failed = true;
                        break;
                    }
                }
                first = false;
            }
            if (failed) {
                bind(made.name, error_value(made.where), made.where);
                continue;
            }
            ValueId joined = make(Op::Joined, Time::Run, type, made.where);
            values_.edit(joined).a = static_cast<uint32_t>(step_id);
            values_.edit(joined).b = static_cast<uint32_t>(joins.size());
            values_.edit(joined).optional = optional;
            joins.push_back(std::move(j));
            bind(made.name, joined, made.where, made.stage);
        }
    return joins;
}

void Elaborator::choice(NodeId node, ir::Block& into) {
    // an `if … else if … else` chain is one Choice; conditions that are decided while compiling leave no trace
    std::vector<Arm> arms;
    std::vector<ValueId> conditions;
    std::string first_condition;
    NodeId at = node;
    bool decided = false;
    while (true) {
        NodeId condition_node = tree().child(at);
        NodeId then_node = tree().next(condition_node);
        NodeId else_node = tree().next(then_node);
        ValueId condition = expression(condition_node, plain(TypeKind::Bool));
        auto constant = const_bool(condition);
        if (is_error(condition)) {            // check both sides all the same; nothing they make is missed afterwards
            Arm a = arm(then_node), b = else_node ? arm(else_node) : Arm{};   // both before their names are made
            for (const Arm* side : {&a, &b})
                for (const Binding& m : side->made) if (!lookup(m.name)) bind(m.name, error_value(m.where), m.where);
            return;
        }
        if (constant && *constant) {
            if (conditions.empty()) {          // always: the block stands here itself
                block(then_node, into);
                return;
            }
            arms.push_back(arm(then_node));
            conditions.push_back(ValueId::none);
            decided = true;
            break;
        }
        if (!constant) {
            if (conditions.empty()) first_condition = short_text(tree().text_of(condition_node), 60);
            conditions.push_back(condition);
            arms.push_back(arm(then_node));
        }
        if (!else_node) break;
        if (tree().kind(else_node) == NodeKind::If) {
            at = else_node;
            continue;
        }
        if (conditions.empty()) {              // never: only the else is left
            if (tree().kind(else_node) == NodeKind::Block) block(else_node, into);
            return;
        }
        arms.push_back(arm(else_node));
        conditions.push_back(ValueId::none);
        decided = true;
        break;
    }
    if (conditions.empty()) return;            // `if false { … }`
    if (!pipeline_) {
        diagnostics_.report(diag::WrongBindingTime, span(node), "a condition in a resource kind", "while compiling", "later");
        return;
    }
    if (!decided) {
        arms.push_back(arm(0));
        conditions.push_back(ValueId::none);
    }
    StepId id = add_step("if " + first_condition, span(node), ir::Choice{}, into);
    std::vector<ir::Join> joins = join(arms, id, {});
    auto& c = std::get<ir::Choice>(step(id).is);
    c.joins = std::move(joins);
    bool all_end = true;
    for (size_t i = 0; i < arms.size(); i++) {
        all_end &= arms[i].block.ends;
        c.arms.push_back({conditions[i], std::move(arms[i].block)});
    }
    into.ends = all_end;
}

void Elaborator::match(NodeId node, ir::Block& into) {
    NodeId subject_node = tree().child(node);
    ValueId subject = expression(subject_node);
    if (is_error(subject)) return;
    std::vector<Arm> arms;
    std::vector<ValueId> conditions;
    std::vector<std::string_view> covered;
    bool has_else = false;
    for (NodeId a = tree().next(subject_node); a; a = tree().next(a)) {
        if (tree().kind(a) != NodeKind::Arm) continue;
        ValueId condition = ValueId::none;
        NodeId body = 0;
        bool any = false, constant_hit = false;
        for (NodeId c : syntax::Children(tree(), a)) {
            if (tree().kind(c) == NodeKind::Block || tree().kind(c) == NodeKind::Skip) { body = c; break; }
            any = true;
            ValueId pattern = expression(c);
            if (is_error(pattern)) continue;
            TypeId wanted = types_.without_none(type_of(subject));
            pattern = coerce(pattern, wanted, span(c));
            if (is_error(pattern)) continue;
            if (auto t = const_text(pattern)) {
                if (std::find(covered.begin(), covered.end(), *t) != covered.end()) diagnostics_.report(diag::Unreachable, span(c)).help("an arm before this one takes the same value");
                covered.push_back(*t);
            }
            ValueId same = make_binary(syntax::Operator::Equal, subject, pattern, plain(TypeKind::Bool), span(c));
            if (auto decided = const_bool(same)) {
                constant_hit |= *decided;
                continue;
            }
            condition = condition == ValueId::none ? same : make_binary(syntax::Operator::Or, condition, same, plain(TypeKind::Bool), span(c));
        }
        if (!any) has_else = true;
        if (is_const(subject)) {
            if (constant_hit || (!any && arms.empty())) {   // decided while compiling
                if (tree().kind(body) == NodeKind::Block) block(body, into);
                return;
            }
            continue;
        }
        if (any && condition == ValueId::none) continue;
        arms.push_back(arm(body));
        conditions.push_back(condition);
    }
    if (!has_else) {
        // without else every possible value has an arm
        const types::Type& t = types_[types_.without_none(values_[subject].type)];
        std::vector<std::string_view> missing;
        auto literal = [&](TypeId id) {
            if (types_.kind(id) != TypeKind::Literal) return false;
            if (std::find(covered.begin(), covered.end(), text(types_[id].name)) == covered.end()) missing.push_back(text(types_[id].name));
            return true;
        };
        bool closed = t.kind == TypeKind::Union && std::all_of(t.items.begin(), t.items.end(), literal);
        if (!closed || !missing.empty()) {
            auto report = diagnostics_.report(diag::MatchNotExhaustive, span(subject_node));
            if (!missing.empty()) report.help(fmt::format("add arms for \"{}\", or `else => skip`", fmt::join(missing, "\", \"")));
            else report.help("add `else => { … }` or `else => skip`");
            return;
        }
        if (!conditions.empty()) conditions.back() = ValueId::none;   // the last one is what is left
    }
    if (arms.empty() || is_const(subject)) return;
    StepId id = add_step("match " + short_text(tree().text_of(subject_node), 60), span(node), ir::Choice{}, into);
    std::vector<ir::Join> joins = join(arms, id, {});
    auto& c = std::get<ir::Choice>(step(id).is);
    c.joins = std::move(joins);
    bool all_end = true;
    for (size_t i = 0; i < arms.size(); i++) {
        all_end &= arms[i].block.ends;
        c.arms.push_back({conditions[i], std::move(arms[i].block)});
    }
    into.ends = all_end;
}

ValueId Elaborator::parallel(NodeId node, Symbol name, Span where, ir::Block& into) {
    if (NodeId arguments = child(node, NodeKind::Arguments))
        diagnostics_.report(diag::UnknownArgument, span(arguments), tree().text_of(arguments)).help("`parallel` takes no arguments");
    std::string_view label = name == Symbol::none ? "parallel" : text(name);
    StepId id = add_step(label, where, ir::Parallel{}, into);
    std::vector<ir::Field> results;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Branch) continue;
        NodeId branch_name = tree().child(c);
        Symbol symbol = tree()[branch_name].symbol;
        auto& step_now = std::get<ir::Parallel>(step(id).is);
        if (std::any_of(step_now.branches.begin(), step_now.branches.end(), [&](auto& b) { return b.name == symbol; }))
            diagnostics_.report(diag::NameInUse, span(branch_name), text(symbol));
        ir::ScopeId outer = scope_;
        pipeline_->scopes.push_back({outer, id, static_cast<uint32_t>(step_now.branches.size())});
        scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
        ir::Parallel::Branch branch{symbol, {}, scope_};
        size_t mark = scope_mark();
        InBranch inside(*frame_);
        block(tree().next(branch_name), branch.block);
        std::vector<ir::Field> made;
        for (size_t i = mark; i < bindings_.size(); i++)
            if (bindings_[i].frame == frame_->id && !bindings_[i].lost) made.push_back({bindings_[i].name, bindings_[i].value});
        leave_scope(mark);
        scope_ = outer;
        results.push_back({symbol, make_record(made, plain(TypeKind::Literals), span(c))});
        std::get<ir::Parallel>(step(id).is).branches.push_back(std::move(branch));
    }
    return make_record(results, plain(TypeKind::Literals), where);
}

ValueId Elaborator::map(NodeId node, Symbol name, Span where, ir::Block& into) {
    std::vector<NodeId> parts;
    for (NodeId c : syntax::Children(tree(), node)) parts.push_back(c);
    size_t at = 1;
    NodeId second = tree().kind(parts[1]) == NodeKind::Name ? parts[at++] : 0;
    NodeId source_node = parts[at++];
    NodeId arguments = at < parts.size() && tree().kind(parts[at]) == NodeKind::Arguments ? parts[at++] : 0;
    NodeId body = parts[at];
    ValueId source = expression(source_node);
    TypeId element = plain(TypeKind::Error);
    if (!is_error(source)) {
        const Value& v = values_[source];
        TypeId type = type_of(source);
        if (types_.kind(type) != TypeKind::List || v.optional) {
            diagnostics_.report(v.optional ? diag::MayBeAbsent : diag::NotAList, span(source_node), type_text(types_.without_none(type)))
                .help(v.optional ? "say what to use instead with `?? []`" : "a `for` goes through a list");
        } else {
            element = types_[type].element;
            if (v.op == Op::List && v.b == 0) diagnostics_.report(diag::EmptyLoop, span(source_node));
        }
    }
    Symbol item_name = tree()[parts[0]].symbol;
    StepId id = add_step(name == Symbol::none ? fmt::format("for {}", text(item_name)) : text(name), where, ir::Map{}, into);
    ValueId at_most = ValueId::none;
    if (arguments)
        for (NodeId a : syntax::Children(tree(), arguments)) {
            NodeId label = tree().child(a);
            if (tree().kind(label) == NodeKind::Name && tree()[label].symbol == known_.at_most) {
                at_most = expression(tree().next(label), plain(TypeKind::Int));
                if (auto n = const_integer(at_most); n && (*n < 1 || *n > 40))   // Step Functions guide: inline map, at most 40 at once
                    diagnostics_.report(diag::OutOfRange, span(tree().next(label)), fmt::format("an inline `for` runs 1 to 40 turns at a time, not {}", *n));
            } else {
                unknown_argument(span(label), tree().text_of(label), {"at_most"}, "`for` takes `at_most`");
            }
        }
    ir::ScopeId outer = scope_;
    pipeline_->scopes.push_back({outer, id, 0});
    scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
    size_t mark = scope_mark();
    ValueId item = make(Op::Item, Time::Run, types_.without_none(element), span(parts[0]));
    values_.edit(item).a = static_cast<uint32_t>(id);
    values_.edit(item).optional = types_.is_optional(element);
    bind(item_name, item, span(parts[0]));
    if (second) {
        ValueId index = make(Op::ItemIndex, Time::Run, plain(TypeKind::Int), span(second));
        values_.edit(index).a = static_cast<uint32_t>(id);
        bind(tree()[second].symbol, index, span(second));
    }
    ValueId result = ValueId::none;
    ValueId* outer_yield = std::exchange(yield_, &result);
    ir::Block block_here;
    {
        InBranch inside(*frame_);
        uint32_t outer_branches = std::exchange(yield_branches_, frame_->branches);
        block(body, block_here);
        yield_branches_ = outer_branches;
    }
    yield_ = outer_yield;
    leave_scope(mark);
    auto& m = std::get<ir::Map>(step(id).is);
    m.items = source;
    m.block = std::move(block_here);
    m.scope = scope_;
    m.result = result != ValueId::none && is_error(result) ? ValueId::none : result;
    m.at_most = at_most;
    scope_ = outer;
    if (name == Symbol::none) return ValueId::none;
    if (result == ValueId::none) {
        diagnostics_.report(diag::MissingYield, where, text(name)).help("end the body with `yield …`");
        return error_value(where);
    }
    if (is_error(result)) return result;
    return make_result(id, 0, types_.list(type_of(result)), false, where);
}

std::vector<std::string_view> Elaborator::error_names(NodeId path) {
    // `States.Timeout` is data of the library; a name of the user's own stands for itself
    NodeId first = tree().child(path);
    std::vector<std::string_view> result;
    DeclarationRef d = session_.modules.find(*frame_->module, tree()[first].symbol);
    if (d && d.kind() == NodeKind::Const) {
        ValueId value = declared(d, span(first));
        for (NodeId n = tree().next(first); n && !is_error(value); n = tree().next(n)) value = member_of(value, tree()[n].symbol, span(path), span(n));
        if (values_[value].op == Op::List)
            for (uint32_t i = 0; i < values_[value].b; i++)
                if (auto t = const_text(values_.links(value)[i])) result.push_back(*t);
        if (result.empty() && !is_error(value)) diagnostics_.report(diag::UnknownError, span(path), tree().text_of(path));
        return result;
    }
    if (tree().next(first)) {
        std::vector<std::string_view> known{"States", "Lambda", "SageMaker", "Databricks", "Poll"};
        auto report = diagnostics_.report(diag::UnknownError, span(path), tree().text_of(path));
        if (auto near = closest(text(tree()[first].symbol), known); !near.empty()) report.help(fmt::format("did you mean `{}.…`?", near));
        else report.help("error names are in `States`, `Lambda`, `SageMaker`, `Databricks`, or what a `fail` here raises");
        return result;
    }
    result.push_back(text(tree()[first].symbol));
    return result;
}

void Elaborator::attempt(NodeId node, ir::Block& into) {
    StepId id = add_step("try", span(node), ir::Try{}, into);
    std::vector<Arm> arms;
    std::vector<std::vector<std::string_view>> errors;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Block) {
            arms.push_back(arm(c));
            continue;
        }
        if (tree().kind(c) != NodeKind::Catch) continue;
        std::vector<std::string_view> names;
        NodeId body = 0, variable = 0;
        for (NodeId p : syntax::Children(tree(), c)) {
            if (tree().kind(p) == NodeKind::Path) {
                for (std::string_view n : error_names(p)) names.push_back(n);
            } else if (tree().kind(p) == NodeKind::Name) {
                variable = p;
            } else if (tree().kind(p) == NodeKind::Block) {
                body = p;
            }
        }
        if (names.empty() && !child(c, NodeKind::Path)) names.push_back("States.ALL");
        bool everything = std::find(names.begin(), names.end(), "States.ALL") != names.end();
        if (everything) names = {"States.ALL"};
        if (!errors.empty() && !errors.back().empty() && errors.back()[0] == "States.ALL")
            diagnostics_.report(diag::Unreachable, span(c)).help("the `catch` before it takes every error");
        size_t mark = scope_mark();
        if (variable) {
            auto part = [&](uint32_t which) {
                ValueId p = make(Op::Problem, Time::Run, plain(TypeKind::String), span(variable));
                Value& v = values_.edit(p);
                v.a = static_cast<uint32_t>(id);
                v.b = static_cast<uint32_t>(errors.size());
                v.c = which;
                return p;
            };
            ir::Field fields[] = {{known_.error, part(0)}, {known_.cause, part(1)}};
            bind(tree()[variable].symbol, make_record(fields, plain(TypeKind::Literals), span(variable)), span(variable));
        }
        Arm a = arm(body);
        leave_scope(mark);
        arms.push_back(std::move(a));
        errors.push_back(std::move(names));
    }
    std::vector<ir::Join> joins = join(arms, id, {});
    auto& t = std::get<ir::Try>(step(id).is);
    t.joins = std::move(joins);
    bool all_end = true;
    for (size_t i = 0; i < arms.size(); i++) {
        all_end &= arms[i].block.ends;
        if (i == 0) t.block = std::move(arms[i].block);
        else t.handlers.push_back({std::move(errors[i - 1]), std::move(arms[i].block)});
    }
    into.ends = all_end;
}

void Elaborator::poll(NodeId node, ir::Block& into) {
    NodeId arguments = child(node, NodeKind::Arguments);
    NodeId body = child(node, NodeKind::Block);
    NodeId until_node = tree().next(body);
    ValueId every = ValueId::none, up_to = ValueId::none;
    for (NodeId a : syntax::Children(tree(), arguments)) {
        NodeId label = tree().child(a);
        Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
        if (what == known_.every) every = expression(tree().next(label), plain(TypeKind::Duration));
        else if (what == known_.up_to) up_to = expression(tree().next(label), plain(TypeKind::Duration));
        else unknown_argument(span(label), tree().text_of(label), {"every", "up_to"}, "`poll` takes `every` and `up_to`");
    }
    if (every == ValueId::none || up_to == ValueId::none) {
        diagnostics_.report(diag::MissingArgument, span(arguments), every == ValueId::none ? "every" : "up_to", "poll").help("write `poll (every: 30s, up_to: 2h) { … } until …`");
        every = error_value(span(arguments));
    }
    if (is_error(every) || is_error(up_to)) {   // what the body makes is used afterwards all the same
        ir::Block nowhere;
        block(body, nowhere);
        expression(until_node, plain(TypeKind::Bool));
        return;
    }
    StepId id = add_step("poll", span(node), ir::Poll{}, into);
    ir::Poll p;
    {
        InBranch inside(*frame_);
        block(body, p.block);                   // its names stay: the last turn made them
    }
    p.until = expression(until_node, plain(TypeKind::Bool));
    p.every = with_type(every, plain(TypeKind::Int));
    auto a = const_integer(every), b = const_integer(up_to);
    if (a && *a < 1) diagnostics_.report(diag::OutOfRange, span(arguments), "`every` must be at least 1s");
    if (a && b && *a > 0) {
        int64_t turns = std::max<int64_t>(1, (*b + *a - 1) / *a);
        p.turns = make_integer(turns, plain(TypeKind::Int), span(node));
        // Step Functions guide, service quotas: 25,000 events in a history; a turn of wait, call, decision takes about 9
        constexpr int64_t events = 25'000, per_turn = 9;
        if (turns * per_turn > events)
            diagnostics_.report(diag::TooManyTurns, span(arguments), turns, events)
                .help(fmt::format("poll every {}s or more, or not as long", (*b * per_turn + events - 1) / events));
    } else {
        p.turns = make_binary(syntax::Operator::Divide, with_type(up_to, plain(TypeKind::Int)), p.every, plain(TypeKind::Float), span(node));
    }
    p.error = "Poll.TimedOut";
    std::get<ir::Poll>(step(id).is) = std::move(p);
}

void Elaborator::wait(NodeId node, ir::Block& into) {
    NodeId what = tree().child(node);
    ir::Wait w;
    if (tree()[node].flag & 1) {
        w.timestamp = expression(what);
        TypeKind kind = kind_of(w.timestamp);
        if (kind != TypeKind::Timestamp && kind != TypeKind::Error) {
            if (kind == TypeKind::Json) w.timestamp = with_type(w.timestamp, plain(TypeKind::Timestamp));
            else diagnostics_.report(diag::TypeMismatch, span(what), "Timestamp", type_text(type_of(w.timestamp))).help("`wait 5m` waits for a duration");
        }
    } else {
        ValueId duration = expression(what, plain(TypeKind::Duration));
        if (!is_error(duration)) w.seconds = with_type(duration, plain(TypeKind::Int));
        if (auto n = const_integer(duration); n && *n > 99'999'999) diagnostics_.report(diag::OutOfRange, span(what), "a wait is at most 99,999,999 seconds");
    }
    if (is_error(w.timestamp != ValueId::none ? w.timestamp : w.seconds)) return;
    add_step("wait " + short_text(tree().text_of(what), 40), span(node), w, into);
}

void Elaborator::fail(NodeId node, ir::Block& into) {
    NodeId path = tree().child(node);
    ir::Fail f;
    f.error = values_.keep(tree().text_of(path));
    if (f.error.starts_with("States."))   // Step Functions guide: own names do not begin like that
        diagnostics_.report(diag::ReservedError, span(path), f.error).help("take a name of your own, `fail ModelTooWeak \"…\"`");
    if (NodeId cause = tree().next(path)) {
        f.cause = expression(cause, plain(TypeKind::String));
        if (is_error(f.cause)) f.cause = ValueId::none;
    }
    add_step("fail " + std::string(f.error), span(node), f, into);
    into.ends = true;
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
    if (!is_error(value)) add_step("return", span(node), ir::Return{value}, into);
    into.ends = true;
}

}  // namespace zflow::elaborate
