#include "schema/lengths.hpp"

#include <algorithm>
#include <vector>

#include "schema/nfa.hpp"

namespace zflow::schema {

namespace {

/// Ways through the graph of an expression, from each node to its end.
class Ways {
   public:
    explicit Ways(const Nfa& nfa) : nfa_(nfa), nodes_(nfa.first_edge.size()) { walk(nfa.start); }

    Lengths lengths() const {
        const Node& start = nodes_[nfa_.start];
        return {start.least, endless_ ? std::nullopt : std::optional(start.most)};
    }

   private:
    static constexpr size_t no_way = SIZE_MAX / 2;
    struct Node {
        enum : uint8_t { New, Open, Done } state = New;
        size_t least = no_way, most = 0;
    };

    /// A way that comes back to where it was is no shorter one, but there is then no longest.
    void walk(uint16_t id) {
        Node& node = nodes_[id];
        node.state = Node::Open;
        if (id == nfa_.end) node.least = 0;
        for (uint16_t e = nfa_.first_edge[id]; e != Nfa::end_of_list; e = nfa_.edges[e].next) {
            const Nfa::Edge& edge = nfa_.edges[e];
            const Node& to = nodes_[edge.to];
            if (to.state == Node::New) walk(edge.to);
            endless_ |= to.state == Node::Open;
            size_t step = edge.set == Nfa::no_set ? 0 : 1;
            node.least = std::min(node.least, to.least + step);
            node.most = std::max(node.most, to.most + step);
        }
        node.state = Node::Done;
    }

    const Nfa& nfa_;
    std::vector<Node> nodes_;
    bool endless_ = false;
};

}  // namespace

Lengths lengths_of(std::string_view pattern) {
    auto nfa = read_nfa(pattern);
    return nfa ? Ways(*nfa).lengths() : Lengths{};
}

}  // namespace zflow::schema
