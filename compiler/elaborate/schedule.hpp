/// @file schedule.hpp
/// @brief What EventBridge Scheduler takes as a schedule, and what of it never comes true. Source: EventBridge Scheduler
/// user guide, schedule-types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zflow::elaborate {

/// What is wrong, and which bytes of the text that was looked at are to blame.
struct ScheduleProblem {
    std::string text, help;
    size_t begin = 0, length = 0;
};

/// The six fields of a cron expression: each that is wrong; when all are right by themselves, what is wrong between them.
std::vector<ScheduleProblem> cron_problems(std::string_view fields);

/// A moment, "2026-12-31T23:00:00".
std::optional<ScheduleProblem> moment_problem(std::string_view text);

/// First and last year in which a right cron expression is due.
std::pair<int, int> cron_years(std::string_view fields);

/// "Europe/Berlin", "UTC": one line for each in schema::time_zones().
bool is_time_zone(std::string_view text);

/// The known zone that was probably meant, or "".
std::string_view closest_time_zone(std::string_view text);

}  // namespace zflow::elaborate
