/// @file nfa.hpp
/// @brief Plain regular expressions, read into a graph whose ways from `start` to `end` spell the texts they match.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace zflow::schema {

/// The characters that an Nfa knows. All others are left to PCRE2.
inline constexpr unsigned char first_printable = ' ', last_printable = '~';
inline constexpr size_t printable_count = last_printable - first_printable + 1;
using Printable = std::bitset<printable_count>;

struct Nfa {
    static constexpr uint16_t no_set = UINT16_MAX, end_of_list = UINT16_MAX;
    struct Edge {
        uint16_t set;    ///< one of these characters, or `no_set`: nothing is read
        uint16_t to;
        uint16_t next;   ///< the next edge of the same node
    };
    std::vector<Printable> sets;
    std::vector<Edge> edges;
    std::vector<uint16_t> first_edge;   ///< by node
    uint16_t start = 0, end = 0;
};

/// Reads an expression in the spelling of PCRE2 that has to match a whole text. Nothing when it needs more than a graph can say
/// (a look around, a reference back, an anchor in the middle), or is very large.
std::optional<Nfa> read_nfa(std::string_view expression);

}  // namespace zflow::schema
