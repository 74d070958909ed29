// prepare OUTPUT.cpp FILE.zflow…: parses the standard library at build time and writes its trees and names as static data,
// so that starting the compiler parses nothing. A syntax error in the library fails the build.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "diagnostics/render.hpp"
#include "syntax/parse.hpp"

using namespace zflow;

namespace {

void write_text(std::ostream& out, std::string_view text) {
    out << '"';
    size_t column = 0;
    for (char character : text) {
        auto c = static_cast<unsigned char>(character);
        if (c == '"' || c == '\\') out << '\\' << c;
        else if (c == '\n') out << "\\n";
        else if (c < 0x20 || c >= 0x7f) out << '\\' << char('0' + (c >> 6)) << char('0' + (c >> 3 & 7)) << char('0' + (c & 7));
        else out << c;
        if (++column % 4000 == 0) out << "\"\n\"";
    }
    out << '"';
}

void write_nodes(std::ostream& out, const syntax::Tree& tree, size_t number) {
    out << "constexpr Node nodes_" << number << "[] = {\n";
    for (const syntax::Node& n : tree.nodes)
        out << "{NodeKind{" << int(n.kind) << "},Operator{" << int(n.op) << "}," << int(n.flag) << ",0," << n.begin << ',' << n.end << ','
            << n.child << ',' << n.next << ",Symbol{" << static_cast<uint32_t>(n.symbol) << "}},\n";
    out << "};\n";
}

void write_names(std::ostream& out, const Interner& names) {
    size_t size = 64;
    while (size < names.size() * 2) size *= 2;
    std::vector<uint32_t> slots(size, 0);
    out << "constexpr std::string_view names_[] = {\"\",\n";
    for (uint32_t id = 1; id < names.size(); id++) {
        std::string_view text = names.text(Symbol{id});
        write_text(out, text);
        out << ",\n";
        size_t at = Interner::place_of(text);
        while (slots[at & (size - 1)]) at++;
        slots[at & (size - 1)] = id;
    }
    out << "};\nconstexpr uint32_t slots_[] = {";
    for (size_t i = 0; i < size; i++) out << slots[i] << (i % 32 == 31 ? ",\n" : ",");
    out << "};\n";
}

/// What the modules declare, as it is written: module, node.
struct Declarations {
    std::map<Symbol, std::string> by_name;
    std::string options;

    /// A name that is declared twice means the first.
    void add(const syntax::Tree& tree, size_t module) {
        for (syntax::NodeId d : syntax::Children(tree, 0)) {
            std::string place = fmt::format("{{{},{}}},\n", module, d);
            if (tree.kind(d) == syntax::NodeKind::Option) options += place;
            if (syntax::NodeId name = syntax::referable(tree, d)) by_name.try_emplace(tree[name].symbol, place);
        }
    }

    void write(std::ostream& out, uint32_t names) const {
        out << "constexpr Declared options_[] = {\n" << options << "};\nconstexpr Declared declarations_[] = {\n";
        for (uint32_t id = 0; id < names; id++) {
            auto at = by_name.find(Symbol{id});
            out << (at == by_name.end() ? "{0,0}," : at->second);
        }
        out << "};\n";
    }
};

}  // namespace

int main(int argc, char** argv) {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;
    std::ostringstream out;
    out << "// Made by tools/prepare from stdlib/*.zflow.\n#include \"library/library.hpp\"\n\nnamespace zflow::library {\n\nnamespace {\n\n"
           "using syntax::Node;\nusing syntax::NodeKind;\nusing syntax::Operator;\n\n";
    std::ostringstream table;
    Declarations declared;
    for (int i = 2; i < argc; i++) {
        std::ifstream in(argv[i], std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        std::string name = "std/" + std::filesystem::path(argv[i]).filename().string();
        FileId file = sources.add(name, text.str());
        syntax::Tree tree = syntax::parse(sources, file, names, diagnostics);
        auto number = static_cast<size_t>(i - 2);
        write_nodes(out, tree, number);
        declared.add(tree, number);
        out << "constexpr std::string_view text_" << number << " =\n";
        write_text(out, sources.file(file).text);
        out << ";\n";
        table << "    {\"" << name << "\", text_" << number << ", nodes_" << number << "},\n";
    }
    if (diagnostics.size()) {
        std::fputs(render_text(diagnostics, sources, {}).c_str(), stderr);
        return 1;
    }
    write_names(out, names);
    declared.write(out, names.size());
    out << "constexpr Prepared modules_[] = {\n" << table.str() << "};\n\n}  // namespace\n\n"
        << "std::span<const Prepared> modules() { return modules_; }\nStaticNames names() { return {names_, slots_}; }\n"
           "std::span<const Declared> declarations() { return declarations_; }\n"
           "std::span<const Declared> options() { return options_; }\n\n}  // namespace zflow::library\n";
    std::ofstream(argv[1], std::ios::binary) << out.str();
    return 0;
}
