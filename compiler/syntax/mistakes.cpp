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

using Habit = std::pair<std::string_view, std::string_view>;

/// What a text begins with where something else was expected, and what to do instead. Longer ones first.
constexpr auto habits = std::to_array<Habit>({
    {"/*", "this comment is not closed by `*/`"},
    {"&&", "write `and` instead of `&&`"},
    {"||", "write `or` instead of `||`"},
    {"===", "write `==` instead of `===`"},
    {"!==", "write `!=` instead of `!==`"},
    {"->", "write `=>` instead of `->`"},
    {"!", "write `not` instead of `!`"},
    {"&", "write `and` instead of `&`"},
    {";", "`;` is not needed: a statement ends with its line"},
    {"'", "strings are written in double quotes: `\"…\"`"},
    {"`", "strings are written in double quotes: `\"…\"`"},
    {"#", "comments begin with `//`"},
    {"\xE2\x80\x9C", "strings are written in straight double quotes: `\"…\"`"},
});

constexpr auto word_habits = std::to_array<Habit>({
    {"elif", "write `else if` instead of `elif`"},
    {"elsif", "write `else if` instead of `elsif`"},
    {"elseif", "write `else if` instead of `elseif`"},
    {"def", "a function is written `function name(…) = …`"},
    {"func", "a function is written `function name(…) = …`"},
    {"fn", "a function is written `function name(…) = …`"},
    {"var", "write `let` instead of `var`"},
    {"while", "there is no `while`: `poll (every: 30s, up_to: 2h) { … } until done` waits for something"},
    {"switch", "write `match` instead of `switch`"},
    {"throw", "write `fail` instead of `throw`"},
    {"raise", "write `fail` instead of `raise`"},
    {"except", "write `catch` instead of `except`"},
});

constexpr auto statement_words = std::to_array<std::string_view>({
    "call", "cfn", "role", "access", "grant", "require", "let", "if", "match", "parallel", "for", "try", "poll", "wait",
    "fail", "return", "yield", "skip",
});

std::string_view word_at(std::string_view text, size_t at) {
    size_t end = at;
    while (end < text.size() && is_word(text[end])) end++;
    return text.substr(at, end - at);
}

std::string_view habit_at(std::string_view text, size_t at) {
    if (std::string_view word = word_at(text, at); !word.empty()) {
        for (auto [wrong, right] : word_habits)
            if (word == wrong) return right;
        return {};
    }
    for (auto [wrong, right] : habits)
        if (text.substr(at).starts_with(wrong)) return right;
    return {};
}

/// A single `=` where a comparison may have been meant: everywhere but after a name that is being declared.
bool assigns(std::string_view text, size_t at, std::string_view message) {
    return text[at] == '=' && text.substr(at, 2) != "=>" && message.find("`=`") == std::string_view::npos &&
           (message.find("condition") != std::string_view::npos || message.find("`then`") != std::string_view::npos ||
            message.find("`)`") != std::string_view::npos);
}

}  // namespace

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
    Mistake mistake{token.begin, token.end, std::string(message)};
    if (message.starts_with("this string is not closed")) {
        if (text.substr(at, 2) == "${") return {token.begin, token.end, "`${…}` cannot stand in this string"};
        size_t line_end = std::min(text.find_first_of("\r\n", string_begin), text.size());
        return {string_begin, static_cast<uint32_t>(line_end), mistake.message};
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
        mistake.message.replace(hole, 2, text.substr(mistake.begin, mistake.end - mistake.begin));
        return mistake;
    }
    if (at == text.size()) {  // at the end of the last line that says something
        size_t last = text.find_last_not_of(" \t\r\n");
        mistake.begin = mistake.end = last == std::string_view::npos ? 0 : static_cast<uint32_t>(last + 1);
        mistake.message += ", but the file ends here";
        return mistake;
    }
    if (message.starts_with("expected a declaration")) {
        std::string_view found = text.substr(at, mistake.end - at);
        if (found == "}") mistake.message = "this `}` closes nothing";
        if (std::ranges::find(statement_words, found) != statement_words.end())
            mistake.message = fmt::format("`{}` stands inside a pipeline, not beside it", found);
    }
    if (std::string_view habit = habit_at(text, at); !habit.empty()) mistake.message = habit;
    else if (assigns(text, at, message)) mistake.message = "`=` gives a name its value: write `==` to compare";
    return mistake;
}

}  // namespace zflow::syntax
