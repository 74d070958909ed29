/// @file server.hpp
/// @brief The language server: a conversation with one editor.
#pragma once

#include "server/connection.hpp"
#include "server/workspace.hpp"

namespace zflow::server {

class Server {
   public:
    explicit Server(Connection& connection) : connection_(connection) {}

    /// Until the client says that this is the end, or goes away. Returns the exit code.
    int run();

   private:
    enum class State : uint8_t { Fresh, Running, ShutDown, Ended };

    void receive(std::string_view text);
    void answer(const Json& id, const std::string& method, const Json& params);
    Json result_of(const std::string& method, const Json& params);
    void take(const std::string& method, const Json& params);
    Json initialize(const Json& params);
    void initialized();
    void publish();
    void send(const Json& message);

    Connection& connection_;
    Workspace workspace_;
    State state_ = State::Fresh;
    bool shut_down_ = false;       ///< as the client wanted
};

}  // namespace zflow::server
