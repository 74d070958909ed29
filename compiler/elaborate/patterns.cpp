#include "elaborate/patterns.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>

#include "syntax/literals.hpp"

namespace zflow::elaborate::patterns {

namespace {

bool lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_bucket(std::string_view text) {
    if (text.size() < 3 || text.size() > 63 || !lower_or_digit(text.front()) || !lower_or_digit(text.back())) return false;
    return std::all_of(text.begin(), text.end(), [](char c) { return lower_or_digit(c) || c == '.' || c == '-'; }) &&
           text.find("..") == std::string_view::npos;
}

bool is_instance(std::string_view text) {
    if (!text.starts_with("ml.")) return false;
    text.remove_prefix(3);
    size_t dot = text.find('.');
    auto word = [](std::string_view w) {
        return !w.empty() && std::all_of(w.begin(), w.end(), [](char c) { return lower_or_digit(c) || c == '-'; });
    };
    return dot != std::string_view::npos && word(text.substr(0, dot)) && word(text.substr(dot + 1));
}

bool is_date(std::string_view text) {
    if (text.size() != 10) return false;
    for (size_t i = 0; i < text.size(); i++)
        if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
    return syntax::valid_date(text);
}

bool is_image(std::string_view text) {
    return !text.empty() && text.size() <= 255 && !text.starts_with("s3://") && text.find("://") == std::string_view::npos &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; });
}

ImageParts split_image(std::string_view text) {
    // <account>.dkr.ecr.<region>.amazonaws.com[.cn]/<repository>[:tag][@digest]
    size_t slash = text.find('/');
    if (slash == std::string_view::npos) return {};
    std::string_view host = text.substr(0, slash);
    std::string_view rest = text.substr(slash + 1);
    constexpr std::string_view middle = ".dkr.ecr.";
    size_t at = host.find(middle);
    if (at == std::string_view::npos) return {};
    std::string_view region = host.substr(at + middle.size());
    region = region.substr(0, region.find('.'));
    return {host.substr(0, at), region, rest.substr(0, rest.find_first_of(":@"))};
}

std::optional<LocationParts> split_location(std::string_view text) {
    constexpr std::string_view scheme = "s3://";
    if (!text.starts_with(scheme)) return {};
    text.remove_prefix(scheme.size());
    size_t slash = text.find('/');
    return LocationParts{text.substr(0, slash), slash == std::string_view::npos ? "" : text.substr(slash + 1)};
}

size_t code_points(std::string_view utf8) {
    size_t count = utf8.size();
    for (size_t at = 0; at < utf8.size(); at += 8) {   // less the bytes 10xxxxxx, which continue one
        uint64_t bytes = 0;
        std::memcpy(&bytes, utf8.data() + at, std::min<size_t>(8, utf8.size() - at));
        count -= static_cast<size_t>(std::popcount(bytes & ~(bytes << 1) & 0x8080808080808080u));
    }
    return count;
}

namespace {

/// A compiled expression; null with `message` when it does not compile.
struct Compiled {
    pcre2_code* code = nullptr;
    std::string message;
    explicit Compiled(std::string_view pattern) {
        int error = 0;
        PCRE2_SIZE offset = 0;
        code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                             PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &error, &offset, nullptr);
        if (code) return;
        PCRE2_UCHAR text[160];
        pcre2_get_error_message(error, text, sizeof text);
        message = reinterpret_cast<const char*>(text);
    }
    ~Compiled() { pcre2_code_free(code); }
    Compiled(const Compiled&) = delete;
    Compiled& operator=(const Compiled&) = delete;
};

/// The same few patterns are asked for again and again.
const Compiled& compiled(std::string_view pattern) {
    constexpr size_t most = 256;
    thread_local std::map<std::string, Compiled, std::less<>> known;
    auto at = known.find(pattern);
    if (at != known.end()) return at->second;
    if (known.size() >= most) known.clear();
    return known.try_emplace(std::string(pattern), pattern).first->second;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
    const pcre2_code* code = compiled(pattern).code;
    if (!code) return false;
    pcre2_match_data* data = pcre2_match_data_create_from_pattern(code, nullptr);
    pcre2_match_context* limits = pcre2_match_context_create(nullptr);
    pcre2_set_match_limit(limits, 100'000);   // a pattern that backtracks for ever must not hang the compiler
    int found = pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, 0, data, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(data);
    return found >= 0;
}

std::string_view pattern_error(std::string_view pattern) {
    return compiled(pattern).message;
}

}  // namespace zflow::elaborate::patterns
