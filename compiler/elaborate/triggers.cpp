// What starts a pipeline by itself: schedules, events, messages of a queue. How each is written is in stdlib/triggers.zflow.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/schedule.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::string_view schedule_help =
    "write `cron(\"0 3 ? * MON *\", zone: \"Europe/Berlin\")`, `rate(1d)` or `at(\"2026-12-31T23:00:00\")`";
constexpr std::string_view trigger_help =
    "write `object_created(bucket, prefix: \"in/\")`, `event({ source: […] })` or `messages(queue)`";

}  // namespace

/// A list is looked at one by one: `event` is something else in each.
void Elaborator::triggers(NodeId node, bool schedules) {
    if (tree().kind(node) == NodeKind::List && !child(node, NodeKind::Spread)) {
        for (NodeId c : syntax::Children(tree(), node)) triggers(c, schedules);
        return;
    }
    size_t mark = scope_mark();
    bind_events(node);
    bool outer = std::exchange(in_schedule_, true);
    bool believed = std::exchange(believes_, believes_ || !schedules);   // what an event has is checked by the first state of a run
    ValueId value = expression(node);
    in_schedule_ = outer;
    leave_scope(mark);
    if (is_error(value)) {
    } else if (values_[value].op != Op::List) {
        trigger(value, span(node), schedules);
    } else {
        for (uint32_t i = 0; i < values_[value].b; i++) trigger(values_.links(value)[i], span(node), schedules);
    }
    believes_ = believed;
}

/// What a trigger's function calls `event` or `message` in its parameters is there under that name in its arguments.
void Elaborator::bind_events(NodeId node) {
    while (tree().kind(node) == NodeKind::ListFor) {
        NodeId last = tree().child(node);
        while (tree().next(last)) last = tree().next(last);
        node = last;
    }
    if (tree().kind(node) != NodeKind::Apply || tree().kind(tree().child(node)) != NodeKind::Identifier) return;
    DeclarationRef d = session_.modules.find(*frame_->module, tree()[tree().child(node)].symbol);
    if (!d || d.kind() != NodeKind::Function) return;
    for (NodeId c : syntax::Children(d.tree(), d.node)) {
        if (d.tree().kind(c) != NodeKind::Parameter) continue;
        NodeId name = name_node(d.tree(), c);
        Symbol symbol = d.tree()[name].symbol;
        if (symbol != known_.event && symbol != known_.message) continue;
        Frame frame{d.module, ++frames_};
        Frame* outer = std::exchange(frame_, &frame);
        TypeId type = types_.without_none(type_expression(d.tree().next(name)));
        frame_ = outer;
        bind(symbol, event_value("", type, span(node)), span(node));
    }
}

void Elaborator::trigger(ValueId value, Span where, bool schedules) {
    auto is = [&](Symbol type) { return values_[value].type == declared_type(session_.modules.library.find(type)); };
    bool record = values_[value].op == Op::Record;
    if (record && values_.field(value, known_.expression) != ValueId::none) return schedule(value, where);
    if (record && is(known_.EventTrigger) && !schedules) return event_rule(value, where);
    if (record && is(known_.QueueTrigger) && !schedules) return queue_reader(value, where);
    if (!schedules) diagnostics_.report(diag::BadTrigger, where, "this starts nothing").help(std::string(trigger_help));
    else if (record && (is(known_.EventTrigger) || is(known_.QueueTrigger)))
        diagnostics_.report(diag::BadSchedule, where, "this is not a schedule").help("events and messages stand under `on:`");
    else if (auto written = const_text(value); written && written->starts_with("cron(") && written->ends_with(')'))
        diagnostics_.report(diag::BadSchedule, where, "this is not a schedule").help(fmt::format("write `cron(\"{}\")`", written->substr(5, written->size() - 6)));
    else diagnostics_.report(diag::BadSchedule, where, "this is not a schedule").help(std::string(schedule_help));
}

// --- schedules

void Elaborator::schedule(ValueId record, Span where) {
    ValueId expression = values_.field(record, known_.expression);
    if (!const_text(expression)) {
        diagnostics_.report(diag::BadSchedule, where, "this is not a schedule").help(std::string(schedule_help));
        return;
    }
    ir::Schedule s;
    s.where = values_[expression].where;
    bool comes = schedule_expression(s, expression);
    record = coerce(record, declared_type(session_.modules.library.find(known_.Schedule)), where);
    if (is_error(record)) return;
    bool fine = schedule_period(s, record, comes);   // each says what is wrong with it
    fine &= delivery(s.delivery, record);
    fine &= trigger_state(s.state, record, "ENABLED", "DISABLED");
    ValueId time = event_value("aws.scheduler.scheduled-time", plain(TypeKind::Timestamp), s.where);
    auto input = trigger_input(values_.field(record, known_.input), "a schedule", time, s.where);
    if (!input || !comes || !fine) return;
    s.input = *input;
    pipeline_->schedules.push_back(std::move(s));
}

bool Elaborator::schedule_expression(ir::Schedule& s, ValueId expression) {
    s.expression = *const_text(expression);
    size_t open = s.expression.find('(');
    std::string_view kind = std::string_view(s.expression).substr(0, open);
    std::string_view inside = std::string_view(s.expression).substr(open + 1, s.expression.size() - open - 2);
    std::vector<ScheduleProblem> problems;
    if (kind == "cron") problems = cron_problems(inside);
    else if (auto problem = kind == "at" ? moment_problem(inside) : std::nullopt) problems.push_back(*problem);
    for (const ScheduleProblem& problem : problems) {
        auto report = diagnostics_.report(diag::BadSchedule, part_of(s.where, inside, problem.begin, problem.length), problem.text);
        if (!problem.help.empty()) report.help(problem.help);
    }
    return problems.empty();
}

/// Zone, start, end and window; what contradicts the expression never comes, unless that is wrong itself.
bool Elaborator::schedule_period(ir::Schedule& s, ValueId record, bool comes) {
    bool fine = schedule_zone(s, values_.field(record, known_.zone));
    if (ValueId window = values_.field(record, known_.window); !is_null(window)) {
        auto minutes = whole_units(window, 60, 1, 1440, "a window");
        fine &= minutes.has_value();
        s.window = minutes.value_or(0);
    }
    auto bad = [&](ValueId at, std::string text) {
        diagnostics_.report(diag::BadSchedule, values_[at].where, text);
        return false;
    };
    ValueId start = values_.field(record, known_.start), end = values_.field(record, known_.end);
    for (auto& [value, into] : {std::pair{start, &s.start}, std::pair{end, &s.end}}) {
        if (is_null(value)) continue;
        auto found = moment(value);
        fine &= found.has_value();
        if (!found) continue;
        if (s.expression.starts_with("at(")) return bad(value, "`start` and `end` are for schedules that repeat");
        *into = *found;
    }
    if (!s.start.empty() && !s.end.empty() && s.end <= s.start) return bad(end, "the schedule ends before it starts");
    if (!comes || !s.expression.starts_with("cron(")) return fine;
    auto [first, last] = cron_years(std::string_view(s.expression).substr(5, s.expression.size() - 6));
    if (!s.start.empty() && std::to_string(last) < s.start.substr(0, 4)) return bad(start, fmt::format("this never comes: the last year of the schedule is {}", last));
    if (!s.end.empty() && std::to_string(first) > s.end.substr(0, 4)) return bad(end, fmt::format("this never comes: the first year of the schedule is {}", first));
    return fine;
}

bool Elaborator::schedule_zone(ir::Schedule& s, ValueId zone) {
    if (is_null(zone)) return true;
    if (!known_by(zone, Time::Const, values_[zone].where, "a time zone")) return false;
    s.zone = const_text(zone).value_or("");
    if (is_time_zone(s.zone)) return true;
    auto report = diagnostics_.report(diag::BadSchedule, values_[zone].where, fmt::format("there is no time zone \"{}\"", s.zone));
    auto near = closest_time_zone(s.zone);
    if (near.empty()) report.help("write an IANA name, \"Europe/Berlin\" or \"UTC\"");
    else report.help(fmt::format("did you mean \"{}\"?", near)).fix(values_[zone].where, std::string(near), fmt::format("write \"{}\"", near));
    return false;
}

/// A date or "2026-12-31T23:00:00Z", in UTC.
std::optional<std::string_view> Elaborator::moment(ValueId value) {
    Span where = values_[value].where;
    if (!known_by(value, Time::Const, where, "start and end of a schedule")) return {};
    std::string text(const_text(value).value_or(""));
    if (kind_of(value) == TypeKind::Date) return values_.keep(text + "T00:00:00Z");
    std::string_view plain_text = text;
    if (plain_text.ends_with('Z')) plain_text.remove_suffix(1);
    auto problem = moment_problem(plain_text);
    if (!problem) return values_.keep(std::string(plain_text) + "Z");
    diagnostics_.report(diag::BadSchedule, part_of(where, text, problem->begin, problem->length), problem->text)
        .help("start and end are a date, `2026-01-31`, or a moment in UTC, \"2026-01-31T06:00:00Z\"");
    return {};
}

// --- events

void Elaborator::event_rule(ValueId record, Span where) {
    ir::EventRule rule;
    rule.where = where;
    rule.pattern = values_.field(record, known_.pattern);
    Span pattern_at = values_[rule.pattern].where.known() ? values_[rule.pattern].where : where;
    size_t errors = session_.diagnostics.errors();
    if (known_by(rule.pattern, Time::Deploy, pattern_at, "an event pattern")) check_pattern(rule.pattern, true);
    rule.bus = values_.field(record, known_.bus);
    if (!is_null(rule.bus)) known_by(rule.bus, Time::Deploy, values_[rule.bus].where, "an event bus");
    delivery(rule.delivery, record);
    trigger_state(rule.state, record, "ENABLED", "DISABLED");
    DeclarationRef type = session_.modules.library.find(names_.intern("Event"));
    ValueId event = event_value("", declared_type(type), where);
    auto input = trigger_input(values_.field(record, known_.input), "an event", member_of(event, known_.time, where, where), where);
    if (!input || errors != session_.diagnostics.errors()) return;
    rule.input = *input;
    pipeline_->events.push_back(rule);
    watch(values_.field(record, known_.watched), values_.field(record, known_.needs), where);
}

/// What is watched tells of its events only with these properties: a resource of this stack gets them.
void Elaborator::watch(ValueId resource, ValueId needs, Span where) {
    const Value& v = values_[resource];
    if (v.op != Op::Attribute || values_[needs].op != Op::Record) return;   // somebody else's
    ir::Resource& watched = stack_->resources[v.a];
    std::vector<ir::Field> properties(values_.fields(watched.properties).begin(), values_.fields(watched.properties).end());
    for (const ir::Field& need : values_.fields(needs)) {
        auto same = std::find_if(properties.begin(), properties.end(), [&](const ir::Field& f) { return f.key == need.key; });
        if (same == properties.end()) properties.push_back(need);
        else if (is_null(same->value)) same->value = need.value;
    }
    watched.properties = make_record(properties, plain(TypeKind::Literals), where);
}

// --- messages

void Elaborator::queue_reader(ValueId record, Span where) {
    ir::QueueReader reader;
    reader.where = where;
    reader.queue = values_.field(record, known_.queue);
    if (values_[reader.queue].op == Op::Record) reader.queue = values_.field(reader.queue, known_.arn);
    bool fine = known_by(reader.queue, Time::Deploy, where, "a queue");
    ValueId batch = values_.field(record, known_.batch), wait = values_.field(record, known_.wait);
    fine &= known_by(batch, Time::Const, where, "the size of a batch");
    reader.batch = const_integer(batch).value_or(1);
    if (!is_null(wait)) {
        auto seconds = whole_units(wait, 1, 0, 300, "the wait for a batch");
        fine &= seconds.has_value();
        reader.wait = seconds.value_or(0);
    }
    fine &= trigger_state(reader.state, record, "RUNNING", "STOPPED");
    if (!queue_list(reader, record, where) || !fine) return;
    pipeline_->readers.push_back(reader);
}

/// The input for each message, and which input takes the list of them.
bool Elaborator::queue_list(ir::QueueReader& reader, ValueId record, Span where) {
    auto bad = [&](std::string text, std::string help) {
        diagnostics_.report(diag::BadTrigger, where, text).help(std::move(help));
        return false;
    };
    ValueId into = values_.field(record, known_.into), given = values_.field(record, known_.input), each = values_.field(record, known_.each);
    ir::Received received{true, Symbol::none};
    if (!is_null(into)) {
        if (!known_by(into, Time::Const, where, "the name of an input")) return false;
        received.list = names_.intern(*const_text(into));
    }
    bool list = received.list != Symbol::none;
    if (!list && reader.batch > 1) return bad("several messages are a list: no input takes it", "say which with `into: \"name\"`, an input of a `List` type");
    if (!list && !is_null(each)) return bad("`each` is what becomes of a message in a list", "say which input takes the list with `into: \"name\"`, or write `input: { … }`");
    if (pipeline_->received.any && pipeline_->received.list != received.list)
        return bad("messages of two queues come in different ways", "use `into` with the same input for both, or for none");
    auto input = trigger_input(given, "a message", ValueId::none, where, received.list);
    if (!input) return false;
    pipeline_->received = received;
    reader.input = *input;
    if (!list) return true;
    if (values_[reader.input].b > 0) return bad("beside a list of messages nothing else can be given", "let `each` say what becomes of a message; other inputs need defaults");
    auto target = std::find_if(pipeline_->inputs.begin(), pipeline_->inputs.end(), [&](const ir::PipelineInput& i) { return i.name == received.list; });
    if (target == pipeline_->inputs.end()) return bad(fmt::format("`{}` is no input of the pipeline", text(received.list)), "`into` names an input of a `List` type");
    TypeId type = types_.without_none(target->type);
    if (types_.kind(type) != TypeKind::List) return bad(fmt::format("`{}` is {}, not a list", text(received.list), advice::with_article(type_text(type))), "messages come as a list");
    if (is_null(each)) each = member_of(event_value("", plain(TypeKind::Json), where), known_.body, where, where);
    reader.input = trigger_value(each, types_[type].element);
    return !is_error(reader.input);
}

// --- what they share

bool Elaborator::delivery(ir::Delivery& to, ValueId record) {
    ValueId retries = values_.field(record, known_.retries), age = values_.field(record, known_.max_age);
    bool known = known_by(retries, Time::Const, values_[retries].where, "the number of retries");
    to.retries = const_integer(retries).value_or(to.retries);
    auto seconds = whole_units(age, 1, 60, 86400, "`max_age`");
    if (seconds) to.max_age = *seconds;
    return known && seconds;
}

std::optional<int64_t> Elaborator::whole_units(ValueId value, int64_t unit, int64_t least, int64_t most, std::string_view what) {
    Span where = values_[value].where;
    if (!known_by(value, Time::Const, where, what)) return {};
    int64_t seconds = const_integer(value).value_or(0);
    if (seconds % unit == 0 && seconds / unit >= least && seconds / unit <= most) return seconds / unit;
    bool minutes = unit == 60;
    diagnostics_.report(diag::OutOfRange, where, fmt::format("{} is {} to {} {}", what, least, most, minutes ? "whole minutes" : "seconds"));
    return {};
}

bool Elaborator::trigger_state(ValueId& state, ValueId record, std::string_view on, std::string_view off) {
    ValueId enabled = values_.field(record, known_.enabled);
    if (auto constant = const_bool(enabled); constant && *constant) return true;
    Span where = values_[enabled].where;
    if (!known_by(enabled, Time::Deploy, where, "`enabled`")) return false;
    TypeId type = plain(TypeKind::String);
    state = make_conditional(enabled, make_text(on, type, where), make_text(off, type, where), where);
    return true;
}

std::optional<ValueId> Elaborator::trigger_input(ValueId given, std::string_view who, ValueId time, Span where, Symbol taken) {
    std::vector<ir::Field> fields;
    std::vector<std::string_view> meant;   // inputs whose names were misspelt
    size_t errors = session_.diagnostics.errors();
    if (!is_null(given) && values_[given].op != Op::Record) {
        diagnostics_.report(diag::NotARecord, values_[given].where, type_text(type_of(given))).help("`input` gives the inputs by name: `{ name: value }`");
        return {};
    }
    for (uint32_t i = 0; !is_null(given) && i < values_[given].b; i++) {
        ir::Field f = values_.fields(given)[i];
        auto input = std::find_if(pipeline_->inputs.begin(), pipeline_->inputs.end(), [&](auto& x) { return x.name == f.key; });
        if (input == pipeline_->inputs.end()) {
            std::vector<std::string_view> known;
            for (const ir::PipelineInput& one : pipeline_->inputs) known.push_back(text(one.name));
            auto report = diagnostics_.report(diag::UnknownSetting, key_span(f), text(pipeline_->name), text(f.key));
            auto near = closest(text(f.key), known);
            if (near.empty()) report.help("it is no input of the pipeline");
            else report.help(fmt::format("did you mean `{}`?", near)).fix(key_span(f), std::string(near), fmt::format("write `{}`", near));
            meant.push_back(near);
        } else if (ValueId value = trigger_value(f.value, input->type); !is_error(value)) {
            fields.push_back({f.key, value});
        }
    }
    for (const ir::PipelineInput& input : pipeline_->inputs) {
        bool has = !is_null(given) && values_.field(given, input.name) != ValueId::none;
        has |= std::find(meant.begin(), meant.end(), text(input.name)) != meant.end();
        if (has || input.name == taken || types_.kind(input.type) == TypeKind::Error || input.fallback != ValueId::none || types_.is_optional(input.type)) continue;
        TypeKind kind = types_.kind(input.type);
        bool moment = time != ValueId::none && (kind == TypeKind::Date || kind == TypeKind::Timestamp);
        if (moment) fields.push_back({input.name, with_type(time, input.type)});
        else if (who == "a schedule")
            diagnostics_.report(diag::MissingScheduleInput, where, text(input.name)).label(input.where, "this input has no default")
                .help(fmt::format("add `input: {{ {}: … }}` to the schedule, or give the input a default", text(input.name)));
        else
            diagnostics_.report(diag::MissingTriggerInput, where, who, text(input.name)).label(input.where, "this input has no default")
                .help(fmt::format("add `input: {{ {}: {}.… }}`, or give the input a default", text(input.name), who == "an event" ? "event" : "message"));
    }
    if (errors != session_.diagnostics.errors()) return {};
    return make_record(fields, plain(TypeKind::Literals), where);
}

/// Of what comes from outside only the first state of a run can say whether it fits.
ValueId Elaborator::trigger_value(ValueId value, TypeId type) {
    Span where = values_[value].where;
    if (is_error(value) || !fillable(value)) return error_value(where);
    TypeKind from = kind_of(value), to = types_.kind(types_.without_none(type));
    bool text_like = from == TypeKind::String || from == TypeKind::Timestamp;
    bool takes_text = to >= TypeKind::String && to <= TypeKind::Union && to != TypeKind::Duration && to != TypeKind::Size;
    if (values_[value].time == Time::Run && (from == TypeKind::Json || (text_like && takes_text))) return with_type(value, type);
    return coerce(value, type, where);
}

ValueId Elaborator::event_value(std::string_view keyword, TypeId type, Span where) {
    ValueId id = make(Op::Event, Time::Run, type, where);
    values_.edit(id).chars = {keyword.data(), static_cast<uint32_t>(keyword.size())};
    return id;
}

bool Elaborator::is_event_part(ValueId value) const {
    while (values_[value].op == Op::Member) value = ValueId{values_[value].a};
    return values_[value].op == Op::Event;
}

bool Elaborator::fillable(ValueId value) {
    const Value v = values_[value];
    if (v.time != Time::Run) return known_by(value, Time::Deploy, v.where, "the input of a run that a trigger starts");
    if (is_event_part(value)) return true;
    if (v.op == Op::Record) {
        for (uint32_t i = 0; i < v.b; i++)
            if (!fillable(values_.fields(value)[i].value)) return false;
        return true;
    }
    if (v.op == Op::List || v.op == Op::Concat) {
        for (uint32_t i = 0; i < v.b; i++)
            if (!fillable(values_.links(value)[i])) return false;
        return true;
    }
    diagnostics_.report(diag::BadTrigger, v.where, "this cannot be made before the run starts")
        .help("parts of the event, constants and parameters can be given, and texts with them inside; calculate in the pipeline");
    return false;
}

/// Some bytes of a text that stands in the source as it is; all of it otherwise.
Span Elaborator::part_of(Span where, std::string_view text, size_t begin, size_t length) const {
    if (!where.known() || session_.sources.text(where) != text) return where;
    auto at = static_cast<uint32_t>(where.begin + begin);
    return {where.file, at, static_cast<uint32_t>(at + length)};
}

}  // namespace zflow::elaborate
