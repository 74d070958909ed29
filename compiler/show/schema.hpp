/// @file schema.hpp
/// @brief Types as JSON Schema, draft 2020-12.
#pragma once

#include "template/document.hpp"
#include "template/values.hpp"

namespace zflow::show {

class SchemaNodes {
   public:
    SchemaNodes(const lower::Context& context, cfn::Document& document, cfn::ValueNodes& values)
        : context_(context), document_(document), values_(values) {}

    /// What an execution of the pipeline takes as its input.
    cfn::Node* input(const ir::Pipeline& pipeline);
    /// What the value looks like in the output of an execution.
    cfn::Node* value(ir::ValueId value);
    cfn::Node* type(types::TypeId type);

   private:
    cfn::Node* of(std::string_view type);
    cfn::Node* text(std::string_view type);
    cfn::Node* scalar(std::string_view name, const types::Type& type);
    cfn::Node* record(const types::Type& type);
    cfn::Node* alternatives(const types::Type& type);
    cfn::Node* nullable(cfn::Node* schema);
    cfn::Node* literal_list(ir::ValueId value);
    cfn::Node* literal_record(ir::ValueId value);
    void put(cfn::Node* map, std::string_view key, std::string_view text);
    void limit(cfn::Node* schema, std::string_view key, bool given, double value);

    const lower::Context& context_;
    cfn::Document& document_;
    cfn::ValueNodes& values_;
};

}  // namespace zflow::show
