#include "schema/static_automaton.hpp"

#include <algorithm>

namespace zflow::schema {

namespace {

size_t number_of(char c) { return static_cast<size_t>(static_cast<unsigned char>(c)) - first_printable; }

}  // namespace

Automaton::Answer StaticAutomaton::run(std::string_view text) const {
    const uint16_t* state = states;
    for (size_t at = 0; at < text.size(); at++) {
        size_t number = number_of(text[at]);
        if (number >= printable_count) return Automaton::Answer::Unknown;
        int16_t step = steps[(*state >> 1) * kind_count + kinds[number]];
        if (step == no_way) {
            bool known = std::all_of(text.begin() + at, text.end(), [](char c) { return number_of(c) < printable_count; });
            return known ? Automaton::Answer::Never : Automaton::Answer::Unknown;
        }
        state += step;
    }
    return *state & 1 ? Automaton::Answer::Matches : Automaton::Answer::NotYet;
}

}  // namespace zflow::schema
