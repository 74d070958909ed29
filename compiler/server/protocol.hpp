/// @file protocol.hpp
/// @brief Words of the Language Server Protocol 3.17 that several files use.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace zflow::server {

using Json = nlohmann::json;

/// In which units a client counts within a line.
enum class Encoding : uint8_t { Utf16, Utf8 };

/// From 0.
struct Position {
    uint32_t line = 0;
    uint32_t character = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
};

struct Range {
    Position start, end;
    bool touches(const Range& other) const { return start <= other.end && other.start <= end; }
    friend bool operator==(const Range&, const Range&) = default;
};

/// What a client understands.
struct Client {
    Encoding encoding = Encoding::Utf16;
    bool related = false;              ///< shows places beside that of a finding
    bool unnecessary = false;          ///< fades out what nothing uses
    bool watches = false;              ///< can be asked to tell of files that change on the disk
    bool nested_symbols = false;
    bool prepares_rename = false;      ///< asks what would be renamed before it asks for a new name
};

enum class ErrorCode : int {
    ParseError = -32700,
    InvalidRequest = -32600,
    MethodNotFound = -32601,
    InvalidParams = -32602,
    InternalError = -32603,
    ServerNotInitialized = -32002,
    RequestFailed = -32803,
};

/// A request that is right, and that cannot be met: the words are for the user.
struct RequestFailed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

void to_json(Json& out, const Position& position);
void from_json(const Json& in, Position& position);
void to_json(Json& out, const Range& range);
void from_json(const Json& in, Range& range);

}  // namespace zflow::server
