#include "base/source.hpp"

#include <algorithm>

namespace zflow {

FileId SourceMap::add(std::string name, std::string text) {
    files_.push_back({std::move(name), {}, std::move(text), false, {}, {}});
    files_.back().text = files_.back().storage;
    return FileId{size() - 1};
}

FileId SourceMap::add_static(std::string name, std::string_view text) {
    files_.push_back({std::move(name), text, {}, true, {}, {}});
    return FileId{size() - 1};
}

namespace {

constexpr uint32_t stretch = 4096;   // bytes; what is counted of a line of any length

bool begins_character(char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }   // no UTF-8 continuation byte

}  // namespace

/// How many characters there are before a byte.
uint32_t SourceMap::characters(FileId id, uint32_t offset) const {
    const SourceFile& f = file(id);
    auto count = [&](uint32_t from, uint32_t to) {
        return static_cast<uint32_t>(std::count_if(f.text.begin() + from, f.text.begin() + to, begins_character));
    };
    if (f.characters.empty()) {
        f.characters.push_back(0);
        for (uint32_t at = 0; f.text.size() - at >= stretch; at += stretch) f.characters.push_back(f.characters.back() + count(at, at + stretch));
    }
    uint32_t known = offset / stretch;
    return f.characters[known] + count(known * stretch, offset);
}

const std::vector<uint32_t>& SourceMap::lines(FileId id) const {
    const SourceFile& f = file(id);
    if (f.lines.empty()) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";   // before the first line: no editor shows it
        f.lines.push_back(f.text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
        for (uint32_t i = 0; i < f.text.size(); i++)
            if (f.text[i] == '\n') f.lines.push_back(i + 1);
    }
    return f.lines;
}

LineColumn SourceMap::position(FileId id, uint32_t offset) const {
    const auto& starts = lines(id);
    offset = std::clamp(offset, starts.front(), static_cast<uint32_t>(file(id).text.size()));
    auto after = std::upper_bound(starts.begin(), starts.end(), offset);
    auto line = static_cast<uint32_t>(after - starts.begin());
    return {line, 1 + characters(id, offset) - characters(id, starts[line - 1])};
}

std::string_view SourceMap::line(FileId id, uint32_t number) const {
    const auto& starts = lines(id);
    if (number == 0 || number > starts.size()) return {};
    std::string_view text = file(id).text;
    uint32_t begin = starts[number - 1];
    uint32_t end = number < starts.size() ? starts[number] - 1 : static_cast<uint32_t>(text.size());
    if (end > begin && text[end - 1] == '\r') end--;
    return text.substr(begin, end - begin);
}

}  // namespace zflow
