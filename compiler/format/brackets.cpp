#include "format/brackets.hpp"

#include <algorithm>
#include <utility>

namespace zflow::format {

namespace {

/// Whether a line that ends before `l`, which stands in a brace, is the end of one of the things in it.
bool parts(const Lexeme& l, std::string_view written, bool behind_opening) {
    if (l.is_comment()) return l.lines || l.kind == Lexeme::Kind::LineComment;
    return l.lines && (behind_opening || l.has(Begins) || closes(written));
}

std::string_view written(std::string_view text, const Lexeme& l) { return text.substr(l.begin, l.end - l.begin); }

size_t behind_comments(const std::vector<Lexeme>& lexemes, size_t i) {
    while (i < lexemes.size() && lexemes[i].is_comment()) i++;
    return i;
}

struct Open {
    size_t at;
    size_t statements = 0;
};

}  // namespace

std::vector<Lexeme> without_optional_commas(std::string_view text, const std::vector<Lexeme>& lexemes) {
    std::vector<Lexeme> kept;
    kept.reserve(lexemes.size());
    std::vector<char> open;
    uint8_t lines = 0;   // that ended before commas that are left out
    for (size_t i = 0; i < lexemes.size(); i++) {
        const Lexeme& l = lexemes[i];
        char sign = l.kind == Lexeme::Kind::Sign ? text[l.begin] : '\0';
        if (sign == ',' && !open.empty() && open.back() == '{') {
            size_t next = behind_comments(lexemes, i + 1);
            if (next < lexemes.size() && (lexemes[next].has(Begins) || text[lexemes[next].begin] == '}')) {
                lines = std::max(lines, l.lines);
                continue;
            }
        }
        if (sign && closes(written(text, l)) && !open.empty()) open.pop_back();
        if (sign && opens(written(text, l))) open.push_back(sign);
        kept.push_back(l);
        kept.back().lines = std::max(l.lines, std::exchange(lines, uint8_t{0}));
    }
    return kept;
}

std::vector<bool> spread_brackets(std::string_view text, const std::vector<Lexeme>& lexemes) {
    std::vector<bool> spread(lexemes.size());
    std::vector<Open> open;
    for (size_t i = 0; i < lexemes.size(); i++) {
        const Lexeme& l = lexemes[i];
        std::string_view word = written(text, l);
        bool sign = l.kind == Lexeme::Kind::Sign;
        if (!open.empty()) {
            Open& in = open.back();
            bool behind_opening = in.at + 1 == i, brace = text[lexemes[in.at].begin] == '{';
            in.statements += l.has(Begins) && l.has(Unparted);
            if (in.statements > 1 || ((brace || behind_opening) && parts(l, word, behind_opening))) spread[in.at] = true;
        }
        if (sign && closes(word) && !open.empty()) open.pop_back();
        if (sign && opens(word)) open.push_back({i});
    }
    return spread;
}

}  // namespace zflow::format
