// What the declarations of the standard library come to: types, constants, parameters of kinds and functions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "elaborate/elaborator.hpp"
#include "library/snapshot.hpp"

namespace zflow::elaborate {

/// Walks the declarations as a run does, and keeps what depends on nothing but the library and on what is not given.
class Preparing {
   public:
    Preparing(SourceMap& sources, SourceProvider& provider, Modules& modules, Interner& names, Diagnostics& diagnostics);

    struct Kind {
        std::vector<library::KindParameter> parameters;
        NodeId body;
        bool single;
        std::vector<ValueId> defaults{};             ///< by parameter; none: it has none that is a constant
    };
    types::TypeTable types;                          ///< see `fallback`
    std::vector<library::Range> constants{{0, 0}};   ///< from 1
    std::vector<library::Part> parts;
    std::vector<uint32_t> links;
    std::vector<library::Field> fields;
    std::string texts;
    std::vector<Kind> kinds;
    std::vector<library::Evaluated> evaluated{library::Evaluated{}};   ///< from 1
    /// Which of them a node has; 0: none.
    uint32_t evaluated_at(uint32_t module, NodeId node) const {
        auto at = numbers_by_node_.find({module, node});
        return at == numbers_by_node_.end() ? 0 : at->second;
    }

    /// The default of a field of a type in `types`, as a run finds it.
    uint32_t fallback(const types::FieldType& field) const;

    bool is_local(uint32_t module, NodeId node) const { return local_.contains({module, node}); }

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
    bool reads_local(NodeId node) const;
    bool is_fixed_name(NodeId node) const;

    // --- not_given.cpp: what expressions come to when settings are not given (see library::Evaluated)
    using What = library::Evaluated::What;
    /// What an expression comes to unless one of some settings is given: a constant, or what a part of it comes to, or (neither)
    /// nobody knows.
    struct Outcome {
        ValueId value = ValueId::none;
        uint64_t unless = 0;
        NodeId instead = 0;
        bool constant() const { return value != ValueId::none; }
    };
    /// A name in scope; what is not known hides what is.
    struct Known {
        Symbol name;
        uint32_t frame;
        Outcome is;
    };
    class Scope;
    void body();                                     ///< of the kind that was added last
    void statements(NodeId node);
    void names(NodeId node);
    void let(NodeId node);
    void require(NodeId node);
    void expressions_in(NodeId node, uint64_t given);
    void expression(NodeId node, uint64_t given);
    void comprehension(NodeId node, uint64_t given);
    void keep(NodeId node, const Outcome& outcome);
    Outcome outcome(NodeId node);
    Outcome of_name(NodeId node);
    Outcome of_all(NodeId node);
    Outcome of_logical(NodeId node);
    Outcome of_default(NodeId node);
    Outcome of_conditional(NodeId node);
    Outcome of_apply(NodeId node);
    Outcome of_function(DeclarationRef function, NodeId node);
    Outcome instead(NodeId part, uint64_t unless);
    Outcome calculated(NodeId node, uint64_t unless);
    void bind(NodeId name, const Outcome& outcome);
    std::optional<bool> truth(const Outcome& outcome) const;

    void add(NodeId node, What what, TypeId type, uint32_t number = 0, uint64_t unless = 0);
    void add_constant(NodeId node, TypeId type, ValueId value);
    uint32_t constant(ValueId value);
    bool is_constant(ValueId value) const;
    std::string identity(ValueId value) const;
    uint32_t part(ValueId value, std::unordered_map<ValueId, uint32_t>& known);

    const syntax::Tree& tree() const { return at_.module->tree; }

    const Modules& modules_;
    SymbolTables symbols_;
    ir::Values values_;
    Elaborator elaborator_;
    DeclarationRef at_;                               ///< the declaration that is walked
    std::unordered_set<Symbol> made_;                 ///< names that it makes
    std::unordered_map<ValueId, uint32_t> numbers_;   ///< of constants
    std::map<std::string, uint32_t> same_;            ///< those without parts, by what they are
    std::map<std::pair<uint32_t, NodeId>, uint32_t> numbers_by_node_;
    std::set<std::pair<uint32_t, NodeId>> local_;     ///< see syntax::Prepared
    std::vector<Known> known_;
    unsigned calls_ = 0;                              ///< functions inside functions
};

}  // namespace zflow::elaborate
