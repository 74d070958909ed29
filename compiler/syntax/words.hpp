/// @file words.hpp
/// @brief Words in source text that was not parsed.
#pragma once

#include <cstddef>
#include <string_view>

namespace zflow::syntax {

inline bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

inline std::string_view word_at(std::string_view text, size_t at) {
    size_t end = at;
    while (end < text.size() && is_word(text[end])) end++;
    return text.substr(at, end - at);
}

/// Where the word begins that ends at `end`.
inline size_t word_begin(std::string_view text, size_t end) {
    while (end > 0 && is_word(text[end - 1])) end--;
    return end;
}

inline size_t skip_blanks(std::string_view text, size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) at++;
    return at;
}

/// The word before `at`, with blanks in between.
inline std::string_view word_before(std::string_view text, size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
    size_t begin = word_begin(text, at);
    return text.substr(begin, at - begin);
}

}  // namespace zflow::syntax
