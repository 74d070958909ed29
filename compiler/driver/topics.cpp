#include "driver/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "diagnostics/pages.hpp"
#include "driver/console.hpp"
#include "driver/files.hpp"
#include "library/library.hpp"
#include "show/catalogue.hpp"
#include "show/functions.hpp"
#include "syntax/parse.hpp"

namespace zflow {

namespace {

/// The sentence under a page's title.
std::string_view summary_of_page(std::string_view id) {
    std::string_view page = page_of(id);
    page.remove_prefix(std::min(page.find("\n\n"), page.size()));
    page.remove_prefix(std::min(page.find_first_not_of('\n'), page.size()));
    page = page.substr(0, std::min(page.find("\n\n"), page.size()));
    return page.substr(0, std::min(page.find_first_of(".\n"), page.size()));
}

int list_diagnostics() {
    std::string out;
    for (const DiagnosticGroup& group : diagnostic_groups()) {
        out += fmt::format("{}{}\n", out.empty() ? "" : "\n", group.title);
        for (const DiagnosticKind& kind : group.kinds)
            out += fmt::format("  {:<26} {:<8} {}\n", kind.id, name_of(kind.severity), summary_of_page(kind.id));
    }
    out += "\nA project may turn warnings off in zflow.yaml, and a comment may allow one: see `zflowc explain unused-suppression`.\n";
    return answer(out);
}

}  // namespace

int explain(const std::string& id, bool list) {
    if (id.empty() || list) return list_diagnostics();
    std::string_view page = page_of(id);
    if (!page.empty()) {
        fmt::print("{}", page);
        return exit_clean;
    }
    std::vector<std::string_view> known;
    for (const DiagnosticKind& kind : all_diagnostics()) known.push_back(kind.id);
    std::string_view near = closest(id, known);
    return fail(fmt::format("no diagnostic is named `{}`{}", id,
                            near.empty() ? "; `zflowc explain` lists them" : fmt::format("; did you mean `{}`?", near)));
}

int document(const std::string& what) {
    Interner names(library::names());
    SourceMap sources;
    Diagnostics diagnostics;
    std::deque<syntax::Tree> trees;
    for (const library::Prepared& prepared : library::modules()) {
        syntax::Tree& tree = trees.emplace_back();
        tree.text = prepared.text, tree.nodes = prepared.nodes;
    }
    show::Catalogue catalogue;
    bool own = what.ends_with(".zflow");
    for (const syntax::Tree& tree : trees) own ? catalogue.refer(tree) : catalogue.add(tree);
    if (own) {
        std::string why;
        auto text = read_file(what, why);
        if (!text) return fail(fmt::format("cannot read `{}`: {}", what, why));
        catalogue.add(trees.emplace_back(syntax::parse(sources, sources.add(what, std::move(*text)), names, diagnostics)));
    }
    show_findings({}, diagnostics, sources);
    if (diagnostics.has_errors()) return exit_findings;
    Buffer out;
    bool one = !what.empty() && !own;
    if (!one) catalogue.write(out);
    if (what.empty()) show::write_functions(out);
    if (bool known = one && catalogue.write(what, out); one && !(show::write_function(what, out) || known)) {
        std::vector<std::string_view> all = catalogue.names();
        for (const show::FunctionEntry& f : show::functions()) all.push_back(f.name);
        std::string_view near = closest(what, all);
        return fail(fmt::format("nothing in the standard library is named `{}`{}", what,
                                near.empty() ? "; `zflowc doc` shows everything" : fmt::format("; did you mean `{}`?", near)));
    }
    return answer(out.view());
}

}  // namespace zflow
