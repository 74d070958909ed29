#include "format/places.hpp"

#include <algorithm>

#include "syntax/literals.hpp"

namespace zflow::format {

using syntax::Node;
using syntax::NodeId;
using syntax::NodeKind;

Places::Places(const syntax::Tree& tree) : tree_(tree), roles_(tree.text.size() + 1) {
    if (!tree.nodes.empty()) walk(0);
    std::sort(wholes_.begin(), wholes_.end(), [](const Whole& a, const Whole& b) { return a.begin < b.begin; });
}

void Places::walk(NodeId id) {
    node(id);
    for (NodeId child : syntax::Children(tree_, id)) walk(child);
}

void Places::node(NodeId id) {
    const Node& n = tree_[id];
    switch (n.kind) {
        case NodeKind::File: return parts(id, Begins | OwnLine | Unparted);
        case NodeKind::Block: return add(n.begin, Body), parts(id, Begins | OwnLine | Unparted);
        case NodeKind::List: return parts(id, Begins);
        case NodeKind::Entry:
        case NodeKind::Spread:
        case NodeKind::Argument:
        case NodeKind::Parameter:
        case NodeKind::Field: return add(n.begin, Begins);
        case NodeKind::Arm:
        case NodeKind::Branch: return add(n.begin, Begins | OwnLine);
        case NodeKind::Catch: return add(n.begin, Clause);
        case NodeKind::If:
        case NodeKind::Poll:
            if (NodeId last = third(id)) add(tree_[last].begin, BehindClause);
            return;
        case NodeKind::Pipeline:
        case NodeKind::Function:
        case NodeKind::StageKind:
        case NodeKind::ResourceKind: return add(tree_[syntax::name_node(tree_, id)].begin, Declares);
        case NodeKind::Arguments: return add(n.begin, Apart);
        case NodeKind::TypeName: return type_name(id);
        case NodeKind::TypeOptional: return add(n.end - 1, Touching);
        case NodeKind::Unary:
            if (n.op == syntax::Operator::Minus) add(n.begin, Signed);
            return;
        case NodeKind::Name:
        case NodeKind::Identifier:
        case NodeKind::Integer:
        case NodeKind::Duration:
        case NodeKind::Size:
        case NodeKind::True:
        case NodeKind::False:
        case NodeKind::None: return add(n.begin, Value);
        case NodeKind::Template: return text(id);
        case NodeKind::Decimal:
        case NodeKind::Date:
        case NodeKind::Instance: wholes_.push_back({n.begin, n.end}); return;
        default: return;
    }
}

void Places::parts(NodeId id, unsigned roles) {
    for (NodeId child : syntax::Children(tree_, id)) add(tree_[child].begin, roles);
}

NodeId Places::third(NodeId id) const {
    NodeId second = tree_.next(tree_.child(id));
    return second ? tree_.next(second) : 0;
}

/// Path type* Arguments?
void Places::type_name(NodeId id) {
    NodeId path = tree_.child(id), arguments = 0;
    for (NodeId at = tree_.next(path); at; at = tree_.next(at))
        if (tree_.kind(at) == NodeKind::Arguments) arguments = at;
    uint32_t end = tree_[id].end;
    if (arguments) end = tree_[arguments].begin, add(end, Touching);
    if (!tree_.text.substr(tree_[path].end).starts_with('<')) return;
    add(tree_[path].end, Touching | TypeOpening);
    add(end - 1, Touching);
}

/// A text with `${…}` stays as it is written. Its lines can be moved when they all are its own.
void Places::text(NodeId id) {
    const Node& n = tree_[id];
    wholes_.push_back({n.begin, n.end});
    uint32_t at = n.begin;
    auto lines = [&](uint32_t from, uint32_t to) { return tree_.text.substr(from, to - from).find('\n') != std::string_view::npos; };
    bool first = true, foreign = false;
    for (NodeId piece : syntax::Children(tree_, id)) {
        const Node& p = tree_[piece];
        if (p.kind != NodeKind::Text) foreign |= lines(p.begin, p.end);
        if (!first) foreign |= lines(at, p.begin);
        first = false, at = p.end;
    }
    if (foreign) add(n.begin, Fixed);
}

}  // namespace zflow::format
