/// @file integration_rights.hpp
/// @brief The rights that calls of an integration need, with all worked out that is the same for each of its tasks.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "iam/members.hpp"
#include "iam/own_key.hpp"
#include "iam/pattern_fill.hpp"
#include "schema/schema.hpp"

namespace zflow::iam {

inline constexpr uint32_t no_member = UINT32_MAX;

/// `{Member.Path#part|fallback}`; `member` is one of IntegrationRights::members.
struct Placeholder {
    std::string_view text;        ///< all between the braces
    bool lower;
    uint32_t member;
    std::string_view part;
    bool has_fallback;
    std::string_view fallback;
};

struct TaskRight {
    uint32_t number;              ///< over all integrations
    schema::Right is;
    ContentUse content;
    std::vector<PatternPiece> resource, arn_resource;   ///< a placeholder's number is one of IntegrationRights::placeholders
    uint32_t when = no_member, arn_member = no_member;
    std::vector<uint32_t> members;                      ///< all that decide about the right
    bool decided_like_last = false;                     ///< the same members decide about the right before it
};

struct TaskPassRole {
    uint32_t number;              ///< over all integrations and their rights
    uint32_t member;
    std::vector<Condition> conditions;
};

struct IntegrationRights {
    schema::Integration integration;
    uint32_t number;              ///< over all integrations and their rights
    std::vector<MemberPath> members;                    ///< of the request: those that its rights look at
    std::vector<Placeholder> placeholders;
    std::vector<TaskRight> rights;
    std::vector<TaskPassRole> pass_roles;
};

/// The integrations that the machines of a stack use; each is prepared when it is first met.
class IntegrationTable {
   public:
    explicit IntegrationTable(const Interner& names) : names_(names) {}
    const IntegrationRights& of(schema::Integration integration);

   private:
    const Interner& names_;
    std::deque<IntegrationRights> known_;
    const IntegrationRights* last_ = nullptr;
    uint32_t numbers_ = 0;
};

}  // namespace zflow::iam
