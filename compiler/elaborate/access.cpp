// Who may do what with what: roles, the rights that stages need, and what a right is for when only a run decides.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

constexpr uint32_t no_role = UINT32_MAX, machine_role = UINT32_MAX - 1;   // beside the indices of the stack's roles
constexpr uint32_t given_role = 1u << 30;                                 // added to the index of one that exists

}  // namespace

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
        auto take = [&](ValueId targets) {
            if (is_null(targets) || is_error(targets)) return;
            if (values_[targets].op != Op::List) diagnostics_.report(diag::NotAList, span(tree().next(key)), type_text(type_of(targets)));
            else if (is_touch) touch(intent == "data.write", targets);
            else
                for (uint32_t i = 0; i < values_[targets].b && role != no_role; i++) add_access(role, intent, values_.links(targets)[i], span(node));
        };
        ValueId targets = expression(tree().next(key));
        std::vector<ValueId> arms;
        if (values_[targets].op == Op::Conditional && choices(targets, arms)) std::ranges::for_each(arms, take);
        else take(targets);
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
