#include "base/buffer.hpp"

#include <algorithm>
#include <charconv>

namespace zflow {

void Buffer::grow(size_t more) {
    // realloc, not new: large blocks grow by remapping pages instead of copying them
    size_t wanted = std::max({size_ + more, capacity_ + capacity_ / 2, size_t{4096}});
    void* to = std::realloc(data_, wanted);
    if (!to) throw std::bad_alloc();
    data_ = static_cast<char*>(to);
    capacity_ = wanted;
}

void Buffer::number(int64_t value) {
    char text[24];
    auto end = std::to_chars(text, text + sizeof text, value).ptr;
    put({text, static_cast<size_t>(end - text)});
}

}  // namespace zflow
