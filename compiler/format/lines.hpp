/// @file lines.hpp
/// @brief The lines of a formatted text, before they are written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace zflow::format {

struct Line {
    uint32_t indent;          ///< blanks before it
    bool blank_before;        ///< an empty line comes before it
    std::string code = {};    ///< a block string in it goes over several lines
    std::string comment = {}; ///< behind the code
};

/// All of them as a text. Comments behind the code of consecutive lines stand below each other.
std::string write(const std::vector<Line>& lines);

}  // namespace zflow::format
