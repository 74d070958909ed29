/// @file renamed.hpp
/// @brief Settings that have another name where they are declared.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/interner.hpp"
#include "types/types.hpp"

namespace zflow::elaborate {

/// Of a kind of the user's own: the only setting that is missing where the only one is given that it does not have. It had another
/// name. "" when there is none.
template <typename Parameters, typename Settings>
std::string_view renamed(const Parameters& parameters, const Settings& given, const types::TypeTable& types, const Interner& names) {
    auto is_given = [&](const auto& p) { return std::ranges::any_of(given, [&](auto& s) { return s.name == p.name; }); };
    auto is_known = [&](auto& s) { return std::ranges::any_of(parameters, [&](const auto& p) { return p.name == s.name; }); };
    auto is_missing = [&](const auto& p) { return !p.fallback && !types.is_optional(p.type) && !is_given(p); };
    if (std::ranges::count_if(parameters, is_missing) != 1 || std::ranges::count_if(given, is_known) + 1 != std::ssize(given)) return {};
    return names.text(std::ranges::find_if(parameters, is_missing)->name);
}

}  // namespace zflow::elaborate
