/// @file definition.hpp
/// @brief Where a name is declared.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

/// Null for what the standard library declares: it is in no file.
Json definition(Workspace& workspace, const Json& params);

}  // namespace zflow::server
