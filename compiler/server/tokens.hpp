/// @file tokens.hpp
/// @brief The words and signs of a text that may be half written: what stands before a cursor, and in which brackets.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace zflow::server {

struct Token {
    enum class Kind : uint8_t {
        Word,
        Text,      ///< a string with its quotes, or a piece of one up to `${` or from `}`
        Sign,      ///< one character; a number is a word
        Comment,
    };
    Kind kind;
    uint32_t begin, end;
};

class Tokens {
   public:
    explicit Tokens(std::string_view text);

    size_t size() const { return all_.size(); }
    const Token& operator[](size_t i) const { return all_[i]; }
    /// Nothing of one that is not there.
    std::string_view text(size_t i) const {
        return i < all_.size() ? text_.substr(all_[i].begin, all_[i].end - all_[i].begin) : std::string_view();
    }
    bool is(size_t i, std::string_view what) const { return text(i) == what; }
    bool is_word(size_t i) const { return i < all_.size() && all_[i].kind == Token::Kind::Word; }
    bool is_text(size_t i) const { return i < all_.size() && all_[i].kind == Token::Kind::Text; }
    /// How many end at or before an offset.
    size_t before(size_t offset) const;
    /// The comment or text that an offset lies in, behind its first character and not behind its last; null for code.
    const Token* inside(size_t offset) const;
    /// The word that an offset lies in or touches; size() when there is none.
    size_t word_at(size_t offset) const;
    /// Whether a declaration of the file begins with it.
    bool begins_declaration(size_t i) const;
    /// Whether a line ends between it and the one before.
    bool on_new_line(size_t i) const;
    /// The innermost bracket that is open behind the first `count` tokens, and the one that a bracket stands in; SIZE_MAX: none.
    size_t open_behind(size_t count) const { return count ? open_[count - 1] : SIZE_MAX; }
    size_t outer(size_t bracket) const { return outer_[bracket]; }
    std::string_view source() const { return text_; }

   private:

    void find_brackets();

    std::string_view text_;
    std::vector<Token> all_;         ///< without comments
    std::vector<size_t> open_;       ///< behind each token: the bracket that is open; SIZE_MAX: none
    std::vector<size_t> outer_;      ///< of each bracket: the one that it stands in
    std::vector<Token> comments_;
};

/// The brackets around a place, from the outermost on: their tokens.
std::vector<size_t> brackets_before(const Tokens& tokens, size_t count);

/// The bracket that closes the one at `open`, or the end.
size_t closing(const Tokens& tokens, size_t open);

}  // namespace zflow::server
