/// @file automaton.hpp
/// @brief Matches plain regular expressions in one walk over the text. Nearly all expressions of the service models are plain.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "schema/nfa.hpp"

namespace zflow::schema {

/// A deterministic automaton, made of an Nfa as texts come along: a state of it is a set of nodes.
class Automaton {
   public:
    enum class Answer : uint8_t {
        Never,     ///< nothing that begins like the text matches
        NotYet,    ///< something that begins like the text may match
        Matches,
        Unknown,   ///< the text has characters that an Nfa does not know, or leads to too many states
    };

    explicit Automaton(Nfa nfa);
    Automaton(Automaton&&) = default;   // no copies: states refer to the keys of `numbers_`
    Answer run(std::string_view text);

    static constexpr uint16_t never = 0, start = 1;
    /// Makes all states that there are. False when they are too many.
    bool complete();
    // of one that is complete
    size_t state_count() const { return states_.size(); }
    bool accepts(uint16_t state) const { return states_[state].accepts; }
    uint16_t next(uint16_t state, unsigned char printable) const { return next_[state * sets_of_kind_.size() + kinds_[printable]]; }

   private:
    using Nodes = std::vector<uint16_t>;
    static constexpr uint16_t not_made = UINT16_MAX;
    static constexpr uint8_t unknown = UINT8_MAX;
    static constexpr size_t most_states = 4096;

    void find_kinds();
    uint16_t state_of(Nodes nodes);
    uint16_t make_next(uint16_t state, uint8_t kind);
    void reach(uint16_t node, Nodes& nodes);

    Nfa nfa_;
    std::array<uint8_t, 256> kinds_;        ///< characters that no set tells apart are of one kind
    std::vector<uint64_t> sets_of_kind_;    ///< a bit for each of the sets that the characters of the kind are in
    struct State {
        const Nodes* nodes;
        bool accepts;
    };
    std::vector<State> states_;
    std::vector<uint16_t> next_;            ///< by state and kind
    std::map<Nodes, uint16_t> numbers_;     ///< a state by its nodes
    std::vector<uint32_t> reached_;         ///< by node: for which walk it was reached last
    uint32_t walk_ = 0;
};

/// Nothing for an expression that is not plain.
std::optional<Automaton> make_automaton(std::string_view expression);

}  // namespace zflow::schema
