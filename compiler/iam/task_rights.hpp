/// @file task_rights.hpp
/// @brief What the role of a state machine may do because of its Task states.
#pragma once

#include <span>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/integration_rights.hpp"
#include "iam/key_set.hpp"
#include "iam/policy.hpp"

namespace zflow::iam {

/// Most tasks of a pipeline ask for what others asked for already. That shows in the values of those request members that
/// decide about a right: where they are the same values, nothing is worked out again.
class TaskRights {
   public:
    TaskRights(const DeployText& texts, IntegrationTable& table, Policy& policy)
        : texts_(texts), table_(table), policy_(policy), own_keys_(texts) {}

    /// `pipeline`: the one whose steps the task's values refer to.
    void add(const ir::Pipeline& pipeline, const ir::Task& task);

   private:
    /// Of the task at hand: worked out when it is first asked for.
    template <typename T>
    struct Memory {
        bool known = false;
        std::vector<T> what;
    };

    void begin(const ir::Pipeline& pipeline, const ir::Task& task);
    ir::ValueId direct_value(const MemberPath& member) const;
    bool is_new(uint32_t number, std::span<const uint32_t> members);
    void add_right(const TaskRight& right);
    void add_filled(const TaskRight& right, const std::vector<PatternPiece>& resource, std::string_view pattern);
    std::vector<Condition> conditions(const TaskRight& right);
    void add_pass_role(const TaskPassRole& pass);
    void add_key_use(const std::vector<Known>& resources);
    void add_rules(const schema::Integration& integration);

    bool is_present(uint32_t member);
    const std::vector<ir::ValueId>& values(uint32_t member);
    const std::vector<Known>& resolved(uint32_t placeholder);
    void find(const Placeholder& placeholder, const std::vector<ir::ValueId>& values, std::vector<Known>& out) const;

    const DeployText& texts_;
    IntegrationTable& table_;
    Policy& policy_;
    OwnKeys own_keys_;
    KeySet met_;                                 ///< what decided about rights and whole tasks before
    std::vector<uint32_t> row_;

    const ir::Pipeline* pipeline_ = nullptr;
    ir::ValueId arguments_{};
    const IntegrationRights* rights_ = nullptr;
    std::vector<uint32_t> direct_;               ///< by member: the value in the request, before choices are looked through
    std::vector<Memory<ir::ValueId>> values_;    ///< by member
    std::vector<Memory<Known>> resolved_;        ///< by placeholder
    uint32_t pinned_member_ = no_member;         ///< one of its values is looked at alone
    std::vector<ir::ValueId> pinned_;
    std::vector<Known> pinned_known_;
    std::string_view last_pattern_;              ///< most rights of a task are for the same resource
    bool last_lower_ = false;
    std::vector<Known> resources_;
};

}  // namespace zflow::iam
