/// @file catalogue.hpp
/// @brief What a file declares for others, as Markdown: made from its `///` comments, types and defaults.
#pragma once

#include <string_view>
#include <vector>

#include "base/buffer.hpp"
#include "syntax/tree.hpp"

namespace zflow::show {

/// Stage kinds and resource kinds are for others; so are functions, types, constants, options and data sets with a comment.
class Catalogue {
   public:
    /// The trees have to live as long as the catalogue.
    void add(const syntax::Tree& tree);
    /// What the others are made of, without entries of its own.
    void refer(const syntax::Tree& tree) { trees_.push_back(&tree); }
    /// Everything, a section for each sort of thing.
    void write(Buffer& out) const;
    /// One thing. False when there is none of that name.
    bool write(std::string_view name, Buffer& out) const;
    std::vector<std::string_view> names() const;

    /// A parameter or field, and whether a comment says what it is.
    struct Setting {
        std::string_view of, name;
        bool described;
    };
    std::vector<Setting> settings() const;     ///< of kinds and functions
    std::vector<std::string_view> undescribed() const;   ///< kinds without a comment

   private:
    struct Entry {
        const syntax::Tree* tree;
        syntax::NodeId node;
        std::string_view name;
        syntax::NodeKind kind() const { return tree->kind(node); }
    };
    void write_entry(const Entry& entry, Buffer& out) const;
    std::vector<const syntax::Tree*> trees_;
    std::vector<Entry> entries_;
};

}  // namespace zflow::show
