/// @file names.hpp
/// @brief Names that statements make: `let`, `stage`, `for`, `catch`, and parameters.
#pragma once

#include <vector>

#include "server/tokens.hpp"

namespace zflow::server {

/// The tokens of the names that can be seen behind the first `count` tokens, the nearest last.
std::vector<size_t> names_before(const Tokens& tokens, size_t count);

/// Of each word the name that it means, when a statement or parameter before it makes it; tokens.size() otherwise.
std::vector<size_t> makers_of(const Tokens& tokens);

/// `a.b.c`, of which the word at `last` is the last one.
std::string_view path_to(const Tokens& tokens, size_t last);

/// Of the name in `stage name = kind {`, or of a resource: the kind. "" of any other name.
std::string_view kind_behind(const Tokens& tokens, size_t name);

}  // namespace zflow::server
