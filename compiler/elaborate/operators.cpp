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
        Assuming here(assumed_);
        narrow(condition_node, holds), assume(condition, holds);
        return expression(value);
    };
    ValueId yes = given(yes_node, true), no = given(no_node, false);
    if (is_error(yes) || is_error(no)) return error_value(span(node));
    if (!is_null(yes) && !is_null(no) && !assignable(type_of(yes), type_of(no)) && !assignable(type_of(no), type_of(yes))) {
        // numbers and texts of several kinds go together, and so do records, a number and a record do not
        auto scalar = [&](ValueId id) { TypeKind k = kind_of(id); return k >= TypeKind::Bool && k <= TypeKind::Literal; };
        if ((!scalar(yes) || !scalar(no)) && !common_place(type_of(yes), type_of(no)) && !(is_choice_of(yes, Op::Record) && is_choice_of(no, Op::Record))) {
            diagnostics_.report(diag::TypeMismatch, span(no_node), type_text(type_of(yes)), type_text(type_of(no)))
                .label(span(yes_node), "the other value");
            return error_value(span(node));
        }
    }
    return make_conditional(condition, yes, no, span(node));
}

ValueId Elaborator::binary(NodeId node) {
    const Operator op = tree()[node].op;
    bool in_text = std::exchange(text_part_, 0) == node;
    if (op == Operator::And || op == Operator::Or) return logical(node);
    NodeId left = tree().child(node), right = tree().next(left);
    ValueId a = expression(left);
    if (tree().kind(right) == NodeKind::None && absence_is_known(op, a)) return truth(is_null(a) == (op == Operator::Equal), node);
    if (op == Operator::Default && frame_->module->library && !may_be_absent(a) && !is_null(a)) return a;   // what is there needs nothing else
    ValueId b = expression(right);
    if (is_error(a) || is_error(b)) return error_value(span(node));
    Operation o{op, left, right, a, b, span(node)};
    switch (op) {
        case Operator::Default: return otherwise(o, in_text);
        case Operator::In: return contained(o);
        case Operator::Equal: case Operator::NotEqual: return equality(o);
        default: break;
    }
    if (may_be_absent(a) || may_be_absent(b)) {
        bool first = may_be_absent(a);
        report_absent(span(first ? left : right), first ? a : b);
        return error_value(o.where);
    }
    switch (op) {
        case Operator::Less: case Operator::LessEqual: case Operator::Greater: case Operator::GreaterEqual: return ordered(o);
        case Operator::Add:
            if (ValueId sum = sum_of_texts_or_lists(o); sum != ValueId::none) return sum;
            break;
        default: break;
    }
    return arithmetic(o);
}

void Elaborator::report_absent(Span where, ValueId value) {
    diagnostics_.report(diag::MayBeAbsent, where, type_text(types_.without_none(values_[value].type)))
        .help("say what to use instead with `… ?? default`, or ask first: `if x != none { … }`");
}

/// Whether `a == none` or `a != none` is decided. Kinds ask it of nearly every setting, so nothing is made for it but the
/// answer; a recording has to know how that came to be.
bool Elaborator::absence_is_known(Operator op, ValueId a) const {
    return !recording_ && (op == Operator::Equal || op == Operator::NotEqual) && !values_[a].optional && !is_error(a);
}

ValueId Elaborator::logical(NodeId node) {
    NodeId left = tree().child(node), right = tree().next(left);
    const Operator op = tree()[node].op;
    TypeId boolean = plain(TypeKind::Bool);
    ValueId a = expression(left, boolean);
    if (is_error(a)) return a;
    auto decided = walks_left_out() ? std::nullopt : const_bool(a);
    if (decided && *decided == (op == Operator::Or)) {   // the rest is not looked at
        check_left_out(right, left);
        return a;
    }
    Narrowed in_here(there_);
    Assuming here(assumed_);
    narrow(left, op == Operator::And), assume(a, op == Operator::And);
    ValueId b = expression(right, boolean);
    return is_error(b) ? b : make_binary(op, a, b, boolean, span(node));
}

namespace {

bool is_number(TypeKind k) { return k == TypeKind::Int || k == TypeKind::Float; }
bool has_units(TypeKind k) { return k == TypeKind::Duration || k == TypeKind::Size; }

}  // namespace

/// Whether it is compared and put together as a text.
bool Elaborator::is_text_like(ValueId value) {
    TypeId type = types_.without_none(values_[value].type);
    switch (types_.kind(type)) {
        case TypeKind::String: case TypeKind::Date: case TypeKind::Timestamp: case TypeKind::Literal: case TypeKind::Instance: case TypeKind::Arn:
        case TypeKind::Bucket: return true;
        case TypeKind::Union: return assignable(type, plain(TypeKind::String));
        default: return false;
    }
}

/// `found`, written at `at`, does not go together with `like`.
ValueId Elaborator::mismatch(const Operation& o, ValueId like, ValueId found, NodeId at) {
    auto report = diagnostics_.report(diag::TypeMismatch, span(at), type_text(type_of(like)), type_text(type_of(found)));
    if (kind_of(found) == TypeKind::Json) report.help("say what it is first: `let x: Float = …`");
    if (kind_of(found) == TypeKind::Int && kind_of(like) == TypeKind::Duration) report.help("write a unit: `30s`, `5m`, `2h`");
    if (o.op == Operator::Default && is_text_like(found)) report.help("what stands instead is of the same type; only in a text, `\"${x ?? \"none\"}\"`, it may be a word");
    if (kind_of(found) == TypeKind::Int && kind_of(like) == TypeKind::Size) report.help("write a unit: `50GB`");
    return error_value(o.where);
}

/// `a ?? b`; `in_text`: it stands in a text, where a number may have a word instead.
ValueId Elaborator::otherwise(const Operation& o, bool in_text) {
    const ValueId a = o.a, b = o.b;
    if (is_null(a)) return b;
    if (!may_be_absent(a)) return a;
    TypeId type = types_.without_none(type_of(a));
    ValueId there = with_type(a, types_.without_none(values_[a].type));
    auto scalar = [](TypeKind k) { return k == TypeKind::Bool || k == TypeKind::Int || k == TypeKind::Float; };
    bool texts = is_text_like(b) && (is_text_like(there) || (in_text && scalar(types_.kind(type))));
    if (!is_null(b) && !assignable(type_of(b), type) && !assignable(type, type_of(b)) && !texts) return mismatch(o, there, b, o.right);
    bool optional = may_be_absent(b);
    ValueId id = make(Op::Binary, std::max(values_[a].time, values_[b].time), texts && !assignable(type_of(b), type) ? plain(TypeKind::String) : type, o.where);
    Value& v = values_.edit(id);
    v.sub = static_cast<uint8_t>(o.op);
    v.a = static_cast<uint32_t>(a);
    v.b = static_cast<uint32_t>(b);
    v.optional = optional;
    if (texts && !is_text_like(there)) {   // a number, or a word: both as text
        ValueId value[] = {id};
        return make_call(ir::Builtin::String, value, plain(TypeKind::String), o.where);
    }
    return id;
}

/// `a in b`
ValueId Elaborator::contained(const Operation& o) {
    TypeKind ka = kind_of(o.a);
    if (values_[o.b].op != Op::List && kind_of(o.b) != TypeKind::List) {
        diagnostics_.report(diag::NotAList, span(o.right), type_text(type_of(o.b)));
        return error_value(o.where);
    }
    if (values_[o.b].op == Op::List) {
        bool undecided = false;
        for (uint32_t i = 0; i < values_[o.b].b; i++) {
            ValueId item = values_.links(o.b)[i];
            bool comparable = (is_number(ka) && is_number(kind_of(item))) || (is_text_like(o.a) && is_text_like(item)) || ka == kind_of(item);
            if (!comparable) return mismatch(o, o.a, item, o.right);
            auto same = const_equal(o.a, item);
            if (same && *same) return make_bool(true, o.where);
            undecided |= !same;
        }
        if (!undecided) return make_bool(false, o.where);
    }
    return make_binary(o.op, o.a, o.b, plain(TypeKind::Bool), o.where);
}

/// A text that is none of the possible ones is never equal.
void Elaborator::check_choice(ValueId value, ValueId other, Span where) {
    auto constant = const_text(value);
    if (!constant || is_const(other)) return;
    TypeId type = types_.without_none(values_[other].type);
    bool choice = types_.kind(type) == TypeKind::Union || types_.kind(type) == TypeKind::Literal;
    if (choice && !convert(value, type)) explain_mismatch(value, type, where);
}

/// `a == b`, `a != b`
ValueId Elaborator::equality(const Operation& o) {
    const ValueId a = o.a, b = o.b;
    if (is_null(a) || is_null(b)) return make_binary(o.op, a, b, plain(TypeKind::Bool), o.where);
    TypeKind ka = kind_of(a), kb = kind_of(b);
    bool literals = ka == TypeKind::Literals || kb == TypeKind::Literals || values_[a].op == Op::Record || values_[b].op == Op::Record;
    bool comparable = literals || ka == TypeKind::Json || kb == TypeKind::Json || (is_number(ka) && is_number(kb)) || (is_text_like(a) && is_text_like(b)) ||
                      assignable(type_of(a), type_of(b)) || assignable(type_of(b), type_of(a));
    if (!comparable) return mismatch(o, a, b, o.right);
    check_choice(b, a, span(o.right));
    check_choice(a, b, span(o.left));
    return make_binary(o.op, a, b, plain(TypeKind::Bool), o.where);
}

/// `a < b` and its like.
ValueId Elaborator::ordered(const Operation& o) {
    TypeKind ka = kind_of(o.a), kb = kind_of(o.b);
    bool comparable = (is_number(ka) && is_number(kb)) || (ka == kb && has_units(ka)) || (is_text_like(o.a) && is_text_like(o.b));
    if (comparable) return make_binary(o.op, o.a, o.b, plain(TypeKind::Bool), o.where);
    bool first_is_ordered = is_number(ka) || is_text_like(o.a) || has_units(ka);
    return first_is_ordered ? mismatch(o, o.a, o.b, o.right) : mismatch(o, o.b, o.a, o.left);
}

/// `a + b`; none when it is about numbers.
ValueId Elaborator::sum_of_texts_or_lists(const Operation& o) {
    const ValueId a = o.a, b = o.b;
    if (is_text_like(a) && is_text_like(b)) {
        ValueId parts[] = {a, b};
        return make_concat(parts, plain(TypeKind::String), o.where);
    }
    if (values_[a].op == Op::List && values_[b].op == Op::List) {
        std::vector<ValueId> items(values_.links(a).begin(), values_.links(a).end());
        items.insert(items.end(), values_.links(b).begin(), values_.links(b).end());
        return make_list(items, plain(TypeKind::Literals), o.where);
    }
    auto list_like = [&](ValueId v) { return kind_of(v) == TypeKind::List || values_[v].op == Op::List; };
    return list_like(a) && list_like(b) ? append_lists(a, b, o.where) : ValueId::none;
}

/// With numbers, durations and sizes.
ValueId Elaborator::arithmetic(const Operation& o) {
    const ValueId a = o.a, b = o.b;
    const TypeKind ka = kind_of(a), kb = kind_of(b);
    bool add = o.op == Operator::Add || o.op == Operator::Subtract;
    if (has_units(ka) && add && kb != ka) return mismatch(o, a, b, o.right);
    bool scaled = is_number(kb) && (o.op == Operator::Multiply || o.op == Operator::Divide);
    if (has_units(ka) && (add || scaled)) return make_binary(o.op, a, b, values_[a].type, o.where);
    if (has_units(kb) && is_number(ka) && o.op == Operator::Multiply) return make_binary(o.op, b, a, values_[b].type, o.where);
    if (!is_number(ka) || !is_number(kb)) {
        NodeId at = is_number(ka) ? o.right : o.left;
        auto report = diagnostics_.report(diag::TypeMismatch, span(at), "Int` or `Float", type_text(type_of(is_number(ka) ? b : a)));
        if (kind_of(is_number(ka) ? b : a) == TypeKind::Json) report.help("say what it is first: `let x: Float = …`");
        else if (ka == TypeKind::Date && add) report.help("days are added with `add_days(day, 1)`, taken away with `add_days(day, -1)`");
        else if (o.op == Operator::Add && (is_text_like(a) || is_text_like(b))) report.help("put values into a text with `\"… ${x} …\"`");
        return error_value(o.where);
    }
    if ((o.op == Operator::Divide || o.op == Operator::Modulo) && const_number(b) == 0.0) {
        diagnostics_.report(diag::OutOfRange, span(o.right), "division by zero");
        return error_value(o.where);
    }
    bool whole = ka == TypeKind::Int && kb == TypeKind::Int && o.op != Operator::Divide;
    return make_binary(o.op, a, b, plain(whole ? TypeKind::Int : TypeKind::Float), o.where);
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
    granted_ |= can_differ(value);   // a part of it that may be something else makes it no other type
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
    return truth(!is_null(value) && holds_type(value, type), node);
}

}  // namespace zflow::elaborate
