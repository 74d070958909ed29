/// @file utf8.hpp
/// @brief Reading text that may or may not be UTF-8, and showing it without surprises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace zflow {

inline constexpr char32_t replacement_character = 0xFFFD;
inline constexpr std::string_view replacement_text = "\xEF\xBF\xBD";

struct CodePoint {
    char32_t value;
    uint32_t size;  ///< bytes, at least 1
    bool valid;     ///< when not, `value` is the replacement character and `size` is 1
};

/// The code point at byte `at`, which has to be inside `text`.
CodePoint decode(std::string_view text, size_t at);

/// Columns a terminal gives to `c`, roughly: 0 for combining marks, 2 for East Asian wide ones and emoji, else 1.
uint32_t display_width(char32_t c);

/// Control and text-direction characters: they would move the cursor or reorder the line when shown.
bool must_not_be_shown(char32_t c);

/// `text` as valid UTF-8 without control characters; what cannot be shown becomes U+FFFD. Line ends stay.
std::string printable(std::string_view text);

/// Like `printable`, with every line end (and the blanks after it) as one blank.
std::string printable_line(std::string_view text);

}  // namespace zflow
