/// @file advice.hpp
/// @brief What to write instead, for words and forms that people bring along from other languages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zflow::elaborate::advice {

/// The type that is called `name` elsewhere, `str`; "" when none is.
std::string_view type_called(std::string_view name);

/// The function that is called `name` elsewhere, `len`; "" when none is.
std::string_view function_called(std::string_view name);

/// A name like `text` that fits a pattern of names, "my-endpoint" for "my_endpoint"; "" when there is none.
std::string fitting_name(std::string_view text, std::string_view pattern);

/// The point in time that a text means, "2026-01-31T06:00:00Z" for "2026-01-31 06:00" (in UTC unless it says otherwise); "" when it means none.
std::string fitting_moment(std::string_view text);

/// The candidate that a longer or shorter form of the name stands for: `params`, `image_uri`; "" when none does.
std::string_view related(std::string_view name, const std::vector<std::string_view>& candidates);

/// Whether a setting of this name says elsewhere what runs before what: `depends_on`.
bool names_an_order(std::string_view name);

/// "a `Model`", "an `Answer`".
std::string with_article(std::string_view name);

/// Names to choose from: "there are `a`, `b`".
std::string there_are(const std::vector<std::string_view>& names);

/// The instance type that a text means, "ml.m5.xlarge" for "m5.xlarge"; "" when it is none.
std::string instance_called(std::string_view text);

/// What to write instead of a number of seconds, or of gigabytes.
std::string with_unit_of_time(int64_t number);
std::string with_unit_of_size(int64_t number);

/// Whether the text is a number, a duration, a size, a truth or a date as it is written without quotes.
enum class Written { Text, Integer, Decimal, Duration, Size, Truth };
Written written_as(std::string_view text);

}  // namespace zflow::elaborate::advice
