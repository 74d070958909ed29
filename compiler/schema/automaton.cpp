#include "schema/automaton.hpp"

#include <algorithm>
#include <utility>

namespace zflow::schema {

namespace {

constexpr size_t most_sets = 64;

}  // namespace

Automaton::Automaton(Nfa nfa) : nfa_(std::move(nfa)), reached_(nfa_.first_edge.size()) {
    find_kinds();
    state_of({});
    walk_++;
    Nodes nodes;
    reach(nfa_.start, nodes);
    state_of(std::move(nodes));
}

void Automaton::find_kinds() {
    kinds_.fill(unknown);
    Printable other;   // those that are not of the kind of their neighbour: few
    for (const Printable& set : nfa_.sets) other |= set ^ set << 1;
    for (size_t i = 0; i < printable_count; i++) {
        if (i && !other[i]) {
            kinds_[first_printable + i] = kinds_[first_printable + i - 1];
            continue;
        }
        uint64_t sets = 0;
        for (size_t s = 0; s < nfa_.sets.size(); s++) sets |= uint64_t{nfa_.sets[s][i]} << s;
        auto at = std::find(sets_of_kind_.begin(), sets_of_kind_.end(), sets);
        kinds_[first_printable + i] = static_cast<uint8_t>(at - sets_of_kind_.begin());
        if (at == sets_of_kind_.end()) sets_of_kind_.push_back(sets);
    }
}

/// All nodes to which one comes without reading: those from which something is read, and the end.
void Automaton::reach(uint16_t node, Nodes& nodes) {
    if (reached_[node] == walk_) return;
    reached_[node] = walk_;
    bool reads = node == nfa_.end;
    for (uint16_t e = nfa_.first_edge[node]; e != Nfa::end_of_list; e = nfa_.edges[e].next) {
        const Nfa::Edge& edge = nfa_.edges[e];
        if (edge.set == Nfa::no_set) reach(edge.to, nodes);
        else reads = true;
    }
    if (reads) nodes.push_back(node);
}

uint16_t Automaton::state_of(Nodes nodes) {
    std::sort(nodes.begin(), nodes.end());
    auto [at, fresh] = numbers_.try_emplace(std::move(nodes), static_cast<uint16_t>(states_.size()));
    if (!fresh) return at->second;
    bool accepts = std::binary_search(at->first.begin(), at->first.end(), nfa_.end);
    states_.push_back({&at->first, accepts});
    next_.resize(states_.size() * sets_of_kind_.size(), not_made);
    return at->second;
}

uint16_t Automaton::make_next(uint16_t state, uint8_t kind) {
    Nodes nodes;
    walk_++;
    for (uint16_t node : *states_[state].nodes)
        for (uint16_t e = nfa_.first_edge[node]; e != Nfa::end_of_list; e = nfa_.edges[e].next) {
            const Nfa::Edge& edge = nfa_.edges[e];
            if (edge.set != Nfa::no_set && (sets_of_kind_[kind] >> edge.set & 1)) reach(edge.to, nodes);
        }
    uint16_t made = state_of(std::move(nodes));
    next_[state * sets_of_kind_.size() + kind] = made;
    return made;
}

Automaton::Answer Automaton::run(std::string_view text) {
    const size_t kinds = sets_of_kind_.size();
    const uint16_t* next = next_.data();
    size_t state = start;
    for (char c : text) {
        uint8_t kind = kinds_[static_cast<unsigned char>(c)];
        if (kind == unknown) return Answer::Unknown;
        size_t before = state;
        state = next[before * kinds + kind];
        if (state != not_made) continue;
        if (states_.size() >= most_states) return Answer::Unknown;
        state = make_next(static_cast<uint16_t>(before), kind);
        next = next_.data();
    }
    if (state == never) return Answer::Never;
    return states_[state].accepts ? Answer::Matches : Answer::NotYet;
}

bool Automaton::complete() {
    for (size_t state = 0; state < states_.size(); state++)
        for (size_t kind = 0; kind < sets_of_kind_.size(); kind++) {
            if (states_.size() >= most_states) return false;
            if (next_[state * sets_of_kind_.size() + kind] == not_made) make_next(static_cast<uint16_t>(state), static_cast<uint8_t>(kind));
        }
    return true;
}

std::optional<Automaton> make_automaton(std::string_view expression) {
    auto nfa = read_nfa(expression);
    if (!nfa || nfa->sets.size() > most_sets) return std::nullopt;
    return Automaton(std::move(*nfa));
}

}  // namespace zflow::schema
