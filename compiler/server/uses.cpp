#include "server/uses.hpp"

namespace zflow::server {

std::optional<Declaration> declaration_of(const Cursor& cursor, size_t word) {
    Meaning meaning = meaning_of(cursor, word);
    if (meaning.local != SIZE_MAX) return Declaration{cursor.document.path, cursor.tokens[meaning.local].begin, true};
    DeclarationRef named = meaning.setting ? meaning.setting : meaning.declaration;
    if (!named || named.module->library) return std::nullopt;
    Span name = named.name_span();
    return Declaration{cursor.program.sources().file(name.file).name, name.begin, false};
}

std::vector<size_t> uses_of(const Cursor& cursor, std::string_view name, const Declaration& declaration) {
    std::vector<size_t> words;
    for (size_t i = 0; i < cursor.tokens.size(); i++)
        if (cursor.tokens.is_word(i) && cursor.tokens.is(i, name) && declaration_of(cursor, i) == declaration) words.push_back(i);
    return words;
}

size_t word_under(const Cursor& cursor) {
    return cursor.tokens.inside(cursor.offset) ? cursor.tokens.size() : cursor.tokens.word_at(cursor.offset);
}

}  // namespace zflow::server
