/// @file capabilities.hpp
/// @brief What client and server tell each other at the beginning.
#pragma once

#include "server/protocol.hpp"

namespace zflow::server {

/// What the parameters of `initialize` say. Throws when they are not of the protocol's form.
Client client_of(const Json& params);
/// The path of the folder that is worked in, or "".
std::string folder_of(const Json& params);
/// The answer to `initialize`.
Json server_of(const Client& client);
/// The request to be told of files that change on the disk.
Json watch_request();

}  // namespace zflow::server
