/// @file pattern_fill.hpp
/// @brief Resource templates of the service data, `arn:{partition}:sqs:{region}:{account}:{QueueUrl#name}`, filled in.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/policy.hpp"

namespace zflow::iam {

/// What is known of a placeholder's value, in the notation of deploy_text.hpp; not `complete`: only its beginning.
struct Known {
    std::string text;
    bool complete = true;
};

/// Gives the values a placeholder can have. None: nothing is known of it.
using Resolve = std::function<std::vector<Known>(std::string_view placeholder)>;

/// All texts the template can become. What is not known is a `*`. `{partition}`, `{region}`, `{account}` are filled in
/// here.
std::vector<Known> fill(std::string_view pattern, const Resolve& resolve);

/// The conditions of an IAM `Condition` object with their placeholders filled in. A value of which only the beginning
/// is known turns `StringEquals` into `StringLike`; a condition that any value would meet is left out.
std::vector<Condition> fill_conditions(std::string_view json, const Resolve& resolve);

/// The text with `*`, `?` and `${` made to mean themselves in an IAM pattern [IAM User Guide:
/// reference_policies_variables, special characters].
std::string escape_wildcards(std::string_view text);

/// The text in lower case, references left alone.
std::string lower_case(std::string_view text);

/// Position of the last of `characters` that is not inside a reference.
size_t rfind_outside(std::string_view text, std::string_view characters);

}  // namespace zflow::iam
