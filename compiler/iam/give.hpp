/// @file give.hpp
/// @brief Rights on resources, as far as it is known which.
#pragma once

#include <string>
#include <vector>

#include "iam/pattern_fill.hpp"
#include "iam/policy.hpp"

namespace zflow::iam {

/// A name without region and account of which nothing is known gives no right: it is asked for with a grant.
void give(Policy& policy, const schema::StringRange& actions, const std::vector<Known>& resources,
          const std::vector<Condition>& conditions);
void give(Policy& policy, std::vector<std::string> actions, std::vector<Known> resources, std::vector<Condition> conditions);

}  // namespace zflow::iam
