// What a condition says of values that may be absent: after `x != none` they are there.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

using syntax::Operator;

/// The name and the members of `x`, `x.y`, `x?.y`, `x!.y`; false of everything else.
bool Elaborator::place_of(NodeId node, There& place) const {
    switch (tree().kind(node)) {
        case NodeKind::Assert: return place_of(tree().child(node), place);
        case NodeKind::Identifier: {
            const Binding* b = lookup(tree()[node].symbol);
            if (!b || b->lost) return false;
            place.root = b->value;
            return true;
        }
        case NodeKind::Member: {
            NodeId object = tree().child(node);
            if (!place_of(object, place)) return false;
            place.members.push_back(tree()[tree().next(object)].symbol);
            return true;
        }
        default: return false;
    }
}

/// `x?.y` is there: so is `x`.
void Elaborator::is_there(NodeId node) {
    There place;
    if (!place_of(node, place) || is_const(place.root)) return;   // of a constant everybody sees what is there
    there_.push_back(std::move(place));
    if (tree().kind(node) == NodeKind::Member) is_there(tree().child(node));
}

/// Keeps what is known to be there when the condition holds, or does not hold.
void Elaborator::narrow(NodeId condition, bool holds) {
    if (tree().kind(condition) == NodeKind::Unary) {
        if (tree()[condition].op == Operator::Not) narrow(tree().child(condition), !holds);
        return;
    }
    if (tree().kind(condition) == NodeKind::Apply) {   // `exists(x)`
        NodeId callee = tree().child(condition), argument = tree().next(callee);
        bool asks = holds && argument && tree().kind(callee) == NodeKind::Identifier && text(tree()[callee].symbol) == "exists";
        if (asks) is_there(tree().child(argument));
        return;
    }
    if (tree().kind(condition) != NodeKind::Binary) return;
    NodeId left = tree().child(condition), right = tree().next(left);
    switch (tree()[condition].op) {
        case Operator::And: case Operator::Or:
            if (holds != (tree()[condition].op == Operator::And)) return;   // one of them, nobody knows which
            narrow(left, holds);
            return narrow(right, holds);
        case Operator::Equal: case Operator::NotEqual: {
            bool left_none = tree().kind(left) == NodeKind::None, right_none = tree().kind(right) == NodeKind::None;
            bool differ = holds == (tree()[condition].op == Operator::NotEqual);
            if (left_none != right_none) {
                if (differ) is_there(left_none ? right : left);
            } else if (!differ) {                                         // equal to something that is there
                if (is_constant(right)) is_there(left);
                if (is_constant(left)) is_there(right);
            }
            return;
        }
        default: return;
    }
}

bool Elaborator::is_constant(NodeId node) const {
    switch (tree().kind(node)) {
        case NodeKind::String: case NodeKind::Template: case NodeKind::Integer: case NodeKind::Decimal: case NodeKind::Duration:
        case NodeKind::Size: case NodeKind::Date: case NodeKind::True: case NodeKind::False: return true;
        default: return false;
    }
}

/// The value, as one that is there when a condition has said so.
ValueId Elaborator::narrowed(NodeId node, ValueId value) {
    if (is_error(value)) return value;
    if (!values_[value].optional && !types_.is_optional(values_[value].type)) return value;
    There place;
    if (!place_of(node, place)) return value;
    bool known = std::any_of(there_.begin(), there_.end(), [&](const There& t) { return t.root == place.root && t.members == place.members; });
    return known ? made_certain(value, span(node)) : value;
}

/// `x!`
ValueId Elaborator::made_certain(ValueId value, Span where) {
    if (ValueId there = guarded_value(value); there != ValueId::none && !values_[there].optional) return used_at(there, where);
    bool may_be_absent = values_[value].optional || types_.is_optional(values_[value].type);
    return may_be_absent ? with_type(value, types_.without_none(values_[value].type)) : value;
}

}  // namespace zflow::elaborate
