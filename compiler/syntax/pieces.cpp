#include "syntax/pieces.hpp"

#include <algorithm>
#include <deque>

#include "../../grammar/zflow.hpp"
#include "base/workers.hpp"
#include "syntax/parse.hpp"

namespace zflow::syntax {

namespace {

namespace g = grammar;

// ---- where to cut

bool declaration_at(std::string_view text, size_t line) {
    if (line == text.size() || !g::is(text[line], g::head)) return false;
    tao::pegtl::memory_input in(text.data() + line, text.data() + text.size(), "");
    return tao::pegtl::parse<g::declaration_start>(in);
}

}  // namespace

size_t declaration_after(std::string_view text, size_t from, size_t to) {
    for (size_t line = text.find('\n', from - 1) + 1; line > 0 && line < to; line = text.find('\n', line) + 1)
        if (declaration_at(text, line)) return line;
    return to;
}

namespace {

/// The last line from `from` on and before `to` that begins a declaration; `to` when there is none.
size_t declaration_before(std::string_view text, size_t from, size_t to) {
    for (size_t line = to; line > 1;) {
        line = text.rfind('\n', line - 2) + 1;
        if (line == 0 || line < from) break;
        if (declaration_at(text, line)) return line;
    }
    return to;
}

}  // namespace

size_t with_doc(std::string_view text, size_t line) {
    const char* end = text.data() + text.size();
    while (line > 1) {
        size_t above = text.rfind('\n', line - 2) + 1;
        if (!g::doc_at(g::skip(text.data() + above, end, g::inline_blank), end)) break;
        line = above;
    }
    return line;
}

namespace {

/// The place nearest to `middle` and not further from it than `most`; 0 when there is none.
size_t place_near(std::string_view text, size_t middle, size_t most) {
    size_t last = std::min(middle + most, text.size());
    size_t after = declaration_after(text, middle, last);
    size_t first = middle - std::min(after - middle, middle);
    size_t before = declaration_before(text, first, middle);
    if (before < middle) return with_doc(text, before);
    return after < last ? with_doc(text, after) : 0;
}

// ---- the pieces and what becomes of them

/// Each piece has tables of its own, so that nothing is shared while they are parsed, and nothing is left of one that is not
/// used. Its nodes stand in its part of the room for those of the file.
struct Work {
    Work(Piece of, std::span<Node> part, Interner own) : piece(of), room(part), names(std::move(own)) {}
    Piece piece;
    std::span<Node> room;
    Interner names;
    Diagnostics found;
    Tree tree;

    bool right() const { return !found.size(); }
    bool in_its_room() const { return tree.nodes.data() == room.data(); }
};

std::deque<Work> divide(const Source& source, const std::vector<uint32_t>& cuts, NodeList& nodes, const Interner& names) {
    std::deque<Work> works;
    std::span<Node> room = nodes.room();
    for (size_t i = 0; i <= cuts.size(); i++) {
        Piece piece{i ? cuts[i - 1] : 0, i < cuts.size() ? cuts[i] : static_cast<uint32_t>(source.text.size())};
        size_t part = room_for(piece.end - piece.begin);
        works.emplace_back(piece, room.first(part), names.branch());
        room = room.subspan(part);
    }
    return works;
}

/// The symbols that names of a piece get in the whole, from `first` on.
std::vector<Symbol> symbols_of(const Interner& piece, uint32_t first, Interner& names) {
    std::vector<Symbol> symbols;
    symbols.reserve(piece.size() - first);
    for (uint32_t id = first; id < piece.size(); id++) symbols.push_back(names.intern(piece.text(Symbol{id})));
    return symbols;
}

/// The nodes of the first piece, and their names, keep their numbers.
void begin(NodeList& to, const Tree& piece) {
    if (piece.nodes.data() == to.room().data()) return to.adopt(piece.nodes.size());
    std::ranges::copy(piece.nodes, to.extend(piece.nodes.size()));
}

/// Adds the nodes of a piece to those of the pieces before it. They may stand further back in the same room.
void append(NodeList& to, const Tree& piece, const std::vector<Symbol>& symbols, uint32_t first_symbol) {
    NodeId first = piece.child(0);
    if (!first) return;
    auto shift = static_cast<NodeId>(to.size() - 1);
    (to.size() > 1 ? to.back().next : to.back().child) = first + shift;   // the last declaration is the last node
    const Symbol* own = symbols.data();
    std::span<const Node> nodes = piece.nodes.subspan(1);
    Node* at = to.extend(nodes.size());
    for (Node node : nodes) {
        node.child += node.child ? shift : 0;
        node.next += node.next ? shift : 0;
        if (auto id = static_cast<uint32_t>(node.symbol); id >= first_symbol) node.symbol = own[id - first_symbol];
        *at++ = node;
    }
}

/// The list for the nodes of all pieces. When each stands in its part of the room, they are moved together within it.
NodeList list_for_all(const std::deque<Work>& works, NodeList& room) {
    if (std::ranges::all_of(works, &Work::in_its_room)) return std::move(room);
    size_t nodes = 0;
    for (const Work& work : works) nodes += work.tree.nodes.size();
    return NodeList(nodes);
}

/// One tree of all, as if they had been parsed one after the other: the names, too, get their numbers in the order of the text.
Tree join(const Source& source, const std::deque<Work>& works, NodeList room, Interner& names) {
    uint32_t first_symbol = names.size();
    NodeList nodes = list_for_all(works, room);
    for (const Work& work : works) {
        std::vector<Symbol> symbols = symbols_of(work.names, first_symbol, names);
        if (nodes.size()) append(nodes, work.tree, symbols, first_symbol);
        else begin(nodes, work.tree);
    }
    nodes.shrink();
    Tree tree{source.file, source.text, {}, std::move(nodes)};
    tree.nodes = tree.storage.all();
    return tree;
}

}  // namespace

std::vector<uint32_t> places_to_cut(std::string_view text, size_t pieces) {
    std::vector<uint32_t> places;
    for (size_t i = 1; i < pieces; i++) {
        size_t most = (text.size() / pieces + 1) / 2;
        size_t place = place_near(text, text.size() * i / pieces, most);
        if (place > (places.empty() ? 0 : places.back())) places.push_back(static_cast<uint32_t>(place));
    }
    return places;
}

std::optional<Tree> parse_pieces(const Source& source, const std::vector<uint32_t>& cuts, Interner& names, Workers& workers) {
    NodeList nodes(room_for(source.text.size()) + cuts.size() * room_for(0));
    std::deque<Work> works = divide(source, cuts, nodes, names);
    workers.run(works.size(), [&](size_t i) {
        Work& work = works[i];
        work.tree = parse_piece(source, work.piece, NodeList(work.room), work.names, work.found);
    });
    if (!std::ranges::all_of(works, &Work::right)) return std::nullopt;
    return join(source, works, std::move(nodes), names);
}

Tree parse(const SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics, Workers& workers, size_t smallest) {
    Source source(sources, file);
    size_t most = source.text.size() / smallest;   // how many workers there are is asked only where it matters
    std::vector<uint32_t> cuts = places_to_cut(source.text, most > 1 ? std::min(workers.count(), most) : 1);
    if (!cuts.empty())
        if (std::optional<Tree> tree = parse_pieces(source, cuts, names, workers)) return std::move(*tree);
    return parse(sources, file, names, diagnostics);
}

}  // namespace zflow::syntax
