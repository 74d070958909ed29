/// @file values.hpp
/// @brief Values as JSON and as JSONata.
#pragma once

#include "lower/builtins.hpp"
#include "lower/json_writer.hpp"
#include "lower/substitutions.hpp"
#include "lower/uses.hpp"

namespace zflow::lower {

/// How tightly an expression holds together: JSONata's binding powers.
enum Binding : int {
    Loosest = 0, ConditionalBinding = 20, OrBinding = 25, AndBinding = 30, CompareBinding = 40, AddBinding = 50,
    MultiplyBinding = 60, MinusBinding = 70, PathBinding = 75, IndexBinding = 80, Tightest = 100,
};

class ValueWriter {
   public:
    ValueWriter(const Context& context, const ir::Pipeline& pipeline, const Uses& uses, Substitutions& substitutions,
                JsonWriter& json);

    /// A JSON value; parts known only at run time are expressions in it.
    void value(ir::ValueId id);
    /// A record without the members that are absent when the pipeline runs.
    void sifted(ir::ValueId record);
    void key(Symbol name);
    /// What an Output takes: an object or an expression.
    void output(ir::ValueId id);
    /// `"{% … %}"`
    void whole_expression(ir::ValueId id);
    /// A truth value as an expression; what may be absent counts as false.
    void condition(ir::ValueId id);
    /// JSONata inside an expression; in parentheses when it binds less tightly than `least`.
    void expression(ir::ValueId id, int least = Loosest);

    void name(const Variable& variable);    ///< its name alone
    void read(const Variable& variable);    ///< `$name`, through the results of branches where needed
    void member(std::string_view name);     ///< `.name`
    void path(uint32_t path);               ///< `.name.name`: index in Values::paths
    /// A record that stands for a place and is one text wherever it is data.
    bool located(const ir::Value& value) const { return value.op == ir::Op::Record && is_place(value.type); }
    void root(ir::ScopeId home);            ///< what stands before a name known in `home`
    void literal(std::string_view text);    ///< `'text'`

    ir::StepId entering = ir::StepId::none; ///< the distributed map whose turn is just taking in what it was handed
    ir::ScopeId scope = 0;                  ///< where what is written stands
    bool verbatim = false;                  ///< a text in `{% %}` is an expression, not data that looks like one
    std::vector<Variable> loops;            ///< counters of what goes round there, outermost first

   private:
    friend class TextWriter;
    void record(ir::ValueId id);
    void text(ir::ValueId id);
    void leaf(ir::ValueId id);
    void leaf_expression(ir::ValueId id);
    void guarded(ir::ValueId id);
    bool needs_guard(const ir::Value& value) const;

    bool is_place(types::TypeId type) const;
    bool is_text(types::TypeId type) const;
    bool is_list(ir::ValueId id) const;
    bool is_null(ir::ValueId id) const { return context_.values[id].op == ir::Op::Null; }
    bool plain(ir::ValueId id) const;
    void plain_parts(ir::ValueId id);
    size_t lead(ir::ValueId id, char* two, size_t have) const;
    template <typename Visit>
    void location(ir::ValueId id, Visit visit) const;

    int binding(ir::ValueId id) const;
    size_t pieces(ir::ValueId id, bool& in_literal) const;
    void bare(ir::ValueId id);
    void list(ir::ValueId id);
    void object(ir::ValueId id);
    void concat(ir::ValueId id);
    void binary(ir::ValueId id);
    void none_test(ir::ValueId id);
    void fallback(ir::ValueId id);
    bool simple(ir::ValueId id) const;
    void loop(ir::ValueId id);
    void call(ir::ValueId id);
    BuiltinForm form_of_call(ir::ValueId id) const;
    bool spreads(ir::ValueId id) const;
    void element(ir::ValueId id);
    bool holds_lists(ir::ValueId list) const;
    void fresh(int64_t length, bool stable);
    std::string_view token(int64_t length, bool stable);
    void local(uint32_t index);
    void problem(const ir::Value& value);
    void raw(ir::StepId map);
    void code(std::string_view text) { json_.code(text); }
    void number(int64_t number) { json_.number(number); }

    const Context& context_;
    const ir::Pipeline& pipeline_;
    const Uses& uses_;
    Substitutions& substitutions_;
    JsonWriter& json_;
    Symbol bucket_, key_, uri_;
    enum class Key : uint8_t { Unknown, Plain, Special };
    std::vector<Key> keys_;  ///< by symbol: whether it needs escapes
    uint32_t bound_ = 0;    ///< number of the next variable inside an expression
    std::vector<uint32_t> locals_;   ///< the loops around the place that is being written
    struct Token {
        int64_t length;
        bool stable;
        std::string_view key;
    };
    std::vector<Token> tokens_;      ///< substitutions of Fresh values
};

/// Visits the parts of a location's text: a string or a value each.
template <typename Visit>
void ValueWriter::location(ir::ValueId id, Visit visit) const {
    ir::ValueId uri = context_.values.field(id, uri_);
    if (uri != ir::ValueId::none && !is_null(uri)) return visit(std::string_view(), uri);
    visit("s3://", context_.values.field(id, bucket_));
    visit("/", context_.values.field(id, key_));
}

/// The text of a scalar constant as JSON writes it, without quotes. `digits` is room for a number.
std::string_view constant_text(const ir::Value& value, std::span<char, 24> digits);

}  // namespace zflow::lower
