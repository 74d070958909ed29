/// @file completion.hpp
/// @brief What may be written at a place, also in a text that is half written.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

Json completion(Workspace& workspace, const Json& params);

}  // namespace zflow::server
