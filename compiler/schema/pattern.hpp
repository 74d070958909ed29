/// @file pattern.hpp
/// @brief Checks text against the regular expressions of the service models.
#pragma once

#include <string>
#include <string_view>

#include "schema/schema.hpp"

namespace zflow::schema {

/// Whether the whole of `text` (UTF-8) satisfies the shape's pattern. True for a shape without a pattern, and when the
/// question could not be decided within the matcher's limits: only what is certainly wrong is rejected. Lengths and
/// enums are not looked at. Each thread compiles an expression when it first meets it.
bool matches(Shape shape, std::string_view text);

/// Whether the expression can be compiled; otherwise `error` (if given) says why.
bool pattern_compiles(std::string_view pattern, std::string* error = nullptr);

}  // namespace zflow::schema
