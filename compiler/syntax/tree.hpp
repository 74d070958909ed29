/// @file tree.hpp
/// @brief The syntax tree: a flat array of small nodes that point into the source text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/interner.hpp"
#include "base/source.hpp"

namespace zflow::syntax {

enum class NodeKind : uint8_t {
#define ZFLOW_NODE(kind, children) kind,
#include "syntax/node_kinds.def"
#undef ZFLOW_NODE
};

std::string_view name_of(NodeKind kind);

enum class Operator : uint8_t {
    none, Or, And, Not, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, Default, Add, Subtract, Multiply, Divide, Modulo, Minus,
};

/// Index of a node in Tree::nodes. Node 0 is the file; as a child or sibling 0 means "none".
using NodeId = uint32_t;

struct Node {
    NodeKind kind;
    Operator op = Operator::none;
    uint8_t flag = 0;     ///< per kind: Wait `until`, Member `optional`, ListFor/RecordFor `filtered`, String/Template `block` (""" … """)
    uint8_t reserved = 0;
    uint32_t begin = 0;   ///< byte offsets into the file's text; a String's exclude its quotes, every other node's cover all of it
    uint32_t end = 0;
    NodeId child = 0;     ///< first child
    NodeId next = 0;      ///< next sibling
    Symbol symbol = Symbol::none;  ///< Name, Identifier: the name
};
static_assert(sizeof(Node) == 24);

/// A parsed file. Trees of the standard library live in static data made at build time.
struct Tree {
    FileId file = FileId::none;
    std::string_view text;
    std::span<const Node> nodes;
    std::vector<Node> storage;  ///< what `nodes` shows, unless that is static

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
