/// @file format.hpp
/// @brief The one form of a source text: indentation, blanks, blank lines and commas. Line breaks stay the writer's.
///
/// The rules are in grammar/format.md. Texts, numbers, names and comments are never changed, nor is their order.
#pragma once

#include <optional>
#include <string>

#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace zflow::format {

/// @param tree of a text without syntax errors
std::string format(const syntax::Tree& tree);

/// Whether two texts are the same program with the same comments: what a text and its other form have to be.
bool same(const syntax::Tree& one, const syntax::Tree& other);

/// A file in that form; nothing when it has syntax errors, which are reported. What comes out has been read again: throws
/// std::logic_error rather than give another program.
std::optional<std::string> format_file(SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics);

}  // namespace zflow::format
