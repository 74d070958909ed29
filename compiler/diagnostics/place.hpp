/// @file place.hpp
/// @brief Where a span lies, as the renderers show it.
#pragma once

#include <optional>
#include <string_view>

#include "base/source.hpp"

namespace zflow {

/// A span that was found in its file: offsets lie inside the text and are in order.
struct Place {
    std::string_view file;
    Span span;
    LineColumn begin;
    LineColumn end;

    bool one_line() const { return begin.line == end.line; }
};

/// The place of `span`, or nothing when its file is not known. Offsets past the end of the text become the end.
std::optional<Place> place_of(const SourceMap& sources, Span span);

}  // namespace zflow
