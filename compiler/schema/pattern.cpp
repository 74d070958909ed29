/// @file pattern.cpp
/// @brief Checks text against the regular expressions of the service models.

#include "schema/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace zflow::schema {

namespace {

constexpr uint32_t match_limit = 200'000;
constexpr uint32_t depth_limit = 20'000;
constexpr size_t remembered_answers = 8192;

template <auto Free>
struct Freer {
    template <typename T>
    void operator()(T* pointer) const { Free(pointer); }
};
using Code = std::unique_ptr<pcre2_code, Freer<pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<pcre2_match_context_free>>;

std::string error_text(int code) {
    std::array<PCRE2_UCHAR, 256> buffer{};
    pcre2_get_error_message(code, buffer.data(), buffer.size());
    return reinterpret_cast<const char*>(buffer.data());
}

// ---- the services write Java expressions; some spellings differ in PCRE2

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

Code compile(std::string_view pattern, std::string* error) {
    constexpr uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_DOLLAR_ENDONLY;
    const std::string source = Translation(pattern).run();
    int code = 0;
    PCRE2_SIZE place = 0;
    const auto* text = reinterpret_cast<PCRE2_SPTR>(source.data());
    Code compiled(pcre2_compile(text, source.size(), options, &code, &place, nullptr));
    if (!compiled && error != nullptr) *error = error_text(code) + " at " + std::to_string(place);
    return compiled;
}

struct Expression {
    Code code;
    MatchData data;
};

struct Question {
    uint32_t shape;
    std::string text;
};

struct QuestionView {
    uint32_t shape;
    std::string_view text;
};

struct QuestionHash {
    using is_transparent = void;
    size_t operator()(QuestionView q) const {
        return std::hash<std::string_view>()(q.text) * 31U + q.shape;
    }
    size_t operator()(const Question& q) const { return (*this)(QuestionView{q.shape, q.text}); }
};

struct QuestionEqual {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
        return a.shape == b.shape && std::string_view(a.text) == std::string_view(b.text);
    }
};

class Matcher {
   public:
    Matcher() : context_(pcre2_match_context_create(nullptr)) {
        pcre2_set_match_limit(context_.get(), match_limit);
        pcre2_set_depth_limit(context_.get(), depth_limit);
    }

    bool matches(Shape shape, std::string_view text) {
        const auto known = answers_.find(QuestionView{shape.id(), text});
        if (known != answers_.end()) return known->second;
        const bool answer = run(expression_of(shape), text);
        if (answers_.size() >= remembered_answers) answers_.clear();
        answers_.emplace(Question{shape.id(), std::string(text)}, answer);
        return answer;
    }

   private:
    const Expression& expression_of(Shape shape) {
        // Equal patterns share their place in the packed text.
        const auto [place, added] = expressions_.try_emplace(shape.pattern().data());
        if (added) {
            place->second.code = compile(shape.pattern(), nullptr);
            if (place->second.code) {
                place->second.data.reset(pcre2_match_data_create_from_pattern(place->second.code.get(), nullptr));
            }
        }
        return place->second;
    }

    bool run(const Expression& expression, std::string_view text) const {
        if (!expression.code) return true;
        const auto* start = reinterpret_cast<PCRE2_SPTR>(text.data());
        const int result = pcre2_match(expression.code.get(), start, text.size(), 0, 0, expression.data.get(),
                                       context_.get());
        const bool undecided = result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT;
        return result >= 0 || undecided;
    }

    MatchContext context_;
    std::unordered_map<const char*, Expression> expressions_;
    std::unordered_map<Question, bool, QuestionHash, QuestionEqual> answers_;
};

}  // namespace

bool matches(Shape shape, std::string_view text) {
    std::string_view pattern = shape.pattern();
    if (pattern.empty()) return true;
    bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
    if (printable && (pattern == ".*" || pattern == R"([\s\S]*)" || pattern == R"([\S\s]*)")) return true;   // the most common ones
    thread_local Matcher matcher;
    return matcher.matches(shape, text);
}

bool pattern_compiles(std::string_view pattern, std::string* error) { return compile(pattern, error) != nullptr; }

}  // namespace zflow::schema
