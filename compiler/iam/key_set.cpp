#include "iam/key_set.hpp"

#include <algorithm>

namespace zflow::iam {

namespace {

constexpr size_t first_size = 256;

size_t place_of(std::span<const uint32_t> row) {
    constexpr uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t h = row.size();
    for (uint32_t number : row) h = (h ^ (h >> 32) ^ number) * factor;
    return static_cast<size_t>(h >> 32);
}

}  // namespace

uint32_t& KeySet::slot_of(std::span<const uint32_t> row) {
    size_t mask = slots_.size() - 1;
    for (size_t i = place_of(row);; i++) {
        uint32_t& slot = slots_[i & mask];
        if (!slot) return slot;
        std::span<const uint32_t> met = row_at(slot - 1);
        if (met.size() == row.size() && std::equal(row.begin(), row.end(), met.data())) return slot;
    }
}

bool KeySet::insert(std::span<const uint32_t> row) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    uint32_t& slot = slot_of(row);
    if (slot) return false;
    slot = static_cast<uint32_t>(rows_.size() + 1);
    rows_.push_back(static_cast<uint32_t>(row.size()));
    rows_.insert(rows_.end(), row.begin(), row.end());
    count_++;
    return true;
}

void KeySet::grow() {
    slots_.assign(slots_.empty() ? first_size : slots_.size() * 4, 0);
    for (size_t begin = 0; begin < rows_.size(); begin += rows_[begin] + 1)
        slot_of(row_at(begin)) = static_cast<uint32_t>(begin + 1);
}

}  // namespace zflow::iam
