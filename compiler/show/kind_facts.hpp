/// @file kind_facts.hpp
/// @brief What a stage kind does to the outside, read off its source: calls, rights, errors.
#pragma once

#include <vector>

#include "base/buffer.hpp"
#include "syntax/tree.hpp"

namespace zflow::show {

/// Where the kinds, functions and constants are found that a kind uses. The trees have to outlive it.
using Trees = std::vector<const syntax::Tree*>;

/// Lines on what `kind` and what it is made of can call, which rights that takes, which errors it raises and which of them
/// are worth another attempt. All of it is what can happen: settings decide about some calls. Nothing for a kind that
/// calls nothing.
void write_kind_facts(const Trees& trees, const syntax::Tree& tree, syntax::NodeId kind, Buffer& out);

}  // namespace zflow::show
