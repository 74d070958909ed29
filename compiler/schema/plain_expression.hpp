/// @file plain_expression.hpp
/// @brief Regular expressions that need no PCRE2 to say that they are right.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace zflow::schema {

/// How many groups an expression captures that is made of nothing but ASCII characters, sets of them, groups, alternatives and
/// repetitions: PCRE2 takes it. Nothing is said of another one, which may be right or wrong.
std::optional<uint32_t> plain_groups(std::string_view expression);

}  // namespace zflow::schema
