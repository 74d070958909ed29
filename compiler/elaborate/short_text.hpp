/// @file short_text.hpp
/// @brief Source text as part of a state's name.
#pragma once

#include <string>
#include <string_view>

namespace zflow::elaborate {

/// The beginning of what the user wrote, fit for a state's name.
inline std::string short_text(std::string_view source, size_t most) {
    std::string out;
    for (char c : source) {
        bool blank = static_cast<unsigned char>(c) <= ' ';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        out += blank ? ' ' : c;
        if (out.size() >= most) break;
    }
    while (!out.empty() && (out.back() == ' ' || (static_cast<unsigned char>(out.back()) & 0x80))) out.pop_back();
    return out;
}

}  // namespace zflow::elaborate
