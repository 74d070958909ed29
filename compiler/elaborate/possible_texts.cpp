#include "elaborate/possible_texts.hpp"

#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

constexpr size_t most_texts = 64;

/// Texts that a scalar known only at deployment or later can be, by its type.
std::vector<std::string> by_type(const types::TypeTable& types, const Interner& names, types::TypeId id) {
    const types::Type& t = types[id];
    std::vector<std::string> all;
    if (t.kind == types::TypeKind::Literal) all.emplace_back(names.text(t.name));
    if (t.kind == types::TypeKind::Bool) all = {"true", "false"};
    if (t.kind != types::TypeKind::Union) return all;
    for (types::TypeId item : t.items) {
        std::vector<std::string> some = by_type(types, names, item);
        if (some.empty()) return {};
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

/// Each of `heads` with each of `tails` behind it; empty when those are too many.
std::vector<std::string> joined(const std::vector<std::string>& heads, const std::vector<std::string>& tails) {
    std::vector<std::string> all;
    if (heads.size() * tails.size() > most_texts) return all;
    for (const std::string& head : heads)
        for (const std::string& tail : tails) all.push_back(head + tail);
    return all;
}

}  // namespace

PossibleTexts possible_texts(const ir::Values& values, const types::TypeTable& types, const Interner& names, ir::ValueId value) {
    const ir::Value& v = values[value];
    PossibleTexts result;
    if (v.op == ir::Op::String) {
        result.all = {std::string(v.text())};
        result.parts = {v.text()};
        result.least = patterns::code_points(v.text());
        return result;
    }
    if (v.op == ir::Op::Fresh) {
        result.least = static_cast<size_t>(v.integer);
        return result;
    }
    if (v.op != ir::Op::Concat) {
        if (!v.optional) result.all = by_type(types, names, v.type);
        for (const std::string& text : result.all) {
            size_t length = patterns::code_points(text);
            result.least = &text == result.all.data() ? length : std::min(result.least, length);
        }
        return result;
    }
    result.all = {""};
    for (ir::ValueId part : values.links(value)) {
        PossibleTexts p = possible_texts(values, types, names, part);
        result.all = joined(result.all, p.all);
        result.parts.insert(result.parts.end(), p.parts.begin(), p.parts.end());
        result.least += p.least;
    }
    return result;
}

void Alphabet::add_range(char first, char last) {
    for (int c = first; c <= last; c++) has_[c] = true;
}

bool Alphabet::add_escape(char c) {
    if (c == 'd') return add_range('0', '9'), true;
    if (c == 'w') return add_range('0', '9'), add_range('a', 'z'), add_range('A', 'Z'), has_['_'] = true;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return false;   // a class of its own
    return has_[static_cast<unsigned char>(c) & 127] = true;
}

/// `[…]`: `at` is behind the bracket, and behind the closing one afterwards.
bool Alphabet::add_class(std::string_view pattern, size_t& at) {
    if (at >= pattern.size() || pattern[at] == '^') return false;
    while (at < pattern.size() && pattern[at] != ']') {
        char c = pattern[at];
        if (c == '[' || c == '&' || static_cast<unsigned char>(c) >= 128) return false;   // POSIX classes, intersections
        if (c == '\\') {
            if (at + 1 >= pattern.size() || !add_escape(pattern[at + 1])) return false;
            at += 2;
        } else if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
            if (pattern[at + 2] == '\\' || static_cast<unsigned char>(pattern[at + 2]) >= 128) return false;
            add_range(c, pattern[at + 2]);
            at += 3;
        } else {
            has_[static_cast<unsigned char>(c)] = true;
            at++;
        }
    }
    at++;
    return at <= pattern.size();
}

std::optional<Alphabet> Alphabet::of(std::string_view pattern) {
    Alphabet result;
    for (size_t at = 0; at < pattern.size();) {
        char c = pattern[at++];
        if (c == '.' || static_cast<unsigned char>(c) >= 128) return std::nullopt;
        if (c == '[') {
            if (!result.add_class(pattern, at)) return std::nullopt;
        } else if (c == '\\') {
            if (at >= pattern.size() || !result.add_escape(pattern[at++])) return std::nullopt;
        } else if (c == '{') {
            at = std::min(pattern.find('}', at), pattern.size() - 1) + 1;
        } else if (c == '(' && pattern.substr(at).starts_with('?')) {
            if (!pattern.substr(at).starts_with("?:")) return std::nullopt;
            at += 2;
        } else if (std::string_view("^$()|*+?").find(c) == std::string_view::npos) {
            result.has_[static_cast<unsigned char>(c)] = true;
        }
    }
    return result;
}

void Elaborator::check_possible_texts(ValueId value, const TextLimits& limits, Span where, const std::function<bool(std::string_view)>& matches) {
    if (is_error(value) || values_[value].time == Time::Const) return;
    PossibleTexts texts = possible_texts(values_, types_, names_, value);
    auto too_long = [&](size_t length, std::string_view what) {
        if (!limits.has_max || static_cast<double>(length) <= limits.max) return false;
        diagnostics_.report(diag::OutOfRange, where, fmt::format("{} has {} characters, at most {} are taken", what, length, limits.max));
        return true;
    };
    for (const std::string& text : texts.all) {
        if (too_long(patterns::code_points(text), fmt::format("\"{}\"", text))) return;
        if (limits.pattern.empty() || matches(text)) continue;
        diagnostics_.report(diag::PatternMismatch, where, text, limits.pattern).help("this is one of the texts it can be");
        return;
    }
    if (!texts.all.empty() || too_long(texts.least, "this always")) return;
    auto alphabet = limits.pattern.empty() ? std::nullopt : Alphabet::of(limits.pattern);
    if (!alphabet) return;
    for (std::string_view part : texts.parts)
        for (char c : part)
            if (!alphabet->has(c)) return void(diagnostics_.report(diag::PatternMismatch, where, part, limits.pattern).help("`{}` may not stand in it", c));
}

}  // namespace zflow::elaborate
