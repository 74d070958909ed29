/// @file plain_run.hpp
/// @brief How much of a text can be copied as it is: sixteen bytes at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace zflow {

/// The number of bytes at the start of `text` that are printable ASCII and none of `Special`, or a little less: it ends
/// where a block of sixteen has another one, and the rest is for a loop over single bytes.
template <char... Special>
size_t plain_run(std::string_view text) {
    typedef unsigned char Block __attribute__((vector_size(16)));   // the spelling that both compilers know
    typedef uint64_t Halves __attribute__((vector_size(16)));
    auto plain = [](const char* at) {
        Block block;
        std::memcpy(&block, at, sizeof block);
        Block shifted = block - static_cast<unsigned char>(0x20);        // controls and what is beyond ASCII: large
        auto wrong = ((shifted >= static_cast<unsigned char>(0x5f)) | ... | (block == static_cast<unsigned char>(Special)));
        auto halves = reinterpret_cast<Halves>(wrong);
        return (halves[0] | halves[1]) == 0;
    };
    constexpr size_t step = sizeof(Block);
    if (text.size() < step) return 0;
    size_t at = 0;
    for (; text.size() - at >= step; at += step)
        if (!plain(text.data() + at)) return at;
    return plain(text.data() + text.size() - step) ? text.size() : at;   // the last block overlaps the one before
}

}  // namespace zflow
