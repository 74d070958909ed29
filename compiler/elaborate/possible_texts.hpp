/// @file possible_texts.hpp
/// @brief What is known of a text before the stack is deployed: all of it, or its constant parts.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/program.hpp"

namespace zflow::elaborate {

struct PossibleTexts {
    std::vector<std::string> all;          ///< every text it can be; empty when that is not known or are too many
    std::vector<std::string_view> parts;   ///< its constant parts, in order
    size_t least = 0;                      ///< characters it has at least
};

/// Of a text that is not constant. Parameters with a few allowed values give all texts.
PossibleTexts possible_texts(const ir::Values& values, const types::TypeTable& types, const Interner& names, ir::ValueId value);

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

}  // namespace zflow::elaborate
