// Points in time: what `wait until` takes, and what a text has to be to be one.
#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::string_view of_a_day = "2026-01-31";   // stands for a day of which nothing is known yet

}  // namespace

/// A constant, or a day and a time: `"${day}T06:00:00Z"`.
bool Elaborator::is_moment(ValueId text) {
    const Value& v = values_[text];
    if (v.op == Op::String) {
        if (recording_) recording_->sees(text);   // its content decides
        return patterns::is_timestamp(v.text());
    }
    if (v.op != Op::Concat) return false;
    std::string whole;
    for (ValueId part : values_.links(text)) {
        if (values_[part].op == Op::String && recording_) recording_->sees(part);
        if (values_[part].op == Op::String) whole += values_[part].text();
        else if (kind_of(part) == TypeKind::Date && !may_be_absent(part)) whole += of_a_day;
        else return false;
    }
    return patterns::is_timestamp(whole);
}

/// What a `wait until` waits for.
ValueId Elaborator::moment(NodeId wait) {
    NodeId what = tree().child(wait);
    ValueId value = expression(what);
    auto constant = const_text(value);
    if (kind_of(value) == TypeKind::Json && !may_be_absent(value)) return with_type(value, plain(TypeKind::Timestamp));
    bool duration = kind_of(value) == TypeKind::Duration || (constant && advice::written_as(*constant) == advice::Written::Duration);
    if (!duration || is_error(value)) return coerce(value, plain(TypeKind::Timestamp), span(what));
    // the words "wait until" and the value, which may have quotes
    Span written = span(what), whole{written.file, span(wait).begin, written.end + (constant ? 1u : 0u)};
    std::string right = fmt::format("wait {}", session_.sources.text(written));
    diagnostics_.report(diag::TypeMismatch, written, "Timestamp", type_text(type_of(value)))
        .help("`{}` waits for a duration", right)
        .fix(whole, right, fmt::format("write `{}`", right));
    return error_value(written);
}

/// Why a value is no point in time, and how it becomes one.
void Elaborator::advise_moment(DiagnosticBuilder& report, ValueId value, Span at) const {
    constexpr std::string_view form = "a point in time is written `\"2026-01-31T06:00:00Z\"`";
    std::string_view written = session_.sources.text(at);
    TypeKind kind = kind_of(value);
    if (auto constant = const_text(value); constant && kind != TypeKind::Date) {
        std::string fitting = advice::fitting_moment(*constant);
        report.help("{}, in UTC or with an offset, `+01:00`", form);
        if (!fitting.empty() && written == *constant) report.fix(at, fitting, fmt::format("write \"{}\"", fitting));
    } else if (kind == TypeKind::Date) {
        bool is_day = patterns::is_date(written);
        std::string right = fmt::format("\"{}{}{}T00:00:00Z\"", is_day ? "" : "${", written, is_day ? "" : "}");
        report.help("a day has no time: write which, `{}`", right).fix(at, right, fmt::format("write `{}`", right));
    } else if (kind == TypeKind::String) {
        report.help("take it as a `Timestamp`, or make it of a day: `\"${day}T06:00:00Z\"`");
    } else {
        report.help("{}; what comes with the input is a `Timestamp`", form);
    }
}

}  // namespace zflow::elaborate
