#include "server/connection.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace zflow::server {

namespace {

constexpr size_t longest_message = size_t{1} << 30;
constexpr size_t longest_line = size_t{64} << 10;   // of a header
constexpr size_t at_once = size_t{64} << 10;

bool same_letters(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// The number in `Content-Length: 12`; none in any other line.
std::optional<size_t> length_in(std::string_view line) {
    size_t colon = line.find(':');
    if (colon == line.npos || !same_letters(line.substr(0, colon), "content-length")) return std::nullopt;
    std::string_view number = line.substr(colon + 1);
    number.remove_prefix(std::min(number.find_first_not_of(" \t"), number.size()));
    number = number.substr(0, number.find_last_not_of(" \t") + 1);
    size_t length = 0;
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), length);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    return length;
}

}  // namespace

bool Connection::fill() {
    buffer_.erase(0, std::exchange(at_, 0));
    size_t used = buffer_.size();
    buffer_.resize(used + at_once);
    ssize_t n;
    do n = ::read(in_, buffer_.data() + used, at_once);
    while (n < 0 && errno == EINTR);
    buffer_.resize(used + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    return n > 0;
}

std::optional<std::string_view> Connection::line() {
    size_t end;
    while ((end = buffer_.find('\n', at_)) == buffer_.npos) {
        if (buffer_.size() - at_ > longest_line) at_ = buffer_.size();   // no header: it is passed over
        if (!fill()) return std::nullopt;
    }
    std::string_view line(buffer_.data() + at_, end - at_);
    at_ = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::optional<size_t> Connection::header() {
    std::optional<size_t> length;
    // lines that mean nothing are passed over, also those of a message whose length was wrong
    while (auto text = line()) {
        if (text->empty() && length) return length;
        if (auto found = length_in(*text)) length = found;
    }
    return std::nullopt;
}

std::optional<std::string> Connection::read() {
    std::optional<size_t> length = header();
    if (!length || *length > longest_message) return std::nullopt;
    while (buffer_.size() - at_ < *length)
        if (!fill()) return std::nullopt;
    std::string message = buffer_.substr(at_, *length);
    at_ += *length;
    return message;
}

bool Connection::waiting() const {
    if (buffer_.find("\r\n\r\n", at_) != buffer_.npos) return true;
    pollfd input{in_, POLLIN, 0};
    return ::poll(&input, 1, 0) > 0;
}

bool Connection::write(std::string_view message) {
    std::string text = "Content-Length: " + std::to_string(message.size()) + "\r\n\r\n";
    text += message;
    for (std::string_view left = text; !left.empty();) {
        ssize_t n = ::write(out_, left.data(), left.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        left.remove_prefix(static_cast<size_t>(n));
    }
    return true;
}

}  // namespace zflow::server
