/// @file pattern_fill.hpp
/// @brief Resource templates of the service data, `arn:{partition}:sqs:{region}:{account}:{QueueUrl#name}`, filled in.
#pragma once

#include <functional>
#include <span>
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

/// A piece of a resource template.
struct PatternPiece {
    std::string_view text;      ///< in the notation of deploy_text.hpp; of a placeholder what stands between its braces
    bool placeholder = false;
    bool before_star = false;   ///< a `*` follows in the template
    uint32_t number = 0;        ///< of a placeholder: for who resolves it
};

/// Takes a template apart. `{partition}`, `{region}` and `{account}` are text already.
std::vector<PatternPiece> pieces_of(std::string_view pattern);

/// All texts the template can become, by the values of each placeholder. None: nothing is known of it, which is a `*`.
using ResolvePiece = std::function<const std::vector<Known>&(const PatternPiece& placeholder)>;
void fill(std::span<const PatternPiece> pieces, const ResolvePiece& resolve, std::vector<Known>& texts);

/// Gives the values a placeholder can have by its name.
using Resolve = std::function<std::vector<Known>(std::string_view placeholder)>;

/// The same of a template that is filled once.
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
