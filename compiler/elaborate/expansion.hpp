/// @file expansion.hpp
/// @brief Expansions that can be repeated: what walking a kind's body made for one stage, for other stages like it.
///
/// Most stages of a program are of few kinds, and their settings differ in names, places and numbers, not in shape. A walk
/// over the kind's body would make the same steps and values for each, up to what those constants flow into. So a walk is
/// recorded as a program — one instruction for each value that depends on the settings or on the stage's name — and the
/// next stage of the kind in the same pipeline runs that program instead.
///
/// When is the outcome that of walking? A walk decides by two things only:
///  - the *shape* of values: what they are made of, their types, binding times and sizes, the names of members. It is
///    compared before the program runs (`Elaborator::match`), and again after each instruction that computes;
///  - the *content* of constants. Every look at it goes through `const_text`, `const_bool` and their like, which tell the
///    recording (`sees`): content that was seen must be the same again. Primitives that only make one constant of others
///    (texts joined, numbers calculated) are recorded as such (`makes`) and see nothing; what only had to be valid is noted
///    as a check (`checks`) and tested again.
/// What is made of the same content alone is what it was: most decisions, for most settings of two stages agree. It is
/// neither made nor looked at again (`Likeness`).
/// Where a condition fails the stage is walked: nothing but unreachable values has been made by then. What a program cannot
/// repeat (a finding above all) breaks the recording: findings are always made by a walk.
///
/// A program begins in one of two places:
///  - most stages of a kind are also *written* alike: the same names, other texts and numbers. Then it begins with the
///    literals (`Recipe::Written`), and evaluating the settings, converting them to the kind's types and giving defaults is
///    repeated with the rest. The nodes of the two stages are compared one by one (`Elaborator::written_alike`); a name has to
///    mean the same value;
///  - otherwise the settings are evaluated, and it begins with their values, taken apart (`Expansion::Part`).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/program.hpp"
#include "ir/visit.hpp"

namespace zflow::elaborate {

using ir::StepId;
using ir::ValueId;

/// How a value came to be, for making it again from the values it was made of.
enum class Recipe : uint8_t {
    Copied,       ///< the same with the operands of now
    Joined,       ///< the texts of the operands in one; extra: type
    Calculated,   ///< extra: type, sub: operator
    Spelled,      ///< operand 0, a scalar, as text
    Measured,     ///< operand 0 in another unit; extra: divisor
    Part,         ///< member of a result; extra: its name
    JobName,      ///< text made of the stage's path; extra: greatest length, or 0 for a token
    Written,      ///< a literal of the stage's text; extra: its node, first: the one that it is a piece of, from the first on
    // of operand 0, or with none of the literal at the node `extra`:
    Retyped,      ///< with another type
    Bucket, Key,  ///< of the text of a location
    ImagePart,    ///< of the text of an image; sub: which
};

/// How a value of a stage resembles that of the recorded walk.
enum class Likeness : uint8_t {
    None,       ///< it has another shape, or content that decided something: the walk cannot be repeated
    Shape,
    Content,    ///< only its place may be another
    Identity,   ///< it is the same value
    Never,      ///< more than there is
};

/// What a stage has in place of a value that the recorded walk had.
struct Slot {
    ValueId value;
    Likeness like;
};

/// Where a value is known or made: a value that stays what it is, or the number of one that is made anew for each stage.
class Reference {
   public:
    static Reference fixed(ValueId id) { return Reference(static_cast<uint32_t>(id)); }
    static Reference slot(size_t number) { return Reference(static_cast<uint32_t>(number) | slot_bit); }
    bool is_slot() const { return bits_ & slot_bit; }
    size_t number() const { return bits_ & ~slot_bit; }
    ValueId value() const { return ValueId{bits_}; }

   private:
    static constexpr uint32_t slot_bit = 1u << 31;
    explicit Reference(uint32_t bits) : bits_(bits) {}
    uint32_t bits_;
};

/// Where stages that are written alike may say different things.
constexpr bool is_literal(syntax::NodeKind kind) {
    using enum syntax::NodeKind;
    return kind == String || kind == Text || kind == Integer || kind == Decimal || kind == Duration || kind == Size || kind == Date || kind == Instance;
}

/// The name that is looked up at a node; none at most nodes.
Symbol looked_up(const syntax::Tree& tree, const syntax::Node& node);

/// What a stage says behind its name: nodes of a tree that follow each other, children before their parents.
struct Wording {
    const syntax::Tree* tree = nullptr;
    syntax::NodeId first = 0;
    uint32_t count = 0;

    syntax::NodeId end() const { return first + count; }
    Span span(uint32_t node) const { return tree->span(first + node); }
};

/// A finished recording.
struct Expansion {
    /// A part of the settings, in the order of a walk from the outside in.
    struct Part {
        ValueId was;
        uint32_t end;            ///< behind the parts inside this one
        uint32_t first;          ///< the part that was the same value before, or this one
        bool seen = false;
    };
    struct Setting {
        uint32_t part;           ///< its first part
        ValueId fixed;           ///< shared by all stages that do not give it: then it has no parts
    };
    enum : int32_t { as_it_was = -1, at_the_stage = -2, nowhere = -3 };
    struct Instruction {
        ValueId was;
        Recipe recipe;
        uint8_t sub;
        bool seen;
        bool scalar;             ///< a constant that holds all that there is to know of it
        Likeness enough;         ///< of the operands, for it to be the same value
        bool pure;               ///< depends on its operands alone: not on the stage or its steps
        bool loop;               ///< a For, whose operands come after it
        bool of_literal;         ///< instead of an operand
        int32_t place;           ///< part of the settings, or node of the wording, that has its place, or one of the above
        uint32_t first, count;   ///< in `operands`; of a JobName: in `suffixes`
        uint32_t extra;
    };
    struct Check {
        ValueId was;             ///< what was valid
        Reference value;
        schema::Shape shape;     ///< of a service; none: `type`
        types::TypeId type;
    };
    struct Access {
        uint32_t role;
        std::string_view intent;
        Reference target;
    };
    static constexpr uint32_t machine = UINT32_MAX;   ///< in place of a role: the state machine's own
    struct Touch {
        Reference location;
        bool write, at_stage;
        uint32_t step;             ///< how many steps there were before it
        std::string_view suffix;   ///< what its path has behind the stage's
    };
    struct Step {
        std::string_view suffix;   ///< what its name has behind the stage's
        std::string_view comment;
    };

    uint32_t serial = 0;                 ///< of the pipeline
    std::string_view label;              ///< what the stage calls the kind: roles are named after it
    uint32_t expansions = 0;             ///< how many the walk did itself
    uint32_t left_out = 0;               ///< arms that a constant decided against
    enum class Look : uint8_t { Shape, Name, Literal, FreeLiteral };   // free: another one may stand there

    Wording wording{};                   ///< that it begins with; without one it begins with the values of the settings
    std::vector<Look> looks;             ///< by node of the wording: what is compared
    std::vector<ValueId> meant;          ///< by the names in the wording, in their order
    std::vector<Setting> settings;
    std::vector<Part> parts;
    std::vector<Instruction> program;
    std::vector<Reference> operands;
    std::vector<std::string_view> suffixes;   ///< of the paths that names are made of
    std::vector<Check> checks;
    std::vector<Access> access;
    std::vector<Touch> touches;
    Span call_site;
    StepId first_step{};
    std::vector<Step> steps;
    std::vector<Reference> step_values;  ///< in the order of `ir::each_value`
    ir::ScopeId outer_scope = 0, first_scope = 0;
    uint32_t scopes = 0;
    std::vector<StepId> top;             ///< steps that stand in the stage's block
    bool ends = false, returned = false;
    Reference result = Reference::fixed(ValueId::none);
};

/// A walk that is being recorded.
class Recording {
   public:
    Recording(const ir::Values& values, std::string_view path) : values_(values), path_(path), first_(static_cast<uint32_t>(values.size())) {}

    /// The walk begins with what is written there, not with values.
    void begin_with(const Wording& wording) { made_.wording = wording; }
    bool begins_with_text() const { return made_.wording.count; }
    /// `value` is that of a literal, which may be a piece of another node.
    void reads(ValueId value, syntax::NodeId node, syntax::NodeId whole);
    /// A setting whose parts may be others for the next stage.
    void setting(ValueId value);
    void fixed_setting(ValueId value) { made_.settings.push_back({0, value}); }
    /// To be called when all settings are there.
    void start();

    /// The content of a constant decided something.
    void sees(ValueId value);
    void sees_all(ValueId value);
    /// A value that all stages share turns up in the body. When it is a part of this stage's settings too, nobody could tell
    /// which of the two is meant.
    void meets(ValueId value);
    /// `value` is the last one made, from `operands`; what was made since `since` belongs to it.
    void makes(ValueId value, size_t since, Recipe recipe, std::span<const ValueId> operands, uint32_t extra = 0, uint8_t sub = 0);
    /// The same for a text that depends on the path of a stage.
    void names(ValueId value, std::string_view path, uint32_t most);
    void checks(ValueId value, schema::Shape shape) { checks_.push_back({value, shape, {}}); }
    void checks(ValueId value, types::TypeId type) { checks_.push_back({value, {}, type}); }
    void accesses(uint32_t role, std::string_view intent, ValueId target) { access_.push_back({role, intent, target}); }
    void touches(const ir::Touch& touch, bool at_stage) {
        touches_.push_back({touch.location, touch.write, at_stage, static_cast<uint32_t>(steps_.size()), suffix_of(touch.stage)});
    }
    void adds_step(std::string_view name) { steps_.push_back(suffix_of(name)); }
    void breaks() { broken_ = true; }

    struct Walk {
        const ir::Pipeline& pipeline;
        Span call_site;
        StepId first_step;
        ir::ScopeId outer_scope, first_scope;
        ValueId result;              ///< none: it returned nothing
    };
    /// The program; nothing when the walk cannot be repeated.
    std::optional<Expansion> finish(const Walk& walk);

   private:
    struct Made {
        Recipe recipe = Recipe::Copied;
        uint8_t sub = 0;
        bool seen = false, dynamic = false, live = false, decides = false, of_literal = false;
        int32_t place = Expansion::as_it_was;
        uint32_t owner = 0;          ///< made on the way to this value (an id), or 0
        uint32_t first = 0, count = 0, extra = 0;
    };
    struct Checked { ValueId value; schema::Shape shape; types::TypeId type; };
    struct Accessed { uint32_t role; std::string_view intent; ValueId target; };
    struct Touched { ValueId location; bool write, at_stage; uint32_t step; std::string_view suffix; };

    Made& made(ValueId value);
    bool is_new(ValueId value) const { return static_cast<uint32_t>(value) >= first_; }
    bool dynamic(ValueId value) const;
    std::string_view suffix_of(std::string_view path);
    void add_part(ValueId value);
    bool may_visit();
    void find_dynamic(const Walk& walk);
    int32_t place_of(Span where, const Walk& walk) const;
    void find_places(FileId file);
    void keep(ValueId value);
    void read_at_once(Made& made) const;
    void find_deciding();
    void find_looks();
    Expansion::Instruction instruction(size_t number) const;
    static bool is_literal_seen(const Made& made) {
        return made.seen && (made.recipe == Recipe::Written || (made.of_literal && made.recipe == Recipe::Retyped));
    }
    Reference reference(ValueId value) const;
    bool tells_shape(const Made& made) const;
    template <typename Visit>
    void each_operand(ValueId value, Visit visit) const;
    bool in_steps(uint32_t step, const Walk& walk) const { return step >= static_cast<uint32_t>(walk.first_step); }

    const ir::Values& values_;
    std::string_view path_;
    uint32_t first_;
    Expansion made_;
    std::unordered_map<uint32_t, uint32_t> part_of_;     ///< by value
    std::unordered_map<uint64_t, uint32_t> places_;      ///< of parts or nodes, by place
    std::vector<Made> all_;                              ///< by value, from `first_`
    std::vector<ValueId> operands_;
    std::vector<Checked> checks_;
    std::vector<Accessed> access_;
    std::vector<Touched> touches_;
    std::vector<std::string_view> steps_, suffixes_;
    std::vector<uint32_t> slots_;                        ///< by value, from `first_`
    std::vector<ValueId> pending_;
    uint32_t visits_ = 0;
    bool broken_ = false;
};

/// Calls `visit` with each scope that a step opens.
template <typename Visit>
void each_scope(ir::Step& step, Visit visit) {
    if (auto* parallel = std::get_if<ir::Parallel>(&step.is)) {
        for (auto& branch : parallel->branches) visit(branch.scope);
    } else if (auto* map = std::get_if<ir::Map>(&step.is)) {
        visit(map->scope);
    }
}

}  // namespace zflow::elaborate
