/// Fuzz target: any bytes are parsed, and what was found can be shown in every form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "diagnostics/render.hpp"
#include "syntax/parse.hpp"

using namespace zflow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;
    FileId file = sources.add("fuzz.zflow", std::string(reinterpret_cast<const char*>(data), size));
    syntax::Tree tree = syntax::parse(sources, file, names, diagnostics);
    if (syntax::print(tree).empty()) std::abort();
    for (const Diagnostic* d : diagnostics.sorted())
        if (d->span.begin > d->span.end || d->span.end > size) std::abort();
    (void)render_text(diagnostics, sources, {.colour = true});
    (void)render_json(diagnostics, sources);
    return 0;
}
