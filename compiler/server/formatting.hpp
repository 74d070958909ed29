/// @file formatting.hpp
/// @brief The one form of a document.
#pragma once

#include "server/workspace.hpp"

namespace zflow::server {

/// The edit of the lines that are not in that form; null when the text cannot be read. How wide a tab is, which clients say, is
/// not asked: all have the same form.
Json formatting(Workspace& workspace, const Json& params);

}  // namespace zflow::server
