/// @file topics.hpp
/// @brief What there is to read about: `zflowc explain` and `zflowc doc`.
#pragma once

#include <string>

namespace zflow {

/// The page of a diagnostic; the list of all of them when none is named or the list is asked for. @return the exit code
int explain(const std::string& id, bool list);

/// The catalogue of the standard library, one thing of it, or what a file (`….zflow`) declares. @return the exit code
int document(const std::string& what);

}  // namespace zflow
