/// @file few.hpp
/// @brief A list that seldom has many elements.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace zflow {

/// Like a vector; the first N elements need no memory of their own. It stays where it is made.
template <typename T, size_t N>
class Few {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

   public:
    Few() {}   // NOLINT: the elements are made one by one
    Few(const Few&) = delete;
    Few& operator=(const Few&) = delete;

    void push_back(const T& value) {
        if (size_ == room_) [[unlikely]] return push_far(value);
        std::construct_at(data_ + size_++, value);
    }
    void assign(std::span<const T> all) {
        clear();
        for (const T& value : all) push_back(value);
    }
    void clear() { size_ = 0; }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](size_t i) { return data_[i]; }
    const T& operator[](size_t i) const { return data_[i]; }
    T& back() { return data_[size_ - 1]; }
    T* begin() { return data_; }
    T* end() { return data_ + size_; }
    const T* begin() const { return data_; }
    const T* end() const { return data_ + size_; }

   private:
    [[gnu::noinline]] void push_far(T value) {
        std::unique_ptr<T[]> more(new T[2 * room_]);
        std::copy(begin(), end(), more.get());
        far_ = std::move(more);
        data_ = far_.get();
        room_ *= 2;
        data_[size_++] = value;
    }

    union { T near_[N]; };
    T* data_ = near_;
    size_t size_ = 0, room_ = N;
    std::unique_ptr<T[]> far_;
};

}  // namespace zflow
