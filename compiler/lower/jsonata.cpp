#include <algorithm>
#include <array>

#include "lower/builtins.hpp"
#include "lower/values.hpp"

namespace zflow::lower {

using ir::Op;
using ir::StepId;
using ir::Time;
using ir::ValueId;
using syntax::Operator;
using types::TypeKind;

namespace {

struct OperatorForm {
    std::string_view text;
    int binding;
};

OperatorForm form_of(Operator op) {
    switch (op) {
        case Operator::Or: return {" or ", OrBinding};
        case Operator::And: return {" and ", AndBinding};
        case Operator::Equal: return {" = ", CompareBinding};
        case Operator::NotEqual: return {" != ", CompareBinding};
        case Operator::Less: return {" < ", CompareBinding};
        case Operator::LessEqual: return {" <= ", CompareBinding};
        case Operator::Greater: return {" > ", CompareBinding};
        case Operator::GreaterEqual: return {" >= ", CompareBinding};
        case Operator::In: return {" in ", CompareBinding};
        case Operator::Subtract: return {" - ", AddBinding};
        case Operator::Multiply: return {" * ", MultiplyBinding};
        case Operator::Divide: return {" / ", MultiplyBinding};
        case Operator::Modulo: return {" % ", MultiplyBinding};
        default: return {" + ", AddBinding};
    }
}

bool is_word_of_jsonata(std::string_view name) {
    constexpr std::string_view words[] = {"and", "or", "in", "true", "false", "null", "function"};
    return name.size() <= 8 && std::find(std::begin(words), std::end(words), name) != std::end(words);
}

constexpr std::array<bool, 256> in_names = [] {
    std::array<bool, 256> table{};
    for (size_t c = 0; c < table.size(); c++) table[c] = c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return table;
}();

bool is_plain_name(std::string_view name) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (char c : name)
        if (!in_names[static_cast<unsigned char>(c)]) return false;
    return !is_word_of_jsonata(name);
}

}  // namespace

int ValueWriter::binding(ValueId id) const {
    const ir::Value& v = context_.values[id];
    auto negative = [](std::string_view number) { return number.starts_with('-') ? MinusBinding : Tightest; };
    switch (v.op) {
        case Op::Integer: return v.integer < 0 ? MinusBinding : Tightest;
        case Op::Decimal: return negative(v.text());
        case Op::Concat: case Op::Record: {
            if (v.op == Op::Record && !located(v)) return Tightest;
            bool in_literal = false;
            return pieces(id, in_literal) > 1 ? AddBinding : Tightest;
        }
        case Op::Conditional: return ConditionalBinding;
        case Op::Unary: return Operator(v.sub) == Operator::Minus ? MinusBinding : Tightest;
        case Op::Member: case Op::Result: case Op::Problem: case Op::Context: case Op::Raw: return PathBinding;
        case Op::Index: return IndexBinding;
        case Op::Call: return form_of_call(id).binding;
        case Op::Binary: {
            auto op = Operator(v.sub);
            if (op == Operator::Default) return ConditionalBinding;
            bool none = is_null(ValueId{v.a}) || is_null(ValueId{v.b});
            if (none && op == Operator::Equal) return Tightest;
            if (none && op == Operator::NotEqual) return AndBinding;
            return form_of(op).binding;
        }
        default: return Tightest;
    }
}

void ValueWriter::expression(ValueId id, int least) {
    bool wrap = least > Loosest && binding(id) < least;
    if (wrap) code("(");
    bare(id);
    if (wrap) code(")");
}

void ValueWriter::bare(ValueId id) {
    const ir::Value& v = context_.values[id];
    switch (v.op) {
        case Op::Null: return code("null");
        case Op::Bool: return code(v.a ? "true" : "false");
        case Op::Integer: return number(v.integer);
        case Op::Decimal: return code(v.text());
        case Op::String: return literal(v.text());
        case Op::Secret: return literal(context_.stack.secrets[v.a].name);
        case Op::List: return list(id);
        case Op::Record: return located(v) ? concat(id) : object(id);
        case Op::Concat: return concat(id);
        case Op::Binary: return binary(id);
        case Op::Unary:
            if (Operator(v.sub) == Operator::Minus) return code("-"), expression(ValueId{v.a}, MinusBinding + 1);
            return code("$not("), expression(ValueId{v.a}), code(")");
        case Op::Conditional:
            expression(ValueId{v.a}, ConditionalBinding + 1), code(" ? ");
            expression(ValueId{v.b}, ConditionalBinding + 1), code(" : ");
            return expression(ValueId{v.c});
        case Op::Member:
            expression(ValueId{v.a}, PathBinding);
            return member(context_.names.text(Symbol{v.b}));
        case Op::Index:
            expression(ValueId{v.a}, PathBinding), code("["), expression(ValueId{v.b});
            return code("]");
        case Op::Call: return call(id);
        case Op::For: return loop(id);
        case Op::Local: return local(v.a);
        case Op::Input: return root(0), code(pipeline_.inputs[v.a].variable);
        case Op::Result: return read({Variable::Result, StepId{v.a}}), path(v.b);
        case Op::Item: return read({Variable::Item, StepId{v.a}});
        case Op::ItemIndex: return read({Variable::Index, StepId{v.a}});
        case Op::Problem: return problem(v);
        case Op::Raw: return raw(StepId{v.a});
        case Op::Joined: return read({Variable::Join, StepId{v.a}, v.b});
        case Op::Context:
            if (uses_.wall(scope, 0) != StepId::none) root(0), code("states.");
            else code("$states.context.");
            return code(v.text());
        case Op::Fresh: return fresh(v.integer, v.sub == ir::stable_on_retry);
        default: return leaf_expression(id);
    }
}

void ValueWriter::problem(const ir::Value& v) {
    StepId id{v.a};
    if (v.c == 2) return read({Variable::Problems, id});
    bool branch = std::holds_alternative<ir::Parallel>(pipeline_[id].is);
    if (branch) read({Variable::Failure, id, v.b});
    else read({Variable::Problem, id});
    code(v.c ? ".Cause" : ".Error");
}

/// What a turn of a distributed map was started with.
void ValueWriter::raw(StepId id) {
    bool batch = std::get<ir::Map>(pipeline_[id].is).distributed->batch != ValueId::none;
    code(batch ? "$states.input.Items" : "$states.input.item");
}

void ValueWriter::literal(std::string_view text) {
    code("'"), json_.literal_part(text), code("'");
}

/// Whether `[a, b]` would take this list's elements for its own: it does, unless they stand in brackets themselves.
bool ValueWriter::spreads(ValueId id) const {
    const ir::Value& v = context_.values[id];
    if (!is_list(id) || v.op == Op::List || v.op == Op::For) return false;
    return v.op != Op::Call || !form_of_call(id).text.starts_with('[');
}

void ValueWriter::list(ValueId id) {
    code("[");
    bool first = true;
    for (ValueId element : context_.values.links(id)) {
        if (!first) code(", ");
        first = false;
        this->element(element);
    }
    code("]");
}

void ValueWriter::object(ValueId id) {
    code("{");
    bool first = true;
    for (const ir::Field& field : context_.values.fields(id)) {
        if (!first) code(", ");
        first = false;
        literal(context_.names.text(field.key)), code(": ");
        expression(field.value);
    }
    code("}");
}

void ValueWriter::binary(ValueId id) {
    const ir::Value& v = context_.values[id];
    auto op = Operator(v.sub);
    if (op == Operator::Default) return fallback(id);
    if ((op == Operator::Equal || op == Operator::NotEqual) && (is_null(ValueId{v.a}) || is_null(ValueId{v.b})))
        return none_test(id);
    OperatorForm form = form_of(op);
    if (op == Operator::Add && is_text(v.type)) form.text = " & ";
    expression(ValueId{v.a}, form.binding);
    code(form.text);
    expression(ValueId{v.b}, form.binding + 1);
}

void ValueWriter::none_test(ValueId id) {
    const ir::Value& v = context_.values[id];
    ValueId tested{is_null(ValueId{v.a}) ? v.b : v.a};
    bool equal = Operator(v.sub) == Operator::Equal;
    if (equal) code("$not(");
    code("$exists("), expression(tested), code(") and "), expression(tested, CompareBinding), code(" != null");
    if (equal) code(")");
}

/// Whether writing a value twice costs nothing.
bool ValueWriter::simple(ValueId id) const {
    const ir::Value* v = &context_.values[id];
    while (v->op == Op::Member) v = &context_.values[ValueId{v->a}];
    return v->op == Op::Result || v->op == Op::Input || v->op == Op::Item || v->op == Op::Joined || v->op == Op::Local;
}

void ValueWriter::fallback(ValueId id) {
    const ir::Value& v = context_.values[id];
    ValueId first{v.a};
    if (simple(first)) {
        code("$exists("), expression(first), code(") and "), expression(first, CompareBinding), code(" != null ? ");
        expression(first), code(" : ");
        return expression(ValueId{v.b});
    }
    // computed once: chains of defaults stay as long as they were written
    uint32_t index = bound_++;
    auto variable = [&] { code("$v"), number(index); };
    code("("), variable(), code(" := "), expression(first, ConditionalBinding), code("; $exists("), variable();
    code(") and "), variable(), code(" != null ? "), variable(), code(" : ");
    expression(ValueId{v.b}), code(")");
    bound_--;
}

void ValueWriter::member(std::string_view name) {
    if (is_plain_name(name)) return json_.code('.'), code(name);
    code(".`"), json_.text_part(name), code("`");
}

void ValueWriter::path(uint32_t path) {
    if (path == 0) return;
    const auto& step = context_.values.path(path);
    this->path(step.parent);
    member(context_.names.text(step.member));
}

/// Named by depth, not by number: an edit elsewhere must not rename it.
void ValueWriter::local(uint32_t index) {
    size_t depth = 0;
    while (depth < locals_.size() && locals_[depth] != index) depth++;
    code("$it"), number(static_cast<int64_t>(depth + 1));
}

void ValueWriter::loop(ValueId id) {
    const ir::Value& v = context_.values[id];
    auto [body, filter] = context_.values.loop(v);
    // $map hands a single result on without its list, and a list of one list would be spread
    bool lists = is_list(body);
    locals_.push_back(v.b);
    if (filter != ValueId::none && holds_lists(ValueId{v.a})) {   // the one list that a $filter leaves would be taken for its elements
        code("[$reduce("), expression(ValueId{v.a}), code(", function($all, "), local(v.b), code(") { ");
        expression(filter, ConditionalBinding + 1), code(" ? $append($all, [");
        element(body), code("]) : $all }, [])]");
        locals_.pop_back();
        return;
    }
    code(lists ? "[$reduce(" : "[$map(");
    if (filter != ValueId::none) {
        code("$filter("), expression(ValueId{v.a}), code(", function("), local(v.b), code(") { ");
        expression(filter), code(" })");
    } else {
        expression(ValueId{v.a});
    }
    code(lists ? ", function($all, " : ", function("), local(v.b), code(lists ? ") { $append($all, [" : ") { ");
    if (lists) element(body);
    else expression(body);
    code(lists ? "]) }, [])]" : " })]");
    locals_.pop_back();
}

/// What stands between the brackets of a list; a list stays one.
void ValueWriter::element(ValueId id) {
    bool nested = spreads(id);
    if (nested) code("[");
    expression(id);
    if (nested) code("]");
}

/// Whether the elements of a list are lists, or may be.
bool ValueWriter::holds_lists(ValueId list) const {
    types::TypeId type = context_.types.without_none(context_.values[list].type);
    if (context_.types.kind(type) != TypeKind::List) return true;
    TypeKind kind = context_.types.kind(context_.types.without_none(context_.types[type].element));
    return kind == TypeKind::List || kind == TypeKind::Json || kind == TypeKind::Union;
}

BuiltinForm ValueWriter::form_of_call(ValueId id) const {
    auto arguments = context_.values.links(id);
    bool lists = !arguments.empty() && is_list(arguments[0]);
    bool date = !arguments.empty() && context_.types.kind(context_.values[arguments[0]].type) == TypeKind::Date;
    return builtin_form(ir::Builtin(context_.values[id].sub), lists, date, arguments.size());
}

void ValueWriter::call(ValueId id) {
    auto arguments = context_.values.links(id);
    std::string_view form = form_of_call(id).text;
    for (size_t at = 0; at < form.size(); at++) {
        bool argument = at + 1 < form.size() && form[at + 1] >= '0' && form[at + 1] <= '9';
        if (!argument || (form[at] != '%' && form[at] != '^')) {
            json_.code(form[at]);
            continue;
        }
        int least = form[at] == '^' ? MultiplyBinding + 1 : Loosest;
        auto index = static_cast<size_t>(form[++at] - '0');
        expression(arguments[index], least);
    }
}

/// What makes such a text is long and the same in all states: a compact definition says it once.
std::string_view ValueWriter::token(int64_t length, bool stable) {
    auto known = std::find_if(tokens_.begin(), tokens_.end(), [&](const Token& t) { return t.length == length && t.stable == stable; });
    if (known != tokens_.end()) return known->key;
    std::string once = "$substring($hash($states.context.Execution.Id & '/' & ";
    if (!stable) once += "$states.context.State.RetryCount & '/' & ";
    once += "$states.context.Execution.RedriveCount, 'SHA-256'), 0, " + std::to_string(length) + ")";
    tokens_.push_back({length, stable, substitutions_.shared((stable ? "Token" : "Fresh") + std::to_string(length), once)});
    return tokens_.back().key;
}

/// What goes round has its own counters in it.
void ValueWriter::fresh(int64_t length, bool stable) {
    if (json_.compact() && loops.empty()) return code("${"), code(token(length, stable)), code("}");
    code("$substring($hash($states.context.Execution.Id & '/' & ");
    if (!stable) code("$states.context.State.RetryCount & '/' & ");
    code("$states.context.Execution.RedriveCount");
    for (const Variable& counter : loops) code(" & '/' & "), read(counter);
    code(", 'SHA-256'), 0, "), number(length), code(")");
}

}  // namespace zflow::lower
