// A resource's properties against what CloudFormation takes: names, what is required, kinds of values, choices, bounds. Where
// the registry's schema is not plain, and of what is only known later, nothing is said.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"
#include "elaborate/possible_texts.hpp"
#include "schema/resource_types.hpp"

namespace zflow::elaborate {

using schema::PropertyType;

namespace {

/// AWS keeps the names of its own types; others may be somebody's extension of the registry (CloudFormation guide, registry).
constexpr std::string_view of_aws = "AWS::";
constexpr std::string_view custom = "Custom::";
/// Filled in by CloudFormation: "{{resolve:ssm:name}}" (CloudFormation guide, dynamic references).
constexpr std::string_view resolved_later = "{{resolve:";

std::string type_text(PropertyType type) {
    using enum PropertyType::Kind;
    switch (type.kind()) {
        case Text: case Choice: return "String";
        case Whole: return "Int";
        case Number: return "Float";
        case Truth: return "Bool";
        case List: return "List<…>";
        case Map: return "Map<…>";
        case Record: return std::string(type.name());
        default: return "Json";
    }
}

bool same_but_for_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) { return (x | 32) == (y | 32); });
}

/// CloudFormation converts texts (CloudFormation guide, Resources section).
std::optional<double> number_in(std::string_view text) {
    double number = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// "MyOrganisation::Service::Thing", or a module of that form.
bool is_somebodys(std::string_view type) {
    size_t parts = 1;
    for (size_t at = type.find("::"); at != type.npos; at = type.find("::", at + 2)) parts++;
    return type.starts_with(custom) || (parts >= 3 && !type.starts_with(of_aws)) || type.ends_with("::MODULE");
}

}  // namespace

class PropertyCheck {
   public:
    PropertyCheck(Elaborator& in, std::string_view resource) : in_(in), resource_(resource) {}

    /// `name`: of the property, to speak of it.
    void value(ValueId id, PropertyType type, std::string_view name, Span where) {
        const Value v = in_.values_[id];
        if (type.kind() == PropertyType::Kind::Any || in_.is_error(id) || in_.is_null(id)) return;
        Span at = v.where.known() ? v.where : where;
        if (in_.is_choice(id)) return arms(v, type, name, at);
        using enum PropertyType::Kind;
        switch (type.kind()) {
            case Record: return record(id, type, name, at);
            case Map: return entries(id, type, name, at);
            case List: return elements(id, type, name, at);
            default: return scalar(id, type, name, at);
        }
    }

   private:
    /// What decides is only known when the stack is deployed: each of them has to fit.
    void arms(const Value& v, PropertyType type, std::string_view name, Span at) {
        if (v.op == Op::Conditional) value(ValueId{v.b}, type, name, at);
        value(ValueId{v.op == Op::Conditional ? v.c : v.b}, type, name, at);
    }

    // --- records, maps and lists

    void record(ValueId id, PropertyType type, std::string_view name, Span at) {
        if (form(id) != Form::Record) return misfit(id, type, at);
        std::vector<std::string_view> misspelt;   // a property that was meant is not missing too
        bool complete = true;
        for (uint32_t i = 0; i < in_.values_[id].b; i++) {
            const ir::Field f = in_.values_.fields(id)[i];
            if (in_.is_null(f.value)) continue;
            auto known = type.find(in_.text(f.key));
            if (known) value(f.value, known->type, known->name, at);
            else complete &= unknown(f, type, name, misspelt);
        }
        if (!complete) return;
        for (uint32_t i = 0; i < type.property_count(); i++)
            if (schema::Property p = type.property(i); p.required) needed(id, p, type, misspelt, at);
    }

    void needed(ValueId id, const schema::Property& p, PropertyType type, const std::vector<std::string_view>& misspelt, Span at) {
        Symbol key = in_.names_.find(p.name);
        ValueId given = key == Symbol::none ? ValueId::none : in_.values_.field(id, key);
        bool there = given != ValueId::none && (!in_.is_null(given) || in_.is_error(given));
        if (there || std::ranges::find(misspelt, p.name) != misspelt.end()) return;
        in_.diagnostics_.report(diag::MissingMember, at, p.name, type.name());
    }

    /// False: what it is meant to be is not known, so that it may be anything that is missing.
    bool unknown(const ir::Field& f, PropertyType type, std::string_view, std::vector<std::string_view>& misspelt) {
        if (type.is_free()) return true;
        std::vector<std::string_view> known;
        for (uint32_t i = 0; i < type.property_count(); i++) known.push_back(type.property(i).name);
        std::string_view given = in_.text(f.key);
        auto near = closest(given, known);
        if (near.empty() && type.is_open()) return true;
        Span key = in_.key_span(f);
        auto report = in_.diagnostics_.report(diag::UnknownRequestMember, key, given, type.name());
        auto resource = schema::find_resource_type(resource_);
        if (!near.empty()) {
            misspelt.push_back(near);
            report.help(fmt::format("did you mean `{}`?", near));
            if (key != in_.values_[f.value].where) report.fix(key, std::string(near), fmt::format("write `{}`", near));
        } else if (resource && type.name() == resource_ && resource->has_attribute(given)) {
            report.help("it is an attribute, which the service sets itself");
        } else if (constexpr size_t many = 12; known.size() <= many && !known.empty()) {
            report.help(advice::there_are(known));
        }
        return !near.empty();
    }

    void entries(ValueId id, PropertyType type, std::string_view name, Span at) {
        if (form(id) != Form::Record) return misfit(id, type, at);
        for (uint32_t i = 0; i < in_.values_[id].b; i++) value(in_.values_.fields(id)[i].value, type.element(), name, at);
    }

    void elements(ValueId id, PropertyType type, std::string_view name, Span at) {
        if (in_.values_[id].op != Op::List) return misfit(id, type, at);
        uint32_t surely = 0, perhaps = in_.values_[id].b;
        for (uint32_t i = 0; i < in_.values_[id].b; i++) {
            ValueId item = in_.values_.links(id)[i];
            if (in_.is_error(item)) return;
            surely += !in_.is_null(item) && !in_.is_choice(item) && !in_.values_[item].optional;
            perhaps -= in_.is_null(item);
            value(item, type.element(), name, at);
        }
        if (auto most = type.most(); most && surely > *most) beyond(name, "has at most", *most, surely, " elements", at);
        else if (auto least = type.least(); least && perhaps < *least) beyond(name, "has at least", *least, perhaps, " elements", at);
    }

    // --- texts, numbers and truths

    void scalar(ValueId id, PropertyType type, std::string_view name, Span at) {
        Form given = form(id);
        if (given == Form::Record || given == Form::List) return misfit(id, type, at);
        const Value v = in_.values_[id];
        using enum PropertyType::Kind;
        if (v.op == Op::String) return text(v.text(), id, type, name, at);
        if (type.kind() == Choice) return choice_later(id, type, at);
        if (v.op == Op::Bool) {
            if (type.kind() == Whole || type.kind() == Number) misfit(id, type, at);
        } else if (auto number = in_.number_of(v)) {
            if (type.kind() == Truth) misfit(id, type, at);
            else if (type.kind() != Text) amount(*number, id, type, name, at);
        }
    }

    void amount(double number, ValueId id, PropertyType type, std::string_view name, Span at) {
        if (type.kind() == PropertyType::Kind::Whole && number != std::floor(number)) return misfit(id, type, at);
        bounds(number, type, name, "", at);
    }

    void text(std::string_view text, ValueId id, PropertyType type, std::string_view name, Span at) {
        if (text.find(resolved_later) != text.npos) return;
        using enum PropertyType::Kind;
        switch (type.kind()) {
            case Text: return bounds(static_cast<double>(patterns::code_points(text)), type, name, " characters", at);
            case Choice: return choice(text, type, at);
            case Truth:
                if (!same_but_for_case(text, "true") && !same_but_for_case(text, "false")) misfit(id, type, at);
                return;
            default:
                if (auto number = number_in(text)) return amount(*number, id, type, name, at);
                return misfit(id, type, at);
        }
    }

    void choice(std::string_view text, PropertyType type, Span at) {
        if (type.has_choice(text)) return;
        const std::vector<std::string_view> known = type.choices();
        auto report = in_.diagnostics_.report(diag::UnknownRequestValue, at, text, type.name());
        if (auto near = closest(text, known); !near.empty()) {
            report.help(fmt::format("did you mean \"{}\"?", near));
            bool written = at.known() && in_.session_.sources.text(at) == text;   // a text's span is without its quotes
            if (written) report.fix(at, std::string(near), fmt::format("write \"{}\"", near));
        } else if (constexpr size_t many = 8; known.size() <= many) {
            report.help(fmt::format("there are \"{}\"", fmt::join(known, "\", \"")));
        }
    }

    /// What a deployment may choose from has to be right in each case.
    void choice_later(ValueId id, PropertyType type, Span at) {
        const Value v = in_.values_[id];
        if (auto number = in_.number_of(v)) {
            std::string written = fmt::format("{}", *number);
            return choice(written, type, at);
        }
        PossibleTexts texts(in_.values_, in_.types_, in_.names_);
        for (const std::string& text : texts.all(id))
            if (!type.has_choice(text)) return choice(text, type, at);
    }

    void bounds(double given, PropertyType type, std::string_view name, std::string_view unit, Span at) {
        std::string_view is = unit.empty() ? "is" : "has";
        if (auto least = type.least(); least && given < *least) return beyond(name, fmt::format("{} at least", is), *least, given, unit, at);
        if (auto most = type.most(); most && given > *most) return beyond(name, fmt::format("{} at most", is), *most, given, unit, at);
    }

    void beyond(std::string_view name, std::string_view how, double bound, double given, std::string_view unit, Span at) {
        in_.diagnostics_.report(diag::OutOfRange, at, fmt::format("`{}` {} {}{}, not {}", name, how, bound, unit, given));
    }

    // --- what a value surely is

    enum class Form : uint8_t { Unknown, Scalar, List, Record };

    Form form(ValueId id) const {
        const Value& v = in_.values_[id];
        TypeKind kind = in_.types_.kind(v.type);
        if (kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image) return Form::Scalar;
        switch (v.op) {
            case Op::Record: return Form::Record;
            case Op::List: return Form::List;
            case Op::Bool: case Op::Integer: case Op::Decimal: case Op::String: case Op::Concat: return Form::Scalar;
            case Op::KeyArn: case Op::RoleArn: case Op::MachineArn: case Op::Pseudo: return Form::Scalar;
            case Op::Parameter: return kind == TypeKind::List ? Form::List : kind == TypeKind::Json ? Form::Unknown : Form::Scalar;
            default: return Form::Unknown;   // an attribute of another resource may be a list
        }
    }

    void misfit(ValueId id, PropertyType type, Span at) {
        if (type.is_loose()) return;
        Form given = form(id);
        using enum PropertyType::Kind;
        bool fits_later = given == Form::Unknown || (given == Form::List && type.kind() == List) || is_resolved(id);
        if (fits_later) return;
        auto report = in_.diagnostics_.report(diag::TypeMismatch, at, type_text(type), in_.type_text(in_.type_of(id)));
        bool wants_list = type.kind() == List && given != Form::List;
        if (wants_list && (given == Form::Record || type.element().kind() != Record)) report.help("put it in a list: `[…]`");
        if (type.kind() == Truth) report.help("write `true` or `false`");
    }

    bool is_resolved(ValueId id) const {
        const Value& v = in_.values_[id];
        if (v.op == Op::Concat) return std::ranges::any_of(in_.values_.links(id), [&](ValueId part) { return is_resolved(part); });
        return v.op == Op::String && v.text().find(resolved_later) != std::string_view::npos;
    }

    Elaborator& in_;
    std::string_view resource_;
};

/// `where`: of the name of the type.
void Elaborator::check_properties(const ir::Resource& resource, Span type_at, Span where) {
    if (resource.type.empty() || is_error(resource.properties)) return;
    auto type = schema::find_resource_type(resource.type);
    if (!type) return unknown_resource_type(resource.type, type_at);
    PropertyCheck(*this, resource.type).value(resource.properties, type->properties(), resource.type, where);
}

void Elaborator::unknown_resource_type(std::string_view type, Span where) {
    constexpr size_t most_for_somebodys = 2;
    bool somebodys = is_somebodys(type);
    if (type.starts_with(custom) || type.ends_with("::MODULE")) return;
    auto near = closest(type, schema::resource_types(), somebodys ? most_for_somebodys : SIZE_MAX);
    if (near.empty() && somebodys) return;
    auto report = diagnostics_.report(diag::UnknownResourceType, where, type);
    if (near.empty()) return;
    report.help(fmt::format("did you mean \"{}\"?", near));
    bool written = session_.sources.text(where) == type;
    if (written) report.fix(where, std::string(near), fmt::format("write \"{}\"", near));
}

/// `resource.Attribute`, in a file of the user. The value is made all the same: the finding may be allowed.
void Elaborator::check_attribute(const ir::Resource& resource, Symbol name, Span where) {
    if (name == known_.Ref || (frame_ && frame_->module->library && !session_.check_library_resources)) return;
    auto type = schema::find_resource_type(resource.type);
    if (!type || type->has_attribute(text(name))) return;
    std::vector<std::string_view> known = type->attributes();
    auto report = diagnostics_.report(diag::UnknownAttribute, where, type->name(), text(name));
    const std::string inside = fmt::format("{}.", text(name));
    auto part = std::ranges::find_if(known, [&](std::string_view n) { return n.starts_with(inside); });
    if (part != known.end()) {
        report.help(fmt::format("a name with a dot stands in brackets: `[\"{}\"]`", *part));
        return;
    }
    known.push_back("Ref");
    if (auto near = closest(text(name), known); !near.empty()) {
        report.help(fmt::format("did you mean `{}`?", near));
        if (session_.sources.text(where) == text(name)) report.fix(where, std::string(near), fmt::format("write `{}`", near));
    } else if (type->properties().find(text(name))) {
        report.help(fmt::format("it is a property, which cannot be asked for; there are `{}`", fmt::join(known, "`, `")));
    } else if (constexpr size_t many = 12; known.size() <= many) {
        report.help(advice::there_are(known));
    }
}

}  // namespace zflow::elaborate
