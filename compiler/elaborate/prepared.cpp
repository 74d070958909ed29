// What was evaluated of the standard library at build time, in place of evaluating it.
#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

ValueId Elaborator::prepared(uint32_t constant) {
    if (prepared_.empty()) prepared_.resize(session_.prepared.constants.size());
    ValueId& known = prepared_[constant];
    if (known == ValueId::none) known = copied(session_.prepared.constants[constant]);
    else if (recording_) recording_->meets(known);
    return known;
}

ValueId Elaborator::copied(library::Range constant) {
    const library::Snapshot& from = session_.prepared;
    const size_t first = values_.size();
    const auto first_file = static_cast<uint32_t>(session_.modules.all.front().tree.file);   // of the library's, which follow each other
    auto id = [&](uint32_t part) { return ValueId{static_cast<uint32_t>(first + part)}; };
    for (const library::Part& part : from.parts.subspan(constant.first, constant.count)) {
        Value v;
        v.op = part.op;
        v.optional = part.optional;
        v.type = part.type;
        if (part.module != library::Part::nowhere) v.where = {FileId{first_file + part.module}, part.begin, part.end};
        switch (part.op) {
            case Op::String: case Op::Decimal: v.chars = {from.texts.data() + part.a, part.b}; break;
            case Op::Integer: v.integer = static_cast<int64_t>(uint64_t{part.b} << 32 | part.a); break;
            case Op::List:
                v.a = values_.add_links(part.b, [&](uint32_t i) { return id(from.links[part.a + i]); }), v.b = part.b;
                break;
            case Op::Record:
                v.a = values_.add_fields(part.b, [&](uint32_t i) {
                    const library::Field& field = from.fields[part.a + i];
                    return ir::Field{field.key, id(field.part)};
                });
                v.b = part.b;
                break;
            default: v.a = part.a;
        }
        values_.add(v);
    }
    return values_.last();
}

ValueId Elaborator::default_of(const types::FieldType& field) {
    if (field.fallback & library::prepared_fallback) return prepared(field.fallback & ~library::prepared_fallback);
    ValueId value{field.fallback};
    if (recording_) recording_->meets(value);
    return value;
}

ValueId Elaborator::default_of(const KindParameter& parameter) {
    return parameter.constant ? prepared(parameter.constant) : default_value(parameter.fallback, parameter.type);
}

/// One of its own where there is none, even in the library: messages name the setting that stands at its place.
ValueId Elaborator::default_value(NodeId node, TypeId type) {
    return tree().kind(node) == NodeKind::None ? make_null(span(node)) : expression(node, type);
}

/// Whether the value is what all stages have that do not give the parameter.
bool Elaborator::is_shared_default(const KindParameter& parameter, ValueId value) {
    if (parameter.constant) return prepared_[parameter.constant] == value;
    if (!parameter.fallback || !frame_->module->library) return false;
    const Shared* shared = shared_.find(*frame_->module, parameter.fallback);
    return shared && (shared->converted == value || shared->value == value);
}

}  // namespace zflow::elaborate
