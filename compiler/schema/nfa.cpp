#include "schema/nfa.hpp"

#include <algorithm>
#include <string>

namespace zflow::schema {

namespace {

constexpr size_t most_nodes = 2000;
constexpr int most_depth = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <typename Holds>
Printable set_where(Holds holds) {
    Printable set;
    for (size_t i = 0; i < printable_count; i++) set[i] = holds(static_cast<char>(first_printable + i));
    return set;
}

/// Characters by their numbers, which may lie beyond those that are known.
Printable between(uint32_t first, uint32_t last) {
    first = std::max<uint32_t>(first, first_printable);
    last = std::min<uint32_t>(last, last_printable);
    if (last < first) return {};
    return (~Printable() >> (printable_count - 1 - (last - first))) << (first - first_printable);
}

/// `\d`, `\w`, `\s` and their opposites.
std::optional<Printable> set_of_escape(char c) {
    switch (c) {
        case 'd': return set_where(is_digit);
        case 'w': return set_where([](char x) { return is_digit(x) || is_letter(x) || x == '_'; });
        case 's': return between(' ', ' ');
        case 'D': case 'W': case 'S': return ~*set_of_escape(static_cast<char>(c | 0x20));
        default: return std::nullopt;
    }
}

/// `\p{L}` and the like [Unicode Standard, general categories of U+0020 to U+007E].
std::optional<Printable> set_of_category(std::string_view name) {
    constexpr std::string_view symbols = "$+<=>^`|~";
    if (name == "L") return set_where(is_letter);
    if (name == "N") return set_where(is_digit);
    if (name == "Z") return between(' ', ' ');
    if (name == "M") return Printable();
    if (name == "S") return set_where([&](char c) { return symbols.find(c) != symbols.npos; });
    if (name == "P") return set_where([&](char c) { return c != ' ' && !is_letter(c) && !is_digit(c) && symbols.find(c) == symbols.npos; });
    return std::nullopt;
}

class Reader {
   public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::optional<Nfa> read() {
        nfa_.start = node();
        nfa_.end = alternatives(nfa_.start, 0);
        if (!plain_ || at_ != text_.size()) return std::nullopt;
        return std::move(nfa_);
    }

   private:
    /// A graph cannot say it: there is nothing more to read.
    void give_up() {
        plain_ = false;
        at_ = text_.size();
    }
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(std::string_view what) {
        bool there = text_.substr(at_).starts_with(what);
        if (there) at_ += what.size();
        return there;
    }
    char next() {
        if (!at_end()) return text_[at_++];
        give_up();
        return '\0';
    }

    uint16_t node() {
        if (nfa_.first_edge.size() >= most_nodes) return give_up(), nfa_.start;
        nfa_.first_edge.push_back(Nfa::end_of_list);
        return static_cast<uint16_t>(nfa_.first_edge.size() - 1);
    }
    void edge(uint16_t from, uint16_t set, uint16_t to) {
        nfa_.edges.push_back({set, to, nfa_.first_edge[from]});
        nfa_.first_edge[from] = static_cast<uint16_t>(nfa_.edges.size() - 1);
    }
    void skip_edge(uint16_t from, uint16_t to) { edge(from, Nfa::no_set, to); }
    uint16_t set_edge(uint16_t from, const Printable& set) {
        auto at = std::find(nfa_.sets.begin(), nfa_.sets.end(), set);
        if (at == nfa_.sets.end()) at = nfa_.sets.insert(at, set);
        uint16_t to = node();
        edge(from, static_cast<uint16_t>(at - nfa_.sets.begin()), to);
        return to;
    }

    /// Each part of an expression is put behind the node `from`; what is given is the node behind it.
    uint16_t alternatives(uint16_t from, int depth) {
        if (depth > most_depth) give_up();
        uint16_t end = node();
        do {
            uint16_t begin = node();
            skip_edge(from, begin);
            skip_edge(sequence(begin, depth), end);
        } while (take("|"));
        return end;
    }

    uint16_t sequence(uint16_t from, int depth) {
        // anchors say nothing where a text begins and ends anyway
        if (depth == 0 && !take("^")) take("\\A");
        while (!at_end() && peek() != '|' && peek() != ')') {
            if (depth == 0 && is_end_anchor()) break;
            from = repeated(from, depth);
        }
        return from;
    }
    bool is_end_anchor() {
        size_t before = at_;
        bool anchor = (take("$") || take("\\z")) && (at_end() || peek() == '|');
        if (!anchor) at_ = before;
        return anchor;
    }

    /// A part and how often it stands there: it is read again for each time.
    uint16_t repeated(uint16_t from, int depth) {
        size_t begin = at_;
        skip_atom();
        size_t least = 1, most = 1;
        bool forever = false;
        quantifier(least, most, forever);
        size_t behind = at_;
        auto once = [&](uint16_t node_before) {
            at_ = begin;
            return atom(node_before, depth);
        };
        for (size_t i = 0; i < least && plain_; i++) from = once(from);
        if (forever) {
            uint16_t again = node();
            skip_edge(from, again);
            skip_edge(once(again), again);
            from = again;
        } else if (most > least) {
            uint16_t end = node();
            for (size_t i = least; i < most && plain_; i++) {
                skip_edge(from, end);
                from = once(from);
            }
            skip_edge(from, end);
            from = end;
        }
        if (plain_) at_ = behind;
        return from;
    }

    void quantifier(size_t& least, size_t& most, bool& forever) {
        char c = peek();
        if (c == '*') least = 0, forever = true;
        else if (c == '+') forever = true;
        else if (c == '?') least = 0;
        else if (c != '{') return;
        at_++;
        if (c == '{') {
            least = most = number();
            if (take(",")) {
                forever = peek() == '}';
                if (!forever) most = number();
            }
            if (!take("}") || most < least) give_up();
        }
        take("?");   // as few as possible: the same texts
        if (peek() == '+') give_up();
    }
    size_t number() {
        if (!is_digit(peek())) give_up();
        size_t n = 0;
        while (is_digit(peek())) n = std::min(n * 10 + static_cast<size_t>(next() - '0'), most_nodes);
        return n;
    }

    void skip_atom() {
        char c = next();
        if (c == '\\') skip_escape();
        else if (c == '[') skip_class();
        else if (c == '(') {
            while (!at_end() && peek() != ')') skip_atom();
            next();
        }
    }
    void skip_escape() {
        char c = next();
        if ((c == 'p' || c == 'x') && peek() == '{') at_ = std::min(text_.find('}', at_), text_.size() - 1) + 1;
        else if (c == 'x') at_ = std::min(at_ + 2, text_.size());
    }
    void skip_class() {
        take("^");
        take("]");
        while (!at_end() && peek() != ']')
            if (next() == '\\') skip_escape();
        next();
    }

    uint16_t atom(uint16_t from, int depth) {
        char c = next();
        switch (c) {
            case '(': return group(from, depth);
            case '[': return set_edge(from, bracketed());
            case '.': return set_edge(from, ~Printable());
            case '\\': return set_edge(from, escaped());
            case '^': case '$': case '*': case '+': case '?': case '{': return give_up(), from;
            default: break;
        }
        auto number = static_cast<unsigned char>(c);
        if (number >= 0x80) give_up();
        return set_edge(from, between(number, number));
    }

    /// Behind an opening parenthesis.
    uint16_t group(uint16_t from, int depth) {
        bool plain = take("?:") || (peek() != '?' && peek() != '*');
        if (!plain) give_up();
        uint16_t end = alternatives(from, depth + 1);
        if (!take(")")) give_up();
        return end;
    }

    /// Behind a backslash.
    Printable escaped() {
        if (auto set = set_of_escape(peek())) return at_++, *set;
        if (take("p{")) {
            size_t end = text_.find('}', at_);
            auto set = set_of_category(text_.substr(at_, end - at_));
            if (end == std::string_view::npos || !set) return give_up(), Printable();
            at_ = end + 1;
            return *set;
        }
        uint32_t c = character();
        return between(c, c);
    }

    /// Behind a backslash: a single character.
    uint32_t character() {
        if (take("x{")) {
            uint32_t value = hexadecimal(text_.size());
            if (text_[at_ - 1] == '{' || !take("}")) give_up();
            if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) give_up();   // no character
            return value;
        }
        if (take("x")) {
            size_t digits = at_, value = hexadecimal(2);
            if (at_ != digits + 2) give_up();
            return static_cast<uint32_t>(value);
        }
        char c = next();
        if (c == 'n' || c == 't' || c == 'r') return 0;   // whichever: it is not known here
        if (is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80) give_up();
        return static_cast<unsigned char>(c);
    }
    uint32_t hexadecimal(size_t most_digits) {
        uint32_t value = 0;
        for (size_t digits = 0; digits < most_digits && plain_ && peek() != '}'; digits++) {
            char c = next(), lower = static_cast<char>(c | 0x20);
            if (!is_digit(c) && (lower < 'a' || lower > 'f')) give_up();
            value = value << 4 | static_cast<uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
        }
        return value;
    }

    /// Behind an opening bracket.
    Printable bracketed() {
        Printable set;
        if (begins_name()) give_up();
        bool negated = take("^");
        for (bool first = true; plain_ && (first || peek() != ']'); first = false) set |= is_set_escape() ? set_member() : range();
        next();
        return negated ? ~set : set;
    }
    /// `[:alpha:]` outside of brackets, which is a mistake.
    bool begins_name() const {
        std::string_view first = text_.substr(at_, 1);
        return !first.empty() && std::string_view(":.=").find(first) != std::string_view::npos && text_.find(std::string(first) + "]", at_ + 1) != text_.npos;
    }
    bool is_set_escape() const {
        char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        return peek() == '\\' && (c == 'p' || set_of_escape(c));
    }
    Printable set_member() {
        at_++;
        Printable set = escaped();
        if (is_range()) give_up();   // not everybody agrees on what that is
        return set;
    }
    bool is_range() const { return peek() == '-' && text_.substr(at_ + 1, 1) != "]"; }

    /// A character in brackets, or the first of several.
    Printable range() {
        bool named = peek() == '[' && std::string_view(":.=").find(text_.substr(at_ + 1, 1)) != std::string_view::npos;
        if (named) give_up();
        uint32_t from = member(), to = from;
        if (!is_range()) return between(from, from);
        at_++;
        if (is_set_escape()) give_up();
        to = member();
        if (to < from) give_up();
        Printable set = between(from, to);
        if (take("-")) set |= between('-', '-');   // behind a range it means itself
        return set;
    }
    uint32_t member() {
        if (take("\\")) return character();
        auto c = static_cast<unsigned char>(next());
        if (c < 0x80) return c;
        uint32_t value = c & (c >= 0xF0 ? 0x07 : c >= 0xE0 ? 0x0F : 0x1F);
        while ((static_cast<unsigned char>(peek()) & 0xC0) == 0x80) value = value << 6 | (static_cast<unsigned char>(next()) & 0x3F);
        return value;
    }

    std::string_view text_;
    size_t at_ = 0;
    bool plain_ = true;
    Nfa nfa_;
};

}  // namespace

std::optional<Nfa> read_nfa(std::string_view expression) { return Reader(expression).read(); }

}  // namespace zflow::schema
