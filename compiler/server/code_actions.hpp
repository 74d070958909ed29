/// @file code_actions.hpp
/// @brief What an editor offers at a finding: its fixes, and to allow it.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

Json code_actions(Workspace& workspace, const Json& params);

}  // namespace zflow::server
