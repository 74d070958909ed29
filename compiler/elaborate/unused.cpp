// Kinds and functions that nothing uses yet: their bodies are checked with made-up values of their parameters' types.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "ir/visit.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::string_view sample_path = "Execution.Name";

}  // namespace

/// A value of the type about which nothing else is known.
ValueId Elaborator::sample(TypeId type, Time time, Span where) {
    const types::Type t = types_[type];
    switch (t.kind) {
        case TypeKind::Union: {
            auto scalar = [&](TypeId item) { return types_.kind(item) >= TypeKind::Bool && types_.kind(item) <= TypeKind::Literal; };
            if (!std::all_of(t.items.begin(), t.items.end(), scalar)) return sample(t.items.front(), time, where);
            break;
        }
        case TypeKind::Record: case TypeKind::Nominal: {
            std::vector<ir::Field> fields;
            for (const types::FieldType& f : t.fields) fields.push_back({f.name, sample(f.type, time, where)});
            return make_record(fields, type, where);
        }
        case TypeKind::Image: {
            ValueId none = make_null(where);
            ir::Field fields[] = {{known_.uri, sample(plain(TypeKind::String), time, where)}, {known_.account, none}, {known_.region, none}, {known_.repository, none}};
            return make_record(fields, type, where);
        }
        case TypeKind::Map: return make_record({}, type, where);
        case TypeKind::S3: case TypeKind::Dataset: {
            ir::Field fields[] = {{known_.bucket, sample(plain(TypeKind::Bucket), Time::Deploy, where)}, {known_.key, sample(plain(TypeKind::String), time, where)}};
            return make_record(fields, type, where);
        }
        default: break;
    }
    ValueId value = make(Op::Context, time, types_.without_none(type), where);
    values_.edit(value).chars = {sample_path.data(), static_cast<uint32_t>(sample_path.size())};
    values_.edit(value).optional = t.kind == TypeKind::Optional;
    return value;
}

/// Whether it is made of one.
bool Elaborator::is_sample(ValueId value) {
    if (const Value& v = values_[value]; v.op == Op::Context) return v.text() == sample_path;
    bool found = false;
    ir::each_operand(values_, value, [&](ValueId part) { found = found || is_sample(part); });
    return found;
}

void Elaborator::check_unused_kind(DeclarationRef d) {
    Kind& k = kind(d);
    bool stage_kind = d.kind() == NodeKind::StageKind;
    ir::Pipeline scratch{};   // without a name
    scratch.scopes.push_back({});
    pipeline_ = stage_kind ? &scratch : nullptr;
    scope_ = 0;
    serial_ = ++symbols_.serial;
    Span where = d.name_span();
    Frame inner{d.module, ++frames_, "", where, d.module->tree.text_of(name_node(d.module->tree, d.node)), k.single};
    Frame* outer = std::exchange(frame_, &inner);
    size_t mark = scope_mark();
    for (const KindParameter& p : k.parameters) {
        if (p.fallback) expression(p.fallback, p.type);
        bind(p.name, sample(p.type, stage_kind ? Time::Run : Time::Deploy, span(p.node)), span(p.node));
    }
    ir::Block nothing;
    sampling_ = true;
    if (k.body) block(k.body, nothing);
    sampling_ = false;
    needs_grant_.clear();   // whoever uses the kind can give it
    leave_scope(mark);
    frame_ = outer;
    pipeline_ = nullptr;
}

void Elaborator::check_unused_function(DeclarationRef d) {
    Span where = d.name_span();
    Frame inner{d.module, ++frames_, "", where, d.module->tree.text_of(name_node(d.module->tree, d.node))};
    Frame* outer = std::exchange(frame_, &inner);
    size_t mark = scope_mark();
    NodeId body = 0;
    for (NodeId c : syntax::Children(tree(), d.node)) {
        NodeKind what = tree().kind(c);
        if (what != NodeKind::Parameter) {
            if (what != NodeKind::Doc && what != NodeKind::Name) body = c;
            continue;
        }
        NodeId name = child(c, NodeKind::Name);
        TypeId type = type_expression(tree().next(name));
        ValueId value = is_wide(type) ? error_value(span(name)) : sample(type, Time::Run, span(name));
        bind(tree()[name].symbol, value, span(name));
    }
    sampling_ = true;
    check_left_out(body);
    sampling_ = false;
    leave_scope(mark);
    frame_ = outer;
}

void Elaborator::check_unused(const std::vector<NodeId>& declarations) {
    size_t resources = stack_->resources.size(), roles = stack_->roles.size(), pipelines = stack_->pipelines.size();
    const Module* main = session_.modules.main;
    for (NodeId d : declarations) {
        DeclarationRef ref{main, d};
        NodeKind what = ref.kind();
        if (what == NodeKind::Function && !called_.contains(d)) check_unused_function(ref);
        if (what != NodeKind::StageKind && what != NodeKind::ResourceKind) continue;
        bool used = std::any_of(kinds_.begin(), kinds_.end(), [&](const Kind& k) { return k.walked && k.declaration == ref; });
        if (!used) check_unused_kind(ref);
    }
    // what the check made is not part of the stack
    stack_->resources.resize(resources);
    stack_->roles.resize(roles);
    stack_->pipelines.resize(pipelines);
}

}  // namespace zflow::elaborate
