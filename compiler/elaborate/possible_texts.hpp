/// @file possible_texts.hpp
/// @brief What is known of a text before the stack is deployed: all of it, or its constant parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.hpp"

namespace zflow::elaborate {

/// The characters that a regular expression can match at all; nothing when it is not made of plain classes and characters.
class Alphabet {
   public:
    static std::optional<Alphabet> of(std::string_view pattern);
    bool has(char c) const { return static_cast<unsigned char>(c) < 128 && has_[static_cast<unsigned char>(c)]; }

   private:
    bool add_class(std::string_view pattern, size_t& at);
    bool add_escape(char c);
    void add_range(char first, char last);
    bool has_[128] = {};
};

/// What is known of texts that are not constant. Parameters with a few allowed values give all texts.
class PossibleTexts {
   public:
    PossibleTexts(const ir::Values& values, const types::TypeTable& types, const Interner& names) : values_(values), types_(types), names_(names) {}

    /// Every text it can be; empty when that is not known, or are too many.
    std::vector<std::string> all(ir::ValueId value) const;
    /// Characters it has at least.
    size_t least(ir::ValueId value) const;
    /// How long a text is when what it is made of, parameters and inputs, is as long as it is allowed to be; nothing where that is not said.
    std::optional<size_t> most(ir::ValueId value) const;
    /// A constant part with a character that may not stand in it.
    struct Misfit { std::string_view part; char character; };
    std::optional<Misfit> misfit(ir::ValueId value, const Alphabet& alphabet) const;

   private:
    size_t least(types::TypeId type) const;
    bool finite(ir::ValueId value) const;
    const ir::Values& values_;
    const types::TypeTable& types_;
    const Interner& names_;
};

}  // namespace zflow::elaborate
