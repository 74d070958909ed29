// What the turns of a loop yield is collected into one value, and what a state passes on has its limit.
#include <algorithm>

#include "check/check.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;
using types::TypeKind;

/// The least number of bytes that a value has as JSON, from what is constant in it and from the types of the rest.
class LeastBytes {
   public:
    explicit LeastBytes(const Context& context) : c_(context) {}

    size_t of(ValueId id) {
        const ir::Value& v = c_.values[id];
        if (v.optional || ++visits_ > 10'000) return 0;
        size_t bytes = 2;
        switch (v.op) {
            case Op::String: return v.text().size() + 2;
            case Op::List:
                for (ValueId item : c_.values.links(id)) bytes += of(item) + 1;
                return bytes;
            case Op::Record:
                for (const ir::Field& f : c_.values.fields(id))
                    if (size_t least = of(f.value)) bytes += c_.names.text(f.key).size() + 4 + least;
                return bytes;
            default: return of(v.type, 0);
        }
    }

   private:
    size_t of(types::TypeId id, unsigned depth) {
        constexpr unsigned deepest = 16;
        const types::Type& t = c_.types[id];
        if (depth > deepest) return 0;
        size_t bytes = 2;
        switch (t.kind) {
            case TypeKind::Optional: case TypeKind::Error: case TypeKind::Never: case TypeKind::None: return 0;
            case TypeKind::Bool: return 4;
            case TypeKind::Date: return 12;        // "2026-01-31"
            case TypeKind::Literal: return c_.names.text(t.name).size() + 2;
            case TypeKind::List: case TypeKind::Map: return bytes;
            case TypeKind::String: {
                bool bound = t.refinement >= 0 && c_.types.refinement(t.refinement).has_min;
                return bytes + (bound ? static_cast<size_t>(std::max(0.0, c_.types.refinement(t.refinement).min)) : 0);
            }
            case TypeKind::Record: case TypeKind::Nominal:
                for (const types::FieldType& f : t.fields)
                    if (size_t least = of(f.type, depth + 1)) bytes += c_.names.text(f.name).size() + 4 + least;
                return bytes;
            default: return 1;
        }
    }

    const Context& c_;
    size_t visits_ = 0;
};

}  // namespace

void loop_results(const Context& c, const ir::Step& step, const ir::Map& map) {
    const ir::Value& items = c.values[map.items];
    if (map.result == ValueId::none || map.keeps_going || map.distributed || items.op != Op::List) return;
    size_t bytes = items.b * (LeastBytes(c).of(map.result) + 1);
    if (bytes > largest_payload)
        c.diagnostics.report(diag::PayloadTooLarge, step.where, fmt::format("what the {} turns of this loop yield", items.b), bytes, bytes - largest_payload)
            .help("write it to a bucket in each turn and yield what is needed later");
}

}  // namespace zflow::check
