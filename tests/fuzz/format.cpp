/// Fuzz target: whatever can be parsed has a form, which is the same program, and its own form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/format.hpp"

using namespace zflow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;
    auto once = format::format_file(sources, sources.add("fuzz.zflow", std::string(reinterpret_cast<const char*>(data), size)), names, diagnostics);
    if (!once) return 0;
    auto twice = format::format_file(sources, sources.add("fuzz.zflow", *once), names, diagnostics);
    if (twice != once) std::abort();
    return 0;
}
