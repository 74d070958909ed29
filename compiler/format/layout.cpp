#include "format/layout.hpp"

#include <algorithm>

#include "format/brackets.hpp"
#include "format/text_lines.hpp"

namespace zflow::format {

namespace {

constexpr uint32_t step = 4;

struct Bracket {
    size_t open;        ///< its lexeme
    uint32_t indent;    ///< of the line that it stands on, or of the statement that it is the body of
    uint32_t item;      ///< of the line on which the last of the things in it began
};

class Layout {
   public:
    Layout(std::string_view text, std::vector<Lexeme> lexemes)
        : text_(text), all_(std::move(lexemes)), spread_(spread_brackets(text, all_)) {}

    std::vector<Line> run() {
        for (size_t i = 0; i < all_.size(); i++)
            if (!is_idle_comma(i)) place(i);
        return std::move(lines_);
    }

   private:
    std::string_view written(const Lexeme& l) const { return text_.substr(l.begin, l.end - l.begin); }
    bool opens_at(size_t i) const { return all_[i].kind == Lexeme::Kind::Sign && opens(written(all_[i])); }
    bool closes_at(size_t i) const { return all_[i].kind == Lexeme::Kind::Sign && closes(written(all_[i])); }
    bool in_brace() const { return !open_.empty() && text_[all_[open_.back().open].begin] == '{'; }
    bool in_spread() const { return open_.empty() || spread_[open_.back().open]; }
    uint32_t inside() const { return open_.empty() ? 0 : open_.back().indent + step; }
    uint32_t& item() { return open_.empty() ? item_ : open_.back().item; }
    size_t behind_comments(size_t i) const {
        while (i < all_.size() && all_[i].is_comment()) i++;
        return i;
    }

    /// A comma before a bracket that closes on the same line.
    bool is_idle_comma(size_t i) const {
        if (all_[i].kind != Lexeme::Kind::Sign || written(all_[i]) != "," || open_.empty()) return false;
        size_t next = behind_comments(i + 1);
        return next < all_.size() && closes_at(next) && !spread_[open_.back().open];
    }

    /// How many lines end before a lexeme.
    uint8_t breaks(size_t i) const {
        const Lexeme& l = all_[i];
        uint8_t lines = l.lines;
        if (l.is_comment() && lines == 0) return 0;
        uint8_t one = std::min<uint8_t>(lines, 1), at_least = std::max<uint8_t>(lines, 1);
        if (closes_at(i)) return in_spread() ? 1 : one;
        if (opens_at(i - 1)) return in_spread() ? 1 : one;
        bool own_line = l.has(OwnLine) && in_spread() && !all_[i - 1].is_comment();
        return own_line ? at_least : lines;
    }

    uint32_t indent(size_t i) {
        size_t next = behind_comments(i);
        if (next == all_.size()) return 0;
        if (closes_at(next)) return next == i ? open_.back().indent : inside();
        if (all_[next].has(Begins)) return inside();
        return all_[next].has(Clause) ? item() : item() + step;
    }

    void place(size_t i) {
        const Lexeme& l = all_[i];
        uint8_t ended = lines_.empty() ? 1 : breaks(i);
        if (ended) begin_line(indent(i), !lines_.empty() && ended > 1);
        else if (needs_comma(l)) lines_.back().code += ',';
        Line& line = lines_.back();
        if (!ended && l.kind == Lexeme::Kind::LineComment) return void(line.comment = written(l));
        if (!ended && blank_before(i)) line.code += ' ';
        if (closes_at(i)) open_.pop_back();
        if (!l.is_comment() && l.has(Begins)) item() = line.indent;
        only_comments_ &= l.is_comment();
        write(i, line);
        if (opens_at(i)) open_.push_back({i, l.has(Body) ? item() : line.indent, line.indent});
        before_ = i;
        if (!l.is_comment()) last_code_ = i;
    }

    void begin_line(uint32_t indent, bool blank_before) { lines_.push_back({indent, blank_before}), only_comments_ = true; }

    /// Between entries on one line.
    bool needs_comma(const Lexeme& l) const {
        if (!in_brace() || l.is_comment() || !l.has(Begins) || l.has(Unparted)) return false;
        return !only_comments_ && last_code_ != open_.back().open;
    }

    void write(size_t i, Line& line) {
        const Lexeme& l = all_[i];
        std::string_view text = written(l);
        bool is_block = l.kind == Lexeme::Kind::Literal && !l.has(Fixed) && text.starts_with("\"\"\"");
        if (is_block) line.code += moved(text, static_cast<ptrdiff_t>(line.indent) - static_cast<ptrdiff_t>(indent_in_source(i)));
        else line.code += text;
    }

    /// Of the line that a lexeme stands on; one with a comment over several lines begins before that.
    size_t indent_in_source(size_t i) const {
        while (i > 0 && all_[i].lines == 0) i--;
        size_t begin = all_[i].begin ? text_.rfind('\n', all_[i].begin - 1) + 1 : 0;
        return std::min(text_.find_first_not_of(' ', begin), text_.size()) - begin;
    }

    /// Whether there is a blank between a lexeme and the one before it on the line.
    bool blank_before(size_t i) const {
        const Lexeme &l = all_[i], &last = all_[before_];
        std::string_view before = written(last), now = written(l);
        bool sign_before = last.kind == Lexeme::Kind::Sign, sign = l.kind == Lexeme::Kind::Sign;
        if (sign_before && opens(before)) return before == "{" && now != "}";
        if (sign && closes(now)) return now == "}";
        if (l.is_comment() || last.is_comment()) return true;
        if (l.has(Touching) || last.has(TypeOpening) || last.has(Signed)) return false;
        if (now == "." && before == "ml" && reads_like_an_instance(i)) return true;
        if (sign && (now == "," || now == ":" || now == "." || now == "?." || now == "!")) return false;
        if (sign_before && (before == "." || before == "?." || before == "...")) return false;
        if (sign && (now == "(" || now == "[")) return !l.has(Apart) && touches(last, l) ? false : !last.has(Declares);
        return true;
    }

    /// `ml.a.b` without the blanks that it has: members of `ml`, not the instance type.
    bool reads_like_an_instance(size_t i) const { return i + 2 < all_.size() && written(all_[i + 2]) == "."; }

    /// Whether a bracket is that of a call or an index: those touch what they are of.
    bool touches(const Lexeme& last, const Lexeme& bracket) const {
        std::string_view before = written(last);
        bool sign = last.kind == Lexeme::Kind::Sign;
        bool value = last.has(Value) || last.kind == Lexeme::Kind::Literal || (sign && (closes(before) || before == "!"));
        return value && last.end == bracket.begin;
    }

    std::string_view text_;
    std::vector<Lexeme> all_;
    std::vector<bool> spread_;
    std::vector<Bracket> open_;
    std::vector<Line> lines_;
    uint32_t item_ = 0;           ///< of the file: see Bracket::item
    size_t before_ = 0;           ///< the lexeme that was placed last
    size_t last_code_ = 0;        ///< the same, without comments
    bool only_comments_ = true;   ///< are on the line so far
};

}  // namespace

std::vector<Line> lay_out(std::string_view text, const std::vector<Lexeme>& lexemes) {
    return Layout(text, without_optional_commas(text, lexemes)).run();
}

}  // namespace zflow::format
