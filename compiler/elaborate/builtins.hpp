/// @file builtins.hpp
/// @brief The functions that are part of the language: one table (builtins.cpp), one short function each.
#pragma once

#include <initializer_list>
#include <utility>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

/// One call of a function of the language, its arguments evaluated. The functions are in builtins_*.cpp by subject; what is
/// constant is computed there, what must wait becomes an ir::Builtin that lowering knows as JSONata.
struct BuiltinCall {
    Elaborator& in;
    std::string_view name;
    Span where;
    Few<ValueId, 4> args{};
    Few<Span, 4> spans{};
    std::vector<std::pair<Symbol, ValueId>> named{};

    // --- builtins_text.cpp: text, numbers, lists, dates
    ValueId string();
    ValueId number();
    ValueId upper();
    ValueId lower();
    ValueId trim();
    ValueId starts_with();
    ValueId ends_with();
    ValueId before();
    ValueId after();
    ValueId after_last();
    ValueId replace();
    ValueId round();
    ValueId substring();
    ValueId floor();
    ValueId ceil();
    ValueId absolute();
    ValueId join();
    ValueId sum();
    ValueId average();
    ValueId json();
    ValueId parse_json();
    ValueId hash();
    ValueId base64_encode();
    ValueId base64_decode();
    ValueId now();
    ValueId format_date();
    ValueId add_days();
    ValueId length();
    ValueId contains();
    ValueId split();
    ValueId extreme();           ///< min, max
    ValueId keys_or_values();
    ValueId exists();
    ValueId merge();
    ValueId zip();
    ValueId tagged();
    ValueId untagged();
    ValueId date();
    ValueId pattern_mistake();
    ValueId pattern_groups();

    // --- builtins_tagged.cpp: values with their types said in them
    struct Tags { ValueId text, number, truth, nothing, list, record; };
    bool read_tags(size_t i, Tags& tags);
    ValueId tag(ValueId value, const Tags& tags);
    ValueId tag_record(ValueId record, const Tags& tags);
    ValueId tag_optional(ValueId value, const Tags& tags);
    ValueId tag_at_run_time(ValueId value, const Tags& tags);
    ValueId one_tag(ValueId name, ValueId value);

    // --- builtins_loops.cpp: around `for` and `parallel`
    ValueId present();
    ValueId range();
    ValueId problems();
    ValueId read_json();         ///< where it is not a step of its own

    // --- builtins_aws.cpp: locations, images, names, schedules
    ValueId s3();
    void check_key(ValueId key);
    void check_region(ValueId region);
    ValueId ecr();
    ValueId within();
    ValueId arn();
    ValueId fresh_name();
    ValueId name_prefix();
    ValueId run_token();
    ValueId task_token() { return in.task_token(where); }
    ValueId file();
    ValueId instance_trait();    ///< has_local_nvme, has_gpu
    std::string_view declared_format(ValueId location) const;
    ValueId format_of();
    ValueId unread_format();
    ValueId schedule();          ///< cron, rate, at
    ValueId of_schedule();       ///< what a schedule fills in: scheduled_date, …

    // --- what the functions have in common
    ValueId error() const { return in.error_value(where); }
    ValueId text(std::string_view s, TypeKind kind = TypeKind::String) { return in.make_text(in.values_.keep(s), in.plain(kind), where); }
    ValueId pseudo(std::string_view parameter);                   ///< a CloudFormation pseudo parameter
    /// Argument `i` converted to a plain type: it is replaced; an error value when it does not fit.
    ValueId convert(size_t i, TypeKind kind) { return args[i] = in.coerce(args[i], in.plain(kind), spans[i]); }
    /// All arguments, `kinds[i]` the plain type of argument i. False: one does not fit, and that was reported.
    bool convert_all(std::initializer_list<TypeKind> kinds);
    bool expect_list(size_t i);
    /// Surely there; reported when not.
    bool append_json(std::string& out, ValueId id) const;
    bool is_there(size_t i);
    /// There, and of none of these kinds; reported when not.
    bool is_none_of(size_t i, std::initializer_list<TypeKind> kinds, std::string_view wanted);
    bool fits(ValueId value, std::string_view pattern);           ///< what is constant matches; reported when not
    bool is_list(size_t i) const { return in.values_[args[i]].op == Op::List || in.kind_of(args[i]) == TypeKind::List; }
    /// With members that have names: no location, no image.
    bool is_record(size_t i) const {
        TypeKind k = in.kind_of(args[i]);
        return k == TypeKind::Record || k == TypeKind::Map || k == TypeKind::Nominal || (k == TypeKind::Literals && in.values_[args[i]].op == Op::Record);
    }
    std::optional<std::string_view> const_text(size_t i) const { return i < args.size() ? in.const_text(args[i]) : std::nullopt; }
    std::optional<double> const_number(size_t i) const { return i < args.size() ? in.const_number(args[i]) : std::nullopt; }
    ValueId named_value(std::string_view wanted) const;           ///< none when it was not given
    ValueId at_run_time(ir::Builtin function, TypeKind result) { return at_run_time(function, in.plain(result)); }
    ValueId at_run_time(ir::Builtin function, TypeId result) { return in.make_call(function, args, result, where); }
};

}  // namespace zflow::elaborate
