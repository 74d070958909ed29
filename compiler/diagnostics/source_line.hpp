/// @file source_line.hpp
/// @brief One source line as a terminal shows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zflow {

/// A source line laid out in terminal columns: tabs expanded, unprintable bytes replaced, a long line cut.
class SourceLine {
   public:
    /// `line` has no line end. When it is longer than `width` bytes only a window around byte `focus` is laid out.
    SourceLine(std::string_view line, size_t focus, size_t width);

    const std::string& text() const { return text_; }
    /// The column, from 0, of byte `at` of the line. Bytes outside the window lie at its edges.
    uint32_t column(size_t at) const;

    static bool is_cut(std::string_view line, size_t width) { return line.size() > width; }

   private:
    void lay_out(std::string_view window);

    std::string text_;
    size_t first_ = 0;               // the byte at which the window begins
    uint32_t width_ = 0;             // columns laid out so far
    std::vector<uint32_t> columns_;  // of each byte of the window, and of its end
};

}  // namespace zflow
