/// @file memory.hpp
/// @brief Long blocks of which the end was not needed.
#pragma once

#include <cstddef>

namespace zflow {

/// Gives back the end of a block of `operator new`: its first `size` bytes stay. A program whose allocator cannot do that keeps
/// all of it.
void shrink(void* block, size_t size);

}  // namespace zflow

/// Of the program's allocator, when it has one.
extern "C" [[gnu::weak]] void zflow_shrink_block(void* block, size_t size);
