/// @file builder.hpp
/// @brief Collects the nodes of a tree while the grammar is matched.
#pragma once

#include <array>
#include <vector>

#include "syntax/parse.hpp"

namespace zflow::syntax {

/// A statement or declaration could not be parsed; the diagnostic is already reported.
struct Fault {};
/// Nothing more of the declaration is worth parsing; the diagnostic is already reported.
struct Abandon {};

/// Finished nodes wait on a stack until their parent is known; a rule that fails just cuts the stack.
class Builder {
   public:
    /// How much was built at a moment, to return to when a rule fails.
    struct Mark {
        uint32_t pending;
        uint32_t nodes;
        unsigned level;
    };

    /// `nodes`: an empty list, with the room that the tree may take.
    Builder(std::string_view text, FileId file, NodeList nodes, Interner& names, Diagnostics& diagnostics);

    const char* text() const { return text_.data(); }
    uint32_t offset(const char* at) const { return static_cast<uint32_t>(at - text_.data()); }
    uint32_t pending() const { return static_cast<uint32_t>(pending_.size()); }
    Mark mark() const { return {pending(), static_cast<uint32_t>(nodes_.size()), level_}; }
    void reset(const Mark& to);
    /// Drops what a rule that did not match has left.
    void cut(uint32_t pending) {
        if (pending_.size() > pending) drop(pending);
    }

    /// A node without children.
    NodeId leaf(NodeKind kind, uint32_t begin, uint32_t end) {
        auto id = static_cast<NodeId>(nodes_.size());
        add(kind, begin, end);
        push(id, begin, end, 1);
        return id;
    }
    /// A leaf with its text interned.
    void name(NodeKind kind, uint32_t begin, uint32_t end);
    void identifier(uint32_t begin, uint32_t end);
    /// A node whose children are everything on the stack from `first` on.
    Node& reduce(NodeKind kind, uint32_t begin, uint32_t end, uint32_t first);
    /// Like `reduce`, from the beginning of its first child.
    Node& wrap(NodeKind kind, uint32_t end, uint32_t first);
    /// The pending node on top of the stack.
    Node& top() { return nodes_[pending_.back().id]; }
    Node& at(uint32_t position) { return nodes_[pending_[position].id]; }
    /// The top node was in parentheses: what is made of it begins and ends there.
    void widen(uint32_t begin, uint32_t end);
    /// Operators wait among their operands until `fold`.
    void infix(Operator op, uint32_t begin, uint32_t end);
    void prefix(Operator op, uint32_t begin, uint32_t end);
    void type_test(uint32_t begin, uint32_t end);
    /// Makes Binary, Unary and IsType nodes of the operands and operators from `first` on.
    void fold(uint32_t first);

    void doc(uint32_t begin, uint32_t end) { doc_ = {begin, end}; }
    /// Puts a doc comment that was just read on the stack, so that it is the first child of what follows.
    bool take_doc();
    void keep_doc(bool taken) { if (taken) doc_ = last_doc_; }

    void escaped() { escaped_ = true; }
    /// A piece of a string.
    void piece(uint32_t begin, uint32_t end);
    /// The pieces from `first` on are a string: a String when it is only one, else a Template.
    void string(NodeKind kind, uint32_t begin, uint32_t end, uint32_t first, bool block);

    /// One level deeper in the input. The one place where nesting is limited on the way down.
    void enter(const char* at) { if (++level_ > max_depth) too_deep(offset(at)); }
    void leave() { level_--; }

    /// Reports a failed `must` at `at`, in words that fit what stands there.
    void fault(const char* at, const char* message);
    /// Reports something that does not stop parsing.
    void complain(uint32_t begin, uint32_t end, std::string_view message, std::string_view instead = {});
    /// The record on top of the stack: `name value` is no entry, but a `:` that was left out.
    void check_entries();
    /// A block that began at `open` has no `}` before `at`.
    void missing_close(const char* at, uint32_t open);
    /// The offset where the innermost string or block that is being read begins.
    uint32_t string_begin = 0;
    uint32_t block_begin = 0;

    Tree finish();

   private:
    struct Pending {
        NodeId id = 0;
        uint32_t begin = 0, end = 0;  ///< with the parentheses around it
        uint16_t height = 0;
        Operator op = Operator::none;
        enum Role : uint8_t { Value, Prefix, Infix, TypeTest } role = Value;
    };

    // Both are filled in place: copying what was just written in small pieces would make the processor wait.
    Node& add(NodeKind kind, uint32_t begin, uint32_t end) {
        Node& node = nodes_.add();
        node.kind = kind;
        node.begin = begin;
        node.end = end;
        return node;
    }
    void push(NodeId id, uint32_t begin, uint32_t end, size_t height) {
        Pending& top = pending_.emplace_back();
        top.id = id;
        top.begin = begin;
        top.end = end;
        top.height = static_cast<uint16_t>(height);
    }
    void drop(uint32_t pending);
    [[noreturn]] void too_deep(uint32_t at);
    Symbol intern(std::string_view text);
    void fold_prefix(uint32_t& at, uint32_t end, Pending& into, unsigned nested);
    void fold_level(uint32_t& at, uint32_t end, unsigned lowest, Pending& into, unsigned nested);
    Pending join(NodeKind kind, Operator op, uint32_t begin, const Pending* left, const Pending& right);
    std::string_view between(uint32_t begin, uint32_t end) const { return text_.substr(begin, end - begin); }
    Span token_at(const char* at) const;
    bool closed_early(uint32_t fault_before);

    std::string_view text_;
    FileId file_;
    Interner& names_;
    Diagnostics& diagnostics_;
    NodeList nodes_;
    std::vector<Pending> pending_;
    struct Recent {
        uint64_t head = 0, tail = 0;
        uint32_t begin = 0, size = 0;
        Symbol symbol = Symbol::none;
    };
    std::array<Recent, 128> recent_{};
    unsigned level_ = 0;
    bool escaped_ = false;
    bool too_deep_reported_ = false;
    uint32_t last_fault_ = UINT32_MAX;
    struct { uint32_t begin, end; } doc_{0, 0}, last_doc_{0, 0};
};

}  // namespace zflow::syntax
