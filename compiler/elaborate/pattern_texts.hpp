/// @file pattern_texts.hpp
/// @brief The regular expressions that the elaborator itself asks for, so that tools/automata finds them.
#pragma once

#include <string_view>

namespace zflow::elaborate::patterns {

/// AWS Resource Groups Tagging guide, naming limits.
inline constexpr std::string_view tag = R"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)";
/// Secrets Manager API reference, CreateSecret: Name; or the ARN of a secret.
inline constexpr std::string_view secret = "[A-Za-z0-9/_+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+";
/// Amazon ECR API reference: CreateRepository repositoryName; Docker image reference: tag.
inline constexpr std::string_view repository = "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";
inline constexpr std::string_view image_tag = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";
inline constexpr std::string_view image_digest = "sha256:[0-9a-f]{64}";
/// IAM User Guide, reference-arns.
inline constexpr std::string_view account = "[0-9]{12}", word = "[a-z0-9-]+";

inline constexpr std::string_view texts[] = {tag, secret, repository, image_tag, image_digest, account, word};

}  // namespace zflow::elaborate::patterns
