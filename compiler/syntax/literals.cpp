#include "syntax/literals.hpp"

#include <charconv>
#include <limits>

namespace zflow::syntax {

namespace {

constexpr int64_t most = std::numeric_limits<int64_t>::max();

bool digit(char c) { return c >= '0' && c <= '9'; }

int64_t times(int64_t a, int64_t b) {
    int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? most : product;
}

int64_t plus(int64_t a, int64_t b) {
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? most : sum;
}

/// Reads the digits at the front of `text` and removes them.
int64_t take_number(std::string_view& text) {
    int64_t value = 0;
    while (!text.empty() && digit(text.front())) {
        value = plus(times(value, 10), text.front() - '0');
        text.remove_prefix(1);
    }
    return value;
}

int64_t seconds_of(char unit) {
    switch (unit) {
        case 'm': return 60;
        case 'h': return 60 * 60;
        case 'd': return 24 * 60 * 60;
        case 'w': return 7 * 24 * 60 * 60;
        default: return 1;
    }
}

void add_utf8(std::string& to, uint32_t c) {
    auto add = [&to](uint32_t byte) { to += static_cast<char>(byte); };
    if (c < 0x80) return add(c);
    if (c < 0x800) {
        add(0xC0 | c >> 6);
    } else {
        if (c < 0x10000) {
            add(0xE0 | c >> 12);
        } else {
            add(0xF0 | c >> 18);
            add(0x80 | (c >> 12 & 0x3F));
        }
        add(0x80 | (c >> 6 & 0x3F));
    }
    add(0x80 | (c & 0x3F));
}

/// The character of the escape at the front of `raw` (after its `\`), and how long it is; 0 when it is none.
size_t add_escape(std::string& to, std::string_view raw) {
    if (raw.empty()) return 0;
    switch (raw[0]) {
        case 'n': return to += '\n', 1;
        case 't': return to += '\t', 1;
        case 'r': return to += '\r', 1;
        case '"':
        case '\\':
        case '$': return to += raw[0], 1;
        default: break;
    }
    size_t close = raw.find('}');
    if (!raw.starts_with("u{") || close == std::string_view::npos) return 0;
    uint32_t code = 0;
    auto [at, error] = std::from_chars(raw.data() + 2, raw.data() + close, code, 16);
    if (error != std::errc{} || at != raw.data() + close) return 0;
    add_utf8(to, code);
    return close + 1;
}

/// The blanks between the last newline and the end, when there is nothing else there.
std::string_view closing_indent(std::string_view raw) {
    size_t newline = raw.rfind('\n');
    std::string_view last = newline == std::string_view::npos ? raw : raw.substr(newline + 1);
    return last.find_first_not_of(" \t\r") == std::string_view::npos ? last : std::string_view{};
}

bool closes_on_own_line(std::string_view raw) {
    size_t newline = raw.rfind('\n');
    std::string_view last = newline == std::string_view::npos ? raw : raw.substr(newline + 1);
    return last.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// One piece of a block string. `first` and `last`: it is at the beginning or the end of the string.
std::string block_piece(std::string_view raw, std::string_view indent, bool first, bool last) {
    if (last && closes_on_own_line(raw)) {
        size_t newline = raw.rfind('\n');
        raw = newline == std::string_view::npos ? (first ? std::string_view{} : raw) : raw.substr(0, newline);
        if (raw.ends_with('\r')) raw.remove_suffix(1);
    }
    std::string text;
    text.reserve(raw.size());
    auto drop_indent = [&] {
        size_t n = 0;
        while (n < indent.size() && n < raw.size() && raw[n] == indent[n]) n++;
        raw.remove_prefix(n);
    };
    if (first) drop_indent();
    while (!raw.empty()) {
        char c = raw.front();
        bool skipped = (c == '\\' && raw.starts_with("\\${")) || (c == '\r' && raw.starts_with("\r\n"));
        raw.remove_prefix(1);
        if (!skipped) text += c;
        if (c == '\n') drop_indent();
    }
    return text;
}

}  // namespace

std::string unescape(std::string_view raw) {
    std::string text;
    text.reserve(raw.size());
    for (size_t i = 0; i < raw.size(); i++) {
        size_t length = raw[i] == '\\' ? add_escape(text, raw.substr(i + 1)) : 0;
        if (length == 0) text += raw[i];
        i += length;
    }
    return text;
}

std::string block_text(std::string_view raw) { return block_piece(raw, closing_indent(raw), true, true); }

std::string string_value(const Tree& tree, NodeId string) {
    const Node& node = tree[string];
    std::string_view raw = tree.text_of(string);
    if (node.kind == NodeKind::TypeLiteral) raw = raw.substr(1, raw.size() - 2);
    if (node.flag & is_block) return block_text(raw);
    return node.flag & has_escapes ? unescape(raw) : std::string(raw);
}

std::string piece_value(const Tree& tree, NodeId parent, NodeId piece) {
    const Node& string = tree[parent];
    const Node& node = tree[piece];
    std::string_view raw = tree.text_of(piece);
    if (!(string.flag & is_block)) return node.flag & has_escapes ? unescape(raw) : std::string(raw);
    uint32_t content_end = string.end - 3;
    size_t content = tree.text.find('\n', string.begin) + 1;
    std::string_view indent = closing_indent(tree.text.substr(content, content_end - content));
    return block_piece(raw, indent, node.begin == content, node.end == content_end);
}

int64_t duration_seconds(std::string_view text) {
    int64_t seconds = 0;
    while (!text.empty() && digit(text.front())) {
        int64_t count = take_number(text);
        if (text.empty()) break;
        seconds = plus(seconds, times(count, seconds_of(text.front())));
        text.remove_prefix(1);
    }
    return seconds;
}

int64_t size_bytes(std::string_view text) {
    int64_t count = take_number(text);
    constexpr std::string_view units = "KMGT";
    size_t unit = text.empty() ? std::string_view::npos : units.find(text.front());
    for (size_t i = 0; unit != std::string_view::npos && i <= unit; i++) count = times(count, 1024);
    return count;
}

std::optional<int64_t> integer(std::string_view text) {
    int64_t value = 0;
    for (char c : text) {
        if (c == '_') continue;
        if (!digit(c) || __builtin_mul_overflow(value, int64_t{10}, &value) ||
            __builtin_add_overflow(value, int64_t{c - '0'}, &value))
            return std::nullopt;
    }
    return value;
}

bool valid_date(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    auto number = [text](size_t from, size_t size) {
        std::string_view digits = text.substr(from, size);
        return take_number(digits);
    };
    int64_t year = number(0, 4), month = number(5, 2), day = number(8, 2);
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap);
}

}  // namespace zflow::syntax
