#include "format/text_lines.hpp"

#include <algorithm>
#include <vector>

namespace zflow::format {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    for (size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) lines.push_back(text.substr(0, end));
    lines.push_back(text);
    return lines;
}

size_t blanks(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }
bool is_empty(std::string_view line) { return line.find_first_not_of(" \r") == std::string_view::npos; }

}  // namespace

std::string moved(std::string_view literal, ptrdiff_t by) {
    std::vector<std::string_view> lines = lines_of(literal);
    size_t indent = blanks(lines.back());
    if (by == 0 || lines.size() < 2 || lines.back().substr(indent) != "\"\"\"") return std::string(literal);
    for (std::string_view line : lines)
        if (line != lines[0] && !is_empty(line) && blanks(line) < indent) return std::string(literal);
    auto to = static_cast<size_t>(std::max(static_cast<ptrdiff_t>(indent) + by, ptrdiff_t{0}));
    std::string out(lines[0]);
    for (size_t i = 1; i < lines.size(); i++) {
        out += '\n';
        if (blanks(lines[i]) >= indent) out.append(to, ' ') += lines[i].substr(indent);
    }
    return out;
}

}  // namespace zflow::format
