// What the value of a constant leaves out: the other arm of an `if`, the arms of a `match`, the other side of an
// expression. It is no part of the program, but its names and types have to be right all the same. It is walked with
// nothing to show for it, and says nothing about values: there they are what made the arm be left out.
#include <algorithm>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// Findings that hold whatever the constants are.
bool holds_anyway(std::string_view id) {
    static constexpr std::string_view always[] = {   // in byte order
        "duplicate-member", "missing-argument", "missing-member", "missing-setting", "name-in-use", "not-a-function",
        "not-a-list", "not-a-record", "not-a-value", "not-textual", "too-many-arguments", "type-mismatch", "unknown-access",
        "unknown-argument", "unknown-call", "unknown-function", "unknown-kind", "unknown-member", "unknown-name",
        "unknown-request-member", "unknown-setting", "unknown-type", "unnamed-member", "wrong-argument-count"};
    return std::binary_search(std::begin(always), std::end(always), id);
}

/// Findings that do when the text stands there itself.
bool is_about_text(std::string_view id) { return id == "unknown-choice" || id == "not-a-location"; }

}  // namespace

/// Everything that a walk leaves behind is taken back at the end.
class LeftOut {
   public:
    explicit LeftOut(Elaborator& of)
        : e_(of), frame_(*of.frame_), mark_(of.scope_mark()), recording_(std::exchange(of.recording_, nullptr)),
          yield_(std::exchange(of.yield_, of.yield_ ? &yielded_ : nullptr)),
          token_(std::exchange(of.token_passed_, of.token_passed_ ? &passed_ : nullptr)),
          stack_serial_(std::exchange(of.stack_serial_, ++of.symbols_.serial)), serial_(std::exchange(of.serial_, ++of.symbols_.serial)),
          statements_(of.statements_), statement_(of.statement_), expansions_(of.expansions_), scope_(of.scope_), local_used_(of.local_used_),
          used_key_(of.stack_->used_key), declared_(of.declared_.size()) {
        if (recording_) recording_->breaks();
        for (size_t m = 0; m < declared_.size(); m++) declared_[m] = of.declared_[m].size();
        const ir::Stack& s = *of.stack_;
        stack_ = {s.parameters.size(), s.secrets.size(), s.resources.size(), s.roles.size(), s.pipelines.size(), of.pipelines_.size(),
                  of.pipeline_uses_.size(), of.needs_grant_.size()};
        if (const ir::Pipeline* p = of.pipeline_) {
            pipeline_ = {p->steps.size(), p->scopes.size(), p->access.size(), p->grants.size(), p->touches.size(), p->cleanup.size(),
                         p->schedules.size(), p->events.size(), p->readers.size()};
            timeout_ = p->timeout;
            express_ = p->express;
            received_ = p->received;
        }
        if (of.current_pipeline_ < of.results_.size()) result_ = of.results_[of.current_pipeline_];
        of.left_out_depth_++;
    }

    ~LeftOut() {
        e_.left_out_depth_--;
        e_.leave_scope(mark_);
        take_back_stack();
        if (e_.pipeline_) take_back_pipeline(*e_.pipeline_);
        if (e_.current_pipeline_ < e_.results_.size()) e_.results_[e_.current_pipeline_] = result_;
        *e_.frame_ = frame_;
        e_.recording_ = recording_;
        e_.yield_ = yield_;
        e_.token_passed_ = token_;
        e_.stack_serial_ = stack_serial_;
        e_.serial_ = serial_;
        e_.statements_ = statements_;
        e_.statement_ = statement_;
        e_.expansions_ = expansions_;
        e_.scope_ = scope_;
        e_.local_used_ = local_used_;
    }
    LeftOut(const LeftOut&) = delete;
    LeftOut& operator=(const LeftOut&) = delete;

   private:
    void take_back_stack() {
        ir::Stack& s = *e_.stack_;
        s.parameters.resize(stack_.parameters);
        s.secrets.resize(stack_.secrets);
        s.resources.resize(stack_.resources);
        if (s.roles.size() > stack_.roles) std::erase_if(e_.roles_, [&](auto& r) { return r.second >= stack_.roles; });
        s.roles.resize(stack_.roles);
        if (s.pipelines.size() > stack_.pipelines) {
            s.pipelines.resize(stack_.pipelines);
            if (e_.current_pipeline_ != UINT32_MAX) e_.pipeline_ = &s.pipelines[e_.current_pipeline_];
        }
        e_.pipelines_.resize(stack_.declared_pipelines);
        e_.pipeline_uses_.resize(stack_.pipeline_uses);
        e_.needs_grant_.resize(stack_.needs_grant);
        s.used_key = used_key_;
        for (size_t m = 0; m < declared_.size(); m++) e_.declared_[m].resize(declared_[m]);
    }
    void take_back_pipeline(ir::Pipeline& p) {
        p.steps.resize(pipeline_.steps);
        p.scopes.resize(pipeline_.scopes);
        p.access.resize(pipeline_.access);
        p.grants.resize(pipeline_.grants);
        p.touches.resize(pipeline_.touches);
        p.cleanup.resize(pipeline_.cleanup);
        p.schedules.resize(pipeline_.schedules);
        p.events.resize(pipeline_.events);
        p.readers.resize(pipeline_.readers);
        p.timeout = timeout_;
        p.express = express_;
        p.received = received_;
    }

    struct OfStack { size_t parameters, secrets, resources, roles, pipelines, declared_pipelines, pipeline_uses, needs_grant; };
    struct OfPipeline { size_t steps, scopes, access, grants, touches, cleanup, schedules, events, readers; };

    Elaborator& e_;
    Frame frame_;
    size_t mark_;
    Recording* recording_;
    ValueId yielded_{};
    bool passed_ = false;
    ValueId* yield_;
    bool* token_;
    uint32_t stack_serial_, serial_, statements_, statement_, expansions_;
    ir::ScopeId scope_;
    bool local_used_, used_key_;
    std::vector<size_t> declared_;
    OfStack stack_{};
    OfPipeline pipeline_{};
    ValueId timeout_{};
    Span express_{};
    ir::Received received_;
    Elaborator::PipelineResult result_;
};

namespace {

/// What may have been given in a statement or declaration that begins with a word.
constexpr std::pair<std::string_view, std::string_view> given_in[] = {
    {diag::MissingStackOption.kind.id, "stack "}, {diag::MissingGrant.kind.id, "grant "}, {diag::MissingScheduleInput.kind.id, "pipeline "}, {diag::MissingTriggerInput.kind.id, "pipeline "}};

std::string_view without_doc(std::string_view text) {
    while (text.starts_with("///")) text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n", text.find('\n')), text.size()));
    return text;
}

}  // namespace

/// What a syntax error near it may be the reason of.
bool Reporter::is_quiet(const DiagnosticKind& kind, Span span) const {
    auto given = std::ranges::find(given_in, kind.id, &std::pair<std::string_view, std::string_view>::first);
    for (const Module& module : elaborator_.session_.modules.all) {
        for (const syntax::Quiet& quiet : module.tree.quiet) {
            const bool here = module.tree.file == span.file && span.begin >= quiet.begin && span.begin <= quiet.end;
            if (here && kind.id.starts_with(quiet.only)) return true;
            if (given != std::end(given_in) && without_doc(module.tree.text.substr(quiet.begin)).starts_with(given->second)) return true;
        }
    }
    return false;
}

/// Whether a finding would repeat that a requirement does not hold, or be about what is left out and about the values that
/// are constant there.
bool Reporter::drops(const DiagnosticKind& kind, Span span) const {
    if (!elaborator_.session_.sound && is_quiet(kind, at_user(span))) return true;
    if (elaborator_.frame_ && elaborator_.frame_->refused.known() && kind.id != diag::RequirementFailed.kind.id) {
        Span refused = elaborator_.frame_->refused;
        bool of_library = span.known() && elaborator_.session_.sources.file(span.file).library;
        if (of_library || (span.file == refused.file && span.begin < refused.end && refused.begin < span.end)) return true;
    }
    if (!elaborator_.left_out_depth_ || holds_anyway(kind.id)) return false;
    if (!is_about_text(kind.id) || !span.known()) return true;
    std::string_view source = elaborator_.session_.sources.file(span.file).text;
    auto quote = [&](size_t at) { return at < source.size() && source[at] == '"'; };
    return !quote(span.begin) && !(span.begin > 0 && quote(span.begin - 1));
}

/// Names whose kind of value the condition asks for have another one where it does not hold.
void Elaborator::forget_tested(NodeId condition) {
    bool asks = false;
    std::vector<NodeId> names, open = {condition};
    while (!open.empty()) {
        NodeId node = open.back();
        open.pop_back();
        NodeKind kind = tree().kind(node);
        asks |= kind == NodeKind::IsType || kind == NodeKind::None;
        if (kind == NodeKind::Identifier) names.push_back(node);
        for (NodeId c : syntax::Children(tree(), node)) open.push_back(c);
    }
    for (NodeId n : names)
        if (asks) bind(tree()[n].symbol, error_value(span(n)), span(n));
}

/// `node`: a block, an expression, or an `if` behind an `else`. Each is looked at once.
void Elaborator::check_left_out(NodeId node, NodeId condition) {
    if (!node || frame_->module->library || left_out_depth_ || in_schedule_) return;
    if (!left_out_seen_.insert(uint64_t{frame_->module->index} << 32 | node).second) return;
    LeftOut walk(*this);
    if (condition) forget_tested(condition);
    ir::Block nothing;
    InBranch inside(*frame_);
    switch (tree().kind(node)) {
        case NodeKind::Skip: return;
        case NodeKind::If: choice(node, nothing); return;
        case NodeKind::Block: block(node, nothing); return;
        default: expression(node);
    }
}

void Elaborator::check_left_out(NodeId first, NodeId second, std::initializer_list<NodeId> parts) {
    if (frame_->module->library || left_out_depth_) return;
    size_t mark = scope_mark();
    for (NodeId name : {first, second})
        if (name) bind(tree()[name].symbol, error_value(span(name)), span(name));
    for (NodeId part : parts) check_left_out(part);
    leave_scope(mark);
}

/// A constant where it is left out: of a value that may be of several kinds it has the wrong one there.
ValueId Elaborator::in_left_out(ValueId value, bool wide) {
    return is_const(value) && (wide || is_null(value)) ? error_value(values_[value].where) : value;
}

/// Whether a constant says of what type it is, and that type takes several kinds of values.
bool Elaborator::has_wide_type(DeclarationRef constant) {
    const syntax::Tree& t = constant.tree();
    NodeId type = t.next(name_node(t, constant.node));
    if (!t.next(type)) return false;
    Frame frame{constant.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    bool wide = is_wide(type_expression(type));
    frame_ = outer;
    return wide;
}

}  // namespace zflow::elaborate
