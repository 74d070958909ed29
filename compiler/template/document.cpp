#include "template/document.hpp"

#include <new>

namespace zflow::cfn {

Node* Node::find(std::string_view wanted) const {
    for (Node* n = first; n; n = n->next)
        if (n->key == wanted) return n;
    return nullptr;
}

Node* Document::make(NodeKind kind, std::string_view text, int64_t integer) {
    Node* node = new (arena_.allocate<Node>(1)) Node;
    node->kind = kind;
    node->text = text;
    node->integer = integer;
    return node;
}

Node* Document::list(std::initializer_list<std::string_view> texts) {
    Node* node = list();
    for (std::string_view t : texts) add(node, text(t));
    return node;
}

Node* Document::add(Node* list, Node* value) {
    (list->last ? list->last->next : list->first) = value;
    list->last = value;
    list->count++;
    return value;
}

Node* Document::add(Node* map, std::string_view key, Node* value) {
    value->key = key;
    return add(map, value);
}

}  // namespace zflow::cfn
