#include "elaborate/module.hpp"

#include <algorithm>

#include "syntax/literals.hpp"
#include "syntax/parse.hpp"
#include "syntax/words.hpp"

namespace zflow {

using syntax::NodeId;
using syntax::NodeKind;

Span DeclarationRef::name_span() const { return tree().span(name_node(tree(), node)); }

DeclarationTable::Slot& DeclarationTable::slot(Symbol name) {
    size_t i = static_cast<uint32_t>(name) * 2654435769u >> 7;
    while (slots_[i & (slots_.size() - 1)].name != Symbol::none && slots_[i & (slots_.size() - 1)].name != name) i++;
    return slots_[i & (slots_.size() - 1)];
}

bool DeclarationTable::insert(Symbol name, DeclarationRef declaration, DeclarationRef* existing) {
    if ((used_ + 1) * 2 > slots_.size()) {
        std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 32 : slots_.size() * 2));
        for (const Slot& s : old)
            if (s.name != Symbol::none) slot(s.name) = s;
    }
    Slot& at = slot(name);
    if (at.name != Symbol::none) {
        if (existing) *existing = at.declaration;
        return false;
    }
    at = {name, declaration};
    used_++;
    return true;
}

DeclarationRef DeclarationTable::find(Symbol name) const {
    if (slots_.empty()) return {};
    return const_cast<DeclarationTable*>(this)->slot(name).declaration;
}

DeclarationRef Modules::find(const Module& from, Symbol name) const {
    if (DeclarationRef own = from.declared.find(name)) return own;
    for (const Module* imported : from.imports)
        if (DeclarationRef other = imported->declared.find(name)) return other;
    return library.find(name);
}

namespace {

/// The words of a line that cannot be read up to what a name is made with: `train` of `stage stage train = …`, of `train { … }`.
void add_names(std::string_view line, std::vector<std::string_view>& names) {
    line = line.substr(0, line.find_first_of("=:{(<"));
    for (size_t at = 0; at < line.size();) {
        std::string_view word = syntax::word_at(line, at);
        if (!word.empty()) names.push_back(word);
        at += std::max<size_t>(word.size(), 1);
    }
}

/// What stands in a statement or declaration that cannot be read: its first line makes a name, and others may be in it.
void add_unread(std::string_view text, std::vector<std::string_view>& names) {
    static constexpr std::string_view makers[] = {"param", "const", "secret", "resource", "container", "dataset", "type", "function", "pipeline",
                                                  "option", "stage", "call", "let", "cfn", "role"};
    bool first = true;
    while (!text.empty()) {
        size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(std::min(text.find_first_not_of(" \t\""), end), end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with("//")) continue;
        bool makes = std::ranges::find(makers, syntax::word_at(line, 0)) != std::end(makers);
        if (std::exchange(first, false) || makes) add_names(line.substr(0, line.find('\n')), names);
    }
}

}  // namespace

std::vector<std::string_view> unread_names(const syntax::Tree& tree) {
    std::vector<std::string_view> names;
    for (syntax::NodeId n = 0; n < tree.nodes.size(); n++) {
        if (tree.kind(n) != NodeKind::File && tree.kind(n) != NodeKind::Block) continue;
        for (NodeId c : syntax::Children(tree, n))
            if (tree.kind(c) == NodeKind::Error) add_unread(tree.text_of(c), names);
    }
    std::sort(names.begin(), names.end());
    return names;
}

void declare(Module& module, DeclarationTable& into, const Interner& names, Diagnostics& diagnostics) {
    std::vector<NodeId> stacks;              // their names, which nothing refers to
    for (NodeId d : syntax::Children(module.tree, 0)) {
        if (module.tree.kind(d) == NodeKind::Stack) {
            NodeId name = name_node(module.tree, d);
            auto same = std::ranges::find(stacks, module.tree[name].symbol, [&](NodeId other) { return module.tree[other].symbol; });
            if (same == stacks.end()) stacks.push_back(name);
            else diagnostics.report(diag::DuplicateDeclaration, module.tree.span(name), names.text(module.tree[name].symbol)).label(module.tree.span(*same), "declared here first");
        }
        NodeId name = referable(module.tree, d);
        DeclarationRef existing;
        if (name && !into.insert(module.tree[name].symbol, {&module, d}, &existing))
            diagnostics.report(diag::DuplicateDeclaration, module.tree.span(name), names.text(module.tree[name].symbol))
                .label(existing.name_span(), "declared here first");
    }
}

void declare_library(Module& module, DeclarationTable& into) {
    for (NodeId d : syntax::Children(module.tree, 0))
        if (NodeId name = referable(module.tree, d)) into.insert(module.tree[name].symbol, {&module, d});
}

namespace {

/// Loads files depth first; a file that is asked for while it is being loaded closes a cycle.
class Loader {
   public:
    Loader(Modules& modules, SourceMap& sources, SourceProvider& provider, Interner& names, Diagnostics& diagnostics, Workers& workers)
        : modules_(modules), sources_(sources), provider_(provider), names_(names), diagnostics_(diagnostics), workers_(workers) {}

    Module* load(FileId file) {
        Module& module = modules_.all.emplace_back();
        module.index = static_cast<uint32_t>(modules_.all.size() - 1);
        module.tree = syntax::parse(sources_, file, names_, diagnostics_, workers_);
        loaded_.push_back({sources_.file(file).name, &module, true});
        size_t self = loaded_.size() - 1;
        declare(module, module.declared, names_, diagnostics_);
        for (NodeId d : syntax::Children(module.tree, 0))
            if (module.tree.kind(d) == NodeKind::Option) modules_.options.push_back({&module, d});
        for (NodeId d : syntax::Children(module.tree, 0))
            if (module.tree.kind(d) == NodeKind::Import) import(module, d);
        loaded_[self].open = false;
        return &module;
    }

   private:
    struct Loaded {
        std::string path;
        Module* module;
        bool open;
    };

    void import(Module& from, NodeId node) {
        const syntax::Tree& tree = from.tree;
        NodeId target = 0, alias = 0;
        for (NodeId c : syntax::Children(tree, node)) {
            if (tree.kind(c) == NodeKind::String || tree.kind(c) == NodeKind::Path) target = c;
            if (tree.kind(c) == NodeKind::Name) alias = c;
        }
        if (!target) return;
        const Module* module = tree.kind(target) == NodeKind::Path ? library(tree, target) : file(from, target);
        if (!module) return;
        if (alias) from.aliases.push_back({tree[alias].symbol, module});
        else if (!module->library) from.imports.push_back(module);
    }

    /// `import std.sagemaker`: every library module is visible anyway, so this only checks the name.
    const Module* library(const syntax::Tree& tree, NodeId path) {
        std::string_view text = tree.text_of(path);
        std::vector<std::string_view> known;
        for (Module& m : modules_.all) {
            if (!m.library) continue;
            std::string_view name = sources_.file(m.tree.file).name;   // "std/sagemaker.zflow"
            name.remove_prefix(4);
            name.remove_suffix(6);
            if (text.starts_with("std.") && text.substr(4) == name) {
                if (m.declared.empty()) declare_library(m, m.declared);   // for `import std.x as y`
                return &m;
            }
            known.push_back(name);
        }
        auto report = diagnostics_.report(diag::UnknownModule, tree.span(path), text);
        if (auto near = closest(text.starts_with("std.") ? text.substr(4) : text, known); !near.empty())
            report.help("did you mean `std." + std::string(near) + "`?");
        return nullptr;
    }

    const Module* file(Module& from, NodeId target) {
        std::string asked = syntax::unescape(from.tree.text_of(target));
        std::string path = provider_.resolve(sources_.file(from.tree.file).name, asked);
        auto at = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& l) { return l.path == path; });
        if (at != loaded_.end()) {
            if (!at->open) return at->module;
            diagnostics_.report(diag::ImportCycle, from.tree.span(target), path).help("move what both files need into a third one");
            return nullptr;
        }
        auto text = provider_.read(path);
        if (!text) {
            diagnostics_.report(diag::UnreadableImport, from.tree.span(target), path)
                .help("paths are relative to the file that imports");
            return nullptr;
        }
        return load(sources_.add(path, std::move(*text)));
    }

    Modules& modules_;
    SourceMap& sources_;
    SourceProvider& provider_;
    Interner& names_;
    Diagnostics& diagnostics_;
    Workers& workers_;
    std::vector<Loaded> loaded_;
};

}  // namespace

void load(Modules& modules, SourceMap& sources, FileId main, SourceProvider& provider, Interner& names, Diagnostics& diagnostics,
          Workers& workers) {
    modules.main = Loader(modules, sources, provider, names, diagnostics, workers).load(main);
}

}  // namespace zflow
