// Stages: expanding stage kinds and resource kinds, service calls, roles and what they may do.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "syntax/mistakes.hpp"

namespace zflow::elaborate {

namespace {

/// "training_job" -> "TrainingJob": logical ids are alphanumeric (CloudFormation guide, Resources section).
std::string pascal(std::string_view text) {
    std::string out;
    bool up = true;
    for (char c : text) {
        bool lower = c >= 'a' && c <= 'z', other = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (lower || other) {
            out += up && lower ? static_cast<char>(c - 32) : c;
            up = false;
        } else {
            up = true;
        }
    }
    return out;
}

constexpr unsigned deepest_expansion = 32;

bool is_service(std::string_view name) {
    std::vector<std::string_view> known = schema::services();
    return std::find(known.begin(), known.end(), name) != known.end();
}

constexpr uint32_t no_role = UINT32_MAX, machine_role = UINT32_MAX - 1;   // beside the indices of the stack's roles
constexpr uint32_t given_role = 1u << 30;                                 // added to the index of one that exists

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
    auto report = diagnostics_.report(diag::UnknownKind, span(path), tree().text_of(path), what);
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
    for (const Setting& s : given) {
        auto p = std::find_if(k.parameters.begin(), k.parameters.end(), [&](auto& parameter) { return parameter.name == s.name; });
        if (p != k.parameters.end()) {
            by_parameter[static_cast<size_t>(p - k.parameters.begin())] = &s;
            continue;
        }
        std::vector<std::string_view> known;
        for (const KindParameter& parameter : k.parameters) known.push_back(text(parameter.name));
        auto report = diagnostics_.report(diag::UnknownSetting, s.where, label, text(s.name));
        frame_->incomplete = true;
        if (auto near = closest(text(s.name), known); !near.empty())
            report.help(fmt::format("did you mean `{}`?", near)).fix(s.where, std::string(near), fmt::format("write `{}`", near)), meant.push_back(near);
        else if (near = advice::related(text(s.name), known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near)), meant.push_back(near);
        else if (std::string place = place_of_member(k, s.name); !place.empty()) report.help(std::move(place));
        else if (advice::names_an_order(text(s.name))) report.help("take it away: stages run in the order in which they are written");
        else report.help(advice::there_are(known));
    }
    for (size_t i = 0; i < k.parameters.size(); i++) {
        const KindParameter p = k.parameters[i];
        const Setting* setting = by_parameter[i];
        ValueId value;
        if (setting) {
            value = coerce(setting->value, p.type, setting->written);
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
        bindings_.back().wide = is_wide(p.type);
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

// --- resources

std::string Elaborator::logical_id(std::string_view name, std::string_view suffix) {
    std::string base = pascal(name) + std::string(suffix);
    if (base.empty() || (base[0] >= '0' && base[0] <= '9')) base.insert(0, "Z");
    std::string id = base;
    for (int n = 2;; n++) {
        if (std::exchange(symbols_.ids[names_.intern(id)], stack_serial_) != stack_serial_) return id;
        id = base + std::to_string(n);
    }
}

ValueId Elaborator::resource(DeclarationRef d) {
    const syntax::Tree& t = d.module->tree;
    NodeId name = name_node(t, d.node);
    NodeId path = t.next(name);
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    ir::Pipeline* outer_pipeline = std::exchange(pipeline_, nullptr);
    ValueId result = error_value(span(path));
    if (DeclarationRef k = find_kind(path, NodeKind::ResourceKind)) {
        Kind& made = kind(k);
        std::vector<Setting> given = settings(t.next(path), &made);
        ir::Block nothing;
        result = instantiate(made, given, text(t[name].symbol), t.text_of(path), span(path), nothing);
    }
    pipeline_ = outer_pipeline;
    frame_ = outer;
    return result;
}

void Elaborator::cfn(NodeId node) {
    NodeId name_node = child(node, NodeKind::Name);
    NodeId type_node = tree().next(name_node);
    NodeId arguments = tree().kind(tree().next(type_node)) == NodeKind::Arguments ? tree().next(type_node) : 0;
    NodeId record_node = tree().next(arguments ? arguments : type_node);
    if (pipeline_) {
        diagnostics_.report(diag::MisplacedStatement, span(node), "a resource exists once per stack: make it in a `resource kind`");
        return;
    }
    ir::Resource r;
    if (tree().kind(type_node) == NodeKind::Identifier) {
        ValueId type = expression(type_node, plain(TypeKind::String));
        known_by(type, Time::Const, span(type_node), "the type of a resource");
        r.type = const_text(type).value_or("");
    } else {
        r.type = values_.keep(string_text(type_node));
    }
    r.where = frame_->call_site;
    if (arguments)
        for (NodeId a : syntax::Children(tree(), arguments)) {
            NodeId label = tree().child(a);
            Symbol what = tree().kind(label) == NodeKind::Name ? tree()[label].symbol : Symbol::none;
            if (what == known_.retain) r.retain = const_bool(expression(tree().next(label))).value_or(false);
            else if (what == known_.after) made_after(r, expression(tree().next(label)), span(tree().next(label)));
            else if (what == known_.key) own_key(r, expression(tree().next(label)), span(tree().next(label)));
            else diagnostics_.report(diag::UnknownArgument, span(a), tree().text_of(label)).help("a resource takes `retain`, `after` and `key`");
        }
    r.properties = expression(record_node);
    if (!is_error(r.properties)) known_by(r.properties, Time::Deploy, frame_->call_site.known() ? frame_->call_site : span(record_node), "a resource's property");
    r.logical_id = logical_id(frame_->path, pascal(text(tree()[name_node].symbol)));
    stack_->resources.push_back(std::move(r));
    ValueId reference = make(Op::Attribute, Time::Deploy, plain(TypeKind::Arn), span(node));
    values_.edit(reference).a = static_cast<uint32_t>(stack_->resources.size() - 1);
    bind(tree()[name_node].symbol, reference, span(name_node));
}

/// What is in the resource is encrypted with this key: rights on the resource bring those on the key.
void Elaborator::own_key(ir::Resource& resource, ValueId key, Span where) {
    if (is_null(key) || is_error(key)) return;
    key = coerce(key, plain(TypeKind::Arn), where);
    if (!is_error(key) && known_by(key, Time::Deploy, where, "the key of a resource")) resource.key = key;
}

/// What has to be there first although no property refers to it: another resource, or the rights of a role.
void Elaborator::made_after(ir::Resource& resource, ValueId what, Span where) {
    const Value v = values_[what];
    switch (v.op) {
        case Op::Null: return;
        case Op::List:
            for (uint32_t i = 0; i < v.b; i++) made_after(resource, values_.links(what)[i], where);
            return;
        case Op::Record:   // what a resource kind gives
            if (ValueId arn = values_.field(what, known_.arn); arn != ValueId::none) return made_after(resource, arn, where);
            break;
        case Op::RoleArn: resource.after_roles.push_back(v.a); return;
        case Op::Attribute: resource.depends_on.push_back(values_.keep(stack_->resources[v.a].logical_id)); return;
        default: break;
    }
    if (!is_error(what)) diagnostics_.report(diag::TypeMismatch, where, "a role or a resource of this stack", type_text(type_of(what)));
}

void Elaborator::role(NodeId node) {
    NodeId name_node = child(node, NodeKind::Name);
    Symbol name = tree()[name_node].symbol;
    NodeId service_node = tree().next(name_node);
    ValueId service = expression(service_node);
    if (kind_of(service) == TypeKind::Arn) {   // a role that exists: its rights are its owner's business
        known_by(service, Time::Deploy, span(service_node), "a role");
        bind(name, service, span(name_node));
        return;
    }
    service = coerce(service, plain(TypeKind::String), span(service_node));
    auto constant = const_text(service);
    if (!constant) known_by(service, Time::Const, span(service_node), "the service that takes a role");
    // one role for all stages of a kind in a pipeline; one for each resource
    std::string key(pipeline_ ? text(pipeline_->name) : std::string_view());
    key.append("/").append(pipeline_ ? frame_->kind : frame_->path).append("/").append(text(name));
    auto [at, fresh] = roles_.try_emplace(key, static_cast<uint32_t>(stack_->roles.size()));
    if (fresh) {
        ir::Role r;
        r.service = constant.value_or("");
        r.where = frame_->call_site.known() ? frame_->call_site : span(node);
        r.logical_id = pipeline_ ? logical_id(std::string(text(pipeline_->name)).append(" ").append(frame_->kind), "Role") : logical_id(frame_->path, "Role");
        stack_->roles.push_back(std::move(r));
    }
    ValueId value = make(Op::RoleArn, Time::Deploy, plain(TypeKind::Arn), span(node));
    values_.edit(value).a = at->second;
    bind(name, value, span(name_node));
}

uint32_t Elaborator::role_index(ValueId role, Span where) {
    if (recording_) recording_->sees(role);
    if (values_[role].op == Op::RoleArn) return values_[role].a;
    // a role that is not of this stack (a model that exists already) is given its rights by its owner
    if (!is_error(role) && !is_null(role) && kind_of(role) != TypeKind::Arn) diagnostics_.report(diag::TypeMismatch, where, "a role of this stack", type_text(type_of(role)));
    return given_role_index(role, where);
}

/// One text for equal ARNs; empty when nothing is known of it before a run.
std::string Elaborator::given_key(ValueId arn) const {
    const Value& v = values_[arn];
    switch (v.op) {
        case Op::String: case Op::Pseudo: return std::string(v.text());
        case Op::Parameter: case Op::Attribute: return fmt::format("\n{}.{}.{}\n", static_cast<int>(v.op), v.a, v.b);
        case Op::Concat: {
            std::string key;
            for (ValueId part : values_.links(arn)) key += given_key(part);
            return key;
        }
        default: return {};
    }
}

/// A role that exists: what it is needed for is kept, so that somebody can see to it.
uint32_t Elaborator::given_role_index(ValueId role, Span where) {
    if (is_error(role) || is_null(role) || left_out_depth_) return no_role;
    if (recording_) recording_->sees_all(role);
    std::string key = given_key(role);
    if (key.empty()) return no_role;
    auto [at, fresh] = given_roles_.try_emplace(std::move(key), static_cast<uint32_t>(stack_->given_roles.size()));
    if (fresh) stack_->given_roles.emplace_back().given = role, stack_->given_roles.back().where = where;
    return at->second | given_role;
}

std::vector<ir::Access>& Elaborator::access_of(uint32_t role) {
    if (role == machine_role) return pipeline_->access;
    return role & given_role ? stack_->given_roles[role & ~given_role].access : stack_->roles[role].access;
}

uint32_t Elaborator::access_role(NodeId path) {
    NodeId first = tree().child(path);
    Symbol name = tree()[first].symbol;
    if (name == known_.pipeline && !lookup(name) && !tree().next(first)) {   // the state machine's own role
        if (pipeline_) return machine_role;
        diagnostics_.report(diag::MisplacedStatement, span(path), "a resource kind belongs to no pipeline");
        return no_role;
    }
    ValueId role = identifier(first);
    for (NodeId n = tree().next(first); n && !is_error(role); n = tree().next(n)) role = member_of(role, tree()[n].symbol, span(path), span(n));
    return role_index(role, span(path));
}

void Elaborator::touch(bool write, ValueId targets) {
    if (!pipeline_) return;
    for (ValueId target : values_.links(targets)) {
        if (is_null(target) || is_error(target)) continue;
        Span where = frame_->call_site.known() ? frame_->call_site : values_[target].where;
        pipeline_->touches.push_back({target, write, StepId{static_cast<uint32_t>(pipeline_->steps.size())}, frame_->path, where});
        if (recording_) recording_->touches(pipeline_->touches.back(), frame_->call_site.known());
    }
}

/// Kinds name few of them, again and again; those of the library were checked when it was prepared.
bool Elaborator::is_intent(Symbol name) {
    if (frame_->module->library || std::find(intents_.begin(), intents_.end(), name) != intents_.end()) return true;
    if (!schema::find_access(text(name))) return false;
    intents_.push_back(name);
    return true;
}

void Elaborator::access(NodeId node) {
    NodeId path = tree().child(node);
    uint32_t role = access_role(path);
    for (NodeId c : syntax::Children(tree(), tree().next(path))) {
        if (tree().kind(c) != NodeKind::Entry) continue;
        NodeId key = tree().child(c);
        Symbol name = key_name(key);
        std::string_view intent = text(name);
        bool is_touch = intent == "data.read" || intent == "data.write";
        if (!is_touch && !is_intent(name)) {
            auto report = diagnostics_.report(diag::UnknownAccess, span(key), intent);
            if (auto near = closest(intent, schema::access_intents()); !near.empty()) report.help(fmt::format("did you mean \"{}\"?", near));
            continue;
        }
        ValueId targets = expression(tree().next(key));
        if (is_null(targets) || is_error(targets)) continue;
        if (values_[targets].op != Op::List) {
            diagnostics_.report(diag::NotAList, span(tree().next(key)), type_text(type_of(targets)));
            continue;
        }
        if (is_touch) {
            touch(intent == "data.write", targets);
            continue;
        }
        for (uint32_t i = 0; i < values_[targets].b && role != no_role; i++) add_access(role, intent, values_.links(targets)[i], span(node));
    }
}

void Elaborator::add_access(uint32_t role, std::string_view intent, ValueId target, Span where) {
    if (is_null(target) || is_error(target) || left_out_depth_) return;
    const Value v = values_[target];
    if (v.op == Op::List) {                       // a list within the list: all of its own
        for (uint32_t i = 0; i < v.b; i++) add_access(role, intent, values_.links(target)[i], where);
        return;
    }
    if (v.time == Time::Run && v.op != Op::Record) {
        std::vector<ValueId> places;
        bool known = choices(target, places) && std::ranges::all_of(places, [&](ValueId p) { return p != target && is_known_place(p); });
        if (known && !places.empty()) {
            if (recording_) recording_->breaks();
            for (ValueId place : places) add_access(role, intent, place, where);
            return;
        }
    }
    if (!is_located(target) || is_known_place(target)) {
        access_of(role).push_back({intent, target});
        if (recording_) recording_->accesses(role == machine_role ? Expansion::machine : role, intent, target);
        return;
    }
    if (recording_) recording_->breaks();
    if (role != machine_role && role & given_role) return;   // nobody can say which
    std::vector<ir::Grant>& grants = pipeline_ ? pipeline_->grants : stack_->roles[role].grants;
    if (grants.empty()) need_grant(target, "s3:GetObject", where);
    else if (role != machine_role) stack_->roles[role].grants.insert(stack_->roles[role].grants.end(), grants.begin(), grants.end());
}

/// The step that makes a result, a join or an item.
template <typename Is>
const Is* Elaborator::made_by(const Value& v) const {
    return pipeline_ && v.a < pipeline_->steps.size() ? std::get_if<Is>(&pipeline_->steps[v.a].is) : nullptr;
}

bool Elaborator::choices(ValueId value, std::vector<ValueId>& out, unsigned depth) const {
    constexpr unsigned deepest = 16;
    constexpr size_t most = 64;
    const Value& v = values_[value];
    if (depth > deepest || out.size() > most) return false;
    auto may_be = [&](ValueId one) { return choices(one, out, depth + 1); };
    switch (v.op) {
        case Op::Null: return true;
        case Op::Conditional: return may_be(ValueId{v.b}) && may_be(ValueId{v.c});
        case Op::Joined: {
            const auto* choice = made_by<ir::Choice>(v);
            const auto* attempt = made_by<ir::Try>(v);
            const std::vector<ir::Join>* joins = choice ? &choice->joins : attempt ? &attempt->joins : nullptr;
            return joins && v.b < joins->size() &&
                   std::ranges::all_of((*joins)[v.b].values, [&](ValueId of_arm) { return of_arm == ValueId::none || may_be(of_arm); });
        }
        case Op::Result:
            if (const auto* let = v.b == 0 ? made_by<ir::Let>(v) : nullptr) return may_be(let->value);
            break;
        case Op::Index: return elements(ValueId{v.a}, out, depth + 1);
        case Op::Item: {
            const auto* map = made_by<ir::Map>(v);
            return map && !map->distributed && elements(map->items, out, depth + 1);
        }
        case Op::Member: {
            std::vector<ValueId> objects;
            return choices(ValueId{v.a}, objects, depth + 1) && std::ranges::all_of(objects, [&](ValueId object) {
                if (values_[object].op != Op::Record) return false;
                ValueId field = values_.field(object, Symbol{v.b});
                return field == ValueId::none || may_be(field);
            });
        }
        default: break;
    }
    out.push_back(value);
    return true;
}

/// What the elements of a list may be: of one that is written out, or of what the turns of a loop give.
bool Elaborator::elements(ValueId list, std::vector<ValueId>& out, unsigned depth) const {
    const Value& v = values_[list];
    if (v.op == Op::List) return std::ranges::all_of(values_.links(list), [&](ValueId item) { return choices(item, out, depth + 1); });
    if (v.op != Op::Result || v.b != 0) return false;
    if (const auto* let = made_by<ir::Let>(v)) return elements(let->value, out, depth + 1);
    const auto* map = made_by<ir::Map>(v);
    return map && map->result != ValueId::none && choices(map->result, out, depth + 1);
}

bool Elaborator::is_located(ValueId value) const {
    TypeKind kind = types_.kind(values_[value].type);
    return kind == TypeKind::S3 || kind == TypeKind::Dataset;
}

/// Whether rights for it can be named before the pipeline runs: of a location the bucket is known.
bool Elaborator::is_known_place(ValueId target) const {
    const Value& v = values_[target];
    if (v.op != Op::Record) return v.time != Time::Run;
    return !is_located(target) || values_[values_.field(target, known_.bucket)].time != Time::Run;
}

void Elaborator::need_grant(ValueId location, std::string_view action, Span where) {
    Span at = values_[location].where;
    bool of_user = at.known() && !session_.sources.file(at.file).library;
    diagnostics_.report(diag::UnknownLocation, frame_->call_site.known() ? frame_->call_site : where)
        .label(of_user ? at : Span{}, "this location is only known while the pipeline runs")
        .help(fmt::format("say what it may be: `grant {{ actions: [\"{}\"], resources: [\"arn:aws:s3:::bucket/prefix/*\"] }}` in the pipeline, before this stage", action));
}

/// Whether something is known of how a text begins, or one of several that are.
bool Elaborator::begins_known(ValueId text) const {
    const Value& v = values_[text];
    if (v.op == Op::Concat) return begins_known(values_.links(text)[0]);
    if (ValueId bucket = v.op == Op::Record ? values_.field(text, known_.bucket) : ValueId::none; bucket != ValueId::none) return begins_known(bucket);
    return v.time != Time::Run || v.op == Op::Record || v.op == Op::Conditional || v.op == Op::Joined;
}

/// A name without region and account in its ARN reaches everywhere: a call may not take one of which nothing is known.
void Elaborator::check_reach(const ir::Task& task, Span where) {
    if (!pipeline_->grants.empty()) return;
    for (const schema::Right right : task.integration->rights()) {
        size_t at = right.resource.find(":::{");
        if (at == std::string_view::npos) continue;
        std::string_view path = right.resource.substr(at + 4);
        path = path.substr(0, path.find_first_of("#|}"));
        ValueId value = task.arguments;
        while (!path.empty() && value != ValueId::none) {
            std::string_view name = path.substr(0, path.find('.'));
            path.remove_prefix(std::min(path.size(), name.size() + 1));
            value = values_[value].op == Op::Record ? values_.field(value, names_.intern(name)) : ValueId::none;
        }
        if (value == ValueId::none || is_error(value) || begins_known(value)) continue;
        std::string_view action = right.actions.size() ? right.actions[0] : std::string_view();
        return need_grant(value, action, where);
    }
}

void Elaborator::cleanup(ValueId function, Span where) {
    ValueId arn = values_[function].op == Op::Record ? values_.field(function, known_.arn) : function;
    if (arn == ValueId::none || values_[arn].op != Op::Attribute || !pipeline_) {
        if (!is_error(function)) diagnostics_.report(diag::TypeMismatch, where, "a function of this stack", type_text(type_of(function)));
        return;
    }
    if (recording_) recording_->sees(arn);   // the same function: it is there already
    ir::Cleanup c{values_[arn].a};
    ValueId role = values_[function].op == Op::Record ? values_.field(function, known_.role) : ValueId::none;
    if (values_[role].op == Op::RoleArn) c.role = values_[role].a;
    auto known = [&](const ir::Cleanup& other) { return other.function == c.function; };
    if (std::none_of(pipeline_->cleanup.begin(), pipeline_->cleanup.end(), known)) pipeline_->cleanup.push_back(c);
}

}  // namespace zflow::elaborate
