// What a word means is read off the text, so that it can be said of a half-written one. That is not certain enough to change
// programs by: what comes out is checked as a whole, and given only when every use is one afterwards and nothing new is found.
#include "server/rename.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "driver/files.hpp"
#include "server/uri.hpp"
#include "server/uses.hpp"

namespace zflow::server {

namespace {

namespace fs = std::filesystem;
using syntax::NodeId;
using syntax::NodeKind;

constexpr size_t most_files = 10'000;   // that are looked at in the client's folder

/// One use: the word there, and what comes instead.
struct Replacement {
    uint32_t begin, end;
    std::string text;
};
using Replacements = std::vector<Replacement>;   ///< of one document, in its order

struct Renamed {
    std::string_view from, to;
    Declaration declaration;
    bool in_all_arms = false;   ///< what each arm of an `if` or `match` makes by that name is one value behind it
};

/// `{ note }`, which is short for `{ note: note }`: where such words begin.
std::set<uint32_t> short_entries(const syntax::Tree& tree) {
    std::set<uint32_t> begins;
    for (uint32_t i = 0; i < tree.nodes.size(); i++) {
        const auto id = static_cast<NodeId>(i);
        if (tree.kind(id) == NodeKind::Entry && tree.child(id) && !tree.next(tree.child(id))) begins.insert(tree[tree.child(id)].begin);
    }
    return begins;
}

bool is_setting(const Cursor& cursor, size_t word, const Declaration& declaration) {
    DeclarationRef setting = cursor.settings_at(word).find(cursor.tokens.text(word));
    if (!setting || setting.module->library) return false;
    Span name = setting.name_span();
    return Declaration{cursor.program.sources().file(name.file).name, name.begin, false} == declaration;
}

/// The first token of the declaration that a word stands in.
size_t declaration_around(const Tokens& tokens, size_t word) {
    while (word > 0 && !tokens.begins_declaration(word)) word--;
    return word;
}

/// Whether the word means what gets another name.
bool is_meant(const Cursor& cursor, size_t word, const Renamed& renamed) {
    const auto declaration = declaration_of(cursor, word);
    if (!declaration || declaration == renamed.declaration || !renamed.in_all_arms) return declaration == renamed.declaration;
    if (!declaration->local || declaration->file != renamed.declaration.file) return false;
    const size_t other = cursor.tokens.word_at(renamed.declaration.begin);
    return declaration_around(cursor.tokens, word) == declaration_around(cursor.tokens, other);
}

Replacements replacements_in(const Cursor& cursor, const Renamed& renamed) {
    const std::set<uint32_t> entries = short_entries(cursor.program.tree());
    Replacements all;
    auto replace = [&](size_t word, std::string text) { all.push_back({cursor.tokens[word].begin, cursor.tokens[word].end, std::move(text)}); };
    for (size_t i = 0; i < cursor.tokens.size(); i++) {
        if (!cursor.tokens.is_word(i) || !cursor.tokens.is(i, renamed.from)) continue;
        const bool entry = entries.contains(cursor.tokens[i].begin);
        if (is_meant(cursor, i, renamed)) replace(i, entry ? fmt::format("{}: {}", renamed.from, renamed.to) : std::string(renamed.to));
        else if (entry && is_setting(cursor, i, renamed.declaration)) replace(i, fmt::format("{}: {}", renamed.to, renamed.from));
    }
    return all;
}

std::string applied(std::string text, const Replacements& replacements) {
    for (auto r = replacements.rbegin(); r != replacements.rend(); ++r) text.replace(r->begin, r->end - r->begin, r->text);
    return text;
}

/// Where a place of the text is afterwards.
size_t moved(size_t offset, const Replacements& replacements) {
    size_t to = offset;
    for (const Replacement& r : replacements)
        if (r.begin < offset) to += r.text.size() - (r.end - r.begin);
    return to;
}

bool has_word(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

/// Files below a folder that are not open and could name it, or what has that name already.
void add_files(Documents& documents, const std::string& folder, const Renamed& renamed) {
    std::error_code error;
    size_t seen = 0;
    auto skip = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(folder, skip, error), end; at != end && !error && seen < most_files; at.increment(error), seen++) {
        const std::string own = at->path().filename().string();
        if (at->is_directory(error) && (own.starts_with('.') || own == "node_modules")) at.disable_recursion_pending();
        const std::string path = at->path().string();
        if (at->path().extension() != ".zflow" || !at->is_regular_file(error) || documents.at_path(path)) continue;
        auto text = DiskProvider().read(path);
        if (text && (has_word(*text, renamed.from) || has_word(*text, renamed.to))) documents.open({documents.uri_at(path), path, std::move(*text), 0});
    }
}

/// The open documents, and the files that can name it, too.
Documents documents_around(const Workspace& workspace, const Renamed& renamed) {
    Documents all = workspace.documents();
    if (renamed.declaration.local) return all;
    const std::string path(renamed.declaration.file);
    if (!all.at_path(path))
        if (auto text = DiskProvider().read(path)) all.open({all.uri_at(path), path, std::move(*text), 0});
    add_files(all, workspace.folder.empty() ? fs::path(path).parent_path().string() : workspace.folder, renamed);
    return all;
}

using Found = std::multiset<std::tuple<std::string, std::string, uint32_t>>;

Found found_in(const Checked& checked) {
    Found found;
    for (const Finding& f : checked.findings) found.emplace(f.uri, f.id, f.range.start.line);
    return found;
}

/// Throws when a check finds what it did not find before. Lines are the same ones.
void compare_findings(const Document& document, const Documents& before, const Documents& after, Encoding encoding, std::string_view name) {
    const Checked now = check(*after.at_path(document.path), after, encoding);
    Found known = found_in(check(document, before, encoding));
    for (const Finding& f : now.findings) {
        auto same = known.find({f.uri, f.id, f.range.start.line});
        if (same == known.end()) throw RequestFailed(fmt::format("`{}` cannot be its name. {}, line {}: {}", name, fs::path(path_of(f.uri)).filename().string(), f.range.start.line + 1, f.message.substr(0, f.message.find('\n'))));
        known.erase(same);
    }
}

/// Throws when the new name means something else at one of the places, or is meant at others, too.
void compare_uses(const Documents& after, Encoding encoding, const Renamed& renamed, const std::map<std::string, Replacements>& replacements) {
    const auto own = replacements.find(after.uri_at(std::string(renamed.declaration.file)));
    Renamed now{renamed.to, renamed.to, renamed.declaration, renamed.in_all_arms};
    if (own != replacements.end()) now.declaration.begin = moved(now.declaration.begin, own->second);
    for (auto& [uri, document] : after.all()) {
        if (!has_word(document.text, renamed.to)) continue;
        Cursor cursor(after, encoding, document, 0);
        size_t uses = 0;
        for (size_t i = 0; i < cursor.tokens.size(); i++) uses += cursor.tokens.is_word(i) && cursor.tokens.is(i, renamed.to) && is_meant(cursor, i, now);
        const auto changes = replacements.find(uri);
        if (uses == (changes == replacements.end() ? 0 : changes->second.size())) continue;
        throw RequestFailed(fmt::format("`{}` has a meaning in {} already", renamed.to, fs::path(path_of(uri)).filename().string()));
    }
}

/// A word of the language's form; whether it is free, a check tells.
void check_name(const std::string& name) {
    const Tokens tokens(name);
    const bool word = tokens.size() == 1 && tokens.is_word(0) && tokens.text(0).size() == name.size() && (name[0] < '0' || name[0] > '9');
    if (!word) throw RequestFailed(fmt::format("`{}` is no name: write letters, digits and `_`, a letter first", name));
}

std::optional<Declaration> renamable(const Cursor& cursor, size_t word) {
    return word < cursor.tokens.size() ? declaration_of(cursor, word) : std::nullopt;
}

/// A WorkspaceEdit. Throws when it would make another program.
Json edits(const Workspace& workspace, const Renamed& renamed) {
    const Encoding encoding = workspace.client.encoding;
    const Documents before = documents_around(workspace, renamed);
    Documents after = before;
    std::map<std::string, Replacements> replacements;   // by URI
    Json changes = Json::object();
    for (auto& [uri, document] : before.all()) {
        if (!has_word(document.text, renamed.from)) continue;
        Cursor in(before, encoding, document, 0);
        Replacements here = replacements_in(in, renamed);
        if (here.empty()) continue;
        after.find(uri)->text = applied(document.text, here);
        Lines lines(document.text, encoding, !workspace.documents().at_path(document.path));
        for (const Replacement& r : here) changes[uri].push_back({{"range", lines.range(r.begin, r.end)}, {"newText", r.text}});
        replacements.emplace(uri, std::move(here));
    }
    for (auto& [uri, document] : before.all())
        if (replacements.contains(uri) || workspace.documents().at_path(document.path)) compare_findings(document, before, after, encoding, renamed.to);
    compare_uses(after, encoding, renamed, replacements);
    return {{"changes", std::move(changes)}};
}

/// Null when it would.
Json edits_if_right(const Workspace& workspace, const Renamed& renamed) {
    try {
        return edits(workspace, renamed);
    } catch (const RequestFailed&) {
        return nullptr;
    }
}

}  // namespace

Json prepare_rename(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    const size_t word = word_under(cursor);
    if (!renamable(cursor, word)) return nullptr;
    return {{"range", cursor.range_of(word)}, {"placeholder", cursor.tokens.text(word)}};
}

Json rename(Workspace& workspace, const Json& params) {
    const auto name = params.at("newName").get<std::string>();
    Cursor cursor(workspace, params);
    const size_t word = word_under(cursor);
    const auto declaration = renamable(cursor, word);
    if (!declaration) throw RequestFailed("here is no name that the program gives");
    check_name(name);
    const Renamed renamed{cursor.tokens.text(word), name, *declaration};
    if (renamed.from == renamed.to) return {{"changes", Json::object()}};
    try {
        return edits(workspace, renamed);
    } catch (const RequestFailed&) {
        if (!renamed.declaration.local) throw;
        Renamed all = renamed;
        all.in_all_arms = true;
        if (Json of_all = edits_if_right(workspace, all); !of_all.is_null()) return of_all;
        throw;
    }
}

}  // namespace zflow::server
