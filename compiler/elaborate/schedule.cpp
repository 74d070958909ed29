#include "elaborate/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>

#include "diagnostics/diagnostics.hpp"
#include "schema/zones.hpp"

namespace zflow::elaborate {

namespace {

struct CronField {
    std::string_view name;
    int least, most;
    bool day;                             ///< may be `?`, `L`
    std::string_view words;               ///< names instead of numbers, from `least`
};

enum FieldIndex { Minutes, Hours, DayOfMonth, Month, DayOfWeek, Year };

constexpr CronField cron_fields[] = {
    {"minutes", 0, 59, false, ""},
    {"hours", 0, 23, false, ""},
    {"day of month", 1, 31, true, ""},
    {"month", 1, 12, false, "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"},
    {"day of week", 1, 7, true, "SUNMONTUEWEDTHUFRISAT"},
    {"year", 1970, 2199, false, ""},
};

/// The values a field names, counted from its least one. `open`: more than values, as the last day of a month.
struct Values {
    std::bitset<256> set;
    bool open = false;
};

int number(std::string_view text) {
    int value = -1;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : -1;
}

int value_of(std::string_view text, const CronField& field) {
    if (int value = number(text); value >= 0) return value;
    if (text.size() == 3 && !field.words.empty())
        if (size_t at = field.words.find(text); at != std::string_view::npos && at % 3 == 0) return field.least + static_cast<int>(at / 3);
    return -1;
}

std::string range_text(const CronField& field) {
    auto range = fmt::format("it goes from {} to {}", field.least, field.most);
    if (field.words.empty()) return range;
    return range + fmt::format(", or {} to {}", field.words.substr(0, 3), field.words.substr(field.words.size() - 3));
}

/// One part of a field, between commas. Gives what is wrong with it, or "".
class PartReader {
   public:
    PartReader(FieldIndex index, Values& values) : index_(index), field_(cron_fields[index]), values_(values) {}

    std::string read(std::string_view part) {
        if (part.empty()) return "it is empty";
        std::string_view body = part.substr(0, part.find('/'));
        int every = 1;
        if (body.size() < part.size()) {
            every = number(part.substr(body.size() + 1));
            if (every < 1) return "a step is a whole number from 1";
            int longest = field_.most - (field_.least > 1 ? field_.least : 0);
            if (every > longest) return fmt::format("a step is at most {} here", longest);
            if (body == "*") return add(field_.least, field_.most, every);
        }
        if (body == "*") return add(field_.least, field_.most, 1);
        if (field_.day && body.size() == part.size() && is_special(body)) return special(body);
        return range(body, every, body.size() < part.size());
    }

   private:
    static bool is_special(std::string_view body) {
        return body.find('#') != std::string_view::npos || body.ends_with('L') || body.ends_with('W');
    }

    std::string range(std::string_view body, int every, bool stepped) {
        size_t dash = body.find('-');
        int from = value_of(body.substr(0, dash), field_);
        int to = dash == std::string_view::npos ? (stepped ? field_.most : from) : value_of(body.substr(dash + 1), field_);
        if (!fits(from) || !fits(to)) return range_text(field_);
        return from > to ? "the range ends before it begins" : add(from, to, every);
    }

    /// `L`, `LW`, `15W` of a month; `L`, `6L`, `6#3` of a week.
    std::string special(std::string_view body) {
        bool month = index_ == DayOfMonth;
        values_.open = true;
        if (body == "L" || (month && body == "LW")) return {};
        if (size_t hash = body.find('#'); hash != std::string_view::npos) {
            if (month) return "`#` picks a day of the week: it belongs into the fifth field";
            if (!fits(value_of(body.substr(0, hash), field_))) return range_text(field_);
            int week = number(body.substr(hash + 1));
            return week < 1 || week > 5 ? "a month has at most five weeks" : "";
        }
        if (body.ends_with('W') && !month) return "`W` is the weekday nearest to a day of the month: it belongs into the third field";
        if (body.ends_with('L') && month) return "`L` alone is the last day of the month";
        int day = value_of(body.substr(0, body.size() - 1), field_);
        if (!fits(day)) return range_text(field_);
        if (month) values_.open = false, add(day, day, 1);
        return {};
    }

    bool fits(int value) const { return value >= field_.least && value <= field_.most; }
    std::string add(int from, int to, int every) {
        if (every == 1) {
            values_.set |= (~decltype(values_.set)() >> (values_.set.size() - 1 - static_cast<size_t>(to - from))) << static_cast<size_t>(from - field_.least);
            return {};
        }
        for (int v = from; v <= to; v += every) values_.set.set(static_cast<size_t>(v - field_.least));
        return {};
    }

    FieldIndex index_;
    const CronField& field_;
    Values& values_;
};

struct FieldText {
    std::string_view text;
    size_t begin;
};

std::vector<FieldText> split_fields(std::string_view text) {
    std::vector<FieldText> fields;
    for (size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
        size_t end = std::min(text.find(' ', at), text.size());
        fields.push_back({text.substr(at, end - at), at});
        at = end;
    }
    return fields;
}

std::optional<ScheduleProblem> read_field(FieldIndex index, const FieldText& field, Values& values) {
    PartReader reader(index, values);
    for (size_t at = 0;;) {
        size_t end = std::min(field.text.find(',', at), field.text.size());
        std::string_view part = field.text.substr(at, end - at);
        if (std::string why = reader.read(part); !why.empty()) {
            bool empty = part.empty();
            return ScheduleProblem{fmt::format("`{}` in the field for {}: {}", part, cron_fields[index].name, why), "",
                                   field.begin + (empty ? 0 : at), empty ? field.text.size() : part.size()};
        }
        if (end == field.text.size()) return {};
        at = end + 1;
    }
}

int days_in(int month, bool leap) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap);
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/// Whether one of the days is in one of the months, in one of the years.
bool ever_comes(const Values& days, const Values& months, const Values& years) {
    if (days.open) return true;
    bool leap = false;
    for (int year = 1970; year <= 2199; year++) leap |= years.set[static_cast<size_t>(year - 1970)] && is_leap(year);
    for (int month = 1; month <= 12; month++)
        for (int day = 1; months.set[static_cast<size_t>(month - 1)] && day <= days_in(month, leap); day++)
            if (days.set[static_cast<size_t>(day - 1)]) return true;
    return false;
}

std::optional<ScheduleProblem> count_problem(std::string_view text, const std::vector<FieldText>& fields) {
    if (fields.size() == 6) return {};
    ScheduleProblem problem{fmt::format("a cron expression has six fields (minutes, hours, day of month, month, day of week, year), this has {}",
                                        fields.size()), "", 0, text.size()};
    if (fields.size() != 5) return problem;
    // the five fields of Unix: there is no year, and days are not left open
    std::string_view month_day = fields[2].text, week_day = fields[4].text;
    bool by_week = week_day != "*" && week_day != "?";
    problem.help = fmt::format("EventBridge has a year at the end, and one of the two days is `?`: \"{} {} {} {} {} *\"", fields[0].text,
                               fields[1].text, by_week ? "?" : month_day, fields[3].text, by_week ? week_day : "?");
    return problem;
}

std::optional<ScheduleProblem> days_problem(const std::vector<FieldText>& fields) {
    const FieldText &of_month = fields[DayOfMonth], &of_week = fields[DayOfWeek];
    if ((of_month.text == "?") != (of_week.text == "?")) return {};
    bool month_only = of_week.text == "*" || of_week.text == "?";
    std::string days = month_only ? fmt::format("{} {} ?", of_month.text == "?" ? "*" : of_month.text, fields[Month].text)
                                  : fmt::format("? {} {}", fields[Month].text, of_week.text);
    return ScheduleProblem{"exactly one of day of month and day of week is `?`",
                           fmt::format("write \"{} {} {} {}\"", fields[Minutes].text, fields[Hours].text, days, fields[Year].text),
                           of_month.begin, of_week.begin + of_week.text.size() - of_month.begin};
}

}  // namespace

std::vector<ScheduleProblem> cron_problems(std::string_view text) {
    std::vector<FieldText> fields = split_fields(text);
    if (auto problem = count_problem(text, fields)) return {*problem};
    Values values[6];
    std::vector<ScheduleProblem> problems;
    for (size_t i = 0; i < 6; i++) {
        auto index = static_cast<FieldIndex>(i);
        if (fields[i].text == "?" && cron_fields[i].day) values[i].open = true;
        else if (fields[i].text == "?")
            problems.push_back({fmt::format("`?` in the field for {}: only a day can be left open", cron_fields[i].name), "", fields[i].begin, 1});
        else if (auto problem = read_field(index, fields[i], values[i])) problems.push_back(*problem);
    }
    if (!problems.empty()) return problems;
    if (auto problem = days_problem(fields)) return {*problem};
    if (ever_comes(values[DayOfMonth], values[Month], values[Year])) return {};
    size_t begin = fields[DayOfMonth].begin;
    return {{fmt::format("this never comes: no such month has a day {}", fields[DayOfMonth].text),
             "the last day of a month is `L`", begin, fields[Month].begin + fields[Month].text.size() - begin}};
}

std::pair<int, int> cron_years(std::string_view text) {
    Values years;
    read_field(Year, split_fields(text)[Year], years);
    auto named = [&](int year) { return years.set[static_cast<size_t>(year - cron_fields[Year].least)]; };
    int first = cron_fields[Year].least, last = cron_fields[Year].most;
    while (first < last && !named(first)) first++;
    while (first < last && !named(last)) last--;
    return {first, last};
}

std::optional<ScheduleProblem> moment_problem(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00";
    bool fits = text.size() == form.size();
    for (size_t i = 0; fits && i < form.size(); i++)
        fits = form[i] == '0' ? text[i] >= '0' && text[i] <= '9' : text[i] == form[i];
    if (!fits) return ScheduleProblem{"a moment is written \"2026-12-31T23:00:00\"", "", 0, text.size()};
    auto part = [&](size_t at, size_t size) { return number(text.substr(at, size)); };
    int year = part(0, 4), month = part(5, 2), day = part(8, 2);
    if (month < 1 || month > 12 || day < 1 || day > days_in(month, is_leap(year)))
        return ScheduleProblem{fmt::format("there is no {}", text.substr(0, 10)), "", 0, 10};
    if (part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59)
        return ScheduleProblem{fmt::format("no clock shows {}", text.substr(11)), "", 11, 8};
    return {};
}

bool is_time_zone(std::string_view text) {
    for (std::string_view lines = schema::time_zones(); !lines.empty();) {   // in the order of their bytes
        size_t middle = lines.size() / 2, begin = lines.substr(0, middle).rfind('\n') + 1, end = lines.find('\n', middle);
        std::string_view zone = lines.substr(begin, end - begin);
        if (zone == text) return true;
        if (zone < text) lines.remove_prefix(end + 1);
        else lines = lines.substr(0, begin);
    }
    return false;
}

std::string_view closest_time_zone(std::string_view text) {
    std::vector<std::string_view> zones, cities;
    for (std::string_view rest = schema::time_zones(); !rest.empty();) {
        std::string_view zone = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(zone.size() + 1);
        zones.push_back(zone);
        cities.push_back(zone.substr(zone.rfind('/') + 1));
    }
    if (auto near = closest(text, zones); !near.empty()) return near;
    std::string_view city = closest(text.substr(text.rfind('/') + 1), cities);   // "berlin", "Germany/Berlin"
    auto at = std::find_if(cities.begin(), cities.end(), [&](std::string_view c) { return c.data() == city.data(); });
    return city.empty() || at == cities.end() ? std::string_view() : zones[static_cast<size_t>(at - cities.begin())];
}

}  // namespace zflow::elaborate
