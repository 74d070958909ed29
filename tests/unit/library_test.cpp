// What the compiler takes for granted about the standard library, because it was prepared when the compiler was built.
#include "library/library.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "elaborate/patterns.hpp"
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
