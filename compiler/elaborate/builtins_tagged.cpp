// Values with their types said in them, as services that store values of any type want them: { count: { N: "3" } }.
// What the tags are called is the caller's: tagged(x, { text: "S", number: "N", … }).
#include <algorithm>

#include "elaborate/builtins.hpp"

namespace zflow::elaborate {

using ir::Builtin;

bool BuiltinCall::read_tags(size_t i, Tags& tags) {
    const std::pair<std::string_view, ValueId*> wanted[] = {{"text", &tags.text}, {"number", &tags.number}, {"truth", &tags.truth},
                                                            {"nothing", &tags.nothing}, {"list", &tags.list}, {"record", &tags.record}};
    for (auto& [label, into] : wanted) {
        *into = in.values_[args[i]].op == Op::Record ? in.values_.field(args[i], in.names_.intern(label)) : ValueId::none;
        if (in.const_text(*into)) continue;
        in.diagnostics_.report(diag::MissingMember, spans[i], label, "tags");
        return false;
    }
    return true;
}

ValueId BuiltinCall::one_tag(ValueId name, ValueId value) {
    ir::Field field[] = {{in.names_.intern(*in.const_text(name)), value}};
    return in.make_record(field, in.plain(TypeKind::Literals), where);
}

ValueId BuiltinCall::tag_record(ValueId record, const Tags& tags) {
    std::vector<ir::Field> fields;
    for (uint32_t i = 0; i < in.values_[record].b; i++) {
        ir::Field f = in.values_.fields(record)[i];
        if (in.is_null(f.value) && !in.is_error(f.value)) continue;
        f.value = tag(f.value, tags);
        if (in.is_error(f.value)) return f.value;
        fields.push_back(f);
    }
    return one_tag(tags.record, in.make_record(fields, in.plain(TypeKind::Literals), where));
}

ValueId BuiltinCall::tag(ValueId value, const Tags& tags) {
    const Value v = in.values_[value];
    TypeKind kind = in.types_.kind(v.type);
    if (in.is_error(value)) return value;
    if (v.op == Op::Null) return one_tag(tags.nothing, in.make_bool(true, where));
    bool located = kind == TypeKind::S3 || kind == TypeKind::Dataset || kind == TypeKind::Image;
    if (v.op == Op::Record && !located) {
        auto fields = in.values_.fields(value);
        bool may_lack = std::any_of(fields.begin(), fields.end(), [&](const ir::Field& f) { return in.values_[f.value].optional; });
        return may_lack ? tag_at_run_time(value, tags) : tag_record(value, tags);   // fields that are absent are left out then
    }
    if (v.op == Op::List) {
        std::vector<ValueId> items;
        for (uint32_t i = 0; i < v.b; i++) items.push_back(tag(in.values_.links(value)[i], tags));
        return one_tag(tags.list, in.make_list(items, in.plain(TypeKind::Literals), where));
    }
    bool sure = !v.optional && kind != TypeKind::Optional;
    if (sure && kind == TypeKind::Bool) return one_tag(tags.truth, value);
    if (sure && (kind == TypeKind::Duration || kind == TypeKind::Size)) return tag(in.with_type(value, in.plain(TypeKind::Int)), tags);
    if (sure && (kind == TypeKind::Int || kind == TypeKind::Float)) return one_tag(tags.number, in.as_text(value, where));
    if (sure && (located || in.assignable(v.type, in.plain(TypeKind::String)))) return one_tag(tags.text, in.as_text(value, where));
    return sure ? tag_at_run_time(value, tags) : tag_optional(value, tags);
}

/// What may be absent stays so.
ValueId BuiltinCall::tag_optional(ValueId value, const Tags& tags) {
    ValueId there = in.with_type(value, in.types_.without_none(in.values_[value].type));
    ValueId result = tag(there, tags);
    if (in.values_[result].op != Op::Record) return tag_at_run_time(value, tags);
    ValueId exists = in.make_binary(syntax::Operator::NotEqual, value, in.make_null(where), in.plain(TypeKind::Bool), where);
    return in.with_type(in.make_conditional(exists, result, in.make_null(where), where), in.plain(TypeKind::Json), true);
}

ValueId BuiltinCall::tag_at_run_time(ValueId value, const Tags& tags) {
    ValueId arguments[] = {value, tags.text, tags.number, tags.truth, tags.nothing, tags.list, tags.record};
    ValueId call = in.make_call(Builtin::Tagged, arguments, in.plain(TypeKind::Json), where);
    in.values_.edit(call).optional = in.values_[value].optional || in.kind_of(value) == TypeKind::Optional;
    return call;
}

/// The fields of the outermost record stay apart: a request leaves out those that are absent.
ValueId BuiltinCall::tagged() {
    Tags tags{};
    if (!read_tags(1, tags)) return error();
    bool plain_record = in.values_[args[0]].op == Op::Record && (in.kind_of(args[0]) == TypeKind::Literals || in.kind_of(args[0]) == TypeKind::Record);
    return plain_record ? tag_record(args[0], tags) : tag(args[0], tags);
}

/// Of what may be absent: absent when it is.
ValueId BuiltinCall::untagged() {
    Tags tags{};
    if (!read_tags(1, tags)) return error();
    ValueId arguments[] = {args[0], tags.text, tags.number, tags.truth, tags.nothing, tags.list, tags.record};
    ValueId call = in.make_call(Builtin::Untagged, arguments, in.plain(TypeKind::Json), where);
    bool optional = in.values_[args[0]].optional;
    if (in.values_[args[0]].op == Op::Record)
        for (const ir::Field& f : in.values_.fields(args[0])) optional |= in.values_[f.value].optional;
    in.values_.edit(call).optional = optional;
    return call;
}

}  // namespace zflow::elaborate
