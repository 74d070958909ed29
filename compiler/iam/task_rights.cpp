#include "iam/task_rights.hpp"

#include <algorithm>

#include "iam/give.hpp"

namespace zflow::iam {

using ir::Op;
using ir::ValueId;

void TaskRights::add(const ir::Pipeline& pipeline, const ir::Task& task) {
    begin(pipeline, task);
    row_ = {rights_->number, pipeline_->whole != nullptr};   // steps of a part and of the whole are numbered differently
    row_.insert(row_.end(), direct_.begin(), direct_.end());
    if (!met_.insert(row_)) return;
    bool wanted = false;
    for (const TaskRight& right : rights_->rights) {
        if (!right.decided_like_last) wanted = is_new(right.number, right.members);
        if (wanted) add_right(right);
    }
    for (const TaskPassRole& pass : rights_->pass_roles)
        if (is_new(pass.number, {&pass.member, 1})) add_pass_role(pass);
    row_ = {rights_->number};
    if (met_.insert(row_)) add_rules(*task.integration);
}

void TaskRights::begin(const ir::Pipeline& pipeline, const ir::Task& task) {
    pipeline_ = &pipeline;
    arguments_ = task.arguments;
    rights_ = &table_.of(*task.integration);
    direct_.clear();
    for (const MemberPath& member : rights_->members) direct_.push_back(static_cast<uint32_t>(direct_value(member)));
    values_.resize(std::max(values_.size(), rights_->members.size()));
    for (auto& memory : values_) memory.known = false;
    resolved_.resize(std::max(resolved_.size(), rights_->placeholders.size()));
    for (auto& memory : resolved_) memory.known = false;
    last_pattern_ = {};
}

/// Decides about all the values the member can have.
ValueId TaskRights::direct_value(const MemberPath& member) const {
    if (texts_.value(arguments_).op != Op::Record) return arguments_;
    return texts_.field(arguments_, member.parts[0].name);
}

/// Whether these members were not looked at before with the same values, for the right of that number.
bool TaskRights::is_new(uint32_t number, std::span<const uint32_t> members) {
    row_ = {number, pipeline_->whole != nullptr};
    for (uint32_t member : members) row_.push_back(direct_[member]);
    return met_.insert(row_);
}

void TaskRights::add_right(const TaskRight& right) {
    if (right.when != no_member && !is_present(right.when)) return;
    if (right.arn_member == no_member) return add_filled(right, right.resource, right.is.resource);
    pinned_member_ = right.arn_member;
    const std::vector<ValueId>& found = values(right.arn_member);
    for (ValueId value : found) {
        pinned_ = {value};
        Known arn;
        if (as_arn(texts_, value, arn)) add_filled(right, right.arn_resource, right.is.arn_resource);
        else add_filled(right, right.resource, right.is.resource);
    }
    pinned_member_ = no_member;
    if (found.empty()) add_filled(right, right.resource, right.is.resource);
}

void TaskRights::add_filled(const TaskRight& right, const std::vector<PatternPiece>& resource, std::string_view pattern) {
    bool pinned = pinned_member_ != no_member;
    bool again = !pinned && pattern == last_pattern_ && right.is.lower == last_lower_;
    if (!again) {
        fill(resource, [this](const PatternPiece& piece) -> const std::vector<Known>& { return resolved(piece.number); }, resources_);
        add_key_use(resources_);
    }
    last_pattern_ = pinned ? std::string_view() : pattern;
    last_lower_ = right.is.lower;
    for (const Known& known : resources_) own_keys_.add(right.content, known.text, policy_);
    give(policy_, right.is.actions, resources_, conditions(right));
}

std::vector<Condition> TaskRights::conditions(const TaskRight& right) {
    if (right.is.condition_json.empty()) return {};
    return fill_conditions(right.is.condition_json, [this](std::string_view text) {
        const std::vector<Placeholder>& all = rights_->placeholders;
        auto same = [&](const Placeholder& p) { return p.text == text && !p.lower; };
        return resolved(static_cast<uint32_t>(std::find_if(all.begin(), all.end(), same) - all.begin()));
    });
}

void TaskRights::add_pass_role(const TaskPassRole& pass) {
    std::vector<Known> roles;
    for (ValueId value : values(pass.member)) {
        Known role;
        role.complete = texts_.append(value, role.text);
        if (role.complete) roles.push_back(std::move(role));  // never `*`: the checker asks for a known role
    }
    give(policy_, {"iam:PassRole"}, std::move(roles), pass.conditions);
}

/// A queue or topic of this stack is encrypted with the stack's key: who writes to it uses the key too.
void TaskRights::add_key_use(const std::vector<Known>& resources) {
    const ir::Stack& stack = texts_.context().stack;
    if (!stack.encryption) return;
    for (const Known& known : resources) {
        if (!known.text.starts_with("${")) continue;
        std::string_view id = std::string_view(known.text).substr(2, known.text.find_first_of(".}") - 2);
        for (const ir::Resource& resource : stack.resources)
            if (resource.logical_id == id && resource.key == ValueId::none &&
                texts_.field(resource.properties, "KmsMasterKeyId") != ValueId::none)
                policy_.add({{"kms:GenerateDataKey", "kms:Decrypt"}, {texts_.key_arn()}, {}});
    }
}

/// What is the same for all tasks of an integration.
void TaskRights::add_rules(const schema::Integration& integration) {
    auto nothing = [](std::string_view) { return std::vector<Known>(); };
    for (const schema::ManagedRule rule : integration.managed_rules())
        give(policy_, {"events:PutTargets", "events:PutRule", "events:DescribeRule"}, fill(rule.resource, nothing), {});
}

/// An empty list or text counts as absent.
bool TaskRights::is_present(uint32_t member) {
    for (ValueId value : values(member)) {
        const ir::Value& v = texts_.value(value);
        bool empty = (v.op == Op::List && v.b == 0) || (v.op == Op::String && v.text().empty());
        if (!empty) return true;
    }
    return false;
}

const std::vector<ValueId>& TaskRights::values(uint32_t member) {
    Memory<ValueId>& memory = values_[member];
    if (!memory.known) memory = {true, members(texts_, *pipeline_, arguments_, rights_->members[member])};
    return memory.what;
}

const std::vector<Known>& TaskRights::resolved(uint32_t number) {
    const Placeholder& placeholder = rights_->placeholders[number];
    if (placeholder.member == pinned_member_) return find(placeholder, pinned_, pinned_known_), pinned_known_;
    Memory<Known>& memory = resolved_[number];
    if (!memory.known) find(placeholder, values(placeholder.member), memory.what);
    memory.known = true;
    return memory.what;
}

void TaskRights::find(const Placeholder& placeholder, const std::vector<ValueId>& values, std::vector<Known>& out) const {
    out.clear();
    for (ValueId value : values) {
        Known& known = out.emplace_back();
        if (!placeholder.part.empty()) known = known_part(texts_, value, placeholder.part);
        else as_arn(texts_, value, known);
        // of a secret's ARN only the end is unknown, which is meant as a pattern
        bool pattern = !placeholder.part.empty() || texts_.value(value).op == Op::Secret;
        if (!pattern) known.text = escape_wildcards(known.text);
        if (placeholder.lower) known.text = lower_case(known.text);
    }
    if (out.empty() && placeholder.has_fallback) out.push_back({std::string(placeholder.fallback), true});
}

}  // namespace zflow::iam
