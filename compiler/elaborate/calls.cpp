// Calls of services: by their names, by the name in a text, by an ARN, and states that are written out.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

// --- the parts of a `call`

std::optional<schema::Pattern> Elaborator::call_pattern(NodeId path, NodeId word) {
    if (!word) return schema::Pattern::Request;
    std::string_view written = text(tree()[word].symbol);
    if (auto pattern = schema::pattern_of(written)) return pattern;
    std::vector<std::string_view> known;
    for (const schema::PatternWord& p : schema::pattern_words) known.push_back(p.word);
    auto report = diagnostics_.report(diag::UnknownCall, span(word), tree().text_of(path));
    if (auto near = written == "waitForTaskToken" ? "wait_for_task_token" : closest(written, known); !near.empty())
        report.help(fmt::format("write `.{}`", near)).fix(span(word), std::string(near), fmt::format("write `{}`", near));
    else report.help("a call waits for its job with `.sync`, for an answer with `.wait_for_task_token`, or not at all");
    return {};
}

/// The arguments of a call are the same for all its forms, but for those that say what is called.
Elaborator::CallArguments Elaborator::call_arguments(NodeId arguments, std::initializer_list<Symbol> more) {
    CallArguments given;
    for (NodeId a = arguments ? tree().child(arguments) : 0; a; a = tree().next(a)) {
        NodeId label = tree().child(a);
        NodeId value_node = tree().next(label);
        Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
        if (what == known_.timeout || what == known_.heartbeat) {
            ValueId v = expression(value_node, types_.optional(plain(TypeKind::Duration)));
            if (is_null(v) || is_error(v)) continue;
            auto& [value, where] = what == known_.timeout ? given.timeout : given.heartbeat;
            value = with_type(v, plain(TypeKind::Int)), where = span(value_node);
            each_known(v, [&](ValueId one) {
                if (auto n = const_integer(one); n && (*n < 1 || *n > longest_timeout))
                    diagnostics_.report(diag::OutOfRange, values_[one].where, fmt::format("a {} is between 1s and {}s", text(what), longest_timeout));
            });
        } else if (what == known_.retry) {
            given.retry = {expression(value_node), span(value_node)};
        } else if (std::find(more.begin(), more.end(), what) != more.end()) {
            bool arn = what == known_.resource;
            ValueId v = expression(value_node, plain(arn ? TypeKind::Arn : TypeKind::String));
            (what == known_.service ? given.service : arn ? given.resource : given.operation) = {v, span(value_node)};
        } else {
            std::vector<std::string_view> names{"timeout", "heartbeat", "retry"};
            for (Symbol m : more) names.push_back(text(m));
            unknown_argument(span(label), tree().text_of(label), names, fmt::format("a call takes `{}`", fmt::join(names, "`, `")));
        }
    }
    check_heartbeat(given);
    return given;
}

/// Step Functions refuses a heartbeat that is not shorter than the timeout (Amazon States Language specification, Task).
void Elaborator::check_heartbeat(const CallArguments& given) {
    if (given.timeout.value == ValueId::none || given.heartbeat.value == ValueId::none) return;
    auto place = [&](ValueId value, const Argument& a) { return values_[value].where.known() ? values_[value].where : a.where; };
    auto compare = [&](ValueId longest, ValueId silent) {
        auto timeout = const_integer(longest), heartbeat = const_integer(silent);
        if (!timeout || !heartbeat || *heartbeat < *timeout) return;
        diagnostics_.report(diag::OutOfRange, place(silent, given.heartbeat), fmt::format("a heartbeat of {}s is not below the timeout of {}s", *heartbeat, *timeout))
            .label(place(longest, given.timeout), "the timeout")
            .help("a heartbeat is how long the worker may be silent, the timeout how long it may take in all");
    };
    each_known(given.timeout.value, [&](ValueId longest) {
        each_known(given.heartbeat.value, [&](ValueId silent) { compare(longest, silent); });
    });
}

/// `{ ...arguments }`: a record that is only known when the pipeline runs is passed on as it is.
ValueId Elaborator::call_record(NodeId record_node) {
    NodeId only = tree().child(record_node);
    if (!only || tree().next(only) || tree().kind(only) != NodeKind::Spread) return expression(record_node);
    ValueId spread = expression(tree().child(only));
    bool runs = values_[spread].op != Op::Record && kind_of(spread) == TypeKind::Json && !values_[spread].optional;
    return runs ? spread : expression(record_node);
}

// --- what is called

/// `service.operation`, and behind it perhaps a pattern.
std::optional<ir::Task> Elaborator::named_call(NodeId path, schema::Pattern pattern) {
    if (const library::Evaluated* known = prepared_at(*frame_->module, path)) return ir::Task{schema::integration_at(known->number)};
    NodeId first = tree().child(path), second = tree().next(first);
    std::string_view service = text(tree()[first].symbol), operation = second ? text(tree()[second].symbol) : "";
    if (auto integration = schema::find_integration(service, operation, pattern)) return ir::Task{*integration};
    std::vector<std::string_view> services = schema::services();
    bool known_service = std::find(services.begin(), services.end(), service) != services.end();
    auto report = diagnostics_.report(diag::UnknownCall, span(path), tree().text_of(path));
    auto near = known_service ? closest(operation, schema::operations(service)) : closest(service, services);
    std::string_view whole = tree().text_of(path);
    std::string_view how = second && tree().next(second) ? whole.substr(whole.rfind('.')) : "";
    bool plainly = known_service && schema::find_integration(service, operation, schema::Pattern::Request);
    if (plainly) report.help(fmt::format("`{}.{}` exists, but cannot be waited for like this; poll its state with `poll`", service, operation));
    else if (!near.empty()) report.help(known_service ? fmt::format("did you mean `{}.{}{}`?", service, near, how) : fmt::format("did you mean `{}`?", near));
    else if (second) report.help(fmt::format("operations without a description are called by name: `call x = sdk (service: \"{}\", operation: \"{}\") {{ … }}`", service, operation));
    return {};
}

/// `sdk (service: "glue", operation: "startCrawler")`: any operation of the AWS SDKs. One that is described is checked and
/// typed as if it were called by its name; of others only the names are known.
std::optional<ir::Task> Elaborator::sdk_call(NodeId path, const CallArguments& given, schema::Pattern pattern) {
    auto constant = [&](const Argument& a, std::string_view name) -> std::optional<std::string_view> {
        if (a.value == ValueId::none) return diagnostics_.report(diag::MissingArgument, span(path), name, "sdk"), std::nullopt;
        if (is_error(a.value) || !known_by(a.value, Time::Const, a.where, "what is called")) return {};
        return const_text(a.value);
    };
    auto service = constant(given.service, "service"), operation = constant(given.operation, "operation");
    if (!service || !operation) return {};
    if (pattern == schema::Pattern::Sync || pattern == schema::Pattern::Sync2) {   // Step Functions guide, connect-to-resource
        diagnostics_.report(diag::UnknownCall, span(path), tree().text_of(path)).help("an operation of the SDKs cannot be waited for; start it, and `poll` its state");
        return {};
    }
    if (auto described = schema::find_sdk_integration(*service, *operation, pattern)) return ir::Task{*described};
    if (!known_operation(*service, *operation, values_[given.service.value].where, values_[given.operation.value].where)) return {};
    bool token = pattern == schema::Pattern::WaitForTaskToken;
    ValueId partition = make(Op::Pseudo, Time::Deploy, plain(TypeKind::Arn), span(path));
    constexpr std::string_view pseudo = "Partition";
    values_.edit(partition).chars = {pseudo.data(), static_cast<uint32_t>(pseudo.size())};
    auto piece = [&](std::string_view t) { return make_text(values_.keep(t), plain(TypeKind::String), span(path)); };
    ValueId parts[] = {piece("arn:"), partition, piece(fmt::format(":states:::aws-sdk:{}:{}{}", *service, *operation, token ? ".waitForTaskToken" : ""))};
    ir::Task task;
    task.resource = make_concat(parts, plain(TypeKind::Arn), span(path));
    need_grant(fmt::format("{}.{}", *service, *operation), *operation, span(path));
    return task;
}

/// False, and reported, for names that are surely misspelt. What is merely unknown may be newer than the compiler.
bool Elaborator::known_operation(std::string_view service, std::string_view operation, Span service_at, Span operation_at) {
    std::vector<std::string_view> services = schema::sdk_services();
    if (!std::binary_search(services.begin(), services.end(), service)) {
        auto near = closest(service, services);
        if (near.empty()) return diagnostics_.report(diag::UnknownOperation, service_at, service, "the AWS SDKs"), true;
        diagnostics_.report(diag::UnknownCall, service_at, fmt::format("{}.{}", service, operation))
            .help(fmt::format("did you mean \"{}\"?", near)).fix(service_at, std::string(near), fmt::format("write \"{}\"", near));
        return false;
    }
    std::vector<std::string> operations = schema::sdk_operations(service);
    if (std::binary_search(operations.begin(), operations.end(), operation)) return true;
    std::vector<std::string_view> names(operations.begin(), operations.end());
    auto near = closest(operation, names);
    if (near.empty()) return diagnostics_.report(diag::UnknownOperation, operation_at, operation, service), true;
    diagnostics_.report(diag::UnknownCall, operation_at, fmt::format("{}.{}", service, operation))
        .help(fmt::format("did you mean \"{}\"?", near)).fix(operation_at, std::string(near), fmt::format("write \"{}\"", near));
    return false;
}

/// The IAM action need not be called as the operation is, nor its prefix as the service: only a person can say it.
void Elaborator::need_grant(std::string_view what, std::string_view operation, Span where) {
    if (recording_) recording_->breaks();
    needs_grant_.push_back({std::string(what), std::string(operation), frame_->call_site.known() ? frame_->call_site : where});
}

/// Once the whole pipeline is read: a grant may stand anywhere in it.
void Elaborator::check_grants() {
    std::vector<NeedsGrant> calls = std::exchange(needs_grant_, {});
    if (!pipeline_->grants.empty()) return;
    for (NeedsGrant& call : calls) {
        if (char& c = call.operation[0]; c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        diagnostics_.report(diag::MissingGrant, call.where, call.what)
            .help(fmt::format("say in the pipeline what it may do: `grant {{ actions: [\"<prefix>:{}\"], resources: [\"arn:aws:…\"] }}`; "
                              "the service authorization reference has the prefix, the action and its resources", call.operation));
    }
}

/// `task (resource: worker.Ref)`: an activity, or anything else that a Task state can name by an ARN.
std::optional<ir::Task> Elaborator::arn_call(NodeId path, const CallArguments& given) {
    if (given.resource.value == ValueId::none) return diagnostics_.report(diag::MissingArgument, span(path), "resource", "task"), std::nullopt;
    if (is_error(given.resource.value) || !known_by(given.resource.value, Time::Deploy, given.resource.where, "what is called")) return {};
    ir::Task task;
    task.resource = given.resource.value;
    return task;
}

void Elaborator::call(NodeId node, ir::Block& into) {
    NodeId name_node = child(node, NodeKind::Name);
    NodeId path = tree().next(name_node);
    NodeId arguments = tree().kind(tree().next(path)) == NodeKind::Arguments ? tree().next(path) : 0;
    NodeId record_node = tree().next(arguments ? arguments : path);
    Symbol name = tree()[name_node].symbol;
    if (const Binding* b = lookup(name); b && !b->lost)
        diagnostics_.report(diag::NameInUse, span(name_node), text(name)).label(b->where, "made here first");
    NodeId first = tree().child(path), second = tree().next(first);
    Symbol form = tree()[first].symbol;
    bool sdk = form == known_.sdk, arn = form == known_.task && !second;
    if (form == known_.state && !second) return raw_state(node, name_node, record_node, into);
    auto pattern = call_pattern(path, sdk ? second : second ? tree().next(second) : 0);
    std::optional<ir::Task> found;
    CallArguments given;
    if (pattern) {
        if (sdk) given = call_arguments(arguments, {known_.service, known_.operation}), found = sdk_call(path, given, *pattern);
        else if (arn) given = call_arguments(arguments, {known_.resource}), found = arn_call(path, given);
        else if ((found = named_call(path, *pattern))) given = call_arguments(arguments, {});
    }
    if (!found) return bind(name, error_value(span(node)), span(name_node));
    ir::Task task = std::move(*found);
    task.timeout = given.timeout.value;
    task.heartbeat = given.heartbeat.value;
    if (given.retry.value != ValueId::none) task.retry = retry_rules(given.retry.value, given.retry.where);
    ValueId record = token_record(record_node, path, *pattern == schema::Pattern::WaitForTaskToken);
    task.arguments = task.integration ? payload(record, task.integration->input(), &*task.integration, span(record_node)) : record;
    if (sdk && !task.integration) check_member_names(record);
    TypeId output = task.integration ? types_.shape(task.integration->output()) : plain(TypeKind::Json);
    bool own_rules = given.retry.value != ValueId::none && values_[given.retry.value].where.file == given.retry.where.file &&
                     values_[given.retry.value].where.begin >= span(arguments).begin && values_[given.retry.value].where.end <= span(arguments).end;
    Span where = frame_->call_site.known() ? frame_->call_site : span(node);
    if (task.integration) check_reach(task, where);
    StepId id = add_step(frame_->single ? "" : text(name), where, std::move(task), into);
    if (own_rules) {
        Raised raised;
        add_raised(id, raised);
        check_raised(given.retry.value, raised);
    }
    bind(name, make_result(id, 0, output, false, span(node)), span(name_node));
}

/// In every integration names begin with a capital letter (Step Functions guide, supported-services-awssdk).
void Elaborator::check_member_names(ValueId record) {
    if (values_[record].op != Op::Record) return;
    for (const ir::Field& f : values_.fields(record)) {
        std::string_view name = text(f.key);
        if (name.empty() || name[0] < 'a' || name[0] > 'z') continue;
        std::string capital(name);
        capital[0] = static_cast<char>(capital[0] - 32);
        diagnostics_.report(diag::UnknownMember, key_span(f), name, "the request").help(fmt::format("Step Functions writes it `{}`", capital)).fix(key_span(f), capital, fmt::format("write `{}`", capital));
    }
}

// --- task tokens

/// The record of a call. One that waits for an answer has to tell somebody the token to answer with.
ValueId Elaborator::token_record(NodeId record_node, NodeId path, bool waits) {
    bool passed = false;
    bool* outer = std::exchange(token_passed_, waits ? &passed : nullptr);
    ValueId record = call_record(record_node);
    token_passed_ = outer;
    if (waits && !passed && !is_error(record))
        diagnostics_.report(diag::MissingTaskToken, span(path)).help("pass `task_token()` in the call's record, where the one who answers finds it");
    return record;
}

ValueId Elaborator::task_token(Span where) {
    local_used_ = true;
    if (!token_passed_) {
        diagnostics_.report(diag::MisplacedTaskToken, where).help("it stands in the record of `call x = service.operation.wait_for_task_token { … }`");
        return error_value(where);
    }
    *token_passed_ = true;
    ValueId token = make(Op::Context, Time::Run, plain(TypeKind::String), where);
    constexpr std::string_view path = "Task.Token";
    values_.edit(token).chars = {path.data(), static_cast<uint32_t>(path.size())};
    return token;
}

// --- states written out

namespace {

struct RawMember { std::string_view name, instead; };
/// What the compiler says itself, and what only machines in JSONPath have (Step Functions guide, transforming-data).
constexpr RawMember raw_refused[] = {
    {"Next", "what comes next is the statement after this one"},
    {"End", "what comes next is the statement after this one"},
    {"Catch", "put the stage in a `try`"},
    {"Assign", "the result is kept as `.result`"},
    {"Output", "the result is kept as `.result`; choose from it afterwards"},
    {"QueryLanguage", "the whole machine is in JSONata"},
    {"Parameters", "in JSONata it is `Arguments`, or `ItemSelector` of a Map"},
    {"InputPath", "in JSONata it is `Arguments`"},
    {"OutputPath", "choose from `.result` afterwards"},
    {"ResultPath", "the result is kept as `.result`"},
    {"ResultSelector", "choose from `.result` afterwards"},
    {"ItemsPath", "in JSONata it is `Items`"},
    {"Iterator", "it is `ItemProcessor`"},
    {"TimeoutSecondsPath", "in JSONata it is `TimeoutSeconds`"},
    {"HeartbeatSecondsPath", "in JSONata it is `HeartbeatSeconds`"},
    {"SecondsPath", "in JSONata it is `Seconds`"},
    {"TimestampPath", "in JSONata it is `Timestamp`"},
};
constexpr std::string_view raw_types[] = {"Task", "Parallel", "Map", "Pass", "Wait"};

}  // namespace

/// `call x = state { Type: "Task", … }`: everything but the way on is the user's own.
void Elaborator::raw_state(NodeId node, NodeId name_node, NodeId record_node, ir::Block& into) {
    if (recording_) recording_->breaks();   // its text is the user's, with names of states in it
    ValueId record = expression(record_node);
    ValueId result = error_value(span(node));
    if (!is_error(record) && check_raw(record, span(record_node))) {
        std::string_view type = *const_text(values_.field(record, names_.intern("Type")));
        ir::Raw raw{record, type != "Pass" && type != "Wait"};
        bool works = raw.works;
        Span where = frame_->call_site.known() ? frame_->call_site : span(node);
        Symbol name = tree()[name_node].symbol;
        StepId id = add_step(frame_->single ? "" : text(name), where, raw, into);
        result = works ? make_result(id, 0, plain(TypeKind::Json), false, span(node)) : make_null(span(node));
    }
    bind(tree()[name_node].symbol, result, span(name_node));
}

bool Elaborator::check_raw(ValueId record, Span where) {
    ValueId type_value = values_.field(record, names_.intern("Type"));
    auto type = type_value == ValueId::none ? std::nullopt : const_text(type_value);
    if (!type || std::find(std::begin(raw_types), std::end(raw_types), *type) == std::end(raw_types)) {
        Span at = type_value == ValueId::none ? where : values_[type_value].where;
        diagnostics_.report(diag::BadState, at, type ? fmt::format("a state of type `{}` cannot be written out here", *type) : "the state has no `Type`")
            .help(fmt::format("there are `{}`; a choice is an `if`, an end a `return` or `fail`", fmt::join(raw_types, "`, `")));
        return false;
    }
    bool fine = true;
    for (uint32_t i = 0; i < values_[record].b; i++) {
        ir::Field f = values_.fields(record)[i];
        for (const RawMember& refused : raw_refused) {
            if (text(f.key) != refused.name) continue;
            diagnostics_.report(diag::BadState, key_span(f), fmt::format("`{}` cannot stand in a state that is written out", refused.name)).help(std::string(refused.instead));
            fine = false;
        }
    }
    check_raw_texts(record);
    reserve_states(record);
    if (ValueId resource = values_.field(record, names_.intern("Resource")); resource != ValueId::none && *type == "Task")
        if (auto arn = const_text(resource); arn && arn->find(":states:::") != std::string_view::npos)
            need_grant(arn->substr(arn->find(":states:::") + 1), arn->substr(arn->rfind(':') + 1, arn->substr(arn->rfind(':') + 1).find('.')), values_[resource].where);
    return fine;
}

/// What is only known in a run cannot be put into the text of an expression.
void Elaborator::check_raw_texts(ValueId value) {
    const Value v = values_[value];
    if (v.op == Op::Record)
        for (uint32_t i = 0; i < v.b; i++) check_raw_texts(values_.fields(value)[i].value);
    else if (v.op == Op::List)
        for (uint32_t i = 0; i < v.b; i++) check_raw_texts(values_.links(value)[i]);
    else if (v.op == Op::Concat && v.time == Time::Run)
        if (auto begin = const_text(values_.links(value)[0]); begin && begin->starts_with("{%"))
            diagnostics_.report(diag::BadState, v.where, "a value of the run cannot stand in the text of an expression")
                .help("give it as a value of its own, outside of `{% %}`");
}

/// States inside of a written-out Map or Parallel share the names of the whole machine.
void Elaborator::reserve_states(ValueId value) {
    const Value v = values_[value];
    if (v.op == Op::List)
        for (uint32_t i = 0; i < v.b; i++) reserve_states(values_.links(value)[i]);
    if (v.op != Op::Record) return;
    for (uint32_t i = 0; i < v.b; i++) {
        ir::Field f = values_.fields(value)[i];
        if (text(f.key) == "States" && values_[f.value].op == Op::Record)
            for (const ir::Field& state : values_.fields(f.value))
                if (std::string_view name = text(state.key); state_name(name) != name)
                    diagnostics_.report(diag::NameInUse, key_span(state), name).help("state names are unique in the whole machine");
        reserve_states(f.value);
    }
}

}  // namespace zflow::elaborate
