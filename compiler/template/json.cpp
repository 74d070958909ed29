#include "template/document.hpp"

namespace zflow::cfn {

namespace {

constexpr char hex_digits[] = "0123456789abcdef";

void write_escape(unsigned char c, Buffer& out) {
    switch (c) {
        case '"': return out.put("\\\"");
        case '\\': return out.put("\\\\");
        case '\n': return out.put("\\n");
        case '\r': return out.put("\\r");
        case '\t': return out.put("\\t");
        default:
            out.put("\\u00");
            out.put(hex_digits[c >> 4]);
            out.put(hex_digits[c & 15]);
    }
}

void write(const Node& node, size_t indent, Buffer& out);

void write_children(const Node& node, size_t indent, Buffer& out) {
    bool map = node.kind == NodeKind::Map;
    out.put(map ? '{' : '[');
    for (const Node* child = node.first; child; child = child->next) {
        out.put('\n');
        out.spaces(indent + 2);
        if (map) {
            write_json_string(child->key, out);
            out.put(": ");
        }
        write(*child, indent + 2, out);
        if (child->next) out.put(',');
    }
    if (node.first) {
        out.put('\n');
        out.spaces(indent);
    }
    out.put(map ? '}' : ']');
}

void write(const Node& node, size_t indent, Buffer& out) {
    switch (node.kind) {
        case NodeKind::Map:
        case NodeKind::List: return write_children(node, indent, out);
        case NodeKind::String:
        case NodeKind::Block: return write_json_string(node.text, out);
        case NodeKind::Integer: return out.number(node.integer);
        case NodeKind::Decimal: return out.put(node.text);
        case NodeKind::Bool: return out.put(node.integer ? "true" : "false");
    }
}

}  // namespace

void write_json_string(std::string_view text, Buffer& out) {
    out.put('"');
    size_t from = 0;
    for (size_t i = 0; i < text.size(); i++) {
        auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.put(text.substr(from, i - from));
        write_escape(c, out);
        from = i + 1;
    }
    out.put(text.substr(from));
    out.put('"');
}

void write_json(const Node& root, Buffer& out) {
    write(root, 0, out);
    out.put('\n');
}

void write_json(const Node& root, Text& out) { write_json(root, out.small); }

}  // namespace zflow::cfn
