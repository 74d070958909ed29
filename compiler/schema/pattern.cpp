#include "schema/pattern.hpp"

#include <functional>
#include <optional>
#include <unordered_map>

#include "schema/automaton.hpp"
#include "schema/expression.hpp"
#include "schema/spelling.hpp"

namespace zflow::schema {

namespace {

constexpr size_t remembered_answers = 8192;

/// A pattern of the data: an automaton decides about most texts, PCRE2 about the others.
class Matcher {
   public:
    explicit Matcher(std::string_view pattern) : source_(in_pcre_spelling(pattern)), automaton_(make_automaton(source_)) {}

    bool matches(std::string_view text) {
        auto answer = automaton_ ? automaton_->run(text) : Automaton::Answer::Unknown;
        return answer == Automaton::Answer::Unknown ? expression_matches(text) : answer == Automaton::Answer::Matches;
    }

   private:
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };

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

}  // namespace

bool matches(Shape shape, std::string_view text) {
    std::string_view pattern = shape.pattern();
    if (pattern.empty()) return true;
    thread_local std::unordered_map<const char*, Matcher> matchers;   // equal patterns share their place in the packed text
    return matchers.try_emplace(pattern.data(), pattern).first->second.matches(text);
}

bool pattern_compiles(std::string_view pattern, std::string* error) { return Expression(in_pcre_spelling(pattern), error).compiles(); }

}  // namespace zflow::schema
