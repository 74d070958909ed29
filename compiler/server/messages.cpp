#include "server/messages.hpp"

#include "diagnostics/utf8.hpp"

namespace zflow::server {

namespace {

/// The number of `\u12ab`; none when there is no such escape.
std::optional<uint32_t> escape_at(std::string_view text, size_t at) {
    constexpr size_t length = 6;
    if (text.size() - at < length || !text.substr(at).starts_with("\\u")) return std::nullopt;
    uint32_t value = 0;
    for (char c : text.substr(at + 2, length - 2)) {
        uint32_t digit = c >= '0' && c <= '9' ? static_cast<uint32_t>(c - '0') : static_cast<uint32_t>((c | 0x20) - 'a') + 10;
        if (digit > 15) return std::nullopt;
        value = value << 4 | digit;
    }
    return value;
}

bool is_first_half(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_second_half(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Appends what stands at `at`, mended, and returns its length.
size_t copy_mended(std::string_view text, size_t at, std::string& out) {
    constexpr size_t escape = 6;
    auto taken = [&](std::string_view what, size_t length) { return out += what, length; };
    if (auto unit = escape_at(text, at)) {
        std::optional<uint32_t> next = is_first_half(*unit) ? escape_at(text, at + escape) : std::nullopt;
        if (next && is_second_half(*next)) return taken(text.substr(at, 2 * escape), 2 * escape);
        bool half = is_first_half(*unit) || is_second_half(*unit);
        return taken(half ? replacement_text : text.substr(at, escape), escape);
    }
    if (text[at] == '\\' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0x80) return taken(text.substr(at, 2), 2);
    CodePoint c = decode(text, at);
    return taken(c.valid ? text.substr(at, c.size) : replacement_text, c.size);
}

std::string mended(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (size_t at = 0; at < text.size();) at += copy_mended(text, at, out);
    return out;
}

}  // namespace

std::optional<Json> read_message(std::string_view text) {
    Json message = Json::parse(text, nullptr, false);
    if (message.is_discarded()) message = Json::parse(mended(text), nullptr, false);
    return message.is_discarded() ? std::nullopt : std::optional(std::move(message));
}

std::string write_message(const Json& message) { return message.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json response(const Json& id, Json result) { return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}; }

Json error_response(const Json& id, ErrorCode code, std::string_view words) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", static_cast<int>(code)}, {"message", words}}}};
}

Json notification(std::string_view method, Json params) { return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}; }

}  // namespace zflow::server
