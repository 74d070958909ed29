/// @file visit.hpp
/// @brief What a step holds, whatever kind it is: its values and its blocks; what a value is made of.
#pragma once

#include <type_traits>

#include "ir/program.hpp"

namespace zflow::ir {

/// Calls `visit(ValueId)` for each value that this one is made of, in the order of the text. What steps make is made of none.
template <typename Visit>
void each_operand(const Values& values, ValueId id, Visit visit) {
    const Value& v = values[id];
    switch (v.op) {
        case Op::List: case Op::Concat: case Op::Call:
            for (ValueId link : values.links(id)) visit(link);
            return;
        case Op::Record:
            for (const Field& f : values.fields(id)) visit(f.value);
            return;
        case Op::Binary: case Op::Index: visit(ValueId{v.a}), visit(ValueId{v.b}); return;
        case Op::Unary: case Op::Member: visit(ValueId{v.a}); return;
        case Op::Conditional: visit(ValueId{v.a}), visit(ValueId{v.b}), visit(ValueId{v.c}); return;
        case Op::For:
            visit(ValueId{v.a}), visit(values.loop(v).body);
            if (ValueId filter = values.loop(v).filter; filter != ValueId::none) visit(filter);
            return;
        default: return;
    }
}

/// Calls `value(ValueId&)` for each value a step holds, in no order that means anything. Const steps give const ids.
template <typename AnyStep, typename Visit>
void each_value(AnyStep& step, Visit value) {
    auto joins = [&](auto& all) {
        for (auto& join : all)
            for (auto& v : join.values) value(v);
    };
    std::visit([&](auto& is) {
        using Is = std::remove_cvref_t<decltype(is)>;
        if constexpr (std::is_same_v<Is, Task>) value(is.arguments), value(is.timeout), value(is.heartbeat), value(is.resource);
        if constexpr (std::is_same_v<Is, Raw>) value(is.state);
        if constexpr (std::is_same_v<Is, Map>) {
            value(is.items), value(is.result), value(is.at_most);
            if (is.distributed) {
                auto& far = *is.distributed;
                value(far.reader), value(far.reader_config), value(far.decode), value(far.batch), value(far.writer);
                value(far.tolerated_count), value(far.tolerated_percentage);
            }
        }
        if constexpr (std::is_same_v<Is, Poll>) value(is.until), value(is.every), value(is.turns), value(is.up_to);
        if constexpr (std::is_same_v<Is, Wait>) value(is.seconds), value(is.timestamp);
        if constexpr (std::is_same_v<Is, Fail>) value(is.cause);
        if constexpr (std::is_same_v<Is, Return> || std::is_same_v<Is, Let> || std::is_same_v<Is, Check>) value(is.value);
        if constexpr (std::is_same_v<Is, Try>) joins(is.joins);
        if constexpr (std::is_same_v<Is, Choice>) {
            for (auto& arm : is.arms) value(arm.condition);
            joins(is.joins);
        }
    }, step.is);
}

/// Calls `block(Block&)` for each block a step holds, in the order of the program.
template <typename AnyStep, typename Visit>
void each_block(AnyStep& step, Visit block) {
    std::visit([&](auto& is) {
        using Is = std::remove_cvref_t<decltype(is)>;
        if constexpr (std::is_same_v<Is, Choice>)
            for (auto& arm : is.arms) block(arm.block);
        if constexpr (std::is_same_v<Is, Parallel>)
            for (auto& branch : is.branches) block(branch.block);
        if constexpr (std::is_same_v<Is, Map> || std::is_same_v<Is, Poll> || std::is_same_v<Is, Attempts> ||
                      std::is_same_v<Is, Try>)
            block(is.block);
        if constexpr (std::is_same_v<Is, Try>)
            for (auto& handler : is.handlers) block(handler.block);
    }, step.is);
}

}  // namespace zflow::ir
