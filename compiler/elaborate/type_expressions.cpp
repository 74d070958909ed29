// Type expressions to types.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::pair<std::string_view, TypeKind> builtin_types[] = {
    {"Json", TypeKind::Json}, {"Bool", TypeKind::Bool}, {"Int", TypeKind::Int}, {"Float", TypeKind::Float}, {"String", TypeKind::String},
    {"Date", TypeKind::Date}, {"Timestamp", TypeKind::Timestamp}, {"Duration", TypeKind::Duration}, {"Size", TypeKind::Size},
    {"Instance", TypeKind::Instance}, {"S3", TypeKind::S3}, {"Bucket", TypeKind::Bucket}, {"Image", TypeKind::Image},
    {"Secret", TypeKind::Secret}, {"Arn", TypeKind::Arn}, {"None", TypeKind::None},
};

}  // namespace

bool Elaborator::is_builtin_type(std::string_view name) {
    return name == "List" || name == "Map" || name == "Dataset" || std::ranges::any_of(builtin_types, [&](auto& type) { return type.first == name; });
}

/// A type where a value belongs. In a record it is said once: somebody wrote what the record holds, not what is in it.
ValueId Elaborator::type_as_value(std::string_view name, Span where, Span declared) {
    if (std::ranges::any_of(records_of_types_, [&](Span record) { return is_inside(where, record); })) return error_value(where);
    Span record;   // the innermost one: what is in a node stands before it
    for (NodeId n = 0; n < tree().nodes.size() && !record.known(); n++)
        if (tree().kind(n) == NodeKind::Record && is_inside(where, span(n))) record = span(n);
    auto report = diagnostics_.report(diag::NotAValue, where, name, "a type").label(declared, "declared here");
    if (!record.known()) return error_value(where);
    report.help("write its values; what a record holds is declared beside the pipelines, `type Name { member: String }`");
    records_of_types_.push_back(record);
    return error_value(where);
}

TypeId Elaborator::type_expression(NodeId node) {
    if (!frame_->module->library) return evaluate_type(node);
    const Module& module = *frame_->module;
    if (const library::Evaluated* known = prepared_at(module, node)) return known->type;
    if (const Shared* known = shared_.find(module, node); known && types_.kind(known->type) != TypeKind::Error) return known->type;
    TypeId type = evaluate_type(node);
    shared_.at(module, node).type = type;
    return type;
}

TypeId Elaborator::evaluate_type(NodeId node) {
    switch (tree().kind(node)) {
        case NodeKind::TypeName: return type_name(node);
        case NodeKind::TypeLiteral: {
            std::string_view quoted = tree().text_of(node);
            return types_.literal(names_.intern(quoted.substr(1, quoted.size() - 2)));
        }
        case NodeKind::TypeOptional: return types_.optional(evaluate_type(tree().child(node)));
        case NodeKind::TypeUnion: {
            std::vector<TypeId> items;
            for (NodeId c : syntax::Children(tree(), node)) items.push_back(evaluate_type(c));
            return types_.union_of(std::move(items));
        }
        case NodeKind::TypeRecord: return record_type(node, Symbol::none, {});
        default: return plain(TypeKind::Error);
    }
}

TypeId Elaborator::type_name(NodeId node) {
    NodeId path = child(node, NodeKind::Path);
    NodeId first = tree().child(path);
    Symbol name = tree()[first].symbol;
    std::string_view written = text(name);
    std::vector<TypeId> arguments;
    NodeId limits = 0;
    for (NodeId c = tree().next(path); c; c = tree().next(c)) {
        if (tree().kind(c) == NodeKind::Arguments) limits = c;
        else arguments.push_back(evaluate_type(c));
    }
    auto wants_one = [&](auto make) {
        if (arguments.size() == 1) return make(arguments[0]);
        diagnostics_.report(diag::WrongArgumentCount, span(node), written, "1", arguments.size());
        return plain(TypeKind::Error);
    };
    if (written == "List") return wants_one([&](TypeId t) { return types_.list(t); });
    if (written == "Map") return wants_one([&](TypeId t) { return types_.map(t); });
    bool place = written == "S3" || written == "Dataset";
    if (place && limits && limits != place_type_) {
        diagnostics_.report(diag::BadTypeLimit, span(limits), tree().text_of(node))
            .help("only the input of a pipeline says where its location is; a stage has `s3(bucket, …)`");
        return plain(TypeKind::Error);
    }
    if (place) limits = 0;
    if (written == "Dataset") return wants_one([&](TypeId t) { return types_.dataset(t); });
    TypeId type = plain(TypeKind::Error);
    auto builtin = std::find_if(std::begin(builtin_types), std::end(builtin_types), [&](auto& b) { return b.first == written; });
    if (builtin != std::end(builtin_types)) {
        type = plain(builtin->second);
    } else {
        DeclarationRef d = session_.modules.find(*frame_->module, name);
        if (NodeId second = tree().next(first); second && !d)
            for (const Module::Alias& alias : frame_->module->aliases)
                if (alias.name == name) d = alias.module->declared.find(tree()[second].symbol);
        if (d && (d.kind() == NodeKind::TypeDeclaration || d.kind() == NodeKind::Dataset)) {
            type = declared_type(d);
        } else {
            if (is_unread(tree().text_of(path))) return type;
            std::vector<std::string_view> known;
            for (auto& b : builtin_types) known.push_back(b.first);
            known.insert(known.end(), {"List", "Map", "Dataset"});
            auto add = [&](Symbol s, DeclarationRef t) { if (t.kind() == NodeKind::TypeDeclaration || t.kind() == NodeKind::Dataset) known.push_back(text(s)); };
            session_.modules.library.each(add);
            frame_->module->declared.each(add);
            auto report = diagnostics_.report(diag::UnknownType, span(path), tree().text_of(path)).joins();
            if (auto meant = advice::type_called(written); !meant.empty()) {
                report.help(fmt::format("it is called `{}` here", meant));
                if (meant.find('<') == std::string_view::npos && meant.find('?') == std::string_view::npos) report.fix(span(path), std::string(meant), fmt::format("write `{}`", meant));
            } else if (auto near = closest(written, known); !near.empty())
                report.help(fmt::format("did you mean `{}`?", near)).fix(span(path), std::string(near), fmt::format("write `{}`", near));
            return type;
        }
    }
    if (!limits || types_.kind(type) == TypeKind::Error) return type;
    types::Refinement refinement;
    std::string_view service = "[a-z0-9-]+", resource;   // of an ARN
    TypeKind kind = types_.kind(type);
    for (NodeId c : syntax::Children(tree(), limits)) {
        NodeId label = tree().child(c);
        if (tree().kind(label) != NodeKind::Name) {
            diagnostics_.report(diag::BadTypeLimit, span(c), tree().text_of(c)).help("limits have names: `Int(min: 1, max: 9)`, `String(max_length: 20)`");
            return plain(TypeKind::Error);
        }
        ValueId value = expression(tree().next(label));
        std::string_view what = text(tree()[label].symbol);
        bool text_limit = kind == TypeKind::String, number_limit = kind == TypeKind::Int || kind == TypeKind::Float;
        auto number = const_number(value);
        if (text_limit && what == "pattern" && const_text(value)) {
            refinement.pattern = *const_text(value);
            if (frame_->module->library) continue;   // a test sees to those
            if (auto error = patterns::pattern_error(refinement.pattern); !error.empty()) {
                diagnostics_.report(diag::BadTypeLimit, span(tree().next(label)), refinement.pattern).help(fmt::format("the pattern is broken: {}", error));
                return plain(TypeKind::Error);
            }
        } else if (number && ((number_limit && what == "min") || (text_limit && what == "min_length"))) {
            refinement.min = *number, refinement.has_min = true;
        } else if (number && ((number_limit && what == "max") || (text_limit && what == "max_length"))) {
            refinement.max = *number, refinement.has_max = true;
        } else if (kind == TypeKind::Arn && (what == "service" || what == "resource") && patterns::is_arn_part(const_text(value).value_or(""))) {
            (what == "service" ? service : resource) = *const_text(value);
        } else if (!is_error(value)) {
            diagnostics_.report(diag::BadTypeLimit, span(c), tree().text_of(c))
                .help("`String` takes `pattern`, `min_length`, `max_length`; `Int` and `Float` take `min`, `max`; `Arn` takes `service`, `resource`");
            return plain(TypeKind::Error);
        }
    }
    if (kind == TypeKind::Arn) refinement.pattern = values_.keep(fmt::format("arn:[a-z-]*:{}:[a-z0-9-]*:([0-9]{{12}}|[a-z][a-z0-9]*)?:{}.+", service, resource));
    bool upside_down = refinement.has_min && refinement.has_max && refinement.min > refinement.max;
    bool negative = kind == TypeKind::String && (refinement.min < 0 || refinement.max < 0);
    if (upside_down || negative) {
        diagnostics_.report(diag::BadTypeLimit, span(limits), tree().text_of(limits))
            .help(negative ? "a length is 0 or more" : "the least is at most the greatest");
        return plain(TypeKind::Error);
    }
    return types_.refined(kind, Symbol::none, refinement);
}

TypeId Elaborator::declared_type(DeclarationRef d) {
    if (const library::Evaluated* known = prepared_at(*d.module, d.node)) return known->type;
    for (DeclaredType& t : declared_types_)
        if (t.declaration == d) {
            if (!t.open) return t.type;
            diagnostics_.report(diag::DeclarationCycle, d.name_span(), d.module->tree.text_of(name_node(d.module->tree, d.node)))
                .help("a type cannot contain itself");
            return plain(TypeKind::Error);
        }
    declared_types_.push_back({d, plain(TypeKind::Error), true});
    size_t self = declared_types_.size() - 1;
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    NodeId name = child(d.node, NodeKind::Name);
    TypeId type;
    if (d.kind() == NodeKind::Dataset) {
        type = record_type(d.node, tree()[name].symbol, d);
        check_format(d.node);
    } else {
        NodeId body = tree().next(name);
        type = tree().kind(body) == NodeKind::TypeRecord ? record_type(body, tree()[name].symbol, d) : evaluate_type(body);
    }
    frame_ = outer;
    declared_types_[self].type = type;
    declared_types_[self].open = false;
    return type;
}

std::string_view closest_format(std::string_view name) {
    static constexpr std::string_view formats[] = {"csv", "json", "jsonl", "jsonlines", "parquet", "libsvm", "recordio", "tfrecord", "orc", "avro", "delta", "iceberg", "text"};
    bool known = std::find(std::begin(formats), std::end(formats), name) != std::end(formats);
    return known ? std::string_view() : closest(name, {std::begin(formats), std::end(formats)});
}

/// A dataset may be of a format that the compiler knows nothing about, but not of one that looks like a slip of the pen.
void Elaborator::check_format(NodeId dataset) {
    NodeId last = 0;
    for (NodeId c : syntax::Children(tree(), dataset)) last = c;
    if (tree().kind(last) != NodeKind::Name || last == child(dataset, NodeKind::Name)) return;
    std::string_view format = tree().text_of(last);
    if (auto near = closest_format(format); !near.empty())
        diagnostics_.report(diag::UnknownFormat, span(last), format)
            .help(fmt::format("did you mean `{}`?", near))
            .fix(span(last), std::string(near), fmt::format("write `{}`", near));
}

TypeId Elaborator::record_type(NodeId node, Symbol nominal, DeclarationRef d) {
    std::vector<types::FieldType> fields;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) != NodeKind::Field) continue;
        NodeId name = child(c, NodeKind::Name);
        NodeId type_node = tree().next(name);
        Symbol symbol = tree()[name].symbol;
        auto same = std::find_if(fields.begin(), fields.end(), [&](auto& f) { return f.name == symbol; });
        if (same != fields.end()) {
            diagnostics_.report(diag::DuplicateMember, span(name), text(symbol));
            continue;
        }
        types::FieldType field{symbol, evaluate_type(type_node), 0};
        if (NodeId fallback = tree().next(type_node)) field.fallback = static_cast<uint32_t>(expression(fallback, field.type));
        fields.push_back(field);
    }
    if (nominal == Symbol::none) return types_.record(std::move(fields));
    return types_.nominal(nominal, std::move(fields), d.module->index << 24 | d.node);
}

}  // namespace zflow::elaborate
