#include "server/protocol.hpp"

#include <algorithm>

namespace zflow::server {

void to_json(Json& out, const Position& position) { out = {{"line", position.line}, {"character", position.character}}; }

void from_json(const Json& in, Position& position) {
    // the protocol's numbers go to 2^31 - 1, which some clients write for "the end"
    auto number = [&](const char* name) { return static_cast<uint32_t>(std::clamp<int64_t>(in.at(name).get<int64_t>(), 0, INT32_MAX)); };
    position = {number("line"), number("character")};
}

void to_json(Json& out, const Range& range) { out = {{"start", range.start}, {"end", range.end}}; }

void from_json(const Json& in, Range& range) {
    range = {in.at("start").get<Position>(), in.at("end").get<Position>()};
    if (range.end < range.start) std::swap(range.start, range.end);
}

}  // namespace zflow::server
