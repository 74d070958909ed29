#include "server/settings.hpp"

#include <algorithm>

#include "server/names.hpp"

namespace zflow::server {

using syntax::Children;
using syntax::NodeId;
using syntax::NodeKind;

namespace {

constexpr int deepest = 16;   // types may name each other in a circle

bool is_type(NodeKind kind) {
    return kind == NodeKind::TypeName || kind == NodeKind::TypeLiteral || kind == NodeKind::TypeUnion || kind == NodeKind::TypeOptional ||
           kind == NodeKind::TypeRecord;
}

std::string_view unquoted(std::string_view text) {
    bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
    return quoted ? text.substr(1, text.size() - 2) : text;
}

/// A type's name without its arguments.
std::string_view path_of_type(DeclarationRef type) { return type.tree().text_of(type.tree().child(type.node)); }

}  // namespace

DeclarationRef Settings::find(const std::vector<DeclarationRef>& among, std::string_view name) {
    auto at = std::find_if(among.begin(), among.end(), [&](DeclarationRef each) { return name_of(each) == name; });
    return at == among.end() ? DeclarationRef{} : *at;
}

Settings::Settings(const Program& program, const Tokens& tokens, const std::vector<size_t>& brackets) : program_(program), tokens_(tokens) {
    for (size_t bracket : brackets) inside_ = within(bracket, inside_);
}

Settings::Inside Settings::within(size_t bracket, const Inside& outer) const {
    Inside inside{bracket, {}, {}};
    if (bracket == 0) return inside;
    if (tokens_.is_word(bracket - 1)) {
        inside.settings = named_settings(bracket);
        return inside;
    }
    inside.type = type_of(bracket, outer);
    if (inside.type && tokens_.is(bracket, "{")) add_fields(inside.type, inside.settings, 0);
    return inside;
}

std::vector<DeclarationRef> Settings::named_settings(size_t bracket) const {
    size_t name = bracket - 1;
    auto of = [](DeclarationRef declaration) { return declaration ? members_of(declaration) : std::vector<DeclarationRef>{}; };
    if (tokens_.is(bracket, "(") && tokens_[name].end == tokens_[bracket].begin) return of(program_.find(path_to(tokens_, name)));
    if (!tokens_.is(bracket, "{")) return {};
    if (tokens_.is(name - 1, "stack")) return program_.modules().options;
    if (tokens_.is(name - 1, "container")) return of(program_.find("Container"));
    std::string_view path = path_to(tokens_, name);
    size_t equals = tokens_.before(static_cast<size_t>(path.data() - tokens_.source().data())) - 1;
    bool kind = equals < bracket && tokens_.is(equals, "=") && kind_behind(tokens_, equals - 1) == path;
    return kind ? of(program_.find(path)) : std::vector<DeclarationRef>{};
}

DeclarationRef Settings::type_of(size_t bracket, const Inside& outer) const {
    if (tokens_.is(bracket - 1, ":")) {
        if (DeclarationRef setting = find(outer.settings, unquoted(tokens_.text(bracket - 2)))) return type_of_setting(setting);
        return outer.type ? element(outer.type, "Map", 0) : DeclarationRef{};
    }
    bool item = outer.type && tokens_.is(outer.bracket, "[") && (bracket - 1 == outer.bracket || tokens_.is(bracket - 1, ","));
    return item ? element(outer.type, "List", 0) : DeclarationRef{};
}

DeclarationRef Settings::type_of_setting(DeclarationRef setting) const {
    const syntax::Tree& tree = setting.tree();
    NodeId type = tree.next(syntax::name_node(tree, setting.node));
    return type && is_type(tree.kind(type)) ? DeclarationRef{setting.module, type} : DeclarationRef{};
}

/// The type that a name is declared for; none of one that the language has.
DeclarationRef Settings::named(DeclarationRef type) const {
    DeclarationRef declared = program_.find(*type.module, path_of_type(type));
    if (!declared || declared.kind() != NodeKind::TypeDeclaration) return {};
    return {declared.module, declared.tree().next(syntax::name_node(declared.tree(), declared.node))};
}

void Settings::add_fields(DeclarationRef type, std::vector<DeclarationRef>& fields, int depth) const {
    if (depth > deepest) return;
    const syntax::Tree& tree = type.tree();
    if (type.kind() == NodeKind::TypeName) {
        if (DeclarationRef other = named(type)) add_fields(other, fields, depth + 1);
        return;
    }
    for (NodeId c : Children(tree, type.node)) {
        DeclarationRef part{type.module, c};
        bool fresh = tree.kind(c) == NodeKind::Field && !find(fields, name_of(part));
        if (fresh) fields.push_back(part);
        else if (type.kind() != NodeKind::TypeRecord) add_fields(part, fields, depth + 1);
    }
}

void Settings::add_choices(DeclarationRef type, std::vector<std::string>& choices, int depth) const {
    if (depth > deepest) return;
    if (type.kind() == NodeKind::TypeLiteral) choices.emplace_back(type.tree().text_of(type.node));
    if (type.kind() == NodeKind::TypeOptional || type.kind() == NodeKind::TypeUnion)
        for (NodeId c : Children(type.tree(), type.node)) add_choices({type.module, c}, choices, depth + 1);
    if (type.kind() != NodeKind::TypeName) return;
    std::string_view name = path_of_type(type);
    if (name == "Bool") choices.insert(choices.end(), {"true", "false"});
    else if (name == "None") choices.emplace_back("none");
    else if (DeclarationRef other = named(type)) add_choices(other, choices, depth + 1);
}

std::vector<std::string> Settings::choices(DeclarationRef setting) const {
    std::vector<std::string> choices;
    if (DeclarationRef type = type_of_setting(setting)) add_choices(type, choices, 0);
    bool only_none = choices.size() == 1 && choices[0] == "none";
    return only_none ? std::vector<std::string>{} : choices;
}

DeclarationRef Settings::element(DeclarationRef type, std::string_view of, int depth) const {
    if (depth > deepest) return {};
    const syntax::Tree& tree = type.tree();
    bool name = type.kind() == NodeKind::TypeName;
    if (name && path_of_type(type) == of) {
        NodeId argument = tree.next(tree.child(type.node));
        return argument ? DeclarationRef{type.module, argument} : DeclarationRef{};
    }
    if (DeclarationRef other = name ? named(type) : DeclarationRef{}) return element(other, of, depth + 1);
    if (type.kind() != NodeKind::TypeOptional && type.kind() != NodeKind::TypeUnion) return {};
    for (NodeId c : Children(tree, type.node))
        if (DeclarationRef found = element({type.module, c}, of, depth + 1)) return found;
    return {};
}

std::vector<std::string_view> Settings::given() const {
    std::vector<std::string_view> names;
    if (inside_.bracket == SIZE_MAX) return names;
    size_t end = closing(tokens_, inside_.bracket), depth = 0;
    for (size_t i = inside_.bracket + 1; i < end; i++) {
        std::string_view text = tokens_.text(i);
        if (text == "{" || text == "[" || text == "(") depth++;
        else if (text == "}" || text == "]" || text == ")") depth--;
        else if (depth == 0 && tokens_.is(i + 1, ":")) names.push_back(unquoted(text));
    }
    return names;
}

}  // namespace zflow::server
