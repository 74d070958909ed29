#include "ir/value.hpp"

#include <algorithm>

namespace zflow::ir {

uint32_t Values::path(uint32_t parent, Symbol member) {
    // few distinct paths per stage and they repeat at once, so looking back over the last ones finds most of them
    constexpr size_t window = 16;
    size_t from = paths_.size() > window ? paths_.size() - window : 1;
    for (size_t i = paths_.size(); i-- > from;)
        if (paths_[i].parent == parent && paths_[i].member == member) return static_cast<uint32_t>(i);
    paths_.push_back({parent, member, paths_[parent].depth + 1});
    return static_cast<uint32_t>(paths_.size() - 1);
}

void Values::expect(size_t nodes) {
    constexpr size_t most = size_t{1} << 18;   // more than a stack within CloudFormation's limits has
    all_.reserve(std::min(nodes * 3 / 2 + 1024, most));
    links_.reserve(std::min(nodes / 2, most));
    fields_.reserve(std::min(nodes * 3 / 2, most));
}

void Values::clear() {
    all_.clear();
    links_.clear();
    fields_.clear();
    paths_.clear();
    arena_.clear();
    all_.emplace_back();                         // ValueId::none
    paths_.push_back({0, Symbol::none, 0});      // the whole result
}

}  // namespace zflow::ir
