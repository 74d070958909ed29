#include "iam/give.hpp"

namespace zflow::iam {

namespace {

/// An ARN of which nothing is known still belongs to this account and to the service that is called.
std::string anything_of(std::string_view action) {
    std::string service(action.substr(0, action.find(':')));
    return "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:*";
}

bool is_of_everybody(const Known& resource) {
    if (resource.complete) return false;
    std::string_view text = resource.text;
    size_t star = text.find('*');
    while (star != std::string_view::npos && !text.substr(0, star).ends_with(":::")) star = text.find('*', star + 1);
    return star != std::string_view::npos;
}

bool is_anything(const Known& resource) { return !resource.complete && resource.text == "*"; }

}  // namespace

void give(Policy& policy, const schema::StringRange& actions, const std::vector<Known>& resources,
          const std::vector<Condition>& conditions) {
    for (const Known& resource : resources) {
        if (is_of_everybody(resource)) continue;
        if (is_anything(resource)) policy.add(actions, anything_of(*actions.begin()), conditions);
        else policy.add(actions, resource.text, conditions);
    }
}

void give(Policy& policy, std::vector<std::string> actions, std::vector<Known> resources, std::vector<Condition> conditions) {
    Statement statement{std::move(actions), {}, std::move(conditions)};
    for (Known& resource : resources)
        if (!is_of_everybody(resource))
            statement.resources.push_back(is_anything(resource) ? anything_of(statement.actions[0]) : std::move(resource.text));
    policy.add(statement);
}

}  // namespace zflow::iam
