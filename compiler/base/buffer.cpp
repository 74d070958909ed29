#include "base/buffer.hpp"

#include <algorithm>
#include <charconv>

#include "base/memory.hpp"

namespace zflow {

void Buffer::grow(size_t more) {
    size_t wanted = std::max({size_ + more, capacity_ + capacity_ / 2, size_t{4096}});
    if (!size_) ::operator delete(data_), data_ = nullptr;
    auto* to = static_cast<char*>(::operator new(wanted));
    if (size_) std::memcpy(to, data_, size_);
    ::operator delete(data_);
    data_ = to;
    capacity_ = wanted;
}

void Buffer::shrink() {
    zflow::shrink(data_, size_);
    capacity_ = size_;
}

void Buffer::number(int64_t value) {
    char text[24];
    auto end = std::to_chars(text, text + sizeof text, value).ptr;
    put({text, static_cast<size_t>(end - text)});
}

}  // namespace zflow
