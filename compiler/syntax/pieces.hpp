/// @file pieces.hpp
/// @brief A file as pieces that are parsed by themselves, perhaps at the same time.
///
/// A line in the first column that begins a declaration ends whatever was open before it, so between two of them nothing has
/// to be known of what stands before. That such a line is in the middle of a text or a comment shows in the piece before it,
/// where they are not closed: then, and whenever there is anything to report, the file is parsed as a whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "syntax/tree.hpp"

namespace zflow {
class Workers;
}

namespace zflow::syntax {

/// What is parsed: a file, or a piece of it.
struct Source {
    Source(const SourceMap& sources, FileId id) : file(id), name(sources.file(id).name), text(sources.file(id).text) {}
    FileId file;
    const std::string& name;
    std::string_view text;
};

/// Byte offsets in the file's text.
struct Piece {
    uint32_t begin = 0;
    uint32_t end = 0;
};

/// How many nodes a text of that size usually has at most: one for every seven to eleven bytes is typical.
inline size_t room_for(size_t bytes) { return bytes / 7 + 64; }

/// The tree of one piece: as if the rest of the file were not there, with the places that everything has in the file.
Tree parse_piece(const Source& source, Piece piece, NodeList nodes, Interner& names, Diagnostics& diagnostics);

/// The first line from `from` (not 0) on and before `to` that begins a declaration; `to` when there is none.
size_t declaration_after(std::string_view text, size_t from, size_t to);
/// The doc comment above a line belongs to what begins there.
size_t with_doc(std::string_view text, size_t line);

/// Where a text can be cut into that many pieces of about the same size; fewer places where there are none near.
std::vector<uint32_t> places_to_cut(std::string_view text, size_t pieces);

/// The tree of the whole file, whose pieces are parsed by the workers. Nothing, and no new names, when one of them has a
/// finding.
std::optional<Tree> parse_pieces(const Source& source, const std::vector<uint32_t>& cuts, Interner& names, Workers& workers);

}  // namespace zflow::syntax
