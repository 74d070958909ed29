#include "show/kind_facts.hpp"

#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "schema/schema.hpp"

namespace zflow::show {

using schema::Pattern;
using syntax::Children;
using syntax::NodeId;
using syntax::NodeKind;
using syntax::Tree;

namespace {

/// Each text once, in the order in which it came.
class Texts {
   public:
    void add(std::string_view text) {
        if (seen_.emplace(text).second) order_.emplace_back(text);
    }
    bool has(std::string_view text) const { return seen_.count(std::string(text)) != 0; }
    bool empty() const { return order_.empty(); }
    /// `` `a`, `b` ``: those that `wanted` is true of.
    template <typename Wanted>
    std::string quoted(Wanted wanted) const {
        std::string out;
        for (const std::string& text : order_)
            if (wanted(text)) out += fmt::format("{}`{}`", out.empty() ? "" : ", ", text);
        return out;
    }
    std::string quoted() const { return quoted([](const std::string&) { return true; }); }

   private:
    std::set<std::string> seen_;
    std::vector<std::string> order_;
};

/// Walks a kind, and the kinds, functions and constants that it names.
class Facts {
   public:
    explicit Facts(const Trees& trees) : trees_(trees) {}

    void walk(const Tree& tree, NodeId node) {
        switch (tree.kind(node)) {
            case NodeKind::Call: call(tree, node); break;
            case NodeKind::Fail: raised_.add(tree.text_of(tree.child(node))); break;
            case NodeKind::Stage: use(tree.text_of(tree.next(tree.child(node)))); break;
            case NodeKind::Identifier: use(tree.text_of(node)); break;
            case NodeKind::Role: role(tree, node); break;
            case NodeKind::Entry: retry_rule(tree, node); break;
            default: break;
        }
        for (NodeId c : Children(tree, node)) walk(tree, c);
    }

    void write(bool has_retry, Buffer& out) const {
        line("Calls", calls_.quoted(), out);
        line("Rights of the pipeline, as far as its settings need them", rights_.quoted(), out);
        line("A role of its own for", roles_.quoted(), out);
        line("Errors", raised_.quoted([&](const std::string& name) { return !worth_a_retry_.has(name); }), out);
        line("Errors that are worth another attempt", worth_a_retry_.quoted([&](const std::string& name) { return !retried_.has(name); }), out);
        line(has_retry ? "Tried again, unless `retry` says otherwise, after" : "Tried again after", retried_.quoted(), out);
        if (!calls_.empty() || !raised_.empty()) out.put("\n");
    }

   private:
    void call(const Tree& tree, NodeId node) {
        NodeId path = tree.next(tree.child(node)), service = tree.child(path), operation = tree.next(service);
        if (!operation) return;
        NodeId word = tree.next(operation);
        auto pattern = word ? schema::pattern_of(tree.text_of(word)).value_or(Pattern::Request) : Pattern::Request;
        auto found = schema::find_integration(tree.text_of(service), tree.text_of(operation), pattern);
        if (!found) return;
        calls_.add(tree.text_of(path));
        for (const schema::Right right : found->rights())
            for (std::string_view action : right.actions) rights_.add(action);
        if (!found->pass_roles().empty()) rights_.add("iam:PassRole");
        for (const schema::ErrorAdvice error : found->errors()) {
            if (error.name == "*") continue;
            raised_.add(error.name);
            if (error.retry) worth_a_retry_.add(error.name);
        }
    }

    /// `role r = given ?? "sagemaker.amazonaws.com"`
    void role(const Tree& tree, NodeId node) {
        if (tree.kind(node) == NodeKind::String) roles_.add(tree.text_of(node));
        for (NodeId c : Children(tree, node)) role(tree, c);
    }

    /// `on: [...]` of a rule that the kind or its defaults hold.
    void retry_rule(const Tree& tree, NodeId entry) {
        NodeId key = name_of_entry(tree, entry), value = tree.next(key);
        if (tree.text_of(key) != "on" || !value) return;
        if (tree.kind(value) == NodeKind::Member) {
            worth_a_retry_.add(tree.text_of(value)), retried_.add(tree.text_of(value));
            return groups(tree.text_of(tree.child(value)));
        }
        if (tree.kind(value) != NodeKind::List) return;
        for (NodeId name : Children(tree, value))
            if (tree.kind(name) == NodeKind::String || tree.kind(name) == NodeKind::Member)
                worth_a_retry_.add(tree.text_of(name)), retried_.add(tree.text_of(name));
    }

    /// The other groups of errors beside the one that is tried again: `Databricks.Failed` beside `Databricks.Transient`.
    void groups(std::string_view constant) {
        auto [tree, node] = declaration(constant);
        if (!node) return;
        for (NodeId part : Children(*tree, node)) {
            if (tree->kind(part) != NodeKind::Record) continue;
            for (NodeId entry : Children(*tree, part))
                if (tree->kind(entry) == NodeKind::Entry) raised_.add(fmt::format("{}.{}", constant, tree->text_of(name_of_entry(*tree, entry))));
        }
    }

    static NodeId name_of_entry(const Tree& tree, NodeId entry) {
        NodeId first = tree.child(entry);
        return tree.kind(first) == NodeKind::Doc ? tree.next(first) : first;
    }

    static void line(std::string_view what, const std::string& names, Buffer& out) {
        if (!names.empty()) out.put(fmt::format("- {}: {}\n", what, names));
    }

    /// What the name stands for is part of the kind; each is walked once.
    void use(std::string_view name) {
        if (!used_.emplace(name).second) return;
        auto [tree, node] = declaration(name);
        if (node) walk(*tree, node);
    }

    /// The kind, function or constant of that name, or node 0.
    std::pair<const Tree*, NodeId> declaration(std::string_view name) const {
        for (const Tree* tree : trees_)
            for (NodeId node : Children(*tree, 0)) {
                NodeKind kind = tree->kind(node);
                if (kind != NodeKind::StageKind && kind != NodeKind::Function && kind != NodeKind::Const) continue;
                for (NodeId c : Children(*tree, node))
                    if (tree->kind(c) == NodeKind::Name && tree->text_of(c) == name) return {tree, node};
            }
        return {nullptr, 0};
    }

    const Trees& trees_;
    Texts calls_, rights_, roles_, raised_, worth_a_retry_, retried_;
    std::set<std::string, std::less<>> used_;
};

std::string_view parameter_name(const Tree& tree, NodeId parameter) {
    for (NodeId c : Children(tree, parameter))
        if (tree.kind(c) == NodeKind::Name) return tree.text_of(c);
    return "";
}

}  // namespace

void write_kind_facts(const Trees& trees, const Tree& tree, NodeId kind, Buffer& out) {
    Facts facts(trees);
    facts.walk(tree, kind);
    bool has_retry = false;
    for (NodeId c : Children(tree, kind)) has_retry |= tree.kind(c) == NodeKind::Parameter && parameter_name(tree, c) == "retry";
    facts.write(has_retry, out);
}

}  // namespace zflow::show
