#include "server/references.hpp"

#include "server/uses.hpp"

namespace zflow::server {

Json references(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    Json found = Json::array();
    size_t word = word_under(cursor);
    auto declaration = word < cursor.tokens.size() ? declaration_of(cursor, word) : std::nullopt;
    if (!declaration) return found;
    bool all = params.at("context").at("includeDeclaration").get<bool>();
    for (auto& [uri, document] : workspace.documents().all()) {
        Cursor other(workspace, document, 0);
        for (size_t use : uses_of(other, cursor.tokens.text(word), *declaration)) {
            bool itself = document.path == declaration->file && other.tokens[use].begin == declaration->begin;
            if (all || !itself) found.push_back({{"uri", uri}, {"range", other.range_of(use)}});
        }
    }
    return found;
}

Json highlights(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    Json found = Json::array();
    size_t word = word_under(cursor);
    auto declaration = word < cursor.tokens.size() ? declaration_of(cursor, word) : std::nullopt;
    if (!declaration) return found;
    for (size_t use : uses_of(cursor, cursor.tokens.text(word), *declaration)) found.push_back({{"range", cursor.range_of(use)}});
    return found;
}

}  // namespace zflow::server
