#include "template/values.hpp"

#include <charconv>

namespace zflow::cfn {

using ir::Op;
using ir::Value;
using ir::ValueId;

ValueNodes::ValueNodes(Document& document, const iam::DeployText& texts)
    : document_(document), texts_(texts), values_(texts.context().values), conditions_(document.map()) {}

Node* ValueNodes::call(std::string_view name, Node* argument) {
    Node* node = document_.map();
    Document::add(node, name, argument);
    return node;
}

Node* ValueNodes::ref(std::string_view id) { return call("Ref", document_.text(id)); }

Node* ValueNodes::attribute(std::string_view id, std::string_view name) {
    return call("Fn::GetAtt", document_.list({id, name}));
}

Node* ValueNodes::split(std::string_view separator, Node* source) {
    Node* arguments = document_.list({separator});
    Document::add(arguments, source);
    return call("Fn::Split", arguments);
}

Node* ValueNodes::join(std::string_view separator, Node* parts) {
    Node* arguments = document_.list({separator});
    Document::add(arguments, parts);
    return call("Fn::Join", arguments);
}

/// `${=12#part}`: part of a text that is only known when the stack is deployed.
Node* ValueNodes::part(Node* whole, std::string_view part) {
    if (part == "json") {  // backslashes first, then quotes: the text stays inside the quotes of a JSON string
        return join("\\\"", split("\"", join("\\\\", split("\\", whole))));
    }
    std::string_view separator = part == "path" ? "s3://" : part.substr(0, 1);
    int64_t index = 1;
    if (part != "path") std::from_chars(part.data() + 1, part.data() + part.size(), index);
    Node* arguments = document_.list();
    Document::add(arguments, document_.integer(index));
    Document::add(arguments, split(separator, whole));
    return call("Fn::Select", arguments);
}

Node* ValueNodes::marked(std::string_view marker) {
    size_t hash = marker.find('#');
    uint32_t id = 0;
    std::from_chars(marker.data() + 1, marker.data() + std::min(hash, marker.size()), id);
    bool whole = hash == std::string_view::npos;
    // a part may be asked of a plain reference, too
    return whole ? complex(ValueId{id}) : part(node(ValueId{id}), marker.substr(hash + 1));
}

Node* ValueNodes::text(std::string_view notation) {
    size_t references = 0, marks = 0;
    iam::Piece only;
    for (std::string_view rest = notation; !rest.empty();) {
        iam::Piece piece = iam::next_piece(rest);
        if (piece.reference) only = piece, references++, marks += piece.text.starts_with('=');
    }
    if (!references) return document_.text(iam::unescape(notation));
    if (only.text.size() + 3 == notation.size()) {
        if (marks) return marked(only.text);
        size_t dot = only.text.find('.');
        if (dot == std::string_view::npos) return ref(only.text);
        return attribute(only.text.substr(0, dot), only.text.substr(dot + 1));
    }
    if (!marks) return call("Fn::Sub", document_.text(notation));

    std::string pattern;
    Node* variables = document_.map();
    std::unordered_map<std::string_view, std::string> names;
    for (std::string_view rest = notation; !rest.empty();) {
        iam::Piece piece = iam::next_piece(rest);
        if (!piece.reference) {
            pattern += piece.text;
            continue;
        }
        std::string name(piece.text);
        if (piece.text.starts_with('=')) {
            auto [at, fresh] = names.try_emplace(piece.text, "Part" + std::to_string(names.size() + 1));
            name = at->second;
            if (fresh) Document::add(variables, document_.keep(name), marked(piece.text));
        }
        pattern += "${" + name + "}";
    }
    Node* arguments = document_.list();
    Document::add(arguments, document_.text(pattern));
    Document::add(arguments, variables);
    return call("Fn::Sub", arguments);
}

Node* ValueNodes::record(ValueId id) {
    types::TypeKind kind = texts_.context().types.kind(values_[id].type);
    if (kind == types::TypeKind::S3 || kind == types::TypeKind::Image || kind == types::TypeKind::Dataset)
        return text(texts_.text(id));
    Node* map = document_.map();
    for (const ir::Field& field : values_.fields(id))
        if (Node* value = node(field.value)) Document::add(map, texts_.context().names.text(field.key), value);
    return map;
}

Node* ValueNodes::node(ValueId id) {
    const Value& v = values_[id];
    switch (v.op) {
        case Op::Null: return nullptr;
        case Op::Bool: return document_.boolean(v.a != 0);
        case Op::Integer: return document_.integer(v.integer);
        case Op::Decimal: return document_.decimal(v.text());
        case Op::String: return document_.text(v.text());
        case Op::Record: return record(id);
        case Op::List: {
            Node* list = document_.list();
            for (ValueId item : values_.links(id))
                if (Node* value = node(item)) Document::add(list, value);
            return list;
        }
        case Op::Conditional:
        case Op::Binary:
        case Op::Unary:
        case Op::Index:
        case Op::Call: return complex(id);
        default: return text(texts_.text(id));
    }
}

Node* ValueNodes::or_no_value(ValueId id) {
    Node* value = node(id);
    return value ? value : ref("AWS::NoValue");
}

Node* ValueNodes::complex(ValueId id) {
    const Value& v = values_[id];
    if (v.op == Op::Call || v.op == Op::Index) return computed(id);
    if (v.op != Op::Conditional && v.op != Op::Binary && v.op != Op::Unary) return document_.text("");
    Node* arguments = document_.list();
    Document::add(arguments, document_.literal(condition(v.op == Op::Conditional ? ValueId{v.a} : id)));
    bool choice = v.op == Op::Conditional;
    Document::add(arguments, choice ? or_no_value(ValueId{v.b}) : document_.boolean(true));
    Document::add(arguments, choice ? or_no_value(ValueId{v.c}) : document_.boolean(false));
    return call("Fn::If", arguments);
}

/// The functions of the language that CloudFormation has too.
Node* ValueNodes::computed(ValueId id) {
    const Value& v = values_[id];
    auto select = [&](Node* index, Node* from) {
        Node* arguments = document_.list();
        Document::add(arguments, index);
        Document::add(arguments, from);
        return call("Fn::Select", arguments);
    };
    if (v.op == Op::Index) return select(or_no_value(ValueId{v.b}), or_no_value(ValueId{v.a}));
    auto links = values_.links(id);
    auto literal = [&](size_t i) { return iam::unescape(texts_.text(links[i])); };
    switch (ir::Builtin{v.sub}) {
        case ir::Builtin::String: return or_no_value(links[0]);
        case ir::Builtin::Split: return split(literal(1), or_no_value(links[0]));
        case ir::Builtin::Join: return join(literal(1), or_no_value(links[0]));
        case ir::Builtin::Before: return select(document_.integer(0), split(literal(1), or_no_value(links[0])));
        case ir::Builtin::Replace: return join(literal(2), split(literal(1), or_no_value(links[0])));
        case ir::Builtin::Base64Encode: return call("Fn::Base64", or_no_value(links[0]));
        default: return document_.text("");  // the checker lets no other one reach a deploy-time place
    }
}

}  // namespace zflow::cfn
