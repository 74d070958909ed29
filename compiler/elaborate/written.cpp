// Stages that are written alike, and repeating one from its text on: see expansion.hpp.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "syntax/literals.hpp"

namespace zflow::elaborate {

namespace {

constexpr ValueId unclear{UINT32_MAX};   // in place of what a name means

/// Whether such a node is evaluated by looking at its text and names alone, and nothing is left out of it.
bool is_plain(NodeKind kind) {
    switch (kind) {
        case NodeKind::Name: case NodeKind::Path: case NodeKind::Record: case NodeKind::Entry: case NodeKind::List: case NodeKind::Template:
        case NodeKind::True: case NodeKind::False: case NodeKind::None: case NodeKind::Identifier: case NodeKind::Member: case NodeKind::Apply:
        case NodeKind::Argument: case NodeKind::Unary: case NodeKind::Binary: case NodeKind::Located: case NodeKind::TypeName: return true;
        default: return is_literal(kind);
    }
}

/// The first child's place among the nodes that begin with `first`.
NodeId child_from(const syntax::Node& node, NodeId first) { return node.child ? node.child - first : UINT32_MAX; }

/// The name that is looked up at a node; none at most nodes.
Symbol name_at(const syntax::Tree& tree, const syntax::Node& node) {
    if (node.kind == NodeKind::Identifier) return node.symbol;
    bool shorthand = node.kind == NodeKind::Entry && !tree.next(node.child);
    return shorthand ? tree[node.child].symbol : Symbol::none;
}

uint32_t hash_of(const Wording& wording) {
    uint32_t hash = 2166136261u;
    for (NodeId n = wording.first; n < wording.end(); n++) {
        const syntax::Node& node = (*wording.tree)[n];
        uint32_t symbol = is_literal(node.kind) ? 0 : static_cast<uint32_t>(node.symbol);
        for (uint32_t part : {static_cast<uint32_t>(node.kind), child_from(node, wording.first), symbol}) hash = (hash ^ part) * 16777619u;
    }
    return hash;
}

}  // namespace

Wording Elaborator::wording(const StageText& stage) const {
    NodeId first = tree().first_inside(stage.path);
    return {&tree(), first, stage.record + 1 - first};
}

/// Whether it can be repeated from its text on. `retry` is not only a setting: it is looked at once the stage is there.
bool Elaborator::is_plain(const Wording& wording) const {
    for (NodeId n = wording.first; n < wording.end(); n++) {
        const syntax::Node& node = tree()[n];
        bool block = (node.kind == NodeKind::String || node.kind == NodeKind::Template) && node.flag & syntax::is_block;
        if (!elaborate::is_plain(node.kind) || block) return false;
        if (Symbol name = name_at(tree(), node); name != Symbol::none && meaning(name) == unclear) return false;
    }
    for (NodeId entry : syntax::Children(tree(), wording.end() - 1)) {
        NodeId name = tree().child(entry);
        if (tree().kind(name) != NodeKind::Name || tree()[name].symbol == known_.retry) return false;
    }
    return true;
}

/// None: nothing of the pipeline's. What holds of a value in one place only is not asked for here.
ValueId Elaborator::meaning(Symbol name) const {
    const Binding* b = lookup(name);
    if (!b) return ValueId::none;
    bool narrowed = std::any_of(there_.begin(), there_.end(), [&](const There& t) { return t.root == b->value; });
    return b->lost || narrowed ? unclear : b->value;
}

/// The first stage with a wording is recorded when it is the first of the kind: others may well be written in ways of
/// their own, and recording each would be for nothing.
bool Elaborator::worth_recording(Kind& k, const Wording& wording) {
    constexpr size_t most = 8;
    if (k.written.size() >= most || k.unwritten >= 2) return false;
    if (!k.written.empty()) {
        uint32_t hash = hash_of(wording);
        if (std::find(k.wordings.begin(), k.wordings.end(), hash) == k.wordings.end()) return k.wordings.push_back(hash), false;
    }
    return is_plain(wording);
}

bool Elaborator::written_alike(const Expansion& e, const Wording& wording) {
    const Wording& was = e.wording;
    if (was.count != wording.count) return false;
    const syntax::Tree& t = *wording.tree;
    changed_.assign(was.count, 0);
    auto meant = e.meant.begin();
    for (uint32_t i = 0; i < was.count; i++) {
        const syntax::Node& a = t[was.first + i];
        const syntax::Node& b = t[wording.first + i];
        if (a.kind != b.kind || a.op != b.op || a.flag != b.flag || child_from(a, was.first) != child_from(b, wording.first)) return false;
        if (is_literal(a.kind)) {
            changed_[i] = t.text_of(was.first + i) != t.text_of(wording.first + i);
            if (changed_[i] && !e.free[i]) return false;
        } else if (a.symbol != b.symbol) {
            return false;
        } else if (Symbol name = name_at(t, b); name != Symbol::none && meaning(name) != *meant++) {
            return false;
        }
    }
    return true;
}

/// What the stage is; none when no stage like it was recorded.
ValueId Elaborator::repeat_written(Kind& k, Stage stage, ir::Block& into) {
    if (!k.written.empty() && k.written.front().serial != serial_) k.written.clear();
    for (const Expansion& e : k.written) {
        if (!written_alike(e, stage.wording)) continue;
        stage.step_shift = static_cast<int64_t>(pipeline_->steps.size()) - static_cast<int64_t>(e.first_step);
        slots_.clear();
        if (make_again(e, stage)) return finish_repeating(e, stage, into);
    }
    return ValueId::none;
}

ValueId Elaborator::record_written(Kind& k, const Stage& stage, std::string_view label, NodeId record, ir::Block& into) {
    const Wording& wording = stage.wording;
    std::vector<ValueId> meant;
    for (NodeId n = wording.first; n < wording.end(); n++)
        if (Symbol name = name_at(tree(), tree()[n]); name != Symbol::none) meant.push_back(meaning(name));
    Recording recording(values_, stage.path);
    recording.begin_with(wording);
    Start start = start_recording(recording, stage.where, into);
    std::vector<Setting> given = settings(record);
    ValueId result = instantiate(k, given, stage.path, label, stage.where, into);
    if (finish_recording(recording, start, result, into, k.written)) k.written.back().meant = std::move(meant);
    else k.unwritten++;
    return result;
}

/// The value of a literal.
Slot Elaborator::read(const Expansion::Instruction& i, const Stage& stage) {
    NodeId node = stage.wording.first + i.extra, whole = stage.wording.first + i.first;
    Value v = node == whole ? literal(node) : literal_piece(whole, node);
    if (v.op == Op::Null) return {ValueId::none, Likeness::None};
    return {values_.add(v), changed_[i.extra] ? Likeness::Shape : Likeness::Content};
}

}  // namespace zflow::elaborate
