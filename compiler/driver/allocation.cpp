// operator new and delete of the program: blocks by size class, reused but never given back.
//
// A compile makes and drops many small strings and vectors, fills a few long ones, and then ends. Here a block costs a few
// instructions: it is cut off the end of a chunk that its thread has, and when it is free it waits in a list of that thread
// for the next one of its class. A long block is a span by itself, so that its memory serves anything when it is free. A
// sanitized build keeps the checked allocator, the library and its tests never have this.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZFLOW_SYSTEM_ALLOCATOR
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(ZFLOW_SYSTEM_ALLOCATOR)
#include <sys/mman.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "base/memory.hpp"
#include "driver/spans.hpp"

namespace spans = zflow::spans;

namespace {

constexpr std::size_t unit = 16;                     ///< alignment of every block
constexpr std::size_t small_classes = 65;            ///< multiples of `unit` up to 1 KiB
constexpr std::size_t large_bits = 10;               ///< from there on each doubling has `steps` classes
constexpr std::size_t steps = 4;
constexpr std::size_t largest = std::size_t{8} << 10;   ///< what is longer is a span of its own
constexpr std::size_t classes = small_classes + (std::bit_width(largest) - large_bits) * steps;
constexpr std::size_t chunk_size = std::size_t{64} << 10;

static_assert(chunk_size > largest + unit);

/// What stands in the 8 bytes before a block: its class, or one of these, and before that the number of bytes.
using Header = std::uint64_t;
constexpr Header in_span = 0, in_pages = UINT64_MAX;

struct Free {
    Free* next;
};

struct Chunk {
    char* at;        ///< the next block's header; 8 before a multiple of `unit`
    char* end;
    bool has(std::size_t size) const { return static_cast<std::size_t>(end - at) >= size + sizeof(Header); }
};

struct Pool {
    Free* free[classes];
    Chunk current;
    Chunk next;      ///< begun by a long block that the current one had no room for
};

thread_local constinit Pool pool{};

Header& header_of(void* block) { return static_cast<Header*>(block)[-1]; }
bool is_long(void* block) { return header_of(block) - 1 >= classes; }
Header& size_of(void* block) { return static_cast<Header*>(block)[-2]; }
char* memory_of(void* block) { return static_cast<char*>(block) - unit; }

/// What a block takes that is a span, or has pages of its own.
std::size_t memory_for(std::size_t size, bool span) {
    std::size_t step = span ? spans::granule : spans::large_page;
    return (size + unit + step - 1) & ~(step - 1);
}

[[gnu::noinline]] void* allocate_long(std::size_t size) {
    if (size > SIZE_MAX / 2) throw std::bad_alloc();
    bool span = size <= spans::longest - unit;
    std::size_t whole = memory_for(size, span);
    char* block = (span ? spans::take(whole) : spans::map_large_pages(whole)) + unit;
    header_of(block) = span ? in_span : in_pages;
    size_of(block) = whole;
    return block;
}

[[gnu::noinline]] void release_long(void* block) {
    if (header_of(block) == in_span) spans::give(memory_of(block), size_of(block));
    else munmap(memory_of(block), size_of(block));
}

void shrink_long(void* block, std::size_t size) {
    std::size_t before = size_of(block);
    bool span = header_of(block) == in_span;
    std::size_t whole = memory_for(size, span);
    if (whole >= before) return;
    size_of(block) = whole;
    char* end = memory_of(block) + whole;
    if (span) spans::give(end, before - whole);
    else munmap(end, before - whole);
}

[[gnu::noinline]] void begin_chunk(Chunk& chunk) {
    char* memory = spans::take(chunk_size);
    chunk = {memory + unit - sizeof(Header), memory + chunk_size};
}

inline void* cut_off(Chunk& chunk, std::size_t cls, std::size_t size) {
    char* block = chunk.at + sizeof(Header);
    chunk.at += size;
    header_of(block) = cls;
    return block;
}

inline void* take(std::size_t cls) {
    Free* block = pool.free[cls];
    pool.free[cls] = block->next;
    return block;
}

/// Sizes of vectors: rounded up to a quarter of a power of two.
[[gnu::noinline]] void* allocate_large(std::size_t size) {
    if (size > largest - unit) return allocate_long(size);
    std::size_t last = size + sizeof(Header) - 1;
    auto doublings = static_cast<std::size_t>(std::bit_width(last)) - 1;
    std::size_t shift = doublings - std::bit_width(steps) + 1;
    std::size_t step = last >> shift;   // `steps` to 2 * `steps` - 1
    std::size_t cls = small_classes + (doublings - large_bits) * steps + (step - steps);
    // a vector that grew has left a block of each size: one that is up to twice as long as needed is better than a new one
    for (std::size_t c = cls; c < cls + steps && c < classes; c++)
        if (pool.free[c]) return take(c);
    std::size_t whole = (step + 1) << shift;
    if (!pool.current.end) begin_chunk(pool.current);
    if (pool.current.has(whole)) return cut_off(pool.current, cls, whole);
    if (!pool.next.has(whole)) begin_chunk(pool.next);
    return cut_off(pool.next, cls, whole);
}

inline void* allocate(std::size_t size) {
    std::size_t cls = (size + sizeof(Header) + unit - 1) / unit;
    if (cls >= small_classes || size > small_classes * unit) [[unlikely]] return allocate_large(size);
    if (pool.free[cls]) return take(cls);
    if (!pool.current.has(cls * unit)) [[unlikely]] {
        pool.current = std::exchange(pool.next, {});
        if (!pool.current.has(cls * unit)) begin_chunk(pool.current);
    }
    return cut_off(pool.current, cls, cls * unit);
}

inline void release(void* block) {
    if (!block) return;
    if (is_long(block)) [[unlikely]] return release_long(block);
    std::size_t cls = header_of(block);
    auto* freed = static_cast<Free*>(block);
    freed->next = pool.free[cls];
    pool.free[cls] = freed;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* block) noexcept { release(block); }
void operator delete[](void* block) noexcept { release(block); }
void operator delete(void* block, std::size_t) noexcept { release(block); }
void operator delete[](void* block, std::size_t) noexcept { release(block); }

void zflow_shrink_block(void* block, std::size_t size) {
    if (is_long(block)) shrink_long(block, size);
}
#endif
