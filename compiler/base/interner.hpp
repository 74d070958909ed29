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
/// `slots` is an open-addressing hash table of symbol ids whose size is a power of two.
struct StaticNames {
    std::span<const std::string_view> names;  ///< by symbol id; names[0] is ""
    std::span<const uint32_t> slots;
};

class Interner {
   public:
    explicit Interner(const StaticNames& base = {});

    Symbol intern(std::string_view text);
    /// The symbol of `text` when it was interned before, `Symbol::none` otherwise.
    Symbol find(std::string_view text) const;
    std::string_view text(Symbol symbol) const;
    uint32_t size() const { return static_cast<uint32_t>(base_.names.size() + names_.size()); }

    static uint32_t hash(std::string_view text);

   private:
    StaticNames base_;
    Arena arena_;
    std::vector<std::string_view> names_;
    std::vector<uint32_t> slots_;

    void grow();
};

}  // namespace zflow
