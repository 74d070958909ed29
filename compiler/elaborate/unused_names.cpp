// Names that nothing uses: a look at the tree alone. A name counts as used where anything of that name stands, so that what
// is reported is never used by any reading of the source.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// Where each name is used: a chain of places by symbol.
class NameUses {
   public:
    NameUses(const syntax::Tree& tree, size_t symbols) : tree_(tree), last_(symbols) {
        each([&](const syntax::Node& node) {
            uint32_t& last = last_[static_cast<size_t>(node.symbol)];
            uses_.push_back({node.begin, last});
            last = static_cast<uint32_t>(uses_.size() - 1);
        });
    }

    bool has(Symbol name, uint32_t begin = 0, uint32_t end = UINT32_MAX) const {
        auto s = static_cast<size_t>(name);
        for (uint32_t use = s < last_.size() ? last_[s] : 0; use; use = uses_[use].before)
            if (uses_[use].place >= begin && uses_[use].place < end) return true;
        return false;
    }

   private:
    template <typename F>
    void each(F&& use) const {
        auto named = [&](NodeId n) {
            if (tree_[n].symbol != Symbol::none) use(tree_[n]);
        };
        for (NodeId n = 0; n < tree_.nodes.size(); n++) {
            switch (tree_.kind(n)) {
                case NodeKind::Identifier: named(n); break;
                case NodeKind::Member: named(tree_.next(tree_.child(n))); break;
                case NodeKind::Entry:
                    if (!tree_.next(tree_.child(n))) named(tree_.child(n));
                    break;
                case NodeKind::Path:
                    for (NodeId c : syntax::Children(tree_, n)) named(c);
                    break;
                default: break;
            }
        }
    }

    struct Use { uint32_t place = 0, before = 0; };
    const syntax::Tree& tree_;
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

void Elaborator::check_unused_names(const std::vector<NodeId>& declarations) {
    const syntax::Tree& t = tree();
    if (!symbols_.uses) symbols_.uses = std::make_shared<const NameUses>(t, names_.size());   // once for all stacks
    const NameUses& uses = *symbols_.uses;
    auto mine = [&](Symbol name) { return !text(name).starts_with('_'); };   // `_x`: known to be unused
    auto has_pipeline = std::any_of(declarations.begin(), declarations.end(), [&](NodeId d) { return t.kind(d) == NodeKind::Pipeline; });
    for (NodeId d : declarations) {
        NodeId name = name_node(t, d);
        // a file without a pipeline declares for others
        if (std::string_view what = what_is(t.kind(d)); has_pipeline && !what.empty() && mine(t[name].symbol) && !uses.has(t[name].symbol))
            diagnostics_.report(diag::UnusedDeclaration, span(name), what, text(t[name].symbol))
                .help("take it away, or call it `_{}` if it is to stay", text(t[name].symbol))
                .fix(span(d), "", "remove it");
        for (NodeId p : syntax::Children(t, d)) {
            if (t.kind(p) != NodeKind::Parameter) continue;
            NodeId parameter = child(p, NodeKind::Name);
            if (mine(t[parameter].symbol) && !uses.has(t[parameter].symbol, t[d].begin, t[d].end))
                diagnostics_.report(diag::UnusedInput, span(parameter), text(t[parameter].symbol))
                    .help("take it away, or call it `_{}` if callers give it all the same", text(t[parameter].symbol));
        }
    }
    for (NodeId d : declarations) check_unused_lets(d, [&](Symbol name) { return !mine(name) || uses.has(name, t[d].begin, t[d].end); });
}

void Elaborator::check_unused_lets(NodeId declaration, const std::function<bool(Symbol)>& used) {
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
                    if (!is_statement(tree().kind(value)) && !used(symbol))
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
