// operator new and delete of the program: blocks by size class, reused but never given back.
//
// A compile makes and drops many small strings and vectors and then ends. Here that costs a few instructions each; memory
// in one size class stays there. A sanitized build keeps the checked allocator, the library and its tests never have this.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ZFLOW_SYSTEM_ALLOCATOR
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(ZFLOW_SYSTEM_ALLOCATOR)
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t unit = 16;            ///< alignment of every block; classes are its multiples
constexpr std::size_t classes = 65;         ///< up to 1 KiB; what is larger comes from malloc
constexpr std::size_t first_slab = 32 * 1024;
constexpr std::size_t largest_slab = 1024 * 1024;

/// What stands in the 8 bytes before a block: its class, 0 for malloc's.
using Header = std::uint64_t;

struct Free {
    Free* next;
};

struct Pool {
    Free* free[classes];
    char* at;        ///< the next block's header; 8 before a multiple of `unit`
    char* end;
    std::size_t slab;
};

thread_local constinit Pool pool{};

Header& header_of(void* block) { return static_cast<Header*>(block)[-1]; }

[[gnu::noinline]] void* allocate_large(std::size_t size) {
    for (;;) {
        if (size <= SIZE_MAX - unit)
            if (auto* block = static_cast<char*>(std::malloc(size + unit))) {
                header_of(block + unit) = 0;
                return block + unit;
            }
        std::new_handler handler = std::get_new_handler();
        if (!handler) throw std::bad_alloc();
        handler();
    }
}

[[gnu::noinline]] void* allocate_from_new_slab(std::size_t cls) {
    std::size_t slab = pool.slab ? pool.slab : first_slab;
    auto* memory = static_cast<char*>(std::malloc(slab));
    if (!memory) return allocate_large(cls * unit - sizeof(Header));
    pool.slab = slab < largest_slab ? slab * 2 : slab;
    pool.end = memory + slab;
    char* block = memory + unit;
    pool.at = block + cls * unit - sizeof(Header);
    header_of(block) = cls;
    return block;
}

inline void* allocate(std::size_t size) {
    std::size_t cls = (size + sizeof(Header) + unit - 1) / unit;
    if (cls >= classes || size > classes * unit) [[unlikely]] return allocate_large(size);
    if (Free* block = pool.free[cls]) {
        pool.free[cls] = block->next;
        return block;
    }
    if (static_cast<std::size_t>(pool.end - pool.at) < cls * unit + sizeof(Header)) [[unlikely]] return allocate_from_new_slab(cls);
    char* block = pool.at + sizeof(Header);
    pool.at += cls * unit;
    header_of(block) = cls;
    return block;
}

inline void release(void* block) {
    if (!block) return;
    std::size_t cls = header_of(block);
    if (!cls) [[unlikely]] return std::free(static_cast<char*>(block) - unit);
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
