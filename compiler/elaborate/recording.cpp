// Recording a walk over a kind's body, and making a program of it: see expansion.hpp.
#include <algorithm>

#include "elaborate/expansion.hpp"
#include "ir/visit.hpp"

namespace zflow::elaborate {

using ir::Op;
using ir::Value;
using syntax::NodeId;

namespace {

constexpr size_t most_parts = 4096;   // settings of more parts are not compared: walking costs no more

bool is_of_step(Op op) {
    return op == Op::Result || op == Op::Item || op == Op::Raw || op == Op::ItemIndex || op == Op::Problem || op == Op::Joined;
}

uint64_t key_of(Span where) { return uint64_t{where.begin} << 32 | where.end; }

}  // namespace

Symbol looked_up(const syntax::Tree& tree, const syntax::Node& node) {
    if (node.kind == syntax::NodeKind::Identifier) return node.symbol;
    bool shorthand = node.kind == syntax::NodeKind::Entry && !tree.next(node.child);
    return shorthand ? tree[node.child].symbol : Symbol::none;
}

// --- during the walk

void Recording::setting(ValueId value) {
    made_.settings.push_back({static_cast<uint32_t>(made_.parts.size()), ValueId::none});
    add_part(value);
}

void Recording::add_part(ValueId value) {
    if (made_.parts.size() >= most_parts) return breaks();
    auto number = static_cast<uint32_t>(made_.parts.size());
    auto [at, fresh] = part_of_.try_emplace(static_cast<uint32_t>(value), number);
    made_.parts.push_back({value, 0, at->second});
    if (values_[value].op != Op::For) ir::each_operand(values_, value, [&](ValueId part) { add_part(part); });
    made_.parts[number].end = static_cast<uint32_t>(made_.parts.size());
}

Recording::Made& Recording::made(ValueId value) {
    size_t at = static_cast<uint32_t>(value) - first_;
    if (at >= all_.size()) all_.resize(at + 64);
    return all_[at];
}

void Recording::sees(ValueId value) {
    if (is_new(value)) made(value).seen = true;
    else if (auto part = part_of_.find(static_cast<uint32_t>(value)); part != part_of_.end()) made_.parts[part->second].seen = true;
}

void Recording::sees_all(ValueId value) {
    if (!may_visit()) return;
    sees(value);
    each_operand(value, [&](ValueId operand) { sees_all(operand); });
}

/// Values made of others twice over, again and again, have very many parts.
bool Recording::may_visit() {
    constexpr uint32_t most = 1 << 16;
    if (++visits_ > most) breaks();
    return !broken_;
}

void Recording::meets(ValueId value) {
    if (part_of_.empty() || !may_visit()) return;
    if (part_of_.contains(static_cast<uint32_t>(value))) return breaks();
    each_operand(value, [&](ValueId operand) { meets(operand); });
}

void Recording::start() {
    first_ = static_cast<uint32_t>(values_.size());
    for (const Expansion::Setting& s : made_.settings)
        if (s.fixed != ValueId::none) meets(s.fixed);
}

void Recording::makes(ValueId value, size_t since, Recipe recipe, std::span<const ValueId> operands, uint32_t extra, uint8_t sub) {
    if (!is_new(value) || static_cast<uint32_t>(value) < since) return;   // it is one of the operands
    Made& m = made(value);
    m.recipe = recipe;
    m.extra = extra;
    m.sub = sub;
    m.first = static_cast<uint32_t>(operands_.size());
    m.count = static_cast<uint32_t>(operands.size());
    operands_.insert(operands_.end(), operands.begin(), operands.end());
    for (size_t id = since; id < static_cast<uint32_t>(value); id++) made(ValueId{static_cast<uint32_t>(id)}).owner = static_cast<uint32_t>(value);
}

void Recording::reads(ValueId value, syntax::NodeId node, syntax::NodeId whole) {
    const Wording& wording = made_.wording;
    if (node < wording.first || node >= wording.end() || !is_new(value)) return;
    Made& m = made(value);
    m.recipe = Recipe::Written;
    m.extra = node - wording.first;
    m.first = whole - wording.first;
}

void Recording::names(ValueId value, std::string_view path, uint32_t most) {
    Made& m = made(value);
    m.recipe = Recipe::JobName;
    m.extra = most;
    m.first = static_cast<uint32_t>(suffixes_.size());
    suffixes_.push_back(suffix_of(path));
}

std::string_view Recording::suffix_of(std::string_view path) {
    if (!path.starts_with(path_)) return breaks(), "";
    return path.substr(path_.size());
}

// --- after it

template <typename Visit>
void Recording::each_operand(ValueId value, Visit visit) const {
    if (is_new(value)) {
        size_t at = static_cast<uint32_t>(value) - first_;
        if (at < all_.size() && all_[at].recipe == Recipe::JobName) return;
        if (at < all_.size() && all_[at].recipe != Recipe::Copied) {
            for (uint32_t i = 0; i < all_[at].count; i++) visit(operands_[all_[at].first + i]);
            return;
        }
    }
    const Value& v = values_[value];
    if (v.op == Op::Local) visit(ValueId{v.a});
    else if (v.op == Op::For) visit(ValueId{v.a}), visit(values_.loop(v).body), visit(values_.loop(v).filter);   // none has its place too
    else ir::each_operand(values_, value, visit);
}

bool Recording::dynamic(ValueId value) const {
    return is_new(value) ? all_[static_cast<uint32_t>(value) - first_].dynamic : part_of_.contains(static_cast<uint32_t>(value));
}

/// Places of the stage are those of now; those in the kind's body stay.
int32_t Recording::place_of(Span where, const Walk& walk) const {
    if (where.file != walk.call_site.file) return Expansion::as_it_was;
    if (where == walk.call_site) return Expansion::at_the_stage;
    auto part = places_.find(key_of(where));
    if (part != places_.end()) return static_cast<int32_t>(part->second);
    const Wording& w = made_.wording;
    bool within = w.count && where.begin >= w.span(0).begin && where.end <= w.span(w.count - 1).end;
    return within ? Expansion::nowhere : Expansion::as_it_was;
}

void Recording::find_places(FileId file) {
    for (size_t i = 0; i < made_.parts.size(); i++) {
        Span where = values_[made_.parts[i].was].where;
        if (where.file == file) places_.try_emplace(key_of(where), static_cast<uint32_t>(i));
    }
    for (uint32_t n = 0; n < made_.wording.count; n++) places_.try_emplace(key_of(made_.wording.span(n)), n);
}

/// Which values are others for another stage. Values are made of earlier ones; only a `For` knows its own parts later.
void Recording::find_dynamic(const Walk& walk) {
    find_places(walk.call_site.file);
    for (size_t i = 0; i < all_.size(); i++) {
        Made& m = all_[i];
        ValueId id{static_cast<uint32_t>(first_ + i)};
        const Value& v = values_[id];
        bool of_step = is_of_step(v.op);
        if (m.recipe == Recipe::Part && in_steps(v.a, walk)) m.recipe = Recipe::Copied;
        read_at_once(m);
        m.dynamic = m.of_literal || v.op == Op::For || v.op == Op::Local || m.recipe == Recipe::JobName || (of_step && in_steps(v.a, walk));
        if (!m.dynamic) each_operand(id, [&](ValueId operand) { m.dynamic |= dynamic(operand); });
        // where it stands in the program is another place for each stage
        m.place = place_of(v.where, walk);
        m.dynamic |= m.place != Expansion::as_it_was;
        if (of_step && !in_steps(v.a, walk) && m.recipe == Recipe::Copied) breaks();   // where its step comes from is not known
    }
}

/// What is made of a literal of the stage is made of its text: nobody else may want the literal itself.
void Recording::read_at_once(Made& m) const {
    bool of_text = m.recipe == Recipe::Retyped || m.recipe == Recipe::Bucket || m.recipe == Recipe::Key || m.recipe == Recipe::ImagePart;
    if (!of_text || m.count != 1) return;
    ValueId from = operands_[m.first];
    if (!is_new(from)) return;
    const Made& literal = all_[static_cast<uint32_t>(from) - first_];
    if (literal.recipe != Recipe::Written || literal.first != literal.extra) return;
    m.of_literal = true;
    m.count = 0;
    m.extra = literal.extra;
}

/// What was seen comes first in the program, with all that it is made of: most stages that are not like the recorded one
/// are found out by it.
void Recording::find_deciding() {
    for (size_t i = all_.size(); i-- > 0;) {
        Made& m = all_[i];
        if (!m.live || (!m.seen && !m.decides)) continue;
        m.decides = true;
        if (values_[ValueId{static_cast<uint32_t>(first_ + i)}].op == Op::For) continue;   // its operands come after it
        each_operand(ValueId{static_cast<uint32_t>(first_ + i)}, [&](ValueId operand) { if (is_new(operand)) made(operand).decides = true; });
    }
}

void Recording::keep(ValueId value) {
    auto push = [&](ValueId id) {
        if (!is_new(id)) return;
        Made& m = made(id);
        if (m.owner && made(ValueId{m.owner}).dynamic) breaks();   // a part of what is made in one go
        if (m.live || !m.dynamic) return;
        if (m.place == Expansion::nowhere) breaks();
        m.live = true;
        pending_.push_back(id);
    };
    push(value);
    while (!pending_.empty()) {
        ValueId next = pending_.back();
        pending_.pop_back();
        each_operand(next, push);
    }
}

Reference Recording::reference(ValueId value) const {
    if (is_new(value)) {
        size_t at = static_cast<uint32_t>(value) - first_;
        return all_[at].dynamic ? Reference::slot(slots_[at]) : Reference::fixed(value);
    }
    auto part = part_of_.find(static_cast<uint32_t>(value));
    return part == part_of_.end() ? Reference::fixed(value) : Reference::slot(part->second);
}

/// `x == none`, `x != {}`: whether there is something, which the shape says (see `Elaborator::const_equal`).
bool Recording::tells_shape(const Made& m) const {
    auto op = static_cast<syntax::Operator>(m.sub);
    if (m.recipe != Recipe::Calculated || (op != syntax::Operator::Equal && op != syntax::Operator::NotEqual)) return false;
    const Value& a = values_[operands_[m.first]];
    const Value& b = values_[operands_[m.first + 1]];
    if (a.op == Op::Null || b.op == Op::Null) return true;
    return a.op == b.op && (a.op == Op::List || a.op == Op::Record) && (a.b == 0 || b.b == 0);
}

void Recording::find_looks() {
    using Look = Expansion::Look;
    const Wording& wording = made_.wording;
    for (NodeId n = wording.first; n < wording.end(); n++) {
        const syntax::Node& node = (*wording.tree)[n];
        bool is_name = looked_up(*wording.tree, node) != Symbol::none;
        made_.looks.push_back(is_name ? Look::Name : is_literal(node.kind) ? Look::Literal : Look::Shape);
    }
    for (const Made& m : all_)
        if (m.recipe == Recipe::Written) made_.looks[m.extra] = Look::FreeLiteral;
    for (const Made& m : all_)
        if (is_literal_seen(m)) made_.looks[m.extra] = Look::Literal;
}

Expansion::Instruction Recording::instruction(size_t number) const {
    const Made& m = all_[number];
    ValueId id{static_cast<uint32_t>(first_ + number)};
    const Value& v = values_[id];
    bool scalar = v.time == ir::Time::Const && (v.op == Op::Bool || v.op == Op::Integer || v.op == Op::Decimal || v.op == Op::String);
    bool pure = m.recipe != Recipe::JobName && !is_of_step(v.op);
    bool shared = pure && m.place == Expansion::as_it_was && v.op != Op::For && m.recipe != Recipe::Written;
    Likeness enough = !shared ? Likeness::Never : !scalar ? Likeness::Identity : tells_shape(m) ? Likeness::Shape : Likeness::Content;
    return {id, m.recipe, m.sub, m.seen && !is_literal_seen(m), scalar, enough, pure, v.op == Op::For, m.of_literal, m.place, m.first, 0, m.extra};
}

std::optional<Expansion> Recording::finish(const Walk& walk) {
    all_.resize(values_.size() - first_);
    find_dynamic(walk);
    const auto& steps = walk.pipeline.steps;
    auto begin = static_cast<size_t>(walk.first_step);
    auto each_step_value = [&](auto visit) {
        for (size_t s = begin; s < steps.size(); s++) ir::each_value(steps[s], visit);
    };
    each_step_value([&](ValueId id) { keep(id); });
    for (const Checked& c : checks_) keep(c.value);
    for (const Accessed& a : access_) keep(a.target);
    for (const Touched& t : touches_) keep(t.location);
    keep(walk.result);
    for (size_t i = 0; i < all_.size(); i++) {
        const Made& m = all_[i];
        bool judged = m.recipe == Recipe::Bucket || m.recipe == Recipe::ImagePart;   // whether a text is one at all
        if (m.dynamic && (m.seen || judged) && !is_literal_seen(m)) keep(ValueId{static_cast<uint32_t>(first_ + i)});
    }
    if (broken_ || steps.size() - begin != steps_.size()) return {};

    find_deciding();
    slots_.resize(all_.size());
    std::vector<size_t> order;
    for (bool decides : {true, false})
        for (size_t i = 0; i < all_.size(); i++)
            if (all_[i].live && all_[i].decides == decides) order.push_back(i);
    auto slot = static_cast<uint32_t>(made_.parts.size());
    for (size_t i : order) slots_[i] = slot++;
    for (size_t i : order) {
        Expansion::Instruction next = instruction(i);
        auto first = static_cast<uint32_t>(made_.operands.size());
        each_operand(next.was, [&](ValueId operand) { made_.operands.push_back(reference(operand)); });
        next.count = static_cast<uint32_t>(made_.operands.size()) - first;
        if (next.count) next.first = first;
        made_.program.push_back(next);
    }
    find_looks();
    each_step_value([&](ValueId id) { made_.step_values.push_back(reference(id)); });
    for (const Checked& c : checks_)
        if (dynamic(c.value)) made_.checks.push_back({c.value, reference(c.value), c.shape, c.type});
    for (const Accessed& a : access_) made_.access.push_back({a.role, a.intent, reference(a.target)});
    for (const Touched& t : touches_) made_.touches.push_back({reference(t.location), t.write, t.at_stage, t.step, t.suffix});
    for (size_t s = 0; s < steps_.size(); s++) made_.steps.push_back({steps_[s], steps[begin + s].comment});
    made_.suffixes = suffixes_;
    made_.first_step = walk.first_step;
    made_.outer_scope = walk.outer_scope;
    made_.first_scope = walk.first_scope;
    made_.scopes = static_cast<uint32_t>(walk.pipeline.scopes.size()) - walk.first_scope;
    made_.result = reference(walk.result);
    return std::move(made_);
}

}  // namespace zflow::elaborate
