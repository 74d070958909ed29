#include "lower/values.hpp"

#include <charconv>

namespace zflow::lower {

using ir::Op;
using ir::Time;
using ir::ValueId;
using types::TypeKind;

std::string_view constant_text(const ir::Value& v, std::span<char, 24> digits) {
    switch (v.op) {
        case Op::Bool: return v.a ? "true" : "false";
        case Op::Integer: {
            auto end = std::to_chars(digits.data(), digits.data() + digits.size(), v.integer).ptr;
            return {digits.data(), static_cast<size_t>(end - digits.data())};
        }
        case Op::Decimal: case Op::String: return v.text();
        default: return "";
    }
}

ValueWriter::ValueWriter(const Context& context, const ir::Pipeline& pipeline, const Uses& uses,
                         Substitutions& substitutions, JsonWriter& json)
    : context_(context), pipeline_(pipeline), uses_(uses), substitutions_(substitutions), json_(json),
      bucket_(context.names.find("bucket")), key_(context.names.find("key")), uri_(context.names.find("uri")) {}

bool ValueWriter::is_place(types::TypeId type) const {
    TypeKind kind = context_.types.kind(type);
    return kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image;
}

bool ValueWriter::is_text(types::TypeId type) const {
    switch (context_.types.kind(type)) {
        case TypeKind::String: case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::Literal: case TypeKind::S3:
        case TypeKind::Bucket: case TypeKind::Image: case TypeKind::Arn: case TypeKind::Instance:
        case TypeKind::Dataset:
            return true;
        default: return false;
    }
}

bool ValueWriter::is_list(ValueId id) const {
    return context_.types.kind(context_.types.without_none(context_.values[id].type)) == TypeKind::List;
}

void ValueWriter::value(ValueId id) {
    const ir::Value& v = context_.values[id];
    switch (v.op) {
        case Op::Null: return json_.raw("null");
        case Op::Bool: return json_.raw(v.a ? "true" : "false");
        case Op::Integer: return json_.integer(v.integer);
        case Op::Decimal: return json_.raw(v.text());
        case Op::String: case Op::Concat: case Op::Secret: return text(id);
        case Op::List:
            json_.begin_array();
            for (ValueId element : context_.values.links(id)) value(element);
            return json_.end_array();
        case Op::Record: return located(v) ? text(id) : record(id);
        default: return Substitutions::is_leaf(v.op) ? leaf(id) : whole_expression(id);
    }
}

void ValueWriter::sifted(ValueId id) {
    json_.begin_expression();
    code("$sift("), expression(id), code(", function($v) { $v != null })");
    json_.end_expression();
}

void ValueWriter::record(ValueId id) {
    json_.begin_object();
    for (const ir::Field& field : context_.values.fields(id)) {
        key(field.key);
        value(field.value);
    }
    json_.end_object();
}

/// The services' names are of the standard library, so their numbers are small; they come again and again.
void ValueWriter::key(Symbol name) {
    constexpr size_t most = 4096;
    auto at = static_cast<size_t>(name);
    std::string_view text = context_.names.text(name);
    if (at >= most) return json_.key_text(text);
    if (at >= keys_.size()) keys_.resize(at + 64);
    if (keys_[at] == Key::Unknown) keys_[at] = JsonWriter::is_plain(text) ? Key::Plain : Key::Special;
    if (keys_[at] == Key::Plain) json_.key(text);
    else json_.key_text(text);
}

void ValueWriter::output(ValueId id) {
    const ir::Value& v = context_.values[id];
    if (v.op == Op::Record && !located(v)) return record(id);
    whole_expression(id);
}

void ValueWriter::whole_expression(ValueId id) {
    json_.begin_expression();
    guarded(id);
    json_.end_expression();
}

void ValueWriter::condition(ValueId id) {
    json_.begin_expression();
    bool guard = needs_guard(context_.values[id]);
    expression(id, guard ? CompareBinding : Loosest);
    if (guard) code(" = true");
    json_.end_expression();
}

/// An expression whose result is undefined fails the state: what may be absent becomes null.
void ValueWriter::guarded(ValueId id) {
    if (!needs_guard(context_.values[id])) return expression(id);
    if (simple(id)) {
        code("$exists("), expression(id), code(") ? "), expression(id), code(" : null");
        return;
    }
    uint32_t number = bound_++;
    auto variable = [&] { code("$v"), json_.number(int64_t{number}); };
    code("("), variable(), code(" := "), expression(id, ConditionalBinding), code("; $exists("), variable();
    code(") ? "), variable(), code(" : null)");
    bound_--;
}

bool ValueWriter::needs_guard(const ir::Value& v) const {
    // inputs, joins and bound values got their null where they were assigned
    return v.optional && v.time == Time::Run && v.op != Op::Input && v.op != Op::Joined && v.op != Op::Conditional &&
           !(v.op == Op::Binary && syntax::Operator(v.sub) == syntax::Operator::Default);
}

void ValueWriter::leaf(ValueId id) {
    switch (substitutions_.carrier(context_.values[id])) {
        case Carrier::Text:
            json_.begin_text();
            plain_parts(id);
            return json_.end_text();
        case Carrier::Bare:
            json_.raw("${");
            code(substitutions_.key(id));
            return code("}");
        default: return whole_expression(id);
    }
}

void ValueWriter::leaf_expression(ValueId id) {
    Carrier carrier = substitutions_.carrier(context_.values[id]);
    std::string_view before = "$base64decode('${", after = "}')";
    if (carrier == Carrier::Text) before = "'${", after = "}'";
    if (carrier == Carrier::Bare) before = "${", after = "}";
    if (carrier == Carrier::Json) before = "$parse($base64decode('${", after = "}'))";
    if (carrier == Carrier::Strings) before = "$split($base64decode('${", after = "}'), ',')";
    code(before), code(substitutions_.key(id)), code(after);
}

}  // namespace zflow::lower
