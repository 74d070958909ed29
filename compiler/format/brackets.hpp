/// @file brackets.hpp
/// @brief Which brackets belong together, and which of them take a line for each thing in them.
#pragma once

#include <string_view>
#include <vector>

#include "format/lexemes.hpp"

namespace zflow::format {

inline bool opens(std::string_view sign) { return sign == "{" || sign == "(" || sign == "["; }
inline bool closes(std::string_view sign) { return sign == "}" || sign == ")" || sign == "]"; }

/// Without the commas between the things in braces and behind the last one, which nobody needs to read them. A line that ends
/// before a comma ends before what follows it instead.
std::vector<Lexeme> without_optional_commas(std::string_view text, const std::vector<Lexeme>& lexemes);

/// Of each opening bracket among the lexemes, by its number, whether a line ends behind it and before the one that closes it.
/// With braces that is so when a line ends there or between any two of the things in them, or when those are several statements;
/// with others when a line ends behind them.
std::vector<bool> spread_brackets(std::string_view text, const std::vector<Lexeme>& lexemes);

}  // namespace zflow::format
