/// @file text_lines.hpp
/// @brief The lines of a block string, moved without a change of what it says.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace zflow::format {

/// @param literal with its quotes
/// @param by so many columns to the right, or to the left when it is negative; at most up to the margin
/// @return the literal itself when its lines cannot be moved: they are less indented than its end, or by tabs
std::string moved(std::string_view literal, ptrdiff_t by);

}  // namespace zflow::format
