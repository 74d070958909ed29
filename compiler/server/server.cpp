#include "server/server.hpp"

#include <fmt/format.h>

#include "server/capabilities.hpp"
#include "server/code_actions.hpp"
#include "server/completion.hpp"
#include "server/definition.hpp"
#include "server/formatting.hpp"
#include "server/hover.hpp"
#include "server/messages.hpp"
#include "server/references.hpp"
#include "server/rename.hpp"
#include "server/symbols.hpp"

namespace zflow::server {

namespace {

/// Answers a request. Throws when its parameters are not as the protocol says.
using Feature = Json (*)(Workspace& workspace, const Json& params);

struct Entry {
    std::string_view method;
    Feature feature;
};

constexpr Entry features[] = {
    {"textDocument/codeAction", code_actions},
    {"textDocument/completion", completion},
    {"textDocument/hover", hover},
    {"textDocument/definition", definition},
    {"textDocument/documentHighlight", highlights},
    {"textDocument/documentSymbol", symbols},
    {"textDocument/formatting", formatting},
    {"textDocument/prepareRename", prepare_rename},
    {"textDocument/references", references},
    {"textDocument/rename", rename},
};

bool is_id(const Json& id) { return id.is_string() || id.is_number_integer(); }

}  // namespace

int Server::run() {
    while (state_ != State::Ended) {
        // of several changes that wait, only the text after the last one is checked
        while (workspace_.has_work() && !connection_.waiting()) {
            workspace_.check_one();
            publish();
        }
        auto text = connection_.read();
        if (!text) break;
        receive(*text);
    }
    return shut_down_ ? 0 : 1;
}

void Server::send(const Json& message) {
    if (!connection_.write(write_message(message))) state_ = State::Ended;
}

void Server::receive(std::string_view text) {
    auto message = read_message(text);
    if (!message) return send(error_response(nullptr, ErrorCode::ParseError, "this is not JSON"));
    Json id = message->is_object() && message->contains("id") ? message->at("id") : Json();
    bool is_response = message->is_object() && !message->contains("method") && (message->contains("result") || message->contains("error"));
    if (is_response) return;   // nothing that is asked of the client needs one
    bool names_method = message->is_object() && message->contains("method") && message->at("method").is_string();
    if (!names_method || (message->contains("id") && !is_id(id))) {
        constexpr std::string_view words = "this is neither a request nor a notification";
        return send(error_response(is_id(id) ? id : Json(), ErrorCode::InvalidRequest, words));
    }
    auto method = message->at("method").get<std::string>();
    Json params = message->contains("params") ? std::move(message->at("params")) : Json::object();
    if (message->contains("id")) return answer(id, method, params);
    try {
        take(method, params);
    } catch (const std::exception&) {
        // nobody waits for an answer to a notification, not even to one that makes no sense
    }
}

void Server::answer(const Json& id, const std::string& method, const Json& params) {
    bool first = method == "initialize";
    if (state_ == State::Fresh && !first) return send(error_response(id, ErrorCode::ServerNotInitialized, "`initialize` comes first"));
    if (state_ == State::ShutDown || (state_ != State::Fresh && first))
        return send(error_response(id, ErrorCode::InvalidRequest, fmt::format("`{}` comes too late", method)));
    try {
        if (first) return send(response(id, initialize(params)));
        if (method == "shutdown") {
            state_ = State::ShutDown, shut_down_ = true;
            return send(response(id, nullptr));
        }
        for (const Entry& entry : features) {
            if (entry.method != method) continue;
            Json result = entry.feature(workspace_, params);
            publish();   // what the answer speaks of
            return send(response(id, std::move(result)));
        }
        send(error_response(id, ErrorCode::MethodNotFound, fmt::format("`{}` is not known here", method)));
    } catch (const RequestFailed& e) {
        send(error_response(id, ErrorCode::RequestFailed, e.what()));
    } catch (const Json::exception& e) {
        send(error_response(id, ErrorCode::InvalidParams, e.what()));
    } catch (const std::invalid_argument& e) {
        send(error_response(id, ErrorCode::InvalidParams, e.what()));
    } catch (const std::exception& e) {
        send(error_response(id, ErrorCode::InternalError, e.what()));
    }
}

void Server::take(const std::string& method, const Json& params) {
    if (method == "exit") state_ = State::Ended;
    if (state_ != State::Running) return;
    auto document = [&]() -> const Json& { return params.at("textDocument"); };
    auto uri = [&] { return document().at("uri").get<std::string>(); };
    auto version = [&] { return document().value("version", int64_t{0}); };
    if (method == "initialized") initialized();
    else if (method == "textDocument/didOpen") workspace_.open(uri(), document().at("text").get<std::string>(), version());
    else if (method == "textDocument/didChange") workspace_.change(uri(), params.at("contentChanges"), version());
    else if (method == "textDocument/didClose") workspace_.close(uri());
    else if (method == "textDocument/didSave" || method == "workspace/didChangeWatchedFiles") workspace_.check_all();
}

Json Server::initialize(const Json& params) {
    workspace_.client = client_of(params);
    workspace_.folder = folder_of(params);
    state_ = State::Running;
    return server_of(workspace_.client);
}

void Server::initialized() {
    if (workspace_.client.watches) send(watch_request());
}

void Server::publish() {
    for (const std::string& uri : workspace_.take_changed()) {
        Json list = Json::array();
        for (const Finding* finding : workspace_.findings_in(uri)) list.push_back(diagnostic_of(*finding, workspace_.client));
        Json params = {{"uri", uri}, {"diagnostics", std::move(list)}};
        auto document = workspace_.documents().all().find(uri);
        if (document != workspace_.documents().all().end()) params["version"] = document->second.version;
        send(notification("textDocument/publishDiagnostics", std::move(params)));
    }
}

}  // namespace zflow::server
