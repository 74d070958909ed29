#include "show/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "diagnostics/utf8.hpp"
#include "ir/joins.hpp"

namespace zflow::show {

namespace {

using ir::Op;
using ir::Value;
using ir::ValueId;
using types::TypeKind;

/// By syntax::Operator: what is written, and how tightly it binds.
struct OperatorForm {
    std::string_view text;
    int binding;
};

constexpr OperatorForm operators[] = {
    {"", 0}, {" or ", 1},  {" and ", 2}, {"not ", 3}, {" == ", 4}, {" != ", 4}, {" < ", 4}, {" <= ", 4}, {" > ", 4},
    {" >= ", 4}, {" in ", 4}, {" ?? ", 5},  {" + ", 6},  {" - ", 6},  {" * ", 7},  {" / ", 7}, {" % ", 7},  {"-", 8},
};
static_assert(std::size(operators) == static_cast<size_t>(syntax::Operator::Minus) + 1);
constexpr int member_binding = 9;

/// By ir::Builtin.
constexpr std::string_view functions[] = {
    "string", "number", "length", "upper", "lower", "trim", "contains", "starts_with", "ends_with", "replace", "split",
    "join", "before", "after", "after_last", "substring", "min", "max", "sum", "average", "round", "floor", "ceil", "abs",
    "keys", "values", "merge", "exists", "sort", "distinct", "reverse", "json", "parse_json", "hash", "base64_encode",
    "base64_decode", "now", "format_date", "add_days", "tagged", "untagged", "zip", "present", "range", "append",
};
static_assert(std::size(functions) == static_cast<size_t>(ir::Builtin::Append) + 1);

const OperatorForm& form(const Value& value) { return operators[value.sub]; }

void append_escaped(std::string_view text, std::string& out) {
    for (size_t at = 0; at < text.size();) {
        CodePoint c = decode(text, at);
        std::string_view bytes = text.substr(at, c.size);
        at += c.size;
        if (c.value == '"' || c.value == '\\') (out += '\\') += bytes;
        else if (c.value == '\n') out += "\\n";
        else if (c.value == '\r') out += "\\r";
        else if (c.value == '\t') out += "\\t";
        else if (c.value == '$' && text.substr(at).starts_with('{')) out += "\\$";
        else if (!c.valid) out += replacement_text;
        else if (must_not_be_shown(c.value)) out += fmt::format("\\u{{{:X}}}", static_cast<uint32_t>(c.value));
        else out += bytes;
    }
}

/// The first `most` bytes of a text, never half a character.
std::string_view beginning(std::string_view text, size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) most--;
    return text.substr(0, most);
}

bool is_word(std::string_view text) {
    if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
    for (char c : text)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    return true;
}

std::string size_text(int64_t bytes) {
    constexpr std::pair<int64_t, std::string_view> units[] = {
        {1'000'000'000'000, "TB"}, {1'000'000'000, "GB"}, {1'000'000, "MB"}, {1'000, "KB"}};
    for (auto [factor, unit] : units)
        if (bytes && bytes % factor == 0) return fmt::format("{}{}", bytes / factor, unit);
    return fmt::format("{} bytes", bytes);
}

}  // namespace

std::string_view operator_text(uint8_t sub) {
    std::string_view text = operators[sub].text;
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::string_view function_name(uint8_t sub) { return functions[sub]; }

std::string duration_text(int64_t seconds) {
    constexpr std::pair<int64_t, char> units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    if (seconds <= 0) return fmt::format("{}s", seconds);
    std::string out;
    for (auto [factor, unit] : units) {
        if (seconds >= factor) out += fmt::format("{}{}", seconds / factor, unit);
        seconds %= factor;
    }
    return out;
}

std::string ExpressionText::operator()(ValueId id) const {
    std::string out;
    expression(id, out);
    if (out.size() > most_) out = std::string(beginning(out, most_)) + "…";
    return out;
}

std::string ExpressionText::quoted(std::string_view text) const {
    std::string_view shown = beginning(text, most_);
    std::string out = "\"";
    append_escaped(shown, out);
    if (shown.size() < text.size()) out += fmt::format("…\" and {} more bytes", text.size() - shown.size());
    else out += '"';
    return out;
}

std::string_view ExpressionText::variable(uint32_t step) const {
    return pipeline_ ? std::string_view(pipeline_->steps[step].variable) : "a_stage";
}

void ExpressionText::expression(ValueId id, std::string& out, int least) const {
    // values are shared: written out in full, a small program can have an expression of any length
    if (out.size() > most_) return;
    const Value& v = context_.values[id];
    switch (v.op) {
        case Op::List:
            out += '[';
            comma_list(context_.values.links(id), out);
            out += ']';
            return;
        case Op::Call:
            (out += functions[v.sub]) += '(';
            comma_list(context_.values.links(id), out);
            out += ')';
            return;
        case Op::Record: return record(id, out);
        case Op::Concat: return concat(id, out);
        case Op::Binary: return binary(v, out, least);
        case Op::Unary:
            if (form(v).binding < least) out += '(';
            out += form(v).text;
            expression(ValueId{v.a}, out, form(v).binding);
            if (form(v).binding < least) out += ')';
            return;
        case Op::Conditional: return conditional(v, out, least);
        case Op::Member:
            expression(ValueId{v.a}, out, member_binding);
            (out += '.') += name(v.b);
            return;
        case Op::Index:
            expression(ValueId{v.a}, out, member_binding);
            out += '[';
            expression(ValueId{v.b}, out);
            out += ']';
            return;
        case Op::For: return loop(v, out);
        default: return leaf(v, out);
    }
}

void ExpressionText::leaf(const Value& v, std::string& out) const {
    const ir::Stack& stack = context_.stack;
    switch (v.op) {
        case Op::Null: out += "none"; return;
        case Op::Bool: out += v.a ? "true" : "false"; return;
        case Op::Integer:
            if (context_.types.kind(v.type) == TypeKind::Duration) out += duration_text(v.integer);
            else if (context_.types.kind(v.type) == TypeKind::Size) out += size_text(v.integer);
            else out += std::to_string(v.integer);
            return;
        case Op::Decimal: out += v.text(); return;
        case Op::String: out += quoted(v.text()); return;
        case Op::Local: {   // named by depth: an edit elsewhere must not rename it
            auto at = std::find(loops_.begin(), loops_.end(), v.a);
            out += fmt::format("each{}", at - loops_.begin() + 1);
            return;
        }
        case Op::Parameter: out += context_.names.text(stack.parameters[v.a].name); return;
        case Op::Attribute: out += fmt::format("{}.{}", stack.resources[v.a].logical_id, v.b ? name(v.b) : "Ref"); return;
        case Op::Pseudo: (out += "aws.") += v.text(); return;
        case Op::RoleArn: (out += stack.roles[v.a].logical_id) += ".arn"; return;
        case Op::MachineArn: (out += stack.pipelines[v.a].logical_id) += ".arn"; return;
        case Op::KeyArn: out += "stack.key"; return;
        case Op::Secret: ((out += "secret(") += quoted(stack.secrets[v.a].name)) += ')'; return;
        case Op::Input:
            out += "input";
            if (pipeline_) (out += '.') += context_.names.text(pipeline_->inputs[v.a].name);
            return;
        case Op::Result:
            out += variable(v.a);
            path(v.b, out);
            return;
        case Op::Item: out += fmt::format("item({})", variable(v.a)); return;
        case Op::Raw: out += fmt::format("raw({})", variable(v.a)); return;
        case Op::ItemIndex: out += fmt::format("index({})", variable(v.a)); return;
        case Op::Problem:
            if (v.c == 2) out += fmt::format("problems({})", variable(v.a));
            else out += fmt::format("caught({}, {}).{}", variable(v.a), v.b, v.c ? "cause" : "error");
            return;
        case Op::Joined: {
            if (!pipeline_) return void(out += "after(a_stage)");
            const ir::Step& step = pipeline_->steps[v.a];
            out += fmt::format("after({}).{}", step.variable, context_.names.text(ir::joins_of(step)[v.b].name));
            return;
        }
        case Op::Context: (out += "context.") += v.text(); return;
        case Op::Event: out += v.text().empty() ? "event" : v.text(); return;
        case Op::Fresh: out += fmt::format("fresh({}{})", v.integer, v.sub ? ", stable on retry" : ""); return;
        default: return;
    }
}

void ExpressionText::binary(const Value& v, std::string& out, int least) const {
    const OperatorForm& f = form(v);
    bool chains = f.binding != 4;   // comparisons do not
    if (f.binding < least) out += '(';
    expression(ValueId{v.a}, out, chains ? f.binding : f.binding + 1);
    out += f.text;
    expression(ValueId{v.b}, out, f.binding + 1);
    if (f.binding < least) out += ')';
}

void ExpressionText::conditional(const Value& v, std::string& out, int least) const {
    if (least > 0) out += '(';
    out += "if ";
    expression(ValueId{v.a}, out, 1);
    out += " then ";
    expression(ValueId{v.b}, out, 1);
    out += " else ";
    expression(ValueId{v.c}, out);
    if (least > 0) out += ')';
}

void ExpressionText::record(ValueId id, std::string& out) const {
    auto fields = context_.values.fields(id);
    if (fields.empty()) return void(out += "{}");
    std::string_view before = "{ ";
    for (const ir::Field& f : fields) {
        if (out.size() > most_) break;
        std::string_view key = context_.names.text(f.key);
        ((out += before) += is_word(key) ? std::string(key) : quoted(key)) += ": ";
        expression(f.value, out);
        before = ", ";
    }
    out += " }";
}

void ExpressionText::comma_list(std::span<const ValueId> items, std::string& out) const {
    for (size_t i = 0; i < items.size() && out.size() <= most_; i++) {
        if (i) out += ", ";
        expression(items[i], out);
    }
}

void ExpressionText::concat(ValueId id, std::string& out) const {
    out += '"';
    for (ValueId part : context_.values.links(id)) {
        const Value& v = context_.values[part];
        if (v.op == Op::String) {
            append_escaped(beginning(v.text(), most_), out);
            continue;
        }
        out += "${";
        expression(part, out);
        out += '}';
    }
    out += '"';
}

void ExpressionText::loop(const Value& v, std::string& out) const {
    auto [body, filter] = context_.values.loop(v);
    loops_.push_back(v.b);
    out += fmt::format("[for each{} in ", loops_.size());
    expression(ValueId{v.a}, out, 1);
    if (filter != ValueId::none) {
        out += " if ";
        expression(filter, out, 1);
    }
    out += ": ";
    expression(body, out);
    out += ']';
    loops_.pop_back();
}

void ExpressionText::path(uint32_t id, std::string& out) const {
    if (!id) return;
    const ir::Values::Path& p = context_.values.path(id);
    path(p.parent, out);
    std::string_view member = context_.names.text(p.member);
    if (is_word(member)) (out += '.') += member;
    else ((out += '[') += quoted(member)) += ']';
}

}  // namespace zflow::show
