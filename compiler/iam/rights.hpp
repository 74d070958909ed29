/// @file rights.hpp
/// @brief What each role of a stack may do, derived from the program: calls, access by intent, grants, and what the
/// stack's own encryption, logging and tracing need.
#pragma once

#include <string>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/policy.hpp"

namespace zflow::iam {

/// The role of a pipeline's state machine.
Policy machine_policy(const DeployText& texts, uint32_t pipeline);

/// A role that a service assumes (Stack::roles).
Policy role_policy(const DeployText& texts, uint32_t role);

/// The role with which EventBridge Scheduler starts a pipeline: this machine and nothing else.
Policy schedule_policy(const DeployText& texts, uint32_t pipeline);

/// The role with which EventBridge starts a pipeline for an event: this machine and nothing else.
Policy event_policy(const DeployText& texts, uint32_t pipeline);

/// The role with which a pipe takes messages from the pipeline's queues and starts it.
Policy reader_policy(const DeployText& texts, uint32_t pipeline);

/// A role of the stack and the documents of its managed policies.
struct RolePolicies {
    std::string role;     ///< logical id
    std::vector<Document> documents;
    Span where;
};

/// All of them: the service roles first, then each pipeline's machine and what its triggers have; in the order of the program.
std::vector<RolePolicies> all_policies(const DeployText& texts);

/// What roles that exist have to allow, by their ARN in the notation of deploy_text.hpp.
std::vector<RolePolicies> given_policies(const DeployText& texts);

}  // namespace zflow::iam
