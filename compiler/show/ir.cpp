// The typed program as indented text: one thing a line, each value with its binding time and its type.
#include <fmt/format.h>

#include "show/expression.hpp"
#include "show/show.hpp"

namespace zflow::show {

namespace {

using ir::Op;
using ir::ValueId;
using types::TypeKind;

constexpr size_t inline_width = 90;    // a record or list as long as this stays on its line
constexpr size_t text_width = 200;     // longer texts, such as the source of a function, are cut

class ProgramText {
   public:
    ProgramText(const lower::Context& context, Buffer& out)
        : context_(context), out_(out), text_(context, text_width) {}

    void stack() {
        const ir::Stack& s = context_.stack;
        line(fmt::format("stack {}{}", names(s.name), described(s.description)));
        indent_++;
        line(fmt::format("encryption {}{}, logging {}, tracing {}", on(s.encryption), s.keep_key ? "" : " (key goes with the stack)",
                         on(s.logging), on(s.tracing)));
        if (s.log_retention != ValueId::none) value("log_retention", s.log_retention);
        if (s.alarms != ValueId::none) value("alarms", s.alarms);
        for (const ir::Tag& t : s.tags) value(fmt::format("tag {}", t.key), t.value);
        indent_--;
        for (const ir::Parameter& p : s.parameters) parameter(p);
        for (const ir::Secret& secret : s.secrets) line(fmt::format("secret {}", text_.quoted(secret.name)));
        for (const ir::Resource& r : s.resources) resource(r);
        for (const ir::Role& r : s.roles) role(r);
        for (const ir::Pipeline& p : s.pipelines) pipeline(p);
        for (const ir::Output& o : s.outputs) value(fmt::format("output {}", o.logical_id), o.value);
    }

   private:
    std::string_view names(Symbol symbol) const { return context_.names.text(symbol); }
    static std::string_view on(bool flag) { return flag ? "on" : "off"; }
    std::string described(std::string_view comment) const {
        return comment.empty() ? std::string() : fmt::format(" {}", text_.quoted(comment));
    }
    std::string type(types::TypeId id) const { return context_.types.text(id, context_.names); }

    void line(std::string_view text) {
        out_.spaces(indent_ * 2);
        out_.put(text);
        out_.put('\n');
    }

    template <typename Inside>
    void under(std::string_view title, Inside inside) {
        line(title);
        indent_++;
        inside();
        indent_--;
    }

    /// "run String", "const Int", "deploy" for a record whose type is only its own fields.
    std::string marked(ValueId id) const {
        const ir::Value& v = context_.values[id];
        constexpr std::string_view times[] = {"const", "deploy", "run"};
        std::string out(times[static_cast<size_t>(v.time)]);
        TypeKind kind = context_.types.kind(v.type);
        if (kind == TypeKind::Literals || v.op == Op::Null) return out;
        (out += ' ') += type(v.type);
        if (v.optional && !context_.types.is_optional(v.type)) out += '?';
        return out;
    }

    bool opened(ValueId id) const {
        const ir::Value& v = context_.values[id];
        return (v.op == Op::Record || v.op == Op::List) && v.b > 0;
    }

    /// `name: run String = …`, or for a long record or list its members on lines of their own.
    void value(std::string_view name, ValueId id) {
        std::string shown = text_(id);
        bool mixed = opened(id) && !same_time_inside(id);
        if (!opened(id) || (!mixed && shown.size() <= inline_width))
            return line(fmt::format("{}: {} = {}", name, marked(id), shown));
        bool list = context_.values[id].op == Op::List;
        under(fmt::format("{}: {}", name, marked(id)), [&] {
            if (list)
                for (ValueId item : context_.values.links(id)) value("-", item);
            else
                for (const ir::Field& f : context_.values.fields(id)) value(names(f.key), f.value);
        });
    }

    /// Every leaf of a short record is known at the same time, so that one mark tells it all.
    bool same_time_inside(ValueId id) const {
        ir::Time time = context_.values[id].time;
        if (time == ir::Time::Const) return true;
        auto same = [&](ValueId inner) {
            return context_.values[inner].time == time && (!opened(inner) || same_time_inside(inner));
        };
        if (context_.values[id].op == Op::List) {
            for (ValueId item : context_.values.links(id))
                if (!same(item)) return false;
        } else {
            for (const ir::Field& f : context_.values.fields(id))
                if (!same(f.value)) return false;
        }
        return true;
    }

    void optional_value(std::string_view name, ValueId id) {
        if (id != ValueId::none) value(name, id);
    }

    void parameter(const ir::Parameter& p) {
        std::string fallback = p.fallback == ValueId::none ? "" : " = " + text_(p.fallback);
        line(fmt::format("parameter {} ({}): {}{}{}", names(p.name), p.logical_id, type(p.type), fallback,
                         described(p.description)));
    }

    void resource(const ir::Resource& r) {
        under(fmt::format("resource {} {}{}", r.logical_id, r.type, r.retain ? " retained" : ""), [&] {
            for (std::string_view d : r.depends_on) line(fmt::format("after {}", d));
            if (r.properties == ValueId::none) return;
            for (const ir::Field& f : context_.values.fields(r.properties)) value(names(f.key), f.value);
        });
    }

    void rights(const std::vector<ir::Access>& access, const std::vector<ir::Grant>& grants) {
        for (const ir::Access& a : access) value(fmt::format("access {}", a.intent), a.target);
        for (const ir::Grant& g : grants)
            under(fmt::format("grant {}", fmt::join(g.actions, ", ")), [&] {
                for (ValueId r : g.resources) value("on", r);
            });
    }

    void role(const ir::Role& r) {
        under(fmt::format("role {} for {}", r.logical_id, r.service), [&] { rights(r.access, r.grants); });
    }

    void pipeline(const ir::Pipeline& p) {
        pipeline_ = &p;
        text_.enter(&p);
        under(fmt::format("pipeline {} ({}){}", names(p.name), p.logical_id, described(p.comment)), [&] {
            for (const ir::PipelineInput& i : p.inputs) input(i);
            if (p.express.known()) line("express");
            optional_value("timeout", p.timeout);
            for (const ir::Schedule& s : p.schedules) schedule(s);
            for (const ir::EventRule& e : p.events) event(e);
            for (const ir::QueueReader& r : p.readers) reader(r);
            rights(p.access, p.grants);
            for (const ir::Cleanup& c : p.cleanup) line(fmt::format("cleanup {}", context_.stack.resources[c.function].logical_id));
            block("steps", p.block);
        });
        pipeline_ = nullptr;
        text_.enter(nullptr);
    }

    void input(const ir::PipelineInput& i) {
        std::string fallback;
        if (i.fallback != ValueId::none) fallback = fmt::format(" = {} ({})", text_(i.fallback), marked(i.fallback));
        line(fmt::format("input {}: {}{}{}", names(i.name), type(i.type), fallback, described(i.description)));
    }

    void schedule(const ir::Schedule& s) {
        std::string title = fmt::format("schedule {}", s.expression);
        if (!s.zone.empty()) title += fmt::format(" in {}", s.zone);
        if (!s.start.empty()) title += fmt::format(" from {}", s.start);
        if (!s.end.empty()) title += fmt::format(" until {}", s.end);
        if (s.window) title += fmt::format(" within {}", duration_text(s.window * 60));
        under(title, [&] {
            line(delivery(s.delivery));
            optional_value("state", s.state);
            optional_value("input", s.input);
        });
    }

    static std::string delivery(const ir::Delivery& d) {
        return fmt::format("tried {} times more, for {}", d.retries, duration_text(d.max_age));
    }

    void event(const ir::EventRule& e) {
        under("for each event", [&] {
            value("pattern", e.pattern);
            if (context_.values[e.bus].op != Op::Null) value("bus", e.bus);
            line(delivery(e.delivery));
            optional_value("state", e.state);
            value("input", e.input);
        });
    }

    void reader(const ir::QueueReader& r) {
        std::string wait = r.wait ? fmt::format(", filled up for {}", duration_text(r.wait)) : "";
        under(fmt::format("for {} of a queue{}", r.batch > 1 ? fmt::format("up to {} messages", r.batch) : "each message", wait), [&] {
            value("queue", r.queue);
            optional_value("state", r.state);
            value("each", r.input);
        });
    }

    // --- steps

    void block(std::string_view title, const ir::Block& b) {
        under(fmt::format("{}{}{}", title, b.steps.empty() ? ": nothing" : "", b.ends ? " (does not go on)" : ""), [&] {
            for (ir::StepId id : b.steps) step((*pipeline_)[id]);
        });
    }

    /// `task train.job: sagemaker.createTrainingJob`, then what is in it.
    void step(const ir::Step& s) {
        step_ = &s;
        std::visit([this](const auto& is) { this->is(is); }, s.is);
    }

    std::string title(std::string_view word) const {
        bool same = step_->variable.empty() || step_->variable == step_->name;
        std::string other = same ? "" : fmt::format(" as {}", step_->variable);
        return fmt::format("{} `{}`{}{}", word, step_->name, other, described(step_->comment));
    }

    void is(const ir::Task& t) {
        under(fmt::format("{}: {}", title("task"), callee(t)), [&] {
            optional_value("timeout", t.timeout);
            optional_value("heartbeat", t.heartbeat);
            for (const ir::RetryRule& r : t.retry) retry(r);
            if (t.arguments == ValueId::none) return;
            for (const ir::Field& f : context_.values.fields(t.arguments)) value(names(f.key), f.value);
        });
    }

    std::string callee(const ir::Task& t) const {
        if (!t.integration) return text_(t.resource);
        schema::Pattern pattern = t.integration->pattern();
        std::string suffix = pattern == schema::Pattern::Request ? "" : fmt::format(".{}", schema::to_string(pattern));
        return fmt::format("{}.{}{}", t.integration->service(), t.integration->operation(), suffix);
    }

    void is(const ir::Raw& raw) {
        under(title("state"), [&] {
            for (const ir::Field& f : context_.values.fields(raw.state)) value(names(f.key), f.value);
        });
    }

    void retry(const ir::RetryRule& r) {
        std::string more = r.max_delay ? fmt::format(", at most {}", duration_text(r.max_delay)) : "";
        if (r.jitter) more += ", jitter";
        line(fmt::format("retry {} times on {}: after {}, × {}{}", r.attempts, fmt::join(r.errors, ", "),
                         duration_text(r.interval), r.backoff, more));
    }

    void is(const ir::Choice& c) {
        under(title("choice"), [&] {
            for (const ir::Choice::Arm& a : c.arms) {
                bool other = a.condition == ValueId::none;
                block(other ? "else" : fmt::format("when {} = {}", marked(a.condition), text_(a.condition)), a.block);
            }
            joins(c.joins);
        });
    }

    void joins(const std::vector<ir::Join>& all) {
        for (const ir::Join& j : all)
            under(fmt::format("leaves {}", names(j.name)), [&] {
                for (size_t i = 0; i < j.values.size(); i++)
                    if (j.values[i] != ValueId::none) value(fmt::format("arm {}", i), j.values[i]);
            });
    }

    void is(const ir::Parallel& p) {
        under(title("parallel"), [&] {
            if (p.keeps_going) line("goes on when a branch fails");
            for (const ir::RetryRule& r : p.retry) retry(r);
            for (const ir::Parallel::Branch& b : p.branches) block(fmt::format("branch {}", names(b.name)), b.block);
        });
    }

    void is(const ir::Map& m) {
        under(title(m.distributed ? "distributed map" : "map"), [&] {
            if (!m.distributed || m.distributed->reader == ValueId::none) value("over", m.items);
            if (m.distributed) distributed(*m.distributed);
            if (m.keeps_going) line("goes on when a turn fails");
            optional_value("at_most", m.at_most);
            for (const ir::RetryRule& r : m.retry) retry(r);
            block("each", m.block);
            optional_value("yields", m.result);
        });
    }

    void distributed(const ir::Distributed& d) {
        line(fmt::format("label {}{}", d.label, d.express ? ", express" : ""));
        optional_value(d.lists ? "lists" : "reads", d.reader);
        optional_value("reader", d.reader_config);
        optional_value("item", d.decode);
        optional_value("batch", d.batch);
        optional_value("tolerates", d.tolerated_count);
        optional_value("tolerates percent", d.tolerated_percentage);
        optional_value("writes", d.writer);
    }

    void is(const ir::Check& c) {
        under(title("check"), [&] {
            value("of", c.value);
            line(fmt::format("is {}", type(c.type)));
        });
    }

    void is(const ir::Poll& p) {
        under(title("poll"), [&] {
            value("every", p.every);
            if (p.backoff > 1) line(fmt::format("each wait {} times as long", p.backoff));
            if (p.turns != ValueId::none) value("turns", p.turns);
            else value("up to", p.up_to);
            line(fmt::format("else fails with {}", p.error));
            block("turn", p.block);
            value("until", p.until);
        });
    }

    void is(const ir::Try& t) {
        under(title("try"), [&] {
            block("do", t.block);
            for (const ir::Try::Handler& h : t.handlers)
                block(fmt::format("catch {}", fmt::join(h.errors, ", ")), h.block);
            joins(t.joins);
        });
    }

    void is(const ir::Attempts& a) {
        under(title("attempts"), [&] {
            for (const ir::RetryRule& r : a.rules) retry(r);
            block("do", a.block);
        });
    }

    void is(const ir::Wait& w) {
        under(title("wait"), [&] {
            optional_value("seconds", w.seconds);
            optional_value("until", w.timestamp);
        });
    }

    void is(const ir::Fail& f) {
        under(title("fail"), [&] {
            if (f.rethrow != ir::StepId::none)
                line(fmt::format("with what handler {} of {} caught", f.handler, (*pipeline_)[f.rethrow].variable));
            else line(fmt::format("error {}", text_.quoted(f.error)));
            optional_value("cause", f.cause);
        });
    }

    void is(const ir::Return& r) {
        under(title("return"), [&] { optional_value("result", r.value); });
    }

    void is(const ir::Let& l) {
        under(title("let"), [&] { optional_value("is", l.value); });
    }

    lower::Context context_;
    Buffer& out_;
    ExpressionText text_;
    const ir::Pipeline* pipeline_ = nullptr;
    const ir::Step* step_ = nullptr;
    size_t indent_ = 0;
};

}  // namespace

void ir(const lower::Context& context, Buffer& out) { ProgramText(context, out).stack(); }

}  // namespace zflow::show
