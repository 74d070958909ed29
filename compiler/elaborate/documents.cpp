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

/// A text taken apart, and looked at whether it fits. One that is no JSON ends the evaluation of the state that does it, which
/// only a Parallel around it can catch: it becomes an error with a name. Step Functions guide, transforming-data.
ValueId Elaborator::parsed(ValueId content, std::string_view name, TypeId declared, Span where, ir::Block& into) {
    TypeId type = types_.without_none(declared);
    auto add = [&](std::string_view suffix, decltype(ir::Step::is) is, ir::Block& block) {
        return add_step(fmt::format("{}{}", name, suffix), where, std::move(is), block);
    };
    StepId attempt = add(".read", ir::Try{}, into);
    ir::Try guarded;
    StepId alone = add(".parse", ir::Parallel{}, guarded.block);
    ir::ScopeId outer = scope_;
    pipeline_->scopes.push_back({outer, alone, 0});
    scope_ = static_cast<ir::ScopeId>(pipeline_->scopes.size() - 1);
    ir::Parallel::Branch branch{names_.intern(name), {}, scope_};
    ValueId arguments[] = {content};
    StepId parse = add(".content", ir::Let{make_call(ir::Builtin::ParseJson, arguments, type, where)}, branch.block);
    ValueId value = make_result(parse, 0, type, types_.is_optional(declared), where);
    add(".check", ir::Check{value, declared, name, "Content.Invalid"}, branch.block);
    scope_ = outer;
    std::get<ir::Parallel>(step(alone).is).branches.push_back(std::move(branch));
    static constexpr std::string_view not_json[] = {"States.QueryEvaluationError"};
    ir::Try::Handler handler{not_json, {}};
    ir::Fail invalid{"Content.Invalid", make_text(values_.keep(fmt::format("{} is not JSON", name)), plain(TypeKind::String), where)};
    add(".invalid", invalid, handler.block);
    handler.block.ends = true;
    guarded.handlers.push_back(std::move(handler));
    std::get<ir::Try>(step(attempt).is) = std::move(guarded);
    return value;
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
            .help("it takes a location, `read_json(s3(data, \"report.json\"))`, or a text");
        return error_value(where);
    }
    ValueId given = expression(value_node);
    bool is_text = kind_of(given) == TypeKind::String && values_[given].time == Time::Run && !values_[given].optional;
    ValueId location = is_text ? given : coerce(given, plain(TypeKind::S3), span(value_node));
    if (types_.kind(declared) == TypeKind::Error) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "nothing says what `read_json` reads")
            .help(fmt::format("give its type: `let {}: {{ auc: Float }} = read_json(…)`", text(name)));
        return error_value(where);
    }
    if (is_error(location)) return location;
    if (is_text) return parsed(location, text(name), declared, where, into);
    bool known = place_known(location, span(value_node));
    if (!known && pipeline_->grants.empty()) return error_value(where);   // reported
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
    ValueId content = member_of(answer, names_.intern("text"), where, where);
    own_key("kms.decrypt");
    ValueId document = parsed(content, text(name), declared, where, reading);
    if (!optional) return document;
    if (known) pipeline_->access.push_back({"s3.exists", location});
    ValueId missing = member_of(answer, names_.intern("missing"), where, where);
    guarded.handlers.push_back({values_.keep(std::vector{values_.keep(*const_text(missing))}), {}});
    guarded.joins.push_back({name, {document, make_null(where)}});
    std::get<ir::Try>(step(choice).is) = std::move(guarded);
    ValueId value = make(Op::Joined, Time::Run, type, where);
    values_.edit(value).a = static_cast<uint32_t>(choice);
    values_.edit(value).optional = true;
    return value;
}

}  // namespace zflow::elaborate
