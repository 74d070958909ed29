#include "lower/fit.hpp"

#include <charconv>

namespace zflow::lower {

using types::Type;
using types::TypeId;
using types::TypeKind;

namespace {

constexpr size_t deepest = 4;   // records in records in records: beyond this only their kind is looked at

std::string number_text(double number) {
    char text[32];
    auto end = std::to_chars(text, text + sizeof text, number).ptr;
    return {text, end};
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (size_t i = 0; i < text.size(); i++) {
        constexpr char digits[] = "0123456789abcdef";
        auto c = static_cast<unsigned char>(text[i]);
        bool escape = c < 0x20 || c == '\'' || c == '\\' || c == '%';
        if (escape) out.append("\\u00") += digits[c >> 4], out += digits[c & 15];
        else out += text[i];
    }
    return out += '\'';
}

/// A pattern as a JSONata literal. JSONata finds its end by counting brackets, so those in classes are escaped.
std::string regex(std::string_view pattern) {
    std::string out = "/^(?:";
    bool in_class = false;
    for (size_t i = 0; i < pattern.size(); i++) {
        char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            char next = pattern[++i];
            if (next == '\\') out += "\\x5c";
            else if (next == '%') out += "\\x25";
            else if (next == '[' || next == ']') out += next == '[' ? "\\x5b" : "\\x5d";
            else out.append("\\") += next;
            continue;
        }
        bool bracket = c == '(' || c == ')' || c == '{' || c == '}';
        if (c == '%') out += "\\x25";
        else if (c == '/' || (in_class && bracket)) out.append("\\") += c;
        else if (in_class && c == '[') out += "\\x5b";
        else out += c;
        if (c == '[') in_class = true;
        if (c == ']') in_class = false;
    }
    return out += ")$/";
}

std::string type_test(const std::string& subject, std::string_view name) {
    return "$type(" + subject + ") = '" + std::string(name) + "'";
}

/// The rest is looked at only when the type is right: functions refuse other types.
std::string test(const std::string& subject, std::string_view type, const std::string& rest) {
    if (rest.empty()) return type_test(subject, type);
    return "(" + type_test(subject, type) + " ? " + rest + " : false)";
}

void also(std::string& all, const std::string& condition) {
    if (condition.empty()) return;
    if (!all.empty()) all += " and ";
    all += condition;
}

std::string text_limits(const types::Refinement& limits, const std::string& subject) {
    std::string rest;
    if (limits.has_min) also(rest, "$length(" + subject + ") >= " + number_text(limits.min));
    if (limits.has_max) also(rest, "$length(" + subject + ") <= " + number_text(limits.max));
    if (!limits.pattern.empty()) also(rest, "$contains(" + subject + ", " + regex(limits.pattern) + ")");
    return rest;
}

std::string number_limits(const types::Refinement& limits, const std::string& subject) {
    std::string rest;
    if (limits.has_min) also(rest, subject + " >= " + number_text(limits.min));
    if (limits.has_max) also(rest, subject + " <= " + number_text(limits.max));
    return rest;
}

std::string record_test(const Context& context, const Type& type, const std::string& subject, size_t depth) {
    std::string rest;
    for (const types::FieldType& field : type.fields) {
        std::string part = member_of(subject, context.names.text(field.name));
        std::string fits = fit_test(context, context.types.without_none(field.type), part, depth + 1);
        bool may_lack = field.fallback || context.types.is_optional(field.type);
        if (!may_lack) also(rest, "$exists(" + part + ")");
        if (fits.empty()) continue;
        also(rest, may_lack ? "($exists(" + part + ") and " + part + " != null ? " + fits + " : true)" : fits);
    }
    return test(subject, "object", rest);
}

std::string union_test(const Context& context, const Type& type, const std::string& subject, size_t depth) {
    std::string literals, others;
    for (TypeId item : type.items) {
        if (context.types.kind(item) == TypeKind::Literal) {
            literals += (literals.empty() ? "" : ", ") + quoted(context.names.text(context.types[item].name));
            continue;
        }
        std::string fits = fit_test(context, item, subject, depth);
        if (fits.empty()) return "";
        others += (others.empty() ? "" : " or ") + fits;
    }
    std::string in_list = literals.empty() ? "" : subject + " in [" + literals + "]";
    if (others.empty()) return in_list;
    return "(" + in_list + (in_list.empty() ? "" : " or ") + others + ")";
}

}  // namespace

std::string_view form_of(TypeKind kind) {
    switch (kind) {
        case TypeKind::Date: return "/^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(T|$)/";
        case TypeKind::Timestamp: return "/^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d/";
        case TypeKind::S3: case TypeKind::Dataset: return "/^s3:\\/\\/[a-z0-9][a-z0-9.-]*\\//";
        case TypeKind::Bucket: return "/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/";
        case TypeKind::Arn: return "/^arn:/";
        default: return "";
    }
}

std::string member_of(const std::string& subject, std::string_view name) {
    bool plain = name != "and" && name != "or" && name != "in" && name != "null" && name != "true" && name != "false";
    for (char c : name)
        plain = plain && (c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
    return subject + "." + (plain ? std::string(name) : "`" + std::string(name) + "`");
}

std::string fit_test(const Context& context, TypeId id, const std::string& subject, size_t depth) {
    const Type& type = context.types[id];
    const types::Refinement none, &limits = type.refinement >= 0 ? context.types.refinement(type.refinement) : none;
    switch (type.kind) {
        case TypeKind::Bool: return type_test(subject, "boolean");
        case TypeKind::Int: case TypeKind::Duration: case TypeKind::Size: {
            std::string rest = "$floor(" + subject + ") = " + subject;
            if (type.kind != TypeKind::Int) also(rest, subject + " >= 0");
            also(rest, number_limits(limits, subject));
            return test(subject, "number", rest);
        }
        case TypeKind::Float: return test(subject, "number", number_limits(limits, subject));
        case TypeKind::String: return test(subject, "string", text_limits(limits, subject));
        case TypeKind::Literal: return subject + " = " + quoted(context.names.text(type.name));
        case TypeKind::Union: return union_test(context, type, subject, depth);
        case TypeKind::Arn:
            if (type.refinement >= 0) return test(subject, "string", text_limits(limits, subject));
            [[fallthrough]];
        case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::S3: case TypeKind::Dataset: case TypeKind::Bucket:
            return test(subject, "string", "$contains(" + subject + ", " + std::string(form_of(type.kind)) + ")");
        case TypeKind::Instance: case TypeKind::Image: case TypeKind::Secret:
            return test(subject, "string", "$length(" + subject + ") > 0");
        case TypeKind::List: {
            std::string item = "$e" + std::to_string(depth);
            std::string fits = depth < deepest ? fit_test(context, type.element, item, depth + 1) : "";
            if (fits.empty()) return type_test(subject, "array");
            std::string misfits = "$filter(" + subject + ", function(" + item + ") { $not(" + fits + ") })";
            return test(subject, "array", "$count(" + misfits + ") = 0");
        }
        case TypeKind::Record: case TypeKind::Nominal:
            return depth < deepest ? record_test(context, type, subject, depth) : type_test(subject, "object");
        case TypeKind::Map: {
            std::string item = "$e" + std::to_string(depth);
            std::string fits = depth < deepest ? fit_test(context, type.element, item, depth + 1) : "";
            if (fits.empty()) return type_test(subject, "object");
            return test(subject, "object", "$not(false in $each(" + subject + ", function(" + item + ") { " + fits + " }))");
        }
        case TypeKind::Optional: {
            std::string fits = fit_test(context, type.element, subject, depth);
            return fits.empty() ? "" : "(" + subject + " != null ? " + fits + " : true)";
        }
        default: return "";
    }
}

namespace {

/// What a JSON object has to have.
std::string members_text(const Context& context, const Type& type) {
    std::string needed;
    for (const types::FieldType& field : type.fields) {
        if (field.fallback || context.types.is_optional(field.type)) continue;
        (needed += needed.empty() ? " with " : ", ") += context.names.text(field.name);
    }
    return "an object" + needed;
}

std::string choices_text(const Context& context, const Type& type) {
    std::string choices;
    for (TypeId item : type.items) {
        if (!choices.empty()) choices += " or ";
        if (context.types.kind(item) == TypeKind::Literal) ((choices += '"') += context.names.text(context.types[item].name)) += '"';
        else choices += fit_text(context, item);
    }
    return choices;
}

}  // namespace

std::string fit_text(const Context& context, TypeId id) {
    const Type& type = context.types[id];
    std::string text;
    switch (type.kind) {
        case TypeKind::Bool: text = "true or false"; break;
        case TypeKind::Int: text = "a whole number"; break;
        case TypeKind::Duration: text = "a whole number of seconds, at least 0"; break;
        case TypeKind::Size: text = "a whole number of bytes, at least 0"; break;
        case TypeKind::Float: text = "a number"; break;
        case TypeKind::String: text = "a text"; break;
        case TypeKind::Date: text = "a date, yyyy-mm-dd"; break;
        case TypeKind::Timestamp: text = "a time, yyyy-mm-ddThh:mm:ssZ"; break;
        case TypeKind::S3: case TypeKind::Dataset: text = "an S3 location, s3://bucket/key"; break;
        case TypeKind::Bucket: text = "the name of a bucket"; break;
        case TypeKind::Arn: text = "an ARN, arn:…"; break;
        case TypeKind::Instance: text = "an instance type, ml.m5.large"; break;
        case TypeKind::Image: case TypeKind::Secret: text = "a text"; break;
        case TypeKind::None: text = "null"; break;
        case TypeKind::Optional: text = fit_text(context, type.element) + " or null"; break;
        case TypeKind::List: text = "a list, each element " + fit_text(context, type.element); break;
        case TypeKind::Map: text = "an object, each value " + fit_text(context, type.element); break;
        case TypeKind::Record: case TypeKind::Nominal: text = members_text(context, type); break;
        case TypeKind::Union: text = choices_text(context, type); break;
        case TypeKind::Literal: text = "\"" + std::string(context.names.text(type.name)) + "\""; break;
        default: text = "any value";
    }
    if (type.refinement < 0) return text;
    const types::Refinement& limits = context.types.refinement(type.refinement);
    std::string_view unit = type.kind == TypeKind::String ? " characters" : "";
    if (limits.has_min) text += ", at least " + number_text(limits.min) + std::string(unit);
    if (limits.has_max) text += ", at most " + number_text(limits.max) + std::string(unit);
    if (!limits.pattern.empty()) text += std::string(", of the form ").append(limits.pattern);
    return text;
}

}  // namespace zflow::lower
