/// @file values.hpp
/// @brief Const and deploy-time values as the JSON of a template: scalars, `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::If`.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "iam/deploy_text.hpp"
#include "template/document.hpp"

namespace zflow::cfn {

class ValueNodes {
   public:
    ValueNodes(Document& document, const iam::DeployText& texts);

    /// The value's node; nothing for a null, which a payload leaves out.
    Node* node(ir::ValueId value);
    /// The node for text in the notation of iam/deploy_text.hpp.
    Node* text(std::string_view notation);
    /// A value as JSON text inside a text: the input of a run that a trigger starts. Parts of the event are `<…>`, filled in
    /// when it comes: their paths, or with `paths` names that are put there with their paths.
    Node* json_text(ir::ValueId value, Node* paths = nullptr);

    Node* ref(std::string_view id);
    Node* attribute(std::string_view id, std::string_view name);
    /// `{name: value}`
    Node* call(std::string_view name, Node* argument);

    /// The Conditions section as far as it is used; empty when no value depends on a condition.
    const Node* conditions() const { return conditions_; }
    Node* take_conditions() { return conditions_; }

   private:
    Node* complex(ir::ValueId value);
    Node* computed(ir::ValueId value);
    Node* part(Node* whole, std::string_view part);
    Node* record(ir::ValueId value);
    Node* or_no_value(ir::ValueId value);
    Node* marked(std::string_view marker);
    Node* split(std::string_view separator, Node* source);
    Node* join(std::string_view separator, Node* parts);

    std::string_view condition(ir::ValueId value);
    Node* condition_node(ir::ValueId value);
    Node* either_node(std::string_view function, ir::ValueId value);
    Node* in_node(const ir::Value& value);
    Node* conditional_node(const ir::Value& value);
    Node* named(std::string_view name);
    std::string condition_name(ir::ValueId value);
    void append_json(ir::ValueId value, std::string& out);
    void append_json_text(ir::ValueId value, std::string& out);
    void append_json_parts(ir::ValueId value, std::string& out);
    bool is_event_part(ir::ValueId value) const;
    std::string event_path(ir::ValueId value) const;
    void append_event_part(ir::ValueId value, std::string& out);

    Document& document_;
    const iam::DeployText& texts_;
    const ir::Values& values_;
    Node* conditions_;
    Node* paths_ = nullptr;      ///< of the event's parts, while a rule's input is written
    std::unordered_map<std::string, std::string_view> names_by_text_;  ///< of conditions
};

}  // namespace zflow::cfn
