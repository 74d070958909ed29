// Functions on text, numbers, lists and dates.
#include <algorithm>
#include <cmath>
#include <utility>

#include "diagnostics/json_text.hpp"
#include "elaborate/builtins.hpp"
#include "elaborate/patterns.hpp"
#include "elaborate/short_text.hpp"

namespace zflow::elaborate {

using ir::Builtin;

namespace {

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    for (size_t at; !what.empty() && (at = text.find(what)) != std::string_view::npos; text.remove_prefix(at + what.size()))
        out.append(text.substr(0, at)).append(by);
    return out.append(text);
}

std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blanks = " \t\r\n";
    size_t begin = s.find_first_not_of(blanks);
    return begin == std::string_view::npos ? "" : s.substr(begin, s.find_last_not_of(blanks) - begin + 1);
}

std::string cased(std::string_view s, bool upper) {
    std::string out(s);
    for (char& c : out) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

/// As JSONata counts: characters, not bytes.
int64_t characters(std::string_view utf8) {
    return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool is_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// As JSONata writes it: with at most 15 digits (`$string`), and few signs as escapes.
bool is_written_alike(std::string_view number) {
    constexpr size_t most_digits = 15;
    const bool plain = number.find_first_of("eE+") == number.npos && (number.find('.') == number.npos || !number.ends_with('0'));
    return plain && number.size() <= most_digits && !number.starts_with("-0") && !number.ends_with('.');
}
bool has_plain_signs(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return (c >= 0x20 && c != 0x7F) || c == '\n' || c == '\r' || c == '\t'; });
}

bool is_number(TypeKind k) { return k == TypeKind::Int || k == TypeKind::Float; }
constexpr auto numbers = {TypeKind::Int, TypeKind::Float, TypeKind::Bool, TypeKind::Duration, TypeKind::Size};
constexpr auto no_dates = {TypeKind::Int, TypeKind::Float, TypeKind::Bool, TypeKind::Duration, TypeKind::Size, TypeKind::List};
bool is_ordered(TypeKind k) { return is_number(k) || k == TypeKind::Duration || k == TypeKind::Size; }

}  // namespace

ValueId BuiltinCall::string() {
    if (!is_there(0)) return error();
    TypeKind k = in.kind_of(args[0]);
    Op op = in.values_[args[0]].op;
    if (k != TypeKind::Duration && k != TypeKind::Size && op != Op::Record && op != Op::List)
        if (ValueId converted = in.as_text(args[0], where); in.kind_of(converted) != TypeKind::Json) return converted;
    return at_run_time(Builtin::String, TypeKind::String);
}

ValueId BuiltinCall::number() {
    if (!convert_all({TypeKind::String})) return error();
    if (auto t = const_text(0)) {
        std::string digits(*t);
        char* end = nullptr;
        double value = std::strtod(digits.c_str(), &end);
        bool decimal = digits.find_first_not_of("0123456789+-.eE") == std::string::npos;   // "nan" and "0x1f" are none
        if (!digits.empty() && decimal && end == digits.c_str() + digits.size() && std::isfinite(value)) return in.make_number(value, where);
        in.diagnostics_.report(diag::TypeMismatch, spans[0], "a text that is a number", fmt::format("\"{}\"", digits));
        return error();
    }
    return at_run_time(Builtin::Number, TypeKind::Float);
}

ValueId BuiltinCall::upper() {
    if (!convert_all({TypeKind::String})) return error();
    if (auto t = const_text(0)) return text(cased(*t, true));
    return at_run_time(Builtin::Upper, TypeKind::String);
}

ValueId BuiltinCall::lower() {
    if (!convert_all({TypeKind::String})) return error();
    if (auto t = const_text(0)) return text(cased(*t, false));
    return at_run_time(Builtin::Lower, TypeKind::String);
}

ValueId BuiltinCall::trim() {
    if (!convert_all({TypeKind::String})) return error();
    if (auto t = const_text(0)) return text(trimmed(*t));
    return at_run_time(Builtin::Trim, TypeKind::String);
}

ValueId BuiltinCall::starts_with() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    auto a = const_text(0), b = const_text(1);
    if (a && b) return in.make_bool(a->starts_with(*b), where);
    if (const ir::Value& text = in.values_[args[0]]; b && text.op == ir::Op::Concat)   // its first part may be enough
        if (auto first = in.const_text(in.values_.links(args[0])[0])) {
            size_t common = std::min(first->size(), b->size());
            if (first->substr(0, common) != b->substr(0, common)) return in.make_bool(false, where);
            if (common == b->size()) return in.make_bool(true, where);
        }
    return at_run_time(Builtin::StartsWith, TypeKind::Bool);
}

ValueId BuiltinCall::ends_with() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    if (auto a = const_text(0), b = const_text(1); a && b) return in.make_bool(a->ends_with(*b), where);
    return at_run_time(Builtin::EndsWith, TypeKind::Bool);
}

ValueId BuiltinCall::before() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    if (auto a = const_text(0), b = const_text(1); a && b) return text(a->substr(0, a->find(*b)));
    return at_run_time(Builtin::Before, TypeKind::String);
}

ValueId BuiltinCall::after() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    if (auto a = const_text(0), b = const_text(1); a && b) {
        size_t found = a->find(*b);
        return text(found == std::string_view::npos ? *a : a->substr(found + b->size()));
    }
    return at_run_time(Builtin::After, TypeKind::String);
}

ValueId BuiltinCall::after_last() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    if (auto a = const_text(0), b = const_text(1); a && b) {
        size_t found = a->rfind(*b);
        return text(found == std::string_view::npos ? *a : a->substr(found + b->size()));
    }
    return at_run_time(Builtin::AfterLast, TypeKind::String);
}

ValueId BuiltinCall::replace() {
    if (!convert_all({TypeKind::String, TypeKind::String, TypeKind::String})) return error();
    if (auto a = const_text(0), b = const_text(1), c = const_text(2); a && b && c) return text(replaced(*a, *b, *c));
    return at_run_time(Builtin::Replace, TypeKind::String);
}

ValueId BuiltinCall::substring() {
    if (!convert_all({TypeKind::String, TypeKind::Float, TypeKind::Float})) return error();
    auto whole = const_text(0);
    auto start = in.const_integer(args[1]);
    auto count = args.size() < 3 ? std::optional<int64_t>(INT64_MAX) : in.const_integer(args[2]);
    if (whole && is_ascii(*whole) && start && count && *start >= 0 && *count >= 0) {
        auto from = static_cast<size_t>(*start);
        return text(from >= whole->size() ? "" : whole->substr(from, static_cast<size_t>(*count)));
    }
    return at_run_time(Builtin::Substring, TypeKind::String);
}

ValueId BuiltinCall::round() {
    if (!convert_all({TypeKind::Float, TypeKind::Float})) return error();
    auto n = const_number(0);
    auto digits = args.size() < 2 ? std::optional(0.0) : const_number(1);
    if (n && digits && std::fabs(*digits) <= 15) {
        double scale = std::pow(10, *digits);
        return in.make_number(std::nearbyint(*n * scale) / scale, where);   // half to even, as JSONata rounds
    }
    return at_run_time(Builtin::Round, TypeKind::Float);
}

ValueId BuiltinCall::floor() {
    if (!convert_all({TypeKind::Float})) return error();
    if (auto n = const_number(0)) return in.make_integer(static_cast<int64_t>(std::floor(*n)), in.plain(TypeKind::Int), where);
    return at_run_time(Builtin::Floor, TypeKind::Int);
}

ValueId BuiltinCall::ceil() {
    if (!convert_all({TypeKind::Float})) return error();
    if (auto n = const_number(0)) return in.make_integer(static_cast<int64_t>(std::ceil(*n)), in.plain(TypeKind::Int), where);
    return at_run_time(Builtin::Ceil, TypeKind::Int);
}

ValueId BuiltinCall::absolute() {
    if (!convert_all({TypeKind::Float})) return error();
    if (auto n = const_number(0)) return in.make_number(std::fabs(*n), where);
    return at_run_time(Builtin::Absolute, TypeKind::Float);
}

ValueId BuiltinCall::join() {
    if (!expect_list(0) || in.is_error(convert(1, TypeKind::String))) return error();
    if (in.values_[args[0]].op != Op::List || !const_text(1)) return at_run_time(Builtin::Join, TypeKind::String);
    std::vector<ValueId> parts;
    for (uint32_t i = 0; i < in.values_[args[0]].b; i++) {
        if (i) parts.push_back(args[1]);
        parts.push_back(in.as_text(in.values_.links(args[0])[i], where));
    }
    return in.make_concat(parts, in.plain(TypeKind::String), where);
}

ValueId BuiltinCall::sum() { return expect_list(0) ? at_run_time(Builtin::Sum, TypeKind::Float) : error(); }
ValueId BuiltinCall::average() { return expect_list(0) ? at_run_time(Builtin::Average, TypeKind::Float) : error(); }
/// Appends the JSON text of a constant. False: a run writes it in a way of its own.
bool BuiltinCall::append_json(std::string& out, ValueId id) const {
    const Value& v = in.values_[id];
    switch (v.op) {
        case Op::Bool: return out += v.a ? "true" : "false", true;
        case Op::Integer: out += std::to_string(v.integer); return is_written_alike(std::to_string(v.integer));
        case Op::Decimal: out += v.text(); return is_written_alike(v.text());
        case Op::String: append_json_string(out, v.text()); return has_plain_signs(v.text());
        case Op::List: {
            std::string_view before = "[";
            for (ValueId item : in.values_.links(id)) {
                out += std::exchange(before, ",");
                if (!append_json(out, item)) return false;
            }
            return out += before == "[" ? "[]" : "]", true;
        }
        case Op::Record: {
            if (in.kind_of(id) == TypeKind::Nominal) return false;
            std::string_view before = "{";
            for (const ir::Field& f : in.values_.fields(id)) {
                if (in.is_null(f.value)) continue;   // left out
                out += std::exchange(before, ",");
                append_json_string(out, in.text(f.key)), out += ':';
                if (!has_plain_signs(in.text(f.key)) || !append_json(out, f.value)) return false;
            }
            return out += before == "{" ? "{}" : "}", true;
        }
        default: return false;
    }
}

/// Of a constant it is one too, so that resources can have it as a property.
ValueId BuiltinCall::json() {
    std::string text;
    if (in.is_const(args[0]) && append_json(text, args[0])) return in.make_text(in.values_.keep(text), in.plain(TypeKind::String), where);
    return at_run_time(Builtin::Json, TypeKind::String);
}

ValueId BuiltinCall::parse_json() { return convert_all({TypeKind::String}) ? at_run_time(Builtin::ParseJson, TypeKind::Json) : error(); }
ValueId BuiltinCall::hash() { return convert_all({TypeKind::String}) ? at_run_time(Builtin::Hash, TypeKind::String) : error(); }

ValueId BuiltinCall::base64_encode() {
    return convert_all({TypeKind::String}) ? at_run_time(Builtin::Base64Encode, TypeKind::String) : error();
}

ValueId BuiltinCall::base64_decode() {
    return convert_all({TypeKind::String}) ? at_run_time(Builtin::Base64Decode, TypeKind::String) : error();
}

ValueId BuiltinCall::now() {
    ValueId result = at_run_time(Builtin::Now, TypeKind::Timestamp);
    in.values_.edit(result).time = Time::Run;
    return result;
}

/// What is wrong with a regular expression; none when nothing is, or when it is only known later.
ValueId BuiltinCall::pattern_mistake() {
    if (!convert_all({TypeKind::String})) return error();
    in.takes_for_granted(args[0]);
    auto constant = const_text(0);
    std::string mistake = constant ? schema::pattern_mistake(*constant) : "";
    return mistake.empty() ? in.make_null(where) : text(mistake);
}

/// How many groups a regular expression captures; none when that is not known.
ValueId BuiltinCall::pattern_groups() {
    if (!convert_all({TypeKind::String})) return error();
    in.takes_for_granted(args[0]);
    auto constant = const_text(0);
    auto count = constant ? schema::pattern_groups(*constant) : std::nullopt;
    return count ? in.make_integer(*count, in.plain(TypeKind::Int), where) : in.make_null(where);
}

/// Of a point in time the day it is on, in UTC.
ValueId BuiltinCall::date() {
    const ir::Value& v = in.values_[args[0]];
    if (in.types_.kind(v.type) != TypeKind::Timestamp || v.optional) return convert(0, TypeKind::Date);
    ValueId day[] = {args[0], text("[Y0001]-[M01]-[D01]")};
    return in.make_call(Builtin::FormatDate, day, in.plain(TypeKind::Date), where);
}

ValueId BuiltinCall::format_date() {
    if (!is_none_of(0, no_dates, "Date` or `Timestamp")) return error();
    if (in.is_error(convert(1, TypeKind::String))) return error();
    if (auto picture = const_text(1); picture && picture->find('[') == std::string_view::npos) {
        in.diagnostics_.report(diag::PatternMismatch, spans[1], *picture, "[Y0001]-[M01]-[D01]")
            .help("the parts of a time stand in brackets: `[Y0001]` the year, `[M01]` the month, `[D01]` the day, `[H01]:[m01]:[s01]`");
        return error();
    }
    return at_run_time(Builtin::FormatDate, TypeKind::String);
}

ValueId BuiltinCall::add_days() {
    if (!is_none_of(0, no_dates, "Date")) return error();
    if (!is_there(1)) return error();
    if (in.kind_of(args[1]) == TypeKind::Float && in.values_[args[1]].op != Op::Integer) {
        in.diagnostics_.report(diag::TypeMismatch, spans[1], "Int", "Float").help("days are whole: write a whole number, or `floor(…)`");
        return error();
    }
    return in.is_error(convert(1, TypeKind::Int)) ? error() : at_run_time(Builtin::AddDays, TypeKind::Date);
}

ValueId BuiltinCall::length() {
    if (!is_none_of(0, numbers, "String` or `List")) return error();
    const Value& v = in.values_[args[0]];
    if (v.op == Op::List || v.op == Op::Record) return in.make_integer(v.b, in.plain(TypeKind::Int), where);
    if (auto t = const_text(0)) return in.make_integer(characters(*t), in.plain(TypeKind::Int), where);
    return at_run_time(Builtin::Length, TypeKind::Int);
}

ValueId BuiltinCall::contains() {
    if (!is_none_of(0, numbers, "String` or `List")) return error();
    if (is_record(0)) {
        std::string_view written = in.session_.sources.text(spans[0]);
        in.diagnostics_.report(diag::TypeMismatch, spans[0], "String` or `List", in.type_text(in.type_of(args[0])))
            .help("whether it has a member of that name: `contains(keys({}), …)`", short_text(written, 40))
            .fix(spans[0], fmt::format("keys({})", written), "look for it among the names");
        return error();
    }
    if (is_list(0)) {
        TypeId item = in.types_[in.type_of(args[0])].element, found = in.type_of(args[1]);
        if (!in.assignable(found, item) && !in.assignable(item, found)) args[1] = in.coerce(args[1], item, spans[1]);
        if (in.is_error(args[1])) return error();
    } else if (in.kind_of(args[0]) == TypeKind::String && in.is_error(convert(1, TypeKind::String))) {
        return error();
    }
    if (auto a = const_text(0), b = const_text(1); a && b) return in.make_bool(a->find(*b) != std::string_view::npos, where);
    return at_run_time(Builtin::Contains, TypeKind::Bool);
}

ValueId BuiltinCall::split() {
    if (!convert_all({TypeKind::String, TypeKind::String})) return error();
    return at_run_time(Builtin::Split, in.types_.list(in.plain(TypeKind::String)));
}

ValueId BuiltinCall::extreme() {
    if (args.size() == 1) {
        if (!expect_list(0)) return error();
        if (in.values_[args[0]].op != Op::List || in.values_[args[0]].b == 0)
            return at_run_time(name == "min" ? Builtin::Min : Builtin::Max, TypeKind::Float);
        auto items = in.values_.links(args[0]);
        args.assign(items);
        while (spans.size() < args.size()) spans.push_back(spans[0]);
    }
    syntax::Operator better = name == "min" ? syntax::Operator::LessEqual : syntax::Operator::GreaterEqual;
    ValueId best = args[0];
    for (size_t i = 0; i < args.size(); i++) {
        TypeKind k = in.kind_of(args[i]), wanted = in.kind_of(best);
        if (!is_ordered(k) || (k != wanted && !(is_number(k) && is_number(wanted)))) {
            in.diagnostics_.report(diag::TypeMismatch, spans[i], i ? in.type_text(in.type_of(best)) : "Float", in.type_text(in.type_of(args[i])));
            return error();
        }
        if (i) best = in.make_conditional(in.make_binary(better, best, args[i], in.plain(TypeKind::Bool), where), best, args[i], where);
    }
    return best;
}

ValueId BuiltinCall::keys_or_values() {
    bool keys = name == "keys";
    if (!is_there(0)) return error();
    TypeKind kind = in.kind_of(args[0]);
    if (is_list(0) || is_number(kind) || kind == TypeKind::Bool || kind == TypeKind::String || kind == TypeKind::Date || kind == TypeKind::Duration) {
        in.diagnostics_.report(diag::NotARecord, spans[0], in.type_text(in.type_of(args[0])));
        return error();
    }
    if (in.is_choice_of(args[0], ir::Op::Record) && in.values_[args[0]].op != Op::Record && in.values_[args[0]].time != Time::Run) {
        in.known_by(args[0], Time::Const, in.values_[args[0]].where, "which members this has");
        return error();
    }
    if (in.values_[args[0]].op != Op::Record)
        return at_run_time(keys ? Builtin::Keys : Builtin::Values, in.types_.list(in.plain(keys ? TypeKind::String : TypeKind::Json)));
    std::vector<ValueId> items;
    for (uint32_t i = 0; i < in.values_[args[0]].b; i++) {
        ir::Field f = in.values_.fields(args[0])[i];
        items.push_back(keys ? text(in.text(f.key)) : f.value);
    }
    return in.make_list(items, in.plain(TypeKind::Literals), where);
}

/// zip(["a", "b"], [1, 2]): the record { a: 1, b: 2 }.
ValueId BuiltinCall::zip() {
    if (!expect_list(0) || !expect_list(1)) return error();
    TypeId items = in.type_of(args[1]);
    return at_run_time(Builtin::Zip, in.types_.map(in.types_.without_none(in.types_[items].element)));
}

ValueId BuiltinCall::exists() {
    return in.make_binary(syntax::Operator::NotEqual, args[0], in.make_null(where), in.plain(TypeKind::Bool), where);
}

ValueId BuiltinCall::merge() {
    auto made_later = [&](ValueId v) {
        TypeKind kind = in.kind_of(v);
        return in.values_[v].op != Op::Record && !in.values_[v].optional && (kind == TypeKind::Json || kind == TypeKind::Map);
    };
    if (args.size() == 2 && (made_later(args[0]) || made_later(args[1]))) return at_run_time(ir::Builtin::Merge, TypeKind::Json);
    std::vector<ir::Field> fields;
    for (size_t i = 0; i < args.size(); i++) {
        if (in.values_[args[i]].op != Op::Record) {
            in.diagnostics_.report(diag::NotARecord, spans[i], in.type_text(in.type_of(args[i])));
            return error();
        }
        for (const ir::Field& f : in.values_.fields(args[i])) {
            auto same = std::find_if(fields.begin(), fields.end(), [&](auto& x) { return x.key == f.key; });
            if (same == fields.end()) fields.push_back(f);
            else same->value = f.value;
        }
    }
    return in.make_record(fields, in.plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
