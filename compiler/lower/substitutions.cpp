#include "lower/substitutions.hpp"

#include <algorithm>

namespace zflow::lower {

using ir::Op;
using types::TypeKind;

namespace {

int alphabet_of(char c) {
    if (c >= '0' && c <= '9') return 1;
    if (c >= 'a' && c <= 'z') return 2;
    return c >= 'A' && c <= 'Z' ? 3 : 0;
}

/// Whether what matches the pattern can hold no quote, backslash, brace, `$` or `%`.
bool is_tame(std::string_view pattern) {
    if (pattern.empty()) return false;
    bool in_class = false;
    for (size_t i = 0; i < pattern.size(); i++) {
        char c = pattern[i];
        if (c == '\\') {
            char next = ++i < pattern.size() ? pattern[i] : 0;
            if (next != 'd' && next != 'w' && next != '.' && next != '-') return false;
        } else if (c == '[') {
            if (in_class || pattern.substr(i).starts_with("[^")) return false;
            in_class = true;
        } else if (c == ']') {
            in_class = false;
        } else if (c == '\'' || c == '"' || c == '`' || static_cast<unsigned char>(c) >= 0x80 || c < ' ') {
            return false;
        } else if (in_class && (c == '$' || c == '%' || c == '{' || c == '}')) {
            return false;
        } else if (in_class && c == '-' && i + 1 < pattern.size() && pattern[i + 1] != ']' && pattern[i - 1] != '[') {
            // a range must stay among letters or among digits
            int from = alphabet_of(pattern[i - 1]);
            if (!from || from != alphabet_of(pattern[i + 1])) return false;
        } else if (!in_class && (c == '.' || c == '|')) {
            return false;   // `|` may end the anchors' reach
        } else if (!in_class && c == '%') {
            return false;
        }
    }
    return true;
}

uint64_t identity_of(const ir::Value& v) {
    if (v.op == Op::Pseudo) {   // the first letters tell them apart
        uint64_t letters = 0;
        for (char c : v.text().substr(0, 7)) letters = letters << 8 | static_cast<unsigned char>(c);
        return uint64_t(v.op) << 58 ^ letters;
    }
    uint64_t a = v.op == Op::KeyArn ? 0 : v.a, b = v.op == Op::Attribute ? v.b : 0;
    return uint64_t(v.op) << 58 ^ a << 29 ^ b;
}

}  // namespace

bool Substitutions::is_leaf(Op op) {
    switch (op) {
        case Op::Parameter: case Op::Attribute: case Op::Pseudo:
        case Op::RoleArn: case Op::MachineArn: case Op::KeyArn:
            return true;
        default: return false;
    }
}

bool Substitutions::plain_literals(types::TypeId id) const {
    const types::Type& type = context_.types[id];
    if (type.kind == TypeKind::Literal) {
        std::string_view text = context_.names.text(type.name);
        return text.find_first_of("'\"`\\{}$%") == std::string_view::npos &&
               std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
    }
    return type.kind == TypeKind::Union &&
           std::all_of(type.items.begin(), type.items.end(), [&](types::TypeId item) { return plain_literals(item); });
}

Carrier Substitutions::carrier(const ir::Value& value) const {
    if (value.op != Op::Parameter) return Carrier::Text;   // made by AWS
    types::TypeId id = context_.types.without_none(context_.stack.parameters[value.a].type);
    const types::Type& type = context_.types[id];
    switch (type.kind) {
        case TypeKind::Bool: case TypeKind::Int: case TypeKind::Float: case TypeKind::Duration: case TypeKind::Size:
            return Carrier::Bare;
        case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::Instance: case TypeKind::S3:
        case TypeKind::Bucket: case TypeKind::Image: case TypeKind::Arn: case TypeKind::Dataset:
            return Carrier::Text;
        case TypeKind::Literal: case TypeKind::Union:
            return plain_literals(id) ? Carrier::Text : Carrier::Encoded;
        case TypeKind::String: {
            bool tame = type.refinement >= 0 && is_tame(context_.types.refinement(type.refinement).pattern);
            return tame ? Carrier::Text : Carrier::Encoded;
        }
        case TypeKind::List: return Carrier::Strings;
        case TypeKind::Json: case TypeKind::Map: case TypeKind::Record: return Carrier::Json;
        default: return Carrier::Encoded;
    }
}

std::string Substitutions::base_key(const ir::Value& v) const {
    const ir::Stack& stack = context_.stack;
    switch (v.op) {
        case Op::Parameter: return stack.parameters[v.a].logical_id;
        case Op::Attribute: {
            std::string key = stack.resources[v.a].logical_id;
            std::string_view name = v.b ? context_.names.text(Symbol{v.b}) : "Ref";
            for (char c : name)
                if (c != '.') key += c;
            return key;
        }
        case Op::Pseudo: return std::string(v.text());
        case Op::RoleArn: return stack.roles[v.a].logical_id + "Arn";
        case Op::MachineArn: return stack.pipelines[v.a].logical_id + "Arn";
        default: return "KeyArn";
    }
}

std::string_view Substitutions::enter(uint64_t identity, std::string key, ir::ValueId value, bool encoded) {
    if (encoded) key += "Base64";
    while (!keys_.insert(key).second) key += "X";   // "DataArn" may be a parameter and an attribute
    list_.push_back({key, value, encoded});
    return known_[identity] = *keys_.find(key);
}

std::string_view Substitutions::key(ir::ValueId id) {
    const ir::Value& v = context_.values[id];
    if (v.op == Op::Pseudo && v.text() == "Partition") return partition();
    uint64_t identity = identity_of(v);
    if (auto found = known_.find(identity); found != known_.end()) return found->second;
    return enter(identity, base_key(v), id, carrier(v) >= Carrier::Encoded);
}

std::string_view Substitutions::shared(std::string_view wanted_key, const std::string& code) {
    if (auto found = shared_.find(code); found != shared_.end()) return found->second;
    std::string key(wanted_key);
    while (!keys_.insert(key).second) key += "X";
    list_.push_back({key, ir::ValueId::none, false, code});
    return shared_[code] = *keys_.find(key);
}

std::string_view Substitutions::partition() {
    constexpr uint64_t identity = ~uint64_t{0};
    if (auto found = known_.find(identity); found != known_.end()) return found->second;
    return enter(identity, "Partition", ir::ValueId::none, false);
}

}  // namespace zflow::lower
