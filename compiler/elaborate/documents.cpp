// Data in S3 that the machine itself reads: where it is, who may, and JSON that has to have the type it is said to have.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

ValueId Elaborator::bucket_of(ValueId location, Span where) {
    if (values_[location].op == Op::Record) return values_.field(location, known_.bucket);
    TypeId text_type = plain(TypeKind::String);
    ValueId after[] = {as_text(location, where), make_text("s3://", text_type, where)};
    ValueId before[] = {make_call(ir::Builtin::After, after, text_type, where), make_text("/", text_type, where)};
    return make_call(ir::Builtin::Before, before, text_type, where);
}

ValueId Elaborator::key_of(ValueId location, Span where) {
    TypeId text_type = plain(TypeKind::String);
    bool record = values_[location].op == Op::Record;
    ValueId uri = record ? values_.field(location, known_.uri) : as_text(location, where);
    ValueId key = record ? values_.field(location, known_.key) : ValueId::none;
    if (record && uri == ValueId::none) return key;
    if (record && values_[key].time != Time::Run && values_[values_.field(location, known_.bucket)].time != Time::Run) {
        // the part that is known stays apart from the rest: rights are derived from it
        ValueId known[] = {make_text("s3://", text_type, where), values_.field(location, known_.bucket),
                           make_text("/", text_type, where), key};
        ValueId rest[] = {uri, make_concat(known, text_type, where)};
        ValueId parts[] = {key, make_call(ir::Builtin::After, rest, text_type, where)};
        return make_concat(parts, text_type, where);
    }
    ValueId scheme[] = {uri, make_text("s3://", text_type, where)};
    ValueId slash[] = {make_call(ir::Builtin::After, scheme, text_type, where), make_text("/", text_type, where)};
    return make_call(ir::Builtin::After, slash, text_type, where);
}

void Elaborator::own_access(std::string_view intent, ValueId location, Span where) {
    if (place_known(location, where)) pipeline_->access.push_back({intent, location});
}

/// Whether rights can be derived from the location; otherwise there has to be a grant.
bool Elaborator::place_known(ValueId location, Span where) {
    const Value& v = values_[location];
    Time bucket = v.op == Op::Record ? values_[values_.field(location, known_.bucket)].time : v.time;
    if (bucket != Time::Run) return true;
    if (pipeline_->grants.empty())
        diagnostics_.report(diag::UnknownLocation, where)
            .help("say what it may be: `grant { actions: [\"s3:GetObject\"], resources: [\"arn:aws:s3:::bucket/prefix/*\"] }` in "
                  "the pipeline, before this");
    return false;
}

void Elaborator::touched(bool write, ValueId location, StepId by, Span where) {
    pipeline_->touches.push_back({location, write, by, step(by).name, where});
}

/// What the stack's jobs write is encrypted with its key.
void Elaborator::own_key(std::string_view intent) {
    if (!stack_->encryption) return;
    stack_->used_key = true;
    ir::Access access{intent, make(Op::KeyArn, Time::Deploy, plain(TypeKind::Arn), {})};
    auto same = [&](const ir::Access& a) { return a.intent == intent; };
    if (std::none_of(pipeline_->access.begin(), pipeline_->access.end(), same)) pipeline_->access.push_back(access);
}

/// `let report: { auc: Float } = read_json(location)`: reads, takes the JSON apart, and looks whether it fits. When the
/// type is optional there need not be such an object.
ValueId Elaborator::read_json(NodeId node, Symbol name, TypeId declared, Span where, ir::Block& into) {
    if (recording_) recording_->breaks();
    NodeId argument = tree().next(tree().child(node));
    NodeId value_node = argument ? tree().child(argument) : 0;
    if (argument && tree().kind(value_node) == NodeKind::Name) {
        unknown_argument(span(value_node), tree().text_of(value_node), {}, "`read_json` takes its argument without a name");
        return error_value(where);
    }
    if (!argument || tree().next(argument)) {
        size_t count = 0;
        for (NodeId a = argument; a; a = tree().next(a)) count++;
        diagnostics_.report(diag::WrongArgumentCount, span(node), "read_json", "1", count)
            .help("it takes a location: `read_json(s3(data, \"report.json\"))`");
        return error_value(where);
    }
    ValueId location = expression(value_node, plain(TypeKind::S3));
    if (types_.kind(declared) == TypeKind::Error) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "nothing says what `read_json` reads")
            .help(fmt::format("give its type: `let {}: {{ auc: Float }} = read_json(…)`", text(name)));
        return error_value(where);
    }
    if (is_error(location)) return location;
    bool known = place_known(location, span(value_node));
    bool optional = types_.is_optional(declared);
    TypeId type = types_.without_none(declared);
    auto add = [&](std::string_view suffix, decltype(ir::Step::is) is, ir::Block& block) {
        return add_step(fmt::format("{}{}", text(name), suffix), where, std::move(is), block);
    };
    StepId choice = optional ? add(".try", ir::Try{}, into) : StepId::none;
    ir::Try guarded;
    ir::Block& reading = optional ? guarded.block : into;
    // what reads it is a kind of the standard library, which knows the service
    DeclarationRef d = session_.modules.library.find(names_.intern("stored_text"));
    auto reader = StepId{static_cast<uint32_t>(pipeline_->steps.size())};
    std::vector<Setting> settings{{known_.bucket, bucket_of(location, where), where, where},
                                  {known_.key, key_of(location, where), where, where}};
    ValueId answer = instantiate(kind(d), settings, join_path(frame_->path, text(name)), "read_json", span(node), reading);
    if (is_error(answer)) return answer;
    touched(false, location, reader, span(value_node));
    ValueId content[] = {member_of(answer, names_.intern("text"), where, where)};
    ValueId document = make_call(ir::Builtin::ParseJson, content, type, where);
    own_key("kms.decrypt");
    ValueId value;
    if (optional) {
        if (known) pipeline_->access.push_back({"s3.exists", location});
        ValueId missing = member_of(answer, names_.intern("missing"), where, where);
        guarded.handlers.push_back({{values_.keep(*const_text(missing))}, {}});
        guarded.joins.push_back({name, {document, make_null(where)}});
        std::get<ir::Try>(step(choice).is) = std::move(guarded);
        value = make(Op::Joined, Time::Run, type, where);
        values_.edit(value).a = static_cast<uint32_t>(choice);
        values_.edit(value).optional = true;
    } else {
        value = make_result(add(".content", ir::Let{document}, into), 0, type, false, where);
    }
    add(".check", ir::Check{value, declared, text(name), "Content.Invalid"}, into);
    return value;
}

}  // namespace zflow::elaborate
