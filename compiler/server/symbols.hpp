/// @file symbols.hpp
/// @brief The outline of a document.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

Json symbols(Workspace& workspace, const Json& params);

}  // namespace zflow::server
