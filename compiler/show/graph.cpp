#include "show/graph.hpp"

#include <fmt/format.h>

#include "diagnostics/utf8.hpp"
#include "show/expression.hpp"

namespace zflow::show {

namespace {

using ir::ValueId;

/// Edges that begin somewhere and wait for what comes next.
struct Open {
    size_t from;
    std::string label;
    bool dashed = false;
};
using Opens = std::vector<Open>;

class Walk {
   public:
    Walk(const lower::Context& context, Graph& graph) : context_(context), graph_(graph), text_(context, 60) {}

    void pipeline(const ir::Pipeline& p) {
        pipeline_ = &p;
        text_.enter(&p);
        size_t first = graph_.nodes.size();
        size_t start = node(NodeShape::Start, "start");
        Opens left = block(p.block, {{start, ""}});
        if (!left.empty()) connect(left, node(NodeShape::End, "end"));
        graph_.pipelines.push_back({context_.names.text(p.name), first, graph_.nodes.size() - first});
    }

   private:
    size_t node(NodeShape shape, std::string_view label, std::string detail = {}) {
        graph_.nodes.push_back({shape, label_text(label), label_text(detail)});
        return graph_.nodes.size() - 1;
    }
    void edge(size_t from, size_t to, std::string_view label, bool dashed = false) {
        graph_.edges.push_back({from, to, label_text(label), dashed});
    }
    void connect(const Opens& opens, size_t to, bool back = false) {
        for (const Open& o : opens) edge(o.from, to, o.label, back || o.dashed);
    }

    Opens block(const ir::Block& b, Opens in) {
        for (ir::StepId id : b.steps) {
            const ir::Step& s = (*pipeline_)[id];
            in = std::visit([&](const auto& is) { return step(s, is, std::move(in)); }, s.is);
        }
        return in;
    }

    static void append(Opens& to, Opens more) {
        for (Open& o : more) to.push_back(std::move(o));
    }

    /// A node that is reached from `in` and goes on to what follows.
    Opens plain(NodeShape shape, const ir::Step& s, std::string detail, const Opens& in) {
        size_t n = node(shape, s.name, std::move(detail));
        connect(in, n);
        return {{n, ""}};
    }

    Opens step(const ir::Step& s, const ir::Task& t, Opens in) {
        if (!t.integration) return plain(NodeShape::Task, s, text_(t.resource), in);
        return plain(NodeShape::Task, s, fmt::format("{}.{}", t.integration->service(), t.integration->operation()), in);
    }

    Opens step(const ir::Step& s, const ir::Raw&, Opens in) { return plain(NodeShape::Task, s, "", in); }

    Opens step(const ir::Step& s, const ir::Choice& c, Opens in) {
        size_t n = node(NodeShape::Choice, s.name);
        connect(in, n);
        Opens out;
        for (const ir::Choice::Arm& a : c.arms)
            append(out, block(a.block, {{n, a.condition == ValueId::none ? "else" : text_(a.condition)}}));
        bool falls_through = c.arms.empty() || c.arms.back().condition != ValueId::none;
        if (falls_through) out.push_back({n, "else"});
        return out;
    }

    Opens step(const ir::Step& s, const ir::Parallel& p, Opens in) {
        size_t fork = node(NodeShape::Fork, s.name);
        connect(in, fork);
        Opens out;
        for (const ir::Parallel::Branch& b : p.branches)
            append(out, block(b.block, {{fork, std::string(context_.names.text(b.name))}}));
        if (out.empty()) return {};
        size_t join = node(NodeShape::Join, "joined");
        connect(out, join);
        return {{join, ""}};
    }

    Opens step(const ir::Step& s, const ir::Map& m, Opens in) {
        bool read = m.distributed && m.distributed->reader != ValueId::none;
        std::string over = read ? fmt::format("rows of {}", text_(m.items)) : fmt::format("over {}", text_(m.items));
        size_t n = node(NodeShape::Map, s.name, m.distributed ? over + ", executions of their own" : over);
        connect(in, n);
        connect(block(m.block, {{n, "each"}}), n, true);
        return {{n, "all done"}};
    }

    Opens step(const ir::Step& s, const ir::Poll& p, Opens in) {
        size_t n = node(NodeShape::Poll, s.name, fmt::format("every {}{}", seconds(p.every), p.backoff > 1 ? ", then less often" : ""));
        connect(in, n);
        Opens turn = block(p.block, {{n, "look"}});
        size_t until = node(NodeShape::Choice, fmt::format("until {}", text_(p.until)));
        connect(turn, until);
        edge(until, n, "not yet", true);
        return {{until, "yes"}};
    }

    std::string seconds(ValueId id) const {
        const ir::Value& v = context_.values[id];
        return v.op == ir::Op::Integer ? duration_text(v.integer) : fmt::format("{} s", text_(id));
    }

    Opens step(const ir::Step& s, const ir::Try& t, Opens in) {
        size_t n = node(NodeShape::Guard, s.name);
        connect(in, n);
        Opens out = block(t.block, {{n, ""}});
        for (const ir::Try::Handler& h : t.handlers)
            append(out, block(h.block, {{n, fmt::format("catch {}", fmt::join(h.errors, ", ")), true}}));
        return out;
    }

    Opens step(const ir::Step& s, const ir::Attempts& a, Opens in) {
        size_t n = node(NodeShape::Guard, s.name);
        connect(in, n);
        for (const ir::RetryRule& r : a.rules)
            edge(n, n, fmt::format("{} times on {}", r.attempts, fmt::join(r.errors, ", ")), true);
        return block(a.block, {{n, ""}});
    }

    Opens step(const ir::Step& s, const ir::Wait& w, Opens in) {
        bool until = w.timestamp != ValueId::none;
        return plain(NodeShape::Wait, s, until ? fmt::format("until {}", text_(w.timestamp)) : seconds(w.seconds), in);
    }

    Opens step(const ir::Step& s, const ir::Fail& f, Opens in) {
        bool named = s.name.find(f.error) != std::string_view::npos;   // "fail TooWeak" says it already
        bool again = f.rethrow != ir::StepId::none;
        plain(NodeShape::Fail, s, again ? "what was caught" : named ? "" : std::string(f.error), in);
        return {};
    }

    Opens step(const ir::Step& s, const ir::Return&, Opens in) {
        plain(NodeShape::Return, s, "", in);
        return {};
    }

    Opens step(const ir::Step&, const ir::Let&, Opens in) { return in; }
    Opens step(const ir::Step&, const ir::Check&, Opens in) { return in; }

    const lower::Context& context_;
    Graph& graph_;
    ExpressionText text_;
    const ir::Pipeline* pipeline_ = nullptr;
};

}  // namespace

Graph graph_of(const lower::Context& context) {
    Graph graph;
    Walk walk(context, graph);
    for (const ir::Pipeline& p : context.stack.pipelines) walk.pipeline(p);
    return graph;
}

std::string label_text(std::string_view text, size_t most) {
    std::string line = printable_line(text);
    if (line.size() <= most) return line;
    while (most > 0 && (static_cast<unsigned char>(line[most]) & 0xC0) == 0x80) most--;
    line.resize(most);
    return line + "…";
}

}  // namespace zflow::show
