/// @file sizes.hpp
/// @brief How much text values become.
#pragma once

#include <vector>

#include "ir/value.hpp"

namespace zflow::ir {

/// About how many bytes each value takes as JSON or JSONata, at least those of its constant text. A value that is used in
/// many places is counted in each. Of all values that are there when this is made: in one go, in the order of memory.
class Sizes {
   public:
    explicit Sizes(const Values& values);
    /// 0 for none, and for a value that was made later.
    uint64_t operator[](ValueId id) const { return static_cast<size_t>(id) < sizes_.size() ? sizes_[static_cast<size_t>(id)] : 0; }
    /// Bytes of all constant texts.
    uint64_t text() const { return text_; }

   private:
    uint32_t ahead(const Values& values, uint32_t id);

    std::vector<uint32_t> sizes_;   ///< by value; 0: not known yet
    uint64_t text_ = 0;
};

}  // namespace zflow::ir
