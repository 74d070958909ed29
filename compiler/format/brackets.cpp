#include "format/brackets.hpp"

namespace zflow::format {

namespace {

/// Whether a line that ends before `l`, which stands in a brace, is the end of one of the things in it.
bool parts(const Lexeme& l, std::string_view written, bool behind_opening) {
    if (l.is_comment()) return l.lines || l.kind == Lexeme::Kind::LineComment;
    return l.lines && (behind_opening || l.has(Begins) || closes(written));
}

struct Open {
    size_t at;
    size_t statements = 0;
};

}  // namespace

std::vector<bool> spread_brackets(std::string_view text, const std::vector<Lexeme>& lexemes) {
    std::vector<bool> spread(lexemes.size());
    std::vector<Open> open;
    for (size_t i = 0; i < lexemes.size(); i++) {
        const Lexeme& l = lexemes[i];
        std::string_view written = text.substr(l.begin, l.end - l.begin);
        bool sign = l.kind == Lexeme::Kind::Sign;
        if (!open.empty()) {
            Open& in = open.back();
            bool behind_opening = in.at + 1 == i, brace = text[lexemes[in.at].begin] == '{';
            in.statements += l.has(Begins) && l.has(Unparted);
            if (in.statements > 1 || ((brace || behind_opening) && parts(l, written, behind_opening))) spread[in.at] = true;
        }
        if (sign && closes(written) && !open.empty()) open.pop_back();
        if (sign && opens(written)) open.push_back({i});
    }
    return spread;
}

}  // namespace zflow::format
