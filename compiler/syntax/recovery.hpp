/// @file recovery.hpp
/// @brief Where parsing goes on after a mistake.
#pragma once

#include <cstdint>

namespace zflow::syntax {

/// What stands around the broken part: a record's next entry, a block's next statement, or the next declaration.
enum class Around : uint8_t { File, Block, Record };

/// The place in `text`..`end` where parsing goes on, behind what cannot be read from `broken` on. It looks at brackets, first
/// words of lines, and indentation. In a record: null when it seems not to be closed, so that what is around it has to go on.
const char* place_to_go_on(const char* text, const char* end, const char* broken, Around around);

/// After the string that begins at `at`; a one-line string ends with its line.
const char* skip_string(const char* at, const char* end);

}  // namespace zflow::syntax
