/// @file declared.hpp
/// @brief What a declaration says of itself: its name, its comment, a setting's type and default.
#pragma once

#include <string_view>
#include <vector>

#include "syntax/tree.hpp"

namespace zflow::show {

std::string_view declared_name(const syntax::Tree& tree, syntax::NodeId node);

/// The lines of its `///` comment without their slashes.
std::vector<std::string_view> comment_of(const syntax::Tree& tree, syntax::NodeId node);

struct Declared {
    std::string_view name, type, fallback;
    std::vector<std::string_view> comment;
};

/// A parameter, a field or an option, as it stands in the source.
Declared declared(const syntax::Tree& tree, syntax::NodeId node);

}  // namespace zflow::show
