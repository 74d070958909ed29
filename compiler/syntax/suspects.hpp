/// @file suspects.hpp
/// @brief Where the brackets of a text and its indentation part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zflow::syntax {

/// A character that is put in the place of another one.
struct Edit {
    size_t at = 0;
    char to = ' ';
};

/// A bracket that seems to be missing, or to be one too many, by the indentation of the lines: for when something is wrong.
struct Suspect {
    Edit edit;               ///< what mends it
    uint32_t begin, end;     ///< what it is said of
    uint32_t open;           ///< the bracket that is not closed, or closed too early
    bool missing;            ///< a closing one
    bool on_one_line;        ///< which began on the line where it seems to be missing: it may belong anywhere on it
    std::string message;
};

std::vector<Suspect> suspects_in(std::string_view text, uint32_t begin, uint32_t end);

/// Whether each bracket has the one that belongs to it.
bool is_balanced(std::string_view text, uint32_t begin, uint32_t end);

/// Whether a line has a `"` too many or too few.
bool has_open_quote(std::string_view text, uint32_t begin, uint32_t end);

}  // namespace zflow::syntax
