#include "server/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "show/catalogue.hpp"
#include "show/declared.hpp"

namespace zflow::server {

namespace {

std::string code(std::string_view source) { return fmt::format("```zflow\n{}\n```\n", source); }

/// The first line of what stands there.
std::string_view head(std::string_view source) {
    std::string_view line = source.substr(0, source.find_first_of("\r\n"));
    return line.substr(0, line.find_last_not_of(" \t") + 1);
}

/// A declaration's first line without its comment.
std::string_view head_of(DeclarationRef declaration) {
    const syntax::Tree& tree = declaration.tree();
    syntax::NodeId doc = tree.child(declaration.node);
    bool commented = doc && tree.kind(doc) == syntax::NodeKind::Doc;
    std::string_view source = tree.text_of(declaration.node);
    if (commented) source.remove_prefix(std::max(tree[doc].end, tree[declaration.node].begin) - tree[declaration.node].begin);
    source.remove_prefix(std::min(source.find_first_not_of(" \t\r\n"), source.size()));
    return head(source);
}

}  // namespace

std::string comment(DeclarationRef declaration) {
    return fmt::format("{}", fmt::join(show::comment_of(declaration.tree(), declaration.node), "\n"));
}

std::string signature(DeclarationRef setting) {
    show::Declared d = show::declared(setting.tree(), setting.node);
    std::string_view equals = d.fallback.empty() ? "" : " = ";
    return fmt::format("{}: {}{}{}", d.name, d.type, equals, d.fallback);
}

std::string describe_setting(DeclarationRef setting) { return code(signature(setting)) + comment(setting); }

std::string describe(const Program& program, DeclarationRef declaration) {
    show::Catalogue catalogue;
    for (const Module& module : program.modules().all) {
        if (&module == declaration.module) catalogue.add(module.tree);
        else catalogue.refer(module.tree);
    }
    Buffer out;
    if (catalogue.write(name_of(declaration), out)) return std::string(out.view());
    return code(head_of(declaration)) + comment(declaration);
}

std::string describe_local(const Cursor& cursor, size_t name) {
    size_t first = name > 0 && cursor.tokens.is_word(name - 1) ? name - 1 : name;   // `let`, `stage`, `for`
    std::string words = code(head(cursor.tokens.source().substr(cursor.tokens[first].begin)));
    std::string_view kind = kind_behind(cursor.tokens, name);
    DeclarationRef declaration = kind.empty() ? DeclarationRef{} : cursor.program.find(kind);
    if (!declaration) return words;
    words += comment(declaration);
    std::vector<std::string_view> outputs = outputs_of(cursor.program, declaration);
    if (!outputs.empty()) words += fmt::format("\n\ngives `{}`", fmt::join(outputs, "`, `"));
    return words;
}

}  // namespace zflow::server
