#include "base/plain_run.hpp"
#include "lower/values.hpp"

namespace zflow::lower {

using ir::Op;
using ir::Time;
using ir::ValueId;

namespace {

/// A line end for JavaScript, which has more of them.
bool has_line_end(std::string_view text) {
    for (size_t at = plain_run<>(text); at < text.size(); at++) {
        char c = text[at];
        if (c == '\n' || c == '\r') return true;
        if (c == '\xe2' && at + 2 < text.size() && text[at + 1] == '\x80' && (text[at + 2] == '\xa8' || text[at + 2] == '\xa9')) return true;
    }
    return false;
}

}  // namespace

/// Joins texts with `&`; neighbouring constants and deploy-time texts share one literal.
class TextWriter {
   public:
    explicit TextWriter(ValueWriter& values) : v_(values) {}

    void constant(std::string_view text) {
        if (text.empty()) return;
        open();
        v_.json_.literal_part(text);
    }
    void add(ValueId id) {
        const ir::Value& value = v_.context_.values[id];
        if (value.op == Op::Concat) {
            for (ValueId part : v_.context_.values.links(id)) add(part);
        } else if (v_.located(value)) {
            v_.location(id, [&](std::string_view before, ValueId part) { constant(before), add(part); });
        } else if (Substitutions::is_leaf(value.op) && v_.substitutions_.carrier(value) <= Carrier::Bare) {
            open();
            v_.plain_parts(id);
        } else if (value.op == Op::Secret) {
            constant(v_.context_.stack.secrets[value.a].name);
        } else if (value.time == Time::Const) {
            char digits[24];
            constant(constant_text(value, digits));
        } else {
            close();
            if (any_) v_.code(" & ");
            any_ = true;
            v_.expression(id, AddBinding + 1);
        }
    }
    void finish() {
        if (!any_) open();
        close();
    }

   private:
    void open() {
        if (open_) return;
        v_.code(any_ ? " & '" : "'");
        open_ = any_ = true;
    }
    void close() {
        if (open_) v_.code("'");
        open_ = false;
    }

    ValueWriter& v_;
    bool open_ = false;
    bool any_ = false;
};

void ValueWriter::text(ValueId id) {
    const ir::Value& v = context_.values[id];
    if (verbatim && v.op == Op::String) return json_.text(v.text());
    if (v.op == Op::String && !v.text().empty() && v.text()[0] != '{' && JsonWriter::is_plain(v.text())) return json_.plain_text(v.text());
    if (v.time == Time::Run) return whole_expression(id);
    char two[2] = {0, 0};
    size_t have = lead(id, two, 0);
    bool looks_like_expression = !verbatim && have == 2 && two[0] == '{' && two[1] == '%';
    // validators take an empty string and one of several lines for mistakes; an expression that makes it is none
    if (have == 0 || looks_like_expression || !plain(id)) return whole_expression(id);
    if (v.op == Op::String) return json_.text(v.text());
    json_.begin_text();
    plain_parts(id);
    json_.end_text();
}

/// Whether a text can be a plain string: nothing to compute at run time, and one line.
bool ValueWriter::plain(ValueId id) const {
    const ir::Value& v = context_.values[id];
    if (v.time == Time::Run) return false;
    if (v.op == Op::String) return !has_line_end(v.text());
    if (Substitutions::is_leaf(v.op)) return substitutions_.carrier(v) <= Carrier::Bare;
    bool all = true;
    if (v.op == Op::Concat) {
        for (ValueId part : context_.values.links(id)) all = all && plain(part);
        return all;
    }
    if (!located(v)) return v.op == Op::Secret || v.time == Time::Const;
    location(id, [&](std::string_view, ValueId part) { all = all && plain(part); });
    return all;
}

void ValueWriter::plain_parts(ValueId id) {
    const ir::Value& v = context_.values[id];
    if (v.op == Op::Concat) {
        for (ValueId part : context_.values.links(id)) plain_parts(part);
    } else if (located(v)) {
        location(id, [&](std::string_view before, ValueId part) { json_.text_part(before), plain_parts(part); });
    } else if (Substitutions::is_leaf(v.op)) {
        code("${"), code(substitutions_.key(id)), code("}");
    } else if (v.op == Op::Secret) {
        json_.text_part(context_.stack.secrets[v.a].name);
    } else {
        char digits[24];
        json_.text_part(constant_text(v, digits));
    }
}

/// The first two characters of a text, as far as they are known; a deploy-time value after `{` counts as the worst.
size_t ValueWriter::lead(ValueId id, char* two, size_t have) const {
    if (have == 2) return have;
    const ir::Value& v = context_.values[id];
    auto take = [&](std::string_view text) {
        for (size_t i = 0; i < text.size() && have < 2; i++) two[have++] = text[i];
    };
    if (v.op == Op::Concat) {
        for (ValueId part : context_.values.links(id)) have = lead(part, two, have);
    } else if (located(v)) {
        location(id, [&](std::string_view before, ValueId part) { take(before), have = lead(part, two, have); });
    } else if (v.op == Op::Secret) {
        take(context_.stack.secrets[v.a].name);
    } else if (v.time == Time::Const) {
        char digits[24];
        take(constant_text(v, digits));
    } else {
        take("%%");
    }
    return have;
}

/// How many operands of `&` a text has.
size_t ValueWriter::pieces(ValueId id, bool& in_literal) const {
    const ir::Value& v = context_.values[id];
    size_t count = 0;
    if (v.op == Op::Concat) {
        for (ValueId part : context_.values.links(id)) count += pieces(part, in_literal);
        return count;
    }
    if (located(v)) {
        location(id, [&](std::string_view before, ValueId part) {
            if (!before.empty() && !in_literal) count++, in_literal = true;
            count += pieces(part, in_literal);
        });
        return count;
    }
    char digits[24];
    if (v.time == Time::Const && v.op != Op::Secret && constant_text(v, digits).empty()) return 0;
    bool literal = v.time == Time::Const || plain(id);
    count = literal && in_literal ? 0 : 1;
    in_literal = literal;
    return count;
}

void ValueWriter::concat(ValueId id) {
    bool in_literal = false;
    auto parts = context_.values[id].op == Op::Concat ? context_.values.links(id) : std::span<const ValueId>();
    // `&` makes text of a number; alone it needs a function
    bool cast = parts.size() == 1 && pieces(id, in_literal) == 1 && !plain(parts[0]) &&
                !is_text(context_.values[parts[0]].type) && context_.values[parts[0]].op != Op::Concat;
    if (cast) return code("$string("), expression(parts[0]), code(")");
    TextWriter text(*this);
    text.add(id);
    text.finish();
}

}  // namespace zflow::lower
