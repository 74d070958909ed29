/// @file expression.hpp
/// @brief Values as expressions of the language, for people to read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lower/lower.hpp"

namespace zflow::show {

/// Writes values of one stack, or of one of its pipelines. What only exists in the IR is written as a call or member
/// that does not exist in the language but reads like it: `input.day`, `fresh(12)`, `item(each)`.
class ExpressionText {
   public:
    /// `most`: longer texts and expressions are cut, with a mark.
    ExpressionText(const lower::Context& context, size_t most) : context_(context), most_(most) {}

    /// Where the values from now on stand; none: outside of all pipelines. A role does not know whose inputs and results
    /// its locations are made of, they are only called `input` and `a_stage` there.
    void enter(const ir::Pipeline* pipeline) { pipeline_ = pipeline; }
    std::string operator()(ir::ValueId id) const;
    /// A text between quotes, with its escapes.
    std::string quoted(std::string_view text) const;

   private:
    void expression(ir::ValueId id, std::string& out, int least = 0) const;
    void leaf(const ir::Value& value, std::string& out) const;
    void binary(const ir::Value& value, std::string& out, int least) const;
    void conditional(const ir::Value& value, std::string& out, int least) const;
    void record(ir::ValueId id, std::string& out) const;
    void comma_list(std::span<const ir::ValueId> items, std::string& out) const;
    void concat(ir::ValueId id, std::string& out) const;
    void loop(const ir::Value& value, std::string& out) const;
    void path(uint32_t id, std::string& out) const;
    std::string_view name(uint32_t symbol) const { return context_.names.text(Symbol{symbol}); }
    std::string_view variable(uint32_t step) const;

    const lower::Context& context_;
    const ir::Pipeline* pipeline_ = nullptr;
    size_t most_;
    mutable std::vector<uint32_t> loops_;   ///< around the place that is being written
};

/// What is written for a syntax::Operator, and for an ir::Builtin.
std::string_view operator_text(uint8_t sub);
std::string_view function_name(uint8_t sub);

/// A whole number of seconds as the language writes durations, "1h30m".
std::string duration_text(int64_t seconds);

}  // namespace zflow::show
