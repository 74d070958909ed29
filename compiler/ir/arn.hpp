/// @file arn.hpp
/// @brief What is known of an ARN before the stack is deployed.
#pragma once

#include <string>
#include <string_view>

#include "ir/program.hpp"

namespace zflow::ir {

/// One of the six fields of an ARN, or of a pattern of ARNs, from 0; the last one has all that is left. Empty when it ends
/// before the field does.
std::string_view arn_field(std::string_view arn, int number);

/// All of it, or its beginning. Pseudo parameters, which may stand in it, have no colon. Of what a resource or a parameter
/// of the type `Arn` gives, the service.
struct KnownArn {
    std::string text{};
    bool whole = true;

    /// "sqs"; empty when that is not known.
    std::string_view service() const { return arn_field(text, 2); }
};
KnownArn known_arn(const Stack& stack, const Values& values, const types::TypeTable& types, const Interner& names, ValueId value);

}  // namespace zflow::ir
