// Names that nothing uses: a look at the tree alone. A name counts as used where anything of that name stands, so that what
// is reported is never used by any reading of the source.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// Calls `use` with each node of [first, end) that uses a name, until it says that this was enough.
template <typename F>
void each_use(const syntax::Tree& tree, NodeId first, NodeId end, F&& use) {
    auto enough = [&](NodeId n) { return tree[n].symbol != Symbol::none && use(tree[n]); };
    for (NodeId n = first; n < end; n++) {
        switch (tree.kind(n)) {
            case NodeKind::Identifier:
                if (enough(n)) return;
                break;
            case NodeKind::Member:
                if (enough(tree.next(tree.child(n)))) return;
                break;
            case NodeKind::Entry:
                if (!tree.next(tree.child(n)) && enough(tree.child(n))) return;
                break;
            case NodeKind::Path:
                for (NodeId c : syntax::Children(tree, n))
                    if (enough(c)) return;
                break;
            default: break;
        }
    }
}

}  // namespace

/// Which names are used, and where: the latter as a chain of places by symbol, which few programs need.
class NameUses {
   public:
    NameUses(const syntax::Tree& tree, size_t symbols) : tree_(tree), anywhere_(symbols) {
        each_use(tree, 0, end(), [&](const syntax::Node& node) {
            anywhere_[static_cast<size_t>(node.symbol)] = true;
            return false;
        });
    }

    bool has(Symbol name) const { return static_cast<size_t>(name) < anywhere_.size() && anywhere_[static_cast<size_t>(name)]; }
    bool has(Symbol name, uint32_t begin, uint32_t end) {
        if (!has(name)) return false;
        if (last_.empty()) find_places();
        for (uint32_t use = last_[static_cast<size_t>(name)]; use; use = uses_[use].before)
            if (uses_[use].place >= begin && uses_[use].place < end) return true;
        return false;
    }

   private:
    NodeId end() const { return static_cast<NodeId>(tree_.nodes.size()); }
    void find_places() {
        last_.resize(anywhere_.size());
        each_use(tree_, 0, end(), [&](const syntax::Node& node) {
            uint32_t& last = last_[static_cast<size_t>(node.symbol)];
            uses_.push_back({node.begin, last});
            last = static_cast<uint32_t>(uses_.size() - 1);
            return false;
        });
    }

    struct Use { uint32_t place = 0, before = 0; };
    const syntax::Tree& tree_;
    std::vector<bool> anywhere_;              // by symbol
    std::vector<uint32_t> last_;              // by symbol; 0: none
    std::vector<Use> uses_ = {Use{}};
};

namespace {

std::string_view what_is(NodeKind kind) {
    switch (kind) {
        case NodeKind::Param: return "parameter";
        case NodeKind::Const: return "constant";
        case NodeKind::Secret: return "secret";
        case NodeKind::Container: return "container";
        case NodeKind::Dataset: return "dataset";
        case NodeKind::TypeDeclaration: return "type";
        case NodeKind::Function: return "function";
        default: return "";
    }
}

/// Whether a `let`'s value is a statement, whose steps are there for their own sake.
bool is_statement(NodeKind kind) {
    return kind == NodeKind::For || kind == NodeKind::Parallel || kind == NodeKind::If || kind == NodeKind::Match;
}

}  // namespace

/// Within a declaration; 0: anywhere. Within one most names are used soon after `from`: only for others a table of all places
/// is worth while. What is found of the file is found once for all stacks.
bool Elaborator::is_used(Symbol name, NodeId within, NodeId from) {
    constexpr NodeId soon = 2048;
    const syntax::Tree& t = tree();
    if (!symbols_.uses) symbols_.uses = std::make_shared<NameUses>(t, names_.size());
    if (!within || !symbols_.uses->has(name)) return symbols_.uses->has(name);
    bool found = false;
    each_use(t, from, std::min(within, from + soon), [&](const syntax::Node& node) { return found = node.symbol == name; });
    return found || symbols_.uses->has(name, t[within].begin, t[within].end);
}

void Elaborator::check_unused_names(const std::vector<NodeId>& declarations) {
    const syntax::Tree& t = tree();
    auto mine = [&](Symbol name) { return !text(name).starts_with('_'); };   // `_x`: known to be unused
    auto has_pipeline = std::any_of(declarations.begin(), declarations.end(), [&](NodeId d) { return t.kind(d) == NodeKind::Pipeline; });
    for (NodeId d : declarations) {
        NodeId name = name_node(t, d);
        // a file without a pipeline declares for others
        if (std::string_view what = what_is(t.kind(d)); has_pipeline && !what.empty() && mine(t[name].symbol) && !is_used(t[name].symbol, 0, 0))
            diagnostics_.report(diag::UnusedDeclaration, span(name), what, text(t[name].symbol))
                .help("take it away, or call it `_{}` if it is to stay", text(t[name].symbol))
                .fix(span(d), "", "remove it");
        for (NodeId p : syntax::Children(t, d)) {
            if (t.kind(p) != NodeKind::Parameter) continue;
            NodeId parameter = child(p, NodeKind::Name);
            if (mine(t[parameter].symbol) && !is_used(t[parameter].symbol, d, t.first_inside(d)))
                diagnostics_.report(diag::UnusedInput, span(parameter), text(t[parameter].symbol))
                    .help("take it away, or call it `_{}` if callers give it all the same", text(t[parameter].symbol));
        }
    }
    for (NodeId d : declarations) check_unused_lets(d, [&](Symbol name, NodeId let) { return !mine(name) || is_used(name, d, let); });
}

void Elaborator::check_unused_lets(NodeId declaration, const std::function<bool(Symbol, NodeId)>& used) {
    std::vector<NodeId> open = {declaration};
    while (!open.empty()) {
        NodeId node = open.back();
        open.pop_back();
        for (NodeId c : syntax::Children(tree(), node)) {
            switch (tree().kind(c)) {
                case NodeKind::Let: {
                    NodeId name = child(c, NodeKind::Name), value = tree().next(name);
                    if (tree().next(value)) value = tree().next(value);
                    Symbol symbol = tree()[name].symbol;
                    if (!is_statement(tree().kind(value)) && !used(symbol, c))
                        diagnostics_.report(diag::UnusedValue, span(name), text(symbol))
                            .help("take it away, or use it")
                            .fix(span(c), "", "remove the `let`");
                    [[fallthrough]];
                }
                case NodeKind::Block: case NodeKind::If: case NodeKind::Match: case NodeKind::Arm: case NodeKind::Parallel:
                case NodeKind::Branch: case NodeKind::For: case NodeKind::Try: case NodeKind::Catch: case NodeKind::Poll:
                    open.push_back(c);
                    break;
                default: break;
            }
        }
    }
}

}  // namespace zflow::elaborate
