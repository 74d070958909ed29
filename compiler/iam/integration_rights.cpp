#include "iam/integration_rights.hpp"

#include <algorithm>

namespace zflow::iam {

namespace {

class Preparation {
   public:
    Preparation(IntegrationRights& into, const Interner& names, uint32_t& numbers)
        : into_(into), names_(names), numbers_(numbers) {}

    void run() {
        for (const schema::Right right : into_.integration.rights()) add_right(right);
        for (const schema::PassRole pass : into_.integration.pass_roles()) add_pass_role(pass);
    }

   private:
    void add_right(const schema::Right& right) {
        TaskRight out{numbers_++, right, ContentUse::of(right.actions), {}, {}, no_member, no_member, {}, false};
        auto looks_at = [&](uint32_t member) {
            if (std::find(out.members.begin(), out.members.end(), member) == out.members.end()) out.members.push_back(member);
            return member;
        };
        auto pieces = [&](std::string_view pattern, bool lower) {
            std::vector<PatternPiece> made = pieces_of(pattern);
            for (PatternPiece& piece : made)
                if (piece.placeholder) piece.number = placeholder(piece.text, lower), looks_at(into_.placeholders[piece.number].member);
            return made;
        };
        if (!right.when.empty()) out.when = looks_at(member(right.when));
        if (!right.arn_member.empty()) out.arn_member = looks_at(member(right.arn_member));
        out.resource = pieces(right.resource, right.lower);
        out.arn_resource = pieces(right.arn_resource, right.lower);
        each_placeholder(right.condition_json, [&](std::string_view text) {
            looks_at(into_.placeholders[placeholder(text, false)].member);
        });
        out.decided_like_last = !into_.rights.empty() && into_.rights.back().members == out.members;
        into_.rights.push_back(std::move(out));
    }

    void add_pass_role(const schema::PassRole& pass) {
        TaskPassRole out{numbers_++, member(pass.member_path), {}};
        if (!pass.service.empty()) out.conditions.push_back({"StringEquals", "iam:PassedToService", {std::string(pass.service)}});
        into_.pass_roles.push_back(std::move(out));
    }

    uint32_t member(std::string_view path) {
        auto at = std::find_if(into_.members.begin(), into_.members.end(), [&](const MemberPath& m) { return m.text == path; });
        if (at == into_.members.end()) at = into_.members.emplace(at, path, names_);
        return static_cast<uint32_t>(at - into_.members.begin());
    }

    uint32_t placeholder(std::string_view text, bool lower) {
        std::vector<Placeholder>& all = into_.placeholders;
        auto same = [&](const Placeholder& p) { return p.text == text && p.lower == lower; };
        auto at = std::find_if(all.begin(), all.end(), same);
        if (at != all.end()) return static_cast<uint32_t>(at - all.begin());
        size_t bar = text.find('|');
        std::string_view path = text.substr(0, bar);
        size_t hash = path.find('#');
        std::string_view part = hash == std::string_view::npos ? "" : path.substr(hash + 1);
        bool has_fallback = bar != std::string_view::npos;
        all.push_back({text, lower, member(path.substr(0, hash)), part, has_fallback, has_fallback ? text.substr(bar + 1) : ""});
        return static_cast<uint32_t>(all.size() - 1);
    }

    /// In a JSON text, whose own braces are not followed by a letter.
    template <typename Function>
    static void each_placeholder(std::string_view json, Function function) {
        for (size_t open = 0; (open = json.find('{', open)) != std::string_view::npos; open++) {
            std::string_view rest = json.substr(open);
            bool letter = rest.size() > 1 && ((rest[1] >= 'A' && rest[1] <= 'Z') || (rest[1] >= 'a' && rest[1] <= 'z'));
            if (!letter) continue;
            for (const PatternPiece& piece : pieces_of(rest.substr(0, rest.find('}') + 1)))
                if (piece.placeholder) function(piece.text);
        }
    }

    IntegrationRights& into_;
    const Interner& names_;
    uint32_t& numbers_;
};

}  // namespace

const IntegrationRights& IntegrationTable::of(schema::Integration integration) {
    if (last_ && last_->integration == integration) return *last_;
    auto same = [&](const IntegrationRights& r) { return r.integration == integration; };
    auto at = std::find_if(known_.begin(), known_.end(), same);
    if (at != known_.end()) return *(last_ = &*at);
    IntegrationRights& made = known_.emplace_back(IntegrationRights{integration, numbers_++, {}, {}, {}, {}});
    Preparation(made, names_, numbers_).run();
    return *(last_ = &made);
}

}  // namespace zflow::iam
