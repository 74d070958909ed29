// Stages: kinds, their settings, and expanding them.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/renamed.hpp"
#include "syntax/mistakes.hpp"

namespace zflow::elaborate {

namespace {

constexpr unsigned deepest_expansion = 32;

bool is_service(std::string_view name) {
    std::vector<std::string_view> known = schema::services();
    return std::find(known.begin(), known.end(), name) != known.end();
}

}  // namespace

// --- kinds

Elaborator::Kind& Elaborator::kind(DeclarationRef d) {
    for (Kind& k : kinds_)
        if (k.declaration == d) return k;
    Kind& k = kinds_.emplace_back();
    k.declaration = d;
    if (const library::Evaluated* known = prepared_at(*d.module, d.node)) {
        const library::Kind& from = session_.prepared.kinds[known->number];
        k.parameters = from.parameters;
        k.body = from.body;
        k.single = from.single;
    } else {
        read_kind(k);
    }
    return k;
}

void Elaborator::read_kind(Kind& k) {
    const DeclarationRef d = k.declaration;
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    for (NodeId c : syntax::Children(tree(), d.node)) {
        if (tree().kind(c) == NodeKind::Block) k.body = c;
        if (tree().kind(c) != NodeKind::Parameter) continue;
        NodeId name = child(c, NodeKind::Name);
        NodeId type = tree().next(name);
        TypeId taken = d.kind() == NodeKind::Pipeline ? input_type(type) : evaluate_type(type);
        k.own.push_back({tree()[name].symbol, taken, name, tree().next(type)});
    }
    k.parameters = k.own;
    int calls = 0, others = 0;
    for (NodeId c : syntax::Children(tree(), k.body)) {
        switch (tree().kind(c)) {
            case NodeKind::Call: calls++; break;
            case NodeKind::Stage: case NodeKind::If: case NodeKind::Match: case NodeKind::Parallel: case NodeKind::For: case NodeKind::Try:
            case NodeKind::Poll: case NodeKind::Wait: others++; break;
            default: break;
        }
    }
    k.single = calls == 1 && others == 0;
    frame_ = outer;
}

DeclarationRef Elaborator::find_kind(NodeId path, NodeKind wanted) {
    NodeId first = tree().child(path);
    Symbol name = tree()[first].symbol;
    bool stage = wanted == NodeKind::StageKind;
    auto fits = [&](DeclarationRef k) { return k && (k.kind() == wanted || (stage && k.kind() == NodeKind::Pipeline)); };
    DeclarationRef d;
    if (NodeId second = tree().next(first)) {
        for (const Module::Alias& alias : frame_->module->aliases)
            if (alias.name == name) d = alias.module->declared.find(tree()[second].symbol);
    } else {
        d = session_.modules.find(*frame_->module, name);
        if (d && !fits(d)) {   // `resource topic = topic {}`: what is no kind does not hide one
            for (const Module* m : frame_->module->imports)
                if (DeclarationRef other = m->declared.find(name); fits(other)) return other;
            if (DeclarationRef other = session_.modules.library.find(name); fits(other)) return other;
        }
    }
    if (fits(d)) return d;
    if (is_unread(tree().text_of(path))) return {};
    std::vector<std::string_view> known;
    auto add = [&](Symbol s, DeclarationRef k) { if (fits(k)) known.push_back(text(s)); };
    session_.modules.library.each(add);
    frame_->module->declared.each(add);
    for (const Module* m : frame_->module->imports) m->declared.each(add);
    std::string_view what = stage ? "stage kind" : "resource kind";
    auto report = diagnostics_.report(diag::UnknownKind, span(path), tree().text_of(path), what).joins();
    if (tree().text_of(path) == "wait") report.help("it is a statement: `wait 30s`");
    else if (auto near = closest(tree().text_of(path), known); !near.empty())
        report.help(fmt::format("did you mean `{}`?", near)).fix(span(path), std::string(near), fmt::format("write `{}`", near));
    else if (d && d.kind() == NodeKind::ResourceKind) report.help(fmt::format("it is a resource kind: `resource name = {} {{ … }}` beside the pipelines", tree().text_of(path)));
    else if (d && d.kind() == NodeKind::StageKind) report.help(fmt::format("it is a stage kind: `stage name = {} {{ … }}` in a pipeline", tree().text_of(path)));
    else if (d) report.label(d.name_span(), fmt::format("this is not a {}", what));
    else if (stage && tree().next(first) && is_service(text(name))) report.help(fmt::format("it is a service call: `call name = {} {{ … }}`", tree().text_of(path)));
    return {};
}

bool Elaborator::is_unit(std::string_view word) {
    return !syntax::meant_number(fmt::format("1{}", word)).empty();
}

bool Elaborator::is_stray_unit(NodeId entry, NodeId before, const Kind* kind) {
    if (frame_->module->library) return false;   // its text was read when it was prepared
    if (!before || tree().kind(entry) != NodeKind::Entry || tree().kind(before) != NodeKind::Entry) return false;
    NodeId name = tree().child(entry), number = tree().next(tree().child(before));
    if (tree().next(name) || !number || (tree().kind(number) != NodeKind::Integer && tree().kind(number) != NodeKind::Decimal)) return false;
    std::string_view between = session_.sources.file(span(entry).file).text.substr(span(number).end, span(entry).begin - span(number).end);
    Symbol word = tree()[name].symbol;
    bool is_setting = kind && std::any_of(kind->parameters.begin(), kind->parameters.end(), [&](const KindParameter& p) { return p.name == word; });
    if (between.find_first_not_of(" \t") != std::string_view::npos || is_setting || (!kind && lookup(word))) return false;
    return is_unit(text(word));
}

/// Whether a unit stands apart from the number of an entry, which is then reported.
bool Elaborator::unit_behind(NodeId entry, const Kind* kind) {
    NodeId next = frame_->module->library ? 0 : tree().next(entry);
    if (!next || !is_stray_unit(next, entry, kind)) return false;
    NodeId number = tree().next(tree().child(entry));
    report_unit(span(number), span(next));
    return true;
}

void Elaborator::report_unit(Span number, Span unit) {
    std::string_view count = session_.sources.text(number);
    std::string meant = syntax::meant_number(fmt::format("{}{}", count, session_.sources.text(unit)));
    Span both{number.file, number.begin, unit.end};
    auto report = diagnostics_.report(diag::SyntaxError, both, "a duration or size is one word: `1d`, `30m`, `50GB`");
    if (count.find('.') == std::string_view::npos) report.fix(both, meant, fmt::format("write `{}`", meant));
}

/// `...if c then { count: 1 } else { count: 2 }`: which settings there are has to be known.
void Elaborator::each_chosen_setting(ValueId choice, const std::function<void(Symbol, ValueId)>& put) {
    std::vector<ValueId> records;
    auto collect = [&](auto& self, ValueId value) -> void {
        if (values_[value].op == Op::Record) return records.push_back(value);
        self(self, ValueId{values_[value].b});
        self(self, ValueId{values_[value].c});
    };
    collect(collect, choice);
    const std::vector<ir::Field> first(values_.fields(records.front()).begin(), values_.fields(records.front()).end());
    for (ValueId record : records)
        for (const ir::Field& f : values_.fields(record))
            if (values_.fields(record).size() != first.size() || values_.field(records.front(), f.key) == ValueId::none)
                return void(known_by(choice, Time::Const, values_[choice].where, "which settings these are"));
    for (const ir::Field& f : first) {
        auto chosen = [&](auto& self, ValueId value) -> ValueId {
            const Value v = values_[value];
            if (v.op == Op::Record) return values_.field(value, f.key);
            ValueId yes = self(self, ValueId{v.b}), no = self(self, ValueId{v.c});
            return make_conditional(ValueId{v.a}, yes, no, v.where);
        };
        put(f.key, chosen(chosen, choice));
    }
}

std::vector<Elaborator::Setting> Elaborator::settings(NodeId record, const Kind* kind) {
    std::vector<Setting> out;
    std::vector<Symbol> given;                   // what `...` brought may be replaced, what is written here may not
    out.reserve(12);
    given.reserve(12);
    auto put = [&](Symbol name, ValueId value, Span where, Span written, bool spread) {
        auto same = std::find_if(out.begin(), out.end(), [&](auto& s) { return s.name == name; });
        bool again = !spread && std::find(given.begin(), given.end(), name) != given.end();
        if (!spread) given.push_back(name);
        if (same == out.end()) out.push_back({name, value, where, written});
        else if (!again) *same = {name, value, where, written};
        else diagnostics_.report(diag::DuplicateMember, where, text(name)).label(same->where, "given here first");
    };
    NodeId last = 0;
    for (NodeId c : syntax::Children(tree(), record)) {
        NodeId previous = std::exchange(last, c);
        if (tree().kind(c) == NodeKind::Error || is_stray_unit(c, previous, kind)) continue;
        NodeId first = tree().child(c);
        if (unit_behind(c, kind)) {
            Span number = span(tree().next(first));
            put(tree()[first].symbol, error_value(number), span(c), number, false);
            continue;
        }
        if (tree().kind(c) == NodeKind::Spread) {
            ValueId spread = expression(first);
            if (values_[spread].op == Op::Record)
                for (uint32_t i = 0; i < values_[spread].b; i++) put(values_.fields(spread)[i].key, values_.fields(spread)[i].value, span(c), span(c), true);
            else if (is_choice_of(spread, Op::Record)) each_chosen_setting(spread, [&](Symbol name, ValueId value) { put(name, value, span(c), span(c), true); });
            else if (!is_error(spread)) diagnostics_.report(diag::NotARecord, span(c), type_text(type_of(spread)));
            continue;
        }
        Symbol name = key_name(first);
        NodeId value = tree().next(first);
        ValueId given_value = value ? expression(value) : identifier(first);
        put(name, given_value, span(first), span(value ? value : first), false);
    }
    return out;
}

/// What is no setting may be a part of one: `max_wait` belongs into `spot`.
std::string Elaborator::place_of_member(const Kind& k, Symbol name) const {
    std::string_view place;
    for (const KindParameter& p : k.parameters) {
        const types::Type* type = &types_[types_.without_none(p.type)];
        bool several = type->kind == TypeKind::List || type->kind == TypeKind::Map;
        if (several) type = &types_[types_.without_none(type->element)];
        if (std::none_of(type->fields.begin(), type->fields.end(), [&](const types::FieldType& f) { return f.name == name; })) continue;
        if (several || !place.empty()) return {};
        place = text(p.name);
    }
    if (!place.empty()) return fmt::format("it belongs into `{0}`: `{0}: {{ {1}: … }}`", place, text(name));
    return {};
}

void Elaborator::bind_parameters(Kind& k, const std::vector<Setting>& given, std::string_view label, Span where) {
    std::vector<const Setting*> by_parameter(k.parameters.size());
    std::vector<std::string_view> meant;         // by settings that are misspelt: those are not missing
    const std::string_view other_name = k.declaration.module->library ? "" : renamed(k.parameters, given, types_, names_);
    for (const Setting& s : given) {
        auto p = std::find_if(k.parameters.begin(), k.parameters.end(), [&](auto& parameter) { return parameter.name == s.name; });
        if (p != k.parameters.end()) {
            by_parameter[static_cast<size_t>(p - k.parameters.begin())] = &s;
            continue;
        }
        std::vector<std::string_view> known;
        for (const KindParameter& parameter : k.parameters) known.push_back(text(parameter.name));
        frame_->incomplete = true;
        if (is_error(s.value) && s.written == s.where && !lookup(s.name)) continue;   // `name` alone, which is no value either
        auto report = diagnostics_.report(diag::UnknownSetting, s.where, label, text(s.name));
        if (!k.declaration.module->library) report.joins();
        if (auto near = closest(text(s.name), known); !near.empty())
            report.help(fmt::format("did you mean `{}`?", near)).fix(s.where, std::string(near), fmt::format("write `{}`", near)), meant.push_back(near);
        else if (near = advice::related(text(s.name), known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near)), meant.push_back(near);
        else if (std::string place = place_of_member(k, s.name); !place.empty()) report.help(std::move(place));
        else if (!other_name.empty()) report.help(fmt::format("it needs `{}`", other_name)), meant.push_back(other_name);
        else if (advice::names_an_order(text(s.name))) report.help("take it away: stages run in the order in which they are written");
        else report.help(advice::there_are(known));
    }
    const bool from_library = session_.sources.file(where.file).library;
    const bool library = k.declaration.module->library;
    frame_->given = 0;
    for (size_t i = 0; i < k.parameters.size(); i++) {
        const KindParameter& p = k.parameters[i];
        const Setting* setting = by_parameter[i];
        ValueId value;
        if (setting) {
            value = coerce(setting->value, p.type, setting->written);
            bool usual = from_library && says_the_default(p, value);
            if (i < library::settings_with_bit && !usual) frame_->given |= uint64_t{1} << i;
        } else if (p.fallback) {
            value = default_of(p);
        } else if (types_.is_optional(p.type)) {
            value = make_null(where);
        } else {
            if (std::find(meant.begin(), meant.end(), text(p.name)) == meant.end())
                diagnostics_.report(diag::MissingSetting, where, label, text(p.name)).help(fmt::format("add `{}: …`, of the type `{}`", text(p.name), type_text(p.type)));
            value = error_value(where);
        }
        bind(p.name, value, span(p.node));
        if (!library) bindings_.back().wide = is_wide(p.type);
    }
}

ValueId Elaborator::instantiate(Kind& k, const std::vector<Setting>& given, std::string_view path, std::string_view label, Span where, ir::Block& into) {
    if (k.open || depth_ >= deepest_expansion) {
        diagnostics_.report(diag::EndlessExpansion, where, label);
        return error_value(where);
    }
    if (!may_expand(label, where)) return error_value(where);
    Frame inner{k.declaration.module, ++frames_, path, frame_->call_site.known() ? frame_->call_site : where, label, k.single};
    if (k.declaration.module->library) inner.refused = frame_->refused;
    inner.incomplete = frame_->incomplete && k.declaration.module->library;   // it passes on what it did not get
    Frame* outer = std::exchange(frame_, &inner);
    ValueId* outer_yield = std::exchange(yield_, nullptr);
    k.open = true;
    depth_++;
    size_t mark = scope_mark();
    bind_parameters(k, given, label, where);
    bool walks = !left_out_depth_ || k.declaration.module->library;   // else it is looked at where it is declared
    k.walked |= !left_out_depth_;
    if (k.body && walks) expand(k, given, mark, into);
    leave_scope(mark);
    depth_--;
    k.open = false;
    yield_ = outer_yield;
    frame_ = outer;
    if (!walks) return error_value(where);
    return inner.returned ? inner.result : make_record({}, plain(TypeKind::Literals), where);
}

// --- stages

Elaborator::StageText Elaborator::stage_text(NodeId stage) const {
    NodeId name = child(stage, NodeKind::Name), path = tree().next(name);
    return {name, path, tree().next(path)};
}

void Elaborator::stage(NodeId node, ir::Block& into) {
    const auto [name_node, path_node, record_node] = stage_text(node);
    Symbol name = tree()[name_node].symbol;
    if (const Binding* b = lookup(name); b && !b->lost)
        diagnostics_.report(diag::NameInUse, span(name_node), text(name)).label(b->where, "made here first");
    DeclarationRef d = find_kind(path_node, NodeKind::StageKind);
    Span where = span(path_node);
    if (!d) {
        settings(record_node);
        bind(name, error_value(where), span(name_node));
        return;
    }
    size_t first_step = pipeline_->steps.size();
    ValueId result;
    if (d.kind() == NodeKind::Pipeline) {
        result = run_pipeline(d, record_node, name, where, into);
    } else {
        result = stage_of(kind(d), {name_node, path_node, record_node}, into);
    }
    if (NodeId doc = child(node, NodeKind::Doc); doc && pipeline_->steps.size() > first_step) pipeline_->steps[first_step].comment = doc_of(tree(), node);
    bind(name, result, span(name_node));
}

ValueId Elaborator::stage_of(Kind& k, const StageText& stage, ir::Block& into) {
    std::string_view path = join_path(frame_->path, tree().text_of(stage.name));
    std::string_view label = tree().text_of(stage.path);
    Span where = span(stage.path);
    if (can_repeat() && depth_ == 0) {
        Stage again{path, where, wording(stage)};
        if (ValueId result = repeat_written(k, again, into); result != ValueId::none) return result;
        if (worth_recording(k, stage, again.wording)) return record_written(k, again, label, stage.record, into);
        k.comes_again = comes_again(stage);
    }
    size_t errors_before = session_.diagnostics.errors();
    size_t first_step = pipeline_->steps.size();
    std::vector<Setting> given = settings(stage.record, &k);
    auto retry = std::find_if(given.begin(), given.end(), [&](auto& s) { return s.name == known_.retry; });
    if (retry == given.end()) return instantiate(k, given, path, label, where, into);
    ValueId asked = retry->value;
    bool own = std::any_of(k.parameters.begin(), k.parameters.end(), [&](auto& p) { return p.name == known_.retry; });
    ValueId result;
    if (own) {
        result = instantiate(k, given, path, label, where, into);
    } else {
        // the kind is several states: trying again means all of them
        ir::RetryRules rules = retry_rules(retry->value, retry->where);
        given.erase(retry);
        std::string_view outer_path = std::exchange(frame_->path, path);
        StepId id = add_step("attempts", span(stage.name), ir::Attempts{}, into);
        frame_->path = outer_path;
        ir::Block body;
        result = instantiate(k, given, path, label, where, body);
        auto& a = std::get<ir::Attempts>(step(id).is);
        into.ends = body.ends;
        a.block = std::move(body);
        a.rules = rules;
    }
    if (errors_before == session_.diagnostics.errors()) {
        Raised raised;
        for (size_t i = first_step; i < pipeline_->steps.size(); i++)
            if (!std::holds_alternative<ir::Attempts>(pipeline_->steps[i].is)) add_raised(StepId{static_cast<uint32_t>(i)}, raised);
        check_raised(asked, raised);
    }
    return result;
}

bool Elaborator::may_expand(std::string_view what, Span where) {
    constexpr uint32_t most = 50'000;   // for one statement: far more than anything sensible, little enough to answer at once
    if (++expansions_ < most) return true;
    if (expansions_ == most) diagnostics_.report(diag::EndlessExpansion, where, what);
    return false;
}

}  // namespace zflow::elaborate
