#include "template/template.hpp"

#include <algorithm>
#include <atomic>

#include "template/builder.hpp"
#include "template/nesting.hpp"

namespace zflow::cfn {

namespace {

constexpr size_t least_task_bytes = 400;    // of a task in an indented definition
constexpr size_t usual_text_bytes = 64 * 1024;   // of a template without its definitions

size_t tasks_of(const ir::Stack& stack) {
    size_t tasks = 0;
    for (const ir::Pipeline& pipeline : stack.pipelines) tasks += cfn::tasks_of(pipeline);
    return tasks;
}

/// The longest beginning of at most `limit` bytes that ends between two characters.
std::string_view cut(std::string_view text, size_t limit) {
    if (text.size() <= limit) return text;
    while (limit && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) limit--;
    return text.substr(0, limit);
}

}  // namespace

Builder::Builder(const lower::Context& context, const Options& options, Diagnostics& diagnostics, Made& made)
    : context_(context),
      stack_(context.stack),
      options_(options),
      format_(options.format),
      diagnostics_(diagnostics),
      texts_(context),
      values_(document_, texts_),
      root_(document_.map()),
      resources_(document_.map()),
      outputs_(document_.map()),
      definitions_(made.definitions),
      marks_(made.marks),
      slots_(context.stack.pipelines.size()) {
    definitions_ = std::vector<Buffer>(slots_.size());
}

void Builder::prepare(lower::Layout layout, Workers* workers) {
    auto work_out_policies = [&] { policies_ = iam::all_policies(texts_); };
    std::atomic<size_t> next = 0;
    auto work = [&](size_t worker) {
        if (worker == 0) work_out_policies();
        for (size_t i; (i = next++) < slots_.size();) write_definition(i, layout, marks_[worker]);
    };
    if (workers) workers->run(std::min<size_t>(workers->count(), 2), work);
    else work(0);
    for (size_t i = 0; i < policies_.size(); i++) policies_by_role_[policies_[i].role] = i;
}

Node* Builder::build() {
    add_description();
    add_parameters();
    add_user_resources();
    add_key();
    add_service_roles();
    add_trigger_base();
    add_pipelines();
    add_outputs();
    if (values_.conditions()->count) Document::add(root_, "Conditions", values_.take_conditions());
    Document::add(root_, "Resources", resources_);
    if (outputs_->count) Document::add(root_, "Outputs", outputs_);
    check_policies();
    return root_;
}

void Builder::add_description() {
    put(root_, "AWSTemplateFormatVersion", "2010-09-09");
    if (!stack_.description.empty()) put(root_, "Description", cut(stack_.description, limits::description_bytes));
}

Node* Builder::resource(std::string_view id, std::string_view type) {
    last_resource_ = put_map(resources_, keep(id));
    put(last_resource_, "Type", type);
    summary_.resources++;
    return put_map(last_resource_, "Properties");
}

void Builder::add_outputs() {
    for (const ir::Pipeline& pipeline : stack_.pipelines) {
        if (pipeline.is_part()) continue;
        Node* output = put_map(outputs_, keep(pipeline.logical_id + "Arn"));
        put(output, "Description", "State machine of pipeline " + std::string(context_.names.text(pipeline.name)));
        put(output, "Value", values_.ref(pipeline.logical_id));
    }
    for (const ir::Output& user : stack_.outputs) {
        Node* output = put_map(outputs_, user.logical_id);
        if (!user.description.empty()) put(output, "Description", cut(user.description, limits::description_bytes));
        put(output, "Value", values_.node(user.value));
    }
}

/// How many of the documents that are no managed policies fit the role itself.
size_t inline_policies(const iam::RolePolicies& role) {
    size_t size = 0, count = 0;
    for (size_t i = limits::managed_policies_per_role; i < role.documents.size(); i++, count++) {
        size += iam::deployed_size(role.documents[i]);
        if (size > limits::inline_policies_size) break;
    }
    return count;
}

void Builder::check_policies() {
    for (const iam::RolePolicies& role : policies_) {
        size_t count = role.documents.size();
        if (count <= limits::managed_policies_per_role) continue;
        size_t taken = limits::managed_policies_per_role + inline_policies(role);
        if (count > taken)
            diagnostics_.report(diag::PoliciesTooLarge, role.where, role.role, count, count - taken)
                .help("keep the data of a pipeline below fewer common prefixes, or divide the pipeline");
    }
}

/// Of one template, when it cannot be divided any more.
void Builder::check_template(const Node& root, size_t bytes) {
    auto check = [&](const auto& diagnosis, size_t count, size_t limit, std::string help) {
        if (count > limit) diagnostics_.report(diagnosis, stack_span(), count, count - limit).help(std::move(help));
    };
    auto count_of = [&](std::string_view section) {
        const Node* node = root.find(section);
        return size_t{node ? node->count : 0};
    };
    check(diag::TooManyResources, count_of("Resources"), options_.limits.resources, "move some to a stack of their own");
    check(diag::TooManyParameters, count_of("Parameters"), options_.limits.parameters,
          "make constants of parameters that are the same everywhere");
    check(diag::TooManyOutputs, count_of("Outputs"), options_.limits.outputs,
          "leave out those that nobody reads, or move some to a stack of their own");
    // a definition that is too large is said there, and makes every template too large
    if (!diagnostics_.has_errors())
        check(diag::TemplateTooLarge, bytes, options_.limits.bytes, "move some pipelines to a stack of their own");
}

bool Builder::is_too_large(size_t bytes) const {
    return resources_->count > options_.limits.resources || bytes > options_.limits.bytes ||
           (outputs_->count > options_.limits.outputs && !stack_.pipelines.empty());
}

/// What all share, and each pipeline.
std::vector<Unit> Builder::units() const {
    std::vector<Unit> out;
    size_t number = 0, next = 0;
    for (Node* resource = resources_->first; resource; resource = resource->next, number++) {
        while (next < pipeline_ends_.size() && pipeline_ends_[next].second <= number) next++;
        bool pipeline = next < pipeline_ends_.size() && pipeline_ends_[next].first <= number;
        bool begins = pipeline && pipeline_ends_[next].first == number;
        if (!pipeline || begins) out.push_back({{}, pipeline});
        out.back().resources.push_back(resource);
    }
    return out;
}

void Builder::lay_out(lower::Layout layout) {
    for (size_t i = 0; i < slots_.size(); i++) {
        write_definition(i, layout, marks_[0]);
        show_definition(i);
    }
}

Summary Builder::summary() const {
    Summary summary = summary_;
    summary.pipelines = stack_.pipelines.size();
    return summary;
}

namespace {

/// Whether indented definitions may fit a template that needs no bucket. Most programs are that small, and laid out once.
bool may_be_indented(const lower::Context& context, const Options& options) {
    return options.format == Format::Yaml && tasks_of(context.stack) * least_task_bytes <= limits::inline_template_bytes;
}

}  // namespace

void write_template(const lower::Context& context, const Options& options, Diagnostics& diagnostics, Made& out) {
    Builder builder(context, options, diagnostics, out);
    bool indented = may_be_indented(context, options);
    auto write = options.format == Format::Yaml ? write_yaml : static_cast<Nesting::Write>(write_json);
    if (indented) builder.prepare(lower::Layout::Pretty, nullptr);
    else builder.prepare(lower::Layout::Compact, options.workers);
    Node* root = builder.build();
    out.text.small.reserve(usual_text_bytes);
    size_t definitions = 0;
    for (const Buffer& definition : out.definitions) definitions += definition.size();
    bool divided = builder.is_too_large(definitions);   // it is not worth while to write it whole
    if (!divided) write(*root, out.text);
    if (indented && (divided || out.text.size() > limits::inline_template_bytes || builder.is_too_large(out.text.size()))) {
        builder.lay_out(lower::Layout::Compact);
        out.text.clear();
        write(*root, out.text);
        divided = false;
    }
    builder.check_definitions();
    out.summary = builder.summary();
    if (divided || builder.is_too_large(out.text.size())) {
        Nesting nesting(builder.document(), *root, builder.units(), options, write);
        for (const Nesting::Part& part : nesting.divide()) {
            NestedTemplate& made = out.nested.emplace_back();
            made.file = part.file;
            write(*part.root, made.text);
            builder.check_template(*part.root, made.text.size());
            out.summary.bytes += made.text.size();
        }
        out.text.clear();
        write(*root, out.text);
        out.summary.resources += out.nested.size();
    }
    out.summary.bytes += out.text.size();
    builder.check_template(*root, out.text.size());
}

}  // namespace zflow::cfn
