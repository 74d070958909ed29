/// @file messages.hpp
/// @brief JSON-RPC: reading a message whatever it holds, and the forms of answers.
#pragma once

#include <optional>
#include <string_view>

#include "server/protocol.hpp"

namespace zflow::server {

/// The JSON of a message. What cannot be a character in it (bytes that are not UTF-8, halves of a pair) becomes U+FFFD.
std::optional<Json> read_message(std::string_view text);

/// As text. What is not UTF-8 in it becomes U+FFFD.
std::string write_message(const Json& message);

Json response(const Json& id, Json result);
Json error_response(const Json& id, ErrorCode code, std::string_view words);
Json notification(std::string_view method, Json params);

}  // namespace zflow::server
