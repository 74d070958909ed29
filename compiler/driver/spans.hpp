/// @file spans.hpp
/// @brief Long pieces of memory, which all threads take from the same few large pages.
#pragma once

#include <cstddef>

namespace zflow::spans {

constexpr std::size_t large_page = std::size_t{2} << 20;
constexpr std::size_t granule = 1024;   ///< sizes and places are multiples of it

/// The longest there is: what is longer has pages of its own.
constexpr std::size_t longest = std::size_t{4} << 20;

/// Memory that somebody has used before, or new memory. `size`: a multiple of `granule`, at most `longest`.
char* take(std::size_t size);

/// There will be a large program: what is taken from now on stands on large pages.
void expect_much();

/// The memory goes to whoever takes some next. It may be a part of what was taken.
void give(char* memory, std::size_t size) noexcept;

/// Pages of their own, large ones where the system has them. `size`: a multiple of that of a large page.
char* map_large_pages(std::size_t size);

}  // namespace zflow::spans
