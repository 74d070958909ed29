#include "format/lines.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace zflow::format {

namespace {

constexpr size_t blanks_before_comment = 2;

/// How many characters there are in UTF-8 text.
size_t width(const std::string& text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Whether its comment is one of a column. That of a bracket is about what follows.
bool has_column(const Line& line) {
    constexpr std::string_view opening = "{([";
    return !line.comment.empty() && line.code.find('\n') == std::string::npos && opening.find(line.code.back()) == std::string_view::npos;
}

/// How many lines from the first on have their comments below each other.
size_t aligned(std::span<const Line> lines) {
    size_t n = 1;
    auto goes_on = [&](const Line& line) { return has_column(line) && !line.blank_before && line.indent == lines[0].indent; };
    while (n < lines.size() && goes_on(lines[n])) n++;
    return n;
}

void write(std::string& out, const Line& line, size_t column) {
    if (line.blank_before) out += '\n';
    if (!line.code.empty()) out.append(line.indent, ' ');
    out += line.code;
    if (!line.comment.empty()) out.append(std::max(column, width(line.code)) - width(line.code) + blanks_before_comment, ' ') += line.comment;
    out += '\n';
}

}  // namespace

std::string write(const std::vector<Line>& lines) {
    std::string out;
    for (size_t at = 0; at < lines.size();) {
        size_t count = has_column(lines[at]) ? aligned(std::span(lines).subspan(at)) : 1, column = 0;
        for (size_t i = at; count > 1 && i < at + count; i++) column = std::max(column, width(lines[i].code));
        for (size_t i = at; i < at + count; i++) write(out, lines[i], column);
        at += count;
    }
    return out;
}

}  // namespace zflow::format
