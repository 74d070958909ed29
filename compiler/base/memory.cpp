#include "base/memory.hpp"

namespace zflow {

void shrink(void* block, size_t size) {
    if (block && zflow_shrink_block) zflow_shrink_block(block, size);
}

}  // namespace zflow
