/// @file json_writer.hpp
/// @brief JSON straight into a Buffer: no tree in between, one look at every byte.
#pragma once

#include <string_view>
#include <vector>

#include "base/buffer.hpp"

namespace zflow::lower {

/// Writes one JSON value. Constant text never holds `${` afterwards, so that substitutions leave it alone.
class JsonWriter {
   public:
    /// `pretty`: two blanks per level, short values on one line; otherwise no blanks, and lines only where break_line()
    /// asks for them. Every line after the first starts with `indent` more blanks.
    JsonWriter(Buffer& out, bool pretty, size_t indent)
        : out_(out), indent_(indent), line_(out.size()), pretty_(pretty) {}

    bool compact() const { return !pretty_; }
    size_t size() const { return out_.size(); }
    void begin_object(bool one_line = true) { begin('{', one_line); }
    void end_object() { end('}'); }
    void begin_array() { begin('[', true); }
    void end_array() { end(']'); }
    void key(std::string_view plain);        ///< a key that needs no escapes
    void key_text(std::string_view text);    ///< any key
    void begin_key() { member(), out_.put('"'); }   ///< a key in pieces
    void end_key();
    void break_line() { broken_ = true; }    ///< the next member starts a line also in the compact form

    void text(std::string_view text);        ///< a whole string
    void plain_text(std::string_view text);  ///< one that needs no escapes
    static bool is_plain(std::string_view text);   ///< whether it needs none
    void integer(int64_t number);
    void decimal(double number);
    void raw(std::string_view scalar);       ///< a scalar as it is: `true`, `1e3`, `${Count}`

    /// Writes what stands between the value before and the next one, whose text begins here then.
    void separate() { value(), after_key_ = true; }
    /// Repeats a piece of what was written before, once more as a piece of a value. `open`: a value within that comes next.
    void again(size_t from, size_t to, bool open);

    // a string in pieces
    void begin_text();
    void end_text() { out_.put('"'); }
    void text_part(std::string_view text);     ///< constant text
    void literal_part(std::string_view text);  ///< constant text inside a JSONata literal in single quotes
    void code(std::string_view safe) { out_.put(safe); }   ///< text that needs no escapes
    void code(char safe) { out_.put(safe); }
    void number(int64_t number) { out_.number(number); }
    void number(double number);

    void begin_expression() { begin_text(), out_.put("{% "); }
    void end_expression() { out_.put(" %}\""); }

   private:
    struct Level {
        size_t start;        ///< where its bracket stands
        size_t line;         ///< where that line starts
        uint8_t depth = 0;   ///< containers inside that stand on this line
        bool one_line;       ///< may still become one line
        bool any = false;
    };
    void begin(char bracket, bool one_line);
    void end(char bracket);
    void member();           ///< before an element or a key
    void value();            ///< before any value
    void new_line(size_t depth);
    bool join_lines(const Level& level);

    Buffer& out_;
    std::vector<Level> levels_;
    size_t indent_;
    size_t line_;
    bool pretty_;
    bool after_key_ = false;
    bool broken_ = false;
};

}  // namespace zflow::lower
