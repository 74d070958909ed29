// prepare OUTPUT.cpp FILE.zflow…: parses the standard library at build time, evaluates what depends on nothing else, and
// writes all of it as static data: starting the compiler does neither. A mistake in the library fails the build.
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "diagnostics/render.hpp"
#include "evaluate.hpp"
#include "syntax/literals.hpp"
#include "syntax/parse.hpp"
#include "write.hpp"

using namespace zflow;

namespace {

/// What the compiler's own parts see as the standard library in this program: that which was just parsed.
struct Parsed {
    std::deque<std::string> files;
    std::deque<std::vector<syntax::Node>> nodes;
    std::vector<library::Prepared> modules;
    std::vector<library::Declared> options, declarations;   ///< the latter by name

    void add(std::string name, const syntax::Tree& tree, Interner& names) {
        auto module = static_cast<uint32_t>(modules.size());
        std::vector<syntax::Node>& kept = nodes.emplace_back(tree.nodes.begin(), tree.nodes.end());
        for (const syntax::Node& n : tree.nodes)
            if (n.kind == syntax::NodeKind::Entry && tree.kind(n.child) == syntax::NodeKind::String)
                kept[n.child].symbol = names.intern(syntax::string_value(tree, n.child));
        modules.push_back({files.emplace_back(std::move(name)), tree.text, kept});
        for (syntax::NodeId d : syntax::Children(tree, 0)) {
            if (tree.kind(d) == syntax::NodeKind::Option) options.push_back({module, d});
            if (syntax::NodeId at = syntax::referable(tree, d)) declare(tree[at].symbol, {module, d});
        }
    }

    /// A name that is declared twice means the first.
    void declare(Symbol name, library::Declared at) {
        auto id = static_cast<size_t>(name);
        if (id >= declarations.size()) declarations.resize(id + 1);
        if (!declarations[id].node) declarations[id] = at;
    }
} parsed;

struct NoFiles : SourceProvider {
    std::optional<std::string> read(const std::string&) override { return {}; }
    std::string resolve(const std::string&, std::string_view target) override { return std::string(target); }
};

void write(std::ostream& out, const Interner& names, const elaborate::Preparing& prepared) {
    out << "// Made by tools/prepare from stdlib/*.zflow.\n#include \"library/library.hpp\"\n#include \"library/snapshot.hpp\"\n\n"
           "namespace zflow::library {\n\nnamespace {\n\n"
           "using syntax::Node;\nusing syntax::NodeKind;\nusing syntax::Operator;\nusing types::TypeId;\nusing types::TypeKind;\n\n";
    std::string modules;
    for (uint32_t i = 0; i < parsed.modules.size(); i++) {
        prepare::write_module(out, i, parsed.modules[i], prepared);
        modules += fmt::format("    {{\"{}\", text_{}, nodes_{}}},\n", parsed.modules[i].name, i, i);
    }
    prepare::write_names(out, names);
    prepare::write_declarations(out, "options_", parsed.options);
    prepare::write_declarations(out, "declarations_", parsed.declarations);
    prepare::write_snapshot(out, prepared);
    out << "constexpr Prepared modules_[] = {\n" << modules << "};\n\n}  // namespace\n\n"
        << "std::span<const Prepared> modules() { return modules_; }\nStaticNames names() { return {names_, slots_}; }\n"
           "std::span<const Declared> declarations() { return declarations_; }\nstd::span<const Declared> options() { return options_; }\n"
           "const Snapshot& snapshot() { return snapshot_; }\n\n}  // namespace zflow::library\n";
}

}  // namespace

std::span<const library::Prepared> library::modules() { return parsed.modules; }
StaticNames library::names() { return {}; }
std::span<const library::Declared> library::declarations() { return parsed.declarations; }
std::span<const library::Declared> library::options() { return parsed.options; }

int main(int argc, char** argv) try {
    SourceMap sources;
    Interner names;
    elaborate::Elaborator::enter_names(names);
    Diagnostics diagnostics;
    auto failed = [&] {
        if (diagnostics.size()) std::fputs(render_text(diagnostics, sources, {}).c_str(), stderr);
        return diagnostics.size() != 0;
    };
    for (int i = 2; i < argc; i++) {
        std::ifstream in(argv[i], std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        std::string name = "std/" + std::filesystem::path(argv[i]).filename().string();
        FileId file = sources.add(name, text.str());
        parsed.add(name, syntax::parse(sources, file, names, diagnostics), names);
    }
    if (failed()) return 1;
    Modules modules;
    add_library(modules, sources);
    NoFiles none;
    elaborate::Preparing prepared(sources, none, modules, names, diagnostics);
    if (failed()) return 1;
    std::ofstream out(argv[1], std::ios::binary);
    write(out, names, prepared);
    return 0;
} catch (const std::exception& problem) {
    std::fprintf(stderr, "prepare: %s\n", problem.what());
    return 1;
}
