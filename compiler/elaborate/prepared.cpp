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
    const auto first = static_cast<uint32_t>(values_.size());
    const auto first_file = static_cast<uint32_t>(session_.modules.all.front().tree.file);   // of the library's, which follow each other
    auto id = [&](uint32_t part) { return ValueId{first + part}; };
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

ValueId Elaborator::prepared_value(NodeId node) {
    using What = library::Evaluated::What;
    const library::Evaluated* at = prepared_at(*frame_->module, node);
    if (!at || at->type != plain(TypeKind::Error) || !applies(*at)) return ValueId::none;
    const library::Evaluated& known = *at;
    if (known.unless) local_used_ = true;   // another stage may give what this one does not
    switch (known.what) {
        case What::Constant: return prepared(known.number);
        case What::Nothing: return nothing(node);
        case What::False: return truth(false, node);
        case What::True: return truth(true, node);
        case What::Instead: return expression(known.number);
        default: return ValueId::none;
    }
}

/// Whether a value that a kind of the library gives another one is what it would be there anyway. What the user wrote is not:
/// messages are about it.
bool Elaborator::says_the_default(const KindParameter& parameter, ValueId value) const {
    if (!parameter.constant) return false;
    const Value& v = values_[value];
    if (v.where.known() && !session_.sources.file(v.where.file).library) return false;
    const library::Range& constant = session_.prepared.constants[parameter.constant];
    const library::Part& whole = session_.prepared.parts[constant.first + constant.count - 1];
    if (v.op != whole.op || v.type != whole.type || v.optional != whole.optional || v.time != Time::Const) return false;
    bool same = false;
    switch (v.op) {
        case Op::Null: return true;
        case Op::Bool: same = v.a == whole.a; break;
        case Op::Integer: same = static_cast<uint64_t>(v.integer) == (uint64_t{whole.b} << 32 | whole.a); break;
        case Op::List: case Op::Record: return v.b == 0 && whole.b == 0;
        default: break;
    }
    if (same && recording_) recording_->sees(value);
    return same;
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
