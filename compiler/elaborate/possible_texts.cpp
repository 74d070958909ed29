#include "elaborate/possible_texts.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>

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

bool PossibleTexts::finite(ir::ValueId value) const {
    const ir::Value& v = values_[value];
    if (v.op == ir::Op::String) return true;
    if (v.op == ir::Op::Concat) {
        auto parts = values_.links(value);
        return std::all_of(parts.begin(), parts.end(), [&](ir::ValueId part) { return finite(part); });
    }
    types::TypeKind kind = types_.kind(v.type);
    return !v.optional && (kind == types::TypeKind::Literal || kind == types::TypeKind::Bool || kind == types::TypeKind::Union);
}

std::vector<std::string> PossibleTexts::all(ir::ValueId value) const {
    if (!finite(value)) return {};
    const ir::Value& v = values_[value];
    if (v.op == ir::Op::String) return {std::string(v.text())};
    if (v.op != ir::Op::Concat) return by_type(types_, names_, v.type);
    std::vector<std::string> texts = {""};
    for (ir::ValueId part : values_.links(value)) texts = joined(texts, all(part));
    return texts;
}

size_t PossibleTexts::least(ir::ValueId value) const {
    const ir::Value& v = values_[value];
    if (v.op == ir::Op::String) return patterns::code_points(v.text());
    if (v.op == ir::Op::Fresh) return static_cast<size_t>(v.integer);
    if (v.op != ir::Op::Concat) return v.optional ? 0 : least(v.type);
    size_t sum = 0;
    for (ir::ValueId part : values_.links(value)) sum += least(part);
    return sum;
}

size_t PossibleTexts::least(types::TypeId id) const {
    const types::Type& t = types_[id];
    if (t.kind == types::TypeKind::Date) return 10;
    if (t.kind == types::TypeKind::Literal) return patterns::code_points(names_.text(t.name));
    if (t.kind == types::TypeKind::String && t.refinement >= 0 && types_.refinement(t.refinement).has_min)
        return static_cast<size_t>(std::max(0.0, types_.refinement(t.refinement).min));
    if (t.kind != types::TypeKind::Union || t.items.empty()) return 0;
    size_t smallest = SIZE_MAX;
    for (types::TypeId item : t.items) smallest = std::min(smallest, least(item));
    return smallest;
}

std::optional<size_t> PossibleTexts::most(ir::ValueId value) const {
    const ir::Value& v = values_[value];
    if (v.op == ir::Op::String) return patterns::code_points(v.text());
    if (v.op == ir::Op::Parameter || v.op == ir::Op::Input) {
        const types::Type& t = types_[v.type];
        if (t.kind != types::TypeKind::String) return least(value);
        if (v.optional || t.refinement < 0 || !types_.refinement(t.refinement).has_max) return std::nullopt;
        return static_cast<size_t>(std::max(0.0, types_.refinement(t.refinement).max));
    }
    if (v.op != ir::Op::Concat) return std::nullopt;
    size_t sum = 0;
    for (ir::ValueId part : values_.links(value)) {
        auto length = most(part);
        if (!length) return std::nullopt;
        sum += *length;
    }
    return sum;
}

std::optional<PossibleTexts::Misfit> PossibleTexts::misfit(ir::ValueId value, const Alphabet& alphabet) const {
    const ir::Value& v = values_[value];
    if (v.op == ir::Op::String)
        for (char c : v.text())
            if (!alphabet.has(c)) return Misfit{v.text(), c};
    if (v.op == ir::Op::Concat)
        for (ir::ValueId part : values_.links(value))
            if (auto found = misfit(part, alphabet)) return found;
    return std::nullopt;
}

void Alphabet::add_range(char first, char last) {
    for (int c = first; c <= last; c++) has_[c] = true;
}

bool Alphabet::add_escape(char c) {
    if (c == 'd') return add_range('0', '9'), true;
    if (c == 'w') return add_range('0', '9'), add_range('a', 'z'), add_range('A', 'Z'), has_[static_cast<size_t>('_')] = true;
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

namespace {

struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
};

/// Stages of one kind ask for the same patterns again and again.
const std::optional<Alphabet>& alphabet_of(std::string_view pattern) {
    thread_local std::unordered_map<std::string, std::optional<Alphabet>, TextHash, std::equal_to<>> known;
    auto at = known.find(pattern);
    if (at == known.end()) at = known.emplace(pattern, Alphabet::of(pattern)).first;
    return at->second;
}

}  // namespace

/// Of a text that the user has put together: how long it may be, 0 when that is not known. A kind of the library sees to its own.
size_t Elaborator::longest(ValueId value) const {
    const Value& v = values_[value];
    if (v.op != Op::Concat || !v.where.known() || session_.sources.file(v.where.file).library) return 0;
    return PossibleTexts(values_, types_, names_).most(value).value_or(0);
}

/// Whether `check_possible_texts` has nothing to say.
bool Elaborator::may_fit(ValueId value, const TextLimits& limits, const std::function<bool(std::string_view)>& matches) const {
    if (is_error(value) || values_[value].time == Time::Const || (limits.pattern.empty() && !limits.has_max)) return true;
    PossibleTexts texts(values_, types_, names_);
    auto short_enough = [&](size_t length) { return !limits.has_max || static_cast<double>(length) <= limits.max; };
    std::vector<std::string> all = texts.all(value);
    auto fits = [&](const std::string& text) { return short_enough(patterns::code_points(text)) && (limits.pattern.empty() || matches(text)); };
    if (!all.empty()) return std::all_of(all.begin(), all.end(), fits);
    if (!short_enough(texts.least(value)) || !short_enough(longest(value))) return false;
    if (values_[value].op != Op::Concat || limits.pattern.empty()) return true;
    const auto& alphabet = alphabet_of(limits.pattern);
    return !alphabet || !texts.misfit(value, *alphabet);
}

void Elaborator::check_possible_texts(ValueId value, const TextLimits& limits, Span where,
                                      const std::function<bool(std::string_view)>& matches) {
    if (is_error(value) || values_[value].time == Time::Const || (limits.pattern.empty() && !limits.has_max)) return;
    TypeKind kind = kind_of(value);
    if (values_[value].op != Op::Concat && (kind == TypeKind::Shape || kind == TypeKind::Json || kind == TypeKind::Arn)) return;   // it can be any
    PossibleTexts texts(values_, types_, names_);
    auto too_long = [&](size_t length, std::string_view what) {
        if (!limits.has_max || static_cast<double>(length) <= limits.max) return false;
        diagnostics_.report(diag::OutOfRange, where, fmt::format("{} has {} characters, at most {} are taken", what, length, limits.max));
        return true;
    };
    std::vector<std::string> all = texts.all(value);
    for (const std::string& text : all) {
        if (too_long(patterns::code_points(text), fmt::format("\"{}\"", text))) return;
        if (limits.pattern.empty() || matches(text)) continue;
        diagnostics_.report(diag::PatternMismatch, where, text, limits.pattern).help("this is one of the texts it can be");
        return;
    }
    if (!all.empty() || too_long(texts.least(value), "this always") || too_long(longest(value), "with the longest values that it takes this") || values_[value].op != Op::Concat || limits.pattern.empty()) return;
    const auto& alphabet = alphabet_of(limits.pattern);
    auto found = alphabet ? texts.misfit(value, *alphabet) : std::nullopt;
    if (found)
        diagnostics_.report(diag::PatternMismatch, where, found->part, limits.pattern)
            .help("`{}` may not stand in it", found->character);
}

}  // namespace zflow::elaborate
