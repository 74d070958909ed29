#include "show/declared.hpp"

#include <algorithm>

namespace zflow::show {

using syntax::NodeId;
using syntax::NodeKind;
using syntax::Tree;

namespace {

/// A value as it stands in the source. The node of a text on one line is what is between its quotes.
std::string_view written(const Tree& tree, NodeId node) {
    std::string_view text = tree.text_of(node);
    bool block = (tree[node].flag & 2) != 0;
    return tree.kind(node) == NodeKind::String && !block ? std::string_view(text.data() - 1, text.size() + 2) : text;
}

}  // namespace

std::string_view declared_name(const Tree& tree, NodeId node) { return tree.text_of(syntax::name_node(tree, node)); }

std::vector<std::string_view> comment_of(const Tree& tree, NodeId node) {
    std::vector<std::string_view> lines;
    NodeId doc = tree.child(node);
    if (!doc || tree.kind(doc) != NodeKind::Doc) return lines;
    for (std::string_view rest = tree.text_of(doc); !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        size_t slashes = line.find("///");
        if (slashes == std::string_view::npos) continue;
        line.remove_prefix(slashes + 3);
        if (line.starts_with(' ')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        lines.push_back(line);
    }
    return lines;
}

Declared declared(const Tree& tree, NodeId node) {
    NodeId name = syntax::name_node(tree, node), type = tree.next(name), fallback = type ? tree.next(type) : 0;
    return {tree.text_of(name), type ? tree.text_of(type) : "", fallback ? written(tree, fallback) : "", comment_of(tree, node)};
}

}  // namespace zflow::show
