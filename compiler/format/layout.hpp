/// @file layout.hpp
/// @brief Which lexeme begins a line, how far it is indented, and where blanks and commas stand.
#pragma once

#include <string_view>
#include <vector>

#include "format/lexemes.hpp"
#include "format/lines.hpp"

namespace zflow::format {

std::vector<Line> lay_out(std::string_view text, const std::vector<Lexeme>& lexemes);

}  // namespace zflow::format
