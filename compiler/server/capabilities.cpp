#include "server/capabilities.hpp"

#include <algorithm>

#include "server/uri.hpp"

namespace zflow::server {

namespace {

constexpr int incremental = 2;   // TextDocumentSyncKind

/// The value at a path of keys; null when there is none.
const Json& value_at(const Json& in, std::string_view path) {
    static const Json none;
    const Json* at = &in;
    while (!path.empty()) {
        std::string key(path.substr(0, path.find('.')));
        path.remove_prefix(std::min(path.size(), key.size() + 1));
        auto found = at->find(key);   // of what is no object: the end
        if (found == at->end()) return none;
        at = &*found;
    }
    return *at;
}

bool says_yes(const Json& in, std::string_view path) { return value_at(in, path) == true; }

bool lists(const Json& in, std::string_view path, const Json& what) {
    const Json& list = value_at(in, path);
    return list.is_array() && std::find(list.begin(), list.end(), what) != list.end();
}

}  // namespace

Client client_of(const Json& params) {
    const Json& can = value_at(params, "capabilities");
    Client client;
    if (lists(can, "general.positionEncodings", "utf-8")) client.encoding = Encoding::Utf8;
    client.related = says_yes(can, "textDocument.publishDiagnostics.relatedInformation");
    client.unnecessary = lists(can, "textDocument.publishDiagnostics.tagSupport.valueSet", 1);
    client.watches = says_yes(can, "workspace.didChangeWatchedFiles.dynamicRegistration");
    client.nested_symbols = says_yes(can, "textDocument.documentSymbol.hierarchicalDocumentSymbolSupport");
    client.prepares_rename = says_yes(can, "textDocument.rename.prepareSupport");
    return client;
}

std::string folder_of(const Json& params) {
    const Json& root = value_at(params, "rootUri");
    return root.is_string() ? path_of(root.get<std::string>()) : "";
}

Json server_of(const Client& client) {
    Json capabilities = {
        {"positionEncoding", client.encoding == Encoding::Utf8 ? "utf-8" : "utf-16"},
        {"textDocumentSync", {{"openClose", true}, {"change", incremental}, {"save", true}}},
        {"hoverProvider", true},
        {"definitionProvider", true},
        {"referencesProvider", true},
        {"documentHighlightProvider", true},
        {"documentSymbolProvider", true},
        {"completionProvider", {{"triggerCharacters", {".", "\"", "=", ":", " "}}}},
        {"documentFormattingProvider", true},
        {"renameProvider", client.prepares_rename ? Json{{"prepareProvider", true}} : Json(true)},
        {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}}},
    };
    return {{"capabilities", std::move(capabilities)}, {"serverInfo", {{"name", "zflow-language-server"}, {"version", ZFLOW_VERSION}}}};
}

Json watch_request() {
    Json watchers = {{{"globPattern", "**/*.zflow"}}, {{"globPattern", "**/zflow.yaml"}}};
    Json registration = {{"id", "files"}, {"method", "workspace/didChangeWatchedFiles"},
                         {"registerOptions", {{"watchers", std::move(watchers)}}}};
    Json params = {{"registrations", Json::array({std::move(registration)})}};
    return {{"jsonrpc", "2.0"}, {"id", "watch"}, {"method", "client/registerCapability"}, {"params", std::move(params)}};
}

}  // namespace zflow::server
