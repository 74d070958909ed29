/// @file references.hpp
/// @brief Where a name is used, in the open documents and what they declare.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

Json references(Workspace& workspace, const Json& params);

/// Those within the document.
Json highlights(Workspace& workspace, const Json& params);

}  // namespace zflow::server
