// Kinds and functions that nothing uses yet: their bodies are checked with made-up values of their parameters' types.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// A value of the type about which nothing else is known.
ValueId Elaborator::sample(TypeId type, Time time, Span where) {
    const types::Type t = types_[type];
    switch (t.kind) {
        case TypeKind::Union: return sample(t.items.front(), time, where);
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
        default: {
            ValueId value = make(Op::Context, time, types_.without_none(type), where);
            constexpr std::string_view any = "Execution.Name";
            values_.edit(value).chars = {any.data(), static_cast<uint32_t>(any.size())};
            values_.edit(value).optional = t.kind == TypeKind::Optional;
            return value;
        }
    }
}

void Elaborator::check_unused_kind(DeclarationRef d) {
    Kind& k = kind(d);
    bool stage_kind = d.kind() == NodeKind::StageKind;
    ir::Pipeline scratch{};   // without a name
    scratch.scopes.push_back({});
    pipeline_ = stage_kind ? &scratch : nullptr;
    scope_ = 0;
    serial_++;
    Span where = d.name_span();
    Frame inner{d.module, ++frames_, "", where, d.module->tree.text_of(name_node(d.module->tree, d.node)), k.single};
    Frame* outer = std::exchange(frame_, &inner);
    size_t mark = scope_mark();
    for (const KindParameter& p : k.parameters) {
        if (p.fallback) expression(p.fallback, p.type);
        bind(p.name, sample(p.type, stage_kind ? Time::Run : Time::Deploy, span(p.node)), span(p.node));
    }
    ir::Block nothing;
    if (k.body) block(k.body, nothing);
    leave_scope(mark);
    frame_ = outer;
    pipeline_ = nullptr;
}

void Elaborator::check_unused(const std::vector<NodeId>& declarations) {
    size_t resources = stack_->resources.size(), roles = stack_->roles.size(), pipelines = stack_->pipelines.size();
    const Module* main = session_.modules.main;
    for (NodeId d : declarations) {
        DeclarationRef ref{main, d};
        NodeKind what = ref.kind();
        if (what != NodeKind::StageKind && what != NodeKind::ResourceKind) continue;
        bool used = std::any_of(kinds_.begin(), kinds_.end(), [&](const Kind& k) { return k.declaration == ref; });
        if (!used) check_unused_kind(ref);
    }
    // what the check made is not part of the stack
    stack_->resources.resize(resources);
    stack_->roles.resize(roles);
    stack_->pipelines.resize(pipelines);
}

}  // namespace zflow::elaborate
