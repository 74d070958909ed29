/// @file hover.hpp
/// @brief What an editor shows about the place under the pointer: what a name is, and the pages of findings.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

Json hover(Workspace& workspace, const Json& params);

}  // namespace zflow::server
