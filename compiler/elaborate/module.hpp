/// @file module.hpp
/// @brief Files and what they declare: the main file, what it imports, and the standard library.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/interner.hpp"
#include "base/source.hpp"
#include "base/workers.hpp"
#include "diagnostics/diagnostics.hpp"
#include "library/library.hpp"
#include "syntax/tree.hpp"

namespace zflow {

struct Module;

/// A declaration somewhere. `node` 0: none.
struct DeclarationRef {
    const Module* module = nullptr;
    syntax::NodeId node = 0;

    explicit operator bool() const { return node != 0; }
    const syntax::Tree& tree() const;
    syntax::NodeKind kind() const;
    Span name_span() const;
    friend bool operator==(const DeclarationRef&, const DeclarationRef&) = default;
};

/// Declarations by name: a small open-addressing table.
class DeclarationTable {
   public:
    /// False when the name is taken; `existing` then tells by what.
    bool insert(Symbol name, DeclarationRef declaration, DeclarationRef* existing = nullptr);
    DeclarationRef find(Symbol name) const;
    bool empty() const { return used_ == 0; }
    template <typename F>
    void each(F&& f) const {
        for (const Slot& s : slots_)
            if (s.name != Symbol::none) f(s.name, s.declaration);
    }

   private:
    struct Slot {
        Symbol name = Symbol::none;
        DeclarationRef declaration;
    };
    Slot& slot(Symbol name);
    std::vector<Slot> slots_;
    size_t used_ = 0;
};

struct Module {
    uint32_t index = 0;
    syntax::Tree tree;
    bool library = false;
    DeclarationTable declared;                       ///< by this file; of the library only what is imported by name
    std::vector<const Module*> imports;              ///< whose names are visible here
    struct Alias { Symbol name; const Module* module; };
    std::vector<Alias> aliases;                      ///< import "x.zflow" as x
};

inline const syntax::Tree& DeclarationRef::tree() const { return module->tree; }
inline syntax::NodeKind DeclarationRef::kind() const { return module->tree.kind(node); }

/// What the standard library declares, looked up where it was prepared: starting the compiler enters nothing.
class LibraryDeclarations {
   public:
    /// `modules`: begin with the library's.
    explicit LibraryDeclarations(const std::deque<Module>& modules) : modules_(modules), by_name_(library::declarations()) {}
    DeclarationRef find(Symbol name) const {
        auto id = static_cast<uint32_t>(name);
        return id < by_name_.size() ? at(id) : DeclarationRef{};
    }
    template <typename F>
    void each(F&& f) const {
        for (uint32_t id = 0; id < by_name_.size(); id++)
            if (DeclarationRef d = at(id)) f(Symbol{id}, d);
    }

   private:
    DeclarationRef at(uint32_t id) const {
        const library::Declared& d = by_name_[id];
        return d.node ? DeclarationRef{&modules_[d.module], d.node} : DeclarationRef{};
    }
    const std::deque<Module>& modules_;
    std::span<const library::Declared> by_name_;
};

/// The names that declarations and statements seem to make which could not be read, in order.
std::vector<std::string_view> unread_names(const syntax::Tree& tree);

/// All modules of a compilation. The standard library's come first; every file sees them.
struct Modules {
    std::deque<Module> all;
    LibraryDeclarations library{all};
    std::vector<DeclarationRef> options;             ///< what a `stack` may set, in the order of the modules
    const Module* main = nullptr;

    DeclarationRef find(const Module& from, Symbol name) const;
};

/// Adds the standard library's modules from the data prepared at build time.
void add_library(Modules& modules, SourceMap& sources);

/// Parses the main file and everything it imports. Reports import cycles, files that cannot be read, names declared twice.
void load(Modules& modules, SourceMap& sources, FileId main, SourceProvider& provider, Interner& names, Diagnostics& diagnostics,
          Workers& workers);

/// Registers the declarations of a file. Reports names declared twice.
void declare(Module& module, DeclarationTable& into, const Interner& names, Diagnostics& diagnostics);

/// The same for a module of the standard library, whose names are unique.
void declare_library(Module& module, DeclarationTable& into);

}  // namespace zflow
