#include "show/catalogue.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "show/declared.hpp"
#include "show/kind_facts.hpp"

namespace zflow::show {

using syntax::Children;
using syntax::NodeId;
using syntax::NodeKind;
using syntax::Tree;

namespace {

struct Section {
    NodeKind kind;
    std::string_view title;
};

constexpr Section sections[] = {
    {NodeKind::StageKind, "Stage kinds"}, {NodeKind::ResourceKind, "Resource kinds"}, {NodeKind::Function, "Functions"},
    {NodeKind::TypeDeclaration, "Types"}, {NodeKind::Dataset, "Data sets"},           {NodeKind::Const, "Constants"},
    {NodeKind::Option, "Options of the stack"}, {NodeKind::Pipeline, "Pipelines"},
};

/// On one line, as a cell of a table.
std::string cell(std::string_view text) {
    std::string out;
    bool blank = false;
    for (char c : text) {
        bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (!space && blank && !out.empty()) out += ' ';
        blank = space;
        if (space) continue;
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

std::string cell(const std::vector<std::string_view>& lines) {
    std::string all;
    for (std::string_view line : lines) (all += line) += ' ';
    return cell(all);
}

void put_row(const Declared& d, std::string_view needed, Buffer& out) {
    std::string fallback = d.fallback.empty() ? std::string(needed) : fmt::format("`{}`", cell(d.fallback));
    std::string comment = cell(d.comment);
    out.put(fmt::format("| `{}` | `{}` | {} |{}\n", d.name, cell(d.type), fallback, comment.empty() ? " |" : " " + comment + " |"));
}

/// The parameters of a kind or function, the fields of a record.
void put_table(const Tree& tree, NodeId node, NodeKind kind, std::string_view title, Buffer& out) {
    bool any = false;
    for (NodeId c : Children(tree, node)) {
        if (tree.kind(c) != kind) continue;
        if (!any) out.put(fmt::format("| {} | type | default | |\n|---|---|---|---|\n", title));
        any = true;
        put_row(declared(tree, c), "**needed**", out);
    }
    if (any) out.put("\n");
}

/// `stage x = kind { what is needed }`
std::string usage(const Tree& tree, NodeId node) {
    std::string needed;
    NodeKind kind = tree.kind(node);
    bool call = kind == NodeKind::Function;
    for (NodeId c : Children(tree, node)) {
        if (tree.kind(c) != NodeKind::Parameter) continue;
        Declared d = declared(tree, c);
        if (d.fallback.empty()) needed += fmt::format("{}{}{}", needed.empty() ? "" : ", ", d.name, call ? "" : ": …");
    }
    std::string_view name = declared_name(tree, node);
    if (call) return fmt::format("{}({})", name, needed);
    std::string settings = needed.empty() ? "{}" : fmt::format("{{ {} }}", needed);
    if (kind == NodeKind::Pipeline) return fmt::format("stage x = {} {}", name, settings);
    return fmt::format("{} x = {} {}", kind == NodeKind::StageKind ? "stage" : "resource", name, settings);
}

bool takes_settings(NodeKind kind) {
    return kind == NodeKind::StageKind || kind == NodeKind::ResourceKind || kind == NodeKind::Function || kind == NodeKind::Pipeline;
}

}  // namespace

void Catalogue::add(const Tree& tree) {
    refer(tree);
    for (NodeId node : Children(tree, 0)) {
        NodeKind kind = tree.kind(node);
        bool always = kind == NodeKind::StageKind || kind == NodeKind::ResourceKind || kind == NodeKind::Pipeline || kind == NodeKind::Option;
        bool listed = always;
        for (const Section& s : sections) listed = listed || (s.kind == kind && !comment_of(tree, node).empty());
        if (listed) entries_.push_back({&tree, node, declared_name(tree, node)});
    }
}

void Catalogue::write_entry(const Entry& entry, Buffer& out) const {
    const Tree& tree = *entry.tree;
    out.put(fmt::format("### `{}`\n\n", entry.name));
    for (std::string_view line : comment_of(tree, entry.node)) out.put(line), out.put('\n');
    if (!comment_of(tree, entry.node).empty()) out.put('\n');
    if (takes_settings(entry.kind())) {
        out.put(fmt::format("`{}`\n\n", usage(tree, entry.node)));
        put_table(tree, entry.node, NodeKind::Parameter, entry.kind() == NodeKind::Pipeline ? "input" : "setting", out);
        if (entry.kind() == NodeKind::StageKind) write_kind_facts(trees_, tree, entry.node, out);
        return;
    }
    NodeId name = syntax::name_node(tree, entry.node), body = tree.next(name);
    if (entry.kind() == NodeKind::Dataset) return put_table(tree, entry.node, NodeKind::Field, "column", out);
    if (tree.kind(body) == NodeKind::TypeRecord) return put_table(tree, body, NodeKind::Field, "field", out);
    if (entry.kind() == NodeKind::Option) {
        out.put("| type | default |\n|---|---|\n");
        Declared d = declared(tree, entry.node);
        out.put(fmt::format("| `{}` | {} |\n\n", cell(d.type),
                            d.fallback.empty() ? "needed where it is used" : fmt::format("`{}`", cell(d.fallback))));
        return;
    }
    NodeId last = tree.next(body) ? tree.next(body) : body;
    out.put(fmt::format("`{}`\n\n", cell(tree.text_of(last))));
}

void Catalogue::write(Buffer& out) const {
    bool first = true;
    for (const Section& section : sections) {
        bool any = false;
        for (const Entry& entry : entries_) {
            if (entry.kind() != section.kind) continue;
            if (!any) out.put(fmt::format("{}## {}\n\n", first ? "" : "\n", section.title)), first = false;
            any = true;
            write_entry(entry, out);
        }
        if (any) out.truncate(out.size() - 1);
    }
}

bool Catalogue::write(std::string_view name, Buffer& out) const {
    bool any = false;
    for (const Entry& entry : entries_) {
        if (entry.name != name) continue;
        any = true;
        write_entry(entry, out);
    }
    if (any) out.truncate(out.size() - 1);
    return any;
}

std::vector<std::string_view> Catalogue::names() const {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries_) names.push_back(entry.name);
    return names;
}

std::vector<Catalogue::Setting> Catalogue::settings() const {
    std::vector<Setting> all;
    for (const Entry& entry : entries_)
        for (NodeId c : Children(*entry.tree, entry.node))
            if (takes_settings(entry.kind()) && entry.tree->kind(c) == NodeKind::Parameter)
                all.push_back({entry.name, declared_name(*entry.tree, c), !comment_of(*entry.tree, c).empty()});
    return all;
}

std::vector<std::string_view> Catalogue::undescribed() const {
    std::vector<std::string_view> names;
    for (const Entry& entry : entries_)
        if (comment_of(*entry.tree, entry.node).empty()) names.push_back(entry.name);
    return names;
}

}  // namespace zflow::show
