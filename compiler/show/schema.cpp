#include "show/schema.hpp"

#include <charconv>

#include "lower/fit.hpp"
#include "show/show.hpp"

namespace zflow::show {

using cfn::Document;
using cfn::Node;
using ir::Op;
using ir::ValueId;
using types::Type;
using types::TypeId;
using types::TypeKind;

void SchemaNodes::put(Node* map, std::string_view key, std::string_view text) { Document::add(map, key, document_.text(text)); }

Node* SchemaNodes::of(std::string_view type) {
    Node* schema = document_.map();
    put(schema, "type", type);
    return schema;
}

void SchemaNodes::limit(Node* schema, std::string_view key, bool given, double value) {
    char digits[32];
    if (!given) return;
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    Document::add(schema, key, document_.decimal({digits, static_cast<size_t>(end - digits)}));
}

Node* SchemaNodes::scalar(std::string_view name, const Type& type) {
    Node* schema = of(name);
    if (type.refinement < 0) return schema;
    const types::Refinement& limits = context_.types.refinement(type.refinement);
    bool is_text = name == "string";
    limit(schema, is_text ? "minLength" : "minimum", limits.has_min, limits.min);
    limit(schema, is_text ? "maxLength" : "maximum", limits.has_max, limits.max);
    if (!limits.pattern.empty()) put(schema, "pattern", std::string("^(?:").append(limits.pattern) + ")$");
    return schema;
}

Node* SchemaNodes::record(const Type& type) {
    Node* schema = of("object");
    Node* properties = Document::add(schema, "properties", document_.map());
    Node* required = document_.list();
    for (const types::FieldType& field : type.fields) {
        std::string_view name = context_.names.text(field.name);
        Document::add(properties, name, this->type(field.type));
        if (!field.fallback && !context_.types.is_optional(field.type)) Document::add(required, document_.text(name));
    }
    if (required->count) Document::add(schema, "required", required);
    return schema;
}

Node* SchemaNodes::alternatives(const Type& type) {
    Node *choices = document_.list(), *others = document_.list();
    for (TypeId item : type.items) {
        if (context_.types.kind(item) == TypeKind::Literal)
            Document::add(choices, document_.text(context_.names.text(context_.types[item].name)));
        else Document::add(others, this->type(item));
    }
    Node* schema = document_.map();
    if (choices->count) Document::add(schema, "enum", choices);
    if (!others->count) return schema;
    if (choices->count) Document::add(others, schema);
    Node* any = document_.map();
    Document::add(any, "anyOf", others);
    return any;
}

Node* SchemaNodes::nullable(Node* schema) {
    Node* both = document_.list();
    Document::add(both, schema);
    Document::add(both, of("null"));
    Node* any = document_.map();
    Document::add(any, "anyOf", both);
    return any;
}

/// A text of which the kind of its type says the form, as the first state of the machine tests it.
Node* SchemaNodes::text(std::string_view form) {
    Node* schema = of("string");
    if (form.size() > 2) put(schema, "pattern", form.substr(1, form.size() - 2));   // without the slashes around it
    return schema;
}

Node* SchemaNodes::type(TypeId id) {
    const Type& type = context_.types[id];
    switch (type.kind) {
        case TypeKind::Bool: return of("boolean");
        case TypeKind::Int: return scalar("integer", type);
        case TypeKind::Float: return scalar("number", type);
        case TypeKind::String: return scalar("string", type);
        case TypeKind::Duration: case TypeKind::Size: {
            Node* schema = of("integer");
            put(schema, "description", type.kind == TypeKind::Size ? "bytes" : "seconds");
            Document::add(schema, "minimum", document_.integer(0));
            return schema;
        }
        case TypeKind::Arn:
            if (type.refinement >= 0) return scalar("string", type);
            [[fallthrough]];
        case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::S3: case TypeKind::Dataset: case TypeKind::Bucket:
            return text(lower::form_of(type.kind));
        case TypeKind::Instance: case TypeKind::Image: case TypeKind::Secret: return of("string");
        case TypeKind::None: return of("null");
        case TypeKind::Optional: return nullable(this->type(type.element));
        case TypeKind::Union: return alternatives(type);
        case TypeKind::Literal: {
            Node* schema = document_.map();
            put(schema, "const", context_.names.text(type.name));
            return schema;
        }
        case TypeKind::List: {
            Node* schema = of("array");
            Document::add(schema, "items", this->type(type.element));
            return schema;
        }
        case TypeKind::Map: {
            Node* schema = of("object");
            Document::add(schema, "additionalProperties", this->type(type.element));
            return schema;
        }
        case TypeKind::Record: case TypeKind::Nominal: return record(type);
        default: return document_.map();   // anything
    }
}

Node* SchemaNodes::input(const ir::Pipeline& pipeline) {
    Node* schema = document_.map();
    put(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
    put(schema, "title", context_.names.text(pipeline.name));
    if (!pipeline.comment.empty()) put(schema, "description", pipeline.comment);
    put(schema, "type", "object");
    if (pipeline.inputs.empty()) return schema;   // what it is given, it does not look at
    Node* properties = Document::add(schema, "properties", document_.map());
    Node* required = document_.list();
    for (const ir::PipelineInput& input : pipeline.inputs) {
        std::string_view name = context_.names.text(input.name);
        Node* property = Document::add(properties, name, type(input.type));
        Node* unit = property->find("description");
        if (unit && !input.description.empty())
            unit->text = document_.keep(std::string(input.description) + " (" + std::string(unit->text) + ")");
        else if (!input.description.empty()) put(property, "description", input.description);
        bool constant = context_.values[input.fallback].time == ir::Time::Const;
        bool may_lack = input.fallback != ValueId::none || context_.types.is_optional(input.type);
        if (input.fallback != ValueId::none && constant)
            if (Node* fallback = values_.node(input.fallback)) Document::add(property, "default", fallback);
        if (!may_lack) Document::add(required, document_.text(name));
    }
    if (required->count) Document::add(schema, "required", required);
    Document::add(schema, "additionalProperties", document_.boolean(false));
    return schema;
}

Node* SchemaNodes::literal_record(ValueId id) {
    Node* schema = of("object");
    Node* properties = Document::add(schema, "properties", document_.map());
    Node* required = document_.list();
    for (const ir::Field& field : context_.values.fields(id)) {
        std::string_view name = context_.names.text(field.key);
        Document::add(properties, name, value(field.value));
        Document::add(required, document_.text(name));
    }
    if (required->count) Document::add(schema, "required", required);
    return schema;
}

Node* SchemaNodes::literal_list(ValueId id) {
    Node* schema = of("array");
    Node* items = document_.list();
    for (ValueId item : context_.values.links(id)) Document::add(items, value(item));
    if (items->count) Document::add(schema, "prefixItems", items);
    return schema;
}

Node* SchemaNodes::value(ValueId id) {
    const ir::Value& v = context_.values[id];
    TypeKind kind = context_.types.kind(v.type);
    if (v.op == Op::Null) return of("null");
    if (kind == TypeKind::Literals) return v.op == Op::List ? literal_list(id) : literal_record(id);
    Node* schema = type(v.type);
    return v.optional && kind != TypeKind::Optional ? nullable(schema) : schema;
}

void input_schemas(const lower::Context& context, Buffer& out) {
    Document document;
    iam::DeployText texts(context);
    cfn::ValueNodes values(document, texts);
    SchemaNodes schemas(context, document, values);
    const auto& pipelines = context.stack.pipelines;
    if (pipelines.size() == 1) return cfn::write_json(*schemas.input(pipelines[0]), out);
    Node* all = document.map();
    for (const ir::Pipeline& pipeline : pipelines) Document::add(all, context.names.text(pipeline.name), schemas.input(pipeline));
    cfn::write_json(*all, out);
}

}  // namespace zflow::show
