#include "server/references.hpp"

#include <optional>

#include "server/cursor.hpp"

namespace zflow::server {

namespace {

/// Where a name is declared.
struct Declaration {
    std::string_view file;
    size_t begin;
    friend bool operator==(const Declaration&, const Declaration&) = default;
};

/// Nothing of a word that names nothing, or something of the standard library.
std::optional<Declaration> declaration_of(const Cursor& cursor, size_t word) {
    Meaning meaning = meaning_of(cursor, word);
    if (meaning.local != SIZE_MAX) return Declaration{cursor.document.path, cursor.tokens[meaning.local].begin};
    DeclarationRef named = meaning.setting ? meaning.setting : meaning.declaration;
    if (!named || named.module->library) return std::nullopt;
    Span name = named.name_span();
    return Declaration{cursor.program.sources().file(name.file).name, name.begin};
}

/// The words of a document that mean what is declared there.
std::vector<size_t> uses(const Cursor& cursor, std::string_view name, const Declaration& declaration) {
    std::vector<size_t> words;
    for (size_t i = 0; i < cursor.tokens.size(); i++)
        if (cursor.tokens.is_word(i) && cursor.tokens.is(i, name) && declaration_of(cursor, i) == declaration) words.push_back(i);
    return words;
}

/// The word under the cursor; its number of tokens when there is none.
size_t word_under(const Cursor& cursor) {
    return cursor.tokens.inside(cursor.offset) ? cursor.tokens.size() : cursor.tokens.word_at(cursor.offset);
}

}  // namespace

Json references(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    Json found = Json::array();
    size_t word = word_under(cursor);
    auto declaration = word < cursor.tokens.size() ? declaration_of(cursor, word) : std::nullopt;
    if (!declaration) return found;
    bool all = params.at("context").at("includeDeclaration").get<bool>();
    for (auto& [uri, document] : workspace.documents().all()) {
        Cursor other(workspace, document, 0);
        for (size_t use : uses(other, cursor.tokens.text(word), *declaration)) {
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
    for (size_t use : uses(cursor, cursor.tokens.text(word), *declaration)) found.push_back({{"range", cursor.range_of(use)}});
    return found;
}

}  // namespace zflow::server
