// Why a value does not fit a type: the narrowest part that does not, and what to write instead.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// The setting of a kind of the library whose default a value is, `writes` of `writes: S3? = none`; "" when it is none.
std::string_view unset_setting(const SourceMap& sources, Span where) {
    if (!where.known() || !sources.file(where.file).library) return {};
    std::string_view before = sources.file(where.file).text.substr(0, where.begin);
    before = before.substr(before.rfind('\n') + 1);
    size_t name = before.find_first_not_of(' '), end = before.find(": ");
    if (name == before.npos || end == before.npos || end < name || !before.ends_with("= ")) return {};
    std::string_view setting = before.substr(name, end - name);
    bool word = std::ranges::all_of(setting, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    return word ? setting : std::string_view();
}

constexpr size_t brief = 60;   // a message repeats as much of the source

bool is_brief(std::string_view written) { return written.size() <= brief && written.find('\n') == std::string_view::npos; }

std::string_view bucket_of(std::string_view location) {
    location.remove_prefix(std::string_view("s3://").size());
    return location.substr(0, location.find('/'));
}

/// `train`, `train.model`
bool is_name(std::string_view written) {
    constexpr std::string_view parts = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    return !written.empty() && written.find_first_not_of(parts) == std::string_view::npos;
}

}  // namespace

class Mismatch {
   public:
    Mismatch(Elaborator& in, ValueId value, TypeId type, Span where)
        : in_(in), value_(value), v_(in.values_[value]), kind_(in.types_.kind(v_.type)), type_(type), inner_(in.types_.without_none(type)), t_(in.types_[inner_]), where_(where) {
        bool inside = v_.where.known() && v_.where.file == where.file && v_.where.begin >= where.begin && v_.where.end <= where.end;
        at_ = inside ? v_.where : where;
        literal_ = kind_ == TypeKind::Literals && !is_made_by_library();
    }

    /// Finds the narrowest part that does not fit and speaks of that.
    void explain() {
        if ((v_.optional || kind_ == TypeKind::Optional) && !in_.types_.is_optional(type_)) return absent();
        if (v_.op == Op::Null) return nothing();
        if (literal_ && explain_part()) return;
        if (auto constant = in_.const_text(value_); constant && (is_no_choice(*constant) || is_no_location(*constant))) return;
        whole();
    }

   private:
    void absent() {
        in_.diagnostics_.report(diag::MayBeAbsent, at_, in_.type_text(in_.types_.without_none(v_.type)))
            .help("say what to use instead with `… ?? default`, or write `…!` where it is surely there");
    }

    void nothing() {
        auto report = in_.diagnostics_.report(diag::TypeMismatch, at_, in_.type_text(type_), "none");
        if (std::string_view setting = unset_setting(in_.session_.sources, v_.where); !setting.empty())
            report.help(fmt::format("there is none, since the stage that makes it was not given `{}`", setting));
        else if (is_switch() && at_.known() && in_.session_.sources.text(at_) == "none")
            report.help("to switch it off write `false`").fix(at_, "false", "write `false`");
    }

    /// It takes `true` and `false`, and no texts: not a value of any kind.
    bool is_switch() const { return in_.assignable(in_.plain(TypeKind::Bool), type_) && !in_.assignable(in_.plain(TypeKind::String), type_); }

    // --- parts of what is written out

    bool explain_part() {
        if (v_.op == Op::List && t_.kind == TypeKind::List) return explain_element();
        if (v_.op != Op::Record) return false;
        if (t_.kind == TypeKind::Map) return explain_entry();
        return (t_.kind == TypeKind::Record || t_.kind == TypeKind::Nominal) && explain_member();
    }

    /// Of a part; one that the library made stands somewhere in the whole.
    Span place_of(ValueId part) const { return is_in_library(in_.values_[part].where) ? at_ : in_.values_[part].where; }

    void explain_value(ValueId part, TypeId type, Span where) { Mismatch(in_, part, type, where).explain(); }

    bool explain_element() {
        for (uint32_t i = 0; i < v_.b; i++)
            if (ValueId item = in_.values_.links(value_)[i]; !in_.convert(item, t_.element)) return explain_value(item, t_.element, place_of(item)), true;
        return false;
    }

    bool explain_entry() {
        bool found = false;
        for (uint32_t i = 0; i < v_.b; i++) {
            const ir::Field f = in_.values_.fields(value_)[i];
            if (in_.convert(f.value, t_.element, true)) continue;
            explain_value(f.value, t_.element, place_of(f.value));
            found = true;
        }
        return found;
    }

    bool explain_member() {
        if (in_.explain_unit(value_)) return true;
        bool found = false;
        for (uint32_t i = 0; i < v_.b; i++) {
            const ir::Field f = in_.values_.fields(value_)[i];
            auto wanted = std::ranges::find(t_.fields, f.key, &types::FieldType::name);
            if (wanted == t_.fields.end()) unknown_member(f), found = true;
            else if (!in_.convert(f.value, wanted->type)) explain_value(f.value, wanted->type, place_of(f.value)), found = true;
        }
        if (found) return true;
        for (const types::FieldType& w : t_.fields) {
            if (w.fallback || in_.types_.is_optional(w.type) || in_.values_.field(value_, w.name) != ValueId::none) continue;
            in_.diagnostics_.report(diag::MissingMember, at_, in_.text(w.name), in_.type_text(inner_));
            return true;
        }
        return false;
    }

    void unknown_member(const ir::Field& f) {
        std::vector<std::string_view> known;
        for (const types::FieldType& w : t_.fields) known.push_back(in_.text(w.name));
        Span key = in_.key_span(f);
        auto report = in_.diagnostics_.report(diag::UnknownMember, key, in_.text(f.key), in_.type_text(inner_));
        if (auto near = closest(in_.text(f.key), known); !near.empty()) {
            report.help(fmt::format("did you mean `{}`?", near));
            if (key != in_.values_[f.value].where) report.fix(key, std::string(near), fmt::format("write `{}`", near));
        } else if (near = advice::related(in_.text(f.key), known); !near.empty()) {
            report.help(fmt::format("did you mean `{}`?", near));
        } else if (constexpr size_t many = 12; known.size() <= many) {
            report.help(advice::there_are(known));
        }
    }

    // --- texts

    bool is_no_choice(std::string_view constant) {
        std::vector<std::string_view> choices;
        auto add = [&](TypeId id) { if (in_.types_.kind(id) == TypeKind::Literal) choices.push_back(in_.text(in_.types_[id].name)); };
        if (t_.kind == TypeKind::Union) for (TypeId i : t_.items) add(i);
        else add(inner_);
        if (choices.empty()) return false;
        auto report = in_.diagnostics_.report(diag::UnknownChoice, at_, constant, in_.type_text(inner_));
        auto near = closest(constant, choices);
        if (near.empty()) return true;
        report.help(fmt::format("did you mean \"{}\"?", near));
        std::string_view written = at_.known() ? in_.session_.sources.text(at_) : "";   // a text's span is without its quotes
        if (written == constant) report.fix(at_, std::string(near), fmt::format("write \"{}\"", near));
        return true;
    }

    bool is_no_location(std::string_view constant) {
        if (!takes(TypeKind::S3) || !types::is_text(kind_)) return false;
        in_.diagnostics_.report(diag::NotALocation, at_, constant).help("write a whole location, `\"s3://bucket/prefix/\"`, or `s3(bucket, \"prefix/\")`");
        return true;
    }

    // --- the value as a whole

    void whole() {
        auto report = in_.diagnostics_.report(diag::TypeMismatch, at_, in_.type_text(type_), in_.type_text(in_.type_of(value_)));
        if (auto constant = in_.const_text(value_); constant && at_.known()) drop_quotes(report, *constant);
        wrap(report);
        show_record(report);
        if (takes(TypeKind::S3) && types::is_text(kind_)) report.help("a location has its bucket apart: `s3(bucket, \"prefix/\")`");
        if (kind_ == TypeKind::Json) report.help(fmt::format("say what it is: `let x: {} = …`", in_.type_text(type_)));
        if (kind_ == TypeKind::Int) give_unit(report);
        if (t_.kind == TypeKind::Map && (kind_ == TypeKind::List || (kind_ == TypeKind::Literals && v_.op == Op::List)))
            report.help(v_.b == 0 && v_.op == Op::List ? "an empty one is written `{}`" : "each of them has a name: `{ name: … }`");
        if (t_.kind == TypeKind::String) give_quotes(report);
        if (t_.kind == TypeKind::Timestamp) in_.advise_moment(report, value_, at_);
        if (kind_ == TypeKind::String) show_text(report);
        if (t_.kind == TypeKind::List && kind_ != TypeKind::List && kind_ != TypeKind::Literals && in_.convert(value_, t_.element)) put_in_list(report);
        if (v_.op == Op::Record && kind_ == TypeKind::Literals && !literal_) name_member(report);
    }

    void drop_quotes(DiagnosticBuilder& report, std::string_view constant) {
        using advice::Written;
        Written written = advice::written_as(constant);
        bool bare = (written == Written::Integer && (takes(TypeKind::Int) || takes(TypeKind::Float))) || (written == Written::Decimal && takes(TypeKind::Float)) ||
                    (written == Written::Duration && takes(TypeKind::Duration)) || (written == Written::Size && takes(TypeKind::Size)) ||
                    (written == Written::Truth && takes(TypeKind::Bool));
        Symbol name = in_.names_.find(constant);
        bool declared = name != Symbol::none && in_.session_.modules.main->declared.find(name);
        std::string meant = bare || (declared && t_.kind != TypeKind::String) ? std::string(constant) : takes(TypeKind::Instance) ? advice::instance_called(constant) : "";
        Span quoted = with_quotes();
        if (meant.empty() || quoted == at_ || in_.session_.sources.text(at_) != constant) return;
        report.help(fmt::format("write it without quotes: `{}`", meant)).fix(quoted, meant, fmt::format("write `{}`", meant));
    }

    /// A record type of which only one member is needed, and this is it: `Container(image: …)`.
    void wrap(DiagnosticBuilder& report) {
        if (t_.kind != TypeKind::Union || in_.kind_of(value_) == TypeKind::Literals || in_.kind_of(value_) == TypeKind::String) return;
        std::string_view written = in_.session_.sources.text(at_);
        for (TypeId item : t_.items) {
            if (in_.types_.kind(item) != TypeKind::Nominal) continue;
            const types::FieldType* needed = nullptr;
            size_t count = 0;
            for (const types::FieldType& f : in_.types_[item].fields)
                if (!f.fallback && !in_.types_.is_optional(f.type)) needed = &f, count++;
            if (count != 1 || in_.kind_of(value_) != in_.types_.kind(needed->type)) continue;
            std::string wrapped = fmt::format("{}({}: {})", in_.type_text(item), in_.text(needed->name), is_brief(written) ? written : "…");
            report.help(fmt::format("write `{}`", wrapped));
            if (is_brief(written)) report.fix(at_, wrapped, fmt::format("write `{}`", wrapped));
            return;
        }
    }

    void show_record(DiagnosticBuilder& report) {
        bool list = t_.kind == TypeKind::List;
        TypeId record = list ? in_.types_.without_none(t_.element) : inner_;
        if (in_.types_.kind(record) != TypeKind::Nominal || kind_ == TypeKind::Nominal) return;
        if (std::string form = in_.record_form(record); !form.empty())
            report.help(fmt::format("a `{0}` is written `{2}{{ {1} }}{3}`", in_.type_text(inner_), form, list ? "[" : "", list ? "]" : ""));
    }

    void give_unit(DiagnosticBuilder& report) {
        bool constant = v_.op == Op::Integer;
        if (t_.kind == TypeKind::Duration) report.help(constant ? advice::with_unit_of_time(v_.integer) : "multiply it with a unit: `n * 1s`");
        if (t_.kind == TypeKind::Size) report.help(constant ? advice::with_unit_of_size(v_.integer) : "multiply it with a unit: `n * 1GB`");
    }

    void give_quotes(DiagnosticBuilder& report) {
        std::string_view written = in_.session_.sources.text(at_);
        bool bare = v_.op == Op::Integer || v_.op == Op::Decimal || v_.op == Op::Bool;
        if (!bare || !is_brief(written) || written.find('"') != std::string_view::npos) return;
        std::string quoted = fmt::format("\"{}\"", written);
        report.help(fmt::format("a text stands in quotes: `{}`", quoted)).fix(at_, quoted, fmt::format("write `{}`", quoted));
    }

    /// How what was meant by a text is written.
    void show_text(DiagnosticBuilder& report) {
        auto constant = in_.const_text(value_);
        if (!constant) {
            if (t_.kind == TypeKind::Bucket) report.help("rights are derived from the bucket: write its name, or take it as `param data: Bucket`");
            return;
        }
        if (t_.kind == TypeKind::Instance && advice::instance_called(*constant).empty()) report.help("an instance type is written `ml.m5.large`");
        if (takes(TypeKind::Image)) report.help("an image is written `ecr(\"team/model\", tag: \"1.0\")`, or whole, with its registry: `\"123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/model:1.0\"`");
        if (t_.kind == TypeKind::Date) report.help("a date is written `2026-01-31`, and is a day of the calendar");
        if (t_.kind == TypeKind::Bucket && constant->starts_with("s3://")) report.help(fmt::format("the name of a bucket alone: `\"{}\"`", bucket_of(*constant)));
        else if (t_.kind == TypeKind::Bucket) report.help("a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`");
        if (t_.kind == TypeKind::Arn) report.help("an ARN begins with `arn:`");
    }

    void put_in_list(DiagnosticBuilder& report) {
        Span quoted = with_quotes();
        std::string_view written = in_.session_.sources.text(quoted);
        if (!is_brief(written)) return void(report.help("put it in a list: `[…]`"));
        report.help(fmt::format("put it in a list: `[{}]`", written)).fix(quoted, fmt::format("[{}]", written), fmt::format("write `[{}]`", written));
    }

    /// The result of a stage is a record; mostly one member of it is what was meant.
    void name_member(DiagnosticBuilder& report) {
        std::string_view written = in_.session_.sources.text(where_);
        bool named = is_name(written);
        for (uint32_t i = 0; i < v_.b; i++) {
            const ir::Field f = in_.values_.fields(value_)[i];
            if (in_.kind_of(f.value) != TypeKind::Json && (t_.kind == TypeKind::String || !in_.convert(f.value, inner_))) continue;
            std::string member = fmt::format("{}.{}", named ? written : "…", in_.text(f.key));
            report.help(fmt::format("a member of it may be meant: `{}`", member));
            if (named) report.fix(where_, member, fmt::format("write `{}`", member));
            return;
        }
    }

    // --- what is asked of the type, the source and the value

    bool takes(TypeKind kind) const {
        return t_.kind == kind || (t_.kind == TypeKind::Union && std::ranges::any_of(t_.items, [&](TypeId i) { return in_.types_.kind(i) == kind; }));
    }

    /// The span of a text is without its quotes.
    Span with_quotes() const {
        std::string_view source = in_.session_.sources.file(at_.file).text;
        bool quoted = at_.begin > 0 && source[at_.begin - 1] == '"' && at_.end < source.size() && source[at_.end] == '"';
        return quoted ? Span{at_.file, at_.begin - 1, at_.end + 1} : at_;
    }

    bool is_in_library(Span where) const { return where.known() && in_.session_.sources.file(where.file).library; }

    /// A record or list all of whose parts stand in the library, asked for in a file of the user: the result of a stage.
    bool is_made_by_library() const {
        if ((v_.op != Op::Record && v_.op != Op::List) || v_.b == 0 || in_.session_.sources.file(where_.file).library) return false;
        // of a `none` that was put into a record nobody knows who made the record
        auto elsewhere = [&](ValueId part) { return !in_.is_null(part) && is_in_library(in_.values_[part].where); };
        if (v_.op == Op::List) return std::ranges::all_of(in_.values_.links(value_), elsewhere);
        return std::ranges::all_of(in_.values_.fields(value_), [&](const ir::Field& f) { return elsewhere(f.value); });
    }

    Elaborator& in_;
    ValueId value_;
    const Value v_;
    TypeKind kind_;
    TypeId type_, inner_;
    const types::Type& t_;
    Span where_, at_;        ///< of what is asked for, and of the value when it stands there
    bool literal_ = false;   ///< it is written out
};

void Elaborator::explain_mismatch(ValueId value, TypeId type, Span where) { Mismatch(*this, value, type, where).explain(); }

/// `{ max_wait: 8 h, … }` where `h` is a name: the unit looks like a member.
bool Elaborator::explain_unit(ValueId record) {
    for (uint32_t i = 1; i < values_[record].b; i++) {
        const ir::Field before = values_.fields(record)[i - 1], f = values_.fields(record)[i];
        Span number = values_[before.value].where, unit = values_[f.value].where;
        if (!is_unit(text(f.key)) || values_[before.value].op != Op::Integer || !number.known() || number.file != unit.file || number.end >= unit.begin) continue;
        std::string_view source = session_.sources.file(unit.file).text;
        bool apart = source.substr(number.end, unit.begin - number.end).find_first_not_of(" \t") == std::string_view::npos;
        if (!apart || session_.sources.text(unit) != text(f.key)) continue;
        report_unit(number, unit);
        return true;
    }
    return false;
}

/// The members that a record has to have, and the numbers that it may have.
std::string Elaborator::record_form(TypeId type) {
    std::string form, more;
    for (const types::FieldType f : std::vector(types_[types_.without_none(type)].fields.begin(), types_[types_.without_none(type)].fields.end())) {
        if (!f.fallback && !types_.is_optional(f.type)) {
            form += fmt::format("{}{}: {}", form.empty() ? "" : ", ", text(f.name), types_.kind(f.type) == TypeKind::List ? "[…]" : "…");
        } else if (TypeKind kind = types_.kind(f.type); f.fallback && (kind == TypeKind::Int || kind == TypeKind::Float || kind == TypeKind::Duration)) {
            std::string_view written = session_.sources.text(values_[default_of(f)].where);
            if (is_brief(written)) more += fmt::format(", {}: {}", text(f.name), written);
        }
    }
    return form.empty() ? form : form + more;
}

}  // namespace zflow::elaborate
