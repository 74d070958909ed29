/// @file program.hpp
/// @brief What can be named in a document: its declarations, those of the files it imports, the standard library's.
#pragma once

#include <string_view>
#include <vector>

#include "elaborate/module.hpp"
#include "server/documents.hpp"

namespace zflow::server {

/// Parsed with mistakes in it: what can be read is there. A reference may be to any node, as to a setting of a kind.
class Program {
   public:
    Program(const Document& document, const Documents& documents);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    const SourceMap& sources() const { return sources_; }
    const Modules& modules() const { return modules_; }
    const syntax::Tree& tree() const { return modules_.main->tree; }
    /// `name`, or `alias.name`, as it is meant in a module.
    DeclarationRef find(const Module& from, std::string_view path) const;
    DeclarationRef find(std::string_view path) const { return find(*modules_.main, path); }
    /// The module that is imported under a name; null when none is.
    const Module* alias(std::string_view name) const;
    /// What a file declares, in its order.
    template <typename F>
    void each_in(const Module& module, F&& f) const {
        for (syntax::NodeId d : syntax::Children(module.tree, 0))
            if (syntax::NodeId name = syntax::referable(module.tree, d)) f(module.tree.text_of(name), DeclarationRef{&module, d});
    }
    /// What the document declares and imports.
    template <typename F>
    void each_own(F&& f) const {
        each_in(*modules_.main, f);
        for (const Module* imported : modules_.main->imports) each_in(*imported, f);
    }
    template <typename F>
    void each_of_library(F&& f) const {
        modules_.library.each([&](Symbol name, DeclarationRef declaration) { f(names_.text(name), declaration); });
    }
    std::string_view text(Symbol name) const { return names_.text(name); }

   private:
    Interner names_{library::names()};
    SourceMap sources_;
    Diagnostics ignored_;
    Modules modules_;
};

/// The children of a declaration that are given where it is used: parameters of kinds and functions, fields of data.
std::vector<DeclarationRef> members_of(DeclarationRef declaration);
std::string_view name_of(DeclarationRef declaration);
/// What a stage kind returns, by name.
std::vector<std::string_view> outputs_of(const Program& program, DeclarationRef kind);

}  // namespace zflow::server
