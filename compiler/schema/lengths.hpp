/// @file lengths.hpp
/// @brief How long texts of a pattern are.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace zflow::schema {

/// In characters. `most` is nothing when there is no longest text, or it is not known.
struct Lengths {
    size_t least = 0;
    std::optional<size_t> most;
};

/// Of the texts that satisfy the whole of an expression. Of what is not plain nothing is known.
Lengths lengths_of(std::string_view pattern);

}  // namespace zflow::schema
