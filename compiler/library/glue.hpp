/// @file glue.hpp
/// @brief The Lambda sources of the standard library, embedded at build time.
#pragma once

#include <string_view>

namespace zflow::glue {

/// The text of `stdlib/glue/<name>.py`, or "".
std::string_view source(std::string_view name);

}  // namespace zflow::glue
