/// @file uri.hpp
/// @brief `file:` URIs and paths.
#pragma once

#include <string>
#include <string_view>

namespace zflow::server {

/// The path that a `file:` URI names; "" for any other URI.
std::string path_of(std::string_view uri);
std::string uri_of(std::string_view path);

}  // namespace zflow::server
