/// @file access_rights.hpp
/// @brief What access by intent ("s3.read") and grants allow.
#pragma once

#include <string_view>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/policy.hpp"

namespace zflow::iam {

/// `pipeline`: the one whose steps the targets may refer to; null for a service's role.
void add_access(const DeployText& texts, const ir::Pipeline* pipeline, const std::vector<ir::Access>& access, Policy& policy);

/// What is granted by hand: actions and resources as they are written.
void add_grants(const DeployText& texts, const std::vector<ir::Grant>& grants, Policy& policy);

/// An intent of the stack itself; its placeholders are `key`, `state_machine` and, of a distributed map, `label`.
void add_own(const DeployText& texts, uint32_t pipeline, std::string_view intent, Policy& policy, std::string_view label = {});

}  // namespace zflow::iam
