#include "ir/sizes.hpp"

#include <algorithm>

namespace zflow::ir {

namespace {

constexpr uint64_t most = 1'000'000'000;    // sums of these stay far from the end of the numbers
constexpr uint64_t member_bytes = 6;        // quotes, colon, comma, blank

/// `part`: the size of a value that this one is made of. `text`: what constant text there is.
template <typename Part>
uint32_t measured(const Values& values, ValueId id, uint64_t& text, Part part) {
    const Value& v = values[id];
    uint64_t sum = 5;
    switch (v.op) {
        case Op::String: text += v.text().size(); [[fallthrough]];
        case Op::Decimal: case Op::Context: case Op::Pseudo: sum += v.text().size(); break;
        case Op::List: case Op::Concat: case Op::Call:
            if (v.op == Op::Call) sum += 24;
            for (ValueId link : values.links(id)) sum += part(static_cast<uint32_t>(link)) + member_bytes;
            break;
        case Op::Record:
            for (const Field& field : values.fields(id)) sum += part(static_cast<uint32_t>(field.value)) + member_bytes + 12;
            break;
        case Op::Binary: case Op::Index: sum += part(v.a) + part(v.b) + 4; break;
        case Op::Unary: case Op::Member: sum += part(v.a) + 16; break;
        case Op::Conditional: sum += part(v.a) + part(v.b) + part(v.c) + 4; break;
        case Op::For: {
            Values::Loop loop = values.loop(v);
            sum += part(v.a) + part(static_cast<uint32_t>(loop.body)) + part(static_cast<uint32_t>(loop.filter)) + 56;
            break;
        }
        case Op::Fresh: sum += 116; break;
        case Op::Result: case Op::Joined: case Op::Problem: case Op::Input: sum += 36; break;
        default: sum += 20;
    }
    return static_cast<uint32_t>(std::min(sum, most));
}

}  // namespace

Sizes::Sizes(const Values& values) : sizes_(values.size()) {
    uint32_t* const sizes = sizes_.data();
    const auto count = static_cast<uint32_t>(sizes_.size());
    uint64_t text = 0;
    for (uint32_t id = 1; id < count; id++) {
        if (sizes[id]) continue;   // a loop needed it
        // what a value is made of stands before it, but for some loops
        sizes[id] = measured(values, ValueId{id}, text, [=, this, &values](uint32_t part) { return part < id ? sizes[part] : ahead(values, part); });
    }
    text_ += text;
}

uint32_t Sizes::ahead(const Values& values, uint32_t id) {
    if (id && !sizes_[id]) sizes_[id] = measured(values, ValueId{id}, text_, [&](uint32_t part) { return ahead(values, part); });
    return sizes_[id];
}

}  // namespace zflow::ir
