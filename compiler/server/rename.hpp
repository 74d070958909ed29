/// @file rename.hpp
/// @brief Another name for something, wherever it is used.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

/// The word that would be renamed; null of what has no name of the user's.
Json prepare_rename(Workspace& workspace, const Json& params);

/// The edits in all files that name it. Throws RequestFailed when the program would be another one, or none, afterwards.
Json rename(Workspace& workspace, const Json& params);

}  // namespace zflow::server
