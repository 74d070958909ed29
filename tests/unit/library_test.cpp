// What the compiler takes for granted about the standard library, because it was prepared when the compiler was built.
#include "library/library.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "elaborate/patterns.hpp"
#include "library/snapshot.hpp"
#include "schema/static_automaton.hpp"
#include "syntax/literals.hpp"

using namespace zflow;
using syntax::NodeId;
using syntax::NodeKind;

namespace {

template <typename Visit>
void each_module(Visit visit) {
    for (const library::Prepared& prepared : library::modules()) {
        syntax::Tree tree;
        tree.text = prepared.text;
        tree.nodes = prepared.nodes;
        visit(tree, prepared.name);
    }
}

}  // namespace

TEST_CASE("the patterns in types of the library are regular expressions", "[library]") {
    size_t patterns = 0;
    each_module([&](const syntax::Tree& tree, std::string_view module) {
        for (NodeId n = 0; n < tree.nodes.size(); n++) {
            NodeId label = tree.child(n), value = tree.next(label);
            if (tree.kind(n) != NodeKind::Argument || tree.kind(label) != NodeKind::Name || tree.text_of(label) != "pattern") continue;
            if (tree.kind(value) != NodeKind::String) continue;
            std::string pattern = syntax::unescape(tree.text_of(value));
            INFO(module << ": " << pattern);
            CHECK(elaborate::patterns::pattern_error(pattern) == "");
            auto known = schema::known_patterns();
            CHECK(std::any_of(known.begin(), known.end(), [&](const schema::KnownPattern& k) { return k.text == pattern; }));
            patterns++;
        }
    });
    CHECK(patterns > 10);
}

TEST_CASE("each name is declared once in the library", "[library]") {
    std::map<std::string_view, std::string_view> seen;
    each_module([&](const syntax::Tree& tree, std::string_view module) {
        for (NodeId d : syntax::Children(tree, 0)) {
            if (tree.kind(d) == NodeKind::Option) continue;   // of stacks: they have names of their own
            for (NodeId c : syntax::Children(tree, d)) {
                if (tree.kind(c) != NodeKind::Name) continue;
                auto [at, first] = seen.emplace(tree.text_of(c), module);
                INFO(tree.text_of(c) << " in " << at->second << " and " << module);
                CHECK(first);
                break;
            }
        }
    });
    CHECK(seen.size() > 100);
}

TEST_CASE("a table of types that begins with the library's finds each of them", "[library]") {
    using types::TypeId;
    using types::TypeKind;
    const types::StaticTypes& base = library::snapshot().types;
    types::TypeTable table(base);
    auto made_again = [&](const types::Type& t) -> TypeId {
        switch (t.kind) {
            case TypeKind::Literal: return table.literal(t.name);
            case TypeKind::Optional: return table.optional(t.element);
            case TypeKind::List: return table.list(t.element);
            case TypeKind::Map: return table.map(t.element);
            case TypeKind::Dataset: return table.dataset(t.element);
            case TypeKind::Union: return table.union_of({t.items.begin(), t.items.end()});
            case TypeKind::Record: return table.record({t.fields.begin(), t.fields.end()});
            case TypeKind::Nominal: return table.nominal(t.name, {t.fields.begin(), t.fields.end()}, t.declaration);
            default: return {};
        }
    };
    const auto plain = static_cast<uint32_t>(TypeKind::Literals) + 1;
    uint32_t found = 0;
    for (uint32_t id = plain; id < base.types.size(); id++) {
        if (base.types[id].refinement >= 0) continue;   // each of those is a type of its own
        CHECK(made_again(base.types[id]) == TypeId{id});
        found++;
    }
    CHECK(found > 200);
    CHECK(table.size() == base.types.size());
    const TypeId last{table.size() - 1}, next{table.size()};
    CHECK(table.list(last) == next);   // a new one comes behind them
}

TEST_CASE("what constants of the library consist of stands before them", "[library]") {
    const library::Snapshot& snapshot = library::snapshot();
    for (const library::Range& constant : snapshot.constants.subspan(1)) {
        REQUIRE(constant.first + constant.count <= snapshot.parts.size());
        for (uint32_t n = 0; n < constant.count; n++) {
            const library::Part& part = snapshot.parts[constant.first + n];
            if (part.op == ir::Op::List)
                for (uint32_t link : snapshot.links.subspan(part.a, part.b)) CHECK(link < n);
            if (part.op == ir::Op::Record)
                for (const library::Field& field : snapshot.fields.subspan(part.a, part.b)) CHECK(field.part < n);
        }
    }
    CHECK(snapshot.constants.size() > 200);
    CHECK(snapshot.kinds.size() > 50);
}

TEST_CASE("what holds unless settings are given asks for settings that have a default", "[library]") {
    using What = library::Evaluated::What;
    const library::Snapshot& snapshot = library::snapshot();
    size_t conditional = 0;
    for (const library::Prepared& module : library::modules()) {
        const std::span<const syntax::Node> nodes = module.nodes;
        const library::Kind* kind = nullptr;     // the one whose body the nodes are in: it stands behind them
        for (size_t id = nodes.size(); id-- > 1;) {
            const syntax::Node& n = nodes[id];
            if (n.prepared != syntax::Prepared::Evaluated) continue;
            REQUIRE(n.evaluated() < snapshot.evaluated.size());
            const library::Evaluated& known = snapshot.evaluated[n.evaluated()];
            if (known.what == What::Kind) kind = &snapshot.kinds[known.number];
            if (known.what == What::Constant) CHECK(known.number < snapshot.constants.size());
            if (known.what == What::Instead) CHECK((nodes[known.number].begin >= n.begin && nodes[known.number].end <= n.end));
            if (!known.unless) continue;
            conditional++;
            REQUIRE(kind);
            for (size_t bit = 0; bit < library::settings_with_bit; bit++) {
                if (!(known.unless >> bit & 1)) continue;
                REQUIRE(bit < kind->parameters.size());
                CHECK(kind->parameters[bit].constant != 0);
            }
        }
    }
    CHECK(conditional > 200);
}
