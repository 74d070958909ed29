#include "format/lexemes.hpp"

#include <algorithm>

#include "syntax/terminals.hpp"
#include "syntax/words.hpp"

namespace zflow::format {

namespace {

constexpr std::string_view signs[] = {"...", "=>", "==", "!=", "<=", ">=", "??", "?."};

class Reader {
   public:
    explicit Reader(const syntax::Tree& tree) : text_(tree.text), places_(tree) {}

    std::vector<Lexeme> run() {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        while (blanks(), at_ < text_.size()) next();
        mark_clauses();
        return std::move(all_);
    }

   private:
    void blanks() {
        for (; at_ < text_.size() && grammar::is(text_[at_], grammar::blank); at_++) lines_ += text_[at_] == '\n';
    }

    void next() {
        std::string_view rest = text_.substr(at_);
        uint16_t roles = places_.roles(static_cast<uint32_t>(at_));
        // what is documented may begin with its comment, and then what begins is the word behind that
        if (rest.starts_with("//")) return carried_ |= roles, add(Lexeme::Kind::LineComment, line_comment(rest), 0);
        if (rest.starts_with("/*")) return carried_ |= roles, add(Lexeme::Kind::BlockComment, rest.find("*/", 2) + 2, 0);
        roles |= std::exchange(carried_, uint16_t{0});
        if (size_t length = whole()) return add(Lexeme::Kind::Literal, length, roles);
        if (rest[0] == '"') return add(Lexeme::Kind::Literal, quoted(rest), roles);
        if (size_t length = syntax::word_at(text_, at_).size()) return add(Lexeme::Kind::Word, length, roles);
        add(Lexeme::Kind::Sign, roles & Touching ? 1 : sign(rest), roles);
    }

    static size_t line_comment(std::string_view rest) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        return line.find_last_not_of(" \t\r") + 1;
    }

    /// The length of the literal here that the tree knows; 0: none.
    size_t whole() {
        const std::vector<Places::Whole>& wholes = places_.wholes();
        while (whole_ < wholes.size() && wholes[whole_].begin < at_) whole_++;
        return whole_ < wholes.size() && wholes[whole_].begin == at_ ? wholes[whole_].end - at_ : 0;
    }

    static size_t quoted(std::string_view rest) {
        if (rest.starts_with("\"\"\"")) return rest.find("\"\"\"", 3) + 3;
        size_t at = 1;
        while (at < rest.size() && rest[at] != '"') at += rest[at] == '\\' ? 2 : 1;
        return at + 1;
    }

    static size_t sign(std::string_view rest) {
        for (std::string_view s : signs)
            if (rest.starts_with(s)) return s.size();
        return 1;
    }

    void add(Lexeme::Kind kind, size_t length, uint16_t roles) {
        auto lines = static_cast<uint8_t>(std::min<size_t>(std::exchange(lines_, 0), 2));
        length = std::min(length, text_.size() - at_);
        all_.push_back({kind, lines, roles, static_cast<uint32_t>(at_), static_cast<uint32_t>(at_ + length)});
        at_ += length;
    }

    /// The `else` and `until` before what the tree knows.
    void mark_clauses() {
        Lexeme* before = nullptr;
        for (Lexeme& l : all_) {
            if (l.is_comment()) continue;
            if (l.has(BehindClause) && before) before->roles |= Clause;
            before = &l;
        }
    }

    std::string_view text_;
    Places places_;
    std::vector<Lexeme> all_;
    size_t at_ = 0, whole_ = 0, lines_ = 0;
    uint16_t carried_ = 0;
};

}  // namespace

std::vector<Lexeme> lexemes(const syntax::Tree& tree) { return Reader(tree).run(); }

}  // namespace zflow::format
