/// @file functions.hpp
/// @brief The functions of the language itself, as people read about them: functions.def.
#pragma once

#include <span>
#include <string_view>

#include "base/buffer.hpp"

namespace zflow::show {

struct FunctionEntry {
    std::string_view name, signature, meaning;
    std::string_view example;   ///< statements of a pipeline
};
std::span<const FunctionEntry> functions();

/// As Markdown, like an entry of the catalogue. All of them, or that of one name: false when there is none.
void write_functions(Buffer& out);
bool write_function(std::string_view name, Buffer& out);

}  // namespace zflow::show
