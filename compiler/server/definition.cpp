#include "server/definition.hpp"

#include <filesystem>

#include "driver/files.hpp"
#include "server/cursor.hpp"

namespace zflow::server {

namespace {

Json location(std::string_view uri, Range range) { return {{"uri", uri}, {"range", range}}; }

Json location_of(const Workspace& workspace, const Cursor& cursor, Span span) {
    const SourceFile& file = cursor.program.sources().file(span.file);
    if (file.library) return nullptr;
    if (file.name == cursor.document.path) return location(cursor.document.uri, cursor.lines.range(span.begin, span.end));
    Lines lines(file.text, workspace.client.encoding, !workspace.documents().at_path(file.name));
    return location(workspace.documents().uri_at(file.name), lines.range(span.begin, span.end));
}

/// The file that `import "…"` names under the cursor; null when it is somewhere else.
Json imported(const Workspace& workspace, const Cursor& cursor) {
    size_t text = cursor.tokens.before(cursor.offset);
    bool names_file = text > 0 && cursor.tokens.is(text - 1, "import") && cursor.tokens.is_text(text);
    if (!names_file || cursor.offset < cursor.tokens[text].begin) return nullptr;
    std::string_view written = cursor.tokens.text(text).substr(1);
    std::string path = DiskProvider().resolve(cursor.document.path, written.substr(0, written.find('"')));
    std::error_code error;
    bool there = workspace.documents().at_path(path) || std::filesystem::is_regular_file(path, error);
    return there ? location(workspace.documents().uri_at(path), {}) : Json();
}

}  // namespace

Json definition(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    if (Json file = imported(workspace, cursor); !file.is_null()) return file;
    if (cursor.tokens.inside(cursor.offset)) return nullptr;
    size_t word = cursor.tokens.word_at(cursor.offset);
    if (word == cursor.tokens.size()) return nullptr;
    Meaning meaning = meaning_of(cursor, word);
    if (meaning.local != SIZE_MAX) return location(cursor.document.uri, cursor.range_of(meaning.local));
    DeclarationRef named = meaning.setting ? meaning.setting : meaning.declaration;
    return named ? location_of(workspace, cursor, named.name_span()) : Json();
}

}  // namespace zflow::server
