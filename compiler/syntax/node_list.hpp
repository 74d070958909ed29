/// @file node_list.hpp
/// @brief The nodes of a tree in the order in which they are made.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <utility>

#include "syntax/node.hpp"

namespace zflow::syntax {

/// Like a vector, but it may fill memory that others fill parts of, too. Memory that no node stands in is never touched.
class NodeList {
   public:
    NodeList() = default;
    explicit NodeList(size_t capacity) { grow(capacity); }
    /// Fills `room`, and goes on in memory of its own when that is too small.
    explicit NodeList(std::span<Node> room) : nodes_(room.data()), capacity_(room.size()) {}
    NodeList(NodeList&& from) noexcept
        : own_(std::move(from.own_)), nodes_(std::exchange(from.nodes_, nullptr)), size_(std::exchange(from.size_, 0)),
          capacity_(std::exchange(from.capacity_, 0)) {}
    NodeList& operator=(NodeList from) noexcept {
        std::swap(own_, from.own_);
        std::swap(nodes_, from.nodes_);
        std::swap(size_, from.size_);
        std::swap(capacity_, from.capacity_);
        return *this;
    }

    /// A new node at the end.
    Node& add() {
        if (size_ == capacity_) grow(capacity_ * 2 + 64);
        return *new (nodes_ + size_++) Node{};
    }
    /// Room for `count` more at the end, which the caller fills.
    Node* extend(size_t count) {
        if (size_ + count > capacity_) grow(size_ + count);
        size_ += count;
        return nodes_ + size_ - count;
    }
    /// Drops what was added after the first `size` nodes.
    void cut(size_t size) { size_ = size; }
    /// The first `count` nodes are there: another list has put them into this one's room.
    void adopt(size_t count) { size_ = count; }
    /// No more memory than the nodes take: the tree is finished.
    void shrink();
    size_t size() const { return size_; }
    Node& operator[](NodeId id) { return nodes_[id]; }
    Node& back() { return nodes_[size_ - 1]; }
    std::span<const Node> all() const { return {nodes_, size_}; }
    /// The memory, of which the first `size()` nodes are in use.
    std::span<Node> room() { return {nodes_, capacity_}; }

   private:
    void grow(size_t capacity);

    std::unique_ptr<char[]> own_;
    Node* nodes_ = nullptr;
    size_t size_ = 0;
    size_t capacity_ = 0;
};

}  // namespace zflow::syntax
