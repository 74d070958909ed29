// The typed program for programs: values as a table in which each stands once, steps that refer to them by number.
// A value has `op` and what it is made of, a step `kind` and its blocks; blocks list steps in order.
#include <unordered_map>

#include "diagnostics/json_text.hpp"
#include "show/expression.hpp"
#include "show/show.hpp"

namespace zflow::show {

namespace {

using ir::Op;
using ir::StepId;
using ir::Value;
using ir::ValueId;

class ProgramJson {
   public:
    explicit ProgramJson(const lower::Context& context) : context_(context), text_(context, SIZE_MAX) {}

    std::string write() {
        json_.open('{').key("pipelines").open('[');
        for (const ir::Pipeline& p : context_.stack.pipelines) pipeline(p);
        json_.close(']').close('}');
        return json_.take();
    }

   private:
    std::string_view name(Symbol symbol) const { return context_.names.text(symbol); }

    void pipeline(const ir::Pipeline& p) {
        pipeline_ = &p;
        numbers_.clear();
        pending_.clear();
        text_.enter(&p);
        json_.open('{').key("name").text(name(p.name)).key("inputs").open('[');
        for (const ir::PipelineInput& i : p.inputs) {
            json_.open('{', true).key("name").text(name(i.name)).key("type").text(context_.types.text(i.type, context_.names));
            optional("default", i.fallback);
            json_.close('}');
        }
        json_.close(']').key("steps").open('[');
        for (const ir::Step& s : p.steps) step(s);
        json_.close(']').key("block");
        block(p.block);
        json_.key("values").open('[');
        for (size_t i = 0; i < pending_.size(); i++) value(pending_[i]);   // which may name more
        json_.close(']').close('}');
        text_.enter(nullptr);
    }

    // --- steps

    void step(const ir::Step& s) {
        json_.open('{', true).key("name").text(s.name);
        std::visit([this](const auto& is) { this->is(is); }, s.is);
        json_.close('}');
    }

    JsonWriter& kind(std::string_view word) { return json_.key("kind").text(word); }

    void is(const ir::Task& t) {
        kind("task");
        if (t.integration) {
            json_.key("service").text(t.integration->service()).key("operation").text(t.integration->operation());
            json_.key("pattern").text(schema::to_string(t.integration->pattern()));
        }
        optional("resource", t.resource);
        optional("arguments", t.arguments);
        optional("timeout", t.timeout);
        optional("heartbeat", t.heartbeat);
        rules(t.retry);
    }
    void is(const ir::Raw& raw) { kind("state"), optional("state", raw.state); }
    void is(const ir::Choice& c) {
        kind("choice").key("arms").open('[');
        for (const auto& arm : c.arms) {
            json_.open('{');
            optional("condition", arm.condition);
            json_.key("block"), block(arm.block), json_.close('}');
        }
        json_.close(']'), joins(c.joins);
    }
    void is(const ir::Parallel& p) {
        kind("parallel").key("branches").open('[');
        for (const auto& b : p.branches) json_.open('{').key("name").text(name(b.name)).key("block"), block(b.block), json_.close('}');
        json_.close(']'), flag("keeps_going", p.keeps_going), rules(p.retry);
    }
    void is(const ir::Map& m) {
        kind("map");
        optional("items", m.items);
        json_.key("block"), block(m.block);
        optional("yields", m.result);
        optional("at_most", m.at_most);
        flag("keeps_going", m.keeps_going), flag("distributed", bool(m.distributed)), rules(m.retry);
    }
    void is(const ir::Poll& p) {
        kind("poll").key("block"), block(p.block);
        optional("until", p.until);
        optional("every", p.every);
        optional("turns", p.turns);
        json_.key("error").text(p.error);
    }
    void is(const ir::Try& t) {
        kind("try").key("block"), block(t.block);
        json_.key("handlers").open('[');
        for (const auto& h : t.handlers) {
            json_.open('{');
            errors(h.errors), json_.key("block"), block(h.block), json_.close('}');
        }
        json_.close(']'), joins(t.joins);
    }
    void is(const ir::Attempts& a) { kind("attempts").key("block"), block(a.block), rules(a.rules); }
    void is(const ir::Wait& w) { kind("wait"), optional("seconds", w.seconds), optional("until", w.timestamp); }
    void is(const ir::Fail& f) {
        kind("fail");
        if (f.rethrow == StepId::none) json_.key("error").text(f.error);
        else json_.key("rethrows").number(static_cast<uint32_t>(f.rethrow)).key("handler").number(f.handler);
        optional("cause", f.cause);
    }
    void is(const ir::Return& r) { kind("return"), optional("value", r.value); }
    void is(const ir::Let& l) { kind("let"), optional("value", l.value); }
    void is(const ir::Check& c) {
        kind("check"), optional("value", c.value);
        json_.key("type").text(context_.types.text(c.type, context_.names)).key("error").text(c.error);
    }

    void block(const ir::Block& b) {
        json_.open('{', true).key("steps").open('[');
        for (StepId id : b.steps) json_.number(static_cast<uint32_t>(id));
        json_.close(']'), flag("ends", b.ends), json_.close('}');
    }
    void joins(const std::vector<ir::Join>& all) {
        json_.key("joins").open('[');
        for (const ir::Join& j : all) {
            json_.open('{').key("name").text(name(j.name)).key("values").open('[');
            for (ValueId v : j.values) reference(v);
            json_.close(']').close('}');
        }
        json_.close(']');
    }
    void errors(ir::ErrorNames names) {
        json_.key("errors").open('[');
        for (std::string_view n : names) json_.text(n);
        json_.close(']');
    }
    void rules(ir::RetryRules all) {
        json_.key("retry").open('[');
        for (const ir::RetryRule& r : all) {
            json_.open('{');
            errors(r.errors), json_.key("attempts").number(static_cast<uint64_t>(r.attempts)).close('}');
        }
        json_.close(']');
    }
    void flag(std::string_view key, bool set) {
        if (set) json_.key(key).raw("true");
    }

    // --- values

    void reference(ValueId id) {
        if (id == ValueId::none) return void(json_.null());
        auto [at, fresh] = numbers_.try_emplace(static_cast<uint32_t>(id), static_cast<uint32_t>(numbers_.size()));
        if (fresh) pending_.push_back(id);
        json_.number(at->second);
    }
    void optional(std::string_view key, ValueId id) {
        if (id != ValueId::none) json_.key(key), reference(id);
    }
    void links(std::string_view key, ValueId id) {
        json_.key(key).open('[');
        for (ValueId link : context_.values.links(id)) reference(link);
        json_.close(']');
    }
    void step_of(const Value& v) { json_.key("step").number(v.a); }

    void value(ValueId id) {
        const Value& v = context_.values[id];
        json_.open('{', true).key("op").text(op_name(v));
        content(id, v);
        json_.key("time").text(v.time == ir::Time::Const ? "const" : v.time == ir::Time::Deploy ? "deploy" : "run");
        json_.close('}');
    }

    static std::string_view op_name(const Value& v) {
        switch (v.op) {
            case Op::Null: return "none";
            case Op::Bool: case Op::Integer: case Op::Decimal: case Op::String: return "constant";
            case Op::List: return "list";
            case Op::Record: return "record";
            case Op::Concat: return "text";
            case Op::Binary: return "binary";
            case Op::Unary: return "unary";
            case Op::Conditional: return "if";
            case Op::Member: return "member";
            case Op::Index: return "index";
            case Op::Call: return "call";
            case Op::For: return "for";
            case Op::Local: return "local";
            case Op::Input: return "input";
            case Op::Result: return "result";
            case Op::Item: return "item";
            case Op::ItemIndex: return "item_index";
            case Op::Problem: return "problem";
            case Op::Joined: return "joined";
            default: return "other";             // `text` has it as `--emit ir` writes it
        }
    }

    void content(ValueId id, const Value& v) {
        auto part = [&](std::string_view key, uint32_t value) { json_.key(key), reference(ValueId{value}); };
        switch (v.op) {
            case Op::Null: return;
            case Op::Bool: json_.key("value").raw(v.a ? "true" : "false"); return;
            case Op::Integer: json_.key("value").raw(std::to_string(v.integer)); return;
            case Op::Decimal: json_.key("value").raw(v.text()); return;
            case Op::String: json_.key("value").text(v.text()); return;
            case Op::List: return links("items", id);
            case Op::Concat: return links("parts", id);
            case Op::Record:
                json_.key("fields").open('[');
                for (const ir::Field& f : context_.values.fields(id)) json_.open('[').text(name(f.key)), reference(f.value), json_.close(']');
                json_.close(']');
                return;
            case Op::Binary: json_.key("operator").text(operator_text(v.sub)), part("a", v.a), part("b", v.b); return;
            case Op::Unary: json_.key("operator").text(operator_text(v.sub)), part("a", v.a); return;
            case Op::Conditional: part("condition", v.a), part("then", v.b), part("else", v.c); return;
            case Op::Member: part("of", v.a), json_.key("name").text(name(Symbol{v.b})); return;
            case Op::Index: part("of", v.a), part("at", v.b); return;
            case Op::Call: json_.key("function").text(function_name(v.sub)), links("arguments", id); return;
            case Op::For:
                part("over", v.a), json_.key("loop").number(v.b);
                part("body", static_cast<uint32_t>(context_.values.loop(v).body));
                optional("filter", context_.values.loop(v).filter);
                return;
            case Op::Local: json_.key("loop").number(v.a); return;
            case Op::Input: json_.key("name").text(name(pipeline_->inputs[v.a].name)); return;
            case Op::Result: step_of(v), path(v.b); return;
            case Op::Item: case Op::ItemIndex: step_of(v); return;
            case Op::Problem:
                step_of(v), json_.key("handler").number(v.b);
                json_.key("part").text(v.c == 2 ? "all" : v.c ? "cause" : "error");
                return;
            case Op::Joined: step_of(v), json_.key("join").number(v.b); return;
            default: json_.key("text").text(text_(id)); return;
        }
    }

    void path(uint32_t id) {
        std::vector<std::string_view> members;
        for (; id; id = context_.values.path(id).parent) members.push_back(name(context_.values.path(id).member));
        json_.key("path").open('[');
        for (size_t i = members.size(); i-- > 0;) json_.text(members[i]);
        json_.close(']');
    }

    const lower::Context& context_;
    ExpressionText text_;
    JsonWriter json_;
    const ir::Pipeline* pipeline_ = nullptr;
    std::unordered_map<uint32_t, uint32_t> numbers_;
    std::vector<ValueId> pending_;
};

}  // namespace

void ir_json(const lower::Context& context, Buffer& out) { out.put(ProgramJson(context).write()); }

}  // namespace zflow::show
