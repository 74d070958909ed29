/// @file references.hpp
/// @brief What a part of a template refers to, and putting something else in the place of a reference.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "template/document.hpp"

namespace zflow::cfn {

/// `Ref X` and `${X}` (no attribute), `Fn::GetAtt [X, Arn]` and `${X.Arn}`.
struct Reference {
    std::string_view id, attribute;
    std::string text() const {
        return attribute.empty() ? std::string(id) : std::string(id).append(".").append(attribute);
    }
};

/// Pseudo parameters that have another value in a nested stack.
inline bool is_own_pseudo(std::string_view id) { return id == "AWS::StackName" || id == "AWS::StackId"; }

/// What stands for a reference; the texts must live as long as the document. No id: it stays as it is.
using Replace = std::function<Reference(const Reference&)>;
/// Told of each condition by name.
using Condition = std::function<void(std::string_view)>;

/// Visits every reference in `node` and what is below it, and puts in what `replace` gives.
void visit_references(Document& document, Node& node, const Replace& replace, const Condition& condition);

/// A copy with all that is below it.
Node* copy_of(Document& document, const Node& node);

}  // namespace zflow::cfn
