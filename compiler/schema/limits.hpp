/// @file limits.hpp
/// @brief What AWS takes at most, each number with its source. The only place where they are written.
#pragma once

#include <cstddef>

namespace zflow::limits {

// AWS CloudFormation User Guide: cloudformation-limits
inline constexpr size_t inline_template_bytes = 51'200;   ///< in the call itself
inline constexpr size_t template_bytes = 1'000'000;       ///< from S3
inline constexpr size_t resources = 500;                  ///< in one template
inline constexpr size_t parameters = 200;
inline constexpr size_t outputs = 200;
inline constexpr size_t description_bytes = 1'024;

// AWS Step Functions Developer Guide: service-quotas
inline constexpr size_t definition_bytes = 1'048'576;
inline constexpr size_t history_events = 25'000;

// IAM User Guide: reference_iam-quotas; white space is not counted
inline constexpr size_t managed_policy_size = 6'144;
inline constexpr size_t managed_policies_per_role = 10;   ///< 20 after a request to AWS
inline constexpr size_t inline_policies_size = 10'240;    ///< of all inline policies of a role together

}  // namespace zflow::limits
