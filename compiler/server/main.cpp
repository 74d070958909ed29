#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "server/server.hpp"

namespace {

constexpr std::string_view help =
    "zflow-language-server speaks the Language Server Protocol over standard input and output. Editors start it.\n"
    "It takes no arguments; what a project decides is in its zflow.yaml.\n";

int say(std::string_view text, FILE* to, int status) {
    std::fwrite(text.data(), 1, text.size(), to);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
        std::string_view argument = argv[i];
        if (argument == "--help" || argument == "-h") return say(help, stdout, 0);
        if (argument == "--version") return say("zflow-language-server " ZFLOW_VERSION "\n", stdout, 0);
        if (argument != "--stdio") return say(help, stderr, 2);   // which some editors give: there is nothing else
    }
    std::signal(SIGPIPE, SIG_IGN);   // an editor that is gone is seen when something is written
    zflow::server::Connection connection(STDIN_FILENO, STDOUT_FILENO);
    return zflow::server::Server(connection).run();
}
