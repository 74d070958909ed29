#include "show/functions.hpp"

#include <fmt/format.h>

namespace zflow::show {

namespace {

constexpr FunctionEntry table[] = {
#define ZFLOW_FUNCTION(name, signature, meaning, example) {#name, signature, meaning, example},
#include "show/functions.def"
#undef ZFLOW_FUNCTION
};

void write(const FunctionEntry& f, Buffer& out) {
    out.put(fmt::format("### `{}`\n\n{}\n\n`{}`\n\n```zflow pipeline\n{}\n```\n", f.name, f.meaning, f.signature, f.example));
}

}  // namespace

std::span<const FunctionEntry> functions() { return table; }

void write_functions(Buffer& out) {
    out.put("\n## Functions of the language\n");
    for (const FunctionEntry& f : table) out.put('\n'), write(f, out);
}

bool write_function(std::string_view name, Buffer& out) {
    for (const FunctionEntry& f : table)
        if (f.name == name) return write(f, out), true;
    return false;
}

}  // namespace zflow::show
