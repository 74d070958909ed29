// Functions around `for` and `parallel`: lists to go through, and what came of going through them.
#include <algorithm>

#include "elaborate/builtins.hpp"

namespace zflow::elaborate {

/// A list without its nones.
ValueId BuiltinCall::present() {
    const Value v = in.values_[args[0]];
    if (!expect_list(0) || v.optional) {
        if (v.optional)
            in.diagnostics_.report(diag::MayBeAbsent, spans[0], in.type_text(v.type)).help("say what to use instead with `?? []`");
        return error();
    }
    if (v.op == Op::List) {
        std::vector<ValueId> items;
        for (ValueId item : in.values_.links(args[0]))
            if (!in.is_null(item)) items.push_back(item);
        auto may_lack = [&](ValueId i) { return in.values_[i].optional || in.types_.is_optional(in.values_[i].type); };
        bool sure = std::none_of(items.begin(), items.end(), may_lack);
        if (sure) return in.make_list(items, in.plain(TypeKind::Literals), where);
    }
    TypeId element = in.types_[in.type_of(args[0])].element;
    return at_run_time(ir::Builtin::Present, in.types_.list(in.types_.without_none(element)));
}

/// range(n): 0 to n - 1; range(a, b): a to b - 1.
ValueId BuiltinCall::range() {
    constexpr int64_t most = 10'000;
    TypeId whole = in.plain(TypeKind::Int), type = in.types_.list(whole);
    if (args.size() == 1) {   // from 0 on
        args.push_back(args[0]), spans.push_back(spans[0]);
        args[0] = in.make_integer(0, whole, where);
    }
    if (!convert_all({TypeKind::Int, TypeKind::Int})) return error();
    args[1] = in.make_binary(syntax::Operator::Subtract, args[1], in.make_integer(1, whole, where), whole, where);
    auto from = in.const_integer(args[0]), to = in.const_integer(args[1]);
    if (!from || !to) return at_run_time(ir::Builtin::Range, type);
    if (*to >= *from && static_cast<uint64_t>(*to) - static_cast<uint64_t>(*from) >= most) {
        in.diagnostics_.report(diag::OutOfRange, where, fmt::format("a list of more than {} numbers is too long", most));
        return error();
    }
    std::vector<ValueId> items;
    for (int64_t i = *from; i <= *to; i++) items.push_back(in.make_integer(i, whole, where));
    return in.make_list(items, type, where);
}

ValueId BuiltinCall::problems() { return in.problems(args[0], where); }

ValueId BuiltinCall::read_json() {
    in.diagnostics_.report(diag::MisplacedStatement, where, "`read_json` is a step of its own")
        .help("write `let report: { auc: Float } = read_json(…)` in a pipeline or a stage kind");
    return error();
}

}  // namespace zflow::elaborate
