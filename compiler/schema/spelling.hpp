/// @file spelling.hpp
/// @brief The services write Java expressions; some spellings differ in PCRE2.
#pragma once

#include <string>
#include <string_view>

namespace zflow::schema {

/// The expression as PCRE2 wants it.
std::string in_pcre_spelling(std::string_view java);

}  // namespace zflow::schema
