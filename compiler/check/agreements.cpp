// What members of one request have to agree about: data beside the service model, see runtime-schemas/agreements.json.
#include <algorithm>
#include <optional>

#include "check/extents.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

class AgreementCheck {
   public:
    AgreementCheck(const Context& context, const ir::Pipeline& pipeline, const ir::Step& step, const ir::Task& task)
        : c_(context), pipeline_(pipeline), step_(step), task_(task) {}

    void check(const schema::Agreement& a) {
        if (a.kind == schema::Agreement::OneOf) return one_of(a);
        if (is_size(a)) return size(a);
        Part first = part(a.of[0]), second = part(a.of[1]);
        auto x = number(first), y = number(second);
        switch (a.kind) {
            case schema::Agreement::Needs:
                if (first.there == There::Yes && is_on(first.value) && (second.there == There::No || is_off(second))) say(a, first.value);
                break;
            case schema::Agreement::AtLeast:
                if (x && y && *x < *y) say(a, first.value);
                break;
            case schema::Agreement::Product:
                if (x && y && *x * *y > a.most) say(a, second.value);
                break;
            case schema::Agreement::NoDiskKey:
                if (second.there == There::Yes && first.there == There::Yes && c_.values[first.value].op == Op::String &&
                    schema::has_local_nvme(c_.values[first.value].text()))
                    say(a, second.value);
                break;
            default: break;
        }
    }

    static bool is_size(const schema::Agreement& a) {
        return a.kind == schema::Agreement::JsonSize || a.kind == schema::Agreement::MapSize;
    }

   private:
    /// How much is surely there: what the run brings counts with its shortest form.
    void size(const schema::Agreement& a) {
        bool map = a.kind == schema::Agreement::MapSize;
        Extents extents(c_, map ? Extents::Bytes : Extents::Characters);
        extents.begin(pipeline_);
        std::vector<ValueId> found;
        for (std::string_view path : a.of) members(c_, task_.arguments, path, found);
        double sum = 0;
        for (ValueId value : found) sum += map ? extents.texts_of(value) : extents.of(value).least;
        if (sum <= a.most) return;
        Span where = step_.where;
        double most = 0;
        for (ValueId value : found) largest(extents, value, most, where);
        auto units = static_cast<size_t>(sum), bound = static_cast<size_t>(a.most);
        c_.diagnostics.report(diag::MembersDisagree, where, fmt::format("{}: this has at least {}, {} more", a.says, units, units - bound))
            .help("put what is large into a bucket or a parameter store, and pass where it is");
    }

    /// The largest part that the user wrote.
    void largest(Extents& extents, ValueId value, double& most, Span& where) const {
        const ir::Value& v = c_.values[value];
        if (v.where.known() && !c_.sources.file(v.where.file).library) {
            if (double size = extents.of(value).least; size > most) most = size, where = v.where;
            return;
        }
        if (v.op == Op::Record)
            for (const ir::Field& f : c_.values.fields(value)) largest(extents, f.value, most, where);
        else if (v.op == Op::List)
            for (ValueId item : c_.values.links(value)) largest(extents, item, most, where);
    }

    enum class There : uint8_t { No, Yes, Unknown };
    struct Part {
        There there;
        ValueId value;
    };

    /// A member, and whether it is surely there. Of what is not written out as a record nothing is known.
    Part part(std::string_view path) const {
        ValueId at = task_.arguments;
        while (!path.empty()) {
            const ir::Value& v = c_.values[at];
            if (v.op == Op::Null) return {There::No, at};
            if (v.op != Op::Record) return {There::Unknown, at};
            std::string_view name = path.substr(0, path.find('.'));
            path.remove_prefix(std::min(path.size(), name.size() + 1));
            at = c_.values.field(at, c_.names.find(name));
            if (at == ValueId::none) return {There::No, at};
        }
        const ir::Value& v = c_.values[at];
        if (v.op == Op::Null) return {There::No, at};
        bool maybe = v.optional || v.op == Op::Conditional || v.op == Op::Joined;
        return {maybe ? There::Unknown : There::Yes, at};
    }

    /// The record that the member would stand in is written out.
    bool has_parent(std::string_view path) const {
        size_t dot = path.rfind('.');
        return dot == std::string_view::npos || part(path.substr(0, dot)).there == There::Yes;
    }

    void one_of(const schema::Agreement& a) {
        uint32_t there = 0;
        ValueId last = ValueId::none;
        for (std::string_view path : a.of) {
            Part p = part(path);
            if (p.there == There::Unknown || !has_parent(path)) return;
            if (p.there == There::Yes) there++, last = p.value;
        }
        if (there != 1) say(a, last);
    }

    bool is_on(ValueId value) const { return c_.values[value].op != Op::Bool || c_.values[value].a; }
    bool is_off(const Part& p) const { return p.there == There::Yes && c_.values[p.value].op == Op::Bool && !c_.values[p.value].a; }
    std::optional<double> number(const Part& p) const {
        if (p.there != There::Yes || c_.values[p.value].op != Op::Integer) return {};
        return static_cast<double>(c_.values[p.value].integer);
    }

    void say(const schema::Agreement& a, ValueId value) const {
        Span where = value == ValueId::none ? step_.where : c_.at_user(c_.values[value].where, step_.where);
        c_.diagnostics.report(diag::MembersDisagree, where, a.says);
    }

    const Context& c_;
    const ir::Pipeline& pipeline_;
    const ir::Step& step_;
    const ir::Task& task_;
};

}  // namespace

/// Calls that people write themselves: the kinds of the library see to it, in words of their settings. How large a request
/// gets shows here only.
void agreements(const Context& context, const ir::Pipeline& pipeline, const ir::Step& step, const ir::Task& task) {
    Span written = context.values[task.arguments].where;
    bool of_library = !written.known() || context.sources.file(written.file).library;
    for (const schema::Agreement a : schema::agreements(task.integration->service(), task.integration->operation()))
        if (a.kind == schema::Agreement::Matches) matches(context, a, task.arguments, step.where);
        else if (!of_library || AgreementCheck::is_size(a)) AgreementCheck(context, pipeline, step, task).check(a);
}

}  // namespace zflow::check
