#include "template/references.hpp"

#include "iam/deploy_text.hpp"

namespace zflow::cfn {

namespace {

/// `name.Attribute.More`: the id ends at the first dot.
Reference parsed(std::string_view text) {
    size_t dot = text.find('.');
    if (dot == std::string_view::npos) return {text, {}};
    return {text.substr(0, dot), text.substr(dot + 1)};
}

class Visitor {
   public:
    Visitor(Document& document, const Replace& replace, const Condition& condition)
        : document_(document), replace_(replace), condition_(condition) {}

    void visit(Node& node) {
        bool call = node.kind == NodeKind::Map && node.count == 1;
        Node* only = call ? node.first : nullptr;
        if (call && only->key == "Ref" && only->kind == NodeKind::String) return reference(node, {only->text, {}});
        if (call && only->key == "Fn::GetAtt" && only->count == 2)
            return reference(node, {only->first->text, only->last->text});
        if (call && only->key == "Fn::Sub" && only->kind == NodeKind::String) return substitute(*only, nullptr);
        if (call && only->key == "Fn::Sub" && only->count == 2) {
            substitute(*only->first, only->last);
            return visit(*only->last);
        }
        if (call && only->key == "Condition" && only->kind == NodeKind::String) return condition_(only->text);
        if (call && only->key == "Fn::If" && only->first) condition_(only->first->text);
        for (Node* child = node.first; child; child = child->next) visit(*child);
    }

   private:
    void reference(Node& node, const Reference& to) {
        Reference now = replace_(to);
        if (now.id.empty()) return;
        Node* inside = now.attribute.empty() ? document_.literal(now.id) : document_.list({now.id, now.attribute});
        node.first = node.last = nullptr, node.count = 0;
        Document::add(&node, now.attribute.empty() ? "Ref" : "Fn::GetAtt", inside);
    }

    /// `own`: names that the text has its own values for.
    void substitute(Node& text, const Node* own) {
        std::string out;
        bool changed = false;   // mostly not: then nothing is copied
        for (std::string_view rest = text.text; !rest.empty();) {
            std::string_view before = rest;
            iam::Piece piece = iam::next_piece(rest);
            std::string_view written = before.substr(0, before.size() - rest.size());
            Reference now;
            if (piece.reference && (!own || !own->find(piece.text))) now = replace_(parsed(piece.text));
            if (now.id.empty()) {
                if (changed) out += written;
                continue;
            }
            if (!changed) out.assign(text.text.data(), written.data());
            changed = true;
            out.append("${").append(now.text()).append("}");
        }
        if (changed) text.text = document_.keep(out);
    }

    Document& document_;
    const Replace& replace_;
    const Condition& condition_;
};

}  // namespace

void visit_references(Document& document, Node& node, const Replace& replace, const Condition& condition) {
    Visitor(document, replace, condition).visit(node);
}

Node* copy_of(Document& document, const Node& node) {
    Node* out = document.map();
    *out = node;
    out->next = out->first = out->last = nullptr, out->count = 0;
    for (const Node* child = node.first; child; child = child->next) {
        Node* copied = copy_of(document, *child);
        if (node.kind == NodeKind::Map) Document::add(out, child->key, copied);
        else Document::add(out, copied);
    }
    return out;
}

}  // namespace zflow::cfn
