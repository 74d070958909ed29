/// @file buffer.hpp
/// @brief Growing output text: appending is a bounds check and a copy.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace zflow {

class Buffer {
   public:
    Buffer() = default;
    ~Buffer() { ::operator delete(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    void put(char c) {
        if (size_ == capacity_) grow(1);
        data_[size_++] = c;
    }
    void put(std::string_view text) {
        if (size_ + text.size() > capacity_) grow(text.size());
        if (!text.empty()) std::memcpy(data_ + size_, text.data(), text.size());
        size_ += text.size();
    }
    /// Makes room for that much in all. What is not used of it costs nothing.
    void reserve(size_t size) {
        if (size > capacity_) grow(size - size_);
    }
    /// Room for `count` bytes at the end, which the caller fills.
    char* extend(size_t count) {
        if (size_ + count > capacity_) grow(count);
        size_ += count;
        return data_ + size_ - count;
    }
    void number(int64_t value);
    void spaces(size_t count) {
        if (size_ + count > capacity_) grow(count);
        if (count) std::memset(data_ + size_, ' ', count);
        size_ += count;
    }

    std::string_view view() const { return {data_, size_}; }
    std::string_view view(size_t from) const { return {data_ + from, size_ - from}; }
    size_t size() const { return size_; }
    /// No more memory than the text takes: hardly any more will be put.
    void shrink();
    void swap(Buffer& other) {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    /// Drops what was put after `size`.
    void truncate(size_t size) { size_ = size; }
    void clear() { size_ = 0; }

   private:
    void grow(size_t more);

    char* data_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace zflow
