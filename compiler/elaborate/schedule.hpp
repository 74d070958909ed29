/// @file schedule.hpp
/// @brief What EventBridge Scheduler takes as a schedule.
#pragma once

#include <string>
#include <string_view>

namespace zflow::elaborate {

/// What is wrong with `cron(…)`, `rate(…)` or `at(…)`, or "". Source: EventBridge Scheduler user guide, schedule-types.
std::string schedule_problem(std::string_view expression);

/// Whether the text looks like an IANA time zone name: "UTC", "Europe/Berlin", "America/Argentina/Salta".
bool is_time_zone(std::string_view text);

}  // namespace zflow::elaborate
