// Most expressions that people write are plain, and one walk over them is a small part of what PCRE2 takes to compile them.
// Whatever needs a second thought is left to it.
#include "schema/plain_expression.hpp"

namespace zflow::schema {

namespace {

// far from the limits of PCRE2 (pcre2limits: 250 groups within each other, 64 KB when compiled)
constexpr size_t longest = 1000;
constexpr uint32_t deepest = 50;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_printable(char c) { return c >= ' ' && c <= '~'; }
bool is_one_of(char c, std::string_view characters) { return characters.find(c) != std::string_view::npos; }

class PlainReader {
   public:
    explicit PlainReader(std::string_view text) : text_(text) {}

    std::optional<uint32_t> groups() {
        if (text_.size() > longest) return std::nullopt;
        while (at_ < text_.size())
            if (!part()) return std::nullopt;
        return depth_ ? std::nullopt : std::optional(groups_);
    }

   private:
    // each gives whether what it read is plain

    bool part() {
        char c = next();
        switch (c) {
            case '|': case '^': case '$': return true;   // a repetition behind them is none of anything
            case '(': return group();
            case ')': return depth_-- > 0 && repetition();
            case '[': return set() && repetition_or_count();
            case '\\': return escape() && repetition_or_count();
            case '*': case '+': case '?': case '{': case '}': case ']': return false;
            default: return is_printable(c) && repetition_or_count();
        }
    }

    bool group() {
        if (!take("?:")) {
            if (is_one_of(peek(), "?*")) return false;
            groups_++;
        }
        return ++depth_ < deepest;
    }

    /// A group is not counted here: it would be compiled as often.
    bool repetition() {
        if (!is_one_of(peek(), "*+?")) return peek() != '{';
        at_++;
        take("?");
        return true;
    }
    bool repetition_or_count() {
        if (peek() != '{') return repetition();
        at_++;
        uint32_t least = 0, most = 0;
        if (!count(least)) return false;
        most = least;
        if (take(",") && peek() != '}' && !count(most)) return false;
        if (most < least || !take("}")) return false;
        take("?");
        return true;
    }
    bool count(uint32_t& number) {   // of two digits at most
        if (!is_digit(peek())) return false;
        number = static_cast<uint32_t>(next() - '0');
        if (is_digit(peek())) number = number * 10 + static_cast<uint32_t>(next() - '0');
        return true;
    }

    /// Behind a backslash: a set that everybody knows, or a character that means itself.
    bool escape() {
        char c = next();
        return is_printable(c) && (!is_alphanumeric(c) || is_one_of(c, "dDsSwW"));
    }

    /// Behind an opening bracket.
    bool set() {
        take("^");
        if (is_one_of(peek(), "]:.=")) return false;
        do {
            char c = next();
            bool single = is_printable(c) && c != '[' && c != '-';
            bool dash = c == '-' && (peek() == ']' || is_one_of(text_[at_ - 2], "[^"));
            if (c == '\\' ? !escape() : !single && !dash) return false;
            if (peek() != '-' || follows("-]")) continue;
            at_++;
            if (!is_alphanumeric(c) || !is_alphanumeric(peek()) || next() < c || (peek() == '-' && !follows("-]"))) return false;
        } while (at_ < text_.size() && peek() != ']');
        return take("]");
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    char next() { return at_ < text_.size() ? text_[at_++] : '\0'; }
    bool follows(std::string_view what) const { return text_.substr(at_).starts_with(what); }
    bool take(std::string_view what) {
        bool there = follows(what);
        if (there) at_ += what.size();
        return there;
    }

    std::string_view text_;
    size_t at_ = 0;
    uint32_t depth_ = 0, groups_ = 0;
};

}  // namespace

std::optional<uint32_t> plain_groups(std::string_view expression) { return PlainReader(expression).groups(); }

}  // namespace zflow::schema
