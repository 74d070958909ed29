#include "server/symbols.hpp"

#include "server/program.hpp"

namespace zflow::server {

using syntax::Children;
using syntax::NodeId;
using syntax::NodeKind;
using syntax::Tree;

namespace {

/// SymbolKind of the protocol; none of what is no symbol.
int symbol_kind(NodeKind kind) {
    enum : int {
        None = 0, Module = 2, Class = 5, Method = 6, Function = 12, Variable = 13, Constant = 14, Object = 19, Key = 20, Struct = 23,
        Event = 24,
    };
    switch (kind) {
        case NodeKind::Stack: return Module;
        case NodeKind::Pipeline: case NodeKind::Function: return Function;
        case NodeKind::StageKind: case NodeKind::ResourceKind: return Class;
        case NodeKind::Dataset: case NodeKind::TypeDeclaration: return Struct;
        case NodeKind::Const: case NodeKind::Secret: return Constant;
        case NodeKind::Param: case NodeKind::Let: return Variable;
        case NodeKind::Resource: case NodeKind::Container: return Object;
        case NodeKind::Option: case NodeKind::Output: return Key;
        case NodeKind::Stage: case NodeKind::Call: case NodeKind::Cfn: return Event;
        case NodeKind::Branch: return Method;
        default: return None;
    }
}

/// `training_job` of `stage train = training_job { … }`.
std::string_view kind_of(const Tree& tree, NodeId node) {
    for (NodeId c : Children(tree, node))
        if (tree.kind(c) == NodeKind::Path) return tree.text_of(c);
    return syntax::name_of(tree.kind(node));
}

class Outline {
   public:
    Outline(const Tree& tree, const Lines& lines) : tree_(tree), lines_(lines) {}

    /// Symbols within a node; what is within statements without a name stands where they are.
    void add(NodeId parent, Json& out) const {
        for (NodeId node : Children(tree_, parent)) {
            int kind = symbol_kind(tree_.kind(node));
            NodeId name = kind ? syntax::name_node(tree_, node) : 0;
            if (!name || tree_[name].begin == tree_[name].end) {
                add(node, out);
                continue;
            }
            Json children = Json::array();
            add(node, children);
            out.push_back({{"name", tree_.text_of(name)}, {"detail", kind_of(tree_, node)}, {"kind", kind}, {"range", range(node)},
                           {"selectionRange", range(name)}, {"children", std::move(children)}});
        }
    }

   private:
    Range range(NodeId node) const { return lines_.range(tree_[node].begin, tree_[node].end); }
    const Tree& tree_;
    const Lines& lines_;
};

/// The older form, a list: names and where they are.
void flatten(const Json& symbols, std::string_view uri, std::string_view container, Json& out) {
    for (const Json& symbol : symbols) {
        Json flat = {{"name", symbol["name"]}, {"kind", symbol["kind"]}, {"location", {{"uri", uri}, {"range", symbol["range"]}}}};
        if (!container.empty()) flat["containerName"] = container;
        out.push_back(std::move(flat));
        flatten(symbol["children"], uri, symbol["name"].get_ref<const std::string&>(), out);
    }
}

}  // namespace

Json symbols(Workspace& workspace, const Json& params) {
    const Document& document = workspace.document(params);
    Program program(document, workspace.documents());
    Lines lines(document.text, workspace.client.encoding);
    Json nested = Json::array();
    Outline(program.tree(), lines).add(0, nested);
    if (workspace.client.nested_symbols) return nested;
    Json flat = Json::array();
    flatten(nested, document.uri, "", flat);
    return flat;
}

}  // namespace zflow::server
