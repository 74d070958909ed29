#include "diagnostics/place.hpp"

#include <algorithm>

namespace zflow {

namespace {

/// The place after `text` that begins at `at`: on a very long line much cheaper than counting from its beginning again.
LineColumn after(LineColumn at, std::string_view text) {
    for (char c : text) {
        bool continuation = (static_cast<uint8_t>(c) & 0xC0) == 0x80;
        if (c == '\n') at = {at.line + 1, 1};
        else if (!continuation) at.column++;
    }
    return at;
}

}  // namespace

std::optional<Place> place_of(const SourceMap& sources, Span span) {
    if (!span.known() || static_cast<uint32_t>(span.file) >= sources.size()) return std::nullopt;
    const SourceFile& file = sources.file(span.file);
    span.begin = std::min(span.begin, static_cast<uint32_t>(file.text.size()));
    span.end = std::clamp(span.end, span.begin, static_cast<uint32_t>(file.text.size()));
    LineColumn begin = sources.position(span.file, span.begin);
    return Place{file.name, span, begin, after(begin, sources.text(span))};
}

}  // namespace zflow
