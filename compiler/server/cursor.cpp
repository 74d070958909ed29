#include "server/cursor.hpp"

namespace zflow::server {

namespace {

/// `key: value` of a record or an argument, and not `let key: Type`.
bool is_key(const Tokens& tokens, size_t word) {
    if (word == 0 || !tokens.is(word + 1, ":")) return false;
    std::string_view before = tokens.text(word - 1);
    return before == "{" || before == "," || before == "(" || tokens.on_new_line(word);
}

}  // namespace

Meaning meaning_of(const Cursor& cursor, size_t word) {
    const Tokens& tokens = cursor.tokens;
    Meaning meaning;
    if (tokens.is(word + 1, ":"))
        if ((meaning.setting = cursor.settings_at(word).find(tokens.text(word)))) return meaning;
    bool member = word > 1 && tokens.is(word - 1, ".") && !tokens.is(word - 2, ".");   // not of `...m`
    size_t local = member ? tokens.size() : cursor.makers[word];
    if (is_key(tokens, word) && local != word) return meaning;   // it is the name of something else
    if (local < tokens.size()) return meaning.local = local, meaning;
    std::string_view path = path_to(tokens, word);
    bool of_alias = member && cursor.program.alias(path.substr(0, path.find('.')));
    if (!member || of_alias) meaning.declaration = cursor.program.find(path);
    return meaning;
}

}  // namespace zflow::server
