// Values against the limits of their types: patterns, lengths, ranges, what an ARN is of.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

bool is_wrong_account(std::string_view account) {
    return !account.empty() && account.size() != 12 && account.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

/// What is known later is looked at as each of the values that it can come out as.
void Elaborator::check_refinement(ValueId value, TypeId type, Span where) {
    if (!types_[type].limited) return;
    if (can_differ(value)) return each_possible(value, [&](ValueId one) { check_limits(one, type, one == value ? where : values_[one].where); });
    const size_t errors = session_.diagnostics.errors();
    check_limits(value, type, where);
    if (values_[value].op != Op::Concat || !has_variants(value)) return;
    each_variant(value, [&](ValueId one) {   // of a text that is put together one that does not fit is enough
        if (errors == session_.diagnostics.errors()) check_limits(one, type, values_[one].where);
    });
}

void Elaborator::check_limits(ValueId value, TypeId type, Span where) {
    const types::Type& t = types_[types_.without_none(type)];
    const Value v = values_[value];
    if (v.op == Op::List && t.kind == TypeKind::List) {
        for (uint32_t i = 0; i < v.b; i++) check_refinement(values_.links(value)[i], t.element, values_[values_.links(value)[i]].where);
        return;
    }
    if (v.op == Op::Record && (t.kind == TypeKind::Map || t.kind == TypeKind::Record || t.kind == TypeKind::Nominal)) {
        for (uint32_t i = 0; i < v.b; i++) {
            ir::Field f = values_.fields(value)[i];
            auto declared = std::find_if(t.fields.begin(), t.fields.end(), [&](auto& x) { return x.name == f.key; });
            if (t.kind == TypeKind::Map) check_refinement(f.value, t.element, values_[f.value].where);
            else if (declared != t.fields.end()) check_refinement(f.value, declared->type, values_[f.value].where);
        }
        return;
    }
    if (t.kind == TypeKind::Union) {   // the limits of the alternative that the value is one of
        std::vector<TypeId> same;
        std::copy_if(t.items.begin(), t.items.end(), std::back_inserter(same), [&](TypeId i) {
            return types_.kind(i) == types_.kind(v.type) && (types_.kind(i) != TypeKind::Nominal || i == v.type);
        });
        auto fits = [&](TypeId i) { return types_[i].refinement < 0 || fits_refinement(value, i); };
        if (recording_ && same.size() > 1 && is_const(value)) recording_->sees(value);
        if (same.size() == 1 || (!same.empty() && std::none_of(same.begin(), same.end(), fits))) check_limits(value, same.front(), where);
        return;
    }
    if (t.refinement < 0 || is_null(value)) return;
    if (fits_refinement(value, type)) {
        if (recording_) recording_->checks(value, type);
        return;
    }
    const types::Refinement& limits = types_.refinement(t.refinement);
    auto bounds = [&](double amount, std::string_view what) {
        if (limits.has_min && amount < limits.min)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("{} {} is below the least value {}", what, amount, limits.min));
        if (limits.has_max && amount > limits.max)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("{} {} is above the greatest value {}", what, amount, limits.max));
        return (!limits.has_min || amount >= limits.min) && (!limits.has_max || amount <= limits.max);
    };
    if (t.kind == TypeKind::Arn) return refuse_arn(value, limits.pattern, where);
    if (t.kind == TypeKind::String) {
        auto text = const_text(value);
        if (!text) {
            auto fits = [&](std::string_view t) { return patterns::matches(limits.pattern, t); };
            return check_possible_texts(value, {limits.pattern, limits.max, limits.has_max}, where, fits);
        }
        refused_.push_back(v.where);                         // the request that it goes into asks for the same
        if (!bounds(static_cast<double>(patterns::code_points(*text)), "length")) return;
        misfit(*text, limits.pattern, where);
        values_.edit(value).type = plain(TypeKind::Error);
    } else if (auto number = const_number(value)) {
        refused_.push_back(v.where);
        bounds(*number, "value");
    }
}

bool Elaborator::fits_refinement(ValueId value, TypeId type) const {
    const types::Type& t = types_[types_.without_none(type)];
    const types::Refinement& limits = types_.refinement(t.refinement);
    auto within = [&](double amount) { return !(limits.has_min && amount < limits.min) && !(limits.has_max && amount > limits.max); };
    const Value& v = values_[value];
    if (t.kind == TypeKind::Arn) return arn_fits(known_arn(value), limits.pattern);
    if (t.kind != TypeKind::String) {
        auto number = number_of(v);
        return !number || within(*number);
    }
    if (v.op != Op::String) return may_fit(value, {limits.pattern, limits.max, limits.has_max}, [&](std::string_view text) { return patterns::matches(limits.pattern, text); });
    return within(static_cast<double>(patterns::code_points(v.text()))) && (limits.pattern.empty() || patterns::matches(limits.pattern, v.text()));
}

/// Of one that is put together only the service is looked at.
bool Elaborator::arn_fits(const ir::KnownArn& arn, std::string_view pattern) {
    if (arn.whole) return patterns::matches(pattern, arn.text);
    return arn.service().empty() || patterns::matches(ir::arn_field(pattern, 2), arn.service());
}

void Elaborator::refuse_arn(ValueId value, std::string_view pattern, Span where) {
    ir::KnownArn arn = known_arn(value);
    std::string_view service = arn.service(), wanted = ir::arn_field(pattern, 2), resource = ir::arn_field(pattern, 5);
    resource.remove_suffix(std::string_view(".+").size());
    bool any_service = wanted.starts_with('[');
    std::string limits = any_service ? "" : fmt::format("service: \"{}\"", wanted);
    if (!resource.empty()) limits += fmt::format("{}resource: \"{}\"", limits.empty() ? "" : ", ", resource);
    auto report = diagnostics_.report(diag::TypeMismatch, where, fmt::format("Arn({})", limits), session_.sources.text(where));
    if (!any_service && !service.empty() && service != wanted) report.help(fmt::format("this is an ARN of `{}`, and one of `{}` belongs here", service, wanted));
    else if (std::string_view account = ir::arn_field(arn.text, 4); is_wrong_account(account)) report.help(fmt::format("an account has 12 digits, and `{}` has {}", account, account.size()));
    else report.help(fmt::format("such an ARN is `arn:aws:{}:…:{}<name>`", any_service ? "<service>" : wanted, resource));
    values_.edit(value).type = plain(TypeKind::Error);   // what is made of it is wrong for the same reason
}

/// A text that does not match a pattern, with a name like it that does.
void Elaborator::misfit(std::string_view text, std::string_view pattern, Span where) {
    auto report = diagnostics_.report(diag::PatternMismatch, where, text, pattern);
    if (std::string name = advice::fitting_name(text, pattern); !name.empty()) report.help(fmt::format("as in \"{}\"", name));
}

}  // namespace zflow::elaborate
