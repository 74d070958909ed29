#include "schema/expression.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

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

}  // namespace

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

bool Expression::matches(std::string_view text) const {
    if (!compiled_) return true;
    const auto* start = reinterpret_cast<PCRE2_SPTR>(text.data());
    int result = pcre2_match(compiled_->code.get(), start, text.size(), 0, 0, compiled_->data.get(), compiled_->context.get());
    bool undecided = result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT;
    return result >= 0 || undecided;
}

}  // namespace zflow::schema
