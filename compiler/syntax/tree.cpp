#include "syntax/tree.hpp"

namespace zflow::syntax {

NodeId name_node(const Tree& tree, NodeId node) {
    for (NodeId c : Children(tree, node))
        if (tree.kind(c) == NodeKind::Name) return c;
    return 0;
}

NodeId referable(const Tree& tree, NodeId declaration) {
    switch (tree.kind(declaration)) {
        case NodeKind::Import: case NodeKind::Stack: case NodeKind::Error: case NodeKind::Output: case NodeKind::Option: return 0;
        default: return name_node(tree, declaration);
    }
}

}  // namespace zflow::syntax
