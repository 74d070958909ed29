/// @file terminals.hpp
/// @brief The grammar's terminals that are made by hand: character classes from one table, whitespace, keywords.
///
/// They are ordinary PEGTL rules; a hand-made `match` reads them several times faster than the same thing composed.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tao/pegtl.hpp>
#include <tao/pegtl/contrib/analyze_traits.hpp>

#include "base/sixteen.hpp"

namespace zflow::grammar {

namespace p = tao::pegtl;

/// Character classes.
enum Class : uint16_t {
    blank = 1,
    head = 2,           // of a name
    tail = 4,           // of a name
    digit = 8,
    plain = 16,         // in a string on one line
    instance_char = 32,
    raw = 64,           // in a block string
    inline_blank = 128,
    blank_or_slash = 256,   // what blanks and comments begin with
};

inline constexpr auto classes = [] {
    std::array<uint16_t, 256> of{};
    auto add = [&of](unsigned c, unsigned more) { of[c] = static_cast<uint16_t>(of[c] | more); };
    for (char c : {' ', '\t', '\r', '\n'}) add(static_cast<unsigned char>(c), blank | blank_or_slash);
    add('/', blank_or_slash);
    for (char c : {' ', '\t', '\r'}) add(static_cast<unsigned char>(c), inline_blank);
    for (unsigned c = 'a'; c <= 'z'; c++) add(c, head | tail | instance_char);
    for (unsigned c = 'A'; c <= 'Z'; c++) add(c, head | tail);
    for (unsigned c = '0'; c <= '9'; c++) add(c, digit | tail | instance_char);
    add('_', head | tail);
    add('-', instance_char);
    for (unsigned c = 0; c < 256; c++) {
        if (c != '"' && c != '\\' && c != '$') add(c, raw);
        if (c != '"' && c != '\\' && c != '$' && c != '\n' && c != '\r') add(c, plain);
    }
    return of;
}();

inline bool is(char c, uint16_t set) { return classes[static_cast<unsigned char>(c)] & set; }

/// The first place from `at` on that is not of the class.
inline const char* skip(const char* at, const char* end, uint16_t set) {
#ifdef __SSE2__
    for (; set == plain && end - at >= 16; at += 16) {   // texts are long and mostly of letters
        Sixteen next(at);
        uint32_t other = next.equal('"') | next.equal('\\') | next.equal('$') | next.strange();
        if (!other) continue;
        at += std::countr_zero(other);
        break;
    }
#endif
    while (at < end && is(*at, set)) at++;
    return at;
}

/// The first place from `at` on that is not blank. Most blanks are indentation.
inline const char* skip_blank(const char* at, const char* end) {
    for (; at < end && is(*at, blank); at++) {
#ifdef __SSE2__
        while (end - at > 16) {
            uint32_t other = Sixteen(at + 1).equal(' ') ^ Sixteen::all;
            at += other ? std::countr_zero(other) : 16;
            if (other) break;
        }
#endif
    }
    return at;
}

/// After the `//` or `/* */` comment that starts at `at`; `at` itself when none does or it is never closed.
inline const char* skip_comment(const char* at, const char* end) {
    if (end - at < 2 || *at != '/') return at;
    auto left = static_cast<size_t>(end - at);
    if (at[1] == '/') {
        auto* line_end = static_cast<const char*>(std::memchr(at, '\n', left));
        return line_end ? line_end : end;
    }
    if (at[1] != '*') return at;
    size_t close = std::string_view(at, left).find("*/", 2);
    return close == std::string_view::npos ? at : at + close + 2;
}

/// After all blanks and comments.
inline const char* skip_blanks(const char* at, const char* end) {
    for (;;) {
        at = skip_blank(at, end);
        if (at == end || *at != '/') return at;
        const char* after = skip_comment(at, end);
        if (after == at) return at;
        at = after;
    }
}

/// Is this a `///` comment (but not `////`)?
inline bool doc_at(const char* at, const char* end) {
    return end - at >= 3 && at[0] == '/' && at[1] == '/' && at[2] == '/' && (end - at == 3 || at[3] != '/');
}

/// The end of the last of the consecutive `///` lines that start at `at`.
inline const char* doc_end(const char* at, const char* end) {
    for (;;) {
        const char* line_end = skip_comment(at, end);
        const char* next = line_end == end ? end : skip(line_end + 1, end, inline_blank);
        if (!doc_at(next, end)) return line_end > at && line_end[-1] == '\r' ? line_end - 1 : line_end;
        at = next;
    }
}

/// Base of hand-made rules.
template <typename Rule>
struct Terminal {
    using rule_t = Rule;
    using subs_t = p::empty_list;
};

/// One or more characters of a class.
template <uint16_t Set>
struct some : Terminal<some<Set>> {
    template <typename Input>
    static bool match(Input& in) {
        const char* to = skip(in.current(), in.end(), Set);
        if (to == in.current()) return false;
        in.bump(static_cast<size_t>(to - in.current()));
        return true;
    }
};

/// One character of a class.
template <uint16_t Set>
struct one_of : Terminal<one_of<Set>> {
    template <typename Input>
    static bool match(Input& in) {
        if (in.current() == in.end() || !is(*in.current(), Set)) return false;
        in.bump(1);
        return true;
    }
};

/// A name or keyword: `[A-Za-z_][A-Za-z0-9_]*`.
struct word : Terminal<word> {
    template <typename Input>
    static bool match(Input& in) {
        const char* at = in.current();
        if (at == in.end() || !is(*at, head)) return false;
        in.bump(static_cast<size_t>(skip(at + 1, in.end(), tail) - at));
        return true;
    }
};

/// Text as a template argument.
template <size_t N>
struct Text {
    char text[N];
    constexpr Text(const char (&from)[N]) { std::copy_n(from, N, text); }  // NOLINT: meant to convert
    static constexpr size_t size = N - 1;
};

/// Exactly this word, not the start of a longer one.
template <Text Word>
struct keyword : Terminal<keyword<Word>> {
    template <typename Input>
    static bool match(Input& in) {
        constexpr size_t size = Word.size;
        const char* at = in.current();
        auto left = static_cast<size_t>(in.end() - at);
        if (left < size || *at != Word.text[0] || std::memcmp(at, Word.text, size) != 0) return false;
        if (left > size && is(at[size], tail)) return false;
        in.bump(size);
        return true;
    }
};

/// After the blanks and comments that the input is at. An input may remember those that were skipped last.
template <typename Input>
const char* end_of_blanks(Input& in) {
    const char* at = in.current();
    if (at == in.end() || !is(*at, blank_or_slash)) return at;
    if (*at == ' ' && at + 1 < in.end() && !is(at[1], blank_or_slash)) return at + 1;   // as mostly within a line
    if constexpr (requires { in.blanks_begin; }) {
        if (in.blanks_begin != at) {
            in.blanks_begin = at;
            in.blanks_end = skip_blanks(at, in.end());
        }
        return in.blanks_end;
    } else {
        return skip_blanks(at, in.end());
    }
}

/// Blanks, newlines and comments; may be empty.
struct blanks : Terminal<blanks> {
    template <typename Input>
    static bool match(Input& in) {
        in.bump(static_cast<size_t>(end_of_blanks(in) - in.current()));
        return true;
    }
};

/// Matches nothing, where one of these characters stands after the blanks.
template <char... Chars>
struct after_blanks : Terminal<after_blanks<Chars...>> {
    template <typename Input>
    static bool match(Input& in) {
        const char* at = end_of_blanks(in);
        return at != in.end() && ((*at == Chars) || ...);
    }
};

/// Like `blanks`, but stops before `///` lines that document what follows: they start their line, and a name (with
/// `StageOnly` the word `stage`) stands directly after them.
template <bool StageOnly>
struct gap : Terminal<gap<StageOnly>> {
    template <typename Input>
    static bool match(Input& in) {
        const char* at = in.current();
        const char* end = in.end();
        for (;;) {
            at = skip_blank(at, end);
            if (at == end || *at != '/') break;
            if (doc_at(at, end) && starts_line(in.begin(), at)) {
                const char* last = doc_end(at, end);
                if (documents(last, end)) break;
                at = last;
                continue;
            }
            const char* after = skip_comment(at, end);
            if (after == at) break;
            at = after;
        }
        in.bump(static_cast<size_t>(at - in.current()));
        return true;
    }

   private:
    static bool starts_line(const char* begin, const char* at) {
        while (at > begin && is(at[-1], inline_blank)) at--;
        return at == begin || at[-1] == '\n' || at[-1] == '\xBF';  // the last byte of a byte order mark
    }
    static bool documents(const char* last, const char* end) {
        const char* at = skip(last, end, inline_blank);
        if (at == end) return false;
        at = skip(at + 1, end, inline_blank);
        if (at == end || !is(*at, head)) return false;
        return !StageOnly || (end - at > 5 && std::memcmp(at, "stage", 5) == 0 && !is(at[5], tail));
    }
};

/// The `///` lines that `gap` stopped at, without the last line's end.
struct doc_text : Terminal<doc_text> {
    template <typename Input>
    static bool match(Input& in) {
        const char* at = in.current();
        if (at == in.end() || *at != '/' || !doc_at(at, in.end())) return false;
        in.bump(static_cast<size_t>(doc_end(at, in.end()) - at));
        return true;
    }
};

/// Matches nothing, in the first column of a line.
struct first_column : Terminal<first_column> {
    template <typename Input>
    static bool match(Input& in) {
        return in.current() == in.begin() || in.current()[-1] == '\n';
    }
};

/// Matches nothing, where `type at expr` begins: a name, perhaps `<…>`, then the word `at` and the start of a value.
///
/// A cheap look at the characters only, so that `a < b` is not read twice as deep as it is nested.
struct located_ahead : Terminal<located_ahead> {
    template <typename Input>
    static bool match(Input& in) {
        const char* end = in.end();
        const char* at = skip(in.current(), end, tail);
        if (at == end) return false;
        if (*at != ' ' && *at != '<' && *at != '?' && *at != '\n' && *at != '\t') return false;
        if (*at == '<' && !(at = skip_arguments(at, end))) return false;
        while (at < end && *at == '?') at++;
        at = skip_blanks(at, end);
        if (end - at < 3 || at[0] != 'a' || at[1] != 't' || is(at[2], tail)) return false;
        at = skip_blanks(at + 2, end);
        return at < end && (is(*at, head) || *at == '"' || *at == '(');
    }

   private:
    static constexpr unsigned max_nested = 16;  // of `<`: bounds how often a character is looked at

    /// After the `>` that closes the `<` at `at`, if only what types are made of stands between; else null.
    static const char* skip_arguments(const char* at, const char* end) {
        unsigned angles = 0;
        bool after_word = false;
        while (at < end) {
            char c = *at;
            if (is(c, head)) {
                if (after_word) return nullptr;
                at = skip(at, end, tail);
                after_word = true;
            } else if (is(c, blank) || c == '/') {
                const char* after = skip_blanks(at, end);
                if (after == at) return nullptr;
                at = after;
            } else if (c == '"') {
                at = skip(at + 1, end, plain);
                if (at == end || *at != '"') return nullptr;
                at++;
            } else {
                if (c == '<' && ++angles > max_nested) return nullptr;
                if (c == '>' && --angles == 0) return at + 1;
                if (!std::strchr("<>.,|?:(){}", c)) return nullptr;
                after_word = false;
                at++;
            }
        }
        return nullptr;
    }
};

}  // namespace zflow::grammar

namespace tao::pegtl {

template <typename Name, uint16_t Set>
struct analyze_traits<Name, zflow::grammar::some<Set>> : analyze_any_traits<> {};
template <typename Name, uint16_t Set>
struct analyze_traits<Name, zflow::grammar::one_of<Set>> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, zflow::grammar::word> : analyze_any_traits<> {};
template <typename Name, zflow::grammar::Text Word>
struct analyze_traits<Name, zflow::grammar::keyword<Word>> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, zflow::grammar::blanks> : analyze_opt_traits<> {};
template <typename Name, char... Chars>
struct analyze_traits<Name, zflow::grammar::after_blanks<Chars...>> : analyze_opt_traits<> {};
template <typename Name, bool StageOnly>
struct analyze_traits<Name, zflow::grammar::gap<StageOnly>> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, zflow::grammar::doc_text> : analyze_any_traits<> {};
template <typename Name>
struct analyze_traits<Name, zflow::grammar::first_column> : analyze_opt_traits<> {};
template <typename Name>
struct analyze_traits<Name, zflow::grammar::located_ahead> : analyze_opt_traits<> {};

}  // namespace tao::pegtl
