/// @file places.hpp
/// @brief What the tree says of places in the text that the characters there do not tell.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "syntax/tree.hpp"

namespace zflow::format {

/// What begins or stands at a place.
enum Role : uint16_t {
    Begins = 1,         ///< one of the things that a bracket or the file has: a statement, entry, item, argument, parameter …
    OwnLine = 2,        ///< with Begins: where there are several lines it has its own
    Unparted = 4096,    ///< with Begins: no comma stands between it and the one before
    Clause = 4,         ///< what goes on with a statement at its indentation: `catch`; `else` and `until` (see BehindClause)
    BehindClause = 8,   ///< the word before it is one
    Body = 16,          ///< the `{` of a block: what is in it is indented from its statement
    Value = 32,         ///< a name or a literal, also when it reads like a keyword
    Signed = 64,        ///< a minus that touches its operand
    Touching = 128,     ///< touches what it follows: `<`, `>` and `?` of types, `(` of a type
    TypeOpening = 256,  ///< `<`: what follows touches it, too
    Apart = 512,        ///< the `(…)` of a statement: there is a blank before it
    Declares = 1024,    ///< a name behind which the `(` of parameters touches
    Fixed = 2048,       ///< a text whose lines cannot be moved
};

class Places {
   public:
    explicit Places(const syntax::Tree& tree);

    /// All roles of what begins at a byte of the text.
    uint16_t roles(uint32_t offset) const { return roles_[offset]; }

    /// Literals that consist of more than a word or that hold other things: where they begin and end, in order.
    struct Whole {
        uint32_t begin, end;
    };
    const std::vector<Whole>& wholes() const { return wholes_; }

   private:
    void walk(syntax::NodeId id);
    void node(syntax::NodeId id);
    void type_name(syntax::NodeId id);
    void text(syntax::NodeId id);
    void parts(syntax::NodeId id, unsigned roles);
    syntax::NodeId third(syntax::NodeId id) const;
    void add(uint32_t offset, unsigned roles) { roles_[offset] = static_cast<uint16_t>(roles_[offset] | roles); }

    const syntax::Tree& tree_;
    std::vector<uint16_t> roles_;
    std::vector<Whole> wholes_;
};

}  // namespace zflow::format
