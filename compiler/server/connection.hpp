/// @file connection.hpp
/// @brief Messages over two file descriptors, each with a header that tells its length.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace zflow::server {

class Connection {
   public:
    Connection(int in, int out) : in_(in), out_(out) {}

    /// The text of the next message; nothing at the end of the input, or when it cannot be understood any more.
    std::optional<std::string> read();
    /// Whether there is something to read at once.
    bool waiting() const;
    /// False when nobody listens any more.
    bool write(std::string_view message);

   private:
    bool fill();
    std::optional<std::string_view> line();
    /// The length that the header tells; none at the end of the input.
    std::optional<size_t> header();

    int in_, out_;
    std::string buffer_;
    size_t at_ = 0;        ///< what stands before it was taken
};

}  // namespace zflow::server
