#include "elaborate/advice.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "elaborate/patterns.hpp"
#include "syntax/mistakes.hpp"

namespace zflow::elaborate::advice {

namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr auto types = std::to_array<Word>({
    {"str", "String"}, {"string", "String"}, {"text", "String"}, {"Text", "String"}, {"int", "Int"}, {"integer", "Int"}, {"Integer", "Int"},
    {"number", "Float"}, {"Number", "Float"}, {"long", "Int"}, {"float", "Float"}, {"double", "Float"}, {"decimal", "Float"},
    {"bool", "Bool"}, {"boolean", "Bool"}, {"Boolean", "Bool"}, {"dict", "Map<…>"}, {"Dict", "Map<…>"}, {"map", "Map<…>"}, {"object", "Map<…>"},
    {"list", "List<…>"}, {"array", "List<…>"}, {"Array", "List<…>"}, {"any", "Json"}, {"Any", "Json"}, {"json", "Json"},
    {"datetime", "Timestamp"}, {"date", "Date"}, {"timedelta", "Duration"}, {"DateTime", "Timestamp"}, {"Optional", "…?"},
});

constexpr auto functions = std::to_array<Word>({
    {"len", "length"}, {"size", "length"}, {"count", "length"}, {"str", "string"}, {"int", "number"}, {"float", "number"}, {"concat", "join"},
    {"dumps", "json"}, {"to_json", "json"}, {"jsonencode", "json"}, {"loads", "parse_json"}, {"jsondecode", "parse_json"}, {"uppercase", "upper"},
    {"lowercase", "lower"}, {"startswith", "starts_with"}, {"endswith", "ends_with"}, {"strip", "trim"}, {"avg", "average"}, {"mean", "average"},
    {"every", "rate"}, {"substr", "substring"}, {"includes", "contains"},
});

template <size_t N>
std::string_view find(const std::array<Word, N>& words, std::string_view name) {
    for (auto [wrong, right] : words)
        if (wrong == name) return right;
    return {};
}

/// Of a name in the plural the beginning that its singular has too.
std::string_view stem_of(std::string_view name) {
    return name.ends_with("ies") ? name.substr(0, name.size() - 3) : name.ends_with('s') ? name.substr(0, name.size() - 1) : name;
}

/// `InstanceCount` as `instance_count`.
std::string in_words(std::string_view name) {
    std::string words;
    for (char c : name) {
        bool capital = c >= 'A' && c <= 'Z';
        if (capital && !words.empty() && words.back() != '_') words += '_';
        words += capital ? static_cast<char>(c + 32) : c;
    }
    return words;
}

bool digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

}  // namespace

std::string_view type_called(std::string_view name) { return find(types, name); }

std::string with_article(std::string_view name) {
    auto is_vowel = [&](size_t at) { return at < name.size() && std::string_view("aeiouAEIOU").find(name[at]) != std::string_view::npos; };
    bool u = name.starts_with('u') || name.starts_with('U');
    bool an = u ? !is_vowel(2) : is_vowel(0) || name.starts_with("S3");   // a `User`, an `Upload`
    return fmt::format("{} `{}`", an ? "an" : "a", name);
}

std::string_view function_called(std::string_view name) { return find(functions, name); }

std::string fitting_name(std::string_view text, std::string_view pattern) {
    constexpr size_t longest = 64;
    if (text.empty() || text.size() > longest) return {};
    std::string name;
    for (char c : text) {
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (fine) name += c;
        else if (c != '_' && c != '.' && c != '-') return {};
        else if (!name.empty() && name.back() != '-') name += '-';
    }
    while (!name.empty() && name.back() == '-') name.pop_back();
    return name != text && patterns::matches(pattern, name) ? name : std::string();
}

std::string fitting_moment(std::string_view text) {
    constexpr size_t day = 10, to_minutes = 16, to_seconds = 19;
    std::string moment(text);
    if (moment.size() == day) moment += "T00:00:00";
    if (moment.size() < to_minutes) return {};
    if (moment[day] == ' ' || moment[day] == 't') moment[day] = 'T';
    if (moment.size() == to_minutes || (moment.size() > to_minutes && moment[to_minutes] != ':')) moment.insert(to_minutes, ":00");
    if (size_t blank = moment.find(' '); blank != std::string::npos) moment.erase(blank, 1);
    if (moment.ends_with("UTC") && moment.size() > to_seconds) moment.replace(moment.size() - 3, 3, "Z");
    if (moment.back() == 'z') moment.back() = 'Z';
    if (moment.find_first_of("Z+-", day) == std::string::npos) moment += 'Z';
    return moment != text && patterns::is_timestamp(moment) ? moment : std::string();
}

std::string_view related(std::string_view name, const std::vector<std::string_view>& candidates) {
    constexpr size_t least = 3;
    const std::string words = in_words(name);
    name = words;
    // `instance_count` says in its last word which number it is
    if (size_t last = name.rfind('_'); last != std::string_view::npos)
        for (std::string_view candidate : candidates)
            if (std::string_view part = name.substr(last + 1); candidate == part || (part.size() > least && candidate.starts_with(stem_of(part)))) return candidate;
    std::string_view best;
    for (std::string_view candidate : candidates) {
        std::string_view stem = stem_of(name);
        bool longer = name.size() > candidate.size() + 1 && candidate.size() >= least && name.starts_with(candidate) && name[candidate.size()] == '_';
        bool shorter = stem.size() >= least && candidate.starts_with(stem);
        bool plural = candidate.size() > least && candidate.ends_with('s') && candidate.substr(0, candidate.size() - 1) == name;
        if ((longer || shorter || plural) && candidate.size() > best.size()) best = candidate;
    }
    return best;
}

bool names_an_order(std::string_view name) {
    constexpr std::string_view names[] = {"depends_on", "dependsOn", "DependsOn", "depends", "needs", "after", "next", "Next", "upstream", "run_after"};
    return std::ranges::find(names, name) != std::end(names);
}

std::string there_are(const std::vector<std::string_view>& names) {
    return fmt::format("there {} `{}`", names.size() == 1 ? "is" : "are", fmt::join(names, "`, `"));
}

std::string instance_called(std::string_view text) {
    std::string_view bare = text.starts_with("ml.") ? text.substr(3) : text;
    size_t dot = bare.find('.');
    auto plain = [](std::string_view part) {
        return !part.empty() && std::ranges::all_of(part, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    };
    if (dot == std::string_view::npos || !plain(bare.substr(0, dot)) || !plain(bare.substr(dot + 1))) return {};
    return fmt::format("ml.{}", bare);
}

std::string with_unit_of_time(int64_t number) {
    if (number > 0 && number % 3600 == 0) return fmt::format("write a unit: `{}s`, or `{}h` for the same", number, number / 3600);
    if (number > 0 && number % 60 == 0) return fmt::format("write a unit: `{}s`, or `{}m` for the same", number, number / 60);
    return fmt::format("write a unit: `{0}s`, `{0}m`, `{0}h`", std::max<int64_t>(number, 0));
}

std::string with_unit_of_size(int64_t number) {
    constexpr int64_t many = 256;   // nobody asks for so many gigabytes
    return fmt::format("write a unit: `{}{}`", std::max<int64_t>(number, 0), number >= many ? "MB" : "GB");
}

Written written_as(std::string_view text) {
    if (text == "true" || text == "false") return Written::Truth;
    if (digits(text)) return Written::Integer;
    size_t number = text.find_first_not_of("0123456789");
    if (number == 0 || number == std::string_view::npos) return Written::Text;
    std::string_view rest = text.substr(number);
    if (rest.size() > 1 && rest[0] == '.' && digits(rest.substr(1))) return Written::Decimal;
    if (syntax::meant_number(text) != text) return Written::Text;
    return rest.ends_with('B') ? Written::Size : Written::Duration;
}

}  // namespace zflow::elaborate::advice
