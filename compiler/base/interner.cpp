#include "base/interner.hpp"

#include <bit>
#include <cstring>

namespace zflow {

namespace {

constexpr size_t first_size = 1024;  // a power of two; most programs need no more

uint64_t bytes_at(const char* at, size_t count) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, at, count);
    if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
    return bytes;
}

}  // namespace

uint32_t Interner::hash(std::string_view text) {
    uint64_t h = 1469598103934665603ull;  // FNV-1a
    for (char c : text) h = (h ^ static_cast<uint8_t>(c)) * 1099511628211ull;
    return static_cast<uint32_t>(h ^ (h >> 29));
}

uint32_t Interner::place_of(std::string_view text) {
    constexpr uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t h = text.size();
    const char* at = text.data();
    size_t left = text.size();
    for (; left >= 8; at += 8, left -= 8) {
        h = (h ^ bytes_at(at, 8)) * factor;
        h ^= h >> 32;
    }
    if (left) h = (h ^ bytes_at(at, left)) * factor;
    return static_cast<uint32_t>(h ^ (h >> 29) ^ (h >> 43));
}

Interner::Interner(const StaticNames& base) : base_(base) {
    if (base_.names.empty()) names_.emplace_back("", 0);
}

Interner Interner::branch() const {
    Interner other(base_);
    other.names_ = names_;
    other.slots_ = slots_;
    return other;
}

Symbol Interner::find(std::string_view text) const { return find(text, place_of(text)); }

Symbol Interner::find(std::string_view text, uint32_t place) const {
    for (size_t i = place; !base_.slots.empty(); i++) {
        uint32_t slot = base_.slots[i & (base_.slots.size() - 1)], id = slot & StaticNames::id_bits;
        if (!slot) break;
        if (slot == StaticNames::slot(id, place) && base_.names[id] == text) return Symbol{id};
    }
    for (size_t i = place; !slots_.empty(); i++) {
        uint32_t id = slots_[i & (slots_.size() - 1)];
        if (!id) break;
        const Name& name = names_[id - base_.names.size()];
        if (name.place == place && name.text() == text) return Symbol{id};
    }
    return Symbol::none;
}

Symbol Interner::intern(std::string_view text) {
    if (text.empty()) return Symbol::none;
    uint32_t place = place_of(text);
    if (Symbol known = find(text, place); known != Symbol::none) return known;
    if ((names_.size() + 1) * 2 > slots_.size()) grow();
    uint32_t id = size();
    names_.emplace_back(arena_.copy(text), place);
    size_t i = place;
    while (slots_[i & (slots_.size() - 1)]) i++;
    slots_[i & (slots_.size() - 1)] = id;
    return Symbol{id};
}

void Interner::grow() {
    slots_.assign(slots_.empty() ? first_size : slots_.size() * 2, 0);
    names_.reserve(slots_.size() / 2);
    for (size_t n = 0; n < names_.size(); n++) {
        if (names_[n].length == 0) continue;
        size_t i = names_[n].place;
        while (slots_[i & (slots_.size() - 1)]) i++;
        slots_[i & (slots_.size() - 1)] = static_cast<uint32_t>(base_.names.size() + n);
    }
}

}  // namespace zflow
