#include "elaborate/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace zflow::elaborate {

namespace {

struct CronField {
    std::string_view name;
    int least, most;
    bool question;                        ///< may be `?`
    std::string_view words;               ///< names instead of numbers, from `least`
};

constexpr CronField cron_fields[] = {
    {"minutes", 0, 59, false, ""},
    {"hours", 0, 23, false, ""},
    {"day of month", 1, 31, true, ""},
    {"month", 1, 12, false, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    {"day of week", 1, 7, true, "SUNMONTUEWEDTHUFRISAT"},
    {"year", 1970, 2199, false, ""},
};

int number(std::string_view text, const CronField& field) {
    int value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size()) return value;
    if (text.size() == 3 && !field.words.empty())
        if (size_t at = field.words.find(text); at != std::string_view::npos && at % 3 == 0) return field.least + static_cast<int>(at / 3);
    return -1;
}

std::string part_problem(std::string_view part, const CronField& field) {
    auto bad = [&](std::string_view why) { return fmt::format("`{}` in the field for {}: {}", part, field.name, why); };
    auto range = fmt::format("it goes from {} to {}", field.least, field.most);
    if (!field.words.empty()) range += fmt::format(", or {} to {}", field.words.substr(0, 3), field.words.substr(field.words.size() - 3));
    if (part.empty()) return bad("it is empty");
    std::string_view body = part;
    if (size_t slash = part.find('/'); slash != std::string_view::npos) {
        CronField step{field.name, 1, field.most, false, ""};
        int every = number(part.substr(slash + 1), step);
        if (every < 1) return bad("a step is a whole number from 1");
        if (every > field.most) return bad(range);
        body = part.substr(0, slash);
    }
    if (body == "*") return {};
    bool day = field.question;
    if (day && (body == "L" || body == "LW")) return {};
    if (day && (body.ends_with('W') || body.ends_with('L'))) body.remove_suffix(1);
    if (size_t hash = body.find('#'); day && hash != std::string_view::npos) {
        CronField week{"", 1, 5, false, ""};
        int n = number(body.substr(hash + 1), week);
        if (n < 1 || n > 5) return bad("a month has at most five weeks");
        body = body.substr(0, hash);
    }
    if (size_t dash = body.find('-'); dash != std::string_view::npos) {
        int from = number(body.substr(0, dash), field), to = number(body.substr(dash + 1), field);
        if (from < field.least || to > field.most || from < 0 || to < 0) return bad(range);
        return from > to ? bad("the range ends before it begins") : "";
    }
    int value = number(body, field);
    return value < field.least || value > field.most ? bad(range) : "";
}

std::string cron_problem(std::string_view text) {
    std::vector<std::string_view> fields;
    while (!text.empty()) {
        size_t begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        fields.push_back(text.substr(0, text.find(' ')));
        text.remove_prefix(fields.back().size());
    }
    if (fields.size() != 6)
        return fmt::format("a cron expression has six fields (minutes, hours, day of month, month, day of week, year), this has {}", fields.size());
    if ((fields[2] == "?") == (fields[4] == "?")) return "exactly one of day of month and day of week is `?`";
    for (size_t i = 0; i < 6; i++) {
        if (fields[i] == "?") {
            if (!cron_fields[i].question) return fmt::format("`?` in the field for {}: only a day can be left open", cron_fields[i].name);
            continue;
        }
        for (std::string_view rest = fields[i]; ; ) {
            size_t comma = rest.find(',');
            if (std::string problem = part_problem(rest.substr(0, comma), cron_fields[i]); !problem.empty()) return problem;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return {};
}

}  // namespace

std::string schedule_problem(std::string_view expression) {
    size_t open = expression.find('(');
    std::string_view kind = expression.substr(0, open);
    std::string_view inside = expression.substr(open + 1, expression.size() - open - 2);
    if (kind == "cron") return cron_problem(inside);
    if (kind == "at") {
        constexpr std::string_view form = "0000-00-00T00:00:00";
        bool fits = inside.size() == form.size();
        for (size_t i = 0; fits && i < form.size(); i++)
            fits = form[i] == '0' ? inside[i] >= '0' && inside[i] <= '9' : inside[i] == form[i];
        return fits ? "" : "a one-off schedule is written `at(\"2026-12-31T23:00:00\")`";
    }
    return {};
}

bool is_time_zone(std::string_view text) {
    if (text.empty() || text.size() > 50) return false;
    bool letter_first = (text[0] >= 'A' && text[0] <= 'Z');
    return letter_first && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-' || c == '+';
    }) && (text.find('/') != std::string_view::npos || text == "UTC" || text == "GMT");
}

}  // namespace zflow::elaborate
