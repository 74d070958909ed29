// What the declarations of the standard library come to: types, constants, parameters of kinds and functions.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "elaborate/elaborator.hpp"
#include "library/snapshot.hpp"

namespace zflow::elaborate {

/// Walks the declarations as a run does, and keeps what depends on nothing but the library.
class Preparing {
   public:
    Preparing(SourceMap& sources, SourceProvider& provider, Modules& modules, Interner& names, Diagnostics& diagnostics);

    struct Kind {
        std::vector<library::KindParameter> parameters;
        NodeId body;
        bool single;
    };
    types::TypeTable types;                          ///< see `fallback`
    std::vector<library::Range> constants{{0, 0}};   ///< from 1
    std::vector<library::Part> parts;
    std::vector<uint32_t> links;
    std::vector<library::Field> fields;
    std::string texts;
    std::vector<Kind> kinds;
    std::map<uint32_t, library::Evaluated> evaluated;   ///< by key

    /// The default of a field of a type in `types`, as a run finds it.
    uint32_t fallback(const types::FieldType& field) const;

   private:
    void keep_fallbacks();
    void declaration(DeclarationRef d);
    void kind(DeclarationRef d);
    void option(NodeId node);
    void function(NodeId node);
    void call(NodeId node);
    void access(NodeId node);
    void inside(NodeId node);
    bool is_fixed(NodeId node) const;
    bool is_fixed_name(NodeId node) const;
    void add(NodeId node, TypeId type, uint32_t number = 0);
    void add_constant(NodeId node, TypeId type, ValueId value);
    uint32_t constant(ValueId value);
    bool is_constant(ValueId value) const;
    uint32_t part(ValueId value, std::unordered_map<ValueId, uint32_t>& known);

    const syntax::Tree& tree() const { return at_.module->tree; }

    const Modules& modules_;
    SymbolTables symbols_;
    ir::Values values_;
    Elaborator elaborator_;
    DeclarationRef at_;                               ///< the declaration that is walked
    std::unordered_set<Symbol> made_;                 ///< names that it makes
    std::unordered_map<ValueId, uint32_t> numbers_;   ///< of constants
};

}  // namespace zflow::elaborate
