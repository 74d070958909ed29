// Repeating an expansion for another stage: see expansion.hpp.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "elaborate/expansion.hpp"
#include "elaborate/patterns.hpp"
#include "schema/pattern.hpp"

namespace zflow::elaborate {

namespace {

constexpr size_t longest_text = 1 << 19;   // what is longer is for a walk to judge

bool same_content(const Value& a, const Value& b) {
    switch (a.op) {
        case Op::Null: case Op::KeyArn: return true;
        case Op::Bool: return a.a == b.a;
        case Op::Integer: return a.integer == b.integer;
        case Op::String: case Op::Decimal: case Op::Pseudo: case Op::Context: return a.text() == b.text();
        case Op::List: case Op::Record: case Op::Concat: case Op::Call: return a.b == b.b;
        default: return a.a == b.a && a.b == b.b && a.c == b.c;
    }
}

bool same_shape(const Value& a, const Value& b) {
    bool sized = a.op == Op::List || a.op == Op::Record || a.op == Op::Concat || a.op == Op::Call;
    return a.op == b.op && a.time == b.time && a.sub == b.sub && a.optional == b.optional && a.type == b.type && (!sized || a.b == b.b);
}

/// Whether an image's text, taken apart, has the parts that another one has.
bool like_image(std::string_view was, const std::array<std::string_view, 4>& now) {
    auto parts = patterns::split_image(was);
    return patterns::is_image(now[0]) && parts.account.empty() == now[1].empty() && parts.region.empty() == now[2].empty() &&
           parts.repository.empty() == now[3].empty();
}

/// Compares the settings of a stage with those that were recorded, part by part.
class Comparison {
   public:
    Comparison(const Expansion& expansion, const ir::Values& values, std::vector<Slot>& slots) : expansion_(expansion), values_(values), slots_(slots) {
        slots_.clear();
    }

    bool match(const Expansion::Setting& setting, ValueId now) {
        if (setting.fixed != ValueId::none) return setting.fixed == now;
        return match(expansion_.parts[setting.part].was, now) != Likeness::None;
    }

   private:
    Likeness match(ValueId was, ValueId now) {
        size_t number = slots_.size();
        const Expansion::Part& part = expansion_.parts[number];
        if (part.first != number && slots_[part.first].value != now) return Likeness::None;
        if (was == now) return share(part.end);
        const Value& a = values_[was];
        const Value& b = values_[now];
        if (!same_shape(a, b) || a.op == Op::For || a.op == Op::Local) return Likeness::None;
        slots_.push_back({now, Likeness::Shape});
        // a value has the content of its parts; one without parts is compared itself
        Likeness like = part.end > number + 1 ? match_parts(was, now) : same_content(a, b) ? Likeness::Content : Likeness::Shape;
        if (like == Likeness::Shape && expansion_.parts[part.first].seen && !same_content(a, b)) return Likeness::None;
        slots_[number].like = like;
        return like;
    }

    /// The parts up to `end` are the very same values.
    Likeness share(size_t end) {
        while (slots_.size() < end) {
            const Expansion::Part& part = expansion_.parts[slots_.size()];
            if (part.first < slots_.size() && slots_[part.first].value != part.was) return Likeness::None;
            slots_.push_back({part.was, Likeness::Identity});
        }
        return Likeness::Identity;
    }

    Likeness match_parts(ValueId was, ValueId now) {
        const Value& a = values_[was];
        const Value& b = values_[now];
        Likeness all = Likeness::Content;
        auto part = [&](ValueId x, ValueId y) {
            all = std::min(all, match(x, y));
            return all != Likeness::None;
        };
        auto operand = [&](uint32_t x, uint32_t y) { return part(ValueId{x}, ValueId{y}); };
        bool fits = true;
        switch (a.op) {
            case Op::List: case Op::Concat: case Op::Call: {
                auto x = values_.links(was), y = values_.links(now);
                for (size_t i = 0; i < x.size() && fits; i++) fits = part(x[i], y[i]);
                break;
            }
            case Op::Record: {
                auto x = values_.fields(was), y = values_.fields(now);
                for (size_t i = 0; i < x.size() && fits; i++) fits = x[i].key == y[i].key && part(x[i].value, y[i].value);
                break;
            }
            case Op::Binary: case Op::Index: fits = operand(a.a, b.a) && operand(a.b, b.b); break;
            case Op::Unary: fits = operand(a.a, b.a); break;
            case Op::Member: fits = a.b == b.b && operand(a.a, b.a); break;
            case Op::Conditional: fits = operand(a.a, b.a) && operand(a.b, b.b) && operand(a.c, b.c); break;
            default: fits = false; break;   // what has no parts does not come here
        }
        return fits ? all : Likeness::None;
    }

    const Expansion& expansion_;
    const ir::Values& values_;
    std::vector<Slot>& slots_;
};

}  // namespace

/// What an instruction makes; `Likeness::None` when it is not what it was in all that the walk decided by.
Slot Elaborator::run(const Expansion& e, const Expansion::Instruction& i, const Stage& stage) {
    if (i.recipe == Recipe::Written) return read(i, stage);
    Likeness like = likeness(e, i);
    if (like >= i.enough) return {i.was, Likeness::Identity};
    ValueId made = make_again(e, i, like, stage);
    if (made == ValueId::none) return {made, Likeness::None};
    bool same = i.pure && like >= Likeness::Content;
    if (!same && (i.scalar || i.seen)) {
        bool equal = same_content(values_[i.was], values_[made]);
        if (i.seen && !equal) return {made, Likeness::None};
        same = i.scalar && equal;
    }
    return {made, same ? Likeness::Content : Likeness::Shape};
}

Span Elaborator::place(const Expansion& e, const Expansion::Instruction& i, const Stage& stage) const {
    if (i.place == Expansion::as_it_was) return values_[i.was].where;
    if (i.place == Expansion::at_the_stage) return stage.where;
    auto number = static_cast<uint32_t>(i.place);
    return e.wording.count ? stage.wording.span(number) : values_[slots_[number].value].where;
}

/// The same value with other operands, and with steps of its own.
ValueId Elaborator::copy(const Expansion& e, const Expansion::Instruction& i, const Stage& stage) {
    Span where = place(e, i, stage);
    const Reference* operands = e.operands.data() + i.first;
    auto operand = [&](uint32_t n) { return now(operands[n]); };
    auto id = [&](uint32_t n) { return static_cast<uint32_t>(operand(n)); };
    Value& v = values_.add_copy(i.was);
    v.where = where;
    switch (v.op) {
        case Op::List: case Op::Concat: case Op::Call: v.a = values_.copy_links(i.was, operand); break;
        case Op::Record: v.a = values_.copy_fields(i.was, operand); break;
        case Op::Binary: case Op::Index: v.a = id(0), v.b = id(1); break;
        case Op::Unary: case Op::Member: case Op::Local: v.a = id(0); break;
        case Op::Conditional: v.a = id(0), v.b = id(1), v.c = id(2); break;
        case Op::Result: case Op::Item: case Op::Raw: case Op::ItemIndex: case Op::Problem: case Op::Joined: {
            bool of_stage = v.a >= static_cast<uint32_t>(e.first_step);
            if (of_stage) v.a = static_cast<uint32_t>(v.a + stage.step_shift);
            break;
        }
        default: break;
    }
    return values_.last();
}

/// Made of a text; none when the text is not of the form.
ValueId Elaborator::make_part(const Expansion::Instruction& i, const Value& text, Likeness like, Span where) {
    std::string_view part;
    if (i.recipe == Recipe::ImagePart) {
        ImageTexts parts = image_texts(text.text());
        if (like == Likeness::Shape && i.sub == 0 && (!like_image(values_[i.was].text(), parts) || patterns::image_mistake(text.text()))) return ValueId::none;
        part = parts[i.sub];
    } else {
        auto parts = patterns::split_location(text.text());
        if (!parts || (i.recipe == Recipe::Bucket && like == Likeness::Shape && !patterns::is_bucket(parts->bucket))) return ValueId::none;
        part = i.recipe == Recipe::Bucket ? parts->bucket : parts->key;
    }
    return make_text(part, values_[i.was].type, where);
}

ValueId Elaborator::make_again(const Expansion& e, const Expansion::Instruction& i, Likeness like, const Stage& stage) {
    if (i.recipe == Recipe::Copied) return copy(e, i, stage);
    Span where = place(e, i, stage);
    TypeId type{i.extra};
    auto operand = [&](uint32_t n) { return now(e.operands[i.first + n]); };
    auto source = [&] { return i.of_literal ? literal(stage.wording.first + i.extra) : values_[operand(0)]; };
    auto if_shaped = [&](ValueId made) { return same_shape(values_[i.was], values_[made]) ? made : ValueId::none; };
    switch (i.recipe) {
        case Recipe::Retyped: {
            Value v = source();
            if (v.op != values_[i.was].op) return ValueId::none;   // a number that does not fit
            v.type = values_[i.was].type;
            v.optional = values_[i.was].optional;
            v.where = where;
            return values_.add(v);
        }
        case Recipe::Joined: {
            operands_.clear();
            for (uint32_t n = 0; n < i.count; n++) operands_.push_back(operand(n));
            ValueId made = join_texts(operands_, type, where);
            const Value& v = values_[made];
            return v.op == Op::String && v.text().size() > longest_text ? ValueId::none : if_shaped(made);
        }
        case Recipe::Calculated: return if_shaped(make_binary(syntax::Operator(i.sub), operand(0), operand(1), type, where));
        case Recipe::Spelled: return if_shaped(as_text(operand(0), where));
        case Recipe::Measured: {
            int64_t amount = values_[operand(0)].integer;
            return amount % i.extra ? ValueId::none : make_integer(amount / i.extra, values_[i.was].type, where);
        }
        case Recipe::Part: {
            const Value v = values_[operand(0)], was = values_[i.was];
            if (v.op != Op::Result) return ValueId::none;
            return make_result(StepId{v.a}, values_.path(v.b, Symbol{i.extra}), was.type, was.optional, where);
        }
        case Recipe::Bucket: case Recipe::Key: case Recipe::ImagePart: return make_part(i, source(), like, where);
        case Recipe::JobName: {
            path_.assign(stage.path).append(e.suffixes[i.first]);
            return stage_text(path_, i.extra, where);
        }
        case Recipe::Copied: case Recipe::Written: break;
    }
    return ValueId::none;
}

/// Whether a value fits that has other content than the one that did.
bool Elaborator::still_valid(const Expansion::Check& check, ValueId value) const {
    const Value& v = values_[value];
    if (check.shape) {
        if (v.op == Op::String) return fits(v.text(), check.shape);
        auto matches = [&](std::string_view text) { return schema::matches(check.shape, text); };
        if (v.op == Op::Concat) return may_fit(value, limits_of(check.shape), matches);
        auto number = number_of(v);
        return !number || fits(*number, check.shape);
    }
    return fits_refinement(value, check.type);
}

void Elaborator::repeat_steps(const Expansion& e, const Stage& stage, ir::Block& into) {
    const auto scope_shift = static_cast<ir::ScopeId>(pipeline_->scopes.size()) - e.first_scope;
    auto to_step = [&](StepId id) { return StepId{static_cast<uint32_t>(static_cast<uint32_t>(id) + stage.step_shift)}; };
    auto to_scope = [&](ir::ScopeId id) { return id < e.first_scope ? scope_ : id + scope_shift; };
    for (uint32_t i = 0; i < e.scopes; i++) {
        ir::Scope scope = pipeline_->scopes[e.first_scope + i];
        scope.parent = to_scope(scope.parent);
        scope.owner = to_step(scope.owner);
        pipeline_->scopes.push_back(scope);
    }
    auto next = e.step_values.begin();
    auto first = static_cast<size_t>(e.first_step);
    for (size_t i = 0; i < e.steps.size(); i++) {
        path_.assign(stage.path).append(e.steps[i].suffix);
        ir::Step& s = pipeline_->steps.emplace_back(pipeline_->steps[first + i]);
        s.name = state_name(path_);
        s.comment = e.steps[i].comment;
        s.scope = to_scope(s.scope);
        if (s.where == e.call_site) s.where = stage.where;
        s.variable = {};
        s.statement = statement_;
        ir::each_value(s, [&](ValueId& value) { value = now(*next++); });
        ir::each_block(s, [&](ir::Block& block) { for (StepId& id : block.steps) id = to_step(id); });
        each_scope(s, [&](ir::ScopeId& scope) { scope = to_scope(scope); });
    }
    for (StepId id : e.top) into.steps.push_back(to_step(id));
    into.ends = e.ends;
}

/// The values of an expansion, behind those that it begins with. False: it cannot be repeated for this stage.
bool Elaborator::make_again(const Expansion& e, const Stage& stage) {
    slots_.reserve(slots_.size() + e.program.size());   // no slot moves while an instruction looks at others
    std::vector<std::pair<const Expansion::Instruction*, ValueId>> loops;
    for (const Expansion::Instruction& i : e.program) {
        if (i.loop) {          // its parts come later
            values_.add_copy(i.was);
            slots_.push_back({values_.last(), Likeness::Shape});
            loops.emplace_back(&i, values_.last());
            continue;
        }
        Slot made = run(e, i, stage);
        if (made.like == Likeness::None) return false;
        slots_.push_back(made);
    }
    for (auto [i, made] : loops) {
        Value& v = values_.edit(made);
        v.a = static_cast<uint32_t>(now(e.operands[i->first]));
        v.b = static_cast<uint32_t>(made);
        v.c = values_.add_loop({now(e.operands[i->first + 1]), now(e.operands[i->first + 2])});
    }
    return std::all_of(e.checks.begin(), e.checks.end(), [&](const Expansion::Check& check) {
        Slot s = slots_[check.value.number()];
        return s.like != Likeness::Shape || still_valid(check, s.value);
    });
}

/// Everything but values, once these are made; gives what the stage is.
ValueId Elaborator::finish_repeating(const Expansion& e, const Stage& stage, ir::Block& into) {
    size_t first_step = pipeline_->steps.size();
    repeat_steps(e, stage, into);
    for (const Expansion::Access& a : e.access) {
        auto& access = a.role == Expansion::machine ? pipeline_->access : access_of(a.role);
        access.push_back({a.intent, now(a.target)});
    }
    for (const Expansion::Touch& t : e.touches) {
        ValueId location = now(t.location);
        std::string_view stage_path = t.suffix.empty() ? stage.path : values_.keep(path_.assign(stage.path).append(t.suffix));
        StepId next{static_cast<uint32_t>(first_step + t.step)};
        pipeline_->touches.push_back({location, t.write, next, stage_path, t.at_stage ? stage.where : values_[location].where});
    }
    expansions_ += e.expansions;
    left_out_ += e.left_out;
    return now(e.result);
}

bool Elaborator::repeat(Expansion& e, const std::vector<ValueId>& settings, ir::Block& into) {
    Comparison comparison(e, values_, slots_);
    for (size_t i = 0; i < settings.size(); i++)
        if (!comparison.match(e.settings[i], settings[i])) return false;
    Stage stage{frame_->path, frame_->call_site, {}, static_cast<int64_t>(pipeline_->steps.size()) - static_cast<int64_t>(e.first_step)};
    if (!make_again(e, stage)) return false;
    ValueId result = finish_repeating(e, stage, into);
    if (e.returned) frame_->returned = true, frame_->result = result;
    return true;
}

Elaborator::Start Elaborator::start_recording(Recording& recording, Span where, const ir::Block& into) {
    recording.start();
    recording_ = &recording;
    Recording::Walk walk{*pipeline_, where, StepId{static_cast<uint32_t>(pipeline_->steps.size())}, scope_,
                         static_cast<ir::ScopeId>(pipeline_->scopes.size()), ValueId::none};
    return {walk, into.steps.size(), expansions_, left_out_};
}

/// False: what was recorded cannot be repeated.
bool Elaborator::finish_recording(Recording& recording, const Start& start, ValueId result, const ir::Block& into, std::vector<Expansion>& known) {
    recording_ = nullptr;
    Recording::Walk walk = start.walk;
    walk.result = result;
    std::optional<Expansion> made = recording.finish(walk);
    if (!made) return false;
    made->serial = serial_;
    made->expansions = expansions_ - start.expansions;
    made->left_out = left_out_ - start.left_out;
    made->call_site = walk.call_site;
    made->top.assign(into.steps.begin() + static_cast<std::ptrdiff_t>(start.top), into.steps.end());
    made->ends = into.ends;
    known.push_back(std::move(*made));
    return true;
}

/// Walks the kind's body for a stage, or repeats what a walk for a stage like it made.
void Elaborator::expand(Kind& k, const std::vector<Setting>& given, size_t first_parameter, ir::Block& into) {
    if (!can_repeat() || depth_ != 1) return block(k.body, into);
    if (k.uses++ == 0 && k.written.empty()) return block(k.body, into);   // most kinds are used once
    std::vector<ValueId> settings;
    settings.reserve(bindings_.size() - first_parameter);
    for (size_t i = first_parameter; i < bindings_.size(); i++) settings.push_back(bindings_[i].value);
    auto& known = k.expansions;
    if (!known.empty() && known.front().serial != serial_) known.clear();
    for (size_t i = 0; i < known.size(); i++)
        if (known[i].label == frame_->kind && repeat(known[i], settings, into)) return;
    constexpr size_t most = 8;
    if (!k.comes_again || known.size() >= most || k.unrepeatable >= most) return block(k.body, into);

    Recording recording(values_, frame_->path);
    for (size_t i = 0; i < settings.size(); i++) {
        const KindParameter& p = k.parameters[i];
        bool is_given = std::any_of(given.begin(), given.end(), [&](auto& s) { return s.name == p.name; });
        if (!is_given && is_shared_default(p, settings[i])) recording.fixed_setting(settings[i]);
        else recording.setting(settings[i]);
    }
    Start start = start_recording(recording, frame_->call_site, into);
    block(k.body, into);
    if (!finish_recording(recording, start, frame_->returned ? frame_->result : ValueId::none, into, known)) {
        k.unrepeatable++;
        return;
    }
    known.back().label = frame_->kind;
    known.back().returned = frame_->returned;
}

}  // namespace zflow::elaborate
