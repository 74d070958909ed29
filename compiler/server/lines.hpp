/// @file lines.hpp
/// @brief Places in a text as a client counts them.
#pragma once

#include <string_view>
#include <vector>

#include "server/protocol.hpp"

namespace zflow::server {

/// Lines end with LF, CRLF or CR, as the protocol says. The text has to live as long.
class Lines {
   public:
    /// `hidden_mark`: a byte order mark at the beginning counts as nothing, since no editor shows it.
    Lines(std::string_view text, Encoding encoding, bool hidden_mark = false);

    Position position(size_t offset) const;
    /// What lies behind a line's end is its end.
    size_t offset(Position position) const;
    Range range(size_t begin, size_t end) const { return {position(begin), position(end)}; }
    size_t begin_of(uint32_t line) const;
    /// Without its line end.
    std::string_view line(uint32_t line) const;
    uint32_t count() const { return static_cast<uint32_t>(begins_.size()); }

   private:
    uint32_t units(char byte) const;
    uint32_t units_between(size_t from, size_t to) const;
    uint32_t units_before(size_t offset) const;

    std::string_view text_;
    Encoding encoding_;
    std::vector<size_t> begins_;
    std::vector<uint32_t> stretches_;   ///< units before every so many bytes: a line may have any length
};

}  // namespace zflow::server
