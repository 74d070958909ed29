/// Conditions of the template, and values as JSON text.
#include "syntax/tree.hpp"
#include "template/values.hpp"

namespace zflow::cfn {

using ir::Op;
using ir::Value;
using ir::ValueId;
using syntax::Operator;

namespace {

/// `eu-central-1` -> `EuCentral1`
std::string word_of(std::string_view text) {
    std::string out;
    bool start = true;
    for (char c : text) {
        bool lower = c >= 'a' && c <= 'z', letter = lower || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
        if (letter || digit) out += start && lower ? static_cast<char>(c & ~0x20) : c;
        start = !letter && !digit;
    }
    return out;
}

}  // namespace

std::string ValueNodes::condition_name(ValueId id) {
    const Value& v = values_[id];
    auto name = [&](uint32_t part) { return condition_name(ValueId{part}); };
    if (v.op == Op::Unary) return "Not" + name(v.a);
    if (v.op == Op::Binary) {
        switch (Operator{v.sub}) {
            case Operator::And: return name(v.a) + "And" + name(v.b);
            case Operator::Or: return name(v.a) + "Or" + name(v.b);
            case Operator::NotEqual: return name(v.a) + "IsNot" + name(v.b);
            case Operator::In: return name(v.a) + "IsOneOf" + name(v.b);
            default: return name(v.a) + "Is" + name(v.b);
        }
    }
    if (v.op == Op::List) {
        std::string out;
        for (ValueId item : values_.links(id)) out += condition_name(item);
        return out;
    }
    return word_of(texts_.text(id));
}

/// The name of the condition that holds when the value is true: from what it says, so that it stays the same.
std::string_view ValueNodes::condition(ValueId id) {
    Node* expression = condition_node(id);
    Buffer text;
    write_json(*expression, text);
    auto [known, fresh] = names_by_text_.try_emplace(std::string(text.view()));
    if (!fresh) return known->second;
    std::string name = condition_name(id);
    if (name.empty() || name.size() > 200 || (name[0] >= '0' && name[0] <= '9')) name = "Condition";
    std::string free = name;
    for (size_t n = 2; conditions_->find(free); n++) free = name + std::to_string(n);
    known->second = document_.keep(free);
    Document::add(conditions_, known->second, expression);
    return known->second;
}

Node* ValueNodes::named(std::string_view name) { return call("Condition", document_.literal(name)); }

Node* ValueNodes::either_node(std::string_view function, ValueId id) {
    Node* parts = document_.list();
    Document::add(parts, condition_node(ValueId{values_[id].a}));
    Document::add(parts, condition_node(ValueId{values_[id].b}));
    return call(function, parts);
}

Node* ValueNodes::in_node(const Value& v) {
    Node* parts = document_.list();
    for (ValueId item : values_.links(ValueId{v.b})) {
        Node* both = document_.list();
        Document::add(both, or_no_value(ValueId{v.a}));
        Document::add(both, text(texts_.text(item)));
        Document::add(parts, call("Fn::Equals", both));
    }
    if (parts->count == 0) return call("Fn::Equals", document_.list({"yes", "no"}));
    return parts->count == 1 ? parts->first : call("Fn::Or", parts);
}

Node* ValueNodes::conditional_node(const Value& v) {
    auto pair = [&](std::string_view function, Node* a, Node* b) {
        Node* parts = document_.list();
        Document::add(parts, a);
        Document::add(parts, b);
        return call(function, parts);
    };
    std::string_view when = condition(ValueId{v.a});
    Node* negated = document_.list();
    Document::add(negated, named(when));
    Node* yes = pair("Fn::And", named(when), condition_node(ValueId{v.b}));
    Node* no = pair("Fn::And", call("Fn::Not", negated), condition_node(ValueId{v.c}));
    return pair("Fn::Or", yes, no);
}

Node* ValueNodes::condition_node(ValueId id) {
    const Value& v = values_[id];
    auto negate = [&](Node* what) {
        Node* parts = document_.list();
        Document::add(parts, what);
        return call("Fn::Not", parts);
    };
    auto equals = [&](Node* a, Node* b) {
        Node* parts = document_.list();
        Document::add(parts, a);
        Document::add(parts, b);
        return call("Fn::Equals", parts);
    };
    if (v.op == Op::Unary) return negate(condition_node(ValueId{v.a}));
    if (v.op == Op::Conditional) return conditional_node(v);
    if (v.op == Op::Bool) return equals(document_.text("yes"), document_.text(v.a ? "yes" : "no"));
    if (v.op == Op::Binary) {
        auto side = [&](uint32_t part) { return text(texts_.text(ValueId{part})); };  // conditions compare texts
        switch (Operator{v.sub}) {
            case Operator::And: return either_node("Fn::And", id);
            case Operator::Or: return either_node("Fn::Or", id);
            case Operator::In: return in_node(v);
            case Operator::NotEqual: return negate(equals(side(v.a), side(v.b)));
            default: return equals(side(v.a), side(v.b));
        }
    }
    return equals(text(texts_.text(id)), document_.text("true"));
}

bool ValueNodes::is_event_part(ValueId id) const {
    while (values_[id].op == Op::Member) id = ValueId{values_[id].a};
    return values_[id].op == Op::Event;
}

/// `$.detail.object.key`; `$` for the whole event.
std::string ValueNodes::event_path(ValueId id) const {
    const Value& v = values_[id];
    if (v.op != Op::Member) return "$";
    return event_path(ValueId{v.a}) + "." + std::string(texts_.context().names.text(Symbol{v.b}));
}

/// `<…>` in the words of who fills it in [SCH:managing-schedule-context-attributes; EventBridge user guide,
/// eb-transform-target-input, eb-pipes-input-transformation].
void ValueNodes::append_event_part(ValueId id, std::string& out) {
    if (values_[id].op == Op::Event && !values_[id].text().empty()) return void((out += '<').append(values_[id].text()) += '>');
    std::string path = event_path(id);
    if (path == "$") return void(out += paths_ ? "<aws.events.event.json>" : "<aws.pipes.event.json>");
    if (!paths_) return void((out += '<').append(path) += '>');
    std::string name = path.substr(2);
    for (char& c : name)
        if (c == '.') c = '_';
    std::string free = name;
    for (size_t n = 2;; n++) {
        const Node* known = paths_->find(free);
        if (!known) Document::add(paths_, document_.keep(free), document_.text(path));
        if (!known || known->text == path) break;
        free = name + "_" + std::to_string(n);
    }
    (out += '<').append(free) += '>';
}

/// What stands between the quotes of a JSON text.
void ValueNodes::append_json_parts(ValueId id, std::string& out) {
    const Value& v = values_[id];
    if (is_event_part(id)) return append_event_part(id, out);
    if (v.op == Op::Concat) {
        for (ValueId part : values_.links(id)) append_json_parts(part, out);
        return;
    }
    ValueId bucket = texts_.field(id, "bucket"), key = texts_.field(id, "key"), uri = texts_.field(id, "uri");
    if (v.op == Op::Record && v.time == ir::Time::Run && (uri != ValueId::none || bucket != ValueId::none)) {
        if (uri != ValueId::none) return append_json_parts(uri, out);
        out += "s3://";
        append_json_parts(bucket, out);
        out += '/';
        return key == ValueId::none ? void() : append_json_parts(key, out);
    }
    std::string piece;
    bool free = v.op == Op::Parameter || v.op == Op::Conditional || v.op == Op::Call || v.op == Op::Index;
    if (free) piece = "${=" + std::to_string(static_cast<uint32_t>(id)) + "#json}";
    else texts_.append(id, piece);
    if (v.op != Op::String) return void(out += piece);
    Buffer quoted;
    write_json_string(piece, quoted);
    for (char c : quoted.view().substr(1, quoted.size() - 2)) {   // `<` begins something that is filled in
        if (c == '<') out += "\\u003c";
        else out += c;
    }
}

void ValueNodes::append_json_text(ValueId id, std::string& out) {
    out += '"';
    append_json_parts(id, out);
    out += '"';
}

void ValueNodes::append_json(ValueId id, std::string& out) {
    const Value& v = values_[id];
    types::TypeKind kind = texts_.context().types.kind(texts_.context().types.without_none(v.type));
    bool bare = kind == types::TypeKind::Int || kind == types::TypeKind::Float || kind == types::TypeKind::Bool;
    bool location = kind == types::TypeKind::S3 || kind == types::TypeKind::Image || kind == types::TypeKind::Dataset;
    if (v.op == Op::Null) return void(out += "null");
    if (is_event_part(id)) {   // a keyword is a text, a part of the event brings its own quotes
        bool keyword = v.op == Op::Event && !v.text().empty();
        return keyword ? append_json_text(id, out) : append_event_part(id, out);
    }
    if (v.op == Op::Bool || v.op == Op::Integer || v.op == Op::Decimal) return void(texts_.append(id, out));
    if (v.op == Op::Parameter && bare) return void(texts_.append(id, out));
    if (v.op == Op::List || (v.op == Op::Record && !location)) {
        bool list = v.op == Op::List, first = true;
        auto next = [&] { out += first ? "" : ", ", first = false; };
        out += list ? '[' : '{';
        if (list)
            for (ValueId item : values_.links(id)) next(), append_json(item, out);
        else
            for (const ir::Field& field : values_.fields(id)) {
                Buffer key;
                write_json_string(texts_.context().names.text(field.key), key);
                next();
                iam::DeployText::append_literal(key.view(), out);
                out += ": ";
                append_json(field.value, out);
            }
        return void(out += list ? ']' : '}');
    }
    append_json_text(id, out);
}

Node* ValueNodes::json_text(ValueId id, Node* paths) {
    std::string out;
    paths_ = paths;
    if (id == ValueId::none) out = "{}";
    else append_json(id, out);
    paths_ = nullptr;
    return text(out);
}

}  // namespace zflow::cfn
