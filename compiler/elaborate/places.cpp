// Locations that a run is started with: `S3(bucket: data, prefix: "in/")` says where they are, so that rights can be derived,
// and the first thing a run does is to look whether they are there.
#include <utility>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// The arguments of `S3(…)` or `Dataset<…>(…)`; 0 of any other type.
NodeId Elaborator::limited_place(NodeId type_node) const {
    if (tree().kind(type_node) == NodeKind::TypeOptional) type_node = tree().child(type_node);
    if (tree().kind(type_node) != NodeKind::TypeName) return 0;
    std::string_view name = tree().text_of(child(type_node, NodeKind::Path));
    return name == "S3" || name == "Dataset" ? child(type_node, NodeKind::Arguments) : 0;
}

/// The type of a pipeline's input; only there a location may say where it is.
TypeId Elaborator::input_type(NodeId type_node) {
    NodeId outer = std::exchange(place_type_, limited_place(type_node));
    TypeId type = type_expression(type_node);
    place_type_ = outer;
    return type;
}

/// The input as a location below the one that its type names.
ValueId Elaborator::input_place(NodeId limits, const ir::PipelineInput& input, ValueId given, ir::Block& into) {
    TypeId text_type = plain(TypeKind::String);
    Span where = span(limits);
    ValueId bucket = ValueId::none, prefix = make_text("", text_type, where);
    for (NodeId c : syntax::Children(tree(), limits)) {
        NodeId label = tree().child(c);
        bool named = tree().kind(label) == NodeKind::Name;
        Symbol name = named ? tree()[label].symbol : Symbol::none;
        if (name != known_.bucket && name != known_.prefix) {
            diagnostics_.report(diag::BadTypeLimit, span(c), tree().text_of(c)).help("a location is limited by `bucket` and `prefix`: `S3(bucket: data, prefix: \"in/\")`");
            return given;
        }
        NodeId value_node = tree().next(label);
        ValueId value = expression(value_node, plain(name == known_.bucket ? TypeKind::Bucket : TypeKind::String));
        if (is_error(value) || !known_by(value, Time::Deploy, span(value_node), "where the locations are that a pipeline is started with")) return given;
        (name == known_.bucket ? bucket : prefix) = value;
    }
    if (bucket == ValueId::none) {
        diagnostics_.report(diag::BadTypeLimit, where, tree().text_of(limits)).help("say the bucket: `S3(bucket: data, prefix: \"in/\")`");
        return given;
    }
    bool optional = values_[given].optional;
    ValueId there = with_type(given, values_[given].type);
    ValueId uri = with_type(given, text_type);
    ValueId beginning[] = {make_text("s3://", text_type, where), with_type(bucket, text_type), make_text("/", text_type, where), prefix};
    ValueId below = make_concat(beginning, text_type, where);
    ValueId tested[] = {uri, below};
    ValueId outside = make_not(make_call(ir::Builtin::StartsWith, tested, plain(TypeKind::Bool), where), where);
    ValueId known = make_binary(syntax::Operator::NotEqual, given, make_null(where), plain(TypeKind::Bool), where);
    if (optional) outside = make_binary(syntax::Operator::And, known, outside, plain(TypeKind::Bool), where);
    // the rights end there, and a run that would meet that limit halfway is refused at once
    StepId id = add_step(fmt::format("check {}", text(input.name)), where, ir::Choice{}, into);
    ValueId message[] = {make_text(values_.keep(fmt::format("{} must be below ", text(input.name))), text_type, where), below};
    ir::Choice choice;
    choice.arms.push_back({outside, {}});
    add_step(fmt::format("{} is elsewhere", text(input.name)), where, ir::Fail{"InvalidInput", make_concat(message, text_type, where)}, choice.arms[0].block);
    choice.arms[0].block.ends = true;
    choice.arms.push_back({});
    std::get<ir::Choice>(step(id).is) = std::move(choice);
    ir::Field place[] = {{known_.bucket, bucket}, {known_.key, prefix}, {known_.uri, uri}};
    ValueId location = make_record(place, values_[there].type, where);
    return optional ? make_conditional(known, location, make_null(where), where) : location;
}

}  // namespace zflow::elaborate
