// The table of the language's functions, and what is the same for a call of each: reading the arguments, counting them.
#include "elaborate/builtins.hpp"

#include <algorithm>
#include <array>

namespace zflow::elaborate {

namespace {

struct Row {
    std::string_view name;
    size_t least, most;                 ///< how many arguments without a name
    ValueId (BuiltinCall::*apply)();     ///< none: `columns`
    std::string_view named = "";        ///< arguments with a name: "tag digest"
};

using B = BuiltinCall;
constexpr size_t many = 16;
constexpr std::string_view schedule_settings = "zone input start end window enabled retries max_age";

constexpr Row table[] = {
    // text
    {"string", 1, 1, &B::string}, {"number", 1, 1, &B::number}, {"upper", 1, 1, &B::upper}, {"lower", 1, 1, &B::lower},
    {"trim", 1, 1, &B::trim}, {"starts_with", 2, 2, &B::starts_with}, {"ends_with", 2, 2, &B::ends_with},
    {"before", 2, 2, &B::before}, {"after", 2, 2, &B::after}, {"after_last", 2, 2, &B::after_last},
    {"replace", 3, 3, &B::replace}, {"substring", 2, 3, &B::substring}, {"split", 2, 2, &B::split}, {"join", 2, 2, &B::join},
    {"json", 1, 1, &B::json}, {"parse_json", 1, 1, &B::parse_json}, {"hash", 1, 1, &B::hash},
    {"base64_encode", 1, 1, &B::base64_encode}, {"base64_decode", 1, 1, &B::base64_decode},
    {"pattern_mistake", 1, 1, &B::pattern_mistake}, {"pattern_groups", 1, 1, &B::pattern_groups},
    // numbers
    {"min", 1, many, &B::extreme}, {"max", 1, many, &B::extreme}, {"sum", 1, 1, &B::sum}, {"average", 1, 1, &B::average},
    {"round", 1, 2, &B::round}, {"floor", 1, 1, &B::floor}, {"ceil", 1, 1, &B::ceil}, {"abs", 1, 1, &B::absolute},
    // lists and records
    {"length", 1, 1, &B::length}, {"contains", 2, 2, &B::contains}, {"keys", 1, 1, &B::keys_or_values},
    {"values", 1, 1, &B::keys_or_values}, {"columns", 1, 1, nullptr}, {"merge", 0, many, &B::merge}, {"exists", 1, 1, &B::exists},
    {"zip", 2, 2, &B::zip}, {"tagged", 2, 2, &B::tagged}, {"untagged", 2, 2, &B::untagged},
    {"present", 1, 1, &B::present}, {"range", 1, 2, &B::range}, {"problems", 1, 1, &B::problems}, {"read_json", 0, many, &B::read_json},
    // dates
    {"now", 0, 0, &B::now}, {"date", 1, 1, &B::date}, {"format_date", 2, 2, &B::format_date}, {"add_days", 2, 2, &B::add_days},
    // AWS
    {"s3", 1, 2, &B::s3}, {"ecr", 1, 1, &B::ecr, "account region tag digest"}, {"within", 2, 2, &B::within}, {"arn", 2, 2, &B::arn},
    {"has_local_nvme", 1, 1, &B::instance_trait}, {"has_gpu", 1, 1, &B::instance_trait}, {"format_of", 1, 1, &B::format_of},
    {"unread_format", 3, 3, &B::unread_format}, {"file", 1, 1, &B::file},
    {"fresh_name", 1, 1, &B::fresh_name}, {"name_prefix", 1, 1, &B::name_prefix}, {"run_token", 0, 0, &B::run_token},
    {"cron", 1, 1, &B::schedule, schedule_settings}, {"rate", 1, 1, &B::schedule, schedule_settings}, {"at", 1, 1, &B::schedule, schedule_settings},
    {"scheduled_date", 0, 0, &B::of_schedule}, {"scheduled_time", 0, 0, &B::of_schedule}, {"schedule_arn", 0, 0, &B::of_schedule},
    {"schedule_run", 0, 0, &B::of_schedule}, {"schedule_attempt", 0, 0, &B::of_schedule},
    {"task_token", 0, 0, &B::task_token},
};

constexpr std::string_view known_names[] = {
    "",
#define X(n) #n,
    ZFLOW_KNOWN_NAMES(X)
#undef X
};

/// By symbol, since the names of functions come behind those that are known anyway: the function, or null.
constexpr auto rows = [] {
    std::array<const Row*, std::size(known_names) + std::size(table)> by_symbol{};
    size_t next = std::size(known_names);
    for (const Row& row : table) {
        auto known = std::find(std::begin(known_names), std::end(known_names), row.name);
        by_symbol[known == std::end(known_names) ? next++ : static_cast<size_t>(known - std::begin(known_names))] = &row;
    }
    return by_symbol;
}();

std::vector<std::string_view> words(std::string_view list) {
    std::vector<std::string_view> out;
    while (!list.empty()) {
        size_t end = std::min(list.find(' '), list.size());
        out.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return out;
}

}  // namespace

void Elaborator::enter_names(Interner& names) {
    for (std::string_view name : known_names) names.intern(name);
    for (const Row& row : table) names.intern(row.name);
}

std::vector<std::string_view> Elaborator::builtin_names() {
    std::vector<std::string_view> names;
    for (const Row& row : table) names.push_back(row.name);
    return names;
}

ValueId Elaborator::builtin(Symbol symbol, NodeId node, bool& known) {
    auto callee = static_cast<size_t>(symbol);
    const Row* row = callee < rows.size() ? rows[callee] : nullptr;
    known = row != nullptr;
    if (!known) return ValueId::none;
    if (!row->apply) return columns(node);   // its argument may be a type, which is no value
    BuiltinCall call{*this, row->name, span(node)};
    bool fits = true;
    for (NodeId c = tree().next(tree().child(node)); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        bool has_name = tree().kind(first) == NodeKind::Name;
        ValueId value = expression(has_name ? tree().next(first) : first);
        fits &= !is_error(value);
        if (!has_name) {
            call.args.push_back(value), call.spans.push_back(span(c));
            continue;
        }
        Symbol label = tree()[first].symbol;
        call.named.emplace_back(label, value);
        std::vector<std::string_view> takes = words(row->named);
        if (std::find(takes.begin(), takes.end(), text(label)) != takes.end()) continue;
        unknown_argument(span(first), text(label), takes,
                         takes.empty() ? fmt::format("`{}` takes its arguments without names", row->name)
                                       : fmt::format("`{}` takes `{}`", row->name, fmt::join(takes, "`, `")));
        fits = false;
    }
    if (fits && (call.args.size() < row->least || call.args.size() > row->most)) {
        std::string wanted = row->least == row->most ? std::to_string(row->least) : fmt::format("{} to {}", row->least, row->most);
        diagnostics_.report(diag::WrongArgumentCount, call.where, row->name, wanted, call.args.size());
        fits = false;
    }
    return fits ? (call.*row->apply)() : call.error();
}

bool BuiltinCall::convert_all(std::initializer_list<TypeKind> kinds) {
    size_t i = 0;
    for (TypeKind kind : kinds) {
        if (i < args.size() && in.is_error(convert(i, kind))) return false;
        i++;
    }
    return true;
}

bool BuiltinCall::is_there(size_t i) {
    const Value& v = in.values_[args[i]];
    if (in.is_error(args[i])) return false;
    if (v.op != Op::Null && !v.optional && !in.types_.is_optional(v.type)) return true;
    in.report_absent(spans[i], args[i]);
    return false;
}

bool BuiltinCall::is_none_of(size_t i, std::initializer_list<TypeKind> kinds, std::string_view wanted) {
    if (!is_there(i)) return false;
    if (std::find(kinds.begin(), kinds.end(), in.kind_of(args[i])) == kinds.end()) return true;
    in.diagnostics_.report(diag::TypeMismatch, spans[i], wanted, in.type_text(in.type_of(args[i])));
    return false;
}

bool BuiltinCall::expect_list(size_t i) {
    if (!is_there(i)) return false;
    if (is_list(i)) return true;
    in.diagnostics_.report(diag::NotAList, spans[i], in.type_text(in.type_of(args[i])));
    return false;
}

ValueId BuiltinCall::named_value(std::string_view wanted) const {
    for (auto& [label, value] : named)
        if (in.text(label) == wanted) return value;
    return ValueId::none;
}

ValueId BuiltinCall::pseudo(std::string_view parameter) {
    ValueId id = in.make(Op::Pseudo, Time::Deploy, in.plain(TypeKind::Arn), where);
    in.values_.edit(id).chars = {parameter.data(), static_cast<uint32_t>(parameter.size())};
    return id;
}

}  // namespace zflow::elaborate
