#include "lower/names.hpp"

#include <bit>
#include <functional>

namespace zflow::lower {

namespace {

constexpr size_t longest_name = 80;

/// Cuts a text to at most `size` bytes without splitting a character.
std::string_view cut(std::string_view text, size_t size) {
    if (text.size() <= size) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) size--;
    return text.substr(0, size);
}

}  // namespace

bool StateNames::is_taken(std::string_view name) {
    const std::vector<ir::Step>& steps = pipeline_.steps;
    auto slot = [&](size_t number) -> uint32_t& { return taken_[number & (taken_.size() - 1)]; };
    auto place = [](std::string_view text) { return std::hash<std::string_view>()(text); };
    if (taken_.empty()) {
        taken_.resize(std::bit_ceil(2 * steps.size() + 1));
        for (uint32_t i = 0; i < steps.size(); i++) {
            size_t at = place(steps[i].name);
            while (slot(at)) at++;
            slot(at) = i + 1;
        }
    }
    for (size_t at = place(name); slot(at); at++)
        if (steps[slot(at) - 1].name == name) return true;
    return false;
}

Target StateNames::unique(std::string name) {
    while (is_taken(name)) name += '~';
    return arena_.copy(name);
}

Target StateNames::of(ir::StepId step, std::string_view suffix) {
    std::string_view base = pipeline_[step].name;
    if (base.size() + suffix.size() < longest_name) return unique(std::string(base).append(suffix));
    std::string mark = "~" + std::to_string(static_cast<uint32_t>(step));
    std::string name(cut(base, longest_name - suffix.size() - mark.size() - 1));
    return unique(name.append(mark).append(suffix));
}

Target StateNames::numbered(ir::StepId step, std::string_view suffix, size_t index) {
    if (index == 0) return of(step, suffix);
    return of(step, std::string(suffix) + ' ' + std::to_string(index + 1));
}

Target StateNames::of_scope(ir::ScopeId scope, std::string_view what) {
    const ir::Scope& place = pipeline_.scopes[scope];
    const auto* parallel = std::get_if<ir::Parallel>(&pipeline_[place.owner].is);
    std::string suffix = ".";
    if (parallel) suffix.append("branch ").append(std::to_string(place.branch + 1)).append(" ");
    return of(place.owner, suffix.append(what));
}

Target StateNames::plain(std::string_view name) { return unique(std::string(name)); }

}  // namespace zflow::lower
