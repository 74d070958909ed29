#include "diagnostics/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace zflow {

namespace {

struct Range {
    char32_t first, last;
};

constexpr Range without_width[] = {
    {0x300, 0x36F}, {0x483, 0x489}, {0x591, 0x5BD}, {0x610, 0x61A}, {0x64B, 0x65F}, {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF},
};

constexpr Range wide[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xA960, 0xA97C}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F}, {0xFF01, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
    {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

template <size_t count>
bool is_in(char32_t c, const Range (&ranges)[count]) {
    return std::any_of(std::begin(ranges), std::end(ranges), [c](Range r) { return c >= r.first && c <= r.last; });
}

constexpr CodePoint broken{replacement_character, 1, false};

/// Bytes of the sequence that `lead` begins, 0 when it begins none.
uint32_t sequence_size(uint8_t lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    if (lead >= 0xF0 && lead <= 0xF4) return 4;
    return 0;
}

}  // namespace

CodePoint decode(std::string_view text, size_t at) {
    auto lead = static_cast<uint8_t>(text[at]);
    uint32_t size = sequence_size(lead);
    if (size == 1) return {lead, 1, true};
    if (size == 0 || text.size() - at < size) return broken;
    char32_t value = lead & (0x7Fu >> size);
    for (uint32_t i = 1; i < size; i++) {
        auto byte = static_cast<uint8_t>(text[at + i]);
        if ((byte & 0xC0) != 0x80) return broken;
        value = value << 6 | (byte & 0x3Fu);
    }
    bool overlong = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (overlong || surrogate || value > 0x10FFFF) return broken;
    return {value, size, true};
}

uint32_t display_width(char32_t c) {
    if (c < 0x300) return 1;
    if (is_in(c, without_width)) return 0;
    return is_in(c, wide) ? 2 : 1;
}

bool must_not_be_shown(char32_t c) {
    bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    bool line_end = c == 0x2028 || c == 0x2029;
    bool direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F;
    return control || line_end || direction;
}

std::string printable(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        CodePoint c = decode(text, at);
        bool shown = c.value == '\n' || (c.valid && !must_not_be_shown(c.value));
        if (c.value == '\t') result += ' ';
        else if (c.value == '\r' && at + 1 < text.size() && text[at + 1] == '\n') result += "";
        else result += shown ? text.substr(at, c.size) : replacement_text;
        at += c.size;
    }
    return result;
}

std::string printable_line(std::string_view text) {
    std::string result;
    bool after_line_end = false;
    for (char c : printable(text)) {
        if (c == '\n') {
            if (!after_line_end) result += ' ';
            after_line_end = true;
        } else if (c != ' ' || !after_line_end) {
            result += c;
            after_line_end = false;
        }
    }
    return result;
}

}  // namespace zflow
