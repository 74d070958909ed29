/// @file literals.hpp
/// @brief What literals in the source text mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "syntax/tree.hpp"

namespace zflow::syntax {

/// Flags of String, Template, Text and TypeLiteral nodes.
inline constexpr uint8_t has_escapes = 1;
inline constexpr uint8_t is_block = 2;

/// The text of a one-line string: escapes replaced. An escape that is none is kept as it is written.
std::string unescape(std::string_view raw);

/// The text of a block string: the indentation of the last line (that of the closing quotes) taken from every line,
/// `\${` made `${`, the last line and the newline before it dropped, CRLF made LF.
std::string block_text(std::string_view raw);

/// The text of a String or TypeLiteral node, whatever way it is written.
std::string string_value(const Tree& tree, NodeId string);

/// The text of a Text node, a piece of the Template `parent`.
std::string piece_value(const Tree& tree, NodeId parent, NodeId piece);

/// Seconds of a valid duration like `1h30m`. Too many gives the greatest number.
int64_t duration_seconds(std::string_view text);

/// Bytes of a valid size: every unit is 1024-based, `GB` and `GiB` are the same. Too many gives the greatest number.
int64_t size_bytes(std::string_view text);

/// Nothing when it does not fit.
std::optional<int64_t> integer(std::string_view text);

/// Is a text of the form dddd-dd-dd a day of the calendar?
bool valid_date(std::string_view text);

}  // namespace zflow::syntax
