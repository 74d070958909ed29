/// @file node.hpp
/// @brief One node of the syntax tree.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/interner.hpp"

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

/// What the build found out about a node of the standard library (library/snapshot.hpp).
enum class Prepared : uint8_t {
    Nothing,
    Evaluated,   ///< what it comes to
    Local,       ///< it depends on names of its declaration: nothing of it can be shared
};

/// Index of a node in Tree::nodes. Node 0 is the file; as a child or sibling 0 means "none".
using NodeId = uint32_t;

struct Node {
    NodeKind kind;
    Operator op = Operator::none;
    uint8_t flag = 0;     ///< per kind: Wait `until`, Member `optional`, ListFor/RecordFor `filtered`, String/Template `block` (""" … """)
    Prepared prepared = Prepared::Nothing;
    uint32_t begin = 0;   ///< byte offsets into the file's text; a String's exclude its quotes, every other node's cover all of it
    uint32_t end = 0;
    NodeId child = 0;     ///< first child
    NodeId next = 0;      ///< next sibling
    Symbol symbol = Symbol::none;  ///< Name, Identifier: the name; in the standard library also of a String that is a key

    /// Of one that was evaluated, which has no name: where in the table of what was evaluated.
    uint32_t evaluated() const { return static_cast<uint32_t>(symbol); }
};
static_assert(sizeof(Node) == 24);

}  // namespace zflow::syntax
