/// @file pattern.hpp
/// @brief Checks text against regular expressions: those of the service models, and those of types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/schema.hpp"

namespace zflow::schema {

/// Whether the whole of `text` (UTF-8) satisfies the shape's pattern. True for a shape without a pattern, and when the
/// question could not be decided within the matcher's limits: only what is certainly wrong is rejected. Lengths and
/// enums are not looked at. Each thread compiles an expression that was not prepared when it first meets it.
bool matches(Shape shape, std::string_view text);

/// The same for an expression in the spelling of PCRE2. One that cannot be compiled matches everything.
bool matches(std::string_view expression, std::string_view text);

/// Why an expression in the spelling of PCRE2 cannot be compiled, or "".
std::string pattern_error(std::string_view expression);

/// What is wrong with an expression in whatever dialect it is read: a bracket that is not closed, nothing to repeat. "" when
/// nothing is for certain.
std::string pattern_mistake(std::string_view expression);

/// How many groups an expression captures; nothing when it is not understood.
std::optional<uint32_t> pattern_groups(std::string_view expression);

}  // namespace zflow::schema
