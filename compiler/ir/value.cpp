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

Values::Values(size_t nodes) {
    if (nodes) {   // of many stages, with what dividing them adds
        constexpr size_t most = size_t{1} << 18;   // more than a stack within CloudFormation's limits has
        // a stage may be a few nodes that become hundreds of values; room that is not used costs nothing
        constexpr size_t least = 8192;
        all_.reserve(std::clamp(nodes * 9 / 8 + 1024, least, most));
        links_.reserve(std::clamp(nodes / 3, least, most));
        fields_.reserve(std::clamp(nodes * 5 / 4, least, most));
    }
    all_.add({});                                // ValueId::none
    loops_.push_back({});                        // of a For that is not finished
    paths_.push_back({0, Symbol::none, 0});      // the whole result
}

}  // namespace zflow::ir
