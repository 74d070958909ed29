// Resources of the stack, and what CloudFormation calls them.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// "training_job" -> "TrainingJob": logical ids are alphanumeric (CloudFormation guide, Resources section).
std::string pascal(std::string_view text) {
    std::string out;
    bool up = true;
    for (char c : text) {
        bool lower = c >= 'a' && c <= 'z', other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (lower || other) {
            out += up && lower ? static_cast<char>(c - 32) : c;
            up = false;
        } else {
            up = true;
        }
    }
    return out;
}

}  // namespace

std::string Elaborator::logical_id(std::string_view name, std::string_view suffix) {
    std::string base = pascal(name) + std::string(suffix);
    if (base.empty() || (base[0] >= '0' && base[0] <= '9')) base.insert(0, "Z");
    const Symbol first = names_.intern(base);
    for (Symbol id = first;; id = names_.intern(base + std::to_string(symbols_.next_id.take(first, stack_serial_))))
        if (std::exchange(symbols_.ids[id], stack_serial_) != stack_serial_) return std::string(names_.text(id));
}

ValueId Elaborator::resource(DeclarationRef d) {
    const syntax::Tree& t = d.module->tree;
    NodeId name = name_node(t, d.node);
    NodeId path = t.next(name);
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    ir::Pipeline* outer_pipeline = std::exchange(pipeline_, nullptr);
    ValueId result = error_value(span(path));
    if (DeclarationRef k = find_kind(path, NodeKind::ResourceKind)) {
        Kind& made = kind(k);
        std::vector<Setting> given = settings(t.next(path), &made);
        ir::Block nothing;
        result = instantiate(made, given, text(t[name].symbol), t.text_of(path), span(path), nothing);
    }
    pipeline_ = outer_pipeline;
    frame_ = outer;
    return result;
}

void Elaborator::cfn(NodeId node) {
    NodeId name_node = child(node, NodeKind::Name);
    NodeId type_node = tree().next(name_node);
    NodeId arguments = tree().kind(tree().next(type_node)) == NodeKind::Arguments ? tree().next(type_node) : 0;
    NodeId record_node = tree().next(arguments ? arguments : type_node);
    if (pipeline_) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "a resource exists once per stack: make it in a `resource kind`");
        return;
    }
    ir::Resource r;
    bool named_by_user = !frame_->module->library || session_.check_library_resources;
    Span type_at = span(type_node);
    if (tree().kind(type_node) == NodeKind::Identifier) {
        ValueId type = expression(type_node, plain(TypeKind::String));
        known_by(type, Time::Const, span(type_node), "the type of a resource");
        r.type = const_text(type).value_or("");
        named_by_user = true;
        if (values_[type].where.known()) type_at = values_[type].where;
    } else {
        r.type = values_.keep(string_text(type_node));
    }
    r.where = frame_->call_site;
    if (arguments)
        for (NodeId a : syntax::Children(tree(), arguments)) {
            NodeId label = tree().child(a);
            Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
            if (what == known_.retain) r.retain = const_bool(expression(tree().next(label))).value_or(false);
            else if (what == known_.after) made_after(r, expression(tree().next(label)), span(tree().next(label)));
            else if (what == known_.key) own_key(r, expression(tree().next(label)), span(tree().next(label)));
            else diagnostics_.report(diag::UnknownArgument, span(a), tree().text_of(label)).help("a resource takes `retain`, `after` and `key`");
        }
    r.properties = expression(record_node);
    bool known = !is_error(r.properties) && known_by(r.properties, Time::Deploy, frame_->call_site.known() ? frame_->call_site : span(record_node), "a resource's property");
    if (known && named_by_user) check_properties(r, type_at, span(record_node));
    r.logical_id = logical_id(frame_->path, pascal(text(tree()[name_node].symbol)));
    stack_->resources.push_back(std::move(r));
    ValueId reference = make(Op::Attribute, Time::Deploy, plain(TypeKind::Arn), span(node));
    values_.edit(reference).a = static_cast<uint32_t>(stack_->resources.size() - 1);
    bind(tree()[name_node].symbol, reference, span(name_node));
}

/// What is in the resource is encrypted with this key: rights on the resource bring those on the key.
void Elaborator::own_key(ir::Resource& resource, ValueId key, Span where) {
    if (is_null(key) || is_error(key)) return;
    key = coerce(key, plain(TypeKind::Arn), where);
    if (!is_error(key) && known_by(key, Time::Deploy, where, "the key of a resource")) resource.key = key;
}

/// What has to be there first although no property refers to it: another resource, or the rights of a role.
void Elaborator::made_after(ir::Resource& resource, ValueId what, Span where) {
    const Value v = values_[what];
    switch (v.op) {
        case Op::Null: return;
        case Op::List:
            for (uint32_t i = 0; i < v.b; i++) made_after(resource, values_.links(what)[i], where);
            return;
        case Op::Record:   // what a resource kind gives
            if (ValueId arn = values_.field(what, known_.arn); arn != ValueId::none) return made_after(resource, arn, where);
            break;
        case Op::RoleArn: resource.after_roles.push_back(v.a); return;
        case Op::Attribute: resource.depends_on.push_back(values_.keep(stack_->resources[v.a].logical_id)); return;
        default: break;
    }
    if (!is_error(what)) diagnostics_.report(diag::TypeMismatch, where, "a role or a resource of this stack", type_text(type_of(what)));
}

}  // namespace zflow::elaborate
