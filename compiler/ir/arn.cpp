#include "ir/arn.hpp"

namespace zflow::ir {

namespace {

/// A service as policies call it: the word of a type, "SQS" of "AWS::SQS::Queue", is the same as a rule.
std::string service_of(std::string_view resource_type) {
    constexpr std::string_view begin = "AWS::";
    if (!resource_type.starts_with(begin)) return {};
    resource_type.remove_prefix(begin.size());
    std::string service(resource_type.substr(0, resource_type.find("::")));
    for (char& c : service)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    for (std::string_view known : schema::iam_arn_services(service))
        if (known == service) return service;
    return {};
}

/// "TopicArn" of a topic is its own; "RoleArn" of it would be another's.
bool is_own_arn(std::string_view attribute, std::string_view resource_type) {
    if (!attribute.ends_with("Arn")) return false;
    attribute.remove_suffix(3);
    return attribute.empty() || resource_type.substr(resource_type.rfind(':') + 1) == attribute;
}

/// `Arn(service: "sqs")`
std::string_view service_of(const types::TypeTable& types, types::TypeId id) {
    const types::Type& t = types[types.without_none(id)];
    if (t.kind != types::TypeKind::Arn || t.refinement < 0) return {};
    std::string_view service = arn_field(types.refinement(t.refinement).pattern, 2);
    return service.starts_with('[') ? std::string_view() : service;
}

std::string service_of(const Stack& stack, const types::TypeTable& types, const Interner& names, const Value& v) {
    if (v.op == Op::Attribute && v.b) {
        std::string_view type = stack.resources[v.a].type;
        if (std::string service = is_own_arn(names.text(Symbol{v.b}), type) ? service_of(type) : ""; !service.empty()) return service;
    }
    if (v.op == Op::RoleArn) return "iam";
    if (v.op == Op::MachineArn) return "states";
    if (v.op == Op::KeyArn) return "kms";
    return std::string(service_of(types, v.type));
}

}  // namespace

std::string_view arn_field(std::string_view arn, int number) {
    for (int i = 0;; i++) {
        size_t end = i == 5 ? arn.size() : arn.find(':');
        if (end == std::string_view::npos) return {};
        if (i == number) return arn.substr(0, end);
        arn.remove_prefix(end + 1);
    }
}

KnownArn known_arn(const Stack& stack, const Values& values, const types::TypeTable& types, const Interner& names, ValueId value) {
    KnownArn known;
    auto add = [&](const Value& part) {
        if (part.op == Op::String) return void(known.text += part.text());
        if (part.op == Op::Pseudo) return void(known.text += 'x');
        known.whole = false;
        if (!known.text.empty()) return;
        if (std::string service = service_of(stack, types, names, part); !service.empty()) known.text = "arn:x:" + service + ":";
    };
    if (values[value].op != Op::Concat) add(values[value]);
    else
        for (ValueId part : values.links(value))
            if (known.whole) add(values[part]);
    return known;
}

}  // namespace zflow::ir
