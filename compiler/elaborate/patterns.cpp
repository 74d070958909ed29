#include "elaborate/patterns.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "elaborate/pattern_texts.hpp"
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

bool is_timestamp(std::string_view text) {
    auto two = [&](size_t at, int most) {
        if (at + 2 > text.size() || text[at] < '0' || text[at] > '9' || text[at + 1] < '0' || text[at + 1] > '9') return false;
        return (text[at] - '0') * 10 + (text[at + 1] - '0') <= most;
    };
    constexpr size_t whole = std::string_view("2026-01-31T06:00:00").size();
    if (text.size() <= whole || !is_date(text.substr(0, 10)) || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
    if (!two(11, 23) || !two(14, 59) || !two(17, 59)) return false;
    text.remove_prefix(whole);
    if (text[0] == '.') {
        size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
        if (end == 1) return false;
        text.remove_prefix(end);
    }
    if (text == "Z") return true;
    return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' && two(1, 23) && two(4, 59);
}

bool is_image(std::string_view text) {
    // SageMaker API reference, AlgorithmSpecification: registry/repository[:tag] or registry/repository[@digest]; the name of
    // an algorithm alone, "xgboost", is none
    return text.find_first_of("/:@") != std::string_view::npos && text.size() <= 255 && !text.starts_with("s3://") && text.find("://") == std::string_view::npos &&
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

std::optional<ImageMistake> image_mistake(std::string_view text) {
    ImageParts parts = split_image(text);
    if (parts.region.empty()) return {};
    std::string_view version = text.substr(static_cast<size_t>(parts.repository.data() + parts.repository.size() - text.data()));
    std::string_view tag = version.substr(0, version.find('@')), digest = version.substr(tag.size());
    if (!matches(account, parts.account)) return ImageMistake{parts.account, account, "account"};
    if (!matches(word, parts.region)) return ImageMistake{parts.region, word, "region"};
    if (!matches(repository, parts.repository)) return ImageMistake{parts.repository, repository, "repository"};
    if (!tag.empty() && !matches(image_tag, tag.substr(1))) return ImageMistake{tag.substr(1), image_tag, "tag"};
    if (!digest.empty() && !matches(image_digest, digest.substr(1))) return ImageMistake{digest.substr(1), image_digest, "digest"};
    return {};
}

std::optional<LocationParts> split_location(std::string_view text) {
    constexpr std::string_view scheme = "s3://";
    if (!text.starts_with(scheme)) return {};
    text.remove_prefix(scheme.size());
    size_t slash = text.find('/');
    return LocationParts{text.substr(0, slash), slash == std::string_view::npos ? "" : text.substr(slash + 1)};
}

bool is_arn_part(std::string_view text) {
    auto fits = [](char c) { return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == ':' || c == '/'; };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

std::string_view service_of_arn(std::string_view pattern) {
    size_t partition = pattern.find(':'), service = partition == std::string_view::npos ? partition : pattern.find(':', partition + 1);
    if (service == std::string_view::npos) return {};
    std::string_view name = pattern.substr(service + 1, pattern.find(':', service + 1) - service - 1);
    return name.find('[') == std::string_view::npos ? name : std::string_view();
}

size_t code_points(std::string_view utf8) {
    size_t count = utf8.size(), at = 0;
    auto continuing = [](uint64_t bytes) { return bytes & ~(bytes << 1) & 0x8080808080808080u; };   // 10xxxxxx: no points of their own
    for (; at + 8 <= utf8.size(); at += 8) {
        uint64_t bytes;
        std::memcpy(&bytes, utf8.data() + at, 8);
        if (uint64_t less = continuing(bytes)) [[unlikely]] count -= static_cast<size_t>(std::popcount(less));
    }
    for (; at < utf8.size(); at++) count -= (static_cast<unsigned char>(utf8[at]) & 0xC0) == 0x80;
    return count;
}

}  // namespace zflow::elaborate::patterns
