#include "syntax/builder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "syntax/indentation.hpp"
#include "syntax/literals.hpp"
#include "syntax/mistakes.hpp"

namespace zflow::syntax {

namespace {

/// Nodes may be this much deeper than the input nests: between a record and one in it is an Entry, and so on.
constexpr size_t max_height = size_t{max_depth} * 4;

enum Precedence : unsigned { Or = 1, And, Not, Compare, Default, Add, Multiply, Minus };

unsigned precedence(Operator op) {
    switch (op) {
        case Operator::Or: return Or;
        case Operator::And: return And;
        case Operator::Default: return Default;
        case Operator::Add:
        case Operator::Subtract: return Add;
        case Operator::Multiply:
        case Operator::Divide:
        case Operator::Modulo: return Multiply;
        default: return Compare;
    }
}

bool is_of_statements(NodeKind kind) {
    return kind == NodeKind::Pipeline || kind == NodeKind::StageKind || kind == NodeKind::ResourceKind;
}

/// What the grammar says of statements that stand where declarations do.
bool is_beside_declarations(std::string_view message) {
    return message.starts_with("expected a declaration") || message.starts_with("expected `kind` after `stage`");
}

}  // namespace

Builder::Builder(std::string_view text, FileId file, NodeList nodes, Interner& names, Diagnostics& diagnostics)
    : text_(text), file_(file), names_(names), diagnostics_(diagnostics), nodes_(std::move(nodes)) {
    pending_.reserve(64);
    nodes_.add() = {.kind = NodeKind::File, .end = static_cast<uint32_t>(text.size())};
}

void Builder::reset(const Mark& to) {
    pending_.resize(to.pending);
    nodes_.cut(to.nodes);
    level_ = to.level;
    escaped_ = false;
    doc_ = {0, 0};
}

void Builder::drop(uint32_t pending) {
    // Children stand before their parents: the first leaf is the first node of all that is dropped.
    for (size_t i = pending; i < pending_.size(); i++) {
        NodeId first = pending_[i].id;
        if (first == 0) continue;  // an operator
        while (nodes_[first].child) first = nodes_[first].child;
        nodes_.cut(first);
        break;
    }
    pending_.resize(pending);
}

// The same few names come again and again. Their first and last bytes, which are all there is of a name of up to 16,
// mostly find them without a hash over every byte.
Symbol Builder::intern(std::string_view text) {
    size_t size = text.size();
    const char* at = text.data();
    uint64_t head = 0, tail = 0;
    if (size >= 8) {
        std::memcpy(&head, at, 8);
        std::memcpy(&tail, at + size - 8, 8);
    } else if (size >= 4) {
        uint32_t low = 0, high = 0;
        std::memcpy(&low, at, 4);
        std::memcpy(&high, at + size - 4, 4);
        head = low | uint64_t{high} << 32;
    } else if (size > 0) {
        auto byte = [at](size_t i) { return uint64_t{static_cast<uint8_t>(at[i])}; };
        head = byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
    }
    uint64_t hash = (head ^ (tail << 7 | tail >> 57) ^ size) * 0x9E3779B97F4A7C15u;
    Recent& recent = recent_[hash >> 57];
    if (recent.head == head && recent.tail == tail && recent.size == size &&
        (size <= 16 || std::memcmp(text_.data() + recent.begin, at, size) == 0))
        return recent.symbol;
    Symbol symbol = names_.intern(text);
    recent = {head, tail, offset(at), static_cast<uint32_t>(size), symbol};
    return symbol;
}

void Builder::name(NodeKind kind, uint32_t begin, uint32_t end) {
    Symbol symbol = intern(between(begin, end));
    leaf(kind, begin, end);
    nodes_.back().symbol = symbol;
}

void Builder::identifier(uint32_t begin, uint32_t end) {
    name(NodeKind::Identifier, begin, end);
    std::string_view right = right_word(between(begin, end));
    if (right.empty()) return;
    complain(begin, end, fmt::format("write `{}` instead of `{}`", right, between(begin, end)), right);
    nodes_.back().kind = right == "none" ? NodeKind::Error : right == "true" ? NodeKind::True : NodeKind::False;
}

Node& Builder::reduce(NodeKind kind, uint32_t begin, uint32_t end, uint32_t first) {
    Node& node = add(kind, begin, end);
    auto id = static_cast<NodeId>(nodes_.size() - 1);
    size_t height = 0;
    NodeId next = 0;
    for (size_t i = pending_.size(); i-- > first;) {
        height = std::max<size_t>(height, pending_[i].height);
        nodes_[pending_[i].id].next = next;
        next = pending_[i].id;
    }
    node.child = next;
    if (height >= max_height) too_deep(begin);
    pending_.resize(first);
    push(id, begin, end, height + 1);
    return node;
}

Node& Builder::wrap(NodeKind kind, uint32_t end, uint32_t first) {
    return reduce(kind, pending_[first].begin, end, first);
}

void Builder::widen(uint32_t begin, uint32_t end) {
    pending_.back().begin = begin;
    pending_.back().end = end;
}

void Builder::infix(Operator op, uint32_t begin, uint32_t end) {
    pending_.push_back({0, begin, end, 0, op, Pending::Infix});
}

void Builder::prefix(Operator op, uint32_t begin, uint32_t end) {
    pending_.push_back({0, begin, end, 0, op, Pending::Prefix});
}

void Builder::type_test(uint32_t begin, uint32_t end) {
    pending_.push_back({0, begin, end, 0, Operator::none, Pending::TypeTest});
}

Builder::Pending Builder::join(NodeKind kind, Operator op, uint32_t begin, const Pending* left, const Pending& right) {
    size_t height = std::max<size_t>(left ? left->height : 0, right.height);
    if (height >= max_height) too_deep(begin);
    auto id = static_cast<NodeId>(nodes_.size());
    nodes_.add() = {.kind = kind, .op = op, .begin = begin, .end = right.end, .child = left ? left->id : right.id};
    if (left) nodes_[left->id].next = right.id;
    return {id, begin, right.end, static_cast<uint16_t>(height + 1), Operator::none, Pending::Value};
}

void Builder::fold_prefix(uint32_t& at, uint32_t end, Pending& into, unsigned nested) {
    Pending first = pending_[at++];
    if (first.role == Pending::Value) {
        into = first;
        return;
    }
    if (nested > max_depth) too_deep(first.begin);
    Pending operand;
    fold_level(at, end, first.op == Operator::Not ? Not : Minus, operand, nested + 1);
    into = join(NodeKind::Unary, first.op, first.begin, nullptr, operand);
}

// Precedence climbing: reads operators that bind at least as tightly as `lowest`.
void Builder::fold_level(uint32_t& at, uint32_t end, unsigned lowest, Pending& into, unsigned nested) {
    fold_prefix(at, end, into, nested);
    bool compared = false;
    while (at < end) {
        Pending op = pending_[at];
        unsigned level = precedence(op.op);
        if (level < lowest) break;
        at++;
        bool chained = level == Compare && compared;
        if (chained) complain(op.begin, op.end, "comparisons do not chain: write `a < b and b < c`");
        compared = level == Compare;
        Pending right;
        fold_level(at, end, level + 1, right, nested);
        NodeKind kind = chained ? NodeKind::Error : op.role == Pending::TypeTest ? NodeKind::IsType : NodeKind::Binary;
        into = join(kind, op.op, into.begin, &into, right);
    }
}

void Builder::fold(uint32_t first) {
    if (pending() - first <= 1) return;
    uint32_t at = first;
    Pending whole;
    fold_level(at, pending(), Or, whole, 0);
    pending_.resize(first);
    pending_.push_back(whole);
}

bool Builder::take_doc() {
    if (doc_.end == 0) return false;
    last_doc_ = doc_;
    doc_ = {0, 0};
    leaf(NodeKind::Doc, last_doc_.begin, last_doc_.end);
    return true;
}

void Builder::piece(uint32_t begin, uint32_t end) {
    leaf(NodeKind::Text, begin, end);
    nodes_.back().flag = escaped_ ? has_escapes : 0;
    escaped_ = false;
}

void Builder::string(NodeKind kind, uint32_t begin, uint32_t end, uint32_t first, bool block) {
    uint32_t content = begin + 1;
    if (block) content = static_cast<uint32_t>(text_.find('\n', begin)) + 1;
    uint32_t content_end = end - (block ? 3 : 1);
    uint8_t flag = block ? is_block : 0;
    uint32_t count = pending() - first;
    if (count > 1 || (count == 1 && top().kind != NodeKind::Text)) {
        reduce(NodeKind::Template, begin, end, first).flag = flag;
        return;
    }
    if (count == 0) leaf(kind, content, content_end);
    Node& node = top();
    node.kind = kind;
    node.flag |= flag;
    if (kind == NodeKind::TypeLiteral) node.begin = begin, node.end = end;
    widen(begin, end);
}

void Builder::too_deep(uint32_t at) {
    if (!too_deep_reported_) {
        Span where = token_at(text_.data() + at);
        diagnostics_.report(diag::NestingTooDeep, where, max_depth);
    }
    too_deep_reported_ = true;
    throw Abandon{};
}

void Builder::complain(uint32_t begin, uint32_t end, std::string_view message, std::string_view instead) {
    auto report = diagnostics_.report(diag::SyntaxError, {file_, begin, end}, message);
    if (!instead.empty()) report.fix({file_, begin, end}, std::string(instead), fmt::format("write `{}`", instead));
}

Span Builder::token_at(const char* at) const {
    Span token = unexpected_token(text_, offset(at));
    token.file = file_;
    return token;
}

/// What does not belong beside declarations may be the rest of a body that was closed too early. Then that is reported, once,
/// and nothing of the body counts: it is not what was meant.
bool Builder::closed_early(uint32_t fault_before) {
    auto is_body = [&](const Pending& p) { return is_of_statements(nodes_[p.id].kind); };
    auto last = std::find_if(pending_.rbegin(), pending_.rend(), is_body);
    if (last == pending_.rend()) return false;
    Node& body = nodes_[last->id];
    auto brace = misplaced_brace(text_, body.begin, body.end);
    if (!brace) return false;
    body.kind = NodeKind::Error;
    if (fault_before >= body.begin && fault_before < body.end) return true;   // reported
    diagnostics_.report(diag::SyntaxError, {file_, brace->begin, brace->end}, brace->message)
        .label({file_, brace->open, brace->open + 1}, "the block that ends too early begins here");
    return true;
}

void Builder::fault(const char* at, const char* message) {
    uint32_t where = offset(at);
    if (where == last_fault_) return;  // already reported from further inside
    uint32_t before = std::exchange(last_fault_, where);
    if (is_beside_declarations(message) && closed_early(before)) return;
    const bool rest = *at == '}' && is_beside_declarations(message) && !pending_.empty() && top().kind == NodeKind::Error;
    if (rest) return;   // of what could not be read as a declaration
    if (constexpr std::string_view fence = "```"; where > 0 && text_.starts_with(fence) && text_.substr(where).starts_with(fence)) return;   // its other end
    Mistake mistake = explain(text_, where, message, string_begin);
    complain(mistake.begin, mistake.end, mistake.message, mistake.instead);
}

void Builder::check_entries() {
    for (NodeId entry = top().child, next = 0; entry; entry = next) {
        next = nodes_[entry].next;
        const bool shorthand = nodes_[entry].kind == NodeKind::Entry && !nodes_[nodes_[entry].child].next;
        if (!next || !shorthand || nodes_[next].kind != NodeKind::Entry) continue;
        std::string_view name = between(nodes_[entry].begin, nodes_[entry].end), gap = between(nodes_[entry].end, nodes_[next].begin);
        if (gap.find_first_not_of(" \t") != std::string_view::npos) continue;
        Span token = unexpected_token(text_, nodes_[next].begin);
        complain(token.begin, token.end, fmt::format("expected `:` after `{0}`, or `,` when `{0}` is the value too", name));
        const bool has_value = nodes_[nodes_[next].child].next != 0;   // `name name: value`
        nodes_[entry].kind = NodeKind::Error;
        if (!has_value) nodes_[next].kind = NodeKind::Error;
        return;
    }
}

void Builder::missing_close(const char* at, uint32_t open) {
    uint32_t where = offset(at);
    if (where == last_fault_) return;
    bool in_comment = last_fault_ < text_.size() && text_.substr(last_fault_).starts_with("/*");
    if (in_comment) return;  // that it is not closed is reported
    last_fault_ = where;
    open = unclosed_brace(text_, open, where).value_or(open);
    diagnostics_.report(diag::SyntaxError, token_at(at), "expected `}`")
        .label({file_, open, open + 1}, "this `{` is not closed");
}

Tree Builder::finish() {
    for (size_t i = 0; i + 1 < pending_.size(); i++) nodes_[pending_[i].id].next = pending_[i + 1].id;
    if (!pending_.empty()) nodes_[0].child = pending_[0].id;
    Tree tree;
    tree.file = file_;
    tree.text = text_;
    tree.storage = std::move(nodes_);
    tree.storage.shrink();
    tree.nodes = tree.storage.all();
    return tree;
}

}  // namespace zflow::syntax
