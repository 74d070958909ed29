#include "server/code_actions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/tokens.hpp"

namespace zflow::server {

namespace {

constexpr std::string_view quick_fix = "quickfix";

bool wanted(const Json& params) {
    const Json& context = params.at("context");
    auto only = context.find("only");
    if (only == context.end() || !only->is_array()) return true;
    return std::any_of(only->begin(), only->end(), [](const Json& kind) { return kind == quick_fix || kind == ""; });
}

Json action(const Finding& finding, std::string_view title, std::string_view uri, Range range, std::string_view text,
            const Client& client) {
    Json edits = Json::array({{{"range", range}, {"newText", text}}});
    return {{"title", title},
            {"kind", quick_fix},
            {"diagnostics", Json::array({diagnostic_of(finding, client)})},
            {"edit", {{"changes", {{uri, std::move(edits)}}}}}};
}

/// A comment in front of the line that allows the finding. Why is not for a program to say: as long as the reason is empty the
/// compiler asks for it.
Json allow(const Finding& finding, const Document& document, const Lines& lines, const Tokens& tokens, const Client& client) {
    uint32_t number = finding.range.start.line;
    if (tokens.inside(lines.begin_of(number))) return nullptr;   // within a text there are no comments
    std::string_view line = lines.line(number);
    std::string_view indent = line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    std::string_view end = document.text.find("\r\n") == std::string::npos ? "\n" : "\r\n";
    std::string text = fmt::format("{}// zflow: allow {} \"\"{}", indent, finding.id, end);
    Position begin{number, 0};
    return action(finding, fmt::format("allow `{}` here: say why in the comment", finding.id), document.uri, {begin, begin}, text, client);
}

}  // namespace

Json code_actions(Workspace& workspace, const Json& params) {
    const Document& document = workspace.document(params);
    auto range = params.at("range").get<Range>();
    Json actions = Json::array();
    if (!wanted(params)) return actions;
    workspace.check_now(document.uri);
    Lines lines(document.text, workspace.client.encoding);
    Tokens tokens(document.text);
    for (const Finding* finding : workspace.findings_in(document.uri)) {
        if (!finding->range.touches(range)) continue;
        for (const Edit& edit : finding->edits) {
            Json fix = action(*finding, edit.title, edit.uri, edit.range, edit.text, workspace.client);
            if (finding->edits.size() == 1) fix["isPreferred"] = true;
            actions.push_back(std::move(fix));
        }
        Json comment = finding->adjustable ? allow(*finding, document, lines, tokens, workspace.client) : Json();
        if (!comment.is_null()) actions.push_back(std::move(comment));
    }
    return actions;
}

}  // namespace zflow::server
