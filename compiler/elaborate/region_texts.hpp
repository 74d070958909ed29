/// @file region_texts.hpp
/// @brief Regions that somebody wrote down, and that there are none of.
#pragma once

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// Looks at what is written, node by node: a stage that is repeated for others like it evaluates nothing.
class RegionTexts {
   public:
    RegionTexts(const syntax::Tree& tree, Reporter diagnostics) : t_(tree), diagnostics_(diagnostics) {}
    void node(NodeId n) {
        switch (t_.kind(n)) {
            case NodeKind::String: return text(n);
            case NodeKind::Template: return t_.kind(t_.child(n)) == NodeKind::Text ? text(t_.child(n)) : void();
            case NodeKind::Binary: return comparison(n);
            case NodeKind::Match: return match(n);
            default: return;
        }
    }

   private:
    void text(NodeId n) {
        std::string_view written = t_.text_of(n);
        if (written.starts_with("arn:")) check(ir::arn_field(written, 3));
        else if (written.size() > account && written[account] == '.') image(written);
    }
    static constexpr size_t account = 12;   // digits before an image's registry
    void image(std::string_view written);
    void comparison(NodeId n);
    void match(NodeId n);
    bool is_region(NodeId n) const;
    void value(NodeId n);
    void check(std::string_view region);

    const syntax::Tree& t_;
    Reporter diagnostics_;
};

}  // namespace zflow::elaborate
