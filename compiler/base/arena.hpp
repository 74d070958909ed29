/// @file arena.hpp
/// @brief Memory that is given back all at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace zflow {

/// Bump allocator for trivially destructible data. Addresses stay valid until the arena is cleared or destroyed.
class Arena {
   public:
    void* allocate(size_t bytes, size_t align) {
        size_t at = (used_ + align - 1) & ~(align - 1);
        if (at + bytes > capacity_) return allocate_slow(bytes, align);
        used_ = at + bytes;
        return block_ + at;
    }

    template <typename T>
    T* allocate(size_t count) {
        return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    }

    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* to = allocate<char>(text.size());
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// Forgets everything; keeps one block for the next use.
    void clear();

   private:
    void* allocate_slow(size_t bytes, size_t align);

    std::vector<std::unique_ptr<char[]>> blocks_;
    char* block_ = nullptr;
    size_t used_ = 0;
    size_t capacity_ = 0;
};

}  // namespace zflow
