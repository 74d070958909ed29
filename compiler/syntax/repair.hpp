/// @file repair.hpp
/// @brief A text with a bracket, a quote or a sign too many or too few, read as it was meant.
#pragma once

#include "diagnostics/diagnostics.hpp"
#include "syntax/pieces.hpp"

namespace zflow::syntax {

/// Where a text has syntax errors. What one of them leads to further down is not reported: when a change of one character (none
/// of them moves) makes an error and others disappear, it is taken to be what was meant, and reading goes on with it. `found`: what
/// reading the text as it stands gave. The tree has the places of `source`, which it shows.
Tree repaired(const Source& source, Tree tree, Diagnostics& found, Interner& names, Diagnostics& diagnostics);

}  // namespace zflow::syntax
