/// @file contexts.hpp
/// @brief Syntax errors that what stands around them explains.
#pragma once

#include <string_view>

#include "syntax/mistakes.hpp"

namespace zflow::syntax {

/// Whether the error is a habit of another language or tool; what to write instead is then in `mistake`.
bool explain_by_context(std::string_view text, uint32_t at, std::string_view message, Mistake& mistake);

/// `f"…"`, `r"…"`: whether such a letter stands before the quote.
bool has_letter_before(std::string_view text, size_t quote);
constexpr std::string_view letter_before_text = "texts take values in by themselves: write `\"… ${name} …\"` without a letter before it";

}  // namespace zflow::syntax
