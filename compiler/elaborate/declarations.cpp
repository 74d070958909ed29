// Stacks, parameters, pipelines and their settings: the frame around the statements.
#include <algorithm>

#include "elaborate/advice.hpp"
#include "elaborate/elaborator.hpp"
#include "elaborate/pattern_texts.hpp"
#include "elaborate/patterns.hpp"

namespace zflow::elaborate {

Span Reporter::at_user(Span span) const {
    if (elaborator_.recording_) elaborator_.recording_->breaks();
    const Frame* frame = elaborator_.frame_;
    if (!span.known() || !elaborator_.session_.sources.file(span.file).library) return span;
    return frame && frame->call_site.known() ? frame->call_site : span;
}

Elaborator::Elaborator(Session session, ir::Values& values)
    : session_(session), names_(session.names), types_(session.types), diagnostics_(session.diagnostics, *this), values_(values), symbols_(session.symbols) {
    bindings_.reserve(128);                 // more than most programs have at a time
    bindings_.emplace_back();               // index 0 means "nothing hidden"
    stack_serial_ = ++symbols_.serial;
    declared_.resize(session.modules.all.size());
}

std::string_view Elaborator::doc_of(const syntax::Tree& t, NodeId node) {
    NodeId doc = t.child(node);
    if (!doc || t.kind(doc) != NodeKind::Doc) return {};
    std::string out;
    std::string_view raw = t.text_of(doc);
    while (!raw.empty()) {
        std::string_view line = raw.substr(0, raw.find('\n'));
        raw.remove_prefix(std::min(raw.size(), line.size() + 1));
        size_t slashes = line.find("///");
        if (slashes == std::string_view::npos) continue;
        line.remove_prefix(slashes + 3);
        if (line.starts_with(" ```")) break;      // an example is for the catalogue
        if (line.starts_with(' ')) line.remove_prefix(1);
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (!out.empty()) out += ' ';
        out += line;
    }
    return values_.keep(out);
}

// --- declared values

ValueId Elaborator::declared(DeclarationRef d, Span use) {
    if (const library::Evaluated* constant = prepared_at(*d.module, d.node); constant && d.kind() == NodeKind::Const) return prepared(constant->number);
    auto& known = declared_[d.module->index];
    for (size_t i = 0; i < known.size(); i++) {
        if (known[i].declaration != d) continue;
        if (!known[i].open) {
            if (recording_) recording_->meets(known[i].value);
            return known[i].value;
        }
        diagnostics_.report(diag::DeclarationCycle, d.name_span(), d.module->tree.text_of(name_node(d.module->tree, d.node)))
            .label(use, "needed here, for its own value")
            .help("its value is made from itself");
        return error_value(use);
    }
    known.push_back({d, ValueId::none, true});
    size_t self = known.size() - 1;
    Recording* recording = std::exchange(recording_, nullptr);   // made for the whole stack
    ValueId value = declare_value(d, use);
    recording_ = recording;
    Declared& entry = declared_[d.module->index][self];   // the vector may have grown
    entry.value = value;
    entry.open = false;
    return value;
}

ValueId Elaborator::declare_value(DeclarationRef d, Span use) {
    const syntax::Tree& t = d.module->tree;
    NodeId name = name_node(t, d.node);
    NodeId first = t.next(name);
    Frame frame{d.module, ++frames_};
    if (d.module->library && frame_) frame.call_site = frame_->call_site;
    Frame* outer = frame_;
    auto inside = [&](auto make_value) {
        frame_ = &frame;
        ValueId v = make_value();
        frame_ = outer;
        return v;
    };
    switch (d.kind()) {
        case NodeKind::Const:
            return inside([&] {
                NodeId second = t.next(first);
                ValueId value = second ? expression(second, type_expression(first)) : expression(first);
                if (!is_error(value) && !known_by(value, Time::Deploy, span(second ? second : first), "a constant")) return error_value(use);
                return given_name(value, span(second ? second : first));
            });
        case NodeKind::Param: return inside([&] { parameter(d); return declared_parameter_; });
        case NodeKind::Secret:
            return inside([&] {
                ValueId secret_name = expression(first, plain(TypeKind::String));
                if (is_error(secret_name) || !known_by(secret_name, Time::Const, span(first), "the name of a secret")) return error_value(use);
                if (auto fixed = const_text(secret_name); fixed && !patterns::matches(patterns::secret, *fixed)) {
                    diagnostics_.report(diag::PatternMismatch, span(first), *fixed, patterns::secret).help("the name of a secret in Secrets Manager, or its ARN: never the secret itself");
                    return error_value(use);
                }
                stack_->secrets.push_back({const_text(secret_name).value_or(""), ValueId::none, d.name_span()});
                ValueId id = make(Op::Secret, Time::Const, plain(TypeKind::Secret), d.name_span());
                values_.edit(id).a = static_cast<uint32_t>(stack_->secrets.size() - 1);
                return id;
            });
        case NodeKind::Container:
            return inside([&] {
                DeclarationRef type = session_.modules.library.find(known_.Container);
                return expression(first, declared_type(type));
            });
        case NodeKind::Resource: return resource(d);
        default: {
            if (is_unread(t.text_of(name))) return error_value(use);   // what the user declares under that name cannot be read
            std::string_view what;
            switch (d.kind()) {
                case NodeKind::Function: what = "a function"; break;
                case NodeKind::StageKind: what = "a stage kind"; break;
                case NodeKind::ResourceKind: what = "a resource kind"; break;
                case NodeKind::Pipeline: what = "a pipeline"; break;
                default: return type_as_value(t.text_of(name), use, d.name_span());
            }
            diagnostics_.report(diag::NotAValue, use, t.text_of(name), what).label(d.name_span(), "declared here");
            return error_value(use);
        }
    }
}

/// What a parameter may be instead of what its type says. A resource kind has a type whose `arn` says which service it is of.
std::string Elaborator::parameter_instead(const ir::Parameter& p) {
    const types::Type& type = types_[p.type];
    if (type.kind == TypeKind::Secret) return fmt::format("secrets are declared with `secret {} = \"…\"`", text(p.name));
    auto arn = std::ranges::find_if(type.fields, [&](const types::FieldType& f) { return f.name == known_.arn && types_.kind(f.type) == TypeKind::Arn; });
    if (type.kind != TypeKind::Nominal || arn == type.fields.end()) return "CloudFormation parameters are texts, numbers and booleans";
    const int32_t limits = types_[arn->type].refinement;
    std::string_view service = limits < 0 ? "" : patterns::service_of_arn(types_.refinement(limits).pattern);
    std::string written = service.empty() ? "Arn" : fmt::format("Arn(service: \"{}\")", service);
    return fmt::format("what exists already is given by its ARN: `param {}: {}`", text(p.name), written);
}

void Elaborator::parameter(DeclarationRef d) {
    const syntax::Tree& t = d.module->tree;
    NodeId name = name_node(t, d.node);
    NodeId type_node = t.next(name);
    ir::Parameter p;
    p.name = t[name].symbol;
    p.type = type_expression(type_node);
    p.where = d.name_span();
    p.description = doc_of(t, d.node);
    if (NodeId fallback = t.next(type_node)) {
        p.fallback = expression(fallback, p.type);
        if (is_error(p.fallback) || !known_by(p.fallback, Time::Const, span(fallback), "the default of a parameter")) p.fallback = ValueId::none;
    }
    TypeKind kind = types_.kind(p.type);
    switch (kind) {
        case TypeKind::Optional: case TypeKind::List: case TypeKind::Map: case TypeKind::Record: case TypeKind::Nominal: case TypeKind::Dataset:
        case TypeKind::Json: case TypeKind::None: case TypeKind::Secret:
            diagnostics_.report(diag::BadParameterType, span(type_node), advice::with_article(type_text(p.type))).help(parameter_instead(p));
            declared_parameter_ = error_value(p.where);
            return;
        case TypeKind::Error: declared_parameter_ = error_value(p.where); return;
        default: break;
    }
    p.logical_id = logical_id(text(p.name));
    stack_->parameters.push_back(p);
    ValueId id = make(Op::Parameter, Time::Deploy, p.type, p.where);
    values_.edit(id).a = static_cast<uint32_t>(stack_->parameters.size() - 1);
    if (kind == TypeKind::Image) {
        ValueId none = make_null(p.where);
        ir::Field fields[] = {{known_.uri, id}, {known_.account, none}, {known_.region, none}, {known_.repository, none}};
        id = make_record(fields, p.type, p.where);
    }
    declared_parameter_ = id;
}

// --- the stack

/// Options are evaluated in the order in which the library declares them, so that what a later one needs (a topic for
/// alarms takes its tags and its key from the stack) is there.
void Elaborator::stack_settings(NodeId record) {
    struct Given { Symbol name; NodeId name_node, value; };
    std::vector<Given> given;
    for (NodeId c = record ? tree().child(record) : 0; c; c = tree().next(c)) {
        if (tree().kind(c) != NodeKind::Entry) {
            if (tree().kind(c) == NodeKind::Spread) diagnostics_.report(diag::MisplacedStatement, span(c), "the settings of a stack are written out");
            continue;
        }
        NodeId key = tree().child(c);
        Symbol name = key_name(key);
        auto same = std::find_if(given.begin(), given.end(), [&](auto& g) { return g.name == name; });
        if (same != given.end()) diagnostics_.report(diag::DuplicateMember, span(key), text(name)).label(span(same->name_node), "given here first");
        else given.push_back({name, key, tree().next(key)});
    }
    std::vector<std::string_view> known;
    for (DeclarationRef option : session_.modules.options) {
        const syntax::Tree& t = option.tree();
        NodeId name_at = name_node(t, option.node);
        Symbol name = t[name_at].symbol;
        known.push_back(text(name));
        auto setting = std::find_if(given.begin(), given.end(), [&](auto& g) { return g.name == name; });
        NodeId type_node = t.next(name_at), fallback = t.next(type_node);
        if (setting == given.end() && !fallback) continue;
        ValueId written = ValueId::none;
        if (setting != given.end()) written = setting->value ? expression(setting->value) : identifier(setting->name_node);
        Frame frame{option.module, ++frames_};
        Frame* outer = std::exchange(frame_, &frame);
        TypeId type = type_expression(type_node);
        ValueId value = setting == given.end() ? expression(fallback, type) : ValueId::none;
        frame_ = outer;
        if (setting != given.end()) value = coerce(written, type, span(setting->value ? setting->value : setting->name_node));
        stack_options_.push_back({name, value});
        apply_stack_option(name, value);
    }
    for (const Given& g : given) {
        if (std::find(known.begin(), known.end(), text(g.name)) != known.end()) continue;
        auto report = diagnostics_.report(diag::UnknownSetting, span(g.name_node), "stack", text(g.name));
        if (auto near = closest(text(g.name), known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near)).fix(span(g.name_node), std::string(near), fmt::format("write `{}`", near));
        else report.help(advice::there_are(known));
    }
}

ValueId Elaborator::stack_option(Symbol name) const {
    for (const ir::Field& f : stack_options_) {
        if (f.key != name) continue;
        if (recording_) recording_->meets(f.value);
        return f.value;
    }
    return ValueId::none;
}

/// What is written for an option: the members that its type needs.
std::string Elaborator::option_form(Symbol name) {
    for (DeclarationRef option : session_.modules.options) {
        const syntax::Tree& t = option.tree();
        NodeId name_at = name_node(t, option.node);
        if (t[name_at].symbol != name) continue;
        Frame frame{option.module, ++frames_};
        Frame* outer = std::exchange(frame_, &frame);
        TypeId type = type_expression(t.next(name_at));
        frame_ = outer;
        if (std::string form = types_.kind(type) == TypeKind::Nominal ? record_form(type) : ""; !form.empty()) return fmt::format("{{ {} }}", form);
    }
    return "…";
}

/// AWS Resource Groups Tagging guide, naming limits: keys of 1 to 128 characters, values of up to 256, one alphabet.
void Elaborator::check_tag(const ir::Field& tag) {
    auto check = [&](std::string_view text, size_t least, size_t most, Span where) {
        size_t length = patterns::code_points(text);
        if (length < least || length > most)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("a tag's {} has {} to {} characters, this has {}", least ? "name" : "value", least, most, length));
        else if (!patterns::matches(patterns::tag, text)) diagnostics_.report(diag::PatternMismatch, where, text, patterns::tag);
    };
    check(text(tag.key), 1, 128, key_span(tag));
    constexpr std::string_view of_aws = "aws:";
    const std::string_view name = text(tag.key);
    if (name.size() >= of_aws.size() && std::ranges::equal(name.substr(0, of_aws.size()), of_aws, {}, [](unsigned char c) { return std::tolower(c); }))
        diagnostics_.report(diag::OutOfRange, key_span(tag), fmt::format("a tag's name does not begin with `{}`: those are set by AWS alone", of_aws));
    each_known(tag.value, [&](ValueId one) {
        if (auto value = const_text(one)) check(*value, 0, 256, values_[one].where);
    });
}

/// The options that the compiler's core itself acts on.
void Elaborator::apply_stack_option(Symbol name, ValueId value) {
    if (is_error(value)) return;
    Span where = values_[value].where;
    if (name == known_.encryption && kind_of(value) != TypeKind::Bool) {   // a key of the file's own, or one that exists
        if (values_[value].op == Op::Record) value = values_.field(value, known_.arn);
        if (known_by(value, Time::Deploy, where, "the key of a stack")) stack_->given_key = value;
        return;
    }
    if (name == known_.permissions_boundary || name == known_.role_path) {
        bool known = is_null(value) || known_by(value, Time::Deploy, where, "a setting of the roles");
        if (known && !is_null(value)) (name == known_.role_path ? stack_->role_path : stack_->boundary) = value;
        return;
    }
    bool* flag = name == known_.encryption ? &stack_->encryption : name == known_.logging ? &stack_->logging : name == known_.tracing ? &stack_->tracing
                 : name == known_.keep_key ? &stack_->keep_key : nullptr;
    if (flag) {
        if (known_by(value, Time::Const, where, "this setting")) *flag = const_bool(value).value_or(*flag);
    } else if (name == known_.description) {
        if (known_by(value, Time::Const, where, "the description of a stack")) stack_->description = const_text(value).value_or("");
    } else if (name == known_.tags && values_[value].op == Op::Record) {
        if (!known_by(value, Time::Deploy, where, "a tag")) return;
        constexpr uint32_t most = 50;   // AWS Resource Groups Tagging guide: of one resource
        if (values_[value].b > most)
            diagnostics_.report(diag::OutOfRange, where, fmt::format("a resource has at most {} tags, these are {}", most, values_[value].b));
        for (const ir::Field& f : values_.fields(value)) {
            check_tag(f);
            stack_->tags.push_back({text(f.key), f.value});
        }
    } else if (name == known_.log_retention) {
        stack_->log_retention = retention(value, where);
    } else if (name == known_.alarms && !is_null(value)) {
        stack_->alarms = values_[value].op == Op::Record ? values_.field(value, known_.arn) : value;
    }
}

/// In days. One that a deployment chooses is one of those that there are in each case.
ValueId Elaborator::retention(ValueId value, Span where) {
    // CloudFormation reference, AWS::Logs::LogGroup RetentionInDays
    constexpr int64_t allowed[] = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};
    const Value v = values_[value];
    if (v.op == Op::Conditional) {
        ValueId yes = retention(ValueId{v.b}, values_[ValueId{v.b}].where), no = retention(ValueId{v.c}, values_[ValueId{v.c}].where);
        return make_conditional(ValueId{v.a}, yes, no, where);
    }
    if (!known_by(value, Time::Const, where, "how long logs are kept")) return value;
    auto seconds = const_integer(value);
    bool fine = seconds && *seconds % 86400 == 0 && std::find(std::begin(allowed), std::end(allowed), *seconds / 86400) != std::end(allowed);
    if (!fine) diagnostics_.report(diag::OutOfRange, where, "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, … days");
    return make_integer(fine ? *seconds / 86400 : 365, plain(TypeKind::Int), where);
}

ir::Stack Elaborator::stack(NodeId stack_node, const std::vector<NodeId>& declarations) {
    ir::Stack result{};
    stack_ = &result;
    Frame frame{session_.modules.main, ++frames_};
    frame_ = &frame;
    NodeId record = 0;
    if (stack_node) {
        result.name = tree()[name_node(tree(), stack_node)].symbol;
        record = child(stack_node, NodeKind::Record);
    }
    stack_settings(record);
    // the pipelines' places first, so that one can start another wherever it stands
    for (NodeId d : declarations)
        if (tree().kind(d) == NodeKind::Pipeline) pipeline_index({session_.modules.main, d});
    for (NodeId d : declarations) {
        DeclarationRef ref{session_.modules.main, d};
        switch (tree().kind(d)) {
            case NodeKind::Const: case NodeKind::Param: case NodeKind::Secret: case NodeKind::Resource: case NodeKind::Container:
                declared(ref, ref.name_span());
                break;
            case NodeKind::TypeDeclaration: case NodeKind::Dataset: declared_type(ref); break;
            default: break;
        }
    }
    std::vector<uint32_t> order = pipeline_order();
    for (uint32_t i : order) pipeline(pipelines_[i].first);
    for (size_t i = order.size(); i < pipelines_.size(); i++) pipeline(pipelines_[i].first);   // those of other files that were started
    for (NodeId d : declarations)
        if (tree().kind(d) == NodeKind::Output) output({session_.modules.main, d});
    pipeline_cycles();
    check_unused(declarations);
    check_path_texts(declarations);
    if (session_.sound && !session_.diagnostics.has_errors()) check_unused_names(declarations);
    leave_scope(1);
    frame_ = nullptr;
    stack_ = nullptr;
    return result;
}

void Elaborator::output(DeclarationRef d) {
    NodeId name = name_node(tree(), d.node);
    NodeId what = tree().next(name);
    ValueId value = expression(what);
    if (is_error(value) || !known_by(value, Time::Deploy, span(what), "an output of the stack")) return;
    if (values_[value].op == Op::Record && values_.field(value, known_.arn) != ValueId::none) value = values_.field(value, known_.arn);
    TypeKind kind = kind_of(value);
    bool scalar = (kind >= TypeKind::Bool && kind <= TypeKind::Literal && kind != TypeKind::Duration && kind != TypeKind::Size) || kind == TypeKind::Dataset || kind == TypeKind::Union;
    if (!scalar) {
        diagnostics_.report(diag::TypeMismatch, span(what), "String", type_text(type_of(value))).help("an output of a stack is a text");
        return;
    }
    stack_->outputs.push_back({logical_id(text(tree()[name].symbol), "Output"), as_text(value, span(what)), doc_of(tree(), d.node)});
}

// --- pipelines

uint32_t Elaborator::pipeline_index(DeclarationRef d) {
    for (auto& [declaration, index] : pipelines_)
        if (declaration == d) return index;
    auto index = static_cast<uint32_t>(pipelines_.size());
    pipelines_.emplace_back(d, index);
    ir::Pipeline p;
    const syntax::Tree& t = d.module->tree;
    p.name = t[name_node(t, d.node)].symbol;
    p.where = d.name_span();
    // Step Functions guide, service quotas: the state machine's name, "stack-pipeline", has at most 80 characters
    constexpr size_t most = 78;
    if (size_t length = text(p.name).size(); length > most)
        diagnostics_.report(diag::OutOfRange, p.where, fmt::format("a pipeline's name has at most {} characters, this has {}", most, length))
            .help("the state machine is called after the stack, `-` and the pipeline, in at most 80 characters");
    p.logical_id = logical_id(text(p.name), "Pipeline");
    stack_->pipelines.push_back(std::move(p));
    if (current_pipeline_ != UINT32_MAX) pipeline_ = &stack_->pipelines[current_pipeline_];   // they may have moved
    return index;
}

void Elaborator::pipeline(DeclarationRef d) {
    current_pipeline_ = pipeline_index(d);
    pipeline_ = &stack_->pipelines[current_pipeline_];
    serial_ = ++symbols_.serial;
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    pipeline_->comment = doc_of(tree(), d.node);
    pipeline_->scopes.push_back({});
    scope_ = 0;
    if (results_.size() <= current_pipeline_) results_.resize(current_pipeline_ + 1);
    size_t mark = scope_mark();
    Assuming nothing(assumed_);
    NodeId body = 0, head = 0;
    ir::Block steps;
    for (NodeId c : syntax::Children(tree(), d.node)) {
        if (tree().kind(c) == NodeKind::Block) body = c;
        else head = c;
        if (tree().kind(c) != NodeKind::Parameter) continue;
        NodeId name = child(c, NodeKind::Name);
        NodeId type_node = tree().next(name);
        ir::PipelineInput input;
        input.name = tree()[name].symbol;
        input.type = input_type(type_node);
        input.where = span(name);
        input.description = doc_of(tree(), c);
        if (NodeId fallback = tree().next(type_node)) {
            input.fallback = expression(fallback, input.type);
            if (is_error(input.fallback) || !known_by(input.fallback, Time::Deploy, span(fallback), "the default of an input")) input.fallback = ValueId::none;
        }
        if (const Binding* b = lookup(input.name)) diagnostics_.report(diag::NameInUse, span(name), text(input.name)).label(b->where, "made here first");
        bool optional = types_.is_optional(input.type) && (input.fallback == ValueId::none || is_null(input.fallback));
        ValueId value = make(Op::Input, Time::Run, types_.without_none(input.type), span(name));
        values_.edit(value).a = static_cast<uint32_t>(pipeline_->inputs.size());
        values_.edit(value).optional = optional;
        pipeline_->inputs.push_back(input);
        if (NodeId limits = limited_place(type_node)) value = input_place(limits, input, value, steps);
        bind(input.name, value, span(name));
    }
    size_t errors = session_.diagnostics.errors();
    constexpr size_t nodes_of_step = 18;   // a stage has two or three times as many with its settings, and makes a step or two
    constexpr size_t least_steps = 64;     // small programs are one of few stages of many steps; what is not used is not touched
    if (body > head) pipeline_->steps.reserve(std::max(least_steps, (body - head) / nodes_of_step));
    if (body) block(body, steps);
    pipeline_ = &stack_->pipelines[current_pipeline_];
    constexpr NodeKind makes_steps[] = {NodeKind::Stage, NodeKind::If, NodeKind::Match, NodeKind::For, NodeKind::Call, NodeKind::Try};
    const bool has_statements = body && std::ranges::any_of(makes_steps, [&](NodeKind k) { return child(body, k) != 0; });
    bool broken = errors != session_.diagnostics.errors() || (body && (child(body, NodeKind::Error) || child(body, NodeKind::Return)));   // what is missing was to be there
    if (pipeline_->steps.empty() && body && !broken && !(session_.diagnostics.has_errors() && has_statements)) diagnostics_.report(diag::EmptyPipeline, d.name_span(), text(pipeline_->name)).help("add a `stage`");
    if (!steps.ends) results_[current_pipeline_].type = plain(TypeKind::Json);   // it may end without a `return`
    results_[current_pipeline_].done = true;
    pipeline_->block = std::move(steps);
    check_express();
    check_grants();
    leave_scope(mark);
    frame_ = outer;
    pipeline_ = nullptr;
    current_pipeline_ = UINT32_MAX;
}

void Elaborator::pipeline_setting(NodeId node) {
    NodeId name = tree().child(node);
    NodeId what = tree().next(name);
    Symbol symbol = tree()[name].symbol;
    bool in_kind = frame_->call_site.known();
    if (symbol == known_.cleanup && in_kind) return cleanup(expression(what), span(node));
    if (in_kind || scope_ != 0 || !pipeline_) {
        diagnostics_.report(diag::UnknownSetting, span(name), in_kind ? "stage kind" : "block", text(symbol)).help("settings of a pipeline stand in its own body");
        return;
    }
    if (symbol == known_.timeout) {
        ValueId v = expression(what, plain(TypeKind::Duration));
        if (is_error(v) || !known_by(v, Time::Const, span(what), "the timeout of a pipeline")) return;
        pipeline_->timeout = with_type(v, plain(TypeKind::Int));
        if (const_integer(v).value_or(0) > longest_timeout)
            diagnostics_.report(diag::OutOfRange, span(what), fmt::format("the timeout of a pipeline is at most {}s", longest_timeout));
    } else if (symbol == known_.express) {
        ValueId v = expression(what, plain(TypeKind::Bool));
        if (!is_error(v) && known_by(v, Time::Const, span(what), "whether a pipeline is express") && const_bool(v).value_or(false)) pipeline_->express = span(node);
    } else if (symbol == known_.schedule || symbol == known_.on) {
        triggers(what, symbol == known_.schedule);
    } else {
        std::vector<std::string_view> known{"schedule", "on", "timeout", "express"};
        auto report = diagnostics_.report(diag::UnknownSetting, span(name), "pipeline", text(symbol));
        if (auto near = closest(text(symbol), known); !near.empty()) report.help(fmt::format("did you mean `{}`?", near));
        else report.help("there are `schedule`, `on`, `timeout`, `express`");
    }
}

void Elaborator::pipeline_cycles() {
    // colours of a depth-first walk over "starts and waits for"
    std::vector<uint8_t> colour(stack_->pipelines.size(), 0);
    auto visit = [&](auto&& self, uint32_t p) -> void {
        colour[p] = 1;
        for (const PipelineUse& use : pipeline_uses_) {
            if (use.from != p) continue;
            if (colour[use.to] == 0) self(self, use.to);
            else if (colour[use.to] == 1)
                diagnostics_.report(diag::PipelineCycle, use.where, text(stack_->pipelines[use.to].name)).label(stack_->pipelines[use.to].where, "this pipeline starts itself, directly or through others");
        }
        colour[p] = 2;
    };
    for (uint32_t p = 0; p < colour.size(); p++)
        if (colour[p] == 0) visit(visit, p);
}

}  // namespace zflow::elaborate
