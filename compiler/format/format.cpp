#include "format/format.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "format/layout.hpp"
#include "syntax/parse.hpp"

namespace zflow::format {

namespace {

/// All lines end as the first one of the source does: with LF, or with CRLF.
std::string with_line_ends(std::string_view text, std::string_view source) {
    size_t first = source.find('\n');
    bool crlf = first != std::string_view::npos && first > 0 && source[first - 1] == '\r';
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\r' && text.substr(i + 1).starts_with('\n')) continue;
        if (text[i] == '\n' && crlf) out += '\r';
        out += text[i];
    }
    return out;
}

}  // namespace

std::string format(const syntax::Tree& tree) { return with_line_ends(write(lay_out(tree.text, lexemes(tree))), tree.text); }

std::optional<std::string> format_file(SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics) {
    Diagnostics found, found_again;
    syntax::Tree tree = syntax::parse(sources, file, names, found);
    if (found.size()) return diagnostics.take(std::move(found)), std::nullopt;
    std::string text = format(tree);
    if (text == tree.text) return text;
    const std::string& name = sources.file(file).name;
    syntax::Tree again = syntax::parse(sources, sources.add(name, text), names, found_again);
    if (found_again.size() || !same(tree, again)) throw std::logic_error(fmt::format("`{}` would become another program", name));
    return text;
}

}  // namespace zflow::format
