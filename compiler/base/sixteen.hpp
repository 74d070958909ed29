/// @file sixteen.hpp
/// @brief Sixteen bytes of a text at once, where the processor can.
#pragma once

#ifdef __SSE2__   // every x86-64 has it

#include <emmintrin.h>

#include <cstdint>

namespace zflow {

class Sixteen {
   public:
    explicit Sixteen(const char* at) : bytes_(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))) {}

    /// A bit for each byte that is `c`, the lowest for the first.
    uint32_t equal(char c) const { return bits(_mm_cmpeq_epi8(bytes_, _mm_set1_epi8(c))); }
    /// The same for bytes that are no printable ASCII; DEL is not seen.
    uint32_t strange() const { return bits(_mm_cmplt_epi8(bytes_, _mm_set1_epi8(' '))); }
    uint32_t beyond_ascii() const { return bits(bytes_); }

    static constexpr uint32_t all = 0xffff;

   private:
    static uint32_t bits(__m128i mask) { return static_cast<uint32_t>(_mm_movemask_epi8(mask)); }
    __m128i bytes_;
};

}  // namespace zflow

#endif
