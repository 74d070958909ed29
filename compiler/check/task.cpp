// One service call by itself: whose role it hands over, whether its name can be taken.
#include "check/check.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

/// A role that the request hands to a service must be one that this service takes.
void roles(const Context& c, const ir::Step& step, const ir::Task& task) {
    for (const schema::PassRole pass : task.integration->pass_roles()) {
        std::vector<ValueId> found;
        members(c, task.arguments, pass.member_path, found);
        for (ValueId value : found) {
            const ir::Value& v = c.values[value];
            if (v.op != Op::RoleArn || pass.service.empty()) continue;
            const ir::Role& role = c.stack.roles[v.a];
            if (role.service == pass.service) continue;
            c.diagnostics.report(diag::WrongRole, c.at_user(v.where, step.where), role.service, pass.service)
                .label(c.at_user(role.where, {}), "the role is made here")
                .help("make a role for it: `role worker = \"{}\"`", pass.service);
        }
    }
}

/// The place of a text literal together with its quotes.
Span with_quotes(const Context& c, Span text) {
    std::string_view source = c.sources.file(text.file).text;
    bool inside = text.begin > 0 && source[text.begin - 1] == '"' && text.end < source.size() && source[text.end] == '"';
    return inside ? Span{text.file, text.begin - 1, text.end + 1} : text;
}

/// A name that the service takes only once must not be the same on the next run.
void fresh_name(const Context& c, const ir::Step& step, const ir::Task& task) {
    std::string_view member = task.integration->fresh_member();
    if (member.empty()) return;
    std::vector<ValueId> found;
    members(c, task.arguments, member, found);
    for (ValueId value : found) {
        const ir::Value& v = c.values[value];
        if (v.time == ir::Time::Run || c.types.kind(v.type) == types::TypeKind::Error) continue;
        auto model = task.integration->input().find(member);
        double longest = model ? schema::Shape(model->shape).max().value_or(63) : 63;
        std::string better = fmt::format("fresh_name({})", longest);
        Span at = c.at_user(v.where, step.where);
        auto report = c.diagnostics.report(diag::NameNotFresh, at, member);
        report.help("the service takes a name once, so the second run fails: write `{}`", better);
        if (v.op == Op::String && at == v.where) report.fix(with_quotes(c, at), better, fmt::format("write `{}`", better));
    }
}

}  // namespace

void members(const Context& c, ValueId value, std::string_view path, std::vector<ValueId>& out) {
    if (path.empty()) return out.push_back(value);
    const ir::Value& v = c.values[value];
    if (v.op != Op::Record) return;
    std::string_view first = path.substr(0, path.find('.'));
    std::string_view rest = first.size() < path.size() ? path.substr(first.size() + 1) : std::string_view();
    bool each = first.ends_with("[]");
    if (each) first.remove_suffix(2);
    Symbol name = c.names.find(first);
    for (const ir::Field& f : c.values.fields(value)) {
        if (f.key != name) continue;
        if (!each) return members(c, f.value, rest, out);
        if (c.values[f.value].op == Op::List)
            for (ValueId item : c.values.links(f.value)) members(c, item, rest, out);
    }
}

void task(const Context& context, const ir::Pipeline& pipeline, const ir::Step& step, const ir::Task& task) {
    if (!task.integration) return;
    roles(context, step, task);
    fresh_name(context, step, task);
    arns(context, step, task);
    agreements(context, pipeline, step, task);
    algorithm(context, step, task);
}

}  // namespace zflow::check
