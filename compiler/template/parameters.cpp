/// The Parameters section: types, patterns and limits from the types of the language.
#include <cmath>

#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

using types::TypeKind;

/// What a value of a plain type looks like. None of the patterns admits a quote, a backslash, a brace or a dollar: such
/// a value stays inside the string that it is put into.
struct Look {
    std::string_view pattern, hint;
};

Look look_of(TypeKind kind) {
    switch (kind) {
        case TypeKind::Bucket: return {"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", "the name of an S3 bucket"};
        case TypeKind::S3:
        case TypeKind::Dataset:
            return {"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.()/=@+,:-]*)?$",
                    "a location such as s3://bucket/prefix/"};
        case TypeKind::Image:
            return {"^[a-z0-9][A-Za-z0-9._-]*(:[0-9]+)?(/[A-Za-z0-9._-]+)+([:@][A-Za-z0-9._:-]+)?$",
                    "a container image such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/name:tag"};
        case TypeKind::Arn: return {"^arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9+=,.@_/:-]+$", "an ARN"};
        case TypeKind::Secret:
            return {"^[A-Za-z0-9/_+=.@:-]{1,512}$",
                    "the name or the ARN of a secret in Secrets Manager, never its value"};
        case TypeKind::Date:
            return {"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", "a date such as 2026-01-31"};
        case TypeKind::Timestamp:
            return {"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$",
                    "a timestamp such as 2026-01-31T03:00:00Z"};
        case TypeKind::Instance:
            return {"^([a-z]+[.])?[a-z][a-z0-9-]*[.][a-z0-9-]+$", "an instance type such as ml.m5.xlarge"};
        default:
            // free text is carried as Base64 and decoded as Latin-1, so characters beyond ASCII would not come back
            return {"^[\\x20-\\x7E]*$", "printable ASCII characters only"};
    }
}

/// Whether a pattern may admit characters beyond printable ASCII.
bool admits_anything(std::string_view pattern) {
    for (size_t i = 0; i < pattern.size(); i++) {
        auto c = static_cast<unsigned char>(pattern[i]);
        if (c == '.' || c >= 0x80) return true;
        if (c == '[' && i + 1 < pattern.size() && pattern[i + 1] == '^') return true;
        if (c != '\\' || i + 1 >= pattern.size()) continue;
        c = static_cast<unsigned char>(pattern[++i]);
        if (std::string_view("SWDPpxusnrtfvNHRVX").find(static_cast<char>(c)) != std::string_view::npos) return true;
    }
    return false;
}

std::string anchored(std::string_view pattern) {
    bool is_anchored =
        pattern.starts_with('^') && pattern.ends_with('$') && pattern.find('|') == std::string_view::npos;
    std::string ascii = admits_anything(pattern) ? "(?=[\\x20-\\x7E]*$)" : "";
    if (is_anchored && ascii.empty()) return std::string(pattern);
    return "^" + ascii + "(?:" + std::string(pattern) + ")$";
}

Node* number(Document& document, double value) {
    if (value == std::floor(value) && std::abs(value) < 1e15) return document.integer(static_cast<int64_t>(value));
    return document.decimal(fmt::format("{}", value));
}

/// Writes the properties of one parameter.
class ParameterNode {
   public:
    ParameterNode(const lower::Context& context, Document& document, Node* node)
        : types_(context.types), names_(context.names), document_(document), node_(node) {}

    void write(types::TypeId id) {
        id = types_.without_none(id);
        const types::Type& type = types_[id];
        switch (type.kind) {
            case TypeKind::Int:
            case TypeKind::Float:
            case TypeKind::Duration:
            case TypeKind::Size: return write_number(type);
            case TypeKind::Bool: return write_choice({"true", "false"});
            case TypeKind::Literal: return write_choice({names_.text(type.name)});
            case TypeKind::Union: return write_union(type);
            case TypeKind::List: return write_list(type);
            default: return write_text(type);
        }
    }

   private:
    void put(std::string_view key, Node* value) { Document::add(node_, key, value); }
    void put(std::string_view key, std::string_view text) { put(key, document_.text(text)); }

    void write_number(const types::Type& type) {
        put("Type", "Number");
        if (type.refinement < 0) {
            if (type.kind == TypeKind::Duration || type.kind == TypeKind::Size) put("MinValue", document_.integer(0));
            return;
        }
        const types::Refinement& r = types_.refinement(type.refinement);
        if (r.has_min) put("MinValue", number(document_, r.min));
        if (r.has_max) put("MaxValue", number(document_, r.max));
    }

    void write_choice(std::initializer_list<std::string_view> values) {
        put("Type", "String");
        put("AllowedValues", document_.list(values));
    }

    void write_union(const types::Type& type) {
        Node* values = document_.list();
        bool literals = true, numbers = true;
        for (types::TypeId item : type.items) {
            TypeKind kind = types_.kind(item);
            numbers = numbers && (kind == TypeKind::Int || kind == TypeKind::Float);
            literals = literals && kind == TypeKind::Literal;
            if (kind == TypeKind::Literal) Document::add(values, document_.text(names_.text(types_[item].name)));
        }
        put("Type", numbers ? "Number" : "String");
        if (literals) put("AllowedValues", values);
        else if (!numbers) put_look(look_of(TypeKind::String));
    }

    void write_list(const types::Type& type) {
        TypeKind element = types_.kind(type.element);
        bool numbers = element == TypeKind::Int || element == TypeKind::Float;
        put("Type", numbers ? "List<Number>" : "CommaDelimitedList");
        if (!numbers && element != TypeKind::Literal && element != TypeKind::Union) put_look(look_of(element));
    }

    void write_text(const types::Type& type) {
        put("Type", "String");
        if ((type.kind != TypeKind::String && type.kind != TypeKind::Arn) || type.refinement < 0) return put_look(look_of(type.kind));
        const types::Refinement& r = types_.refinement(type.refinement);
        if (type.kind == TypeKind::Arn) return write_arn(r.pattern);
        if (r.has_min) put("MinLength", number(document_, r.min));
        if (r.has_max) put("MaxLength", number(document_, r.max));
        if (r.pattern.empty()) return put_look(look_of(TypeKind::String));
        put("AllowedPattern", anchored(r.pattern));
        put("ConstraintDescription", std::string("text that matches ").append(r.pattern));
    }

    /// One of the six fields of what an ARN begins with.
    static std::string_view field(std::string_view arn, int number) {
        for (int i = 0; i < number; i++) arn.remove_prefix(arn.find(':') + 1);
        return number == 5 ? arn : arn.substr(0, arn.find(':'));
    }

    /// What an ARN may end with is a matter of all ARNs: it stands in the definition as it is.
    void write_arn(std::string_view pattern) {
        std::string_view any = look_of(TypeKind::Arn).pattern;
        pattern.remove_suffix(std::string_view(".+").size());
        put("AllowedPattern", std::string("^").append(pattern).append(any.substr(any.rfind('['))));
        std::string_view service = field(pattern, 2), resource = field(pattern, 5);
        put("ConstraintDescription", "an ARN" + (service.starts_with('[') ? "" : " of " + std::string(service)) +
                                         (resource.empty() ? "" : ", " + std::string(resource) + "…"));
    }

    void put_look(const Look& look) {
        put("AllowedPattern", look.pattern);
        put("ConstraintDescription", look.hint);
    }

    const types::TypeTable& types_;
    const Interner& names_;
    Document& document_;
    Node* node_;
};

}  // namespace

void Builder::add_parameters() {
    if (stack_.parameters.empty()) return;
    Node* section = put_map(root_, "Parameters");
    for (const ir::Parameter& parameter : stack_.parameters) {
        Node* node = put_map(section, parameter.logical_id);
        if (!parameter.description.empty()) put(node, "Description", parameter.description.substr(0, 4000));
        ParameterNode(context_, document_, node).write(parameter.type);
        if (parameter.fallback == ir::ValueId::none) continue;
        const ir::Value& fallback = context_.values[parameter.fallback];
        if (fallback.op == ir::Op::List) {  // a list parameter is one text with commas
            std::string joined;
            for (ir::ValueId item : context_.values.links(parameter.fallback))
                (joined += joined.empty() ? "" : ",") += iam::unescape(texts_.text(item));
            put(node, "Default", joined);
        } else if (fallback.op == ir::Op::Bool) {
            put(node, "Default", fallback.a ? "true" : "false");
        } else {
            put(node, "Default", values_.node(parameter.fallback));
        }
    }
}

}  // namespace zflow::cfn
