#include "syntax/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "syntax/literals.hpp"

namespace zflow::syntax {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Is this a further byte of a UTF-8 character?
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

struct Habit {
    std::string_view wrong, words;
    std::string_view instead = {};   ///< what may be put in its place without another look
};

/// What a text begins with where something else was expected, and what to do instead. Longer ones first.
constexpr auto habits = std::to_array<Habit>({
    {"/*", "this comment is not closed by `*/`"},
    {"&&", "write `and` instead of `&&`", "and"},
    {"||", "write `or` instead of `||`", "or"},
    {"===", "write `==` instead of `===`", "=="},
    {"!==", "write `!=` instead of `!==`", "!="},
    {"->", "write `=>` instead of `->`", "=>"},
    {"!Ref ", "a name stands for its value: write it without `!Ref`"},
    {"!Sub ", "texts take values in by themselves: `\"… ${name} …\"`"},
    {"!GetAtt ", "what a resource has is a member of it: `results.arn`"},
    {"!", "write `not` instead of `!`", "not "},
    {"&", "write `and` instead of `&`", "and"},
    {";", "`;` is not needed: a statement ends with its line"},
    {"'", "strings are written in double quotes: `\"…\"`"},
    {"`", "strings are written in double quotes: `\"…\"`"},
    {"#", "comments begin with `//`", "//"},
    {"\xE2\x80\x9C", "strings are written in straight double quotes: `\"…\"`"},   // “
    {"\xE2\x80\x9D", "strings are written in straight double quotes: `\"…\"`"},   // ”
    {"\xE2\x80\x98", "strings are written in straight double quotes: `\"…\"`"},   // ‘
    {"\xE2\x80\x99", "strings are written in straight double quotes: `\"…\"`"},   // ’
});

constexpr auto word_habits = std::to_array<Habit>({
    {"elif", "write `else if` instead of `elif`", "else if"},
    {"elsif", "write `else if` instead of `elsif`", "else if"},
    {"elseif", "write `else if` instead of `elseif`", "else if"},
    {"def", "a function is written `function name(…) = …`"},
    {"func", "a function is written `function name(…) = …`"},
    {"fn", "a function is written `function name(…) = …`"},
    {"var", "write `let` instead of `var`", "let"},
    {"while", "there is no `while`: `poll (every: 30s, up_to: 2h) { … } until done` waits for something"},
    {"switch", "write `match` instead of `switch`", "match"},
    {"sleep", "write `wait` instead of `sleep`", "wait"},
    {"throw", "write `fail` instead of `throw`", "fail"},
    {"raise", "write `fail` instead of `raise`", "fail"},
    {"except", "write `catch` instead of `except`", "catch"},
    {"pass", "write `skip` instead of `pass`", "skip"},
    {"from", "an import is written `import \"file.zflow\"`; what the standard library has needs none"},
    {"class", "a record type is written `type Name { … }`"},
    {"print", "there is nothing to print to: a pipeline gives a result with `return`"},
    {"break", "a `for` goes through its whole list: filter it first, `[for x in xs if …: x]`"},
    {"continue", "a `for` has no `continue`: filter its list first, `[for x in xs if …: x]`"},
    {"day", "a duration is written `7d`: with `s`, `m`, `h`, `d` or `w`"},
    {"hour", "a duration is written `2h`: with `s`, `m`, `h`, `d` or `w`"},
    {"minute", "a duration is written `5m`: with `s`, `m`, `h`, `d` or `w`"},
    {"weeks", "a duration is written `2w`: with `s`, `m`, `h`, `d` or `w`"},
    {"minutes", "a duration is written `5m`: with `s`, `m`, `h`, `d` or `w`"},
    {"seconds", "a duration is written `30s`: with `s`, `m`, `h`, `d` or `w`"},
    {"hours", "a duration is written `2h`: with `s`, `m`, `h`, `d` or `w`"},
    {"days", "a duration is written `7d`: with `s`, `m`, `h`, `d` or `w`"},
    {"min", "a duration is written `5m`: with `s`, `m`, `h`, `d` or `w`"},
    {"GB", "a size is written `50GB`, without a blank"},
});

constexpr auto statement_words = std::to_array<std::string_view>({
    "call", "cfn", "role", "access", "grant", "require", "let", "if", "match", "parallel", "for", "try", "poll", "wait",
    "fail", "return", "yield", "skip",
});

constexpr auto declaration_words = std::to_array<std::string_view>({
    "param", "const", "secret", "resource", "container", "dataset", "function", "output", "import",
});

std::string_view word_at(std::string_view text, size_t at) {
    size_t end = at;
    while (end < text.size() && is_word(text[end])) end++;
    return text.substr(at, end - at);
}

const Habit* habit_at(std::string_view text, size_t at) {
    if (std::string_view word = word_at(text, at); !word.empty()) {
        auto known = std::ranges::find(word_habits, word, &Habit::wrong);
        return known == word_habits.end() ? nullptr : &*known;
    }
    auto known = std::ranges::find_if(habits, [&](const Habit& h) { return text.substr(at).starts_with(h.wrong); });
    return known == habits.end() ? nullptr : &*known;
}

size_t skip_blanks(std::string_view text, size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) at++;
    return at;
}

size_t word_begin(std::string_view text, size_t end) {
    while (end > 0 && is_word(text[end - 1])) end--;
    return end;
}

/// The word before `at`, with blanks in between.
std::string_view word_before(std::string_view text, size_t at) {
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
    size_t begin = word_begin(text, at);
    return text.substr(begin, at - begin);
}

/// What stands at `at` up to a blank, a comma or the end of the line: a location or an ARN without its quotes.
uint32_t end_of_bare_text(std::string_view text, size_t at) {
    return static_cast<uint32_t>(std::min(text.find_first_of(" \t\r\n,})]", at), text.size()));
}

/// Of a text in single quotes that means the same in double ones; else "".
std::string in_double_quotes(std::string_view quoted) {
    bool whole = quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'';
    if (!whole || quoted.find_first_of("\"\\$") != std::string_view::npos) return {};
    return fmt::format("\"{}\"", quoted.substr(1, quoted.size() - 2));
}

/// Habits that show in what stands around the place, not in the token alone. Changes the mistake and says so.
bool in_context(std::string_view text, uint32_t at, std::string_view message, Mistake& mistake) {
    auto expects = [&](std::string_view what) { return message.find(what) != std::string_view::npos; };
    auto says = [&](std::string_view words) { return mistake.message = words, true; };
    bool entry = expects("an entry like"), statement = expects("expected a statement"), declaration = expects("expected a declaration");
    char found = text[at];
    std::string_view before = word_before(text, at);
    if (found == '"' && at > 0 && (text[at - 1] == 'f' || text[at - 1] == 'r') && !is_word(at > 1 ? text[at - 2] : ' ')) {
        mistake.begin = at - 1;
        return says("texts take values in by themselves: write `\"… ${name} …\"` without a letter before it");
    }
    if (expects("entry's name") && at > 0 && text[at - 1] == '"') {   // after `f"…"` in a record
        size_t open = at >= 2 ? text.rfind('"', at - 2) : std::string_view::npos;
        if (open != std::string_view::npos && open > 0 && (text[open - 1] == 'f' || text[open - 1] == 'r') && !is_word(open > 1 ? text[open - 2] : ' ')) {
            mistake.begin = static_cast<uint32_t>(open - 1);
            mistake.end = at;
            return says("texts take values in by themselves: write `\"… ${name} …\"` without a letter before it");
        }
    }
    if (found == '$' && (expects("expected a value") || entry)) {
        bool braces = text.substr(at, 2) == "${";
        size_t name_at = at + (braces ? 2 : 1);
        std::string_view name = word_at(text, name_at);
        if (name == "AWS") return says("what CloudFormation knows is called `aws.region`, `aws.account`, `aws.partition`, `aws.stack_name` here");
        if (name.empty()) return says("`$` stands in texts only: `\"… ${name} …\"`");
        if (!braces || text.substr(name_at + name.size(), 1) == "}") {
            mistake.end = static_cast<uint32_t>(name_at + name.size() + (braces ? 1 : 0));
            mistake.instead = name;
        }
        return says(fmt::format("`$` stands in texts only, `\"… ${{{0}}} …\"`: here write `{0}`", name));
    }
    if (found == '[' && (before == "list" || before == "List" || before == "dict" || before == "Dict" || before == "Map" || before == "Optional") && !expects("item"))
        return says("the type of the items stands in `<…>`: `List<String>`, `Map<Float>`; what may be absent is `String?`");
    if (expects("expected the name of the") && found >= '0' && found <= '9') return says("a name begins with a letter");
    if (entry && found == ':' && (text.substr(at, 3) == "://" || before == "arn")) {
        mistake.begin = static_cast<uint32_t>(word_begin(text, at));
        mistake.end = end_of_bare_text(text, at);
        return says(before == "arn" ? "an ARN is a text: write it in quotes" : "a location is a text: write it in quotes, `\"s3://bucket/prefix/\"`");
    }
    if (entry && found == '=') return says(fmt::format("a setting is written with `:`, `{}: …`", before));
    if (entry && found == '-') return says("a list is written `[a, b]`");
    size_t word = word_begin(text, at);
    if (found == '-' && word < at && is_word(at + 1 < text.size() ? text[at + 1] : ' ') && (expects("stage's name") || word_before(text, word) == "stack")) {
        mistake.begin = static_cast<uint32_t>(word);
        mistake.end = at;
        while (mistake.end < text.size() && (is_word(text[mistake.end]) || text[mistake.end] == '-')) mistake.end++;
        std::string meant(text.substr(word, mistake.end - word));
        std::ranges::replace(meant, '-', '_');
        mistake.instead = meant;
        return says(fmt::format("a name has letters, digits and `_`: write `{}`", meant));
    }
    if (found == '.' && text.substr(at, 2) == ".." && expects("of `for`")) return says("whole numbers are written `range(1, 6)`: from 1 up to but without 6");
    if (text.substr(at, 2) == "::" && before == "AWS") {
        mistake.begin = static_cast<uint32_t>(word_begin(text, at));
        mistake.end = static_cast<uint32_t>(at + 2 + word_at(text, at + 2).size());
        return says("what CloudFormation knows is called `aws.region`, `aws.account`, `aws.partition`, `aws.stack_name` here");
    }
    if (found == ':' && expects("{")) {
        if (entry || statement) return false;
        return says("what belongs together stands in `{ … }`, not behind `:`");
    }
    if (message.ends_with("condition of `if`") && text.substr(at, 4) == "then") return says("a block stands in `{ … }` without `then`, which is for values: `if c then a else b`");
    if (expects("of `catch`") && found == '(') return says("an error gets a name with `as`: `catch as problem { … }`");
    if (expects("`=>` after the value") && before == "case") return says("an arm is written without `case`: `1 => { … }`");
    if (expects("`=>` after the value") && before == "default") return says("the arm for everything else is written `else => { … }`");
    if (expects("`=>` after the value") && found == ':') return says("an arm is written with `=>`: `1 => { … }`");
    if (expects("of the stage") && found == '(') return says("the settings of a stage stand in `{ … }`: `stage name = kind { … }`");
    if (expects("of the stage") && before == "new") return says("a stage is written without `new`: `stage name = kind { … }`");
    if (expects("of the branch") && (before == "stage" || before == "call")) return says("a branch has a name and a block: `left { stage a = … }`");
    if (expects("stage's name") && found == ':') return says("a stage is written `stage name = kind { … }`");
    if (expects("expected `)`") && found == ',') return says("several values are a list: `[a, b]`");
    if (expects("after the argument")) {
        size_t open = text.rfind('(', at);
        std::string_view function = open == std::string_view::npos ? "" : word_before(text, open);
        if (function == "cron" || function == "at") return says(fmt::format("what `{0}` takes is a text: `{0}(\"…\")`", function));
        if (function == "rate") return says("a rate is a duration: `rate(5m)`, `rate(12h)`, `rate(1d)`");
    }
    if (found == '?' && statement) return says("a choice between two values is written `if c then a else b`");
    if (found == ',' && statement) return says("several values are a list, `[a, b]`, or a record, `{ a, b }`");
    if (expects("item after `for`") && found == '(') return says("names of a loop stand without parentheses: `for name, value in …`");
    if (!statement && !declaration) return false;
    size_t end = at + word_at(text, at).size(), next = skip_blanks(text, end);
    if (end == at || next >= text.size()) return false;
    std::string_view after = text.substr(next), name = text.substr(at, end - at);
    if (after.starts_with("+=") || after.starts_with("-=") || after.starts_with(".append(")) return says("a value does not change: make a new one with `let`; what a `for` makes it gives with `yield`");
    if (after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>")) {
        if (declaration) return says(fmt::format("a value has a declaration: `const {} = …`", name));
        size_t kind = skip_blanks(text, next + 1), brace = skip_blanks(text, kind + word_at(text, kind).size());
        bool stage = brace < text.size() && brace > kind && text[brace] == '{';
        return says(fmt::format("a name is made with `{1}`: write `{1} {0} = …`", name, stage ? "stage" : "let"));
    }
    if (declaration && after.starts_with(':')) return says(fmt::format("a value has a declaration: `const {0} = …`, or `param {0}: …` for one that is given at the deployment", name));
    return false;
}

/// A single `=` where a comparison may have been meant: everywhere but after a name that is being declared.
bool assigns(std::string_view text, size_t at, std::string_view message) {
    return text[at] == '=' && text.substr(at, 2) != "=>" && message.find("`=`") == std::string_view::npos &&
           (message.find("condition") != std::string_view::npos || message.find("`then`") != std::string_view::npos ||
            message.find("`)`") != std::string_view::npos);
}

}  // namespace

std::string meant_number(std::string_view written) {
    size_t digits = written.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return {};
    std::string number(written.substr(0, digits)), unit;
    for (char c : written.substr(digits)) unit += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 32> units{{
        {"sec", "s"}, {"secs", "s"}, {"second", "s"}, {"seconds", "s"}, {"s", "s"}, {"min", "m"}, {"mins", "m"}, {"minute", "m"},
        {"minutes", "m"}, {"m", "m"}, {"hr", "h"}, {"hrs", "h"}, {"hour", "h"}, {"hours", "h"}, {"h", "h"}, {"day", "d"}, {"days", "d"},
        {"d", "d"}, {"week", "w"}, {"weeks", "w"}, {"w", "w"}, {"gb", "GB"}, {"g", "GB"}, {"mb", "MB"}, {"tb", "TB"}, {"kb", "KB"},
        {"gib", "GiB"}, {"mib", "MiB"}, {"gi", "GiB"}, {"mi", "MiB"}, {"tib", "TiB"}, {"kib", "KiB"}}};
    for (auto [wrong, right] : units) {
        if (unit != wrong) continue;
        if (number.find('.') == std::string::npos) return number + std::string(right);
        bool half = number.ends_with(".5") && number.find('.') == number.size() - 2 && number.size() > 2;
        std::string whole = number.substr(0, number.find('.'));
        if (half && right == "h") return whole + "h30m";
        if (half && right == "m") return whole + "m30s";
        if (half && right == "d") return whole + "d12h";
        return {};
    }
    return {};
}

std::string_view right_word(std::string_view word) {
    switch (word.empty() ? 0 : word[0]) {
        case 'n': return word == "null" || word == "nil" ? "none" : "";
        case 'N': return word == "None" || word == "NULL" || word == "Null" ? "none" : "";
        case 'u': return word == "undefined" ? "none" : "";
        case 'T': return word == "True" || word == "TRUE" ? "true" : "";
        case 'F': return word == "False" || word == "FALSE" ? "false" : "";
        default: return "";
    }
}

Span unexpected_token(std::string_view text, uint32_t at) {
    size_t end = at;
    if (at >= text.size()) return {FileId::none, at, at};
    auto first = static_cast<unsigned char>(text[at]);
    if (is_word(text[at])) {
        end = at + word_at(text, at).size();
    } else if (first == '"' || first == '\'') {
        end = text.find_first_of(first == '"' ? "\"\r\n" : "'\r\n", at + 1);
        end = end == std::string_view::npos ? text.size() : end + (text[end] == text[at]);
    } else if (first >= 0x80) {
        end++;
        while (end < text.size() && continues(text[end])) end++;
    } else {
        static constexpr std::string_view pairs[] = {"==", "!=", "<=", ">=", "=>", "&&", "||", "??", "?.", "->", "/*",
                                                     "${"};
        bool pair = std::ranges::find(pairs, text.substr(at, 2)) != std::end(pairs);
        end = at + (pair ? 2 : 1);
    }
    return {FileId::none, at, static_cast<uint32_t>(end)};
}

Mistake explain(std::string_view text, uint32_t at, std::string_view message, uint32_t string_begin) {
    Span token = unexpected_token(text, at);
    Mistake mistake{token.begin, token.end, std::string(message), {}};
    if (message.starts_with("this string is not closed")) {
        bool letter = string_begin > 0 && (text[string_begin - 1] == 'f' || text[string_begin - 1] == 'r') && !is_word(string_begin > 1 ? text[string_begin - 2] : ' ');
        if (letter) return {string_begin - 1, token.end, "texts take values in by themselves: write `\"… ${name} …\"` without a letter before it", {}};
        if (text.substr(at, 2) == "${") return {token.begin, token.end, "`${…}` cannot stand in this string", {}};
        size_t line_end = std::min(text.find_first_of("\r\n", string_begin), text.size());
        return {string_begin, static_cast<uint32_t>(line_end), mistake.message, {}};
    }
    if (message.starts_with("this is no escape")) {
        mistake.begin = at - 1;
        mistake.end = std::min(static_cast<uint32_t>(text.size()), at + 1);
        while (mistake.end < text.size() && continues(text[mistake.end])) mistake.end++;
        return mistake;
    }
    if (size_t hole = message.find("{}"); hole != std::string_view::npos) {
        auto in_number = [](char c) { return is_word(c) || c == '.'; };
        while (mistake.begin > 0 && in_number(text[mistake.begin - 1])) mistake.begin--;
        std::string_view written = text.substr(mistake.begin, mistake.end - mistake.begin);
        mistake.message.replace(hole, 2, written);
        if (std::string meant = meant_number(written); !meant.empty()) {
            mistake.message += fmt::format(": write `{}`", meant);
            mistake.instead = meant;
        }
        return mistake;
    }
    if (at == text.size()) {  // at the end of the last line that says something
        size_t last = text.find_last_not_of(" \t\r\n");
        mistake.begin = mistake.end = last == std::string_view::npos ? 0 : static_cast<uint32_t>(last + 1);
        mistake.message += ", but the file ends here";
        return mistake;
    }
    if (in_context(text, at, message, mistake)) return mistake;
    if (message.starts_with("expected a declaration")) {
        std::string_view found = text.substr(at, mistake.end - at);
        if (found == "}") mistake.message = "this `}` closes nothing";
        if (std::ranges::find(statement_words, found) != statement_words.end())
            mistake.message = fmt::format("`{}` stands inside a pipeline, not beside it", found);
    }
    if (message.starts_with("expected a statement")) {
        std::string_view found = text.substr(at, mistake.end - at);
        if (std::ranges::find(declaration_words, found) != declaration_words.end())
            mistake.message = fmt::format("`{}` stands beside a pipeline, not inside it", found);
    }
    if (const Habit* habit = habit_at(text, at)) {
        mistake.message = habit->words;
        std::string_view written = text.substr(at, mistake.end - at);
        if (written == habit->wrong) mistake.instead = habit->instead;
        else mistake.instead = in_double_quotes(written);
    } else if (assigns(text, at, message)) {
        mistake.message = "`=` gives a name its value: write `==` to compare";
        mistake.instead = "==";
    }
    return mistake;
}

}  // namespace zflow::syntax
