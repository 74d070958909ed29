// Mermaid: one flow chart, a subgraph for each pipeline. Syntax: https://mermaid.js.org/syntax/flowchart.html
#include <fmt/format.h>

#include "show/graph.hpp"
#include "show/show.hpp"

namespace zflow::show {

namespace {

/// What stands around a node's quoted label.
std::pair<std::string_view, std::string_view> brackets(NodeShape shape) {
    switch (shape) {
        case NodeShape::Start: return {"((", "))"};
        case NodeShape::End: return {"(((", ")))"};
        case NodeShape::Task: return {"[", "]"};
        case NodeShape::Choice: return {"{", "}"};
        case NodeShape::Fork: return {"[/", "\\]"};
        case NodeShape::Join: return {"[\\", "/]"};
        case NodeShape::Map: return {"[[", "]]"};
        case NodeShape::Poll: return {"{{", "}}"};
        case NodeShape::Guard: return {"[", "]"};
        case NodeShape::Wait: return {"(", ")"};
        case NodeShape::Fail: return {">", "]"};
        case NodeShape::Return: return {"([", "])"};
    }
    return {"[", "]"};
}

/// Text for between quotes: everything that Mermaid, Markdown or HTML would read as more than text is an entity.
std::string escaped(std::string_view text) {
    constexpr std::string_view special = "\"#&<>`%;\\*~|";
    std::string out;
    for (char c : text) {
        if (special.find(c) == std::string_view::npos) out += c;
        else out += fmt::format("#{};", static_cast<int>(c));
    }
    return out;
}

}  // namespace

void mermaid(const lower::Context& context, Buffer& out) {
    Graph graph = graph_of(context);
    out.put("flowchart TD\n");
    for (size_t i = 0; i < graph.pipelines.size(); i++) {
        const Graph::Cluster& cluster = graph.pipelines[i];
        out.put(fmt::format("  subgraph p{}[\"{}\"]\n", i, escaped(cluster.name)));
        for (size_t n = cluster.first; n < cluster.first + cluster.count; n++) {
            const GraphNode& node = graph.nodes[n];
            auto [open, close] = brackets(node.shape);
            std::string detail = node.detail.empty() ? "" : "<br/>" + escaped(node.detail);
            out.put(fmt::format("    n{}{}\"{}{}\"{}\n", n, open, escaped(node.label), detail, close));
        }
        out.put("  end\n");
    }
    for (const GraphEdge& e : graph.edges) {
        std::string text = e.label.empty() ? "" : fmt::format("|\"{}\"|", escaped(e.label));
        out.put(fmt::format("  n{} {}{} n{}\n", e.from, e.dashed ? "-.->" : "-->", text, e.to));
    }
}

}  // namespace zflow::show
