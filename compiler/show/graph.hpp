/// @file graph.hpp
/// @brief The pipelines as nodes and edges, for the drawings.
#pragma once

#include <string>
#include <vector>

#include "lower/lower.hpp"

namespace zflow::show {

enum class NodeShape : uint8_t { Start, End, Task, Choice, Fork, Join, Map, Poll, Guard, Wait, Fail, Return };

/// Node numbers count over all pipelines.
struct GraphNode {
    NodeShape shape;
    std::string label;
    std::string detail;      ///< second line, or ""
};

struct GraphEdge {
    size_t from, to;
    std::string label;
    bool dashed = false;     ///< errors, and the way back of what goes round
};

struct Graph {
    struct Cluster {
        std::string_view name;
        size_t first, count;             ///< of its nodes
    };
    std::vector<Cluster> pipelines;
    std::vector<GraphNode> nodes;
    std::vector<GraphEdge> edges;
};

/// Steps that only name a value are left out.
Graph graph_of(const lower::Context& context);

/// `text` as one printable line; what is longer than `most` bytes is cut.
std::string label_text(std::string_view text, size_t most = 80);

}  // namespace zflow::show
