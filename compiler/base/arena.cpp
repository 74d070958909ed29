#include "base/arena.hpp"

#include <algorithm>

namespace zflow {

namespace {
constexpr size_t smallest_block = 1000;   // most arenas hold little, and what is that short stands beside other things
constexpr size_t largest_block = 1024 * 1024;
}  // namespace

void* Arena::allocate_slow(size_t bytes, size_t align) {
    size_t wanted = std::clamp(capacity_ * 2, smallest_block, largest_block);
    capacity_ = std::max(wanted, bytes + align);
    blocks_.emplace_back(new char[capacity_]);  // left uninitialised on purpose: untouched pages cost nothing
    block_ = blocks_.back().get();
    used_ = 0;
    return allocate(bytes, align);
}

void Arena::clear() {
    if (blocks_.empty()) return;
    std::swap(blocks_.front(), blocks_.back());
    blocks_.resize(1);
    used_ = 0;
}

}  // namespace zflow
