#include "diagnostics/place.hpp"
#include "diagnostics/render.hpp"
#include "diagnostics/utf8.hpp"

namespace zflow {

std::string render_concise(const Diagnostics& diagnostics, const SourceMap& sources) {
    std::string out;
    for (const Diagnostic* d : diagnostics.sorted()) {
        if (auto at = place_of(sources, d->span))
            out += fmt::format("{}:{}:{}: ", printable_line(at->file), at->begin.line, at->begin.column);
        out += fmt::format("{}[{}]: {}\n", name_of(d->kind.severity), d->kind.id, printable_line(d->message));
    }
    return out;
}

}  // namespace zflow
