// Failing and catching.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

std::vector<std::string_view> Elaborator::error_names(NodeId path) {
    // `States.Timeout` is data of the library; a name of the user's own stands for itself
    NodeId first = tree().child(path);
    std::vector<std::string_view> result;
    DeclarationRef d = session_.modules.find(*frame_->module, tree()[first].symbol);
    if (d && d.kind() == NodeKind::Const) {
        ValueId value = declared(d, span(first));
        for (NodeId n = tree().next(first); n && !is_error(value); n = tree().next(n)) value = member_of(value, tree()[n].symbol, span(path), span(n));
        if (values_[value].op == Op::List)
            for (uint32_t i = 0; i < values_[value].b; i++)
                if (auto t = const_text(values_.links(value)[i])) result.push_back(*t);
        if (result.empty() && !is_error(value)) diagnostics_.report(diag::UnknownError, span(path), tree().text_of(path));
        return result;
    }
    if (tree().next(first)) {
        std::vector<std::string_view> known;
        auto groups = [&](Symbol name, DeclarationRef c) {   // `const Lambda = { … }`
            std::string_view group = text(name);
            if (c.kind() == NodeKind::Const && group[0] >= 'A' && group[0] <= 'Z') known.push_back(group);
        };
        session_.modules.library.each(groups);
        std::sort(known.begin(), known.end());
        auto report = diagnostics_.report(diag::UnknownError, span(path), tree().text_of(path));
        if (auto near = closest(text(tree()[first].symbol), known); !near.empty()) report.help(fmt::format("did you mean `{}.…`?", near));
        else report.help(fmt::format("error names are in `{}`, or what a `fail` here raises", fmt::join(known, "`, `")));
        return result;
    }
    result.push_back(text(tree()[first].symbol));
    return result;
}

/// A group of the library has names for several services: one that can be raised is enough.
void Elaborator::check_caught(const std::vector<std::string_view>& names, Span where, const Raised& raised) {
    std::string_view meant;
    if (frame_->module->library) return;
    for (std::string_view name : names) check_reserved(name, where);
    if (names.empty() || std::any_of(names.begin(), names.end(), [&](std::string_view name) { return can_raise(raised, name, meant); })) return;
    bool plain_name = names.size() == 1 && names[0] == session_.sources.text(where);
    report_never_raised(raised, session_.sources.text(where), plain_name ? meant : std::string_view(), where);
}

void Elaborator::attempt(NodeId node, ir::Block& into) {
    StepId id = add_step("try", span(node), ir::Try{}, into);
    std::vector<Arm> arms;
    std::vector<std::vector<std::string_view>> errors;
    Raised raised;
    for (NodeId c : syntax::Children(tree(), node)) {
        if (tree().kind(c) == NodeKind::Block) {
            size_t errors_before = session_.diagnostics.errors();
            uint32_t left_out = left_out_;
            arms.push_back(arm(c));
            add_raised(arms[0].block, raised);
            // what has mistakes, or was left out for the value of a constant, may raise more
            raised.any |= left_out != left_out_ || errors_before != session_.diagnostics.errors();
            continue;
        }
        if (tree().kind(c) != NodeKind::Catch) continue;
        std::vector<std::string_view> names;
        NodeId body = 0, variable = 0;
        for (NodeId p : syntax::Children(tree(), c)) {
            if (tree().kind(p) == NodeKind::Path) {
                std::vector<std::string_view> group = error_names(p);
                check_caught(group, span(p), raised);
                names.insert(names.end(), group.begin(), group.end());
            } else if (tree().kind(p) == NodeKind::Name) {
                variable = p;
            } else if (tree().kind(p) == NodeKind::Block) {
                body = p;
            }
        }
        if (names.empty() && !child(c, NodeKind::Path)) names.push_back("States.ALL");
        bool everything = std::find(names.begin(), names.end(), "States.ALL") != names.end();
        if (everything && names.size() > 1) {
            diagnostics_.report(diag::CatchAllPlace, span(tree().child(c))).help("`catch { … }` takes every error: leave the names out, or leave `States.All` out");
            names = {"States.ALL"};
        }
        if (!errors.empty() && !errors.back().empty() && errors.back()[0] == "States.ALL")
            diagnostics_.report(diag::Unreachable, span(c)).help("the `catch` before it takes every error");
        else if (auto taken = [&](std::string_view name) { return std::any_of(errors.begin(), errors.end(), [&](auto& all) { return std::find(all.begin(), all.end(), name) != all.end(); }); };
                 !names.empty() && std::all_of(names.begin(), names.end(), taken))
            diagnostics_.report(diag::Unreachable, span(c)).help("a `catch` before it takes the same errors");
        size_t mark = scope_mark();
        if (variable) {
            if (const Binding* hidden = lookup(tree()[variable].symbol); hidden && !hidden->lost)
                diagnostics_.report(diag::NameInUse, span(variable), tree().text_of(variable)).label(hidden->where, "made here first");
            auto part = [&](uint32_t which) {
                ValueId p = make(Op::Problem, Time::Run, plain(TypeKind::String), span(variable));
                Value& v = values_.edit(p);
                v.a = static_cast<uint32_t>(id);
                v.b = static_cast<uint32_t>(errors.size());
                v.c = which;
                return p;
            };
            ir::Field fields[] = {{known_.error, part(0)}, {known_.cause, part(1)}};
            bind(tree()[variable].symbol, make_record(fields, plain(TypeKind::Literals), span(variable)), span(variable));
        }
        Arm a = arm(body);
        leave_scope(mark);
        arms.push_back(std::move(a));
        errors.push_back(std::move(names));
    }
    std::vector<ir::Join> joins = join(arms, id);
    auto& t = std::get<ir::Try>(step(id).is);
    t.joins = std::move(joins);
    bool all_end = true;
    for (size_t i = 0; i < arms.size(); i++) {
        all_end &= arms[i].block.ends;
        if (i == 0) t.block = std::move(arms[i].block);
        else t.handlers.push_back({values_.keep(errors[i - 1]), std::move(arms[i].block)});
    }
    into.ends = all_end;
}

void Elaborator::fail(NodeId node, ir::Block& into) {
    NodeId path = tree().child(node);
    ir::Fail f;
    f.error = values_.keep(tree().text_of(path));
    if (f.error.starts_with("States."))   // Step Functions guide: own names do not begin like that
        diagnostics_.report(diag::ReservedError, span(path), f.error).help("take a name of your own, `fail ModelTooWeak \"…\"`");
    if (NodeId cause = tree().next(path)) {
        f.cause = expression(cause, plain(TypeKind::String));
        if (is_error(f.cause)) f.cause = ValueId::none;
    }
    add_step("fail " + std::string(f.error), span(node), f, into);
    into.ends = true;
}

}  // namespace zflow::elaborate
