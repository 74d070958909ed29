#include "diagnostics/place.hpp"
#include "diagnostics/render.hpp"
#include "diagnostics/utf8.hpp"

namespace zflow {

namespace {

/// The escapes of workflow commands: `%` and line ends in a message, also `:` and `,` in a property.
std::string escape(std::string_view text, bool property) {
    std::string out;
    for (char c : printable(text)) {
        if (c == '%') out += "%25";
        else if (c == '\r') out += "%0D";
        else if (c == '\n') out += "%0A";
        else if (c == ':' && property) out += "%3A";
        else if (c == ',' && property) out += "%2C";
        else out += c;
    }
    return out;
}

/// Columns are only understood when the first and the last line are the same.
std::string place_properties(const Place& at) {
    std::string out = fmt::format("file={},line={},", escape(at.file, true), at.begin.line);
    if (at.one_line()) out += fmt::format("col={},", at.begin.column);
    out += fmt::format("endLine={},", at.end.line);
    if (at.one_line()) out += fmt::format("endColumn={},", at.end.column);
    return out;
}

}  // namespace

std::string render_github(const Diagnostics& diagnostics, const SourceMap& sources) {
    std::string out;
    for (const Diagnostic* d : diagnostics.sorted()) {
        auto at = place_of(sources, d->span);
        out += fmt::format("::{} {}title={}::{}", name_of(d->kind.severity), at ? place_properties(*at) : "",
                           escape(d->kind.id, true), escape(d->message, false));
        for (const std::string& help : d->helps) out += "%0Ahelp: " + escape(help, false);
        out += '\n';
    }
    return out;
}

}  // namespace zflow
