/// @file joins.hpp
/// @brief What a Choice or a Try leaves to what follows it.
#pragma once

#include "ir/program.hpp"

namespace zflow::ir {

/// `step` is a Choice or a Try.
inline const std::vector<Join>& joins_of(const Step& step) {
    const auto* choice = std::get_if<Choice>(&step.is);
    return choice ? choice->joins : std::get<Try>(step.is).joins;
}

}  // namespace zflow::ir
