#include "syntax/readable.hpp"

#include <cstdint>
#include <cstring>

#include "base/sixteen.hpp"

namespace zflow::syntax {

namespace {

/// The length of the UTF-8 character at `at`, 0 when it is none.
size_t utf8_length(const unsigned char* at, const unsigned char* end) {
    unsigned char c = *at;
    size_t size = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (size == 0 || static_cast<size_t>(end - at) < size) return 0;
    for (size_t i = 1; i < size; i++)
        if ((at[i] & 0xC0) != 0x80) return 0;
    bool wrong = (c == 0xE0 && at[1] < 0xA0) || (c == 0xED && at[1] >= 0xA0) || (c == 0xF0 && at[1] < 0x90) ||
                 (c == 0xF4 && at[1] >= 0x90);
    return wrong ? 0 : size;
}

}  // namespace

size_t first_bad_byte(std::string_view text) {
    const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
    const auto* end = begin + text.size();
    const auto* at = begin;
    constexpr uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    while (at < end) {
#ifdef __SSE2__
        while (end - at >= 16) {
            Sixteen next(reinterpret_cast<const char*>(at));
            if (next.beyond_ascii() | next.equal('\0')) break;
            at += 16;
        }
#endif
        while (end - at >= 8) {  // eight characters at once while they are ASCII
            uint64_t bytes = 0;
            std::memcpy(&bytes, at, 8);
            if ((bytes | (bytes - ones)) & highs) break;
            at += 8;
        }
        if (at == end) break;
        size_t size = *at ? utf8_length(at, end) : 0;
        if (size == 0) break;
        at += size;
    }
    return static_cast<size_t>(at - begin);
}

}  // namespace zflow::syntax
