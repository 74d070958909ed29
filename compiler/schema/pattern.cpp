#include "schema/pattern.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

#include "schema/automaton.hpp"
#include "schema/expression.hpp"
#include "schema/plain_expression.hpp"
#include "schema/spelling.hpp"
#include "schema/static_automaton.hpp"
#include "schema/tables.hpp"

namespace zflow::schema {

namespace {

using Answer = Automaton::Answer;

constexpr size_t remembered_answers = 8192;
constexpr size_t remembered_expressions = 256;

struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
};

/// An expression that was not prepared, or a text that only PCRE2 knows about: an automaton decides about most texts, PCRE2
/// about the others.
class Matcher {
   public:
    explicit Matcher(std::string source) : source_(std::move(source)), automaton_(make_automaton(source_)) {}

    bool matches(std::string_view text) {
        auto answer = automaton_ ? automaton_->run(text) : Answer::Unknown;
        return answer == Answer::Unknown ? expression_matches(text) : answer == Answer::Matches;
    }

   private:
    bool expression_matches(std::string_view text) {
        auto known = answers_.find(text);
        if (known != answers_.end()) return known->second;
        if (!expression_) expression_.emplace(source_);
        if (answers_.size() >= remembered_answers) answers_.clear();
        return answers_.emplace(text, expression_->matches(text)).first->second;
    }

    std::string source_;
    std::optional<Automaton> automaton_;
    std::optional<Expression> expression_;
    std::unordered_map<std::string, bool, TextHash, std::equal_to<>> answers_;
};

const StaticAutomaton* prepared_for_service(std::string_view pattern) {
    auto offset = static_cast<uint32_t>(pattern.data() - tables::packed.pool);
    auto all = service_patterns();
    auto at = std::lower_bound(all.begin(), all.end(), offset, [](const ServicePattern& p, uint32_t o) { return p.offset < o; });
    return at != all.end() && at->offset == offset ? &at->automaton : nullptr;
}

const StaticAutomaton* prepared(std::string_view expression) {
    auto all = known_patterns();
    auto at = std::lower_bound(all.begin(), all.end(), expression, [](const KnownPattern& p, std::string_view e) { return p.text < e; });
    return at != all.end() && at->text == expression ? &at->automaton : nullptr;
}

bool service_matches(std::string_view pattern, std::string_view text) {
    thread_local std::unordered_map<const char*, Matcher> matchers;   // equal patterns share their place in the packed text
    auto known = matchers.find(pattern.data());
    if (known == matchers.end()) known = matchers.try_emplace(pattern.data(), in_pcre_spelling(pattern)).first;
    return known->second.matches(text);
}

bool expression_matches(std::string_view expression, std::string_view text) {
    thread_local std::unordered_map<std::string, Matcher, TextHash, std::equal_to<>> matchers;
    auto known = matchers.find(expression);
    if (known != matchers.end()) return known->second.matches(text);
    if (matchers.size() >= remembered_expressions) matchers.clear();
    return matchers.try_emplace(std::string(expression), std::string(expression)).first->second.matches(text);
}

}  // namespace

bool matches(Shape shape, std::string_view text) {
    std::string_view pattern = shape.pattern();
    if (pattern.empty()) return true;
    const StaticAutomaton* automaton = prepared_for_service(pattern);
    Answer answer = automaton ? automaton->run(text) : Answer::Unknown;
    return answer == Answer::Unknown ? service_matches(pattern, text) : answer == Answer::Matches;
}

bool matches(std::string_view expression, std::string_view text) {
    const StaticAutomaton* automaton = prepared(expression);
    Answer answer = automaton ? automaton->run(text) : Answer::Unknown;
    return answer == Answer::Unknown ? expression_matches(expression, text) : answer == Answer::Matches;
}

std::string pattern_error(std::string_view expression) {
    std::string error;
    if (!plain_groups(expression) && !prepared(expression) && !read_nfa(expression)) Expression(expression, &error);
    return error;
}

}  // namespace zflow::schema
