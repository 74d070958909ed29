#include "lower/json_writer.hpp"

#include <array>
#include <charconv>

#include "base/plain_run.hpp"

namespace zflow::lower {

namespace {

constexpr size_t widest = 100;

/// Bytes that may need more than copying: everything else is copied in runs.
constexpr std::array<bool, 256> make_special(bool literal) {
    std::array<bool, 256> table{};
    for (size_t c = 0; c < 0x20; c++) table[c] = true;
    for (char c : {'"', '\\', '$', '\x7f', '\xc2', '\xe2', '\xef'}) table[static_cast<unsigned char>(c)] = true;
    if (literal) table['\''] = table['%'] = table['}'] = true;
    return table;
}
constexpr auto text_special = make_special(false);
constexpr auto literal_special = make_special(true);

void put_hex(Buffer& out, std::string_view prefix, unsigned code) {
    constexpr char digits[] = "0123456789abcdef";
    char text[4] = {digits[code >> 12 & 15], digits[code >> 8 & 15], digits[code >> 4 & 15], digits[code & 15]};
    out.put(prefix);
    out.put({text, 4});
}

unsigned char byte_at(std::string_view text, size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Characters beyond ASCII that editors, YAML or JavaScript take for line ends or marks. Gives the bytes it took, or 0.
size_t put_unprintable(Buffer& out, std::string_view text, size_t at, std::string_view prefix) {
    unsigned char a = byte_at(text, at), b = byte_at(text, at + 1), c = byte_at(text, at + 2);
    if (a == 0xc2 && b >= 0x80 && b < 0xa0) return put_hex(out, prefix, b), 2;
    if (a == 0xe2 && b == 0x80 && (c == 0xa8 || c == 0xa9)) return put_hex(out, prefix, 0x2000u + c - 0x80u), 3;
    if (a == 0xef && b == 0xbb && c == 0xbf) return put_hex(out, prefix, 0xfeff), 3;
    if (a == 0xef && b == 0xbf && c >= 0xbe) return put_hex(out, prefix, 0xffc0u + (c & 0x3fu)), 3;
    return 0;
}

/// `last`: nothing follows in the same string. Gives the bytes it took.
size_t put_special(Buffer& out, std::string_view text, size_t at, bool literal, bool last) {
    auto c = static_cast<unsigned char>(text[at]);
    std::string_view escape = literal ? "\\\\" : "\\", hex = literal ? "\\\\u" : "\\u";
    if (c >= 0x80) {
        if (size_t taken = put_unprintable(out, text, at, hex)) return taken;
        out.put(static_cast<char>(c));
        return 1;
    }
    switch (c) {
        case '"': out.put("\\\""); break;
        case '\\': out.put(literal ? "\\\\\\\\" : "\\\\"); break;
        case '\'': out.put("\\\\u0027"); break;   // JSONata knows no \'
        case '\n': out.put(escape), out.put('n'); break;
        case '\r': out.put(escape), out.put('r'); break;
        case '\t': out.put(escape), out.put('t'); break;
        case '$':   // what follows a part of a text may begin with a brace
            if (at + 1 < text.size() ? text[at + 1] == '{' : !last) out.put("\\u0024");
            else out.put('$');
            break;
        case '%':   // neither {% nor %} may stand inside an expression
            out.put(out.view().back() == '{' ? std::string_view("\\\\u0025") : std::string_view("%"));
            break;
        case '}': out.put(out.view().back() == '%' ? std::string_view("\\\\u007d") : std::string_view("}")); break;
        default: put_hex(out, hex, c);
    }
    return 1;
}

void put_escaped(Buffer& out, std::string_view text, bool literal, bool last) {
    const auto& special = literal ? literal_special : text_special;
    size_t from = 0;
    size_t plain = literal ? plain_run<'"', '\\', '$', '\'', '%', '}'>(text) : plain_run<'"', '\\', '$'>(text);
    for (size_t at = plain; at < text.size();) {
        if (!special[static_cast<unsigned char>(text[at])]) {
            at++;
            continue;
        }
        out.put(text.substr(from, at - from));
        at += put_special(out, text, at, literal, last);
        from = at;
    }
    out.put(text.substr(from));
}

}  // namespace

void JsonWriter::new_line(size_t depth) {
    out_.put('\n');
    out_.spaces(indent_);
    line_ = out_.size();
    if (pretty_) out_.spaces(2 * depth);
}

void JsonWriter::member() {
    if (!levels_.empty()) {
        Level& level = levels_.back();
        if (level.any) out_.put(',');
        level.any = true;
        if (pretty_ || broken_) new_line(levels_.size());
    }
    broken_ = false;
}

void JsonWriter::value() {
    if (!after_key_) member();
    after_key_ = false;
}

void JsonWriter::end_key() {
    out_.put(pretty_ ? std::string_view("\": ") : std::string_view("\":"));
    after_key_ = true;
}

void JsonWriter::key(std::string_view plain) {
    member();
    char* to = out_.extend(plain.size() + (pretty_ ? 4 : 3));
    *to++ = '"';
    std::memcpy(to, plain.data(), plain.size());
    to += plain.size();
    *to++ = '"';
    *to++ = ':';
    if (pretty_) *to = ' ';
    after_key_ = true;
}

void JsonWriter::key_text(std::string_view text) {
    if (is_plain(text)) return key(text);
    begin_key();
    put_escaped(out_, text, false, true);
    end_key();
}

void JsonWriter::begin(char bracket, bool one_line) {
    value();
    levels_.push_back({out_.size(), line_, 0, one_line && pretty_});
    out_.put(bracket);
}

void JsonWriter::end(char bracket) {
    Level level = levels_.back();
    levels_.pop_back();
    if (pretty_ && level.any) new_line(levels_.size());
    out_.put(bracket);
    bool one_line = !level.any || (level.one_line && join_lines(level));
    if (levels_.empty() || !level.any) return;
    Level& outer = levels_.back();
    if (!one_line || level.depth > 0) outer.one_line = false;
    outer.depth = 1;
}

/// Puts a short container on one line. Strings hold no line ends, so every line end is the layout's own.
bool JsonWriter::join_lines(const Level& level) {
    char line[widest];
    size_t size = 0, column = level.start - level.line;
    std::string_view text = out_.view(level.start);
    for (size_t at = 0; at < text.size(); at++) {
        char c = text[at];
        if (c == '\n') {
            while (text[at + 1] == ' ') at++;
            if (size == 1 || at + 2 == text.size()) continue;
            c = ' ';
        }
        if (column + size + 1 >= widest) return false;
        line[size++] = c;
    }
    out_.truncate(level.start);
    out_.put({line, size});
    line_ = level.line;
    return true;
}

void JsonWriter::text(std::string_view text) {
    if (is_plain(text)) return plain_text(text);
    value();
    out_.put('"');
    put_escaped(out_, text, false, true);
    out_.put('"');
}

void JsonWriter::plain_text(std::string_view text) {
    value();
    char* to = out_.extend(text.size() + 2);
    *to++ = '"';
    std::memcpy(to, text.data(), text.size());
    to[text.size()] = '"';
}

bool JsonWriter::is_plain(std::string_view text) {
    for (size_t at = plain_run<'"', '\\', '$'>(text); at < text.size(); at++)
        if (text_special[static_cast<unsigned char>(text[at])]) return false;
    return true;
}

void JsonWriter::integer(int64_t number) {
    value();
    out_.number(number);
}

void JsonWriter::decimal(double number) {
    value();
    this->number(number);
}

void JsonWriter::number(double number) {
    char text[32];
    auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out_.put({text, static_cast<size_t>(end - text)});
}

void JsonWriter::raw(std::string_view scalar) {
    value();
    out_.put(scalar);
}

void JsonWriter::again(size_t from, size_t to, bool open) {
    char* copy = out_.extend(to - from);
    std::memcpy(copy, out_.view().data() + from, to - from);
    after_key_ = open;
}

void JsonWriter::begin_text() {
    value();
    out_.put('"');
}

void JsonWriter::text_part(std::string_view text) { put_escaped(out_, text, false, false); }
void JsonWriter::literal_part(std::string_view text) { put_escaped(out_, text, true, false); }

}  // namespace zflow::lower
