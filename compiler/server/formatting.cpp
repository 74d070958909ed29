#include "server/formatting.hpp"

#include <algorithm>

#include "format/format.hpp"

namespace zflow::server {

namespace {

/// Where the line begins in which two texts first are not the same.
size_t first_difference(std::string_view a, std::string_view b) {
    auto at = static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
    size_t line = a.substr(0, at).rfind('\n');
    return line == std::string_view::npos ? 0 : line + 1;
}

/// How many bytes at the ends of two texts are the same, in whole lines.
size_t same_end(std::string_view a, std::string_view b) {
    auto at = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin();
    std::string_view end = a.substr(a.size() - static_cast<size_t>(at));
    size_t line = end.find('\n');
    return line == std::string_view::npos ? 0 : end.size() - line - 1;
}

}  // namespace

Json formatting(Workspace& workspace, const Json& params) {
    const Document& document = workspace.document(params);
    SourceMap sources;
    Interner names;
    Diagnostics found;
    auto formatted = format::format_file(sources, sources.add(document.path, document.text), names, found);
    if (!formatted) return nullptr;
    std::string_view before = document.text, after = *formatted;
    if (before == after) return Json::array();
    size_t begin = first_difference(before, after), end = same_end(before.substr(begin), after.substr(begin));
    Lines lines(document.text, workspace.client.encoding);
    return Json::array({{{"range", lines.range(begin, before.size() - end)},
                         {"newText", after.substr(begin, after.size() - end - begin)}}});
}

}  // namespace zflow::server
