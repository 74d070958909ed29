#include "syntax/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "../../grammar/zflow.hpp"
#include "syntax/recovery.hpp"
#include "syntax/suspects.hpp"
#include "syntax/words.hpp"

namespace zflow::syntax {

namespace {

constexpr size_t most_bytes = size_t{4} << 20;   // that are read in search of what was meant
constexpr size_t most_rounds = 12;               // of one declaration
constexpr std::string_view signs = "{}[]()\",:=";

/// The declarations of a text: a mistake in one of them is none of the next one's.
std::vector<Piece> declarations_of(std::string_view text) {
    std::vector<Piece> pieces{{0, static_cast<uint32_t>(text.size())}};
    for (size_t at = declaration_after(text, 1, text.size()); at < text.size(); at = declaration_after(text, at + 1, text.size())) {
        auto begin = static_cast<uint32_t>(with_doc(text, at));
        pieces.back().end = begin;
        pieces.push_back({begin, static_cast<uint32_t>(text.size())});
    }
    return pieces;
}

class Repairing {
   public:
    Repairing(const Source& source, const Interner& names) : source_(source), names_(names), text_(source.text) { text_ += "\n\n"; }

    void declaration(Piece piece) {
        Reading now = read(piece);
        size_t left = 0;   // errors that stay
        for (size_t round = 0; round < most_rounds && left < now.errors.size(); round++) {
            if (is_explained(now.errors[left])) return;
            if (!mend(piece, now, left)) left++;
            else now = read(piece);
        }
    }

    const std::string& text() const { return text_; }
    const std::vector<Diagnostic>& said() const { return said_; }
    const std::vector<Quiet>& quiet() const { return quiet_; }

   private:
    /// What reading a declaration gives.
    struct Reading {
        std::vector<Diagnostic> errors;
        size_t skipped = 0;   ///< bytes that were not understood

        /// An error that hides much of what follows is worse than two that hide nothing.
        size_t cost() const { return errors.size() * 30 + skipped; }
    };

    Reading read(Piece piece) {
        bytes_ += piece.end - piece.begin;
        Source changed = source_;
        changed.text = text_;
        Interner names = names_.branch();
        Diagnostics found;
        Tree tree = parse_piece(changed, piece, NodeList(room_for(piece.end - piece.begin)), names, found);
        Reading reading;
        for (const Diagnostic* d : found.sorted()) reading.errors.push_back(*d);
        for (const Node& node : tree.nodes)
            if (node.kind == NodeKind::Error) reading.skipped += node.end - node.begin;
        return reading;
    }

    Reading read_with(Piece piece, const Edit& edit) {
        char before = std::exchange(text_[edit.at], edit.to);
        const bool block = edit.to == '"' && text_.substr(edit.at < 2 ? 0 : edit.at - 2, 5).find("\"\"\"") != std::string::npos;
        Reading reading = block ? Reading{{}, text_.size() * 2} : read(piece);   // a block string would hide all that follows
        text_[edit.at] = before;
        return reading;
    }

    /// Whether there is still something wrong on the line of an error.
    bool is_said_at(const Reading& then, size_t which, const Diagnostic& error, bool or_before) const {
        if (which >= then.errors.size()) return false;
        const size_t left = line_of(then.errors[which].span.begin), line = line_of(error.span.begin);
        return left == line || (or_before && left < line);
    }

    /// Of a body that ends too early is said where it seems to begin; what is nested too deep is not looked into.
    static bool is_explained(const Diagnostic& error) { return error.message.ends_with("missing there?") || error.kind.id == diag::NestingTooDeep.kind.id; }

    /// Mends the error number `which`, if a change makes it and what follows from it disappear.
    bool mend(Piece piece, const Reading& now, size_t which) {
        const std::vector<Diagnostic>& errors = now.errors;
        const Diagnostic& error = errors[which];
        const bool clean = is_balanced(text_, piece.begin, piece.end) && !has_open_quote(text_, piece.begin, piece.end);
        auto on_its_line = [&](const Diagnostic& d) { return line_of(d.span.begin) == line_of(error.span.begin); };
        const size_t of_line = static_cast<size_t>(std::ranges::count_if(errors, on_its_line));
        if (clean && of_line < 2) return false;   // it does not spread
        const size_t most_errors = clean ? errors.size() - of_line : errors.size();
        const size_t begin = line_of(error.span.begin), end = std::min(text_.find('\n', error.span.begin), text_.size());
        const bool by_quotes = has_open_quote(text_, static_cast<uint32_t>(begin), static_cast<uint32_t>(end));
        std::vector<Suspect> suspects = clean || by_quotes ? std::vector<Suspect>() : suspects_in(text_, piece.begin, piece.end);
        Edit best;
        const Suspect* suspected = nullptr;
        size_t least = now.cost();
        auto try_out = [&](const Edit& edit, bool on_line) {
            if (bytes_ > most_bytes || least == 0) return false;
            const Reading then = read_with(piece, edit);
            if (then.cost() >= least || then.errors.size() > most_errors || (clean && then.errors.size() < most_errors) || is_said_at(then, which, error, on_line)) return false;
            constexpr size_t much = 100;
            if (!on_line && then.errors.size() >= errors.size() && then.cost() + much > least) return false;
            least = then.cost(), best = edit;
            return true;
        };
        for (const Suspect& suspect : suspects)
            if (try_out(suspect.edit, false)) suspected = &suspect;
        for (const Edit& edit : edits_near(error.span.begin, piece))
            if (try_out(edit, true)) suspected = nullptr;
        if (least == now.cost()) return false;
        if (suspected) return take(*suspected, error), true;
        text_[best.at] = best.to;
        said_.push_back(error);
        be_quiet_on(error.span.begin);
        be_quiet_on(best.at);
        return true;
    }

    void take(const Suspect& suspect, const Diagnostic& error) {
        text_[suspect.edit.at] = suspect.edit.to;
        const bool near = line_of(error.span.begin) == line_of(suspect.begin);
        if (suspect.on_one_line || !suspect.missing) be_quiet_on(suspect.begin);
        if (near && !suspect.missing) return said_.push_back(error);
        Diagnostics own;
        own.report(diag::SyntaxError, {source_.file, suspect.begin, suspect.end}, suspect.message)
            .label({source_.file, suspect.open, suspect.open + 1}, suspect.missing ? fmt::format("this `{}` is not closed", source_.text[suspect.open]) : "the block that ends too early begins here");
        if (said_.empty() || said_.back().span.begin != suspect.begin) said_.push_back(*own.sorted().front());   // `})` is missing once
    }

    /// Which brackets belong together on this line is not known.
    void be_quiet_on(size_t at) {
        size_t end = std::min(source_.text.find('\n', std::min(at, source_.text.size())), source_.text.size());
        quiet_.push_back({static_cast<uint32_t>(line_of(at)), static_cast<uint32_t>(end), ""});
    }

    size_t line_of(size_t at) const {
        size_t line = at == 0 ? std::string::npos : text_.rfind('\n', std::min(at, source_.text.size()) - 1);
        return line == std::string::npos ? 0 : line + 1;
    }

    /// Changes of one character of the line with an error, and of the one before when it is said of its first word: the nearest first.
    std::vector<Edit> edits_near(size_t error, Piece piece) const {
        size_t begin = line_of(error), end = std::min(text_.find('\n', error), text_.size() - 1);
        if (text_.find_first_not_of(" \t", begin) >= error && begin > piece.begin) begin = line_of(text_.find_last_not_of(" \t\r\n", begin - 1));
        begin = std::max<size_t>(begin, piece.begin);
        std::vector<Edit> edits;
        for (size_t at = begin; at <= end; at++) add_edits(at, edits);
        auto distance = [&](const Edit& e) { return e.at > error ? e.at - error : error - e.at; };
        std::ranges::stable_sort(edits, {}, distance);
        return edits;
    }

    void add_edits(size_t at, std::vector<Edit>& edits) const {
        char c = text_[at];
        if (signs.find(c) != std::string_view::npos) edits.push_back({at, ' '});
        if (c == ':') edits.push_back({at, '{'});
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == ',';
        if (blank)
            for (char sign : signs) edits.push_back({at, sign});
        auto edge = [&](size_t next) { return next < text_.size() && signs.find(text_[next]) != std::string_view::npos; };
        if (is_word(c) || c == '/') {   // there is no blank beside `("m)`
            if (edge(at + 1)) edits.insert(edits.end(), {{at, '"'}, {at, '('}});
            else if (at > 0 && edge(at - 1)) edits.push_back({at, '"'});
        }
    }

    const Source& source_;
    const Interner& names_;
    std::string text_;
    std::vector<Diagnostic> said_;
    std::vector<Quiet> quiet_;   ///< what is there is not as it was meant
    size_t bytes_ = 0;
};

/// The tree of a text that was changed and has some blanks more shows the text as it is.
void show(Tree& tree, std::string_view text) {
    tree.text = text;
    std::vector<Node> nodes(tree.nodes.begin(), tree.nodes.end());
    tree.storage = NodeList(nodes.size());
    Node* to = tree.storage.extend(nodes.size());
    for (Node node : nodes) {
        node.begin = std::min(node.begin, static_cast<uint32_t>(text.size()));
        node.end = std::min(node.end, static_cast<uint32_t>(text.size()));
        *to++ = node;
    }
    tree.nodes = tree.storage.all();
}

/// What an `if` that cannot be read says of values is not known after it.
void add_lost_conditions(const Tree& tree, std::vector<Quiet>& quiet) {
    for (NodeId n = 0; n < tree.nodes.size(); n++) {
        if (tree.kind(n) != NodeKind::Pipeline && tree.kind(n) != NodeKind::StageKind) continue;
        for (NodeId inside = tree.first_inside(n); inside < n; inside++) {
            std::string_view text = tree.kind(inside) == NodeKind::Error ? tree.text_of(inside) : "";
            if (text.starts_with("if ") || text.starts_with("match ")) quiet.push_back({tree[inside].end, tree[n].end, "may-be-absent"});
        }
    }
}

/// What is around each of them may miss what is there, too.
std::vector<Quiet> quiet_around(const Tree& tree, std::vector<Quiet> quiet) {
    constexpr size_t most = 100;   // with more of them nobody looks at the last ones
    std::vector<Quiet> places = quiet;
    std::erase_if(places, [](const Quiet& q) { return q.only.starts_with("unknown-"); });
    for (size_t i = 0; i < std::min(places.size(), most); i++)
        for (NodeId n = 0; n < tree.nodes.size(); n++) {
            const Node& node = tree[n];
            const bool around = node.begin <= places[i].end && places[i].begin <= node.end;
            if (around && node.kind != NodeKind::File) quiet.push_back({node.begin, std::max(node.begin, places[i].begin), "missing-"});
        }
    add_lost_conditions(tree, quiet);
    return quiet;
}

/// `def` of `def handler(…`, which cannot be read from `(` on: what stands before an error belongs to it.
Quiet before(const Diagnostic& d, std::string_view text) {
    const size_t at = std::min<size_t>(d.span.begin, text.size());
    size_t begin = at == 0 ? std::string_view::npos : text.find_last_of(",:={[(\n", at - 1);
    return {begin == std::string_view::npos ? 0 : static_cast<uint32_t>(begin + 1), static_cast<uint32_t>(at), "unknown-"};
}

Diagnostic clamped(Diagnostic d, std::string_view text) {
    const auto size = static_cast<uint32_t>(text.size());
    d.span.begin = std::min(d.span.begin, size), d.span.end = std::min(d.span.end, size);
    return d;
}

}  // namespace

Tree repaired(const Source& source, Tree tree, Diagnostics& found, Interner& names, Diagnostics& diagnostics) {
    Repairing repairing(source, names);
    for (Piece piece : declarations_of(source.text)) repairing.declaration(piece);
    std::vector<Quiet> quiet = repairing.quiet();
    if (!repairing.said().empty()) {
        Source changed = source;
        changed.text = repairing.text();
        found = {};
        tree = parse_piece(changed, {0, static_cast<uint32_t>(changed.text.size())}, NodeList(room_for(changed.text.size())), names, found);
        show(tree, source.text);
    }
    for (NodeId n = 0; n < tree.nodes.size(); n++) {
        if (tree.kind(n) != NodeKind::Record) continue;
        for (NodeId c : Children(tree, n))   // of an entry that cannot be read the name is known, unless it has none
            if (tree.kind(c) == NodeKind::Error) quiet.push_back({tree[c].begin, tree[c].end, "missing-"});
    }
    for (const Diagnostic* d : found.sorted()) quiet.push_back(before(*d, source.text));
    tree.quiet = quiet_around(tree, std::move(quiet));
    for (const Diagnostic& d : repairing.said()) diagnostics.take(clamped(d, source.text));
    for (const Diagnostic* d : found.sorted()) diagnostics.take(clamped(*d, source.text));
    return tree;
}

}  // namespace zflow::syntax
