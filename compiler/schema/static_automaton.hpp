/// @file static_automaton.hpp
/// @brief Automata that were made at build time, of the patterns that are known then (tools/automata).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "schema/automaton.hpp"

namespace zflow::schema {

/// A complete automaton with as few states as there can be. A step says how far the next state is from the one before: what
/// `[a-z]{1,63}` does after each letter is the same, so that it is written once.
struct StaticAutomaton {
    static constexpr int16_t no_way = INT16_MIN;

    const uint8_t* kinds;       ///< by number of a printable character
    const uint16_t* states;     ///< the row of its steps, twice; and 1 when it accepts. It begins in the first
    const int16_t* steps;       ///< by row and kind
    uint32_t kind_count;

    Automaton::Answer run(std::string_view text) const;
};

/// A pattern of the service models.
struct ServicePattern {
    uint32_t offset;            ///< in the packed text, where equal patterns share their place
    StaticAutomaton automaton;
};

/// A pattern of the library or of the compiler itself, in the spelling of PCRE2.
struct KnownPattern {
    std::string_view text;
    StaticAutomaton automaton;
};

// Defined by the generated source, in the order of their offsets and texts. What is not plain or too large is not among them.
std::span<const ServicePattern> service_patterns();
std::span<const KnownPattern> known_patterns();

}  // namespace zflow::schema
