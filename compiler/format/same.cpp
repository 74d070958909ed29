#include <algorithm>

#include "format/format.hpp"
#include "format/lexemes.hpp"
#include "syntax/literals.hpp"
#include "syntax/terminals.hpp"

namespace zflow::format {

namespace {

using syntax::NodeId;
using syntax::NodeKind;

/// Without the blanks, so that it does not matter how far the lines of a comment are indented.
std::string without_blanks(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !grammar::is(c, grammar::blank); });
    return out;
}

std::string meaning(const syntax::Tree& tree, NodeId parent, NodeId leaf) {
    switch (tree.kind(leaf)) {
        case NodeKind::String:
        case NodeKind::TypeLiteral: return syntax::string_value(tree, leaf);
        case NodeKind::Text: return syntax::piece_value(tree, parent, leaf);
        case NodeKind::Doc: return without_blanks(tree.text_of(leaf));
        case NodeKind::File: return "";
        default: break;
    }
    // what has neither parts nor a text of its own: `{ }` and `skip`
    return without_blanks(tree.text_of(leaf));
}

bool same_node(const syntax::Tree& a, const syntax::Tree& b, NodeId in_a, NodeId in_b, NodeId parent_a, NodeId parent_b) {
    const syntax::Node &x = a[in_a], &y = b[in_b];
    if (x.kind != y.kind || x.op != y.op || x.flag != y.flag) return false;
    if (!x.child && !y.child) return meaning(a, parent_a, in_a) == meaning(b, parent_b, in_b);
    NodeId of_a = x.child, of_b = y.child;
    for (; of_a && of_b; of_a = a.next(of_a), of_b = b.next(of_b))
        if (!same_node(a, b, of_a, of_b, in_a, in_b)) return false;
    return of_a == of_b;   // both at their end
}

std::vector<std::string> comments(const syntax::Tree& tree) {
    std::vector<std::string> all;
    for (const Lexeme& l : lexemes(tree))
        if (l.is_comment()) all.push_back(without_blanks(tree.text.substr(l.begin, l.end - l.begin)));
    return all;
}

}  // namespace

bool same(const syntax::Tree& one, const syntax::Tree& other) {
    return same_node(one, other, 0, 0, 0, 0) && comments(one) == comments(other);
}

}  // namespace zflow::format
