/// @file json_text.hpp
/// @brief Writing JSON text: always valid, whatever bytes it is given.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/utf8.hpp"

namespace zflow {

/// Appends `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
inline void append_json_string(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (size_t at = 0; at < text.size();) {
        CodePoint c = decode(text, at);
        if (!c.valid) out += replacement_text;
        else if (c.value == '"' || c.value == '\\') (out += '\\') += static_cast<char>(c.value);
        else if (c.value == '\n') out += "\\n";
        else if (c.value == '\r') out += "\\r";
        else if (c.value == '\t') out += "\\t";
        else if (c.value < 0x20 || c.value == 0x7F) ((out += "\\u00") += digits[c.value >> 4]) += digits[c.value & 15];
        else out += text.substr(at, c.size);
        at += c.size;
    }
    out += '"';
}

/// Writes one JSON value, indented by two; objects and lists opened `flat` stay on one line.
class JsonWriter {
   public:
    JsonWriter& open(char bracket, bool flat = false) {
        begin_value();
        out_ += bracket;
        levels_.push_back({flat || (!levels_.empty() && levels_.back().flat), true});
        return *this;
    }
    JsonWriter& close(char bracket) {
        Level level = levels_.back();
        levels_.pop_back();
        if (!level.empty && !level.flat) new_line();
        out_ += bracket;
        return *this;
    }
    JsonWriter& key(std::string_view name) {
        begin_value();
        append_json_string(out_, name);
        out_ += ": ";
        after_key_ = true;
        return *this;
    }
    JsonWriter& text(std::string_view value) {
        begin_value();
        append_json_string(out_, value);
        return *this;
    }
    JsonWriter& number(uint64_t value) { return raw(std::to_string(value)); }
    JsonWriter& null() { return raw("null"); }
    /// A scalar that is JSON already: `true`, `-1`, `1e3`.
    JsonWriter& raw(std::string_view value) {
        begin_value();
        out_ += value;
        return *this;
    }
    /// The text written so far, with a line end.
    std::string take() { return std::move(out_ += '\n'); }

   private:
    struct Level {
        bool flat;
        bool empty;
    };

    void begin_value() {
        if (after_key_ || levels_.empty()) {
            after_key_ = false;
            return;
        }
        Level& level = levels_.back();
        if (!level.empty) out_ += level.flat ? ", " : ",";
        level.empty = false;
        if (!level.flat) new_line();
    }
    void new_line() { (out_ += '\n').append(levels_.size() * 2, ' '); }

    std::string out_;
    std::vector<Level> levels_;
    bool after_key_ = false;
};

}  // namespace zflow
