/// @file uses.hpp
/// @brief What a word of a document means, and the words that mean the same.
#pragma once

#include <optional>

#include "server/cursor.hpp"

namespace zflow::server {

/// Where a name of the user's is declared.
struct Declaration {
    std::string_view file;    ///< its path
    size_t begin;
    bool local;               ///< a statement makes it: no other file can name it
    friend bool operator==(const Declaration& a, const Declaration& b) { return a.file == b.file && a.begin == b.begin; }
};

/// Nothing of a word that names nothing, or something of the standard library.
std::optional<Declaration> declaration_of(const Cursor& cursor, size_t word);

/// The words of a document that mean what is declared there.
std::vector<size_t> uses_of(const Cursor& cursor, std::string_view name, const Declaration& declaration);

/// The word under the cursor; its number of tokens when there is none.
size_t word_under(const Cursor& cursor);

}  // namespace zflow::server
