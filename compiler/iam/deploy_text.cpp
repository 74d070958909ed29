#include "iam/deploy_text.hpp"

namespace zflow::iam {

using ir::Op;
using ir::Value;
using ir::ValueId;

DeployText::DeployText(const lower::Context& context) : context_(context) {
    ids_ = {free_id("EncryptionKey"), free_id("ScheduleGroup"), free_id("TriggerDeadLetters")};
}

std::string DeployText::free_id(std::string_view wanted) const {
    auto taken = [&](std::string_view id) {
        for (const auto& p : context_.stack.parameters)
            if (p.logical_id == id) return true;
        for (const auto& r : context_.stack.resources)
            if (r.logical_id == id) return true;
        for (const auto& r : context_.stack.roles)
            if (r.logical_id == id) return true;
        for (const auto& p : context_.stack.pipelines)
            if (p.logical_id == id) return true;
        return false;
    };
    std::string id(wanted);
    while (taken(id)) id += "OfStack";
    return id;
}

void DeployText::append_literal(std::string_view text, std::string& out) {
    // a dollar and a brace can also meet where two literals are joined
    if (!text.empty() && text.front() == '{' && !out.empty() && out.back() == '$') {
        out += "{!";
        text.remove_prefix(1);
    }
    for (size_t at; (at = text.find("${")) != std::string_view::npos; text.remove_prefix(at + 2)) {
        out += text.substr(0, at);
        out += "${!";
    }
    out += text;
}

std::string DeployText::machine_name(uint32_t pipeline) const {
    return "${AWS::StackName}-" + std::string(context_.names.text(context_.stack.pipelines[pipeline].name));
}

std::string DeployText::machine_arn(uint32_t pipeline) const {
    return "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:" + machine_name(pipeline);
}

std::string DeployText::role_arn(uint32_t role) const {
    return "${" + context_.stack.roles[role].logical_id + ".Arn}";
}

std::string DeployText::secret_arn(uint32_t secret) const {
    const ir::Secret& s = context_.stack.secrets[secret];
    if (s.arn != ValueId::none) return text(s.arn);
    std::string out;
    if (!s.name.starts_with("arn:"))
        out = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:";
    append_literal(s.name, out);
    // Secrets Manager puts a hyphen and six characters behind the name
    return s.name.starts_with("arn:") ? out : out + "-??????";
}

ValueId DeployText::field(ValueId record, std::string_view name) const {
    if (value(record).op != Op::Record) return ValueId::none;
    // the names are literals and parts of the packed tables: the same few pointers again and again
    Known& known = known_[(reinterpret_cast<uintptr_t>(name.data()) ^ name.size()) % known_.size()];
    if (known.name.data() != name.data() || known.name.size() != name.size()) known = {name, context_.names.find(name)};
    return field(record, known.symbol);
}

ValueId DeployText::field(ValueId record, Symbol name) const {
    if (value(record).op != Op::Record || name == Symbol::none) return ValueId::none;
    ValueId found = context_.values.field(record, name);
    return value(found).op == Op::Null ? ValueId::none : found;
}

/// An S3 location or an image stands for its text.
bool DeployText::append_record(ValueId id, std::string& out) const {
    if (ValueId uri = field(id, "uri"); uri != ValueId::none) return append(uri, out);
    ValueId bucket = field(id, "bucket");
    if (bucket == ValueId::none) return false;
    out += "s3://";
    if (!append(bucket, out)) return false;
    out += '/';
    ValueId key = field(id, "key");
    return key == ValueId::none || append(key, out);
}

bool DeployText::append(ValueId id, std::string& out) const {
    const Value& v = value(id);
    const ir::Stack& stack = context_.stack;
    switch (v.op) {
        case Op::Null: return true;
        case Op::Bool: return out += v.a ? "true" : "false", true;
        case Op::Integer: return out += std::to_string(v.integer), true;
        case Op::Decimal: return out += v.text(), true;
        case Op::String: return append_literal(v.text(), out), true;
        case Op::Concat:
            for (ValueId part : context_.values.links(id))
                if (!append(part, out)) return false;
            return true;
        case Op::Record: return append_record(id, out);
        case Op::Parameter: return out += "${" + stack.parameters[v.a].logical_id + "}", true;
        case Op::Attribute:
            out += "${" + stack.resources[v.a].logical_id;
            if (v.b) out.append(".").append(context_.names.text(Symbol{v.b}));
            return out += '}', true;
        case Op::Pseudo: return out.append("${AWS::").append(v.text()).append("}"), true;
        case Op::RoleArn: return out += role_arn(v.a), true;
        case Op::MachineArn: return out += machine_arn(v.a), true;
        case Op::KeyArn: return out += key_arn(), true;
        case Op::Secret: {
            const ir::Secret& s = stack.secrets[v.a];
            if (s.arn != ValueId::none) return append(s.arn, out);
            return append_literal(s.name, out), true;
        }
        case Op::Call:
            if (v.time != ir::Time::Run && ir::Builtin{v.sub} == ir::Builtin::String && v.b == 1)
                return append(context_.values.links(id)[0], out);
            if (ir::Builtin{v.sub} == ir::Builtin::After) return false;   // CloudFormation cannot: taken as unknown
            [[fallthrough]];
        default:
            if (v.time == ir::Time::Run) return false;
            out += "${=" + std::to_string(static_cast<uint32_t>(id)) + "}";
            return true;
    }
}

std::string DeployText::text(ValueId id) const {
    std::string out;
    append(id, out);
    return out;
}

Piece next_piece(std::string_view& text) {
    size_t at = 0;
    while (true) {
        at = text.find("${", at);
        if (at == std::string_view::npos || at + 2 >= text.size() || text[at + 2] != '!') break;
        at += 3;  // an escape is literal text
    }
    if (at == 0) {
        size_t end = text.find('}');
        if (end == std::string_view::npos) end = text.size() - 1;
        Piece piece{text.substr(2, end - 2), true};
        text.remove_prefix(end + 1);
        return piece;
    }
    Piece piece{text.substr(0, at), false};
    text.remove_prefix(piece.text.size());
    return piece;
}

std::string unescape(std::string_view text) {
    std::string out;
    for (size_t at; (at = text.find("${!")) != std::string_view::npos; text.remove_prefix(at + 3)) {
        out += text.substr(0, at);
        out += "${";
    }
    return out += text;
}

}  // namespace zflow::iam
