/// @file key_set.hpp
/// @brief Rows of numbers that were met before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace zflow::iam {

class KeySet {
   public:
    /// Whether the row is met for the first time.
    bool insert(std::span<const uint32_t> row);

   private:
    std::span<const uint32_t> row_at(size_t begin) const { return {rows_.data() + begin + 1, rows_[begin]}; }
    uint32_t& slot_of(std::span<const uint32_t> row);
    void grow();

    std::vector<uint32_t> rows_;    ///< one after the other, each behind its length
    std::vector<uint32_t> slots_;   ///< where in `rows_` a row begins, plus one; as many as a power of two
    size_t count_ = 0;
};

}  // namespace zflow::iam
