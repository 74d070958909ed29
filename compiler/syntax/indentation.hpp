/// @file indentation.hpp
/// @brief Where the braces of a declaration and its indentation part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace zflow::syntax {

struct MisplacedBrace {
    uint32_t begin, end;   ///< of what is said to be wrong
    uint32_t open;         ///< where the `{` is whose block ends too early
    std::string message;
};

/// Why the declaration `begin`..`end`, whose braces are balanced, may have ended before its writer meant it to: a `}` stands
/// deeper than the line whose `{` it closes. Indentation means nothing in the language: this is for when something is wrong.
std::optional<MisplacedBrace> misplaced_brace(std::string_view text, uint32_t begin, uint32_t end);

/// Which `{` from `begin` on seems to have no `}`: one that is closed by a `}` further left than its line begins. Nothing: all do.
std::optional<uint32_t> unclosed_brace(std::string_view text, uint32_t begin, uint32_t end);

}  // namespace zflow::syntax
