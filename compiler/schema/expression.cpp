#include "schema/expression.hpp"

#include "schema/pattern.hpp"
#include "schema/plain_expression.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>

namespace zflow::schema {

namespace {

constexpr uint32_t match_limit = 200'000;
constexpr uint32_t depth_limit = 20'000;

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

/// Errors that no dialect forgives.
constexpr std::array certain_errors = {PCRE2_ERROR_END_BACKSLASH, PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER, PCRE2_ERROR_MISSING_SQUARE_BRACKET,
                                       PCRE2_ERROR_CLASS_RANGE_ORDER, PCRE2_ERROR_QUANTIFIER_INVALID, PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS,
                                       PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS};

}  // namespace

std::string pattern_mistake(std::string_view expression) {
    if (plain_groups(expression)) return {};
    int error = 0;
    PCRE2_SIZE place = 0;
    // to be searched for in a text, as programs of others do
    Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), PCRE2_UTF, &error, &place, nullptr));
    bool certain = !code && std::find(certain_errors.begin(), certain_errors.end(), error) != certain_errors.end();
    return certain ? error_text(error) : "";
}

std::optional<uint32_t> pattern_groups(std::string_view expression) {
    if (auto count = plain_groups(expression)) return count;
    return Expression(expression).groups();
}

struct Expression::Compiled {
    Code code;
    MatchData data;
    MatchContext context;
};

Expression::Expression(std::string_view source, std::string* error) {
    constexpr uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_DOLLAR_ENDONLY;
    int result = 0;
    PCRE2_SIZE place = 0;
    const auto* text = reinterpret_cast<PCRE2_SPTR>(source.data());
    Code code(pcre2_compile(text, source.size(), options, &result, &place, nullptr));
    if (!code) {
        if (error) *error = error_text(result);
        return;
    }
    MatchData data(pcre2_match_data_create_from_pattern(code.get(), nullptr));
    MatchContext context(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(context.get(), match_limit);
    pcre2_set_depth_limit(context.get(), depth_limit);
    compiled_ = std::make_unique<Compiled>(Compiled{std::move(code), std::move(data), std::move(context)});
}

Expression::~Expression() = default;
Expression::Expression(Expression&&) noexcept = default;

bool Expression::compiles() const { return compiled_ != nullptr; }

std::optional<uint32_t> Expression::groups() const {
    uint32_t count = 0;
    if (!compiled_ || pcre2_pattern_info(compiled_->code.get(), PCRE2_INFO_CAPTURECOUNT, &count) != 0) return {};
    return count;
}

bool Expression::matches(std::string_view text) const {
    if (!compiled_) return true;
    const auto* start = reinterpret_cast<PCRE2_SPTR>(text.data());
    int result = pcre2_match(compiled_->code.get(), start, text.size(), 0, 0, compiled_->data.get(), compiled_->context.get());
    bool undecided = result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT;
    return result >= 0 || undecided;
}

}  // namespace zflow::schema
