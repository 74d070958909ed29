#include "server/lines.hpp"

#include <algorithm>

namespace zflow::server {

namespace {

constexpr size_t stretch = 4096;   // bytes

}  // namespace

Lines::Lines(std::string_view text, Encoding encoding, bool hidden_mark) : text_(text), encoding_(encoding) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    begins_.push_back(hidden_mark && text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
    for (size_t i = 0; i < text.size(); i++)
        if (text[i] == '\n' || (text[i] == '\r' && !text.substr(i + 1).starts_with('\n'))) begins_.push_back(i + 1);
    stretches_.push_back(0);
    for (size_t at = 0; text.size() - at >= stretch; at += stretch)
        stretches_.push_back(stretches_.back() + units_between(at, at + stretch));
}

/// A character counts where it begins.
uint32_t Lines::units(char byte) const {
    auto b = static_cast<unsigned char>(byte);
    if (encoding_ == Encoding::Utf8) return 1;
    bool continues = (b & 0xC0) == 0x80, pair = b >= 0xF0;
    return continues ? 0 : pair ? 2 : 1;
}

uint32_t Lines::units_between(size_t from, size_t to) const {
    uint32_t sum = 0;
    for (size_t i = from; i < to; i++) sum += units(text_[i]);
    return sum;
}

uint32_t Lines::units_before(size_t offset) const {
    size_t known = offset / stretch;
    return stretches_[known] + units_between(known * stretch, offset);
}

Position Lines::position(size_t offset) const {
    offset = std::clamp(offset, begins_.front(), std::max(begins_.front(), text_.size()));
    auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
    size_t begin = *(after - 1);
    return {static_cast<uint32_t>(after - begins_.begin() - 1), units_before(offset) - units_before(begin)};
}

size_t Lines::begin_of(uint32_t line) const { return line < begins_.size() ? begins_[line] : text_.size(); }

std::string_view Lines::line(uint32_t line) const {
    std::string_view whole = text_.substr(begin_of(line), begin_of(line + 1) - begin_of(line));
    while (whole.ends_with('\n') || whole.ends_with('\r')) whole.remove_suffix(1);
    return whole;
}

size_t Lines::offset(Position position) const {
    std::string_view whole = line(position.line);
    size_t at = 0;
    for (uint32_t left = position.character; at < whole.size();) {
        uint32_t here = units(whole[at]);
        if (here > left) break;
        left -= here;
        at++;
    }
    return begin_of(position.line) + at;
}

}  // namespace zflow::server
