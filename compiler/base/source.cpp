#include "base/source.hpp"

#include <algorithm>

namespace zflow {

FileId SourceMap::add(std::string name, std::string text) {
    files_.push_back({std::move(name), {}, std::move(text), false, {}});
    files_.back().text = files_.back().storage;
    return FileId{size() - 1};
}

FileId SourceMap::add_static(std::string name, std::string_view text) {
    files_.push_back({std::move(name), text, {}, true, {}});
    return FileId{size() - 1};
}

const std::vector<uint32_t>& SourceMap::lines(FileId id) const {
    const SourceFile& f = file(id);
    if (f.lines.empty()) {
        f.lines.push_back(0);
        for (uint32_t i = 0; i < f.text.size(); i++)
            if (f.text[i] == '\n') f.lines.push_back(i + 1);
    }
    return f.lines;
}

LineColumn SourceMap::position(FileId id, uint32_t offset) const {
    const auto& starts = lines(id);
    offset = std::min(offset, static_cast<uint32_t>(file(id).text.size()));
    auto after = std::upper_bound(starts.begin(), starts.end(), offset);
    auto line = static_cast<uint32_t>(after - starts.begin());
    LineColumn at{line, 1};
    for (uint32_t i = starts[line - 1]; i < offset; i++)
        if ((static_cast<uint8_t>(file(id).text[i]) & 0xC0) != 0x80) at.column++;  // not a UTF-8 continuation byte
    return at;
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
