/// @file plain_list.hpp
/// @brief A long list of plain things, which gives back what it did not need.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <type_traits>

#include "base/memory.hpp"

namespace zflow {

/// Like a vector. Room that nothing was added to is never touched.
template <typename T>
class PlainList {
    static_assert(std::is_trivially_copyable_v<T>);

   public:
    PlainList() = default;
    ~PlainList() { ::operator delete(data_); }
    PlainList(const PlainList&) = delete;
    PlainList& operator=(const PlainList&) = delete;

    size_t size() const { return size_; }
    const T* data() const { return data_; }
    T& operator[](size_t i) { return data_[i]; }
    const T& operator[](size_t i) const { return data_[i]; }
    T& back() { return data_[size_ - 1]; }

    T& add(const T& one) {
        if (size_ == capacity_) return add_where_there_is_room(one);
        return *new (data_ + size_++) T(one);
    }
    /// `count` more, which the caller fills.
    T* extend(size_t count) {
        if (size_ + count > capacity_) grow(size_ + count);
        size_ += count;
        return data_ + size_ - count;
    }
    void clear() { size_ = 0; }
    /// Room for that many in all.
    void reserve(size_t count) {
        if (count > capacity_) move_to(count);
    }
    /// No more than it takes: what comes after that moves it.
    void shrink() {
        capacity_ = size_;
        zflow::shrink(data_, size_ * sizeof(T));
    }

   private:
    T& add_where_there_is_room(T one) {   // a copy: it may be one of the list
        grow(size_ + 1);
        return *new (data_ + size_++) T(one);
    }
    void grow(size_t least) { move_to(std::max({least, capacity_ + capacity_ / 2, size_t{64}})); }
    [[gnu::noinline]] void move_to(size_t capacity) {
        if (!size_) ::operator delete(data_), data_ = nullptr;
        auto* to = static_cast<T*>(::operator new(capacity * sizeof(T)));
        if (size_) std::memcpy(static_cast<void*>(to), data_, size_ * sizeof(T));
        ::operator delete(data_);
        data_ = to;
        capacity_ = capacity;
    }

    T* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace zflow
