// Operators, conditions and tests of types.
#include <algorithm>
#include <utility>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

using syntax::Operator;

ValueId Elaborator::conditional(NodeId node) {
    NodeId condition_node = tree().child(node);
    NodeId yes_node = tree().next(condition_node);
    NodeId no_node = tree().next(yes_node);
    ValueId condition = expression(condition_node, plain(TypeKind::Bool));
    if (is_error(condition)) return condition;
    if (auto decided = walks_left_out() ? std::nullopt : const_bool(condition)) {
        check_left_out(*decided ? no_node : yes_node, condition_node);
        return expression(*decided ? yes_node : no_node);
    }
    auto given = [&](NodeId value, bool holds) {
        Narrowed in_here(there_);
        narrow(condition_node, holds);
        return expression(value);
    };
    ValueId yes = given(yes_node, true), no = given(no_node, false);
    if (is_error(yes) || is_error(no)) return error_value(span(node));
    if (!is_null(yes) && !is_null(no) && !assignable(type_of(yes), type_of(no)) && !assignable(type_of(no), type_of(yes))) {
        // numbers and texts of several kinds go together, a number and a record do not
        auto scalar = [&](ValueId id) { TypeKind k = kind_of(id); return k >= TypeKind::Bool && k <= TypeKind::Literal; };
        if (!scalar(yes) || !scalar(no)) {
            diagnostics_.report(diag::TypeMismatch, span(no_node), type_text(type_of(yes)), type_text(type_of(no)))
                .label(span(yes_node), "the other value");
            return error_value(span(node));
        }
    }
    return make_conditional(condition, yes, no, span(node));
}

ValueId Elaborator::binary(NodeId node) {
    NodeId left = tree().child(node), right = tree().next(left);
    Operator op = tree()[node].op;
    Span where = span(node);
    bool in_text = std::exchange(text_part_, 0) == node;
    TypeId boolean = plain(TypeKind::Bool);
    if (op == Operator::And || op == Operator::Or) {
        ValueId a = expression(left, boolean);
        if (is_error(a)) return a;
        auto decided = walks_left_out() ? std::nullopt : const_bool(a);
        if (decided && *decided == (op == Operator::Or)) {   // the rest is not looked at
            check_left_out(right, left);
            return a;
        }
        Narrowed in_here(there_);
        narrow(left, op == Operator::And);
        ValueId b = expression(right, boolean);
        return is_error(b) ? b : make_binary(op, a, b, boolean, where);
    }
    ValueId a = expression(left), b = expression(right);
    if (is_error(a) || is_error(b)) return error_value(where);
    TypeKind ka = kind_of(a), kb = kind_of(b);
    bool a_optional = values_[a].optional || types_.is_optional(values_[a].type);
    bool b_optional = values_[b].optional || types_.is_optional(values_[b].type);
    auto number = [](TypeKind k) { return k == TypeKind::Int || k == TypeKind::Float; };
    auto texty = [&](ValueId v) {
        TypeId t = types_.without_none(values_[v].type);
        TypeKind k = types_.kind(t);
        return k == TypeKind::String || k == TypeKind::Date || k == TypeKind::Timestamp || k == TypeKind::Literal || k == TypeKind::Instance ||
               k == TypeKind::Arn || k == TypeKind::Bucket || (k == TypeKind::Union && assignable(t, plain(TypeKind::String)));
    };
    auto mismatch = [&](ValueId expected_like, ValueId found, NodeId at) {
        auto report = diagnostics_.report(diag::TypeMismatch, span(at), type_text(type_of(expected_like)), type_text(type_of(found)));
        if (kind_of(found) == TypeKind::Json) report.help("say what it is first: `let x: Float = …`");
        if (kind_of(found) == TypeKind::Int && kind_of(expected_like) == TypeKind::Duration) report.help("write a unit: `30s`, `5m`, `2h`");
        if (op == Operator::Default && texty(found)) report.help("what stands instead is of the same type; only in a text, `\"${x ?? \"none\"}\"`, it may be a word");
        if (kind_of(found) == TypeKind::Int && kind_of(expected_like) == TypeKind::Size) report.help("write a unit: `50GB`");
        return error_value(where);
    };
    if (op == Operator::Default) {
        if (is_null(a)) return b;
        if (!a_optional) return a;
        TypeId type = types_.without_none(type_of(a));
        ValueId there = with_type(a, types_.without_none(values_[a].type));
        auto scalar = [](TypeKind k) { return k == TypeKind::Bool || k == TypeKind::Int || k == TypeKind::Float; };
        bool texts = texty(b) && (texty(there) || (in_text && scalar(types_.kind(type))));   // in a text a number may have a word instead
        if (!is_null(b) && !assignable(type_of(b), type) && !assignable(type, type_of(b)) && !texts) return mismatch(there, b, right);
        ValueId id = make(Op::Binary, std::max(values_[a].time, values_[b].time), texts && !assignable(type_of(b), type) ? plain(TypeKind::String) : type, where);
        values_.edit(id).sub = static_cast<uint8_t>(op);
        values_.edit(id).a = static_cast<uint32_t>(a);
        values_.edit(id).b = static_cast<uint32_t>(b);
        values_.edit(id).optional = b_optional;
        if (texts && !texty(there)) {   // a number, or a word: both as text
            ValueId value[] = {id};
            return make_call(ir::Builtin::String, value, plain(TypeKind::String), where);
        }
        return id;
    }
    if (op == Operator::In) {
        if (values_[b].op != Op::List && kb != TypeKind::List) {
            diagnostics_.report(diag::NotAList, span(right), type_text(type_of(b)));
            return error_value(where);
        }
        if (values_[b].op == Op::List) {
            bool undecided = false;
            for (uint32_t i = 0; i < values_[b].b; i++) {
                ValueId item = values_.links(b)[i];
                bool comparable = (number(ka) && number(kind_of(item))) || (texty(a) && texty(item)) || ka == kind_of(item);
                if (!comparable) return mismatch(a, item, right);
                auto same = const_equal(a, item);
                if (same && *same) return make_bool(true, where);
                undecided |= !same;
            }
            if (!undecided) return make_bool(false, where);
        }
        return make_binary(op, a, b, boolean, where);
    }
    if (op == Operator::Equal || op == Operator::NotEqual) {
        if (is_null(a) || is_null(b)) return make_binary(op, a, b, boolean, where);
        bool literals = ka == TypeKind::Literals || kb == TypeKind::Literals || values_[a].op == Op::Record || values_[b].op == Op::Record;
        bool comparable = literals || ka == TypeKind::Json || kb == TypeKind::Json || (number(ka) && number(kb)) || (texty(a) && texty(b)) ||
                          assignable(type_of(a), type_of(b)) || assignable(type_of(b), type_of(a));
        if (!comparable) return mismatch(a, b, right);
        auto check_choice = [&](ValueId value, ValueId other, NodeId at) {      // a text that is none of the possible ones is never equal
            auto constant = const_text(value);
            TypeId t = types_.without_none(values_[other].type);
            if (constant && values_[other].time != Time::Const && (types_.kind(t) == TypeKind::Union || types_.kind(t) == TypeKind::Literal) && !convert(value, t))
                explain_mismatch(value, t, span(at));
        };
        check_choice(b, a, right);
        check_choice(a, b, left);
        return make_binary(op, a, b, boolean, where);
    }
    if (a_optional || b_optional) {
        diagnostics_.report(diag::MayBeAbsent, span(a_optional ? left : right), type_text(types_.without_none(values_[a_optional ? a : b].type)))
            .help("say what to use instead with `… ?? default`, or ask first: `if x != none { … }`");
        return error_value(where);
    }
    bool ordering = op == Operator::Less || op == Operator::LessEqual || op == Operator::Greater || op == Operator::GreaterEqual;
    if (ordering) {
        bool same_unit = ka == kb && (ka == TypeKind::Duration || ka == TypeKind::Size);
        if (!(number(ka) && number(kb)) && !(texty(a) && texty(b)) && !same_unit)
            return number(ka) || texty(a) || ka == TypeKind::Duration || ka == TypeKind::Size ? mismatch(a, b, right) : mismatch(b, a, left);
        return make_binary(op, a, b, boolean, where);
    }
    if (op == Operator::Add && texty(a) && texty(b)) {
        ValueId parts[] = {a, b};
        return make_concat(parts, plain(TypeKind::String), where);
    }
    if (op == Operator::Add && values_[a].op == Op::List && values_[b].op == Op::List) {
        std::vector<ValueId> items(values_.links(a).begin(), values_.links(a).end());
        items.insert(items.end(), values_.links(b).begin(), values_.links(b).end());
        return make_list(items, plain(TypeKind::Literals), where);
    }
    auto list_like = [&](ValueId v, TypeKind k) { return k == TypeKind::List || values_[v].op == Op::List; };
    if (op == Operator::Add && list_like(a, ka) && list_like(b, kb)) return append_lists(a, b, where);
    bool add = op == Operator::Add || op == Operator::Subtract;
    if ((ka == TypeKind::Duration || ka == TypeKind::Size) && add && kb != ka) return mismatch(a, b, right);
    if (ka == kb && (ka == TypeKind::Duration || ka == TypeKind::Size) && add) return make_binary(op, a, b, values_[a].type, where);
    bool scaled = (ka == TypeKind::Duration || ka == TypeKind::Size) && number(kb) && (op == Operator::Multiply || op == Operator::Divide);
    if (scaled) return make_binary(op, a, b, values_[a].type, where);
    if ((kb == TypeKind::Duration || kb == TypeKind::Size) && number(ka) && op == Operator::Multiply) return make_binary(op, b, a, values_[b].type, where);
    if (!number(ka) || !number(kb)) {
        NodeId at = number(ka) ? right : left;
        auto report = diagnostics_.report(diag::TypeMismatch, span(at), "Int` or `Float", type_text(type_of(number(ka) ? b : a)));
        if (op == Operator::Add && (texty(a) || texty(b))) report.help("put values into a text with `\"… ${x} …\"`");
        return error_value(where);
    }
    if ((op == Operator::Divide || op == Operator::Modulo) && const_number(b) == 0.0) {
        diagnostics_.report(diag::OutOfRange, span(right), "division by zero");
        return error_value(where);
    }
    bool whole = ka == TypeKind::Int && kb == TypeKind::Int && op != Operator::Divide;
    return make_binary(op, a, b, plain(whole ? TypeKind::Int : TypeKind::Float), where);
}

ValueId Elaborator::unary(NodeId node) {
    ValueId a = expression(tree().child(node));
    Span where = span(node);
    if (is_error(a)) return a;
    if (tree()[node].op == Operator::Not) {
        a = coerce(a, plain(TypeKind::Bool), span(tree().child(node)));
        if (is_error(a)) return a;
        if (auto decided = const_bool(a)) return make_bool(!*decided, where);
    } else {
        if (kind_of(a) != TypeKind::Int && kind_of(a) != TypeKind::Float) {
            diagnostics_.report(diag::TypeMismatch, span(tree().child(node)), "Int` or `Float", type_text(type_of(a)));
            return error_value(where);
        }
        if (auto whole = const_integer(a)) return make_integer(-*whole, values_[a].type, where);
        if (auto number = const_number(a)) return make_number(-*number, where);
    }
    ValueId id = make(Op::Unary, values_[a].time, values_[a].type, where);
    values_.edit(id).sub = static_cast<uint8_t>(tree()[node].op);
    values_.edit(id).a = static_cast<uint32_t>(a);
    return id;
}

bool Elaborator::holds_type(ValueId value, TypeId type) {
    TypeKind have = kind_of(value), want = types_.kind(type);
    if (types_[type].refinement >= 0 && have == want && is_const(value)) {   // its limits, as far as it is known
        if (recording_) recording_->sees_all(value);
        return fits_refinement(value, type);
    }
    if (values_[value].type == type || have == want) return want != TypeKind::Nominal || values_[value].type == type;
    if (want == TypeKind::S3 && have == TypeKind::Dataset) return true;
    if (want == TypeKind::String) return have == TypeKind::Literal;
    return have == TypeKind::Literals && convert(value, type).has_value();
}

ValueId Elaborator::is_type(NodeId node) {
    NodeId value_node = tree().child(node);
    ValueId value = expression(value_node);
    TypeId type = type_expression(tree().next(value_node));
    if (is_error(value) || types_.kind(type) == TypeKind::Error) return error_value(span(node));
    if (kind_of(value) == TypeKind::Union && !assignable(values_[value].type, type) && types_.kind(type) != TypeKind::Literal) {
        const types::Type& alternatives = types_[values_[value].type];
        bool possible = std::any_of(alternatives.items.begin(), alternatives.items.end(), [&](TypeId item) { return assignable(item, type); });
        if (possible) {
            diagnostics_.report(diag::WrongBindingTime, span(node), "which type a value has", "while compiling", "while the pipeline runs");
            return error_value(span(node));
        }
    }
    return make_bool(!is_null(value) && holds_type(value, type), span(node));
}

}  // namespace zflow::elaborate
