/// @file readable.hpp
/// @brief Whether a file is text at all.
#pragma once

#include <cstddef>
#include <string_view>

namespace zflow::syntax {

/// The first byte that is NUL or does not belong to a character of UTF-8; the end when there is none.
size_t first_bad_byte(std::string_view text);

}  // namespace zflow::syntax
