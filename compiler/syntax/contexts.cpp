#include "syntax/contexts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "syntax/words.hpp"

namespace zflow::syntax {

namespace {

constexpr std::string_view pseudo_parameters = "what CloudFormation knows is called `aws.region`, `aws.account`, `aws.partition`, `aws.stack_name` here";

/// What is found in a place where the grammar expected something else.
struct Found {
    std::string_view expected;       ///< part of what the grammar has to say
    char found;                      ///< 0: anything
    std::string_view before;         ///< the word before it, or ""
    std::string_view words;
};

constexpr auto plain = std::to_array<Found>({
    {"an entry like", '-', "", "a list is written `[a, b]`"},
    {"of `catch`", '(', "", "an error gets a name with `as`: `catch as problem { … }`"},
    {"`=>` after the value", 0, "case", "an arm is written without `case`: `1 => { … }`"},
    {"`=>` after the value", 0, "default", "the arm for everything else is written `else => { … }`"},
    {"`=>` after the value", ':', "", "an arm is written with `=>`: `1 => { … }`"},
    {"of the stage", '(', "", "the settings of a stage stand in `{ … }`: `stage name = kind { … }`"},
    {"of the stage", 0, "new", "a stage is written without `new`: `stage name = kind { … }`"},
    {"of the branch", 0, "stage", "a branch has a name and a block: `left { stage a = … }`"},
    {"of the branch", 0, "call", "a branch has a name and a block: `left { stage a = … }`"},
    {"stage's name", ':', "", "a stage is written `stage name = kind { … }`"},
    {"expected `)`", ',', "", "several values are a list: `[a, b]`"},
    {"expected a statement", '?', "", "a choice between two values is written `if c then a else b`"},
    {"expected a statement", ',', "", "several values are a list, `[a, b]`, or a record, `{ a, b }`"},
    {"item after `for`", '(', "", "names of a loop stand without parentheses: `for name, value in …`"},
});

/// Types whose items other languages put into brackets.
constexpr auto generic = std::to_array<std::string_view>({"list", "List", "dict", "Dict", "Map", "Optional"});

/// What stands at `at` up to a blank, a comma or the end of the line: a location or an ARN without its quotes.
uint32_t end_of_bare_text(std::string_view text, size_t at) {
    return static_cast<uint32_t>(std::min(text.find_first_of(" \t\r\n,})]", at), text.size()));
}

/// Does a letter that is none of a to z begin here, or go on? By the bytes of UTF-8: what stands from U+00C0 to U+1FFF and from U+3040
/// on is taken for letters; quotes, dashes, arrows and other signs are between them.
bool is_part_of_letter(std::string_view text, size_t at) {
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) at--;
    auto first = static_cast<unsigned char>(text[at]), second = static_cast<unsigned char>(at + 1 < text.size() ? text[at + 1] : 0);
    if (first == 0xC3) return second != 0x97 && second != 0xB7;   // × and ÷
    if (first == 0xE3) return second != 0x80;
    return first > 0xC3 && first < 0xEE && first != 0xE2;
}

class Context {
   public:
    Context(std::string_view text, uint32_t at, std::string_view message, Mistake& mistake)
        : text_(text), at_(at), message_(message), mistake_(mistake), found_(text[at]), before_(word_before(text, at)) {}

    bool explain() {
        return letter_before() || other_letter() || dollar() || type_in_brackets() || digit_in_name() || bare_text() || assigned_setting() || dashed_name() ||
               range() || pseudo_parameter() || colon_before_block() || then_before_block() || is_plain() || argument() || statement();
    }

   private:
    bool expects(std::string_view what) const { return message_.find(what) != std::string_view::npos; }
    bool in_record() const { return expects("an entry like"); }
    bool in_block() const { return expects("expected a statement"); }
    bool in_file() const { return expects("expected a declaration"); }
    bool says(std::string_view words) { return mistake_.message = words, true; }

    bool letter_before() {
        size_t quote = at_;
        if (expects("entry's name") && at_ > 1 && text_[at_ - 1] == '"') {   // the text is read, and was to be a name
            quote = text_.rfind('"', at_ - 2);
            if (quote == std::string_view::npos || !has_letter_before(text_, quote)) return false;
            mistake_.end = at_;
        } else if (found_ != '"' || !has_letter_before(text_, quote)) {
            return false;
        }
        mistake_.begin = static_cast<uint32_t>(quote - 1);
        return says(letter_before_text);
    }

    bool other_letter() {
        if (!is_part_of_letter(text_, at_)) return false;
        auto in_name = [&](size_t i) { return is_word(text_[i]) || is_part_of_letter(text_, i); };
        size_t begin = at_, end = at_;
        while (begin > 0 && in_name(begin - 1)) begin--;
        while (end < text_.size() && in_name(end)) end++;
        mistake_.begin = static_cast<uint32_t>(begin);
        mistake_.end = static_cast<uint32_t>(end);
        return says(fmt::format("a name has the letters a to z, digits and `_`: `{}` is none", text_.substr(begin, end - begin)));
    }

    bool dollar() {
        if (found_ != '$' || !(expects("expected a value") || in_record())) return false;
        bool braces = text_.substr(at_, 2) == "${";
        size_t name_at = at_ + (braces ? 2 : 1);
        std::string_view name = word_at(text_, name_at);
        if (name == "AWS") return says(pseudo_parameters);
        if (name.empty()) return says("`$` stands in texts only: `\"… ${name} …\"`");
        if (!braces || text_.substr(name_at + name.size(), 1) == "}") {
            mistake_.end = static_cast<uint32_t>(name_at + name.size() + (braces ? 1 : 0));
            mistake_.instead = name;
        }
        return says(fmt::format("`$` stands in texts only, `\"… ${{{0}}} …\"`: here write `{0}`", name));
    }

    bool type_in_brackets() {
        if (found_ != '[' || std::ranges::find(generic, before_) == generic.end() || expects("item")) return false;
        return says("the type of the items stands in `<…>`: `List<String>`, `Map<Float>`; what may be absent is `String?`");
    }

    bool digit_in_name() { return expects("expected the name of the") && found_ >= '0' && found_ <= '9' && says("a name begins with a letter"); }

    bool bare_text() {
        if (!in_record() || found_ != ':' || (text_.substr(at_, 3) != "://" && before_ != "arn")) return false;
        mistake_.begin = static_cast<uint32_t>(word_begin(text_, at_));
        mistake_.end = end_of_bare_text(text_, at_);
        return says(before_ == "arn" ? "an ARN is a text: write it in quotes" : "a location is a text: write it in quotes, `\"s3://bucket/prefix/\"`");
    }

    bool assigned_setting() { return in_record() && found_ == '=' && says(fmt::format("a setting is written with `:`, `{}: …`", before_)); }

    bool dashed_name() {
        size_t word = word_begin(text_, at_);
        if (found_ != '-' || word == at_ || !is_word(at_ + 1 < text_.size() ? text_[at_ + 1] : ' ')) return false;
        if (!expects("stage's name") && word_before(text_, word) != "stack") return false;
        mistake_.begin = static_cast<uint32_t>(word);
        mistake_.end = at_;
        while (mistake_.end < text_.size() && (is_word(text_[mistake_.end]) || text_[mistake_.end] == '-')) mistake_.end++;
        mistake_.instead = text_.substr(word, mistake_.end - word);
        std::ranges::replace(mistake_.instead, '-', '_');
        return says(fmt::format("a name has letters, digits and `_`: write `{}`", mistake_.instead));
    }

    bool range() {
        return text_.substr(at_, 2) == ".." && expects("of `for`") && says("whole numbers are written `range(1, 6)`: from 1 up to but without 6");
    }

    bool pseudo_parameter() {
        if (text_.substr(at_, 2) != "::" || before_ != "AWS") return false;
        mistake_.begin = static_cast<uint32_t>(word_begin(text_, at_));
        mistake_.end = static_cast<uint32_t>(at_ + 2 + word_at(text_, at_ + 2).size());
        return says(pseudo_parameters);
    }

    bool colon_before_block() {
        return found_ == ':' && expects("{") && !in_record() && !in_block() && says("what belongs together stands in `{ … }`, not behind `:`");
    }

    bool then_before_block() {
        return message_.ends_with("condition of `if`") && text_.substr(at_, 4) == "then" &&
               says("a block stands in `{ … }` without `then`, which is for values: `if c then a else b`");
    }

    bool is_plain() {
        auto fits = [&](const Found& f) { return (!f.found || f.found == found_) && (f.before.empty() || f.before == before_) && expects(f.expected); };
        auto known = std::ranges::find_if(plain, fits);
        return known != plain.end() && says(known->words);
    }

    bool argument() {
        if (!expects("after the argument")) return false;
        size_t open = text_.rfind('(', at_);
        std::string_view function = open == std::string_view::npos ? "" : word_before(text_, open);
        if (function == "cron" || function == "at") return says(fmt::format("what `{0}` takes is a text: `{0}(\"…\")`", function));
        return function == "rate" && says("a rate is a duration: `rate(5m)`, `rate(12h)`, `rate(1d)`");
    }

    /// A name, and what other languages do with one.
    bool statement() {
        if (!in_block() && !in_file()) return false;
        size_t end = at_ + word_at(text_, at_).size(), next = skip_blanks(text_, end);
        if (end == at_ || next >= text_.size()) return false;
        std::string_view after = text_.substr(next), name = text_.substr(at_, end - at_);
        if (after.starts_with("+=") || after.starts_with("-=") || after.starts_with(".append("))
            return says("a value does not change: make a new one with `let`; what a `for` makes it gives with `yield`");
        if (after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>")) {
            if (in_file()) return says(fmt::format("a value has a declaration: `const {} = …`", name));
            size_t kind = skip_blanks(text_, next + 1), brace = skip_blanks(text_, kind + word_at(text_, kind).size());
            bool stage = brace < text_.size() && brace > kind && text_[brace] == '{';
            return says(fmt::format("a name is made with `{1}`: write `{1} {0} = …`", name, stage ? "stage" : "let"));
        }
        return in_file() && after.starts_with(':') &&
               says(fmt::format("a value has a declaration: `const {0} = …`, or `param {0}: …` for one that is given at the deployment", name));
    }

    std::string_view text_;
    uint32_t at_;
    std::string_view message_;
    Mistake& mistake_;
    char found_;
    std::string_view before_;
};

}  // namespace

bool has_letter_before(std::string_view text, size_t quote) {
    if (quote == 0 || (text[quote - 1] != 'f' && text[quote - 1] != 'r')) return false;
    return quote == 1 || !is_word(text[quote - 2]);
}

bool explain_by_context(std::string_view text, uint32_t at, std::string_view message, Mistake& mistake) {
    return Context(text, at, message, mistake).explain();
}

}  // namespace zflow::syntax
