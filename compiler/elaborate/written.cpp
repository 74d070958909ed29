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

/// What the hash of a wording takes of a node: literals may differ.
uint32_t word_of(const syntax::Node& node) { return is_literal(node.kind) ? 0 : static_cast<uint32_t>(node.symbol); }

uint32_t hash_of(const Wording& wording) {
    uint32_t hash = 2166136261u;
    for (NodeId n = wording.first; n < wording.end(); n++) {
        const syntax::Node& node = (*wording.tree)[n];
        for (uint32_t part : {static_cast<uint32_t>(node.kind), child_from(node, wording.first), word_of(node)}) hash = (hash ^ part) * 16777619u;
    }
    return hash;
}

/// Whether their hashes have to be the same; most that are not alike differ soon.
bool worded_alike(const Wording& a, const Wording& b) {
    if (a.count != b.count) return false;
    for (uint32_t i = 0; i < a.count; i++) {
        const syntax::Node& one = (*a.tree)[a.first + i];
        const syntax::Node& other = (*b.tree)[b.first + i];
        if (one.kind != other.kind || word_of(one) != word_of(other) || child_from(one, a.first) != child_from(other, b.first)) return false;
    }
    return true;
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
        if (Symbol name = looked_up(tree(), node); name != Symbol::none && meaning(name) == unclear) return false;
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

/// All that stand in the text of the pipeline, wherever.
const std::vector<NodeId>& Elaborator::stages() {
    if (std::exchange(stages_of_, serial_) == serial_) return stages_;
    const NodeId pipeline = pipelines_[current_pipeline_].first.node;
    stages_.clear();
    for (NodeId n = tree().first_inside(pipeline); n < pipeline; n++)
        if (tree().kind(n) == NodeKind::Stage) stages_.push_back(n);
    return stages_;
}

/// Whether another stage of the kind stands soon behind this one; `alike`: one that is worded like it.
bool Elaborator::comes_again(const StageText& stage, const Wording* alike) {
    constexpr NodeId soon = 4096;
    const syntax::Tree& t = tree();
    const Symbol kind = t[t.child(stage.path)].symbol;
    const std::vector<NodeId>& all = stages();
    for (auto at = std::upper_bound(all.begin(), all.end(), stage.record); at != all.end() && *at < stage.record + soon; ++at) {
        StageText other = stage_text(*at);
        if (other.record == stage.record || !other.path || t[t.child(other.path)].symbol != kind) continue;
        if (!alike || worded_alike(wording(other), *alike)) return true;
    }
    return false;
}

/// What is recorded is worth it when it is repeated. The first stage of a kind is recorded when one comes that is worded
/// like it; a later one when another was, for which none of the recordings would do.
bool Elaborator::worth_recording(Kind& k, const StageText& stage, const Wording& wording) {
    constexpr size_t most = 8, most_wordings = 64, most_nodes = 4096;
    if (k.written.size() >= most || k.unwritten >= 2 || wording.count > most_nodes) return false;
    const bool first = !std::exchange(k.met, true);
    if (first && !comes_again(stage, &wording)) return false;
    const uint32_t hash = hash_of(wording);
    if (std::find(k.wordings.begin(), k.wordings.end(), hash) != k.wordings.end()) return comes_again(stage, &wording) && is_plain(wording);
    if (k.wordings.size() >= most_wordings) k.wordings.clear();
    k.wordings.push_back(hash);
    return first && is_plain(wording);
}

bool Elaborator::written_alike(const Expansion& e, const Wording& wording) {
    using Look = Expansion::Look;
    if (e.wording.count != wording.count) return false;
    const syntax::Tree& t = *wording.tree;
    const syntax::Node* was = &t[e.wording.first];
    const syntax::Node* now = &t[wording.first];
    const NodeId shift = e.wording.first - wording.first;
    auto text = [&](const syntax::Node& n) { return std::string_view(t.text.data() + n.begin, n.end - n.begin); };
    changed_.assign(wording.count, 0);
    auto meant = e.meant.begin();
    for (uint32_t i = 0; i < wording.count; i++, was++, now++) {
        bool same_children = was->child ? was->child - now->child == shift : !now->child;
        if (was->kind != now->kind || was->op != now->op || was->flag != now->flag || !same_children) return false;
        if (e.looks[i] >= Look::Literal) {
            changed_[i] = (was->symbol == Symbol::none || was->symbol != now->symbol) && text(*was) != text(*now);
            if (changed_[i] && e.looks[i] == Look::Literal) return false;
            continue;
        }
        if (was->symbol != now->symbol) return false;
        if (e.looks[i] == Look::Name && meaning(looked_up(t, *now)) != *meant++) return false;
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
        if (Symbol name = looked_up(tree(), tree()[n]); name != Symbol::none) meant.push_back(meaning(name));
    Recording recording(values_, stage.path);
    recording.begin_with(wording);
    Start start = start_recording(recording, stage.where, into);
    std::vector<Setting> given = settings(record, &k);
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
