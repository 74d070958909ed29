/// @file policy.hpp
/// @brief Statements of IAM policies: merged, put into a fixed order, and divided so that each policy keeps its limit.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/interner.hpp"
#include "schema/schema.hpp"

namespace zflow::iam {

/// `operation: {key: [values]}`; values in the notation of deploy_text.hpp.
struct Condition {
    std::string operation, key;
    std::vector<std::string> values;
    friend bool operator==(const Condition&, const Condition&) = default;
};

/// Actions that are allowed on resources. Resources are in the notation of deploy_text.hpp.
struct Statement {
    std::vector<std::string> actions;
    std::vector<std::string> resources;
    std::vector<Condition> conditions;
};

/// The statements of one policy document.
using Document = std::vector<Statement>;

/// Texts by their numbers, each once, in the order in which they came.
class TextSet {
   public:
    void put(Symbol text) {
        auto number = static_cast<size_t>(text);
        if (number >= has_.size()) has_.resize(2 * number + 64);   // seldom
        if (has_[number]) return;
        has_[number] = true;
        texts_.push_back(text);
    }
    const std::vector<Symbol>& texts() const { return texts_; }

   private:
    std::vector<Symbol> texts_;
    std::vector<bool> has_;
};

/// Collects what one role may do. What was first stays first.
class Policy {
   public:
    void add(const Statement& statement);
    /// One resource; the actions are a row of the service data.
    void add(const schema::StringRange& actions, std::string_view resource, const std::vector<Condition>& conditions);
    bool empty() const { return statements_.empty(); }

    /// The documents of the role's managed policies, each within limits::managed_policy_size.
    std::vector<Document> documents() const;

   private:
    struct Collected {
        std::vector<std::string> actions;
        std::vector<Condition> conditions;
        TextSet resources;
        TextSet values;                              ///< of the only condition, when statements are joined by resource
    };
    struct Added {
        schema::StringRange actions;
        bool everything;                             ///< the resource is `*`
        std::vector<Condition> conditions;
        size_t statement;
    };
    size_t add_one(const Statement& statement, std::string_view resource);
    Statement statement(const Collected& collected, size_t limit, bool all) const;

    Interner texts_;                                 ///< resources and values of conditions
    std::vector<Collected> statements_;
    std::vector<Added> added_;                       ///< rows of the service data that were added before
    std::unordered_map<std::string, size_t> known_;  ///< what makes statements one -> index
};

/// Most characters the text can have when the stack is deployed, as far as AWS bounds the parts.
size_t deployed_size(std::string_view text);
size_t deployed_size(const Statement& statement);
size_t deployed_size(const Document& document);

/// The resources of a statement, of which it lists many names that begin alike, with their common beginning and `*` instead:
/// `training-job/risk-train-*`, `training-job/risk-tune-*`, … -> `training-job/risk-*`. Only when there are more than
/// `limit` of one resource type. Data, secrets and keys are left alone unless `all`.
std::vector<std::string> generalised(std::span<const std::string_view> resources, size_t limit, bool all);

}  // namespace zflow::iam
