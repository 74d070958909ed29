/// @file text.hpp
/// @brief A template as it is written: what is large stays where it was made, and is copied by nobody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.hpp"

namespace zflow::cfn {

class Text {
   public:
    Buffer small;   ///< all that is not large, one after the other

    /// `large` comes next; it has to stay where it is for as long as this text is read.
    void refer(std::string_view large) {
        large_.push_back({small.size(), large});
        size_ += large.size();
    }
    size_t size() const { return small.size() + size_; }
    void clear() { small.clear(), large_.clear(), size_ = 0; }

    /// Calls `visit(std::string_view)` with its pieces, in order.
    template <typename Visit>
    void each_piece(Visit visit) const {
        size_t from = 0;
        for (const Large& large : large_) {
            visit(small.view().substr(from, large.at - from));
            visit(large.text);
            from = large.at;
        }
        visit(small.view(from));
    }
    std::string str() const {
        std::string all;
        all.reserve(size());
        each_piece([&](std::string_view piece) { all += piece; });
        return all;
    }

   private:
    struct Large {
        size_t at;               ///< in `small`: it stands before what begins there
        std::string_view text;
    };
    std::vector<Large> large_;
    size_t size_ = 0;            ///< of the large ones
};

}  // namespace zflow::cfn
