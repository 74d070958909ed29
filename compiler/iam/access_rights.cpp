#include "iam/access_rights.hpp"

#include <algorithm>
#include <optional>

#include "iam/give.hpp"
#include "iam/key_set.hpp"
#include "iam/members.hpp"
#include "iam/own_key.hpp"
#include "iam/pattern_fill.hpp"
#include "schema/schema.hpp"

namespace zflow::iam {

using ir::Op;
using ir::ValueId;

namespace {

/// Text that is the same for two values that give the same rights. Most stages of a pipeline ask for what others asked
/// for already, in other words sometimes: that is seen before anything is worked out.
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
    void number(uint64_t n) { text_.append(reinterpret_cast<const char*>(&n), sizeof n); }
    /// Whether this is the first of its kind; starts the next one.
    bool is_new() {
        uint32_t before = seen_.size();
        seen_.intern(text_);
        text_.clear();
        return seen_.size() != before;
    }

   private:
    const DeployText& texts_;
    std::string text_;
    Interner seen_;
};

/// Access by intent to one target.
class AccessRights {
   public:
    AccessRights(const DeployText& texts, const OwnKeys& own_keys, ValueId target, Policy& policy)
        : texts_(texts), own_keys_(own_keys), target_(target), policy_(policy) {}

    /// Everything that an intent looks at which is about places.
    void describe_place(Fingerprint& to) const {
        const Location& at = location();
        to.add(at.bucket.text);
        to.add(at.prefix.text);
        to.number((at.bucket.complete ? 1u : 0u) | (at.prefix.complete ? 2u : 0u) | (at.known ? 4u : 0u));
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
        for (const Known& known : resources) own_keys_.add(ContentUse::of(s.actions), known.text, policy_);
        give(policy_, s.actions, resources, fill_conditions(s.condition_json, resolve));
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
        if (name == "path") return {location().path()};
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
    const OwnKeys& own_keys_;
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
    struct Intent {
        std::string_view name;
        uint32_t number;
        Kind kind;
    };
    Intent of(std::string_view name) {
        for (const Intent& known : known_)   // mostly the same text at the same place
            if (known.name.data() == name.data() && known.name.size() == name.size()) return known;
        auto same = std::find_if(known_.begin(), known_.end(), [&](const Intent& known) { return known.name == name; });
        auto number = static_cast<uint32_t>(known_.size());
        if (same != known_.end()) known_.push_back({name, same->number, same->kind});
        else known_.push_back({name, number, kind_of(name)});
        return known_.back();
    }

   private:
    static Kind kind_of(std::string_view intent) {
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
    std::vector<Intent> known_;
};

}  // namespace

void add_access(const DeployText& texts, const ir::Pipeline* pipeline, const std::vector<ir::Access>& access, Policy& policy) {
    if (access.empty()) return;
    OwnKeys own_keys(texts);
    Intents intents;
    KeySet met;                // values that stages share are the same ones; the others may still say the same
    Fingerprint said(texts);
    for (const ir::Access& a : access) {
        Intents::Intent intent = intents.of(a.intent);
        const uint32_t row[] = {intent.number, static_cast<uint32_t>(a.target)};
        if (intent.kind == Intents::Nothing || !met.insert(row)) continue;
        for (ValueId target : alternatives(texts, pipeline, a.target)) {
            AccessRights rights(texts, own_keys, target, policy);
            said.number(intent.number);
            if (intent.kind == Intents::Place) rights.describe_place(said);   // other values, but the same place as far as it is known
            else said.add(target);
            if (said.is_new()) rights.add_intent(a.intent);
        }
    }
}

void add_grants(const DeployText& texts, const std::vector<ir::Grant>& grants, Policy& policy) {
    for (const ir::Grant& grant : grants) {
        Statement statement;
        for (std::string_view action : grant.actions) statement.actions.emplace_back(action);
        for (ValueId resource : grant.resources) statement.resources.push_back(texts.text(resource));
        policy.add(statement);
    }
}

void add_own(const DeployText& texts, uint32_t pipeline, std::string_view intent, Policy& policy, std::string_view label) {
    auto statements = schema::find_access(intent);
    if (!statements) return;
    auto resolve = [&](std::string_view name) -> std::vector<Known> {
        if (name == "key") return {{texts.key_arn(), true}};
        if (name == "label") return label.empty() ? std::vector<Known>{} : std::vector<Known>{{std::string(label), true}};
        return {{texts.machine_name(pipeline), true}};
    };
    for (const schema::AccessStatement s : *statements)
        if (s.when.empty() || !resolve(s.when).empty())
            give(policy, s.actions, fill(s.resource, resolve), fill_conditions(s.condition_json, resolve));
}

}  // namespace zflow::iam
