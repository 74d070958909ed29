/// @file policy.hpp
/// @brief Statements of IAM policies: merged, put into a fixed order, and divided so that each policy keeps its limit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

/// Collects what one role may do. Adding is a hash look-up; what was first stays first.
class Policy {
   public:
    void add(Statement statement);
    /// One resource; the actions are a row of the service data.
    void add(const schema::StringRange& actions, const std::string& resource, const std::vector<Condition>& conditions);
    bool empty() const { return statements_.empty(); }

    /// The documents of the role's managed policies, each within limits::managed_policy_size.
    std::vector<Document> documents() const;

   private:
    /// Texts of a statement, found by what they say.
    class TextIndex {
       public:
        /// Appends the text unless it is there.
        void put(std::vector<std::string>& texts, const std::string& text);

       private:
        std::vector<uint32_t> slots_;                ///< position in `texts` plus one
    };
    struct Added {
        schema::StringRange actions;
        bool everything;                             ///< the resource is `*`
        std::vector<Condition> conditions;
        size_t statement;
    };
    size_t add_one(const Statement& statement, const std::string& resource);

    std::vector<Statement> statements_;
    std::vector<TextIndex> resources_, values_;      ///< by statement
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
std::vector<std::string> generalised(const std::vector<std::string>& resources, size_t limit, bool all);

}  // namespace zflow::iam
