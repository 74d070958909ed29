/// @file tree.hpp
/// @brief The syntax tree: a flat array of small nodes that point into the source text.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/source.hpp"
#include "syntax/node_list.hpp"

namespace zflow::syntax {

/// Near a syntax error things are not as they were meant.
struct Quiet {
    uint32_t begin, end;
    std::string_view only;   ///< findings whose ids begin with it: `missing-` of what begins here, since it may stand where the error is
};

/// A parsed file. Trees of the standard library live in static data made at build time.
struct Tree {
    FileId file = FileId::none;
    std::string_view text;
    std::span<const Node> nodes;
    NodeList storage;            ///< what `nodes` shows, unless that is static
    std::vector<Quiet> quiet = {};

    /// Nobody reads it any more.
    void forget() { nodes = {}, storage = {}; }
    const Node& operator[](NodeId id) const { return nodes[id]; }
    NodeId child(NodeId id) const { return nodes[id].child; }
    NodeId next(NodeId id) const { return nodes[id].next; }
    NodeKind kind(NodeId id) const { return nodes[id].kind; }
    std::string_view text_of(NodeId id) const { return text.substr(nodes[id].begin, nodes[id].end - nodes[id].begin); }
    Span span(NodeId id) const { return {file, nodes[id].begin, nodes[id].end}; }
    /// The first of all that `id` consists of, which ends with `id` itself: children stand before their parents.
    NodeId first_inside(NodeId id) const {
        while (nodes[id].child) id = nodes[id].child;
        return id;
    }
};

/// The child of `node` that is its declared Name, 0 when it has none.
NodeId name_node(const Tree& tree, NodeId node);
/// The Name of a declaration that expressions can refer to; 0 for the others.
NodeId referable(const Tree& tree, NodeId declaration);

/// `for (NodeId c : children(tree, id))`
class Children {
   public:
    Children(const Tree& tree, NodeId parent) : tree_(tree), first_(tree.child(parent)) {}
    struct Iterator {
        const Tree* tree;
        NodeId at;
        NodeId operator*() const { return at; }
        Iterator& operator++() { at = tree->next(at); return *this; }
        bool operator!=(const Iterator& other) const { return at != other.at; }
    };
    Iterator begin() const { return {&tree_, first_}; }
    Iterator end() const { return {&tree_, 0}; }

   private:
    const Tree& tree_;
    NodeId first_;
};

}  // namespace zflow::syntax
