/// @file fit.hpp
/// @brief Tests that a JSON value from outside fits a type, in JSONata and in words.
#pragma once

#include <string>

#include "lower/lower.hpp"

namespace zflow::lower {

/// A JSONata condition, true when `subject` (an expression) fits; "" when everything does.
std::string fit_test(const Context& context, types::TypeId type, const std::string& subject, size_t depth = 0);
/// What is expected, "a whole number, at least 1".
std::string fit_text(const Context& context, types::TypeId type);
/// The form of a text of this kind as a literal of JSONata, `/^…$/`; "" when any will do.
std::string_view form_of(types::TypeKind kind);
/// `$x.name`, in backquotes where it must.
std::string member_of(const std::string& subject, std::string_view name);

}  // namespace zflow::lower
