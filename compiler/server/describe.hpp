/// @file describe.hpp
/// @brief Declarations in words, as Markdown.
#pragma once

#include <string>

#include "server/cursor.hpp"

namespace zflow::server {

/// As `zflowc doc` shows it; of what it does not list the source and the comment.
std::string describe(const Program& program, DeclarationRef declaration);
/// `instance: Instance = ml.m5.large`, and what its comment says.
std::string describe_setting(DeclarationRef setting);
/// The statement that makes the name; of a stage also what its kind is for and what it gives.
std::string describe_local(const Cursor& cursor, size_t name);

/// `instance: Instance = ml.m5.large`
std::string signature(DeclarationRef setting);
/// The comment of a declaration.
std::string comment(DeclarationRef declaration);

}  // namespace zflow::server
