/// @file builder.hpp
/// @brief What the passes that make a template share: the tree, the sections, and the stack they read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/rights.hpp"
#include "template/document.hpp"
#include "template/nesting.hpp"
#include "template/template.hpp"
#include "template/values.hpp"

namespace zflow::cfn {

size_t tasks_of(const ir::Pipeline& pipeline);

/// A policy document.
Node* policy_node(const iam::Document& policy, Document& document, ValueNodes& values);

/// A pipeline's definition in the template: replaced when another layout is tried.
struct DefinitionSlot {
    lower::Definition definition;
    Node* node = nullptr;
    Node* substitutions = nullptr;
};

class Builder {
   public:
    /// The definitions go to `made`, which has to outlive what is written.
    Builder(const lower::Context& context, const Options& options, Diagnostics& diagnostics, Made& made);

    /// Policies and definitions: the most of the work, and independent of each other.
    void prepare(lower::Layout layout, Workers* workers);
    /// The passes, in the order of their sections.
    Node* build();
    /// Writes every definition again in `layout`.
    void lay_out(lower::Layout layout);
    /// Reports those that are too large.
    void check_definitions();
    Summary summary() const;

    /// Whether one template cannot hold it all.
    bool is_too_large(size_t bytes) const;
    std::vector<Unit> units() const;
    /// Reports the limits that a finished template exceeds.
    void check_template(const Node& root, size_t bytes);
    Document& document() { return document_; }

   private:
    // template.cpp
    void add_description();
    void add_outputs();
    void check_policies();

    // parameters.cpp
    void add_parameters();

    // security.cpp
    void add_key();
    Node* key_policy(std::string_view key);
    void add_key_user(Node* statements, Node* service, std::initializer_list<std::string_view> actions,
                      std::string_view condition, std::string_view context, Node* value);
    Node* log_group_patterns(std::string_view key);
    bool has_resource(std::string_view type) const;
    bool encrypts(std::string_view key, std::string_view type) const;
    void add_role(std::string_view id, std::string_view service, Node* source_arn, std::string_view pipeline);
    void add_service_roles();
    void add_policies(const iam::RolePolicies& policies);
    const iam::RolePolicies* policies_of(std::string_view role) const;
    static std::string policy_id(std::string_view role, size_t index);

    // resources.cpp
    void add_user_resources();
    void add_tags(Node* properties, std::string_view pipeline);
    bool needs_policies(const ir::Resource& resource) const;

    // pipelines.cpp
    void add_pipelines();
    std::string_view known_name(const ir::Pipeline& pipeline) const;
    void add_machine_role(const ir::Pipeline& pipeline, uint32_t index);
    void add_log_group(const ir::Pipeline& pipeline, uint32_t index);
    void add_machine(const ir::Pipeline& pipeline, uint32_t index);
    void write_definition(size_t pipeline, lower::Layout layout, lower::Marks& marks);
    void show_definition(size_t pipeline);
    void add_definition(uint32_t pipeline, Node* properties);
    /// Deep enough that the text stands under `DefinitionString:` as it is.
    size_t definition_indent() const { return format_ == Format::Yaml ? 8 : 0; }
    void add_substitutions(const lower::Definition& definition, Node* to);
    void add_alarm(const ir::Pipeline& pipeline);
    void add_cleanup(const ir::Pipeline& pipeline);

    // schedules.cpp, events.cpp
    void add_trigger_base();
    void add_dead_letters();
    void allow_dead_letters(Node* statements);
    void add_triggers(const ir::Pipeline& pipeline);
    void add_schedules(const ir::Pipeline& pipeline);
    void add_schedule(const ir::Pipeline& pipeline, const ir::Schedule& schedule, std::string_view id);
    void add_event_rules(const ir::Pipeline& pipeline);
    void add_event_input(Node* target, const ir::EventRule& rule);
    void add_readers(const ir::Pipeline& pipeline);
    void add_delivery(Node* target, const ir::Delivery& delivery);
    void check_input_size(std::string_view text, Span where);
    /// The resource made last has to wait for what its role may do.
    void wait_for_policies(std::string_view role);
    static std::string trigger_id(const ir::Pipeline& pipeline, std::string_view word, size_t index) {
        return pipeline.logical_id + std::string(word) + (index ? std::to_string(index + 1) : "");
    }

    /// Adds a resource and gives its Properties.
    Node* resource(std::string_view id, std::string_view type);
    Node* put(Node* map, std::string_view key, std::string_view text) {
        return Document::add(map, key, document_.text(text));
    }
    Node* put(Node* map, std::string_view key, Node* value) { return value ? Document::add(map, key, value) : nullptr; }
    Node* put_map(Node* map, std::string_view key) { return Document::add(map, key, document_.map()); }
    Node* put_list(Node* map, std::string_view key) { return Document::add(map, key, document_.list()); }
    Node* put_number(Node* map, std::string_view key, int64_t n) {
        return Document::add(map, key, document_.integer(n));
    }
    std::string_view keep(std::string_view text) { return document_.keep(text); }
    Span stack_span() const { return stack_.pipelines.empty() ? Span{} : stack_.pipelines.front().where; }
    bool makes_key() const { return stack_.encryption && (stack_.used_key || !stack_.pipelines.empty()); }
    bool has_schedules() const;
    bool has_events() const;
    /// Adds a condition `{operation: {key: value}}` to a statement.
    void put_condition(Node* statement, std::string_view operation, std::string_view key, Node* value);

    const lower::Context& context_;
    const ir::Stack& stack_;
    const Options& options_;
    Format format_;
    Diagnostics& diagnostics_;
    Document document_;
    iam::DeployText texts_;
    ValueNodes values_;
    std::vector<iam::RolePolicies> policies_;
    std::unordered_map<std::string_view, size_t> policies_by_role_;
    Node* root_;
    Node* resources_;
    Node* last_resource_ = nullptr;   ///< for attributes beside Properties
    Node* outputs_;
    std::vector<Buffer>& definitions_;   ///< by pipeline
    lower::Marks (&marks_)[2];
    std::vector<DefinitionSlot> slots_;
    std::vector<std::pair<size_t, size_t>> pipeline_ends_;   ///< of each pipeline: its first resource, and behind its last
    Summary summary_;
};

}  // namespace zflow::cfn
