#include "syntax/mistakes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "syntax/contexts.hpp"
#include "syntax/literals.hpp"
#include "syntax/words.hpp"

namespace zflow::syntax {

namespace {

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
    {"```", "this fence belongs to the page that it was copied from: leave it out"},
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

const Habit* habit_at(std::string_view text, size_t at) {
    if (std::string_view word = word_at(text, at); !word.empty()) {
        auto known = std::ranges::find(word_habits, word, &Habit::wrong);
        return known == word_habits.end() ? nullptr : &*known;
    }
    auto known = std::ranges::find_if(habits, [&](const Habit& h) { return text.substr(at).starts_with(h.wrong); });
    return known == habits.end() ? nullptr : &*known;
}

/// Of a text in single quotes that means the same in double ones; else "".
std::string in_double_quotes(std::string_view quoted) {
    bool whole = quoted.size() >= 2 && quoted.front() == '\'' && quoted.back() == '\'';
    if (!whole || quoted.find_first_of("\"\\$") != std::string_view::npos) return {};
    return fmt::format("\"{}\"", quoted.substr(1, quoted.size() - 2));
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

namespace {

/// At `at` a string goes on that began at `begin` and is not closed.
Mistake open_string(std::string_view text, uint32_t at, const Mistake& plain, uint32_t begin) {
    if (has_letter_before(text, begin)) return {begin - 1, plain.end, std::string(letter_before_text), {}};
    if (text.substr(at, 2) == "${") return {plain.begin, plain.end, "`${…}` cannot stand in this string", {}};
    size_t line_end = std::min(text.find_first_of("\r\n", begin), text.size());
    return {begin, static_cast<uint32_t>(line_end), plain.message, {}};
}

/// `\` stands before `at`, and a character that it does not go with.
Mistake bad_escape(std::string_view text, uint32_t at, Mistake mistake) {
    mistake.begin = at - 1;
    mistake.end = std::min(static_cast<uint32_t>(text.size()), at + 1);
    while (mistake.end < text.size() && continues(text[mistake.end])) mistake.end++;
    return mistake;
}

/// The message has a `{}` at `hole` for the number as it is written.
Mistake bad_number(std::string_view text, size_t hole, Mistake mistake) {
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

/// Said at the end of the last line that says something.
Mistake file_ends(std::string_view text, Mistake mistake) {
    size_t last = text.find_last_not_of(" \t\r\n");
    mistake.begin = mistake.end = last == std::string_view::npos ? 0 : static_cast<uint32_t>(last + 1);
    mistake.message += ", but the file ends here";
    return mistake;
}

/// A statement beside a pipeline, a declaration inside one.
void explain_place(std::string_view found, std::string_view message, Mistake& mistake) {
    auto one_of = [&](const auto& words) { return std::ranges::find(words, found) != words.end(); };
    if (message.starts_with("expected a declaration")) {
        if (found == "}") mistake.message = "this `}` closes nothing";
        if (one_of(statement_words)) mistake.message = fmt::format("`{}` stands inside a pipeline, not beside it", found);
    }
    if (message.starts_with("expected a statement") && one_of(declaration_words))
        mistake.message = fmt::format("`{}` stands beside a pipeline, not inside it", found);
}

/// A line ends before what has to follow its last word: what is found is the beginning of something else.
bool stops_early(std::string_view text, size_t last, size_t at, std::string_view message) {
    if (last == std::string_view::npos || (message.find(" after ") == std::string_view::npos && message != "expected a value")) return false;
    std::string_view gap = text.substr(last + 1, at - last - 1), line = text.substr(text.rfind('\n', last) + 1);
    return gap.find('\n') != std::string_view::npos && line.substr(0, line.find('\n')).find("//") == std::string_view::npos;
}

}  // namespace

Mistake explain(std::string_view text, uint32_t at, std::string_view message, uint32_t string_begin) {
    Span token = unexpected_token(text, at);
    Mistake mistake{token.begin, token.end, std::string(message), {}};
    if (message.starts_with("this string is not closed")) return open_string(text, at, mistake, string_begin);
    if (message.starts_with("this is no escape")) return bad_escape(text, at, std::move(mistake));
    if (size_t hole = message.find("{}"); hole != std::string_view::npos) return bad_number(text, hole, std::move(mistake));
    if (at == text.size()) return file_ends(text, std::move(mistake));
    if (explain_by_context(text, at, message, mistake)) return mistake;
    if (size_t last = text.find_last_not_of(" \t\r\n", at - (at > 0)); stops_early(text, last, at, message)) {
        mistake.begin = mistake.end = static_cast<uint32_t>(last + 1);
        return mistake;
    }
    std::string_view written = text.substr(at, mistake.end - at);
    explain_place(written, message, mistake);
    if (const Habit* habit = habit_at(text, at)) {
        mistake.message = habit->words;
        if (written == habit->wrong) mistake.instead = habit->instead;
        else mistake.instead = in_double_quotes(written);
    } else if (assigns(text, at, message)) {
        mistake.message = "`=` gives a name its value: write `==` to compare";
        mistake.instead = "==";
    }
    return mistake;
}

}  // namespace zflow::syntax
