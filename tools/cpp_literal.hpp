/// @file cpp_literal.hpp
/// @brief Bytes as C++ source, for the build-time tools that write texts.
#pragma once

#include <string>
#include <string_view>

namespace zflow {

/// A character as it stands in a literal of either kind.
inline void append_character(std::string& out, char c) {
    bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\'' && c != '\\' && c != '?';
    if (plain) {
        out += c;
        return;
    }
    auto byte = static_cast<unsigned char>(c);  // three octal digits never run into the next character
    out += '\\';
    for (unsigned shift : {6u, 3u, 0u}) out += static_cast<char>('0' + ((byte >> shift) & 7u));
}

/// A string literal, in a piece for each line.
inline std::string cpp_literal(std::string_view bytes) {
    constexpr size_t widest = 100;
    std::string out = "\"";
    for (size_t i = 0, width = 0; i < bytes.size(); i++, width++) {
        if (bytes[i] == '\n') out += "\\n";
        else append_character(out, bytes[i]);
        bool line_is_full = bytes[i] == '\n' || width >= widest;
        if (!line_is_full || i + 1 == bytes.size()) continue;
        out += "\"\n    \"";
        width = 0;
    }
    return out + "\"";
}

}  // namespace zflow
