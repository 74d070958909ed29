/// @file value.hpp
/// @brief Typed values: constants, deploy-time references and run-time expressions in one form.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/arena.hpp"
#include "base/plain_list.hpp"
#include "base/source.hpp"
#include "syntax/tree.hpp"
#include "types/types.hpp"

namespace zflow::ir {

/// When a value is known. Inferred, never written; decides the lowering.
enum class Time : uint8_t {
    Const,   ///< while compiling: folded, literal JSON
    Deploy,  ///< when the stack is deployed: a substitution or an intrinsic function
    Run,     ///< while the pipeline runs: JSONata
};

enum class ValueId : uint32_t { none = 0 };
enum class StepId : uint32_t { none = UINT32_MAX };

/// What a value is made of. `a`, `b`, `c` are the members of Value.
enum class Op : uint8_t {
    Null,         ///< `none`; a member of a record with this value is left out of payloads
    Bool,         ///< a: 0 or 1
    Integer,      ///< integer
    Decimal,      ///< text: a JSON number
    String,       ///< text (UTF-8, escapes already resolved)
    List,         ///< a, b: first and count in Values::links
    Record,       ///< a, b: first and count in Values::fields
    Concat,       ///< a, b: links; the texts of scalars joined (numbers and booleans as JSON writes them)
    Binary,       ///< sub: syntax::Operator; a, b
    Unary,        ///< sub: syntax::Operator Not or Minus; a
    Conditional,  ///< a ? b : c
    Member,       ///< a: a run-time record, b: Symbol of the member
    Index,        ///< a: a run-time list, b: index value
    Call,         ///< sub: Builtin; a, b: links (arguments)
    For,          ///< a: source list, b: Local number, c: Values::Loop; the list of bodies
    Local,        ///< a: number of the For whose item this is
    Parameter,    ///< a: index in Stack::parameters
    Attribute,    ///< a: index in Stack::resources; b: Symbol of the attribute, 0 for Ref
    Pseudo,       ///< text: "Region", "AccountId", "Partition", "StackName", "URLSuffix"
    RoleArn,      ///< a: index in Stack::roles
    MachineArn,   ///< a: index of the pipeline in the stack
    KeyArn,       ///< the stack's encryption key
    Secret,       ///< a: index in Stack::secrets; as text its name or ARN as the user wrote it
    Input,        ///< a: index in Pipeline::inputs
    Result,       ///< a: StepId, b: Path (index in Values::paths): a part of the step's result
    Item,         ///< a: StepId of the Map: the element this iteration works on, or its batch
    Raw,          ///< a: StepId of a distributed Map: what a child execution is started with, before Map::decode
    ItemIndex,    ///< a: StepId of the Map
    Problem,      ///< a: StepId of the Try, b: handler index, c: 0 the error's name, 1 its cause (text)
                  ///< of a Parallel that keeps going: b: branch; of a Map that keeps going, c = 2: the list of problems
    Joined,       ///< a: StepId (Choice or Try), b: index in its joins: what the arm that ran made
    Context,      ///< text: path in the context object, "Execution.Name"
    Fresh,        ///< integer: length; hexadecimal text that differs for each execution, retry, redrive, map item and turn;
                  ///< sub: stable_on_retry or 0
    Event,        ///< what a trigger fills in; text: a keyword of it, "aws.scheduler.scheduled-time"; "": the event, whose
                  ///< parts are its Members
};

/// Functions of the language that exist at run time too. Each has a JSONata form (lower/jsonata.cpp).
enum class Builtin : uint8_t {
    String,       ///< text of a scalar
    Number,       ///< number of a text
    Length,       ///< of a text or a list
    Upper, Lower, Trim,
    Contains,     ///< text contains text, list contains element
    StartsWith, EndsWith,
    Replace,      ///< text, what, by
    Split,        ///< text, separator
    Join,         ///< list, separator
    Before, After,  ///< text before/after the first occurrence of a separator
    AfterLast,
    Substring,    ///< text, start, length
    Min, Max, Sum, Average, Round, Floor, Ceil, Absolute,
    Keys, Values, Merge, Exists, Sort, Distinct, Reverse,
    Json,         ///< JSON text of a value
    ParseJson,
    Hash,         ///< SHA-256, hexadecimal
    Base64Encode, Base64Decode,
    Now,          ///< ISO 8601 timestamp
    FormatDate,   ///< date or timestamp, XPath picture
    AddDays,      ///< date, days
    Tagged,       ///< value, names of the tags for text, number, truth, none, list, record
    Untagged,     ///< the reverse
    Zip,          ///< list of names, list of values: a record
    Present,      ///< list without the elements that are none
    Range,        ///< whole numbers from the first to the last
    Append,       ///< list, list
};

/// Value::sub of a Fresh that stays the same when Step Functions retries the state.
inline constexpr uint8_t stable_on_retry = 1;

#pragma pack(push, 4)   // a program has many, and few of them are texts or numbers
struct Value {
    Op op = Op::Null;
    Time time = Time::Const;
    uint8_t sub = 0;
    bool optional = false;   ///< a run-time value that may be absent (null or undefined)
    types::TypeId type{};
    union {
        struct { uint32_t a, b, c; };
        int64_t integer;
        struct { const char* data; uint32_t size; } chars;
    };
    Span where;              ///< what the user wrote

    Value() : a(0), b(0), c(0) {}
    std::string_view text() const { return {chars.data, chars.size}; }
};
#pragma pack(pop)
static_assert(sizeof(Value) == 32);

struct Field {
    Symbol key;
    ValueId value;
};

/// The values of one stack.
class Values {
   public:
    /// With room for those of a program of that many nodes, so that they are not moved while they grow in number.
    explicit Values(size_t nodes = 0);
    const Value& operator[](ValueId id) const { return all_[static_cast<uint32_t>(id)]; }
    Value& edit(ValueId id) { return all_[static_cast<uint32_t>(id)]; }
    ValueId add(const Value& value) {
        all_.add(value);
        return last();
    }
    std::span<const ValueId> links(ValueId id) const {  ///< of a List, Concat, Call
        const Value& v = (*this)[id];
        return {links_.data() + v.a, v.b};
    }
    std::span<const Field> fields(ValueId id) const {   ///< of a Record
        const Value& v = (*this)[id];
        return {fields_.data() + v.a, v.b};
    }
    ValueId field(ValueId record, Symbol key) const {   ///< none when it has no such field
        for (const Field& f : fields(record))
            if (f.key == key) return f.value;
        return ValueId::none;
    }
    uint32_t add_links(std::span<const ValueId> ids) {
        auto first = static_cast<uint32_t>(links_.size());
        std::ranges::copy(ids, links_.extend(ids.size()));
        return first;
    }
    uint32_t add_fields(std::span<const Field> fields) {
        auto first = static_cast<uint32_t>(fields_.size());
        std::ranges::copy(fields, fields_.extend(fields.size()));
        return first;
    }
    /// As many as that, made one by one. Making one adds no other.
    template <typename Make>
    uint32_t add_links(uint32_t count, Make make) {
        auto first = static_cast<uint32_t>(links_.size());
        ValueId* to = links_.extend(count);
        for (uint32_t i = 0; i < count; i++) to[i] = make(i);
        return first;
    }
    template <typename Make>
    uint32_t add_fields(uint32_t count, Make make) {
        auto first = static_cast<uint32_t>(fields_.size());
        Field* to = fields_.extend(count);
        for (uint32_t i = 0; i < count; i++) to[i] = make(i);
        return first;
    }
    /// The same value once more, to be changed before the next one is added.
    Value& add_copy(ValueId of) {
        return all_.add(all_[static_cast<uint32_t>(of)]);
    }
    /// As many links as a List, Concat or Call has, `value(i)` in place of link i.
    template <typename F>
    uint32_t copy_links(ValueId of, F value) {
        size_t first = links_.size();
        uint32_t count = (*this)[of].b;
        links_.extend(count);
        for (uint32_t i = 0; i < count; i++) links_[first + i] = value(i);
        return static_cast<uint32_t>(first);
    }
    /// The fields of a record, `value(i)` in place of that of field i.
    template <typename F>
    uint32_t copy_fields(ValueId record, F value) {
        size_t first = fields_.size();
        uint32_t from = (*this)[record].a, count = (*this)[record].b;
        fields_.extend(count);
        for (uint32_t i = 0; i < count; i++) fields_[first + i] = {fields_[from + i].key, value(i)};
        return static_cast<uint32_t>(first);
    }
    struct Loop { ValueId body, filter; };   ///< filter: or none
    uint32_t add_loop(Loop loop) {
        loops_.push_back(loop);
        return static_cast<uint32_t>(loops_.size() - 1);
    }
    Loop loop(const Value& of) const { return loops_[of.c]; }   ///< of a For
    /// Paths into results: path 0 is the whole result, every other is a parent path and one member.
    struct Path { uint32_t parent; Symbol member; uint32_t depth; };
    uint32_t path(uint32_t parent, Symbol member);
    const Path& path(uint32_t id) const { return paths_[id]; }

    std::string_view keep(std::string_view text) { return arena_.copy(text); }
    /// Where a text is put together that stays.
    char* room(size_t bytes) { return arena_.allocate<char>(bytes); }
    template <typename T>   ///< what steps share
    std::span<const T> keep(const std::vector<T>& all) {
        static_assert(std::is_trivially_copyable_v<T>);
        T* copy = arena_.allocate<T>(all.size());
        std::uninitialized_copy(all.begin(), all.end(), copy);
        return {copy, all.size()};
    }
    size_t size() const { return all_.size(); }
    ValueId last() const { return ValueId{static_cast<uint32_t>(all_.size() - 1)}; }
    /// Hardly any more will be added: what there is room for can be used by others.
    void shrink() { all_.shrink(), links_.shrink(), fields_.shrink(); }

   private:
    PlainList<Value> all_;
    PlainList<ValueId> links_;
    PlainList<Field> fields_;
    std::vector<Loop> loops_;
    std::vector<Path> paths_;
    Arena arena_;
};

}  // namespace zflow::ir
