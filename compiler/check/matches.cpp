// Members that a service takes in one form only, beyond what its model says: images that it can pull.
#include "check/check.hpp"
#include "ir/arn.hpp"
#include "schema/pattern.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

/// "Containers[]" and "Image" of "Containers[].Image".
struct Paths {
    std::string_view each, inside;
};
Paths in_elements(std::string_view path) {
    size_t end = path.rfind("[].");
    return end == std::string_view::npos ? Paths{"", path} : Paths{path.substr(0, end + 2), path.substr(end + 3)};
}

class MatchCheck {
   public:
    MatchCheck(const Context& context, const schema::Agreement& agreement, Span where) : c_(context), a_(agreement), where_(where) {}

    void check(ValueId request) {
        Paths wanted = in_elements(a_.of[0]);
        std::vector<ValueId> records;
        members(c_, request, wanted.each, records);
        for (ValueId record : records) {
            if (a_.of.size() > 1 && is_excused(record, in_elements(a_.of[1]).inside)) continue;
            std::vector<ValueId> found;
            members(c_, record, wanted.inside, found);
            for (ValueId value : found) each_text(value);
        }
    }

   private:
    /// What is not known may be the word that excuses it.
    bool is_excused(ValueId record, std::string_view path) const {
        std::vector<ValueId> found;
        if (!is_written_out(record, path)) return true;
        members(c_, record, path, found);
        return !found.empty() && (c_.values[found[0]].op != Op::String || c_.values[found[0]].text() == a_.unless);
    }

    /// Whether all records on the way to a member are.
    bool is_written_out(ValueId record, std::string_view path) const {
        for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
            std::vector<ValueId> found;
            members(c_, record, path.substr(0, dot), found);
            if (!found.empty() && c_.values[found[0]].op != Op::Record && c_.values[found[0]].op != Op::Null) return false;
        }
        return true;
    }

    void each_text(ValueId value) {
        const ir::Value& v = c_.values[value];
        if (v.op == Op::Conditional) return each_text(ValueId{v.b}), each_text(ValueId{v.c});
        if (v.op == Op::Parameter && c_.stack.parameters[v.a].fallback != ValueId::none) return each_text(c_.stack.parameters[v.a].fallback);
        if (v.op == Op::Record) return each_text(c_.values.field(value, c_.names.find("uri")));   // an image
        ir::KnownArn known = ir::known_arn(c_.stack, c_.values, c_.types, c_.names, value);
        bool arn = !known.whole && known.text.starts_with("arn:");
        if (known.whole ? v.op == Op::String && !schema::matches(a_.pattern, v.text()) : arn && !schema::matches(a_.pattern, known.text + "x")) {
            Span at = c_.at_user(v.where, where_);
            std::string what = v.op == Op::String ? fmt::format("\"{}\"", v.text()) : fmt::format("an ARN of `{}`", known.service());
            c_.diagnostics.report(diag::UnfitValue, at, what, a_.says);
        }
    }

    const Context& c_;
    const schema::Agreement& a_;
    Span where_;
};

}  // namespace

void matches(const Context& context, const schema::Agreement& agreement, ValueId request, Span where) {
    MatchCheck(context, agreement, where).check(request);
}

/// Resources have no model; what is known of them stands in the same data.
void resources(const Context& context) {
    for (const ir::Resource& resource : context.stack.resources)
        for (const schema::Agreement agreement : schema::agreements(resource.type)) matches(context, agreement, resource.properties, resource.where);
}

}  // namespace zflow::check
