// Rights that the user writes by hand. What an action is called is in the service authorization reference: names that are like
// one of it are slips of the pen, names of operations are none of actions, and others may be newer than the compiler.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// Actions are alike by the dozen: only what differs by so many letters is surely meant to be another one.
constexpr size_t slips = 2;

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// "GetObject" as the SDKs call it: "getObject".
std::string operation_of(std::string_view action) { return lower_case(action.substr(0, 1)) + std::string(action.substr(1)); }

/// `InvokeV2`, `Query2`: not `Invoke` or `Query` misspelt, but their next version.
bool is_next_version(std::string_view name, std::string_view of) {
    return name.size() > of.size() && name.starts_with(of) && name.substr(of.size()).find_first_not_of("V0123456789") == std::string_view::npos;
}

std::string_view nearest(std::string_view wrong, const std::vector<std::string>& names) {
    std::string_view near = closest(wrong, {names.begin(), names.end()}, slips);
    return near.empty() || is_next_version(wrong, near) ? std::string_view() : near;
}

/// The actions of a service that one of the operations of this name needs.
std::vector<std::string_view> needed_actions(std::string_view service, std::string_view operation) {
    std::vector<std::string_view> actions;
    for (uint32_t i = 0; i < schema::integration_count(); i++) {
        schema::Integration integration = schema::integration_at(i);
        if (integration.operation() != operation || integration.pattern() != schema::Pattern::Request) continue;
        schema::RightRange rights = integration.rights();
        for (uint32_t r = 0; r < rights.size(); r++)
            for (std::string_view action : rights[r].actions) {
                bool of_service = action.substr(0, action.find(':')) == service;
                if (of_service && std::find(actions.begin(), actions.end(), action) == actions.end()) actions.push_back(action);
            }
    }
    return actions;
}

/// One of the prefixes that calls of what the SDKs name so need actions of; empty when nothing is known of them.
std::string_view prefix_of_sdk(std::string_view service, const std::vector<std::string_view>& prefixes) {
    std::string in_resource = fmt::format(":{}:", service);
    for (uint32_t i = 0; i < schema::integration_count(); i++) {
        schema::Integration integration = schema::integration_at(i);
        if (integration.resource().find(in_resource) == std::string_view::npos) continue;
        schema::RightRange rights = integration.rights();
        for (uint32_t r = 0; r < rights.size(); r++)
            for (std::string_view action : rights[r].actions)
                for (std::string_view prefix : prefixes)
                    if (action.substr(0, action.find(':')) == prefix) return prefix;
    }
    return {};
}

bool is_operation(std::string_view service, std::string_view operation) {
    std::vector<std::string> all = schema::sdk_operations(service);
    return std::binary_search(all.begin(), all.end(), operation);
}

}  // namespace

void Elaborator::grant(NodeId node) {
    if (recording_) recording_->breaks();
    ValueId record = expression(tree().child(node));
    if (is_error(record)) return;
    ir::Grant g;
    std::vector<Span> action_places;
    g.where = span(node);
    bool whole = true;
    auto each = [&](Symbol key, auto take) {
        ValueId list = values_.field(record, key);
        if (list == ValueId::none || values_[list].op != Op::List) {
            if (whole) diagnostics_.report(diag::MissingMember, span(node), text(key), "grant").help("a grant is written `grant { actions: [\"s3:GetObject\"], resources: [\"arn:aws:s3:::bucket/prefix/*\"] }`");
            whole = false;
            return;
        }
        if (values_[list].b == 0 && !frame_->call_site.known()) {   // a kind may have nothing to allow
            diagnostics_.report(diag::BadGrant, values_[list].where, fmt::format("without `{}` this allows nothing", text(key)));
            whole = false;
        }
        for (ValueId v : values_.links(list)) take(v);
    };
    each(known_.actions, [&](ValueId v) {
        auto action = const_text(v);
        if (!action || action->find(':') == std::string_view::npos || action->starts_with(':') || action->ends_with(':')) {
            diagnostics_.report(diag::BadGrant, values_[v].where, "this is no action: an action is written `service:Action`, as in `s3:GetObject`");
            return;
        }
        check_action(*action, values_[v].where);
        g.actions.push_back(*action);
        action_places.push_back(values_[v].where);
    });
    each(known_.resources, [&](ValueId v) {
        if (is_error(v) || !known_by(v, Time::Deploy, values_[v].where, "the resource of a grant")) return;
        each_known(v, [&](ValueId one) {
            if (auto constant = const_text(one); constant && *constant != "*" && !constant->starts_with("arn:"))   // IAM User Guide, reference_policies_elements_resource
                diagnostics_.report(diag::BadGrant, values_[one].where, "this is no resource: a resource is an ARN, as in `arn:aws:s3:::my-bucket/in/*`, or `*`");
        });
        g.resources.push_back(as_text(v, values_[v].where));
    });
    if (!whole) return;
    for (const ir::Field& f : values_.fields(record)) {
        if (f.key == known_.actions || f.key == known_.resources) continue;
        diagnostics_.report(diag::UnknownSetting, key_span(f), "grant", text(f.key)).help("a grant has `actions` and `resources`");
    }
    if (g.actions.empty() || g.resources.empty()) return;
    check_resources(g, action_places);
    if (pipeline_) pipeline_->grants.push_back(std::move(g));
    else diagnostics_.report(diag::MisplacedStatement, span(node), "a grant stands in a pipeline or a stage kind");
}

/// Each resource is for one of the actions, and each action has one.
void Elaborator::check_resources(const ir::Grant& grant, const std::vector<Span>& actions) {
    std::vector<std::string> services, owners;   // of the actions, and of the resources; "" where that is not known
    for (std::string_view action : grant.actions) services.push_back(lower_case(action.substr(0, action.find(':'))));
    for (ValueId resource : grant.resources) {
        std::string service(known_arn(resource).service());
        owners.push_back(service.find_first_of("*?") == std::string::npos ? service : "");
    }
    auto takes = [](const std::string& service, const std::string& owner) {
        schema::StringRange all = schema::iam_arn_services(service);
        return owner.empty() || all.empty() || std::find(all.begin(), all.end(), owner) != all.end();
    };
    bool found = false;
    for (size_t i = 0; i < owners.size(); i++) {
        if (std::any_of(services.begin(), services.end(), [&](auto& service) { return takes(service, owners[i]); })) continue;
        found = true;
        Span where = values_[grant.resources[i]].where;   // of a resource that the library makes: there
        diagnostics_.report(diag::WrongResource, where.known() && !session_.sources.file(where.file).library ? where : grant.where, fmt::format("none of the actions is on an ARN of `{}`", owners[i]));
    }
    for (size_t i = 0; i < services.size() && !found; i++) {
        if (std::any_of(owners.begin(), owners.end(), [&](auto& owner) { return takes(services[i], owner); })) continue;
        diagnostics_.report(diag::WrongResource, actions[i], fmt::format("none of the resources is one that `{}` is on", grant.actions[i]));
        found = true;
    }
    for (size_t i = 0; i < services.size() && !found; i++) check_things(grant, grant.actions[i], actions[i]);
}

/// A right to read objects that names their bucket alone, or the reverse.
void Elaborator::check_things(const ir::Grant& grant, std::string_view action, Span where) {
    size_t colon = action.find(':');
    std::string service = lower_case(action.substr(0, colon));
    auto thing = schema::iam_thing(service, action.substr(colon + 1));
    if (!thing) return;
    bool below = thing->arn.find('/') != std::string_view::npos;
    auto may_be = [&](ValueId resource) {
        ir::KnownArn arn = known_arn(resource);
        return arn.service().empty() || (arn.service() == service && is_below(resource).value_or(below) == below);
    };
    if (std::any_of(grant.resources.begin(), grant.resources.end(), may_be)) return;
    diagnostics_.report(diag::WrongResource, where, fmt::format("`{}` is on ARNs of the kind `{}`, and none of the resources is one", action, thing->name))
        .help(fmt::format("such an ARN is `{}`", thing->arn));
}

/// Whether there is a `/` in the resource of an ARN without region and account; nothing when that is not known.
std::optional<bool> Elaborator::is_below(ValueId arn) const {
    std::span<const ValueId> parts = values_[arn].op == Op::Concat ? values_.links(arn) : std::span<const ValueId>(&arn, 1);
    bool known = true;
    std::string text;
    for (ValueId part : parts) {
        if (values_[part].op == Op::String) text += values_[part].text();
        else if (kind_of(part) == TypeKind::Bucket || values_[part].op == Op::Pseudo) text += 'x';
        else known = false;
    }
    std::string_view resource = ir::arn_field(text, 5);
    if (resource.find('/') != std::string_view::npos && ir::arn_field(text, 4).empty()) return true;
    if (!known || !ir::arn_field(text, 4).empty() || resource.empty() || resource.find_first_of("*?") != std::string_view::npos) return std::nullopt;
    return false;
}

/// `service:Action`, in which upper and lower case make no difference (IAM User Guide, reference_policies_elements_action).
void Elaborator::check_action(std::string_view whole, Span where) {
    std::string service = lower_case(whole.substr(0, whole.find(':')));
    std::string_view action = whole.substr(service.size() + 1);
    if (schema::is_iam_action(service, action)) return;
    std::vector<std::string_view> services = schema::iam_services();
    if (std::binary_search(services.begin(), services.end(), service)) return unknown_action(service, action, where);
    unknown_prefix(service, action, where);
}

void Elaborator::unknown_action(std::string_view service, std::string_view action, Span where) {
    bool several = action.find_first_of("*?") != std::string_view::npos;
    std::string operation = operation_of(action);
    auto report = [&] { return diagnostics_.report(diag::UnknownAction, where, fmt::format("{}:{}", service, action)); };
    if (std::vector<std::string_view> needed = needed_actions(service, operation); !needed.empty()) {
        auto made = report();
        made.help(fmt::format("the operation `{}` needs `{}`", operation, fmt::join(needed, "`, `")));
        if (needed.size() == 1) made.fix(where, std::string(needed[0]), fmt::format("write \"{}\"", needed[0]));
        return;
    }
    std::vector<std::string> known = schema::iam_actions(service);
    if (auto near = several ? std::string_view() : nearest(action, known); !near.empty()) {
        std::string meant = fmt::format("{}:{}", service, near);
        report().help(fmt::format("did you mean \"{}\"?", meant)).fix(where, meant, fmt::format("write \"{}\"", meant));
    } else if (is_operation(service, operation)) {
        report().help("this is an operation, not an action: the service authorization reference says which action it needs");
    } else {
        diagnostics_.report(diag::UnknownOperation, where, action, service).help("the service authorization reference has all actions of a service");
    }
}

/// The SDKs call some services otherwise than policies do: `sfn` is `states`, `cloudwatchlogs` is `logs`.
void Elaborator::unknown_prefix(std::string_view service, std::string_view action, Span where) {
    std::vector<std::string_view> services = schema::iam_services(), having;
    for (std::string_view one : services)
        if (schema::is_iam_action(one, action)) having.push_back(one);
    bool of_sdk = is_operation(service, operation_of(action));
    std::string_view meant = prefix_of_sdk(service, having);
    if (of_sdk && meant.empty() && having.size() == 1) meant = having[0];
    if (!of_sdk && meant.empty()) meant = closest(service, having, slips);
    if (!of_sdk && meant.empty()) meant = closest(service, services, slips);
    std::string whole = fmt::format("{}:{}", service, action);
    if (meant.empty() && !of_sdk) {
        diagnostics_.report(diag::UnknownOperation, where, whole, "IAM").help("the service authorization reference has the prefix of each service");
        return;
    }
    auto report = diagnostics_.report(diag::UnknownAction, where, whole);
    std::string instead = fmt::format("{}:{}", meant, action);
    if (!meant.empty()) report.help(fmt::format("did you mean \"{}\"?", instead)).fix(where, instead, fmt::format("write \"{}\"", instead));
    else report.help(fmt::format("`{}` is the name in the SDKs; the service authorization reference has the prefix of its actions", service));
}

}  // namespace zflow::elaborate
