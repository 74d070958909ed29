/// @file mistakes.hpp
/// @brief What to say about a syntax error: the narrowest piece of text that is wrong, and words for common habits.
#pragma once

#include <string>
#include <string_view>

#include "base/source.hpp"

namespace zflow::syntax {

struct Mistake {
    uint32_t begin;
    uint32_t end;
    std::string message;
    std::string instead;   ///< what mends it in place of what is written, or ""
};

/// The span (without file) of the word, string or operator at `at`; empty at the end of the text.
Span unexpected_token(std::string_view text, uint32_t at);

/// The mistake at `at`, where the grammar has `message` to say. `string_begin` is where the string being read begins.
Mistake explain(std::string_view text, uint32_t at, std::string_view message, uint32_t string_begin);

/// A duration or size that is written in another way, `5min`, `1.5h`, `30gb`: what was meant, or "".
std::string meant_number(std::string_view written);

/// The word that zflow has instead of this one from another language (`null` gives `none`), or nothing.
std::string_view right_word(std::string_view word);

}  // namespace zflow::syntax
