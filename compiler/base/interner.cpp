#include "base/interner.hpp"

namespace zflow {

namespace {
constexpr size_t first_size = 1024;  // a power of two
}

uint32_t Interner::hash(std::string_view text) {
    uint64_t h = 1469598103934665603ull;  // FNV-1a: short names, no set-up cost
    for (char c : text) h = (h ^ static_cast<uint8_t>(c)) * 1099511628211ull;
    return static_cast<uint32_t>(h ^ (h >> 29));
}

Interner::Interner(const StaticNames& base) : base_(base) {
    if (base_.names.empty()) names_.push_back("");
}

Symbol Interner::find(std::string_view text) const {
    uint32_t h = hash(text);
    for (size_t i = h; !base_.slots.empty(); i++) {
        uint32_t id = base_.slots[i & (base_.slots.size() - 1)];
        if (!id) break;
        if (base_.names[id] == text) return Symbol{id};
    }
    for (size_t i = h; !slots_.empty(); i++) {
        uint32_t id = slots_[i & (slots_.size() - 1)];
        if (!id) break;
        if (names_[id - base_.names.size()] == text) return Symbol{id};
    }
    return Symbol::none;
}

Symbol Interner::intern(std::string_view text) {
    if (text.empty()) return Symbol::none;
    if (Symbol known = find(text); known != Symbol::none) return known;
    if ((names_.size() + 1) * 2 > slots_.size()) grow();
    uint32_t id = size();
    names_.push_back(arena_.copy(text));
    size_t i = hash(text);
    while (slots_[i & (slots_.size() - 1)]) i++;
    slots_[i & (slots_.size() - 1)] = id;
    return Symbol{id};
}

std::string_view Interner::text(Symbol symbol) const {
    auto id = static_cast<uint32_t>(symbol);
    return id < base_.names.size() ? base_.names[id] : names_[id - base_.names.size()];
}

void Interner::grow() {
    slots_.assign(slots_.empty() ? first_size : slots_.size() * 2, 0);
    for (size_t n = 0; n < names_.size(); n++) {
        if (names_[n].empty()) continue;
        size_t i = hash(names_[n]);
        while (slots_[i & (slots_.size() - 1)]) i++;
        slots_[i & (slots_.size() - 1)] = static_cast<uint32_t>(base_.names.size() + n);
    }
}

}  // namespace zflow
