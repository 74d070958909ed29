// What the kernel does for a compile is dear: a page that is touched first costs as much as some thousand instructions, and a
// large page as much as eight small ones, however little of it is used. So all threads take from the same place, one piece
// behind the other, and what is given back is taken again before anything new. A small program stays on ordinary pages, and
// takes no more of them than it uses; what goes beyond is a large program, and on large pages. Of a long source text that is known
// before anything is made of it: it begins with them.
#include "driver/spans.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <mutex>
#include <new>

namespace zflow::spans {

namespace {

constexpr std::size_t region_size = std::size_t{32} << 20;
constexpr std::size_t ordinary = std::size_t{6} << 19;   ///< of the first region, in front of its first large page

/// Free memory, described where it is.
struct Span {
    std::size_t size;
    Span* next;          ///< the next one by address
    char* begin() { return reinterpret_cast<char*>(this); }
    char* end() { return begin() + size; }
};
static_assert(sizeof(Span) <= granule);

constinit std::mutex mutex;
constinit Span* free_spans = nullptr;
constinit char* at = nullptr;            ///< new memory begins here
constinit char* end = nullptr;
constinit char* large_from = nullptr;    ///< from here on large pages have to be asked for; null: they have been

char* map_pages(std::size_t size) {
    for (;;) {
        void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED) return static_cast<char*>(memory);
        std::new_handler handler = std::get_new_handler();
        if (!handler) throw std::bad_alloc();
        handler();
    }
}

/// Memory that begins where a large page can: a kernel may give no other for so many bytes.
char* map(std::size_t size) {
    char* memory = map_pages(size);
    if (reinterpret_cast<std::uintptr_t>(memory) % large_page == 0) return memory;
    munmap(memory, size);
    memory = map_pages(size + large_page);
    std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) & (large_page - 1);
    if (before) munmap(memory, before);
    munmap(memory + before + size, large_page - before);
    return memory + before;
}

/// Where there are none, a failure does not matter.
void ask_for_large_pages(char* from, char* to) {
#ifdef MADV_HUGEPAGE
    madvise(from, static_cast<std::size_t>(to - from), MADV_HUGEPAGE);
#endif
}

void put(char* memory, std::size_t size) {
    Span** link = &free_spans;
    Span* before = nullptr;
    while (*link && (*link)->begin() < memory) before = *link, link = &before->next;
    Span* after = *link;
    if (after && after->begin() == memory + size) size += after->size, after = after->next;
    if (before && before->end() == memory) {
        before->size += size;
        before->next = after;
    } else {
        *link = new (memory) Span{size, after};
    }
}

/// From the shortest free span that is long enough: a long one is for what is long.
char* reuse(std::size_t size) {
    Span** best = nullptr;
    for (Span** link = &free_spans; Span* span = *link; link = &span->next)
        if (span->size >= size && (!best || span->size < (*best)->size)) best = link;
    if (!best) return nullptr;
    Span* span = *best;
    if (span->size > size) *best = new (span->begin() + size) Span{span->size - size, span->next};
    else *best = span->next;
    return span->begin();
}

void begin_region() {
    bool first = !at;
    char* memory = map(region_size);
    if (at < end) put(at, static_cast<std::size_t>(end - at));
    at = memory;
    end = memory + region_size;
    if (!first) return ask_for_large_pages(at, end);
    at += -ordinary % large_page;   // so that large pages begin right behind the ordinary ones; this is never touched
    large_from = at + ordinary;
}

void begin_large_pages() {
    ask_for_large_pages(large_from, end);
    large_from = nullptr;
}

}  // namespace

char* take(std::size_t size) {
    std::lock_guard lock(mutex);
    if (char* memory = reuse(size)) return memory;
    if (static_cast<std::size_t>(end - at) < size) begin_region();
    char* memory = at;
    at += size;
    if (large_from && at > large_from) begin_large_pages();
    return memory;
}

void expect_much() {
    std::lock_guard lock(mutex);
    if (!at) begin_region();
    if (!large_from) return;
    at = large_from;   // what is in front of it is never touched
    begin_large_pages();
}

void give(char* memory, std::size_t size) noexcept {
    std::lock_guard lock(mutex);
    put(memory, size);
}

char* map_large_pages(std::size_t size) {
    char* memory = map(size);
    ask_for_large_pages(memory, memory + size);
    return memory;
}

}  // namespace zflow::spans
