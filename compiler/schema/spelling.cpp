#include "schema/spelling.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace zflow::schema {

namespace {

/// The code unit of an escape `\uXXXX` at `at`.
std::optional<uint32_t> unit_at(std::string_view pattern, size_t at) {
    if (at + 6 > pattern.size() || pattern[at] != '\\' || pattern[at + 1] != 'u') return std::nullopt;
    uint32_t value = 0;
    for (const char digit : pattern.substr(at + 2, 4)) {
        value *= 16;
        if (digit >= '0' && digit <= '9') value += static_cast<uint32_t>(digit - '0');
        else if (digit >= 'a' && digit <= 'f') value += static_cast<uint32_t>(digit - 'a' + 10);
        else if (digit >= 'A' && digit <= 'F') value += static_cast<uint32_t>(digit - 'A' + 10);
        else return std::nullopt;
    }
    return value;
}

/// A spelling that is replaced inside or outside of brackets.
struct Spelling {
    enum class Where : uint8_t { InBrackets, OutsideBrackets } where;
    std::string_view java;
    std::string_view pcre;
};

constexpr std::array<Spelling, 8> spellings = {{
    // A slip that several models share; the whole of the supplementary planes is meant.
    {Spelling::Where::InBrackets, R"(\uD800\uDBFF-\uDC00\uDFFF)", R"(\x{10000}-\x{10ffff})"},
    {Spelling::Where::InBrackets, R"(\p{Alnum})", "a-zA-Z0-9"},
    {Spelling::Where::OutsideBrackets, R"(\p{Alnum})", "[a-zA-Z0-9]"},
    {Spelling::Where::InBrackets, R"(\p{ASCII})", R"(\x00-\x7f)"},
    {Spelling::Where::OutsideBrackets, R"(\p{ASCII})", R"([\x00-\x7f])"},
    {Spelling::Where::InBrackets, R"(\p{Print})", R"(\x20-\x7e)"},
    {Spelling::Where::OutsideBrackets, R"(\p{Print})", R"([\x20-\x7e])"},
    {Spelling::Where::OutsideBrackets, "${", "(?:$){"},
}};

/// Rewrites one Java expression from left to right.
class Translation {
   public:
    explicit Translation(std::string_view pattern) : pattern_(pattern) {}

    std::string run() {
        while (at_ < pattern_.size()) {
            if (!spelling() && !code_unit()) copy();
        }
        return std::move(out_);
    }

   private:
    bool spelling() {
        const auto wrong_place = in_brackets_ ? Spelling::Where::OutsideBrackets : Spelling::Where::InBrackets;
        for (const Spelling& candidate : spellings) {
            if (candidate.where == wrong_place || !pattern_.substr(at_).starts_with(candidate.java)) continue;
            out_ += candidate.pcre;
            at_ += candidate.java.size();
            return true;
        }
        return false;
    }

    /// `\uXXXX`, or a pair of them for a surrogate pair, becomes `\x{...}`.
    bool code_unit() {
        const auto unit = unit_at(pattern_, at_);
        if (!unit) return false;
        at_ += 6;
        const auto low = unit_at(pattern_, at_);
        if (*unit >= 0xD800 && *unit < 0xDC00 && low && *low >= 0xDC00 && *low < 0xE000) {
            append_code_point(0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
            at_ += 6;
        } else {
            append_code_point(*unit);
        }
        return true;
    }

    void copy() {
        const bool escape = pattern_[at_] == '\\' && at_ + 1 < pattern_.size();
        if (pattern_[at_] == '[') in_brackets_ = true;
        if (pattern_[at_] == ']') in_brackets_ = false;
        out_ += pattern_.substr(at_, escape ? 2 : 1);
        at_ += escape ? 2 : 1;
    }

    void append_code_point(uint32_t code_point) {
        static constexpr std::string_view digits = "0123456789abcdef";
        out_ += "\\x{";
        for (int shift = 20; shift >= 0; shift -= 4) out_ += digits[(code_point >> shift) & 15];
        out_ += '}';
    }

    std::string_view pattern_;
    std::string out_;
    size_t at_ = 0;
    bool in_brackets_ = false;
};

}  // namespace

std::string in_pcre_spelling(std::string_view java) { return Translation(java).run(); }

}  // namespace zflow::schema
