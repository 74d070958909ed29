// Stages that share a place in S3 without saying in which order: the order of the statements is all there is.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/arena.hpp"
#include "check/check.hpp"
#include "ir/visit.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::StepId;
using ir::ValueId;

/// Where a step stands: in which arm of which step. Arms of a Parallel run at the same time, others exclude each other or
/// follow one another.
struct Position {
    StepId parent = StepId::none;
    uint32_t arm = 0;
    uint32_t depth = 0;
    uint32_t order = 0;        ///< in the order of the program
    bool shared = false;       ///< in a Parallel or a loop: it may run beside others, or more than once
};

/// The places of all steps of a pipeline.
class Places {
   public:
    explicit Places(const ir::Pipeline& pipeline) : pipeline_(pipeline), positions_(pipeline.steps.size()) {
        walk(pipeline.block, {});
    }

    const Position& operator[](StepId id) const { return positions_[static_cast<uint32_t>(id)]; }

    enum class Relation : uint8_t { Before, After, Apart, Same };
    /// How `a` stands to `b`; Apart: at the same time. Nothing: only one of them runs.
    std::optional<Relation> relation(StepId a, StepId b) const {
        StepId x = a, y = b;
        while (x != y) {
            const Position &px = (*this)[x], &py = (*this)[y];
            if (px.depth == py.depth && px.parent == py.parent) return beside(px, py);
            if (px.depth >= py.depth) x = px.parent;
            if (py.depth >= px.depth) y = py.parent;
            if (x == StepId::none || y == StepId::none) break;
        }
        return a == b ? Relation::Same : (*this)[a].order < (*this)[b].order ? Relation::Before : Relation::After;
    }

    /// The loops around a step whose turns run at the same time or again, innermost first.
    std::vector<StepId> loops(StepId of) const {
        std::vector<StepId> all;
        for (StepId at = (*this)[of].parent; at != StepId::none; at = (*this)[at].parent)
            if (std::holds_alternative<ir::Map>(pipeline_[at].is)) all.push_back(at);
        return all;
    }

   private:
    std::optional<Relation> beside(const Position& a, const Position& b) const {
        if (a.arm != b.arm) {
            bool parallel = std::holds_alternative<ir::Parallel>(pipeline_[a.parent].is);
            return parallel ? std::optional(Relation::Apart) : std::nullopt;
        }
        return a.order < b.order ? Relation::Before : Relation::After;
    }

    void walk(const ir::Block& block, Position position) {
        for (StepId id : block.steps) {
            position.order = next_++;
            positions_[static_cast<uint32_t>(id)] = position;
            const ir::Step& step = pipeline_[id];
            if (std::holds_alternative<ir::Task>(step.is)) continue;   // most are
            bool shares = std::holds_alternative<ir::Parallel>(step.is) || std::holds_alternative<ir::Map>(step.is);
            Position inner{id, 0, position.depth + 1, 0, position.shared || shares};
            ir::each_block(step, [&](const ir::Block& b) { walk(b, inner), inner.arm++; });
        }
    }

    const ir::Pipeline& pipeline_;
    std::vector<Position> positions_;
    uint32_t next_ = 0;
};

/// A place in S3 as text that is equal for equal places: what is not constant stands in it as what it is made of.
class Place {
   public:
    explicit Place(const Context& context) : c_(context), bucket_(context.names.find("bucket")), key_(context.names.find("key")) {}

    void read(ValueId location) {
        text_.clear();
        steady_ = usable_ = true;
        const ir::Value& v = c_.values[location];
        if (v.op != Op::Record) {
            add(location);
            text_ += '/';
            return;
        }
        for (const ir::Field& f : c_.values.fields(location)) {
            if (f.key != bucket_ && f.key != key_) continue;
            add(f.value);
            if (!text_.ends_with('/')) text_ += '/';
        }
    }
    /// Ends with a slash. Empty when nothing can be said.
    const std::string& text() const { return text_; }
    /// Whether it is the same in every turn of a loop: made of nothing that a step or a turn gives.
    bool steady() const { return steady_; }
    bool usable() const { return usable_; }

   private:
    void add(ValueId id) {
        const ir::Value& v = c_.values[id];
        switch (v.op) {
            case Op::String: case Op::Decimal: case Op::Pseudo: case Op::Context: text_ += v.text(); return;
            case Op::Concat:
                for (ValueId part : c_.values.links(id)) add(part);
                return;
            case Op::Fresh: usable_ = false; return;
            case Op::Parameter: case Op::Attribute: case Op::Input: case Op::Secret: mark(v); return;
            case Op::Result: case Op::Item: case Op::ItemIndex: case Op::Joined: case Op::Problem: case Op::Local:
                steady_ = false;
                mark(v);
                return;
            case Op::Integer: text_ += std::to_string(v.integer); return;
            default:
                steady_ = false;
                text_ += '\x01';   // itself and nothing else
                add_numbers({static_cast<uint32_t>(id)});
        }
    }
    void mark(const ir::Value& v) {
        text_ += '\x02';
        add_numbers({static_cast<uint32_t>(v.op), v.a, v.b, v.c});
    }
    void add_numbers(std::initializer_list<uint32_t> numbers) {
        char written[4 * 11];
        char* end = written;
        for (uint32_t n : numbers) {
            end = std::to_chars(end, std::end(written), n).ptr;
            *end++ = '\x01';
        }
        text_.append(written, static_cast<size_t>(end - written));
    }

    const Context& c_;
    Symbol bucket_, key_;
    std::string text_;
    bool steady_ = true, usable_ = true;
};

struct Use {
    const ir::Touch* touch;
    StepId step;
    std::string_view place;
    bool steady;
};

class DataOrder {
   public:
    DataOrder(const Context& context, const ir::Pipeline& pipeline)
        : c_(context), pipeline_(pipeline), places_(pipeline), place_(context) {}

    void check() {
        all_.reserve(pipeline_.touches.size());
        for (const ir::Touch& t : pipeline_.touches) add(t);
        if (std::none_of(all_.begin(), all_.end(), [](auto& use) { return use.touch->write; })) return;
        choose();
        std::stable_sort(uses_.begin(), uses_.end(), [](auto* a, auto* b) { return a->place < b->place; });
        for (const Use* use : uses_)
            if (use->touch->write) turns(*use);
        at_the_same_time();
        one_after_the_other();
    }

   private:
    using Relation = Places::Relation;

    void add(const ir::Touch& t) {
        if (static_cast<size_t>(t.next) >= pipeline_.steps.size()) return;
        place_.read(t.location);
        if (place_.usable() && place_.text().size() > 1) all_.push_back({&t, t.next, texts_.copy(place_.text()), place_.steady()});
    }
    /// Most uses are alone at their place, and run once and alone: nothing can be wrong with those.
    void choose() {
        std::unordered_map<std::string_view, uint32_t> at_place(all_.size());
        std::vector<const uint32_t*> beside;   // by use: how many there are at its place
        for (const Use& use : all_) beside.push_back(&++at_place[use.place]);
        for (size_t i = 0; i < all_.size(); i++)
            if (places_[all_[i].step].shared || *beside[i] > 1) uses_.push_back(&all_[i]);
    }

    std::string words_of(const Use& use) const {
        Span at = c_.values[use.touch->location].where;
        std::string_view words = at.known() && !c_.sources.file(at.file).library ? c_.sources.text(at) : std::string_view("this location");
        return std::string(words.substr(0, words.find('\n')));
    }
    Span place_of(const Use& use) const { return c_.at_user(c_.values[use.touch->location].where, use.touch->where); }
    static bool same_stage(const Use& a, const Use& b) { return a.touch->where == b.touch->where; }

    /// Every turn of a loop writes to the same place.
    void turns(const Use& use) {
        if (!use.steady) return;
        for (StepId loop : places_.loops(use.step)) {
            const auto& map = std::get<ir::Map>(pipeline_[loop].is);
            const ir::Value& items = c_.values[map.items];
            if (items.op == Op::List && items.b < 2) continue;
            c_.diagnostics.report(diag::WrittenTwice, place_of(use), words_of(use))
                .label(pipeline_[loop].where, "each turn of this `for` writes to the same place")
                .help("make the item a part of the location");
            return;
        }
    }

    /// A writer and another stage that may run at the same time, one place the same as the other's or inside of it.
    void at_the_same_time() {
        std::vector<const Use*> writers, readers;   // of the places around the one that is looked at
        for (const Use* at : uses_) {
            const Use& use = *at;
            auto elsewhere = [&](const Use* other) { return !use.place.starts_with(other->place); };
            while (!writers.empty() && elsewhere(writers.back())) writers.pop_back();
            while (!readers.empty() && elsewhere(readers.back())) readers.pop_back();
            compare(use, writers);
            if (use.touch->write) compare(use, readers);
            (use.touch->write ? writers : readers).push_back(at);
        }
    }
    void compare(const Use& use, const std::vector<const Use*>& others) {
        constexpr size_t most = 16;   // the nearest: enough to find a conflict, so that the whole stays linear
        for (size_t i = others.size(); i-- > others.size() - std::min(others.size(), most);) {
            const Use& other = *others[i];
            if (same_stage(use, other)) continue;   // it reads around what it writes itself
            if (places_.relation(use.step, other.step) == Relation::Apart) return unordered(use, other);
            if (!other.touch->write && other.steady && in_other_turns(use, other)) return written_by_turns(use, other);
        }
    }
    /// Whether each turn of a loop reads around what the turns write, each its own place, and they run at the same time.
    bool in_other_turns(const Use& writer, const Use& reader) const {
        if (writer.steady) return false;
        std::vector<StepId> around = places_.loops(reader.step);
        for (StepId loop : places_.loops(writer.step)) {
            if (std::find(around.begin(), around.end(), loop) == around.end()) continue;
            const auto& map = std::get<ir::Map>(pipeline_[loop].is);
            const ir::Value &items = c_.values[map.items], &at_most = c_.values[map.at_most];
            bool one = items.op == Op::List && items.b < 2, in_order = map.at_most != ValueId::none && at_most.op == Op::Integer && at_most.integer == 1;
            return !one && !in_order;
        }
        return false;
    }
    void written_by_turns(const Use& writer, const Use& reader) {
        c_.diagnostics.report(diag::UnorderedAccess, place_of(reader), "this reads", words_of(reader), writer.touch->stage)
            .label(writer.touch->where, "other turns of the `for` write below it, before, after, or at the same time")
            .help("read it after the `for`, or only what this turn has written");
    }

    void unordered(const Use& a, const Use& b) {
        bool a_writes_last = a.touch->write && (!b.touch->write || places_[a.step].order < places_[b.step].order);
        const Use& writer = a_writes_last ? a : b;
        const Use& other = a_writes_last ? b : a;
        std::string_view what = other.touch->write ? "this writes" : "this reads";
        std::string_view advice = other.touch->write
                                      ? "give each branch a place of its own"
                                      : "read it after the `parallel`, or in the same branch after the stage that writes it";
        c_.diagnostics.report(diag::UnorderedAccess, place_of(other), what, words_of(other), writer.touch->stage)
            .label(writer.touch->where, "may run before, after, or at the same time")
            .help(std::string(advice));
    }

    /// Stages in order that use the same place: written twice with nobody reading, or read first and written later.
    void one_after_the_other() {
        std::vector<const Use*> all;
        for (size_t first = 0, end; first < uses_.size(); first = end) {
            all.clear();
            for (end = first; end < uses_.size() && uses_[end]->place == uses_[first]->place; end++) all.push_back(uses_[end]);
            if (all.size() < 2) continue;
            std::stable_sort(all.begin(), all.end(), [&](auto* a, auto* b) { return places_[a->step].order < places_[b->step].order; });
            const Use *written = nullptr, *read = nullptr;
            for (const Use* use : all) {
                if (!use->touch->write) {
                    if (!written && !read) read = use;
                    written = nullptr;
                    continue;
                }
                if (written && follows(*use, *written)) written_twice(*use, *written);
                if (read && follows(*use, *read)) read_before_written(*read, *use);
                read = nullptr;
                written = use;
            }
        }
    }
    bool follows(const Use& later, const Use& earlier) const {
        return !same_stage(later, earlier) && places_.relation(later.step, earlier.step) == Relation::After;
    }
    void written_twice(const Use& again, const Use& first) {
        c_.diagnostics.report(diag::WrittenTwice, place_of(again), words_of(again))
            .label(first.touch->where, "written here, and nothing reads it in between")
            .help("give one of them another place");
    }
    void read_before_written(const Use& reader, const Use& writer) {
        c_.diagnostics.report(diag::ReadBeforeWritten, place_of(reader), words_of(reader))
            .label(writer.touch->where, "written here, after it was read")
            .help("if this run's data is meant, move the reader behind the writer");
    }

    const Context& c_;
    const ir::Pipeline& pipeline_;
    Places places_;
    Place place_;                    ///< the one that was read last
    Arena texts_;
    std::vector<Use> all_;
    std::vector<const Use*> uses_;   ///< those that may be in conflict, by place
};

}  // namespace

void data_order(const Context& context, const ir::Pipeline& pipeline) {
    if (!pipeline.touches.empty()) DataOrder(context, pipeline).check();
}

}  // namespace zflow::check
