#include "syntax/indentation.hpp"

#include <fmt/format.h>

#include <vector>

#include "syntax/recovery.hpp"
#include "syntax/terminals.hpp"
#include "syntax/words.hpp"

namespace zflow::syntax {

namespace {

class IndentationReader {
   public:
    IndentationReader(std::string_view text, uint32_t begin, uint32_t end) : text_(text), at_(text.data() + begin), end_(text.data() + end) {}

    std::optional<MisplacedBrace> misplaced() {
        if (!find() || open_.back().indent > indent_) return {};
        return judged();
    }

    std::optional<uint32_t> unclosed() {
        if (!find() || open_.back().indent < indent_) return {};
        return offset(open_.back().at);
    }

   private:
    struct Open {
        const char* at;               ///< the bracket
        std::ptrdiff_t indent;        ///< of its line
        std::ptrdiff_t inner = -1;    ///< of the first line inside
        const char* deeper = nullptr; ///< the first word inside that stands deeper than that
    };

    /// Goes to the first `}` that does not stand below the line with its `{`.
    bool find() {
        while (at_ < end_) {
            const char* line = at_;
            at_ = text_.data() + skip_blanks(text_, offset(at_));
            indent_ = at_ - line;
            if (at_ < end_ && *at_ == '}' && !open_.empty() && *open_.back().at == '{' && open_.back().indent != indent_) return true;
            if (at_ < end_ && is_word(*at_)) note_word();
            rest_of_line();
        }
        return false;
    }

    void note_word() {
        if (open_.empty()) return;
        Open& around = open_.back();
        if (around.inner < 0) around.inner = indent_;
        if (indent_ > around.inner && !around.deeper) around.deeper = at_;
    }

    void rest_of_line() {
        while (at_ < end_) {
            char c = *at_;
            if (c == '\n') return void(at_++);
            if (c == '"') {
                at_ = skip_string(at_, end_);
            } else if (c == '/' && grammar::skip_comment(at_, end_) != at_) {
                at_ = grammar::skip_comment(at_, end_);
            } else {
                if (c == '{' || c == '(' || c == '[') open_.push_back({at_, indent_});
                if ((c == '}' || c == ')' || c == ']') && !open_.empty()) open_.pop_back();
                at_++;
            }
        }
    }

    MisplacedBrace judged() const {
        const Open& closed = open_.back();
        if (!closed.deeper) return finding(at_, 1, closed, "this `}` closes a block that begins further left: is it one too many?");
        std::string_view word = word_at(text_, offset(closed.deeper));
        return finding(closed.deeper, word.size(), closed, fmt::format("`{}` stands deeper than what is before it: is a `{{` missing there?", word));
    }

    MisplacedBrace finding(const char* at, size_t length, const Open& closed, std::string message) const {
        return {offset(at), static_cast<uint32_t>(offset(at) + length), offset(closed.at), std::move(message)};
    }
    uint32_t offset(const char* at) const { return static_cast<uint32_t>(at - text_.data()); }

    std::string_view text_;
    const char* at_;
    const char* end_;
    std::ptrdiff_t indent_ = 0;
    std::vector<Open> open_;
};

}  // namespace

std::optional<MisplacedBrace> misplaced_brace(std::string_view text, uint32_t begin, uint32_t end) {
    return IndentationReader(text, begin, end).misplaced();
}

std::optional<uint32_t> unclosed_brace(std::string_view text, uint32_t begin, uint32_t end) {
    while (begin > 0 && text[begin - 1] != '\n') begin--;
    return IndentationReader(text, begin, end).unclosed();
}

}  // namespace zflow::syntax
