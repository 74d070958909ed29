#include "syntax/suspects.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "syntax/recovery.hpp"
#include "syntax/terminals.hpp"
#include "syntax/words.hpp"

namespace zflow::syntax {

namespace {

char closing(char open) { return open == '{' ? '}' : open == '[' ? ']' : ')'; }
bool closes(char c) { return c == '}' || c == ']' || c == ')'; }

/// The end of the comment that begins at `at`; `at` when none does, as in `s3://bucket` without its quotes.
const char* after_comment(std::string_view text, const char* at, const char* end) {
    const bool of_location = at > text.data() && at[-1] == ':' && at + 2 < end && is_word(at[2]);
    return *at != '/' || of_location ? at : grammar::skip_comment(at, end);
}

class BracketReader {
   public:
    BracketReader(std::string_view text, uint32_t begin, uint32_t end) : text_(text), at_(begin), end_(end) {}

    std::vector<Suspect> run() {
        while (at_ < end_) {
            line_ = at_;
            at_ = skip_blanks(text_, at_);
            indent_ = at_ - line_;
            const bool says = at_ < end_ && text_[at_] != '\n' && text_[at_] != '\r' && !text_.substr(at_).starts_with("//");
            if (says) first_of_line();
            rest_of_line();
        }
        indent_ = 0;
        line_ = end_;
        while (!open_.empty()) missing();
        return std::move(suspects_);
    }

   private:
    struct Open {
        size_t at, line, indent;
    };

    void first_of_line() {
        const char c = text_[at_];
        if (!closes(c)) {
            while (!open_.empty() && open_.back().indent >= indent_) missing();
            return;
        }
        while (!open_.empty() && open_.back().indent > indent_) missing();
        if (!open_.empty() && (open_.back().indent < indent_ || closing(text_[open_.back().at]) != c)) {
            too_many();
            at_++;
        }
    }

    void rest_of_line() {
        while (at_ < end_) {
            const char c = text_[at_];
            const char* const here = text_.data() + at_;
            const char* const end = text_.data() + end_;
            if (c == '\n') return void(at_++);
            if (c == '"') {
                at_ = static_cast<size_t>(skip_string(here, end) - text_.data());
                continue;
            }
            if (const char* after = after_comment(text_, here, end); after != here) {
                commented_ = at_;
                at_ = static_cast<size_t>(after - text_.data());
                continue;
            }
            if (c == '{' || c == '(' || c == '[') open_.push_back({at_, line_, indent_});
            else if (closes(c)) close(c);
            if (c > ' ') last_ = at_;
            at_++;
        }
    }

    void close(char c) {
        if (open_.empty()) return too_many();
        const Open& top = open_.back();
        const bool early = top.line != line_ && top.indent < indent_;
        if (early || closing(text_[top.at]) != c) return too_many();
        open_.pop_back();
    }

    void too_many() {
        const size_t open = open_.empty() ? at_ : open_.back().at;
        auto at = static_cast<uint32_t>(at_);
        suspects_.push_back({{at_, ' '}, at, at + 1, static_cast<uint32_t>(open), false, false,
                             open_.empty() ? fmt::format("this `{}` closes nothing", text_[at_]) : fmt::format("this `{}` closes a block that begins further left: is it one too many?", text_[at_])});
    }

    /// The innermost bracket should be closed before this line.
    void missing() {
        const Open top = open_.back();
        open_.pop_back();
        const char c = text_[top.at];
        if (auto neighbour = [&](size_t i) { return i < text_.size() && text_[i] == c; }; neighbour(top.at + 1) || (top.at > 0 && neighbour(top.at - 1))) {
            auto at = static_cast<uint32_t>(top.at);
            suspects_.push_back({{top.at, ' '}, at, at + 1, at, false, true, fmt::format("this `{}` is one too many", c)});
        }
        size_t place = line_;
        if (indent_ == 0) {
            if (line_ == 0) return;
            place = line_ - 1;
            if (commented_ > last_ && text_.find('\n', commented_) == place) return;   // it would stand in the comment
        }
        auto after = static_cast<uint32_t>(last_ + 1);
        suspects_.push_back({{place, closing(c)}, after, after, static_cast<uint32_t>(top.at), true, text_.find('\n', top.at) > last_, fmt::format("expected `{}`", closing(c))});
    }

    std::string_view text_;
    size_t at_, end_;
    size_t line_ = 0, indent_ = 0;
    size_t last_ = 0;        ///< the last character that says something
    size_t commented_ = 0;   ///< where the last comment begins
    std::vector<Open> open_;
    std::vector<Suspect> suspects_;
};

}  // namespace

std::vector<Suspect> suspects_in(std::string_view text, uint32_t begin, uint32_t end) { return BracketReader(text, begin, end).run(); }

bool is_balanced(std::string_view text, uint32_t begin, uint32_t end) {
    std::string open;
    const char* const last = text.data() + end;
    for (const char* at = text.data() + begin; at < last; at++) {
        at = std::max(at, after_comment(text, at, last) - 1);
        if (at < last && *at == '"') at = skip_string(at, last) - 1;
        const char c = at < last ? *at : ' ';
        if (c == '{' || c == '[' || c == '(') open += c;
        if (!closes(c)) continue;
        if (open.empty() || closing(open.back()) != c) return false;
        open.pop_back();
    }
    return open.empty();
}

bool has_open_quote(std::string_view text, uint32_t begin, uint32_t end) {
    for (size_t at = begin; at < end; at++) {
        const char* const here = text.data() + at;
        const char* const last = text.data() + end;
        if (const char* after = after_comment(text, here, last); after != here) at = static_cast<size_t>(after - text.data()) - 1;
        if (at >= end || text[at] != '"') continue;
        const char* after = skip_string(here, last);
        if (after[-1] != '"' || after == here + 1) return true;
        at = static_cast<size_t>(after - text.data()) - 1;
    }
    return false;
}

}  // namespace zflow::syntax
