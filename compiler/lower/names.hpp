/// @file names.hpp
/// @brief Names of the states and variables that lowering adds to those of the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.hpp"
#include "ir/program.hpp"

namespace zflow::lower {

/// A state's name; empty: the end of the scope.
using Target = std::string_view;

/// Names made from a step's name and a suffix: the same every time, unique in the definition, at most 80 characters.
class StateNames {
   public:
    explicit StateNames(const ir::Pipeline& pipeline) : pipeline_(pipeline) {}

    /// "train" and ".wait" give "train.wait". A suffix holds one dot, at its start, so two of them never give one name.
    Target of(ir::StepId step, std::string_view suffix);
    /// ".again", ".again 2", ".again 3" …
    Target numbered(ir::StepId step, std::string_view suffix, size_t index);
    /// A state of a branch: "prepare.branch 1 result"; of a map's body "each.result".
    Target of_scope(ir::ScopeId scope, std::string_view what);
    /// A state that belongs to no step.
    Target plain(std::string_view name);

   private:
    Target unique(std::string name);
    bool is_taken(std::string_view name);

    const ir::Pipeline& pipeline_;
    std::vector<uint32_t> taken_;   ///< by hash: steps, from 1, whose own names are there; filled on first use
    Arena arena_;
};

}  // namespace zflow::lower
