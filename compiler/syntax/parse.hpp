/// @file parse.hpp
/// @brief Source text to syntax tree.
#pragma once

#include "base/workers.hpp"
#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace zflow::syntax {

/// How deep blocks, brackets and operators may nest. Deeper input is refused with a diagnostic.
inline constexpr unsigned max_depth = 200;

/// Parses a whole file. Reports syntax errors and goes on after them (at the next declaration or statement), so the tree
/// holds everything that could be read; what could not is an Error node.
Tree parse(const SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics);

/// Fewer bytes than this are parsed sooner than another worker has begun.
inline constexpr size_t smallest_piece = size_t{64} << 10;

/// The same by several workers, when the file is long enough for pieces of that size. What comes out is the same, too.
Tree parse(const SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics, Workers& workers,
           size_t smallest = smallest_piece);

/// The tree as text, one node a line, for tests: `Kind begin..end op "text"` indented by depth.
std::string print(const Tree& tree);

}  // namespace zflow::syntax
