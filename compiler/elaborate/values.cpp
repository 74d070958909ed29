// Making values: constant parts are computed here, so that everything later sees only what must wait.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "elaborate/elaborator.hpp"
#include "ir/visit.hpp"

namespace zflow::elaborate {

using syntax::Operator;

ValueId Elaborator::error_value(Span where) { return make(Op::Null, Time::Const, plain(TypeKind::Error), where); }

ValueId Elaborator::make_null(Span where) { return make(Op::Null, Time::Const, plain(TypeKind::None), where); }

ValueId Elaborator::make_bool(bool value, Span where) {
    ValueId id = make(Op::Bool, Time::Const, plain(TypeKind::Bool), where);
    values_.edit(id).a = value;
    return id;
}

ValueId Elaborator::common_value(Common what, NodeId node) {
    auto made = [&] { return what == Common::Nothing ? make_null(span(node)) : make_bool(what == Common::True, span(node)); };
    if (!frame_->module->library) return made();
    ValueId& known = common_[static_cast<size_t>(what)];
    if (known == ValueId::none) known = made();
    else if (recording_) recording_->meets(known);
    return known;
}

ValueId Elaborator::make_integer(int64_t value, TypeId type, Span where) {
    ValueId id = make(Op::Integer, Time::Const, type, where);
    values_.edit(id).integer = value;
    return id;
}

ValueId Elaborator::make_decimal(std::string_view text, Span where) {
    ValueId id = make(Op::Decimal, Time::Const, plain(TypeKind::Float), where);
    values_.edit(id).chars = {text.data(), static_cast<uint32_t>(text.size())};
    return id;
}

ValueId Elaborator::make_number(double value, Span where) {
    if (std::floor(value) == value && std::fabs(value) < 9e15) return make_integer(static_cast<int64_t>(value), plain(TypeKind::Float), where);
    char digits[32];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return make_decimal(values_.keep({digits, static_cast<size_t>(end - digits)}), where);
}

ValueId Elaborator::make_text(std::string_view text, TypeId type, Span where) {
    ValueId id = make(Op::String, Time::Const, type, where);
    values_.edit(id).chars = {text.data(), static_cast<uint32_t>(text.size())};
    return id;
}

ValueId Elaborator::make_list(std::span<const ValueId> items, TypeId type, Span where) {
    Time time = Time::Const;
    for (ValueId i : items) time = std::max(time, values_[i].time);
    uint32_t first = values_.add_links(items);
    ValueId id = make(Op::List, time, type, where);
    values_.edit(id).a = first;
    values_.edit(id).b = static_cast<uint32_t>(items.size());
    return id;
}

ValueId Elaborator::make_record(std::span<const ir::Field> fields, TypeId type, Span where) {
    Time time = Time::Const;
    for (const ir::Field& f : fields) time = std::max(time, values_[f.value].time);
    uint32_t first = values_.add_fields(fields);
    ValueId id = make(Op::Record, time, type, where);
    values_.edit(id).a = first;
    values_.edit(id).b = static_cast<uint32_t>(fields.size());
    return id;
}

namespace {

/// The text that a constant scalar has inside a longer text.
class ConstText {
   public:
    explicit ConstText(const Value& v) {
        switch (v.op) {
            case Op::String: case Op::Decimal: text_ = v.text(); break;
            case Op::Integer: text_ = {digits_, static_cast<size_t>(std::to_chars(digits_, std::end(digits_), v.integer).ptr - digits_)}; break;
            case Op::Bool: text_ = v.a ? "true" : "false"; break;
            default: break;
        }
    }
    ConstText(const ConstText&) = delete;
    ConstText& operator=(const ConstText&) = delete;
    std::string_view text() const { return text_; }

   private:
    char digits_[24];
    std::string_view text_;
};

bool is_const_text(const Value& v) { return v.op == Op::String || v.op == Op::Decimal || v.op == Op::Integer || v.op == Op::Bool; }

}  // namespace

ValueId Elaborator::make_concat(std::span<const ValueId> parts, TypeId type, Span where) {
    size_t since = values_.size();
    ValueId made = join_texts(parts, type, where);
    if (!recording_) return made;
    for (ValueId part : parts)
        if (values_[part].op == Op::String && values_[part].text().empty()) recording_->sees(part);   // it left no trace
    recording_->makes(made, since, Recipe::Joined, parts, static_cast<uint32_t>(type));
    return made;
}

ValueId Elaborator::join_texts(std::span<const ValueId> parts, TypeId type, Span where) {
    std::vector<ValueId>& flat = flat_texts_;   // texts of texts are flattened
    flat.clear();
    size_t constants = 0;
    Time time = Time::Const;
    auto add = [&](ValueId id, const Value& v) {
        constants += is_const_text(v);
        time = std::max(time, v.time);
        flat.push_back(id);
    };
    for (ValueId part : parts) {
        const Value& v = values_[part];
        if (is_error(part)) return part;
        if (v.op != Op::Concat) add(part, v);
        else for (ValueId link : values_.links(part)) add(link, values_[link]);
    }
    if (constants == flat.size()) return make_text(joined(flat), type, where);
    size_t kept = constants ? 0 : flat.size();
    for (size_t i = kept; i < flat.size();) {   // neighbouring constants become one
        size_t end = i;
        while (end < flat.size() && is_const_text(values_[flat[end]])) end++;
        if (end == i) {
            flat[kept++] = flat[i++];
            continue;
        }
        if (std::string_view text = joined({flat.data() + i, end - i}); !text.empty()) flat[kept++] = make_text(text, plain(TypeKind::String), where);
        i = end;
    }
    flat.resize(kept);
    if (flat.size() == 1 && types_.kind(values_[flat[0]].type) == types_.kind(type)) return flat[0];
    uint32_t first = values_.add_links(flat);
    ValueId id = make(Op::Concat, time, type, where);
    values_.edit(id).a = first;
    values_.edit(id).b = static_cast<uint32_t>(flat.size());
    return id;
}

/// Constants in one text.
std::string_view Elaborator::joined(std::span<const ValueId> parts) {
    if (parts.size() == 1 && values_[parts[0]].op == Op::String) return values_[parts[0]].text();
    size_t size = 0;
    for (ValueId part : parts) size += ConstText(values_[part]).text().size();
    char* const begin = values_.room(size);
    char* end = begin;
    for (ValueId part : parts) {
        ConstText constant(values_[part]);
        end = std::copy(constant.text().begin(), constant.text().end(), end);
    }
    return {begin, size};
}

ValueId Elaborator::make_call(ir::Builtin function, std::span<const ValueId> arguments, TypeId type, Span where) {
    Time time = Time::Deploy;  // a call that could be computed was computed before
    for (ValueId a : arguments) {
        if (is_error(a)) return a;
        time = std::max(time, values_[a].time);
    }
    uint32_t first = values_.add_links(arguments);
    ValueId id = make(Op::Call, time, type, where);
    Value& v = values_.edit(id);
    v.sub = static_cast<uint8_t>(function);
    v.a = first;
    v.b = static_cast<uint32_t>(arguments.size());
    return id;
}

ValueId Elaborator::make_result(StepId step, uint32_t path, TypeId type, bool optional, Span where) {
    ValueId id = make(Op::Result, Time::Run, type, where);
    Value& v = values_.edit(id);
    v.a = static_cast<uint32_t>(step);
    v.b = path;
    v.optional = optional;
    return id;
}

ValueId Elaborator::make_part(ValueId object, Symbol name, TypeId type, bool optional, Span where) {
    const Value v = values_[object];
    size_t since = values_.size();
    ValueId part = make_result(StepId{v.a}, values_.path(v.b, name), type, optional, where);
    if (recording_) recording_->makes(part, since, Recipe::Part, {&object, 1}, static_cast<uint32_t>(name));
    return part;
}

ValueId Elaborator::with_type(ValueId value, TypeId type, bool optional) {
    Value v = values_[value];
    v.type = type;
    v.optional = optional;
    return add_changed(value, v);
}

/// A value that differs from another one in its type or place.
ValueId Elaborator::add_changed(ValueId from, const Value& to) {
    size_t since = values_.size();
    ValueId made = values_.add(to);
    if (recording_) recording_->makes(made, since, Recipe::Retyped, {&from, 1});
    return made;
}

std::optional<bool> Elaborator::const_bool(ValueId value) const {
    const Value& v = values_[value];
    if (v.op != Op::Bool) return {};
    if (recording_) recording_->sees(value);
    return v.a != 0;
}

std::optional<std::string_view> Elaborator::const_text(ValueId value) const {
    const Value& v = values_[value];
    if (v.op != Op::String) return {};
    if (recording_) recording_->sees(value);
    return v.text();
}

std::optional<double> Elaborator::const_number(ValueId value) const {
    auto number = number_of(values_[value]);
    if (number && recording_) recording_->sees(value);
    return number;
}

std::optional<double> Elaborator::number_of(const Value& v) {
    if (v.op == Op::Integer) return static_cast<double>(v.integer);
    if (v.op != Op::Decimal) return {};
    double number = 0;
    std::from_chars(v.text().data(), v.text().data() + v.text().size(), number);
    return number;
}

std::optional<int64_t> Elaborator::const_integer(ValueId value) const {
    const Value& v = values_[value];
    if (v.op != Op::Integer) return {};
    if (recording_) recording_->sees(value);
    return v.integer;
}

std::optional<bool> Elaborator::const_equal(ValueId a, ValueId b) const {
    const Value& x = values_[a];
    const Value& y = values_[b];
    if (x.op == Op::Null || y.op == Op::Null) {
        const Value& other = x.op == Op::Null ? y : x;
        if (other.op == Op::Null) return true;
        if (other.optional) return {};
        return false;                                       // a value that is surely there is not `none`
    }
    // a record or list literal has its size now, whatever is in it
    if (x.op == Op::Record && y.op == Op::Record && (x.b == 0 || y.b == 0)) return x.b == y.b;
    if (x.op == Op::List && y.op == Op::List && (x.b == 0 || y.b == 0)) return x.b == y.b;
    if (x.op == Op::Pseudo && y.op == Op::Pseudo && x.text() == y.text()) return true;   // the same account is the same
    if (x.time != Time::Const || y.time != Time::Const) return {};
    if (auto p = const_number(a), q = const_number(b); p && q) return *p == *q;
    if (x.op != y.op) return false;
    if (recording_) recording_->sees(a), recording_->sees(b);
    switch (x.op) {
        case Op::String: return x.text() == y.text();
        case Op::Bool: return x.a == y.a;
        case Op::List:
            if (x.b != y.b) return false;
            for (uint32_t i = 0; i < x.b; i++)
                if (auto same = const_equal(values_.links(a)[i], values_.links(b)[i]); !same || !*same) return same;
            return true;
        case Op::Record:
            if (x.b != y.b) return false;
            for (const ir::Field& f : values_.fields(a)) {
                ValueId other = values_.field(b, f.key);
                if (other == ValueId::none) return false;
                if (auto same = const_equal(f.value, other); !same || !*same) return same;
            }
            return true;
        default: return {};
    }
}

namespace {

std::optional<bool> compare(Operator op, double a, double b) {
    switch (op) {
        case Operator::Less: return a < b;
        case Operator::LessEqual: return a <= b;
        case Operator::Greater: return a > b;
        case Operator::GreaterEqual: return a >= b;
        default: return {};
    }
}

std::optional<int64_t> exact(Operator op, int64_t a, int64_t b) {
    int64_t r = 0;
    switch (op) {
        case Operator::Add: return __builtin_add_overflow(a, b, &r) ? std::nullopt : std::optional(r);
        case Operator::Subtract: return __builtin_sub_overflow(a, b, &r) ? std::nullopt : std::optional(r);
        case Operator::Multiply: return __builtin_mul_overflow(a, b, &r) ? std::nullopt : std::optional(r);
        case Operator::Modulo: return b == 0 || b == -1 ? std::nullopt : std::optional(a % b);
        case Operator::Divide: return b == 0 || b == -1 || a % b != 0 ? std::nullopt : std::optional(a / b);
        default: return {};
    }
}

}  // namespace

ValueId Elaborator::make_binary(Operator op, ValueId a, ValueId b, TypeId type, Span where) {
    size_t since = values_.size();
    if (op == Operator::And || op == Operator::Or) return calculate(op, a, b, type, where);
    Recording* recording = std::exchange(recording_, nullptr);
    ValueId made = calculate(op, a, b, type, where);
    recording_ = recording;
    ValueId operands[] = {a, b};
    if (!recording) return made;
    if (values_[made].op != Op::Binary) recording->makes(made, since, Recipe::Calculated, operands, static_cast<uint32_t>(type), static_cast<uint8_t>(op));
    else if (is_const(a) == is_const(b) && values_[a].time != Time::Run) recording->sees(a), recording->sees(b);   // they could not be calculated
    return made;
}

ValueId Elaborator::calculate(Operator op, ValueId a, ValueId b, TypeId type, Span where) {
    if (op == Operator::Equal || op == Operator::NotEqual)
        if (auto same = const_equal(a, b)) return make_bool(*same == (op == Operator::Equal), where);
    if (values_[a].op == Op::Conditional || values_[b].op == Op::Conditional)
        if (ValueId asked = compared_by_arms(op, a, b, where); asked != ValueId::none) return asked;
    if (op == Operator::Equal || op == Operator::NotEqual) {   // `(if c then x else none) == none` asks for `c`
        ValueId tested = is_null(b) ? a : is_null(a) ? b : ValueId::none, there = tested == ValueId::none ? tested : guarded_value(tested);
        if (there != ValueId::none && !values_[there].optional && !types_.is_optional(values_[there].type)) {
            ValueId condition{values_[tested].a};
            bool when_true = there == ValueId{values_[tested].b};
            return when_true == (op == Operator::NotEqual) ? condition : make_not(condition, where);
        }
    }
    if (op == Operator::And || op == Operator::Or) {
        bool decides = op == Operator::Or;               // true decides an `or`, false an `and`
        if (auto x = const_bool(a)) return *x == decides ? a : b;
        if (auto y = const_bool(b)) return *y == decides ? b : a;
    }
    if (auto x = const_integer(a), y = const_integer(b); x && y)
        if (auto r = exact(op, *x, *y)) return make_integer(*r, type, where);
    if (auto x = const_number(a), y = const_number(b); x && y) {
        if (auto r = compare(op, *x, *y)) return make_bool(*r, where);
        switch (op) {
            case Operator::Add: return with_type(make_number(*x + *y, where), type);
            case Operator::Subtract: return with_type(make_number(*x - *y, where), type);
            case Operator::Multiply: return with_type(make_number(*x * *y, where), type);
            case Operator::Divide: if (*y != 0) return with_type(make_number(*x / *y, where), type); break;
            default: break;
        }
    }
    if (auto x = const_text(a), y = const_text(b); x && y) {
        int order = x->compare(*y);
        if (auto r = compare(op, order, 0)) return make_bool(*r, where);
    }
    ValueId id = make(Op::Binary, std::max({values_[a].time, values_[b].time, Time::Deploy}), type, where);
    Value& v = values_.edit(id);
    v.sub = static_cast<uint8_t>(op);
    v.a = static_cast<uint32_t>(a);
    v.b = static_cast<uint32_t>(b);
    return id;
}

/// Locations of rows of two data sets, or of one and of anything, are locations.
std::optional<TypeId> Elaborator::common_place(TypeId a, TypeId b) {
    const TypeId one = types_.without_none(a), other = types_.without_none(b);
    auto place = [&](TypeId type) { return types_.kind(type) == TypeKind::S3 || types_.kind(type) == TypeKind::Dataset; };
    if (one == other || !place(one) || !place(other)) return {};
    const bool optional = types_.is_optional(a) || types_.is_optional(b);
    return optional ? types_.optional(plain(TypeKind::S3)) : plain(TypeKind::S3);
}

ValueId Elaborator::make_conditional(ValueId condition, ValueId yes, ValueId no, Span where) {
    if (auto decided = const_bool(condition)) return *decided ? yes : no;
    yes = decided_arm(yes, condition, true), no = decided_arm(no, condition, false);
    TypeId type = assignable(type_of(no), type_of(yes)) ? type_of(yes) : types_.union_of({type_of(yes), type_of(no)});
    if (auto place = common_place(type_of(yes), type_of(no))) type = *place;
    const TypeKind scalar = kind_of(no);   // of a number within limits and any number it is any
    if (kind_of(yes) == scalar && (scalar == TypeKind::Int || scalar == TypeKind::Float) && assignable(type_of(yes), type_of(no))) type = type_of(no);
    if (kind_of(yes) == TypeKind::Int && kind_of(no) == TypeKind::Float)   // `if empty then 0 else sum / count` is a number with a fraction
        type = types_.is_optional(type) ? types_.optional(plain(TypeKind::Float)) : plain(TypeKind::Float);
    Time time = std::max({values_[condition].time, values_[yes].time, values_[no].time});
    ValueId id = make(Op::Conditional, time, type, where);
    Value& v = values_.edit(id);
    v.a = static_cast<uint32_t>(condition);
    v.b = static_cast<uint32_t>(yes);
    v.c = static_cast<uint32_t>(no);
    v.optional = types_.is_optional(type);
    return id;
}

ValueId Elaborator::make_not(ValueId condition, Span where) {
    ValueId id = make(Op::Unary, values_[condition].time, plain(TypeKind::Bool), where);
    values_.edit(id).sub = static_cast<uint8_t>(Operator::Not);
    values_.edit(id).a = static_cast<uint32_t>(condition);
    return id;
}

ValueId Elaborator::make_member(ValueId object, Symbol name, TypeId type, bool optional, Span where) {
    ValueId id = make(Op::Member, values_[object].time, type, where);
    Value& v = values_.edit(id);
    v.a = static_cast<uint32_t>(object);
    v.b = static_cast<uint32_t>(name);
    v.optional = optional;
    return id;
}

ValueId Elaborator::guarded_value(ValueId value) const {
    const Value& v = values_[value];
    if (v.op != Op::Conditional) return ValueId::none;
    if (is_null(ValueId{v.c}) && !is_null(ValueId{v.b})) return ValueId{v.b};
    return is_null(ValueId{v.b}) && !is_null(ValueId{v.c}) ? ValueId{v.c} : ValueId::none;
}

ValueId Elaborator::as_text(ValueId value, Span where) {
    const Value v = values_[value];
    switch (types_.kind(v.type)) {
        case TypeKind::S3: case TypeKind::Dataset: {
            if (v.op != Op::Record) return with_type(value, plain(TypeKind::String), v.optional);
            if (ValueId uri = values_.field(value, known_.uri); uri != ValueId::none) return uri;
            ValueId parts[] = {make_text("s3://", plain(TypeKind::String), where), values_.field(value, known_.bucket),
                               make_text("/", plain(TypeKind::String), where), values_.field(value, known_.key)};
            return make_concat(parts, plain(TypeKind::String), where);
        }
        case TypeKind::Image:
            return v.op == Op::Record ? values_.field(value, known_.uri) : with_type(value, plain(TypeKind::String), v.optional);
        case TypeKind::Int: case TypeKind::Float: case TypeKind::Bool: {
            size_t since = values_.size();
            if (is_const_text(v)) {
                ValueId text = make_text(joined({&value, 1}), plain(TypeKind::String), where);
                if (recording_) recording_->makes(text, since, Recipe::Spelled, {&value, 1});
                return text;
            }
            ValueId argument[] = {value};
            return make_call(ir::Builtin::String, argument, plain(TypeKind::String), where);
        }
        default: return value;
    }
}

/// Whether CloudFormation can make the value: references, texts put together, and choices between them, but no arithmetic.
bool Elaborator::deployable(ValueId value) const {
    const Value& v = values_[value];
    auto fine = [&](uint32_t id) { return deployable(ValueId{id}); };
    auto all = [&](std::span<const ValueId> ids) { return std::all_of(ids.begin(), ids.end(), [&](ValueId id) { return deployable(id); }); };
    switch (v.op) {
        case Op::Concat: case Op::List: return all(values_.links(value));
        case Op::Record:
            for (const ir::Field& f : values_.fields(value))
                if (!deployable(f.value)) return false;
            return true;
        case Op::Conditional: return fine(v.a) && fine(v.b) && fine(v.c);
        case Op::Index: return fine(v.a) && is_const(ValueId{v.b});
        case Op::Unary: return static_cast<Operator>(v.sub) == Operator::Not && fine(v.a);
        case Op::Binary:
            switch (static_cast<Operator>(v.sub)) {
                case Operator::Equal: case Operator::NotEqual: case Operator::And: case Operator::Or: case Operator::In: return fine(v.a) && fine(v.b);
                default: return false;
            }
        case Op::Call:
            switch (static_cast<ir::Builtin>(v.sub)) {
                case ir::Builtin::String: case ir::Builtin::Split: case ir::Builtin::Join: case ir::Builtin::Before: case ir::Builtin::Replace:
                case ir::Builtin::Base64Encode: return all(values_.links(value));
                default: return false;
            }
        default: return v.time != Time::Run;
    }
}

bool Elaborator::known_by(ValueId value, Time time, Span where, std::string_view what) {
    if (is_error(value)) return false;
    const Value& v = values_[value];
    if (time == Time::Deploy && v.time <= time && !deployable(value)) {
        ValueId calculated = value;   // the part of it that is
        for (ValueId next = value; next != ValueId::none; calculated = next == ValueId::none ? calculated : next) {
            next = ValueId::none;
            ir::each_operand(values_, calculated, [&](ValueId id) { if (next == ValueId::none && !deployable(id)) next = id; });
        }
        Span at = values_[calculated].where;
        if (values_[calculated].op == Op::Binary) {   // by another name it is where that name stands: its parts are where it was written
            const Span first = values_[ValueId{values_[calculated].a}].where, last = values_[ValueId{values_[calculated].b}].where;
            if (first.known() && last.known() && first.file == last.file && first.begin < last.end) at = {first.file, first.begin, last.end};
        }
        const bool is_own = at.known() && at != where && !session_.sources.file(at.file).library;
        auto report = diagnostics_.report(diag::WrongBindingTime, is_own ? at : where, what, "when the stack is deployed", "while the pipeline runs");
        if (is_own && where.known() && (where.file != at.file || where.end < at.begin || where.begin > at.end)) report.label(where, "for this");
        report.help("CloudFormation puts texts together and chooses between values, it does not calculate: make it a parameter or a constant");
        return false;
    }
    if (v.time <= time) return true;
    if (sampling_ && is_sample(value)) return false;   // whoever uses the kind may know it in time
    std::string_view when = time == Time::Const ? "while compiling" : "when the stack is deployed";
    std::string_view known = v.time == Time::Run ? "while the pipeline runs" : "when the stack is deployed";
    auto report = diagnostics_.report(diag::WrongBindingTime, where, what, when, known);
    // the chain: the leaf that made it late
    ValueId leaf = value;
    for (int guard = 0; guard < 64; guard++) {
        ValueId next = ValueId::none;
        ir::each_operand(values_, leaf, [&](ValueId id) { if (next == ValueId::none && values_[id].time == v.time) next = id; });
        if (next == ValueId::none) break;
        leaf = next;
    }
    const Value& l = values_[leaf];
    if (l.op == Op::Result && pipeline_) report.label(pipeline_->steps[l.a].where, "the answer of this stage is only known while the pipeline runs");
    else if (l.op == Op::Input && pipeline_) report.label(pipeline_->inputs[l.a].where, "an input of the pipeline is only known while it runs");
    else if (l.op == Op::Parameter) report.label(stack_->parameters[l.a].where, "a parameter is only known when the stack is deployed");
    return false;
}

}  // namespace zflow::elaborate
