/// @file interner.hpp
/// @brief Names as small numbers: every identifier is stored once and compared by its id.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.hpp"

namespace zflow {

/// An interned name. Symbol 0 is the empty name and means "no name".
enum class Symbol : uint32_t { none = 0 };

/// A fixed table of names made at build time (the standard library's), so that starting the compiler interns nothing.
/// `slots` is an open-addressing hash table whose size is a power of two, of `StaticNames::slot`s; 0 is a free one.
struct StaticNames {
    std::span<const std::string_view> names;  ///< by symbol id; names[0] is ""
    std::span<const uint32_t> slots;

    /// A symbol, and of the place where its name is looked for what the table does not tell: of a name that is another one
    /// nearly always this shows, without a look at its text.
    static uint32_t slot(uint32_t id, uint32_t place) { return id | (place & ~id_bits); }
    static constexpr uint32_t id_bits = (1u << 20) - 1;
};

class Interner {
   public:
    explicit Interner(const StaticNames& base = {});
    /// Another table that knows all names of this one by the same symbols, and gets new ones of its own. This one has to
    /// live as long.
    Interner branch() const;

    Symbol intern(std::string_view text);
    /// The symbol of `text` when it was interned before, `Symbol::none` otherwise.
    Symbol find(std::string_view text) const;
    std::string_view text(Symbol symbol) const {
        auto id = static_cast<size_t>(symbol);
        return id < base_.names.size() ? base_.names[id] : names_[id - base_.names.size()].text();
    }
    uint32_t size() const { return static_cast<uint32_t>(base_.names.size() + names_.size()); }

    /// A hash that is the same in every version and on every machine: it may become part of what is written.
    static uint32_t hash(std::string_view text);
    /// Where the search for a name begins in a table of names.
    static uint32_t place_of(std::string_view text);

   private:
    Symbol find(std::string_view text, uint32_t place) const;
    StaticNames base_;
    Arena arena_;
    struct Name {
        Name(std::string_view text, uint32_t at) : begin(text.data()), length(static_cast<uint32_t>(text.size())), place(at) {}
        std::string_view text() const { return {begin, length}; }
        const char* begin;
        uint32_t length;
        uint32_t place;   ///< where the search for it begins
    };
    std::vector<Name> names_;
    std::vector<uint32_t> slots_;

    void grow();
};

}  // namespace zflow
