#include "server/names.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace zflow::server {

namespace {

constexpr std::string_view makers[] = {"let", "stage", "call", "cfn", "role"};

/// Walks over the tokens of a text and knows what can be seen.
class Walk {
   public:
    explicit Walk(const Tokens& tokens) : tokens_(tokens) {}

    void to(size_t count) {
        for (size_t i = 0; i < count; i++) step(i);
    }
    /// Of the word at `i`, behind which the walk is.
    size_t maker(size_t i) const {
        if (std::find(waiting_.begin(), waiting_.end(), i) != waiting_.end()) return i;
        auto name = visible_.find(tokens_.text(i));
        if (name != visible_.end() && !name->second.empty()) return name->second.back();
        auto before = made_.find(tokens_.text(i));   // a value of a branch or block before can be seen, too
        return before == made_.end() ? tokens_.size() : before->second;
    }
    std::vector<size_t> seen() const {
        std::vector<size_t> all;
        for (const auto& scope : scopes_) all.insert(all.end(), scope.begin(), scope.end());
        return all;
    }

    void step(size_t i) {
        std::string_view text = tokens_.text(i);
        if (tokens_.begins_declaration(i)) begin();
        if (tokens_.is_text(i)) return interpolation(text);
        if (text == "{" || text == "(" || text == "[") return open(text[0], tokens_.is(i - 1, "in"));
        if (text == "}" || text == ")" || text == "]") return close();
        if (tokens_.is_word(i)) word(i, text);
    }

   private:
    void begin() {
        scopes_.assign(1, {});
        brackets_.clear();
        waiting_.clear();
        visible_.clear();
        made_.clear();
    }
    void add(std::vector<size_t>& scope, size_t name) {
        scope.push_back(name);
        visible_[tokens_.text(name)].push_back(name);
    }
    void interpolation(std::string_view text) {
        if (text.starts_with('}')) close();
        if (text.ends_with("${")) open('$', false);
    }
    void open(char bracket, bool of_value) {
        brackets_ += bracket;
        scopes_.emplace_back();
        if (bracket != '{' || of_value || brackets_.size() != depth_ + 1) return;
        for (size_t name : waiting_) add(scopes_.back(), name);
        waiting_.clear();
    }
    void close() {
        if (brackets_.empty()) return;
        brackets_.pop_back();
        if (brackets_.size() < depth_) waiting_.clear(), depth_ = 0;   // they were those of a list or record
        for (size_t name : scopes_.back()) visible_[tokens_.text(name)].pop_back();
        scopes_.pop_back();
    }

    void word(size_t i, std::string_view text) {
        bool makes = std::find(std::begin(makers), std::end(makers), text) != std::end(makers);
        bool named = tokens_.is_word(i + 1), first = tokens_.is(i - 1, "(") || tokens_.is(i - 1, ",");
        if (makes && named && !brackets_.empty() && (tokens_.is(i + 2, "=") || tokens_.is(i + 2, ":"))) made(i + 1);
        else if (text == "for" && named) turns(i);
        else if (text == "as" && named) wait(i + 1);
        else if (brackets_ == "(" && first && tokens_.is(i + 1, ":")) add(scopes_.front(), i);
    }
    void wait(size_t name) {
        waiting_.push_back(name);
        depth_ = brackets_.size();
    }
    void made(size_t name) {
        add(scopes_.back(), name);
        made_[tokens_.text(name)] = name;
    }

    /// `for item, index in`: of a statement they are seen in its block, of a list or record where they stand.
    void turns(size_t i) {
        for (size_t name : {i + 1, tokens_.is(i + 2, ",") ? i + 3 : i + 1}) {
            wait(name);
            if (tokens_.is(i - 1, "[") || tokens_.is(i - 1, "{")) add(scopes_.back(), name);
        }
    }

    const Tokens& tokens_;
    std::vector<std::vector<size_t>> scopes_{1};   ///< the first one is of the declaration
    std::vector<size_t> waiting_;                  ///< for the next block
    size_t depth_ = 0;                             ///< brackets around that block
    std::unordered_map<std::string_view, std::vector<size_t>> visible_;
    std::unordered_map<std::string_view, size_t> made_;   ///< in the declaration, the last one of each name
    std::string brackets_;
};

}  // namespace

std::vector<size_t> names_before(const Tokens& tokens, size_t count) {
    Walk walk(tokens);
    walk.to(std::min(count, tokens.size()));
    return walk.seen();
}

std::vector<size_t> makers_of(const Tokens& tokens) {
    std::vector<size_t> makers;
    makers.reserve(tokens.size());
    Walk walk(tokens);
    for (size_t i = 0; i < tokens.size(); i++) {
        walk.step(i);
        makers.push_back(tokens.is_word(i) ? walk.maker(i) : tokens.size());
    }
    return makers;
}

std::string_view path_to(const Tokens& tokens, size_t last) {
    size_t first = last;
    while (first >= 2 && tokens.is(first - 1, ".") && tokens.is_word(first - 2)) first -= 2;
    return tokens.source().substr(tokens[first].begin, tokens[last].end - tokens[first].begin);
}

std::string_view kind_behind(const Tokens& tokens, size_t name) {
    bool has_one = tokens.is(name - 1, "stage") || tokens.is(name - 1, "resource");
    if (!has_one || !tokens.is(name + 1, "=") || !tokens.is_word(name + 2)) return {};
    size_t last = name + 2;
    while (tokens.is(last + 1, ".") && tokens.is_word(last + 2)) last += 2;
    return path_to(tokens, last);
}

}  // namespace zflow::server
