#include "diagnostics/source_line.hpp"

#include <algorithm>

#include "diagnostics/utf8.hpp"

namespace zflow {

namespace {

constexpr uint32_t tab_width = 4;
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

bool continues(std::string_view line, size_t at) {
    return at < line.size() && (static_cast<uint8_t>(line[at]) & 0xC0) == 0x80;
}

/// `at` moved back to where a code point begins, at most as far as one code point is long.
size_t code_point_begin(std::string_view line, size_t at) {
    size_t begin = at;
    while (begin > 0 && at - begin < 3 && continues(line, begin)) begin--;
    return begin;
}

}  // namespace

SourceLine::SourceLine(std::string_view line, size_t focus, size_t width) {
    size_t last = line.size();
    if (is_cut(line, width)) {
        focus = std::min(focus, line.size());
        size_t begin = std::min(focus - std::min(focus, width / 3), line.size() - width);
        first_ = code_point_begin(line, begin);
        last = begin + width == line.size() ? line.size() : code_point_begin(line, begin + width);
    }
    if (first_ > 0) {
        text_ += ellipsis;
        width_++;
    }
    lay_out(line.substr(first_, last - first_));
    if (last < line.size()) text_ += ellipsis;
}

void SourceLine::lay_out(std::string_view window) {
    columns_.reserve(window.size() + 1);
    for (size_t at = 0; at < window.size();) {
        CodePoint c = decode(window, at);
        columns_.insert(columns_.end(), c.size, width_);
        if (c.value == '\t') {
            uint32_t blanks = tab_width - width_ % tab_width;
            text_.append(blanks, ' ');
            width_ += blanks;
        } else if (!c.valid || must_not_be_shown(c.value)) {
            text_ += replacement_text;
            width_++;
        } else {
            text_ += window.substr(at, c.size);
            width_ += display_width(c.value);
        }
        at += c.size;
    }
    columns_.push_back(width_);
}

uint32_t SourceLine::column(size_t at) const {
    return columns_[std::min(at - std::min(at, first_), columns_.size() - 1)];
}

}  // namespace zflow
