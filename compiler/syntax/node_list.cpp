#include "syntax/node_list.hpp"

#include "base/memory.hpp"

namespace zflow::syntax {

void NodeList::grow(size_t capacity) {
    auto memory = std::unique_ptr<char[]>(new char[capacity * sizeof(Node)]);   // not initialised: untouched pages cost nothing
    auto* nodes = reinterpret_cast<Node*>(memory.get());
    std::uninitialized_copy_n(nodes_, size_, nodes);
    own_ = std::move(memory);
    nodes_ = nodes;
    capacity_ = capacity;
}

void NodeList::shrink() {
    if (!own_) return;
    zflow::shrink(own_.get(), size_ * sizeof(Node));
    capacity_ = size_;
}

}  // namespace zflow::syntax
