#include "server/hover.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "diagnostics/pages.hpp"
#include "server/cursor.hpp"
#include "server/describe.hpp"

namespace zflow::server {

namespace {

std::string about(const Cursor& cursor, size_t word) {
    Meaning meaning = meaning_of(cursor, word);
    if (meaning.setting) return describe_setting(meaning.setting);
    if (meaning.local != SIZE_MAX) return describe_local(cursor, meaning.local);
    return meaning.declaration ? describe(cursor.program, meaning.declaration) : "";
}

}  // namespace

Json hover(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    workspace.check_now(cursor.document.uri);
    std::vector<std::string> parts;
    Json range;
    size_t word = cursor.tokens.inside(cursor.offset) ? cursor.tokens.size() : cursor.tokens.word_at(cursor.offset);
    std::string words = word < cursor.tokens.size() ? about(cursor, word) : "";
    if (!words.empty()) parts.push_back(std::move(words)), range = cursor.range_of(word);
    Position at = cursor.lines.position(cursor.offset);
    std::set<std::string> shown;
    for (const Finding* finding : workspace.findings_in(cursor.document.uri)) {
        std::string_view page = page_of(finding->id);
        if (page.empty() || !finding->range.touches({at, at}) || !shown.insert(finding->id).second) continue;
        parts.emplace_back(page);
        if (range.is_null()) range = finding->range;
    }
    if (parts.empty()) return nullptr;
    Json contents = {{"kind", "markdown"}, {"value", fmt::format("{}", fmt::join(parts, "\n\n---\n\n"))}};
    return {{"contents", std::move(contents)}, {"range", std::move(range)}};
}

}  // namespace zflow::server
