// ARNs in requests: a right says on whose ARN the action is, so a member that the right is made of takes no other.
#include <algorithm>

#include "check/check.hpp"
#include "ir/arn.hpp"

namespace zflow::check {

namespace {

using ir::ValueId;

/// "TopicArn" of "{TopicArn}"; empty when more than one member makes the resource.
std::string_view only_member(std::string_view resource) {
    if (!resource.starts_with('{')) return {};
    std::string_view member = resource.substr(1, resource.find('}') - 1);
    return member.size() + 2 == resource.size() && member.find_first_of("|#") == std::string_view::npos ? member : std::string_view();
}

class ArnCheck {
   public:
    ArnCheck(const Context& context, const ir::Step& step, const ir::Task& task) : c_(context), step_(step), task_(task) {}

    void check(const schema::Right& right) {
        if (right.actions.empty()) return;
        std::string_view service = right.actions[0].substr(0, right.actions[0].find(':'));
        auto of_service = [&](std::string_view action) { return action.starts_with(service) && action.substr(service.size()).starts_with(':'); };
        for (std::string_view action : right.actions)
            if (!of_service(action)) return;
        member(only_member(right.resource), service);
        member(right.arn_member, service);
    }

    void member(std::string_view path, std::string_view service) {
        if (path.empty()) return;
        std::vector<ValueId> found;
        members(c_, task_.arguments, path, found);
        for (ValueId value : found) {
            ir::KnownArn arn = ir::known_arn(c_.stack, c_.values, c_.types, c_.names, value);
            if (!arn.text.starts_with("arn:") || arn.service().empty() || arn.service() == service) continue;
            schema::StringRange owners = schema::iam_arn_services(service);
            if (owners.empty() || std::find(owners.begin(), owners.end(), arn.service()) != owners.end()) continue;
            Span at = c_.at_user(c_.values[value].where, step_.where);
            c_.diagnostics.report(diag::TypeMismatch, at, fmt::format("Arn(service: \"{}\")", service), is_text(value, at) ? std::string(c_.sources.text(at)) : fmt::format("Arn(service: \"{}\")", arn.service()))
                .help("this is an ARN of `{}`, and one of `{}` belongs here", arn.service(), service);
        }
    }

   private:
    /// Written out where it is used.
    bool is_text(ValueId value, Span at) const { return c_.values[value].op == ir::Op::String && at == c_.values[value].where; }

    const Context& c_;
    const ir::Step& step_;
    const ir::Task& task_;
};

}  // namespace

void arns(const Context& context, const ir::Step& step, const ir::Task& task) {
    ArnCheck check(context, step, task);
    for (const schema::Right right : task.integration->rights()) check.check(right);
    for (const schema::PassRole pass : task.integration->pass_roles()) check.member(pass.member_path, "iam");
}

}  // namespace zflow::check
