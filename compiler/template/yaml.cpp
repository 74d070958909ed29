#include <algorithm>
#include <array>

#include "base/plain_run.hpp"
#include "template/document.hpp"

namespace zflow::cfn {

namespace {

enum class Style : uint8_t { Plain, Single, Double, Block };

/// What one byte means for how a text can be written.
enum Trait : uint8_t {
    fine = 0,
    risky = 1,     ///< has a meaning in YAML at some places: only in quotes
    line = 2,      ///< line feed
    hidden = 4,    ///< a control character: only as an escape
    foreign = 8,   ///< of a multi-byte character
    stroke = 16,   ///< ' : not in single quotes without doubling
    colon = 32,    ///< with a blank behind it the end of a key
};

constexpr std::array<uint8_t, 256> traits = [] {
    std::array<uint8_t, 256> t{};
    for (int c = 0; c < 0x20; c++) t[static_cast<size_t>(c)] = hidden;
    for (int c = 0x80; c < 0x100; c++) t[static_cast<size_t>(c)] = foreign;
    t[0x7F] = hidden;
    t['\n'] = line;
    t['\t'] = hidden;
    for (char c : std::string_view("\"\\#`")) t[static_cast<size_t>(c)] = risky;
    t['\''] = stroke | risky;
    t[':'] = colon;
    return t;
}();

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Words that YAML 1.1 or 1.2 reads as a boolean or as null, in any capitalisation.
bool is_reserved(std::string_view text) {
    static constexpr std::string_view words[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
    char first = text.front() | 0x20;
    if (text.size() > 5 || (first != 'y' && first != 'n' && first != 'o' && first != 't' && first != 'f')) return false;
    for (std::string_view word : words) {
        bool same = word.size() == text.size();
        for (size_t i = 0; same && i < word.size(); i++) same = (text[i] | 0x20) == word[i];
        if (same) return true;
    }
    return false;
}

/// Characters that a reader may take for a line break or not accept: C1 controls, U+2028, U+2029, U+FEFF, U+FFFE,
/// U+FFFF.
bool has_unprintable(std::string_view text) {
    for (size_t i = 0; i + 1 < text.size(); i++) {
        auto a = static_cast<unsigned char>(text[i]), b = static_cast<unsigned char>(text[i + 1]);
        if (a == 0xC2 && b < 0xA0) return true;
        if (i + 2 >= text.size()) continue;
        auto c = static_cast<unsigned char>(text[i + 2]);
        if (a == 0xE2 && b == 0x80 && (c == 0xA8 || c == 0xA9)) return true;
        if (a == 0xEF && ((b == 0xBB && c == 0xBF) || (b == 0xBF && c >= 0xBE))) return true;
    }
    return false;
}

/// Several lines can stand as they are when neither their start nor their end depends on how a reader trims.
bool fits_block(std::string_view text) {
    char first = text.front(), last = text.back();
    return first != ' ' && first != '\n' && first != '\t' && last != ' ' && last != '\t' && last != '\n';
}

/// `all`: the traits of its bytes. Of a long text it may not have those that are no reason for quotes by themselves.
bool fits_plain(std::string_view text, uint8_t all) {
    char first = text.front(), last = text.back();
    if (!is_letter(first) && first != '/' && first != '_' && first != '$') return false;
    if (last == ' ' || last == ':') return false;
    bool may_end_key = text.size() >= 16 || (all & colon);
    return (!may_end_key || text.find(": ") == std::string_view::npos) && !is_reserved(text);
}

/// Behind a plain run: how far to go byte by byte. `rest`: how long the text was where the run began.
size_t end_of_bytes(size_t rest, size_t at, size_t size) { return rest < plain_block ? size : std::min(at + 1, size); }

Style style_of(std::string_view text) {
    if (text.empty()) return Style::Single;
    uint8_t all = 0;
    for (size_t at = 0; at < text.size();) {   // source code has few special characters
        std::string_view rest = text.substr(at);
        at += plain_run<'"', '\\', '#', '`', '\''>(rest);
        for (size_t end = end_of_bytes(rest.size(), at, text.size()); at < end; at++) all |= traits[static_cast<unsigned char>(text[at])];
    }
    if ((all & foreign) && has_unprintable(text)) return Style::Double;
    if (all & hidden) {
        // tabs are common in code of several lines; elsewhere an escape shows them
        bool tabs = (all & line) && fits_block(text);
        for (char c : text) tabs = tabs && (c == '\t' || !(traits[static_cast<unsigned char>(c)] & hidden));
        return tabs ? Style::Block : Style::Double;
    }
    if (all & line) return fits_block(text) ? Style::Block : Style::Double;
    bool only_inner = !(all & (risky | foreign));
    if (only_inner && fits_plain(text, all)) return Style::Plain;
    if (all & stroke) return text.find_first_of("\"\\") == std::string_view::npos ? Style::Double : Style::Single;
    return Style::Single;
}

void write_hex(uint32_t value, int digits, Buffer& out) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out.put("0123456789ABCDEF"[(value >> shift) & 15]);
}

/// Writes the escape for what begins at `i`, when there must be one. @return how many bytes it stands for, or 0
size_t write_escape(std::string_view text, size_t i, Buffer& out) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '"' || c == '\\') return out.put('\\'), out.put(text[i]), 1;
    if (c == '\n') return out.put("\\n"), 1;
    if (c == '\t') return out.put("\\t"), 1;
    if (c == '\r') return out.put("\\r"), 1;
    if (c < 0x20 || c == 0x7F) return out.put("\\x"), write_hex(c, 2, out), 1;
    if (c < 0x80) return 0;
    if (c == 0xC2 && i + 1 < text.size()) {
        auto b = static_cast<unsigned char>(text[i + 1]);
        if (b < 0xA0) return out.put("\\x"), write_hex(b, 2, out), 2;
        return 0;
    }
    if (i + 2 < text.size() && has_unprintable(text.substr(i, 3)) && c >= 0xE0) {
        uint32_t code = (c & 15u) << 12 | (static_cast<unsigned char>(text[i + 1]) & 63u) << 6 |
                        (static_cast<unsigned char>(text[i + 2]) & 63u);
        return out.put("\\u"), write_hex(code, 4, out), 3;
    }
    return 0;
}

void write_double(std::string_view text, Buffer& out) {
    out.put('"');
    for (size_t i = 0; i < text.size();) {
        std::string_view rest = text.substr(i);
        size_t plain = plain_run<'"', '\\'>(rest);
        out.put(rest.substr(0, plain));
        i += plain;
        for (size_t end = end_of_bytes(rest.size(), i, text.size()); i < end;) {
            size_t used = write_escape(text, i, out);
            if (!used) out.put(text[i]);
            i += used ? used : 1;
        }
    }
    out.put('"');
}

void write_single(std::string_view text, Buffer& out) {
    out.put('\'');
    for (size_t at; (at = text.find('\'')) != std::string_view::npos; text.remove_prefix(at + 1)) {
        out.put(text.substr(0, at));
        out.put("''");
    }
    out.put(text);
    out.put('\'');
}

/// A literal block: the lines as they are, `indent` spaces before each that is not empty.
void write_lines(std::string_view text, size_t indent, Buffer& out) {
    out.put("|-");
    while (true) {
        size_t end = text.find('\n');
        std::string_view one = text.substr(0, end);
        out.put('\n');
        if (!one.empty()) out.spaces(indent);
        out.put(one);
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

void write_text(std::string_view text, size_t indent, Buffer& out) {
    switch (style_of(text)) {
        case Style::Plain: return out.put(text);
        case Style::Single: return write_single(text, out);
        case Style::Double: return write_double(text, out);
        case Style::Block: return write_lines(text, indent, out);
    }
}

void write_key(std::string_view key, Buffer& out) {
    Style style = style_of(key);
    if (style == Style::Plain) out.put(key);
    else if (style == Style::Single) write_single(key, out);
    else write_double(key, out);
}

void write_children(const Node& node, size_t indent, bool inside_item, Text& text);

/// What follows `key:` or `-`; `indent` is where children or lines begin.
void write_value(const Node& node, size_t indent, bool item, Text& text) {
    Buffer& out = text.small;
    switch (node.kind) {
        case NodeKind::Map:
        case NodeKind::List:
            if (!node.first) return out.put(node.kind == NodeKind::Map ? " {}\n" : " []\n");
            out.put(item ? ' ' : '\n');  // the first entry of an item stands on the line of the dash
            return write_children(node, indent, item, text);
        case NodeKind::String:
            out.put(' ');
            write_text(node.text, indent, out);
            break;
        case NodeKind::Block:
            out.put(" |-\n");
            out.spaces(indent);
            text.refer(node.text);
            break;
        case NodeKind::Integer:
            out.put(' ');
            out.number(node.integer);
            break;
        case NodeKind::Decimal:
            out.put(' ');
            out.put(node.text);
            break;
        case NodeKind::Bool: out.put(node.integer ? " true" : " false"); break;
    }
    out.put('\n');
}

void write_children(const Node& node, size_t indent, bool inside_item, Text& text) {
    bool map = node.kind == NodeKind::Map;
    Buffer& out = text.small;
    for (const Node* child = node.first; child; child = child->next) {
        if (!inside_item) out.spaces(indent);
        inside_item = false;
        if (map) {
            write_key(child->key, out);
            out.put(':');
        } else {
            out.put('-');
        }
        write_value(*child, indent + 2, !map, text);
    }
}

}  // namespace

void write_yaml(const Node& root, Text& out) {
    bool empty = !root.first && (root.kind == NodeKind::Map || root.kind == NodeKind::List);
    if (empty) return out.small.put(root.kind == NodeKind::Map ? "{}\n" : "[]\n");
    write_children(root, 0, false, out);
}

}  // namespace zflow::cfn
