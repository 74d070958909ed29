#include <array>

#include "syntax/parse.hpp"

namespace zflow::syntax {

namespace {

constexpr auto kind_names = std::to_array<std::string_view>({
#define ZFLOW_NODE(kind, children) #kind,
#include "syntax/node_kinds.def"
#undef ZFLOW_NODE
});

constexpr auto operator_names = std::to_array<std::string_view>({
    "", "or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "in", "??", "+", "-", "*", "/", "%", "-",
});

void print_text(std::string& out, std::string_view text) {
    out += " \"";
    for (char c : text) {
        if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else out += c;
    }
    out += '"';
}

void print_node(std::string& out, const Tree& tree, NodeId id, size_t depth) {
    const Node& node = tree[id];
    out.append(depth * 2, ' ');
    out += name_of(node.kind);
    out += fmt::format(" {}..{}", node.begin, node.end);
    if (node.op != Operator::none) out += fmt::format(" {}", operator_names[static_cast<size_t>(node.op)]);
    if (node.flag) out += fmt::format(" flag={}", node.flag);
    if (!node.child && node.kind != NodeKind::File) print_text(out, tree.text_of(id));
    out += '\n';
    for (NodeId child : Children(tree, id)) print_node(out, tree, child, depth + 1);
}

}  // namespace

std::string_view name_of(NodeKind kind) { return kind_names[static_cast<size_t>(kind)]; }

std::string print(const Tree& tree) {
    std::string out;
    if (!tree.nodes.empty()) print_node(out, tree, 0, 0);
    return out;
}

}  // namespace zflow::syntax
