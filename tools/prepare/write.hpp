// The standard library as C++ source: static data, which nothing has to be made of when the compiler starts.
#pragma once

#include <iosfwd>
#include <string_view>

#include "evaluate.hpp"
#include "library/library.hpp"
#include "syntax/tree.hpp"

namespace zflow::prepare {

/// Nodes of which something was evaluated are marked.
void write_module(std::ostream& out, uint32_t number, const library::Prepared& module, const elaborate::Preparing& prepared);
void write_names(std::ostream& out, const Interner& names);
void write_declarations(std::ostream& out, const char* name, std::span<const library::Declared> all);
void write_snapshot(std::ostream& out, const elaborate::Preparing& prepared);

}  // namespace zflow::prepare
