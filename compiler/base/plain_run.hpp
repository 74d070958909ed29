/// @file plain_run.hpp
/// @brief How much of a text can be copied as it is: sixteen bytes at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace zflow {

/// A shorter text is not looked at.
inline constexpr size_t plain_block = 16;

/// The number of bytes at the start of `text` that are printable ASCII and none of `Special`; 0 when it is shorter than a block.
template <char... Special>
size_t plain_run(std::string_view text) {
    typedef unsigned char Block __attribute__((vector_size(plain_block)));   // the spelling that both compilers know
    typedef uint64_t Halves __attribute__((vector_size(plain_block)));
    auto plain = [](const char* at) -> size_t {
        Block block;
        std::memcpy(&block, at, sizeof block);
        Block shifted = block - static_cast<unsigned char>(0x20);        // controls and what is beyond ASCII: large
        auto wrong = ((shifted >= static_cast<unsigned char>(0x5f)) | ... | (block == static_cast<unsigned char>(Special)));
        auto halves = reinterpret_cast<Halves>(wrong);
        if ((halves[0] | halves[1]) == 0) return plain_block;
        uint64_t half = halves[0] ? halves[0] : halves[1];
        int bits = std::endian::native == std::endian::little ? std::countr_zero(half) : std::countl_zero(half);
        return (halves[0] ? 0 : sizeof half) + static_cast<size_t>(bits) / 8;
    };
    if (text.size() < plain_block) return 0;
    size_t last = text.size() - plain_block;   // where a block begins that overlaps the one before
    for (size_t at = 0; at < last; at += plain_block)
        if (size_t run = plain(text.data() + at); run < plain_block) return at + run;
    return last + plain(text.data() + last);
}

}  // namespace zflow
