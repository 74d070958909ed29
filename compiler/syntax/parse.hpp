/// @file parse.hpp
/// @brief Source text to syntax tree.
#pragma once

#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace zflow::syntax {

/// How deep blocks, brackets and operators may nest. Deeper input is refused with a diagnostic.
inline constexpr unsigned max_depth = 200;

/// Parses a whole file. Reports syntax errors and goes on after them (at the next declaration or statement), so the tree
/// holds everything that could be read; what could not is an Error node.
Tree parse(const SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics);

/// The tree as text, one node a line, for tests: `Kind begin..end op "text"` indented by depth.
std::string print(const Tree& tree);

}  // namespace zflow::syntax
