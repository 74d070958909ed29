// operator new and delete of the program: blocks by size class, reused but never given back.
//
// A compile makes and drops many small strings and vectors, fills a few long ones, and then ends. Here a block costs a few
// instructions: it is cut off the end of a chunk of memory, and when it is free it waits in a list for the next one of its
// class. What the kernel does is dearer by far: a page that is touched first costs as much as some thousand instructions.
// The first chunk of a thread is of ordinary pages, so that a small program takes no more than it uses; what does not fit it is
// a large program, whose chunks ask for large pages. A sanitized build keeps the checked allocator, the library and its tests
// never have this.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZFLOW_SYSTEM_ALLOCATOR
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(ZFLOW_SYSTEM_ALLOCATOR)
#include <sys/mman.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace {

constexpr std::size_t unit = 16;                     ///< alignment of every block
constexpr std::size_t small_classes = 65;            ///< multiples of `unit` up to 1 KiB
constexpr std::size_t large_bits = 10;               ///< from there on each doubling has `steps` classes
constexpr std::size_t steps = 4;
constexpr std::size_t largest = std::size_t{4} << 20;   ///< what is larger has pages of its own, and gives them back
constexpr std::size_t classes = small_classes + (std::bit_width(largest) - large_bits) * steps;
constexpr std::size_t first_chunk = std::size_t{3} << 20;
constexpr std::size_t first_chunk_of_others = std::size_t{1} << 20;   ///< of threads that come when much has been done
constexpr std::size_t later_chunk = std::size_t{32} << 20;
constexpr std::size_t large_page = std::size_t{2} << 20;

static_assert(later_chunk > largest + unit);

/// What stands in the 8 bytes before a block: its class. Before one with pages of its own: 0, and before that their number
/// of bytes.
using Header = std::uint64_t;

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
constinit std::atomic<bool> begun = false;   ///< by the first thread

Header& header_of(void* block) { return static_cast<Header*>(block)[-1]; }

char* map(std::size_t size) {
    for (;;) {
        void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) return static_cast<char*>(memory);
        std::new_handler handler = std::get_new_handler();
        if (!handler) throw std::bad_alloc();
        handler();
    }
}

/// Memory that begins where a large page can, and asks for them: where there are none, a failure does not matter.
char* map_large_pages(std::size_t size) {
    char* memory = map(size + large_page);
    std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) & (large_page - 1);
    if (before) munmap(memory, before);
    munmap(memory + before + size, large_page - before);
#ifdef MADV_HUGEPAGE
    madvise(memory + before, size, MADV_HUGEPAGE);
#endif
    return memory + before;
}

[[gnu::noinline]] void* allocate_pages(std::size_t size) {
    if (size > SIZE_MAX / 2) throw std::bad_alloc();
    std::size_t whole = (size + unit + large_page - 1) & ~(large_page - 1);
    char* block = map_large_pages(whole) + unit;
    header_of(block) = 0;
    (&header_of(block))[-1] = whole;
    return block;
}

[[gnu::noinline]] void begin_chunk(Chunk& chunk) {
    bool first = !pool.current.end;
    std::size_t size = !first ? later_chunk : begun.exchange(true, std::memory_order_relaxed) ? first_chunk_of_others : first_chunk;
    char* memory = first ? map(size) : map_large_pages(size);
    chunk = {memory + unit - sizeof(Header), memory + size};
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

/// Sizes of long vectors: rounded up to a quarter of a power of two.
[[gnu::noinline]] void* allocate_large(std::size_t size) {
    if (size > largest - unit) return allocate_pages(size);
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
    std::size_t cls = header_of(block);
    if (!cls) [[unlikely]] {
        munmap(static_cast<char*>(block) - unit, (&header_of(block))[-1]);
        return;
    }
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
#endif
