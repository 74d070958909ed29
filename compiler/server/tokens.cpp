#include "server/tokens.hpp"

#include <algorithm>
#include <string>

#include "syntax/words.hpp"

namespace zflow::server {

namespace {

constexpr std::string_view declaring[] = {"import", "stack", "option", "param", "const", "secret", "resource", "container", "dataset",
                                          "type", "function", "stage", "pipeline", "output"};

bool opens(std::string_view sign) { return sign == "{" || sign == "(" || sign == "["; }
bool closes(std::string_view sign) { return sign == "}" || sign == ")" || sign == "]"; }

/// Of a text or a piece of one: whether it has its end.
bool is_closed(std::string_view text) { return text.ends_with("${") || (text.size() > 1 && text.ends_with('"')); }

/// Reads the tokens of a text from its beginning to its end.
class Reader {
   public:
    Reader(std::string_view text, std::vector<Token>& tokens, std::vector<Token>& comments)
        : text_(text), tokens_(tokens), comments_(comments) {}

    void run() {
        while (at_ < text_.size()) step();
    }

   private:
    /// What a bracket `{` belongs to: code, or a text that goes on behind it.
    enum Inside : char { Code, Line, Block };

    void step() {
        std::string_view rest = text_.substr(at_);
        if (rest.starts_with("//")) return comment(rest.find('\n'));
        if (rest.starts_with("/*")) return comment(rest.find("*/", 2) == rest.npos ? rest.npos : rest.find("*/", 2) + 2);
        if (rest.starts_with("\"\"\"")) return string(Block, 3);
        if (rest[0] == '"') return string(Line, 1);
        if (syntax::is_word(rest[0])) return add(Token::Kind::Word, syntax::word_at(text_, at_).size());
        if (rest[0] == '{') inside_ += static_cast<char>(Code);
        if (rest[0] == '}' && !inside_.empty()) {
            auto where = static_cast<Inside>(inside_.back());
            inside_.pop_back();
            if (where != Code) return string(where, 1);
        }
        bool blank = static_cast<unsigned char>(rest[0]) <= ' ';
        if (blank) at_++;
        else add(Token::Kind::Sign, 1);
    }

    /// A text, or what comes behind an interpolation: up to its end or the next interpolation.
    void string(Inside how, size_t skip) {
        size_t end = at_ + skip;
        while (end < text_.size()) {
            std::string_view rest = text_.substr(end);
            if (rest.starts_with("${")) return inside_ += static_cast<char>(how), add(Token::Kind::Text, end + 2 - at_);
            if (how == Block && rest.starts_with("\"\"\"")) return add(Token::Kind::Text, end + 3 - at_);
            if (how == Line && rest[0] == '"') return add(Token::Kind::Text, end + 1 - at_);
            if (how == Line && rest[0] == '\n') break;   // it was never closed
            bool escape = rest[0] == '\\' && (how == Line || rest.starts_with("\\${"));
            end += escape && !rest.substr(1).starts_with('\n') ? 2 : 1;
        }
        add(Token::Kind::Text, std::min(end, text_.size()) - at_);
    }

    void comment(size_t length) {
        length = std::min(length, text_.size() - at_);
        comments_.push_back({Token::Kind::Comment, place(at_), place(at_ + length)});
        at_ += length;
    }
    void add(Token::Kind kind, size_t length) {
        tokens_.push_back({kind, place(at_), place(at_ + length)});
        at_ += length;
    }
    static uint32_t place(size_t offset) { return static_cast<uint32_t>(offset); }

    std::string_view text_;
    std::vector<Token>& tokens_;
    std::vector<Token>& comments_;
    size_t at_ = 0;
    std::string inside_;
};

}  // namespace

Tokens::Tokens(std::string_view text) : text_(text.substr(0, UINT32_MAX)) {
    Reader(text_, all_, comments_).run();
    find_brackets();
}

void Tokens::find_brackets() {
    size_t open = SIZE_MAX;
    for (size_t i = 0; i < all_.size(); i++) {
        if (begins_declaration(i)) open = SIZE_MAX;   // whatever was left open before it
        std::string_view sign = text(i);
        bool piece = is_text(i), ends = piece ? sign.starts_with('}') : closes(sign);
        if (ends && open != SIZE_MAX) open = outer_[open];
        outer_.push_back(open);
        if (piece ? sign.ends_with("${") : opens(sign)) open = i;
        open_.push_back(open);
    }
}

size_t Tokens::before(size_t offset) const {
    auto at = std::partition_point(all_.begin(), all_.end(), [&](const Token& t) { return t.end <= offset; });
    return static_cast<size_t>(at - all_.begin());
}

const Token* Tokens::inside(size_t offset) const {
    for (const std::vector<Token>* list : {&all_, &comments_}) {
        auto at = std::partition_point(list->begin(), list->end(), [&](const Token& t) { return t.end < offset; });
        for (; at != list->end() && at->begin < offset; ++at) {
            std::string_view whole = text_.substr(at->begin, at->end - at->begin);
            bool code = at->kind == Token::Kind::Word || at->kind == Token::Kind::Sign;
            bool open = at->kind == Token::Kind::Comment ? whole.starts_with("//") : !is_closed(whole);   // its end is inside
            if (!code && (offset < at->end || open)) return &*at;
        }
    }
    return nullptr;
}

size_t Tokens::word_at(size_t offset) const {
    auto at = std::partition_point(all_.begin(), all_.end(), [&](const Token& t) { return t.end < offset; });
    for (; at != all_.end() && at->begin <= offset; ++at)
        if (at->kind == Token::Kind::Word) return static_cast<size_t>(at - all_.begin());
    return all_.size();
}

bool Tokens::on_new_line(size_t i) const {
    size_t from = i ? all_[i - 1].end : 0;
    return i == 0 || text_.substr(from, all_[i].begin - from).find('\n') != std::string_view::npos;
}

bool Tokens::begins_declaration(size_t i) const {
    if (!is_word(i) || (all_[i].begin > 0 && text_[all_[i].begin - 1] != '\n')) return false;
    return std::find(std::begin(declaring), std::end(declaring), text(i)) != std::end(declaring);
}

std::vector<size_t> brackets_before(const Tokens& tokens, size_t count) {
    std::vector<size_t> open;
    for (size_t at = tokens.open_behind(count); at != SIZE_MAX; at = tokens.outer(at)) open.push_back(at);
    std::reverse(open.begin(), open.end());
    return open;
}

size_t closing(const Tokens& tokens, size_t open) {
    size_t depth = 0;
    for (size_t i = open; i < tokens.size(); i++) {
        if (i > open && tokens.begins_declaration(i)) return i;
        if (tokens.is_text(i)) {
            if (i > open && tokens.text(i).starts_with('}')) depth--;
            if (tokens.text(i).ends_with("${")) depth++;
        }
        else if (opens(tokens.text(i))) depth++;
        else if (closes(tokens.text(i))) depth--;
        if (depth == 0) return i;
    }
    return tokens.size();
}

}  // namespace zflow::server
