#include "template/template.hpp"

#include <algorithm>

#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

// AWS CloudFormation quotas [CFN:cloudformation-limits], Step Functions quotas [SFN:limits]
constexpr size_t max_resources = 500;
constexpr size_t max_parameters = 200;
constexpr size_t max_outputs = 200;
constexpr size_t max_template_bytes = 1'000'000;
constexpr size_t inline_template_bytes = 51'200;
constexpr size_t max_description_bytes = 1024;

/// Below this size the compact template leaves so much room that indented definitions may fit as well.
constexpr size_t roomy_template_bytes = inline_template_bytes * 3 / 4;

/// The longest beginning of at most `limit` bytes that ends between two characters.
std::string_view cut(std::string_view text, size_t limit) {
    if (text.size() <= limit) return text;
    while (limit && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) limit--;
    return text.substr(0, limit);
}

}  // namespace

Builder::Builder(const lower::Context& context, Format format, Diagnostics& diagnostics)
    : context_(context),
      stack_(context.stack),
      format_(format),
      diagnostics_(diagnostics),
      texts_(context),
      values_(document_, texts_),
      policies_(iam::all_policies(texts_)),
      root_(document_.map()),
      resources_(document_.map()),
      outputs_(document_.map()) {
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
    check_limits();
    return root_;
}

void Builder::add_description() {
    put(root_, "AWSTemplateFormatVersion", "2010-09-09");
    if (!stack_.description.empty()) put(root_, "Description", cut(stack_.description, max_description_bytes));
}

Node* Builder::resource(std::string_view id, std::string_view type) {
    last_resource_ = put_map(resources_, keep(id));
    put(last_resource_, "Type", type);
    summary_.resources++;
    return put_map(last_resource_, "Properties");
}

void Builder::add_outputs() {
    for (const ir::Pipeline& pipeline : stack_.pipelines) {
        Node* output = put_map(outputs_, keep(pipeline.logical_id + "Arn"));
        put(output, "Description", "State machine of pipeline " + std::string(context_.names.text(pipeline.name)));
        put(output, "Value", values_.ref(pipeline.logical_id));
    }
    for (const ir::Output& user : stack_.outputs) {
        Node* output = put_map(outputs_, user.logical_id);
        if (!user.description.empty()) put(output, "Description", cut(user.description, max_description_bytes));
        put(output, "Value", values_.node(user.value));
    }
}

void Builder::check_limits() {
    auto check = [&](const auto& diagnosis, size_t count, size_t limit, std::string help) {
        if (count > limit) diagnostics_.report(diagnosis, stack_span(), count, count - limit).help(std::move(help));
    };
    check(diag::TooManyResources, summary_.resources, max_resources,
          "move some pipelines to a stack of their own; each pipeline brings a role, a policy, a log group and a "
          "machine");
    check(diag::TooManyParameters, stack_.parameters.size(), max_parameters,
          "make constants of parameters that are the same everywhere");
    check(diag::TooManyOutputs, outputs_->count, max_outputs,
          "each pipeline has one output of its own; move some to another stack");
    for (const iam::RolePolicies& role : policies_) {
        size_t count = role.documents.size(), limit = iam::max_policies_per_role;
        if (count > limit)
            diagnostics_.report(diag::PoliciesTooLarge, role.where, role.role, count, count - limit)
                .help("keep the data of a pipeline below fewer common prefixes, or divide the pipeline");
    }
}

void Builder::lay_out(lower::Layout layout) {
    // deep enough that the text stands under `DefinitionString:` as it is
    size_t indent = format_ == Format::Yaml ? 8 : 0;
    definitions_.clear();
    for (size_t i = 0; i < slots_.size(); i++) {
        slots_[i].begin = definitions_.size();
        lower::Definition definition =
            lower::write_definition(context_, stack_.pipelines[i], layout, indent, definitions_);
        if (Node* substitutions = slots_[i].substitutions) {   // a compact definition has some of its own
            substitutions->first = substitutions->last = nullptr, substitutions->count = 0;
            add_substitutions(definition, substitutions);
        }
        slots_[i].end = definitions_.size();
    }
    show_definitions();
}

Summary Builder::summary() const {
    Summary summary = summary_;
    summary.pipelines = stack_.pipelines.size();
    return summary;
}

namespace {

void report_template_size(const ir::Stack& stack, size_t bytes, Diagnostics& diagnostics) {
    // a definition that is too large is said there, and makes every template too large
    if (bytes <= max_template_bytes || diagnostics.has_errors()) return;
    Span where = stack.pipelines.empty() ? Span{} : stack.pipelines.front().where;
    diagnostics.report(diag::TemplateTooLarge, where, bytes, bytes - max_template_bytes)
        .help("move some pipelines to a stack of their own");
}

}  // namespace

/// Compact first: it says at once whether the indented form can fit, and a large stack is not laid out twice.
Summary write_template(const lower::Context& context, Format format, Diagnostics& diagnostics, Buffer& out) {
    Builder builder(context, format, diagnostics);
    const Node* root = builder.build();
    auto write = format == Format::Yaml ? write_yaml : write_json;
    size_t begin = out.size();
    write(*root, out);
    size_t compact = out.size() - begin;
    if (format == Format::Yaml && compact <= roomy_template_bytes) {
        builder.lay_out(lower::Layout::Pretty);
        out.truncate(begin);
        write(*root, out);
        if (out.size() - begin > inline_template_bytes) {
            builder.lay_out(lower::Layout::Compact);
            out.truncate(begin);
            write(*root, out);
        }
    }
    Summary summary = builder.summary();
    summary.bytes = out.size() - begin;
    report_template_size(context.stack, summary.bytes, diagnostics);
    return summary;
}

}  // namespace zflow::cfn
