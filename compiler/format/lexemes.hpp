/// @file lexemes.hpp
/// @brief A parsed text as what it is written with: words, signs, literals and comments.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "format/places.hpp"

namespace zflow::format {

struct Lexeme {
    enum class Kind : uint8_t {
        Word,           ///< also a number
        Sign,
        Literal,        ///< a text with its quotes, or another literal that is more than a word
        LineComment,    ///< up to the end of its line, without blanks there
        BlockComment,
    };
    Kind kind;
    uint8_t lines;      ///< how many lines end between it and the one before: 0, 1, or 2 for more
    uint16_t roles;     ///< Role
    uint32_t begin, end;

    bool is_comment() const { return kind >= Kind::LineComment; }
    bool has(Role role) const { return roles & role; }
};

/// @param tree of a text without syntax errors
std::vector<Lexeme> lexemes(const syntax::Tree& tree);

}  // namespace zflow::format
