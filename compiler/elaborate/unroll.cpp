// `for` where there are no steps: what its body declares is declared once for each item.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

constexpr size_t longest_name = 40;   // longer texts are no names: their place in the list has to do

}  // namespace

/// What an item is called: a resource of a list keeps its logical id when another item comes or goes. "" when it has no name.
std::string Elaborator::item_name(ValueId item) const {
    const Value& v = values_[item];
    switch (v.op) {
        case Op::Attribute: return stack_->resources[v.a].logical_id;
        case Op::Parameter: return stack_->parameters[v.a].logical_id;
        case Op::String: return v.text().size() <= longest_name ? std::string(v.text()) : "";
        case Op::Record:
            for (const ir::Field& f : values_.fields(item))
                if (values_[f.value].op != Op::String)
                    if (std::string name = item_name(f.value); !name.empty()) return name;
            return "";
        default: return "";
    }
}

void Elaborator::unroll(NodeId node, ir::Block& into) {
    NodeId first = tree().child(node), at = tree().next(first);
    NodeId second = tree().kind(at) == NodeKind::Name ? std::exchange(at, tree().next(at)) : 0;
    NodeId source_node = at;
    NodeId body = child(node, NodeKind::Block);
    if (NodeId arguments = child(node, NodeKind::Arguments))
        diagnostics_.report(diag::UnknownArgument, span(arguments), tree().text_of(arguments)).help("a `for` in a resource kind takes no arguments");
    ValueId source = expression(source_node);
    if (is_error(source)) return;
    if (values_[source].op != Op::List) {
        diagnostics_.report(diag::NotAList, span(source_node), type_text(type_of(source))).help("a `for` in a resource kind goes through a list of known size");
        return;
    }
    std::string_view outer_path = frame_->path;
    InBranch inside(*frame_);
    for (uint32_t i = 0; i < values_[source].b; i++) {
        ValueId item = values_.links(source)[i];
        size_t mark = scope_mark();
        bind(tree()[first].symbol, item, span(first));
        if (second) bind(tree()[second].symbol, make_integer(i, plain(TypeKind::Int), span(second)), span(second));
        std::string name = item_name(item);
        frame_->path = values_.keep(fmt::format("{}_{}", outer_path, name.empty() ? std::to_string(i + 1) : name));
        block(body, into);
        frame_->path = outer_path;
        leave_scope(mark);
    }
}

}  // namespace zflow::elaborate
