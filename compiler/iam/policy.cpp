#include "iam/policy.hpp"

#include <algorithm>

#include "iam/deploy_text.hpp"
#include "schema/limits.hpp"

namespace zflow::iam {

namespace {

constexpr size_t many_names = 20;  // more names of one type in one statement are generalised
constexpr size_t few_names = 4;    // the same when a role's policies do not fit otherwise
constexpr size_t frame_size = sizeof(R"({"Version":"2012-10-17","Statement":[]})") - 1;

void append_key(std::string& key, const std::vector<std::string>& texts) {
    for (const std::string& t : texts) (key += t) += '\n';
}

void append_key(std::string& key, const std::vector<Condition>& conditions, bool with_values) {
    for (const Condition& c : conditions) {
        ((key += c.operation) += ' ') += c.key;
        key += '\n';
        if (with_values) append_key(key, c.values);
    }
}

/// Statements that list patterns of one key ("s3:prefix") are joined by resource, all others by condition.
bool joins_values(const Statement& statement, std::string_view resource) {
    return statement.conditions.size() == 1 && (statement.conditions[0].operation == "StringLike" || resource == "*");
}

}  // namespace

void Policy::add(const Statement& statement) {
    for (const std::string& resource : statement.resources) add_one(statement, resource);
}

void Policy::add(const schema::StringRange& actions, std::string_view resource, const std::vector<Condition>& conditions) {
    bool everything = resource == "*";
    for (const Added& a : added_)
        if (a.actions == actions && a.everything == everything && a.conditions == conditions)
            return statements_[a.statement].resources.put(texts_.intern(resource));
    Statement statement{{actions.begin(), actions.end()}, {}, conditions};
    size_t at = add_one(statement, resource);
    if (!joins_values(statement, resource)) added_.push_back({actions, everything, conditions, at});
}

size_t Policy::add_one(const Statement& statement, std::string_view resource) {
    bool by_values = joins_values(statement, resource);
    std::string key = by_values ? "v" : resource == "*" ? "*" : "r";
    append_key(key, statement.actions);
    append_key(key, statement.conditions, !by_values);
    if (by_values) key += resource;
    auto [at, fresh] = known_.try_emplace(std::move(key), statements_.size());
    if (fresh) {
        statements_.push_back({statement.actions, statement.conditions, {}, {}});
        if (by_values) statements_.back().conditions[0].values.clear();
    }
    Collected& into = statements_[at->second];
    into.resources.put(texts_.intern(resource));
    if (by_values)
        for (const std::string& value : statement.conditions[0].values) into.values.put(texts_.intern(value));
    return at->second;
}

size_t deployed_size(std::string_view text) {
    size_t size = 0;
    while (!text.empty()) {
        Piece piece = next_piece(text);
        if (!piece.reference) size += piece.text.size();
        else if (piece.text == "AWS::Region") size += 14;     // ap-southeast-1
        else if (piece.text == "AWS::AccountId") size += 12;
        else if (piece.text == "AWS::Partition") size += 10;  // aws-us-gov
        else if (piece.text == "AWS::URLSuffix") size += 16;
        else if (piece.text.find('.') != std::string_view::npos) size += 128;  // an ARN
        else size += 80;                                      // a name
    }
    return size;
}

size_t deployed_size(const Statement& statement) {
    size_t size = sizeof(R"({"Effect":"Allow","Action":[],"Resource":[]},)") - 1;
    for (const std::string& action : statement.actions) size += action.size() + 3;
    for (const std::string& resource : statement.resources) size += deployed_size(resource) + 3;
    if (!statement.conditions.empty()) size += sizeof(R"(,"Condition":{})") - 1;
    for (const Condition& c : statement.conditions) {
        size += c.operation.size() + c.key.size() + 12;
        for (const std::string& value : c.values) size += deployed_size(value) + 3;
    }
    return size;
}

size_t deployed_size(const Document& document) {
    size_t size = frame_size;
    for (const Statement& s : document) size += deployed_size(s);
    return size;
}

namespace {

/// Where the name begins in an ARN: behind the first slash after its fifth colon, else behind the sixth colon.
size_t name_begin(std::string_view arn) {
    size_t colons = 0, behind = 0;
    for (size_t i = 0; i < arn.size(); i++) {
        if (arn[i] == '$' && i + 1 < arn.size() && arn[i + 1] == '{') {
            i = arn.find('}', i);
            if (i == std::string_view::npos) return 0;
        } else if (arn[i] == ':') {
            if (++colons == 6) return i + 1;
            behind = i + 1;
        } else if (arn[i] == '/' && colons == 5) {
            return i + 1;
        }
    }
    return colons >= 5 ? behind : 0;
}

/// The third part of an ARN: `arn:${AWS::Partition}:s3:::data` -> `s3`.
std::string_view service_of(std::string_view arn) {
    constexpr std::string_view usual = "arn:${AWS::Partition}:";
    size_t begin = usual.size();
    if (!arn.starts_with(usual)) {
        begin = arn.find(':', arn.find(':') + 1) + 1;   // `arn:aws:`; 0 when there are no two
        if (begin == 0) return {};
    }
    return arn.substr(begin, arn.find(':', begin) - begin);
}

bool is_private(std::string_view arn) {
    std::string_view service = service_of(arn);
    for (std::string_view s : {"s3", "secretsmanager", "kms", "iam", "sts", "ssm"})
        if (service == s) return true;
    return false;
}

std::string_view common_prefix(std::string_view a, std::string_view b) {
    if (b.starts_with(a)) return a;   // soon what all have in common is known
    size_t i = 0;
    while (i < a.size() && i < b.size() && a[i] == b[i]) i++;
    return a.substr(0, i);
}

/// Cuts back to the last separator, so that one more name does not change the pattern, and never inside a reference.
std::string_view whole_words(std::string_view prefix, size_t begin) {
    size_t open = prefix.rfind("${");
    if (open != std::string_view::npos && prefix.find('}', open) == std::string_view::npos)
        prefix = prefix.substr(0, open);
    size_t last = prefix.find_last_of("-_/.}");
    return last == std::string_view::npos || last < begin ? prefix.substr(0, begin) : prefix.substr(0, last + 1);
}

/// The resources of one type.
struct Family {
    std::string_view type, prefix;
    size_t members = 0;
    enum : uint8_t { Undecided, Listed, Joined } as = Undecided;
};

/// Finds the family of each resource. Most resources are of a few types.
class Families {
   public:
    explicit Families(bool all) : all_(all) {}

    Family& of(std::string_view arn) {
        for (Family* family : common_)
            if (arn.starts_with(family->type)) return *family;
        size_t begin = !all_ && is_private(arn) ? 0 : name_begin(arn);
        std::string_view type = arn.substr(0, begin);
        auto [at, fresh] = families_.try_emplace(type);
        at->second.type = type;
        // the first slash ends a type: what begins like that is of the type
        if (fresh && type.ends_with('/') && common_.size() < most_common) common_.push_back(&at->second);
        return at->second;
    }

   private:
    static constexpr size_t most_common = 8;
    bool all_;
    std::unordered_map<std::string_view, Family> families_;
    std::vector<Family*> common_;
};

}  // namespace

std::vector<std::string> generalised(std::span<const std::string_view> resources, size_t limit, bool all) {
    if (resources.size() <= limit) return {resources.begin(), resources.end()};
    Families families(all);
    std::vector<Family*> family_of;   // by resource
    family_of.reserve(resources.size());
    for (std::string_view arn : resources) {
        Family& family = families.of(arn);
        family.prefix = family.members++ ? common_prefix(family.prefix, arn) : arn;
        family_of.push_back(&family);
    }
    std::vector<std::string> kept;
    for (size_t i = 0; i < resources.size(); i++) {
        Family& family = *family_of[i];
        if (family.as == Family::Joined) continue;
        if (family.as == Family::Undecided) {
            size_t begin = family.type.size();
            std::string_view prefix = whole_words(family.prefix, begin);
            bool joined = begin != 0 && family.members > limit && (all || prefix.size() > begin);
            family.as = joined ? Family::Joined : Family::Listed;
            if (joined) kept.push_back(std::string(prefix) + '*');
        }
        if (family.as == Family::Listed) kept.emplace_back(resources[i]);
    }
    return kept;
}

namespace {

/// Statements with the same resources and conditions become one with all their actions. Those on `*` stay alone: they
/// are the ones that people look at.
std::vector<Statement> join_actions(std::vector<Statement> statements) {
    std::vector<Statement> out;
    std::unordered_map<std::string, size_t> known;
    for (Statement& s : statements) {
        bool everything = s.resources.size() == 1 && s.resources[0] == "*";
        std::string key;
        append_key(key, s.resources);
        append_key(key, s.conditions, true);
        if (everything) append_key(key, s.actions);
        auto [at, fresh] = known.try_emplace(std::move(key), out.size());
        if (fresh) {
            out.push_back(std::move(s));
            continue;
        }
        std::vector<std::string>& actions = out[at->second].actions;
        for (std::string& action : s.actions)
            if (std::find(actions.begin(), actions.end(), action) == actions.end())
                actions.push_back(std::move(action));
    }
    return out;
}

std::vector<Statement> cut(Statement statement);

/// Two statements that together say what one says: with half of a list each. `list` finds it in a statement.
template <typename List>
std::vector<Statement> halved(const Statement& statement, List list) {
    std::vector<Statement> out;
    for (bool second : {false, true}) {
        Statement half = statement;
        std::vector<std::string>& part = list(half);
        auto middle = part.begin() + static_cast<std::ptrdiff_t>(part.size() / 2);
        if (second) part.erase(part.begin(), middle);
        else part.erase(middle, part.end());
        for (Statement& s : cut(std::move(half))) out.push_back(std::move(s));
    }
    return out;
}

bool fits_one_policy(size_t statement_size) { return statement_size + frame_size <= limits::managed_policy_size; }

/// Pieces of a statement that each fit one policy.
std::vector<Statement> cut(Statement statement) {
    if (fits_one_policy(deployed_size(statement))) return {std::move(statement)};
    bool alternatives = statement.conditions.size() == 1 && statement.conditions[0].values.size() > 1 &&
                        statement.conditions[0].operation.find("Not") == std::string::npos;
    if (statement.resources.size() == 1 && alternatives) 
        return halved(statement, [](Statement& s) -> auto& { return s.conditions[0].values; });
    if (statement.resources.size() == 1 && statement.actions.size() > 1)
        return halved(statement, [](Statement& s) -> auto& { return s.actions; });
    Statement head{statement.actions, {}, statement.conditions};
    size_t bare = deployed_size(head) + frame_size, size = bare;
    std::vector<Statement> out{head};
    for (std::string& resource : statement.resources) {
        size_t more = deployed_size(resource) + 3;
        if (size + more > limits::managed_policy_size && !out.back().resources.empty()) {
            out.push_back(head);
            size = bare;
        }
        size += more;
        out.back().resources.push_back(std::move(resource));
    }
    return out;
}

std::vector<Document> divide(std::vector<Statement> statements) {
    std::vector<Document> out;
    size_t size = limits::managed_policy_size;
    auto put = [&](Statement& s, size_t more) {
        if (out.empty() || size + more > limits::managed_policy_size) {
            out.emplace_back();
            size = frame_size;
        }
        size += more;
        out.back().push_back(std::move(s));
    };
    for (Statement& whole : statements) {
        size_t whole_size = deployed_size(whole);
        if (fits_one_policy(whole_size)) put(whole, whole_size);
        else
            for (Statement& s : cut(std::move(whole))) put(s, deployed_size(s));
    }
    return out;
}

}  // namespace

Statement Policy::statement(const Collected& collected, size_t limit, bool all) const {
    std::vector<std::string_view> resources;
    resources.reserve(collected.resources.texts().size());
    for (Symbol resource : collected.resources.texts()) resources.push_back(texts_.text(resource));
    Statement out{collected.actions, generalised(resources, limit, all), collected.conditions};
    for (Symbol value : collected.values.texts()) out.conditions[0].values.emplace_back(texts_.text(value));
    return out;
}

std::vector<Document> Policy::documents() const {
    auto attempt = [&](size_t limit, bool all) {
        std::vector<Statement> statements;
        statements.reserve(statements_.size());
        for (const Collected& collected : statements_) statements.push_back(statement(collected, limit, all));
        return divide(join_actions(std::move(statements)));
    };
    std::vector<Document> documents = attempt(many_names, false);
    if (documents.size() > limits::managed_policies_per_role) documents = attempt(few_names, false);
    if (documents.size() > limits::managed_policies_per_role) documents = attempt(few_names, true);
    return documents;
}

}  // namespace zflow::iam
