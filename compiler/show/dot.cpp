// Graphviz: one digraph, a cluster for each pipeline. Language: https://graphviz.org/doc/info/lang.html
#include <fmt/format.h>

#include "show/graph.hpp"
#include "show/show.hpp"

namespace zflow::show {

namespace {

std::string_view attributes(NodeShape shape) {
    switch (shape) {
        case NodeShape::Start: return "shape=circle, style=filled, fillcolor=black, fontcolor=white, fontsize=8";
        case NodeShape::End: return "shape=doublecircle, fontsize=8";
        case NodeShape::Task: return "shape=box, style=\"rounded,filled\", fillcolor=\"#e8f0fe\"";
        case NodeShape::Choice: return "shape=diamond, style=filled, fillcolor=\"#fff4d6\"";
        case NodeShape::Fork: return "shape=trapezium";
        case NodeShape::Join: return "shape=invtrapezium";
        case NodeShape::Map: return "shape=box3d";
        case NodeShape::Poll: return "shape=hexagon";
        case NodeShape::Guard: return "shape=component";
        case NodeShape::Wait: return "shape=box, style=dashed";
        case NodeShape::Fail: return "shape=octagon, style=filled, fillcolor=\"#fde0dd\"";
        case NodeShape::Return: return "shape=box, peripheries=2";
    }
    return "";
}

/// A double-quoted string. Special there are only the quote, the backslash and `&`, which begins an entity in a label.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') (out += '\\') += c;
        else if (c == '&') out += "&amp;";
        else out += c;
    }
    return out + '"';
}

std::string label(const GraphNode& node) {
    std::string out = quoted(node.label);
    if (node.detail.empty()) return out;
    out.pop_back();
    return out + "\\n" + quoted(node.detail).substr(1);
}

}  // namespace

void dot(const lower::Context& context, Buffer& out) {
    Graph graph = graph_of(context);
    out.put(fmt::format("digraph {} {{\n", quoted(context.names.text(context.stack.name))));
    out.put("  node [fontname=\"Helvetica\", fontsize=11];\n  edge [fontname=\"Helvetica\", fontsize=9];\n");
    for (size_t i = 0; i < graph.pipelines.size(); i++) {
        const Graph::Cluster& cluster = graph.pipelines[i];
        out.put(fmt::format("  subgraph cluster_{} {{\n    label={};\n", i, quoted(cluster.name)));
        for (size_t n = cluster.first; n < cluster.first + cluster.count; n++)
            out.put(fmt::format("    n{} [label={}, {}];\n", n, label(graph.nodes[n]),
                                attributes(graph.nodes[n].shape)));
        out.put("  }\n");
    }
    for (const GraphEdge& e : graph.edges) {
        std::string text = e.label.empty() ? "" : fmt::format("label={}", quoted(e.label));
        if (e.dashed) text += text.empty() ? "style=dashed" : ", style=dashed";
        if (!text.empty()) text = fmt::format(" [{}]", text);
        out.put(fmt::format("  n{} -> n{}{};\n", e.from, e.to, text));
    }
    out.put("}\n");
}

}  // namespace zflow::show
