#include "server/uri.hpp"

#include <charconv>
#include <filesystem>

namespace zflow::server {

namespace {

constexpr std::string_view scheme = "file://";

bool stays(char c) {
    bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return word || std::string_view("-._~/").find(c) != std::string_view::npos;
}

}  // namespace

std::string path_of(std::string_view uri) {
    if (!uri.starts_with(scheme)) return "";
    uri.remove_prefix(scheme.size());
    uri.remove_prefix(std::min(uri.find('/'), uri.size()));   // the host is this one
    std::string path;
    for (size_t at = 0; at < uri.size(); at++) {
        unsigned value = 0;
        std::string_view digits = uri.substr(at + 1, 2);
        const char* end = digits.data() + digits.size();
        bool escaped = uri[at] == '%' && digits.size() == 2 && std::from_chars(digits.data(), end, value, 16).ptr == end;
        path += escaped ? static_cast<char>(value) : uri[at];
        if (escaped) at += 2;
    }
    return std::filesystem::path(path).lexically_normal().string();
}

std::string uri_of(std::string_view path) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string uri(scheme);
    for (char c : path) {
        auto byte = static_cast<unsigned char>(c);
        if (stays(c)) uri += c;
        else ((uri += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return uri;
}

}  // namespace zflow::server
