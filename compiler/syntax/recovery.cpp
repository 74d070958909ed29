#include "syntax/recovery.hpp"

#include <string_view>

#include "../../grammar/zflow.hpp"

namespace zflow::syntax {

namespace {

namespace g = grammar;

template <typename Rule>
bool starts(const char* at, const char* end) {
    tao::pegtl::memory_input<tao::pegtl::tracking_mode::lazy, tao::pegtl::eol::lf_crlf, const char*> in(at, end, "");
    return tao::pegtl::parse<Rule>(in);
}

class Recovery {
   public:
    Recovery(const char* text, const char* end, const char* broken, Around around)
        : end_(end), at_(broken), in_block_(around == Around::Block), in_record_(around == Around::Record), text_(text), broken_(broken) {}

    const char* find() {
        if (in_record_ && starts<g::statement_start>(at_, end_)) return nullptr;
        while (at_ < end_) {
            char c = *at_;
            if (c == '\n') {
                const char* line = ++at_;
                at_ = g::skip(at_, end_, g::inline_blank);
                if (in_record_ && leaves(line)) return nullptr;
                if (goes_on(line)) return at_;
            } else if (c == '"') {
                at_ = skip_string(at_, end_);
            } else if (c == '/' && in_record_ && at_[-1] == ':') {
                at_++;   // of `s3://bucket`, which should stand in quotes
            } else if (c == '/' && g::skip_comment(at_, end_) != at_) {
                at_ = g::skip_comment(at_, end_);
            } else if (c == '/' && at_ + 1 < end_ && at_[1] == '*') {
                break;  // never closed: all the rest is in it
            } else if (c == '}' && (in_block_ || in_record_) && braces_ == 0) {
                return at_;
            } else if (c == ',' && in_record_ && outside()) {
                at_ = g::skip(at_ + 1, end_, g::inline_blank);
                if (starts_item()) return at_;
            } else {
                count(c);
                at_++;
            }
        }
        return in_record_ ? nullptr : end_;
    }

   private:
    /// Of the line with the broken part; looked for once, for the line may be long.
    std::ptrdiff_t indentation() {
        if (indent_ >= 0) return indent_;
        const char* line = broken_;
        while (line > text_ && line[-1] != '\n') line--;
        return indent_ = g::skip(line, broken_, g::inline_blank) - line;
    }

    void count(char c) {
        if (c == '{') braces_++;
        if (c == '(' || c == '[') others_++;
        if ((c == ')' || c == ']') && others_ > 0) others_--;
        if (c != '}') return;
        others_ = 0;
        if (braces_ > 0) braces_--;
    }

    bool outside() const { return braces_ == 0 && others_ == 0; }

    bool goes_on(const char* line) {
        if (in_record_) return (outside() || at_ - line <= indentation()) && starts_item();
        if (at_ == end_ || !g::is(*at_, g::head)) return false;
        if ((at_ == line || (outside() && !in_block_)) && starts<g::declaration_start>(at_, end_)) return true;
        return in_block_ && (starts_statement(line) || (outside() && starts<g::setting_start>(at_, end_)));
    }

    bool starts_statement(const char* line) {
        return (braces_ == 0 || at_ - line <= indentation()) && starts<g::statement_start>(at_, end_);
    }

    /// Whether the record is left behind, though it was not closed.
    bool leaves(const char* line) { return (at_ == line && starts<g::declaration_start>(at_, end_)) || starts_statement(line); }

    /// `name:`, `"name":`, `...`, and `name =`, which is the same mistake once more.
    bool starts_item() const {
        std::string_view rest(at_, static_cast<size_t>(end_ - at_));
        if (rest.starts_with("...") || starts<g::record_assignment>(at_, end_)) return true;
        if (!rest.starts_with('"')) return starts<g::setting_start>(at_, end_);
        const char* after = g::skip(skip_string(at_, end_), end_, g::inline_blank);
        return after < end_ && *after == ':';
    }

    const char* end_;
    const char* at_;
    bool in_block_, in_record_;
    const char* text_;
    const char* broken_;
    std::ptrdiff_t indent_ = -1;
    unsigned braces_ = 0;
    unsigned others_ = 0;
};

}  // namespace

const char* skip_string(const char* at, const char* end) {
    std::string_view rest(at, static_cast<size_t>(end - at));
    if (rest.starts_with("\"\"\"")) {
        size_t close = rest.find("\"\"\"", 3);
        return close == std::string_view::npos ? end : at + close + 3;
    }
    for (at++; at < end && *at != '\n'; at++) {
        if (*at == '"') return at + 1;
        if (*at == '\\' && at + 1 < end && at[1] != '\n') at++;
    }
    return at;
}

const char* place_to_go_on(const char* text, const char* end, const char* broken, Around around) {
    return Recovery(text, end, broken, around).find();
}

}  // namespace zflow::syntax
