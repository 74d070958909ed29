/// @file visit.hpp
/// @brief What a step holds, whatever kind it is: its values and its blocks.
#pragma once

#include <type_traits>

#include "ir/program.hpp"

namespace zflow::ir {

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
