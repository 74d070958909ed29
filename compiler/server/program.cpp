#include "server/program.hpp"

#include <algorithm>

#include "show/declared.hpp"

namespace zflow::server {

using syntax::Children;
using syntax::NodeId;
using syntax::NodeKind;

Program::Program(const Document& document, const Documents& documents) {
    std::set<std::string> asked;
    Overlay provider(documents, asked);
    Workers one;
    add_library(modules_, sources_);
    load(modules_, sources_, sources_.add(document.path, document.text), provider, names_, ignored_, one);
}

const Module* Program::alias(std::string_view name) const {
    Symbol symbol = names_.find(name);
    for (const Module::Alias& alias : modules_.main->aliases)
        if (symbol != Symbol::none && alias.name == symbol) return alias.module;
    return nullptr;
}

DeclarationRef Program::find(const Module& from, std::string_view path) const {
    size_t dot = path.find('.');
    Symbol name = names_.find(path.substr(dot == path.npos ? 0 : dot + 1));
    if (name == Symbol::none) return {};
    if (dot == path.npos) return modules_.find(from, name);
    const Module* module = alias(path.substr(0, dot));
    return module ? module->declared.find(name) : DeclarationRef{};
}

std::vector<DeclarationRef> members_of(DeclarationRef declaration) {
    const syntax::Tree& tree = declaration.tree();
    NodeId of = declaration.node;
    if (tree.kind(of) == NodeKind::TypeDeclaration) of = tree.next(syntax::name_node(tree, of));
    std::vector<DeclarationRef> members;
    for (NodeId c : Children(tree, of))
        if (tree.kind(c) == NodeKind::Parameter || tree.kind(c) == NodeKind::Field) members.push_back({declaration.module, c});
    return members;
}

std::string_view name_of(DeclarationRef declaration) { return show::declared_name(declaration.tree(), declaration.node); }

namespace {

/// The names in `{ model: …, arn: … }`, or the fields of the type in `Model(…)`.
void add_names(const Program& program, DeclarationRef value, std::vector<std::string_view>& names) {
    const syntax::Tree& tree = value.tree();
    for (NodeId entry : Children(tree, value.node))
        if (value.kind() == NodeKind::Record && tree.kind(entry) == NodeKind::Entry) names.push_back(tree.text_of(tree.child(entry)));
    DeclarationRef type;
    if (value.kind() == NodeKind::Apply) type = program.find(*value.module, tree.text_of(tree.child(value.node)));
    if (!type || type.kind() != NodeKind::TypeDeclaration) return;
    for (DeclarationRef field : members_of(type)) names.push_back(name_of(field));
}

}  // namespace

std::vector<std::string_view> outputs_of(const Program& program, DeclarationRef kind) {
    const syntax::Tree& tree = kind.tree();
    std::vector<std::string_view> names;
    for (NodeId block : Children(tree, kind.node)) {
        if (tree.kind(block) != NodeKind::Block) continue;
        for (NodeId statement : Children(tree, block)) {
            NodeId value = tree.kind(statement) == NodeKind::Return ? tree.child(statement) : 0;
            if (value) add_names(program, {kind.module, value}, names);
        }
    }
    return names;
}

}  // namespace zflow::server
