#include "iam/rights.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>

#include "iam/members.hpp"
#include "iam/pattern_fill.hpp"
#include "schema/schema.hpp"

namespace zflow::iam {

using ir::Op;
using ir::ValueId;

namespace {

/// Text that is the same for two values that give the same rights. Most stages of a pipeline ask for what others asked
/// for already: that is seen before anything is worked out.
class Fingerprint {
   public:
    explicit Fingerprint(const DeployText& texts) : texts_(texts) {}

    void add(ValueId id) {
        const ir::Value& v = texts_.value(id);
        number(static_cast<uint64_t>(v.op) << 40 | static_cast<uint64_t>(v.sub) << 32 | static_cast<uint32_t>(v.type));
        switch (v.op) {
            case Op::String: case Op::Decimal: case Op::Pseudo: case Op::Context: return add(v.text());
            case Op::Record:
                number(v.b);
                for (const ir::Field& f : texts_.context().values.fields(id)) number(static_cast<uint64_t>(f.key)), add(f.value);
                return;
            case Op::List: case Op::Concat: case Op::Call:
                number(v.b);
                for (ValueId part : texts_.context().values.links(id)) add(part);
                return;
            case Op::Null: case Op::KeyArn: return;
            case Op::Bool: case Op::Integer: case Op::Parameter: case Op::Attribute: case Op::RoleArn: case Op::MachineArn:
            case Op::Secret: case Op::Fresh:
                number(static_cast<uint64_t>(v.integer));
                return;
            default: number(static_cast<uint64_t>(id));   // the same only as itself
        }
    }
    void add(std::string_view text) {
        number(text.size());
        text_ += text;
    }
    /// Whether this is the first of its kind; starts the next one.
    bool is_new() {
        bool fresh = seen_.insert(text_).second;
        text_.clear();
        return fresh;
    }

   private:
    void number(uint64_t n) { text_.append(reinterpret_cast<const char*>(&n), sizeof n); }

    const DeployText& texts_;
    std::string text_;
    std::unordered_set<std::string> seen_;
};

/// An ARN of which nothing is known still belongs to this account and to the service that is called.
std::string anything_of(std::string_view action) {
    std::string service(action.substr(0, action.find(':')));
    return "arn:${AWS::Partition}:" + service + ":${AWS::Region}:${AWS::AccountId}:*";
}

/// A name without region and account of which nothing is known: it is asked for with a grant.
bool of_everybody(const Known& resource) { return !resource.complete && resource.text.find(":::*") != std::string::npos; }

void add(Policy& policy, const schema::StringRange& actions, const std::vector<Known>& resources, const std::vector<Condition>& conditions) {
    for (const Known& resource : resources) {
        if (of_everybody(resource)) continue;
        bool nothing = !resource.complete && resource.text == "*";
        if (nothing) policy.add(actions, anything_of(*actions.begin()), conditions);
        else policy.add(actions, resource.text, conditions);
    }
}

void add(Policy& policy, std::vector<std::string> actions, std::vector<Known> resources, std::vector<Condition> conditions) {
    Statement statement{std::move(actions), {}, std::move(conditions)};
    for (Known& resource : resources) {
        if (of_everybody(resource)) continue;
        bool nothing = !resource.complete && resource.text == "*";
        statement.resources.push_back(nothing ? anything_of(statement.actions[0]) : std::move(resource.text));
    }
    policy.add(std::move(statement));
}

bool begins_with_one_of(std::string_view action, std::initializer_list<std::string_view> words) {
    std::string_view verb = action.substr(action.find(':') + 1);
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return verb.starts_with(word); });
}

/// What is in a resource with a key of its own is read and written with that key. The verbs are those of the actions.
template <typename Actions>
void add_own_key(const DeployText& texts, const Actions& actions, std::string_view resource_text, Policy& policy) {
    bool reads = false, writes = false;
    for (std::string_view action : actions) {
        reads |= begins_with_one_of(action, {"Get", "BatchGet", "Receive", "Query", "Scan"});
        writes |= begins_with_one_of(action, {"Put", "Send", "Publish", "BatchWrite", "Update"});
    }
    if (!reads && !writes) return;
    for (const ir::Resource& resource : texts.context().stack.resources) {
        if (resource.key == ValueId::none) continue;
        size_t at = resource_text.find("${" + resource.logical_id);
        if (at == std::string_view::npos) continue;
        char after = resource_text[at + 2 + resource.logical_id.size()];   // a reference ends, so there is one
        if (after != '}' && after != '.') continue;
        std::vector<std::string> uses{"kms:Decrypt"};
        if (writes) uses.insert(uses.begin(), "kms:GenerateDataKey");
        policy.add({std::move(uses), {texts.text(resource.key)}, {}});
    }
}

/// What one Task state needs.
class TaskRights {
   public:
    TaskRights(const DeployText& texts, const ir::Pipeline& pipeline, const ir::Task& task, Policy& policy)
        : texts_(texts), pipeline_(pipeline), task_(task), policy_(policy) {}

    void add_all() {
        for (const schema::Right right : task_.integration->rights()) add_right(right);
        for (const schema::PassRole pass : task_.integration->pass_roles()) add_pass_role(pass);
    }

    /// What is the same for all tasks of an integration; to be added after the rights of the first one.
    void add_rules() {
        for (const schema::ManagedRule rule : task_.integration->managed_rules())
            add(policy_, {"events:PutTargets", "events:PutRule", "events:DescribeRule"}, fill(rule.resource, nothing),
                {});
    }

    /// The members of the request that `add_all` looks at.
    static std::vector<std::string_view> looked_at(const schema::Integration& integration) {
        std::vector<std::string_view> paths;
        auto put = [&](std::string_view path) {
            if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
        };
        for (const schema::Right right : integration.rights()) {
            put(right.when), put(right.arn_member);
            for (std::string_view pattern : {right.resource, right.arn_resource, right.condition_json}) put_placeholders(pattern, put);
        }
        for (const schema::PassRole pass : integration.pass_roles()) put(pass.member_path);
        return paths;
    }

    /// Everything that `add_all` looks at.
    void describe(const std::vector<std::string_view>& looked_at, Fingerprint& to) const {
        to.add(task_.integration->resource());
        for (std::string_view path : looked_at) describe_member(path, to);
    }

   private:
    static std::vector<Known> nothing(std::string_view) { return {}; }

    void describe_member(std::string_view path, Fingerprint& to) const {
        std::vector<ValueId> found = values(path);
        to.add(found.empty() ? "-" : "+");
        for (ValueId value : found) to.add(value);
    }

    template <typename Put>
    static void put_placeholders(std::string_view pattern, Put put) {
        for (size_t open; (open = pattern.find('{')) != std::string_view::npos;) {
            pattern.remove_prefix(open + 1);
            std::string_view name = pattern.substr(0, pattern.find_first_of("#|}"));
            bool member = !name.empty() && name[0] >= 'A' && name[0] <= 'Z';   // the others are the same for all
            if (member) put(name);
        }
    }

    std::vector<ValueId> values(std::string_view path) const {
        return members(texts_, pipeline_, task_.arguments, path);
    }

    /// An empty list or text counts as absent.
    bool is_present(std::string_view path) const {
        for (ValueId value : values(path)) {
            const ir::Value& v = texts_.value(value);
            bool empty = (v.op == Op::List && v.b == 0) || (v.op == Op::String && v.text().empty());
            if (!empty) return true;
        }
        return false;
    }

    /// The rights of one task mostly ask for the same.
    std::vector<Known> resolve(std::string_view placeholder, bool lower) const {
        if (!pinned_member_.empty()) return find(placeholder, lower);
        for (const Resolved& r : resolved_)
            if (r.placeholder == placeholder && r.lower == lower) return r.known;
        return resolved_.emplace_back(Resolved{std::string(placeholder), lower, find(placeholder, lower)}).known;
    }

    /// `{Member.Path#part|default}`
    std::vector<Known> find(std::string_view placeholder, bool lower) const {
        size_t bar = placeholder.find('|');
        std::string_view member = placeholder.substr(0, bar);
        size_t hash = member.find('#');
        std::string_view part = hash == std::string_view::npos ? "" : member.substr(hash + 1);
        member = member.substr(0, hash);
        std::vector<ValueId> found = member == pinned_member_ ? std::vector<ValueId>{pinned_} : values(member);
        std::vector<Known> out;
        for (ValueId value : found) {
            Known known;
            bool arn = part.empty() && as_arn(texts_, value, known);
            bool pattern = texts_.value(value).op == Op::Secret;   // of its ARN only the end is unknown, which is meant as a pattern
            if (arn) known.text = pattern ? known.text : escape_wildcards(known.text);
            else known = known_part(texts_, value, part);
            if (lower) known.text = lower_case(known.text);
            out.push_back(std::move(known));
        }
        if (out.empty() && bar != std::string_view::npos)
            out.push_back({std::string(placeholder.substr(bar + 1)), true});
        return out;
    }

    void add_right(const schema::Right& right) {
        if (!right.when.empty() && !is_present(right.when)) return;
        if (right.arn_member.empty()) return add_filled(right, right.resource);
        pinned_member_ = right.arn_member;
        std::vector<ValueId> found = values(pinned_member_);
        for (ValueId value : found) {
            pinned_ = value;
            Known arn;
            add_filled(right, as_arn(texts_, value, arn) ? right.arn_resource : right.resource);
        }
        pinned_member_ = {};
        if (found.empty()) add_filled(right, right.resource);
    }

    void add_filled(const schema::Right& right, std::string_view pattern) {
        auto plain = [&](std::string_view p) { return resolve(p, right.lower); };
        bool again = pinned_member_.empty() && pattern == last_pattern_ && right.lower == last_lower_;
        if (!again) last_resources_ = fill(pattern, plain), add_key_use(last_resources_);
        last_pattern_ = pinned_member_.empty() ? pattern : std::string_view();
        last_lower_ = right.lower;
        for (const Known& known : last_resources_) add_own_key(texts_, right.actions, known.text, policy_);
        auto exact = [&](std::string_view p) { return resolve(p, false); };
        add(policy_, right.actions, last_resources_, fill_conditions(right.condition_json, exact));
    }

    void add_pass_role(const schema::PassRole& pass) {
        std::vector<Condition> conditions;
        if (!pass.service.empty())
            conditions.push_back({"StringEquals", "iam:PassedToService", {std::string(pass.service)}});
        std::vector<Known> roles;
        for (ValueId value : values(pass.member_path)) {
            Known role;
            role.complete = texts_.append(value, role.text);
            if (role.complete) roles.push_back(std::move(role));  // never `*`: the checker asks for a known role
        }
        add(policy_, {"iam:PassRole"}, std::move(roles), std::move(conditions));
    }

    /// A queue or topic of this stack is encrypted with the stack's key: who writes to it uses the key too.
    void add_key_use(const std::vector<Known>& resources) {
        const ir::Stack& stack = texts_.context().stack;
        if (!stack.encryption) return;
        for (const Known& known : resources) {
            if (!known.text.starts_with("${")) continue;
            std::string_view id = std::string_view(known.text).substr(2, known.text.find_first_of(".}") - 2);
            for (const ir::Resource& resource : stack.resources)
                if (resource.logical_id == id && resource.key == ValueId::none && texts_.field(resource.properties, "KmsMasterKeyId") != ValueId::none)
                    policy_.add({{"kms:GenerateDataKey", "kms:Decrypt"}, {texts_.key_arn()}, {}});
        }
    }

    const DeployText& texts_;
    const ir::Pipeline& pipeline_;
    const ir::Task& task_;
    Policy& policy_;
    std::string_view pinned_member_;
    ValueId pinned_{};
    struct Resolved {
        std::string placeholder;
        bool lower;
        std::vector<Known> known;
    };
    mutable std::vector<Resolved> resolved_;
    std::string_view last_pattern_;       // most rights of a task are for the same resource
    bool last_lower_ = false;
    std::vector<Known> last_resources_;
};

/// Access by intent to one target.
class AccessRights {
   public:
    AccessRights(const DeployText& texts, ValueId target, Policy& policy)
        : texts_(texts), target_(target), policy_(policy) {}

    /// Everything that an intent looks at which is about places.
    void describe_place(Fingerprint& to) const {
        for (const Known* known : {&location().path, &location().bucket, &location().prefix}) {
            to.add(known->text);
            to.add(known->complete ? "+" : "-");
        }
        to.add(location().known ? "+" : "-");
    }

    void add_intent(std::string_view intent) {
        if (intent == "kms.use" && !schema::find_access(intent)) {
            for (std::string_view part : {"kms.decrypt", "kms.encrypt", "kms.grant"}) add_intent(part);
            return;
        }
        auto statements = schema::find_access(intent);
        if (!statements) return;
        for (const schema::AccessStatement s : *statements) add_statement(s);
    }

   private:
    void add_statement(const schema::AccessStatement& s) {
        auto resolve = [this](std::string_view placeholder) { return this->resolve(placeholder); };
        if (!s.when.empty() && resolve(s.when).empty()) return;
        std::string pattern(s.resource);
        if (size_t at = pattern.find("{bucket}"); at != std::string::npos) {
            if (!location().known) return;  // nothing to name: the checker asks for a grant
            if (size_t both = pattern.find("{bucket}/{prefix}"); both != std::string::npos)
                pattern.replace(both, sizeof("{bucket}/{prefix}") - 1, "{path}");
        }
        std::vector<Known> resources = fill(pattern, resolve);
        for (const Known& known : resources) add_own_key(texts_, s.actions, known.text, policy_);
        add(policy_, s.actions, std::move(resources), fill_conditions(s.condition_json, resolve));
    }

    const Location& location() const {
        if (!location_) location_ = location_of(texts_, target_);
        return *location_;
    }

    std::vector<Known> text_of(ValueId value) const {
        if (value == ValueId::none) return {};
        Known known;
        if (texts_.value(value).op == Op::Secret) as_arn(texts_, value, known);
        else known.complete = texts_.append(value, known.text);
        return {known};
    }

    std::vector<Known> resolve(std::string_view name) const {
        if (name == "path") return {location().path};
        if (name == "bucket") return {location().bucket};
        if (name == "prefix") return {location().prefix};
        if (name == "registry_region") return field_or("region", "${AWS::Region}");
        if (name == "registry_account") return field_or("account", "${AWS::AccountId}");
        if (name == "repository") return field_or("repository", "*");
        if (texts_.value(target_).op == Op::Record) return text_of(texts_.field(target_, name));
        return name == "label" ? std::vector<Known>{} : text_of(target_);
    }

    /// Of an image: the field, or what stands for one that nobody knows yet.
    std::vector<Known> field_or(std::string_view name, std::string_view unknown) const {
        ValueId value = texts_.field(target_, name);
        Known known;
        if (value != ValueId::none) known.complete = texts_.append(value, known.text);
        if (known.text.empty()) return {{std::string(unknown), true}};
        return {known};
    }

    const DeployText& texts_;
    ValueId target_;
    Policy& policy_;
    mutable std::optional<Location> location_;
};

/// Few intents are asked for again and again.
class Intents {
   public:
    enum Kind : uint8_t {
        Nothing,   ///< it gives no rights
        Place,     ///< of its target only the place matters
        Any,
    };
    Kind kind_of(std::string_view intent) {
        for (const auto& [name, kind] : known_)
            if (name == intent) return kind;
        return known_.emplace_back(intent, find(intent)).second;
    }

   private:
    static Kind find(std::string_view intent) {
        auto statements = schema::find_access(intent);
        if (!statements) return intent == "kms.use" ? Any : Nothing;
        for (const schema::AccessStatement s : *statements)
            if (!s.when.empty() || !only_place(s.resource) || !only_place(s.condition_json)) return Any;
        return Place;
    }
    static bool only_place(std::string_view pattern) {
        static constexpr std::string_view places[] = {"bucket", "prefix", "path", "partition", "region", "account"};
        for (size_t open; (open = pattern.find('{')) != std::string_view::npos;) {
            pattern.remove_prefix(open + 1);
            std::string_view name = pattern.substr(0, pattern.find_first_of("}{\""));
            bool placeholder = !name.empty() && pattern.substr(name.size()).starts_with('}');   // not a brace of JSON
            if (placeholder && std::find(std::begin(places), std::end(places), name) == std::end(places)) return false;
        }
        return true;
    }
    std::vector<std::pair<std::string_view, Kind>> known_;
};

void add_access(const DeployText& texts, const ir::Pipeline* pipeline, const std::vector<ir::Access>& access,
                Policy& policy) {
    Fingerprint fingerprint(texts), places(texts);
    Intents intents;
    // values that stages share are the same ones; the others may still say the same
    struct Same {
        size_t operator()(const std::pair<const char*, ValueId>& p) const {
            return reinterpret_cast<uintptr_t>(p.first) * 31 + static_cast<size_t>(p.second) * 0x9E3779B97F4A7C15u;
        }
    };
    std::unordered_set<std::pair<const char*, ValueId>, Same> seen;
    for (const ir::Access& a : access) {
        Intents::Kind kind = intents.kind_of(a.intent);
        if (kind == Intents::Nothing || !seen.emplace(a.intent.data(), a.target).second) continue;
        fingerprint.add(a.intent);
        fingerprint.add(a.target);
        if (!fingerprint.is_new()) continue;
        for (ValueId target : alternatives(texts, pipeline, a.target)) {
            AccessRights rights(texts, target, policy);
            if (kind == Intents::Place) {   // other values, but the same place as far as it is known
                places.add(a.intent);
                rights.describe_place(places);
                if (!places.is_new()) continue;
            }
            rights.add_intent(a.intent);
        }
    }
}

void add_grants(const DeployText& texts, const std::vector<ir::Grant>& grants, Policy& policy) {
    for (const ir::Grant& grant : grants) {
        Statement statement;
        for (std::string_view action : grant.actions) statement.actions.emplace_back(action);
        for (ValueId resource : grant.resources) statement.resources.push_back(texts.text(resource));
        policy.add(std::move(statement));
    }
}

/// An intent of the stack itself; its placeholders are `key`, `state_machine` and, of a distributed map, `label`.
void add_own(const DeployText& texts, uint32_t pipeline, std::string_view intent, Policy& policy, std::string_view label = {}) {
    auto statements = schema::find_access(intent);
    if (!statements) return;
    auto resolve = [&](std::string_view name) -> std::vector<Known> {
        if (name == "key") return {{texts.key_arn(), true}};
        if (name == "label") return label.empty() ? std::vector<Known>{} : std::vector<Known>{{std::string(label), true}};
        return {{texts.machine_name(pipeline), true}};
    };
    for (const schema::AccessStatement s : *statements)
        if (s.when.empty() || !resolve(s.when).empty())
            add(policy, s.actions, fill(s.resource, resolve), fill_conditions(s.condition_json, resolve));
}

}  // namespace

Policy machine_policy(const DeployText& texts, uint32_t index) {
    const ir::Stack& stack = texts.context().stack;
    const ir::Pipeline& pipeline = stack.pipelines[index];
    Policy policy;
    Fingerprint fingerprint(texts);
    struct Seen {
        std::string_view resource;   ///< of the integration: a place in the tables
        std::vector<std::string_view> looked_at;
    };
    std::vector<Seen> seen;
    for (size_t i = 0; i < pipeline.steps.size(); i++) {
        // of a part: the step in the pipeline as it was, where more is known of what a value can be
        bool made = !pipeline.whole || pipeline.origin[i] == ir::StepId::none;
        const ir::Pipeline& source = made ? pipeline : *pipeline.whole;
        const ir::Step& step = made ? pipeline.steps[i] : source[pipeline.origin[i]];
        if (const auto* map = std::get_if<ir::Map>(&step.is); map && map->distributed)
            add_own(texts, index, "map.execute", policy, map->distributed->label);
        const auto* task = std::get_if<ir::Task>(&step.is);
        if (!task || !task->integration) continue;   // without a description rights come from grants
        TaskRights rights(texts, source, *task, policy);
        auto same = [&](const Seen& s) { return s.resource.data() == task->integration->resource().data(); };
        auto at = std::find_if(seen.begin(), seen.end(), same);
        bool first = at == seen.end();
        if (first) at = seen.insert(at, {task->integration->resource(), TaskRights::looked_at(*task->integration)});
        rights.describe(at->looked_at, fingerprint);
        if (fingerprint.is_new()) rights.add_all();
        if (first) rights.add_rules();
    }
    add_access(texts, pipeline.whole ? pipeline.whole.get() : &pipeline, pipeline.access, policy);
    add_grants(texts, pipeline.grants, policy);
    if (stack.encryption) add_own(texts, index, "kms.state_machine", policy);
    if (stack.encryption && stack.logging) add_own(texts, index, "kms.state_machine_logs", policy);
    if (stack.logging) add_own(texts, index, "logs.deliver", policy);
    if (stack.tracing) add_own(texts, index, "xray.write", policy);
    return policy;
}

Policy role_policy(const DeployText& texts, uint32_t index) {
    const ir::Role& role = texts.context().stack.roles[index];
    Policy policy;
    add_access(texts, nullptr, role.access, policy);
    // what a clean-up function has to clean up stands in the execution's history
    const auto& pipelines = texts.context().stack.pipelines;
    for (uint32_t p = 0; p < pipelines.size(); p++)
        for (const ir::Cleanup& cleanup : pipelines[p].cleanup)
            if (cleanup.role == index) add_own(texts, p, "states.history", policy);
    add_grants(texts, role.grants, policy);
    return policy;
}

/// [SCH:managing-targets-templated]; with a customer key the role also decrypts what the schedule sends
/// [SCH:encryption-rest], and encrypts what goes to the dead-letter queue.
Policy schedule_policy(const DeployText& texts, uint32_t index) {
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    policy.add({{"sqs:SendMessage"}, {"${" + texts.ids().dead_letters + ".Arn}"}, {}});
    if (texts.context().stack.encryption) policy.add({{"kms:Decrypt", "kms:GenerateDataKey"}, {texts.key_arn()}, {}});
    return policy;
}

/// Dead letters of a rule are put away by EventBridge itself: the queue allows it [EventBridge user guide, eb-rule-dlq].
Policy event_policy(const DeployText& texts, uint32_t index) {
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    return policy;
}

/// [EventBridge user guide, eb-pipes-permissions, eb-encryption-pipes-cmkey]
Policy reader_policy(const DeployText& texts, uint32_t index) {
    const ir::Stack& stack = texts.context().stack;
    Policy policy;
    policy.add({{"states:StartExecution"}, {texts.machine_arn(index)}, {}});
    for (const ir::QueueReader& reader : stack.pipelines[index].readers) {
        std::string queue = texts.text(reader.queue);
        const std::vector<std::string> actions{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"};
        add_own_key(texts, actions, queue, policy);
        policy.add({actions, {queue}, {}});
    }
    if (stack.encryption) policy.add({{"kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt"}, {texts.key_arn()}, {}});
    return policy;
}

std::vector<RolePolicies> given_policies(const DeployText& texts) {
    std::vector<RolePolicies> out;
    for (const ir::Role& role : texts.context().stack.given_roles) {
        Policy policy;
        add_access(texts, nullptr, role.access, policy);
        if (!policy.empty()) out.push_back({texts.text(role.given), policy.documents(), role.where});
    }
    return out;
}

std::vector<RolePolicies> all_policies(const DeployText& texts) {
    const ir::Stack& stack = texts.context().stack;
    std::vector<RolePolicies> out;
    for (uint32_t i = 0; i < stack.roles.size(); i++)
        out.push_back({stack.roles[i].logical_id, role_policy(texts, i).documents(), stack.roles[i].where});
    for (uint32_t i = 0; i < stack.pipelines.size(); i++) {
        const ir::Pipeline& p = stack.pipelines[i];
        out.push_back({DeployText::machine_role_id(p), machine_policy(texts, i).documents(), p.where});
        if (!p.schedules.empty())
            out.push_back({DeployText::schedule_role_id(p), schedule_policy(texts, i).documents(), p.where});
        if (!p.events.empty())
            out.push_back({DeployText::event_role_id(p), event_policy(texts, i).documents(), p.where});
        if (!p.readers.empty())
            out.push_back({DeployText::reader_role_id(p), reader_policy(texts, i).documents(), p.where});
    }
    return out;
}

}  // namespace zflow::iam
