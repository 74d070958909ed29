// Functions on things of AWS: locations, images, names of jobs, schedules.
#include "elaborate/builtins.hpp"

#include <algorithm>
#include <array>

#include "elaborate/pattern_texts.hpp"
#include "elaborate/patterns.hpp"
#include "elaborate/short_text.hpp"
#include "ir/image.hpp"
#include "library/library.hpp"
#include "schema/schema.hpp"

namespace zflow::elaborate {

namespace {

constexpr size_t fresh_length = 12;   // 48 bits: no collision in practice among one stage's runs
constexpr int64_t shortest_name = 24, longest_name = 256;   // below there is no room for the stage, above no service takes it

/// What every job, model and endpoint name may hold: lower-case letters and digits, and hyphens for everything else.
constexpr auto name_letters = [] {
    std::array<char, 256> letters{};
    letters.fill('-');
    for (char c = '0'; c <= '9'; c++) letters[static_cast<size_t>(c)] = c;
    for (char c = 'a'; c <= 'z'; c++) letters[static_cast<size_t>(c)] = letters[static_cast<size_t>(c - 32)] = c;
    return letters;
}();

/// Single hyphens, and none at the ends.
void append_name(std::string& out, std::string_view text) {
    size_t size = out.size();
    out.resize(size + text.size());
    for (char c : text) {
        char letter = name_letters[static_cast<unsigned char>(c)];
        if (letter != '-' || (size && out[size - 1] != '-')) out[size++] = letter;
    }
    out.resize(size);
}

void trim_name(std::string& name) {
    while (!name.empty() && name.back() == '-') name.pop_back();
}

/// "pipeline-stage" within `room` characters. Cut when too long, but two long names that begin alike must not become one.
void make_job_name(std::string& out, std::string_view pipeline, std::string_view stage, size_t room) {
    out.clear();
    append_name(out, pipeline);
    append_name(out, "-");
    append_name(out, stage);
    trim_name(out);
    if (out.size() > room) {
        std::string mark = fmt::format("-{:04x}", Interner::hash(out) & 0xffff);
        out.resize(room - mark.size());
        trim_name(out);
        out += mark;
    }
    if (out.empty() || out[0] < 'a') out.insert(0, "z");
}

/// Eight digits.
void write_hexadecimal(std::string& out, uint32_t number) {
    out.clear();
    for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[number >> shift & 15];
}

}  // namespace

bool BuiltinCall::fits(ValueId value, std::string_view pattern) {
    bool all = true;
    if (value == ValueId::none) return all;
    in.each_known(value, [&](ValueId one) {
        auto constant = in.const_text(one);
        if (!constant || patterns::matches(pattern, *constant)) return;
        in.diagnostics_.report(diag::PatternMismatch, in.values_[one].where, *constant, pattern);
        all = false;
    });
    return all;
}

/// `s3(data, "s3://bucket/x")`: a key may begin like that, but hardly does.
void BuiltinCall::check_key(ValueId key) {
    in.each_known(key, [&](ValueId one) {
        ValueId first = in.values_[one].op == Op::Concat ? in.values_.links(one)[0] : one;
        if (in.values_[first].op != Op::String) return;
        if (in.recording_) in.recording_->sees(first);
        if (!in.values_[first].text().starts_with("s3://")) return;
        in.diagnostics_.report(diag::PathInText, one == key ? spans[1] : in.values_[first].where, short_text(in.values_[first].text(), 60), "a location")
            .help("this is what follows in the bucket, `s3(bucket, \"in/\")`; a whole location stands alone, `\"s3://bucket/in/\"`");
    });
}

/// s3(bucket), s3(bucket, key), s3(location, what follows): a location of bucket and key.
ValueId BuiltinCall::s3() {
    ValueId suffix = args.size() > 1 ? convert(1, TypeKind::String) : text("");
    if (in.is_error(suffix)) return error();
    if (args.size() > 1) check_key(suffix);
    const Value& base = in.values_[args[0]];
    ir::Field fields[] = {{in.known_.bucket, args[0]}, {in.known_.key, suffix}};
    if (base.op == Op::Record && in.kind_of(args[0]) == TypeKind::S3 && in.values_.field(args[0], in.known_.uri) == ValueId::none) {
        ValueId parts[] = {in.values_.field(args[0], in.known_.key), suffix};
        fields[0].value = in.values_.field(args[0], in.known_.bucket);
        fields[1].value = in.make_concat(parts, in.plain(TypeKind::String), where);
    } else if (in.is_error(fields[0].value = convert(0, TypeKind::Bucket))) {
        return error();
    }
    return in.make_record(fields, in.plain(TypeKind::S3), where);
}

ValueId BuiltinCall::ecr() {
    if (!convert_all({TypeKind::String}) || !in.known_by(args[0], Time::Deploy, spans[0], "the repository of an image")) return error();
    for (auto& [label, value] : named)   // `tag: 2` is a number
        if (in.text(label) != "tag" && in.is_error(value = in.coerce(value, in.plain(TypeKind::String), in.values_[value].where))) return error();
    ValueId account = named_value("account"), region = named_value("region"), tag = named_value("tag"), digest = named_value("digest");
    if (tag != ValueId::none) tag = in.as_text(tag, where);
    if (!fits(args[0], patterns::repository) || !fits(tag, patterns::image_tag) || !fits(digest, patterns::image_digest)) return error();
    if (!fits(account, patterns::account) || !fits(region, patterns::word)) return error();
    if (region != ValueId::none) check_region(region);
    if (account == ValueId::none) account = pseudo("AccountId");
    if (region == ValueId::none) region = pseudo("Region");
    std::vector<ValueId> parts{account, text(".dkr.ecr."), region, text("."), pseudo("URLSuffix"), text("/"), args[0]};
    if (tag != ValueId::none) parts.insert(parts.end(), {text(":"), tag});
    if (digest != ValueId::none) parts.insert(parts.end(), {text("@"), digest});
    ir::Field fields[] = {{in.known_.uri, in.make_concat(parts, in.plain(TypeKind::String), where)},
                          {in.known_.account, account}, {in.known_.region, region}, {in.known_.repository, args[0]}};
    return in.make_record(fields, in.plain(TypeKind::Image), where);
}

void BuiltinCall::check_region(ValueId region) {
    in.each_known(region, [&](ValueId one) {
        auto name = in.const_text(one);
        if (!name || schema::is_region(*name)) return;
        auto report = in.diagnostics_.report(diag::UnknownRegion, in.values_[one].where, *name);
        if (std::string_view near = closest(*name, schema::regions()); !near.empty()) report.help("did you mean `{}`?", near);
        else report.help("it may be newer than this compiler");
    });
}

/// A place below a known location whose exact address a service tells.
ValueId BuiltinCall::within() {
    if (!convert_all({TypeKind::S3})) return error();
    ValueId uri = in.with_type(args[1], in.plain(TypeKind::String));
    if (in.values_[args[0]].op != Op::Record) return in.with_type(uri, in.plain(TypeKind::S3));
    ir::Field fields[] = {{in.known_.bucket, in.values_.field(args[0], in.known_.bucket)},
                          {in.known_.key, in.values_.field(args[0], in.known_.key)}, {in.known_.uri, uri}};
    return in.make_record(fields, in.plain(TypeKind::S3), where);
}

/// arn("glue", "job/x"): of this account and region.
ValueId BuiltinCall::arn() {
    if (!convert_all({TypeKind::String, TypeKind::String}) || !fits(args[0], patterns::word)) return error();
    ValueId parts[] = {text("arn:"), pseudo("Partition"), text(":"), args[0], text(":"),
                       pseudo("Region"), text(":"), pseudo("AccountId"), text(":"), args[1]};
    return in.make_concat(parts, in.plain(TypeKind::Arn), where);
}

/// What every fresh_name of this stage begins with.
ValueId BuiltinCall::name_prefix() {
    if (!convert_all({TypeKind::Int}) || !in.known_by(args[0], Time::Const, spans[0], "the length of a name")) return error();
    int64_t most = in.const_integer(args[0]).value_or(longest_name);
    if (most < shortest_name || most > longest_name) {
        in.diagnostics_.report(diag::OutOfRange, spans[0], fmt::format("a name has at most {} to {} characters", shortest_name, longest_name));
        return error();
    }
    return in.stage_text(in.frame_->path, static_cast<size_t>(most), where);
}

ValueId Elaborator::stage_text(std::string_view path, size_t most, Span where) {
    local_used_ = true;   // the stage's own
    if (most) make_job_name(name_, pipeline_ ? text(pipeline_->name) : "", path, most - fresh_length - 1);
    else write_hexadecimal(name_, Interner::hash(path));
    ValueId value = make_text(values_.keep(name_ += '-'), plain(TypeKind::String), where);
    if (recording_) recording_->names(value, path, static_cast<uint32_t>(most));
    return value;
}

ValueId BuiltinCall::fresh_name() {
    ValueId prefix = name_prefix();
    if (in.is_error(prefix)) return prefix;
    ValueId fresh = in.make(Op::Fresh, Time::Run, in.plain(TypeKind::String), where);
    in.values_.edit(fresh).integer = fresh_length;
    ValueId parts[] = {prefix, fresh};
    return in.make_concat(parts, in.plain(TypeKind::String), where);
}

/// One for all tries of one state, another for each execution, redrive, item and turn.
ValueId BuiltinCall::run_token() {
    ValueId prefix = in.stage_text(in.frame_->path, 0, where);
    ValueId token = in.make(Op::Fresh, Time::Run, in.plain(TypeKind::String), where);
    in.values_.edit(token).integer = 48;
    in.values_.edit(token).sub = ir::stable_on_retry;   // a lost answer must not start a second run
    ValueId parts[] = {prefix, token};
    return in.make_concat(parts, in.plain(TypeKind::String), where);
}

ValueId BuiltinCall::file() {
    if (!convert_all({TypeKind::String})) return error();
    auto path = const_text(0);
    if (!path) return in.known_by(args[0], Time::Const, spans[0], "the name of a file"), error();
    const SourceFile& from = in.session_.sources.file(in.frame_->module->tree.file);
    if (from.library) {
        auto embedded = library::file(*path);
        if (embedded) return in.make_text(*embedded, in.plain(TypeKind::String), where);
    } else if (auto content = in.session_.provider.read(in.session_.provider.resolve(from.name, *path))) {
        return text(*content);
    }
    in.diagnostics_.report(diag::UnreadableImport, spans[0], *path).help("paths are relative to the file that names them");
    return error();
}

ValueId BuiltinCall::instance_trait() {
    if (!convert_all({TypeKind::Instance})) return error();
    // not known while compiling: a disk key would be refused by NVMe instances, none is refused by nobody
    auto has = [&](ValueId instance) {
        auto type = in.const_text(instance);
        return type ? std::optional(name == "has_gpu" ? schema::has_gpu(*type) : schema::has_local_nvme(*type)) : std::nullopt;
    };
    const ir::Value& v = in.values_[args[0]];
    if (v.op == ir::Op::Conditional)
        if (ValueId chosen = in.decided_by(args[0], has(ValueId{v.b}), has(ValueId{v.c}), where); chosen != ValueId::none) return chosen;
    in.takes_for_granted(args[0]);
    return in.make_bool(has(args[0]).value_or(true), where);
}

/// The format that the dataset at a location was declared with, "" for other locations.
std::string_view BuiltinCall::declared_format(ValueId location) const {
    TypeId row = in.kind_of(location) == TypeKind::Dataset ? in.types_[in.type_of(location)].element : TypeId{};
    if (in.types_.kind(row) != TypeKind::Nominal) return {};
    uint32_t declared = in.types_[row].declaration;   // the module's number and the node's
    const syntax::Tree& tree = in.session_.modules.all[declared >> 24].tree;
    NodeId node = declared & 0xFFFFFF, last = 0;
    if (tree.kind(node) != NodeKind::Dataset) return {};
    for (NodeId c : syntax::Children(tree, node)) last = c;
    return tree.text_of(last);
}

ValueId BuiltinCall::format_of() {
    in.takes_for_granted(args[0]);
    std::string_view format = declared_format(args[0]);
    return format.empty() ? in.make_null(where) : text(format);
}

/// Of a dataset that an algorithm of AWS would not read unless a content type says what it is: why, and what to write.
ValueId BuiltinCall::unread_format() {
    in.takes_for_granted(args[0]), in.takes_for_granted(args[1]);
    std::string_view format = declared_format(args[1]);
    ValueId address = format.empty() || in.values_[args[0]].op != Op::Record ? ValueId::none : in.values_.field(args[0], in.known_.uri);
    if (address == ValueId::none) return in.make_null(where);
    auto [account, repository] = ir::image_name(in.values_, address);
    if (account.empty()) return in.make_null(where);
    std::span<const ValueId> parts = in.values_[address].op == Op::Concat ? in.values_.links(address) : std::span(&address, 1);
    in.const_text(parts.front()), in.const_text(parts.back());   // they decide what follows
    auto algorithm = schema::find_algorithm(account, repository);
    if (!algorithm) return in.make_null(where);
    if (in.values_[args[2]].op != Op::List) return in.make_null(where);
    for (ValueId name : in.values_.links(args[2]))
        if (in.const_text(name).value_or(algorithm->unless) == algorithm->unless) return in.make_null(where);   // it runs a program of its own
    for (uint32_t i = 0; i + 1 < algorithm->told.size(); i += 2)
        if (algorithm->told[i] == format)
            return text(fmt::format("`{}` reads {} only when it is told: `Channel(from: …, content_type: \"{}\")`", repository, format, algorithm->told[i + 1]));
    return in.make_null(where);
}

/// The parts of a schedule as a record; `schedule:` reads it.
ValueId BuiltinCall::schedule() {
    ValueId expression = args[0];
    if (name == "rate") {
        auto seconds = in.kind_of(expression) == TypeKind::Duration ? in.const_integer(expression) : std::nullopt;
        if (in.kind_of(expression) == TypeKind::String)
            in.diagnostics_.report(diag::BadSchedule, spans[0], "a rate is a duration, not a text").help("write `rate(5m)`, `rate(12h)`, `rate(1d)`");
        else if (!seconds && !in.is_error(convert(0, TypeKind::Duration))) in.known_by(args[0], Time::Const, spans[0], "a rate");
        if (!seconds) return error();
        if (*seconds < 60 || *seconds % 60) {
            in.diagnostics_.report(diag::BadSchedule, spans[0], "a rate is in whole minutes").help("write `rate(5m)`, `rate(12h)`, `rate(1d)`");
            return error();
        }
        constexpr int64_t longest = 366;   // days: what is to come once a year is better said with a date
        if (*seconds > longest * 86400)
            in.diagnostics_.report(diag::RareSchedule, spans[0], *seconds / 86400).help("the unit may be another: m, h, d, w; once a year is `cron(\"0 3 1 1 ? *\")`");
        int64_t unit = *seconds % 86400 == 0 ? 86400 : *seconds % 3600 == 0 ? 3600 : 60;
        int64_t count = *seconds / unit;
        expression = text(fmt::format("rate({} {}{})", count, unit == 86400 ? "day" : unit == 3600 ? "hour" : "minute", count == 1 ? "" : "s"));
    } else {
        if (!convert_all({TypeKind::String}) || !in.known_by(args[0], Time::Const, spans[0], "a schedule")) return error();
        expression = text(std::string(name).append("(").append(const_text(0).value_or("")).append(")"));
        in.values_.edit(expression).where = in.values_[args[0]].where;
    }
    std::vector<ir::Field> fields{{in.known_.expression, expression}};
    for (auto& [label, value] : named) fields.push_back({label, value});
    return in.make_record(fields, in.plain(TypeKind::Literals), where);
}

/// EventBridge Scheduler guide, managing-schedule-context-attributes: keywords in the input of a schedule.
ValueId BuiltinCall::of_schedule() {
    struct Attribute { std::string_view name, keyword; TypeKind type; };
    constexpr Attribute attributes[] = {
        {"scheduled_date", "aws.scheduler.scheduled-time", TypeKind::Date}, {"scheduled_time", "aws.scheduler.scheduled-time", TypeKind::Timestamp},
        {"schedule_arn", "aws.scheduler.schedule-arn", TypeKind::Arn}, {"schedule_run", "aws.scheduler.execution-id", TypeKind::String},
        {"schedule_attempt", "aws.scheduler.attempt-number", TypeKind::String},
    };
    auto attribute = std::find_if(std::begin(attributes), std::end(attributes), [&](const Attribute& a) { return a.name == name; });
    if (in.in_schedule_) return in.event_value(attribute->keyword, in.plain(attribute->type), where);
    in.diagnostics_.report(diag::BadTrigger, where, fmt::format("`{}()` has a value only in the input of a schedule", name))
        .help(fmt::format("write `schedule: cron(\"…\", input: {{ day: {}() }})`; in the pipeline it is then `day`", name));
    return error();
}

}  // namespace zflow::elaborate
