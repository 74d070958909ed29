/// @file zones.hpp
/// @brief The time zones there are, `runtime-schemas/time-zones.txt` embedded at build time.
#pragma once

#include <string_view>

namespace zflow::schema {

/// The text of `runtime-schemas/<name>.txt`, or "".
std::string_view list(std::string_view name);

/// The names of the IANA time zone database, a line each.
inline std::string_view time_zones() { return list("time-zones"); }

}  // namespace zflow::schema
