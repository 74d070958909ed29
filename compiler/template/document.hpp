/// @file document.hpp
/// @brief A light tree for a template: ordered maps, lists and scalars in an arena, and its two written forms.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "base/arena.hpp"
#include "template/text.hpp"

namespace zflow::cfn {

enum class NodeKind : uint8_t {
    Map,
    List,
    String,
    Integer,
    Decimal,  ///< text: a JSON number
    Bool,     ///< integer: 0 or 1
    Block,    ///< text: lines for a block of YAML, all but the first already indented; see Document::block
};

/// A node belongs to one parent: its key there and its next sibling are in the node itself.
struct Node {
    NodeKind kind = NodeKind::Map;
    uint32_t count = 0;      ///< children of a map or list
    std::string_view key;    ///< in its parent, when that is a map
    std::string_view text;
    int64_t integer = 0;
    Node* first = nullptr;
    Node* last = nullptr;
    Node* next = nullptr;

    /// The value of `key` in a map, or nothing. Looks at every entry: for small maps.
    Node* find(std::string_view key) const;
};

/// Makes nodes. `text` copies what it is given; keys are not copied and must live as long as the document (literals,
/// names of the program, or what `keep` returned).
class Document {
   public:
    Node* map() { return make(NodeKind::Map); }
    Node* list() { return make(NodeKind::List); }
    Node* list(std::initializer_list<std::string_view> texts);
    Node* text(std::string_view text) { return literal(keep(text)); }
    Node* literal(std::string_view text) { return make(NodeKind::String, text); }
    Node* integer(int64_t value) { return make(NodeKind::Integer, {}, value); }
    Node* decimal(std::string_view number) { return make(NodeKind::Decimal, keep(number)); }
    Node* boolean(bool value) { return make(NodeKind::Bool, {}, value ? 1 : 0); }
    /// Text of several lines that is written as it stands. In YAML its lines after the first must already begin with
    /// the right number of spaces: twice the depth of the value (children of the root have depth 1).
    Node* block(std::string_view lines) { return make(NodeKind::Block, lines); }

    static Node* add(Node* map, std::string_view key, Node* value);
    static Node* add(Node* list, Node* value);

    std::string_view keep(std::string_view text) { return arena_.copy(text); }

   private:
    Node* make(NodeKind kind, std::string_view text = {}, int64_t integer = 0);
    Arena arena_;
};

/// Appends `root` as YAML that a YAML 1.1 and a YAML 1.2 reader understand alike: block style, text quoted wherever a
/// reader could take it for something else, several lines as a literal block.
void write_yaml(const Node& root, Text& out);

/// Appends `root` as JSON, indented by two spaces.
void write_json(const Node& root, Buffer& out);
void write_json(const Node& root, Text& out);

/// Appends `text` as a JSON string with its quotes.
void write_json_string(std::string_view text, Buffer& out);

}  // namespace zflow::cfn
