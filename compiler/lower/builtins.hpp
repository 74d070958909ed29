/// @file builtins.hpp
/// @brief The JSONata form of each function of the language.
#pragma once

#include <string_view>

#include "ir/value.hpp"

namespace zflow::lower {

/// `%0`, `%1`, `%2` stand for arguments in a list of arguments, `^0`, `^1` for operands, which may need parentheses.
/// `binding`: see Binding.
struct BuiltinForm {
    std::string_view text;
    int binding;
};

/// `lists`: the first argument is a list. `date`: it is a Date. `count`: how many arguments there are.
BuiltinForm builtin_form(ir::Builtin builtin, bool lists, bool date, size_t count);

}  // namespace zflow::lower
