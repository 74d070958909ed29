// Names in scope, and the names of states.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "library/library.hpp"

namespace zflow::elaborate {

NumberBySymbol::NumberBySymbol() : library_(library::names().names.size()) {}

[[gnu::noinline]] void Elaborator::make_room_for(Symbol name) {
    symbols_.heads.resize(std::max(static_cast<size_t>(name) + 1, static_cast<size_t>(names_.size()) + 64));
}

void Elaborator::bind(Symbol name, ValueId value, Span where) {
    auto at = static_cast<size_t>(name);
    if (at >= symbols_.heads.size()) [[unlikely]] make_room_for(name);
    uint32_t& head = symbols_.heads[at];
    const auto number = static_cast<uint32_t>(bindings_.size());
    bindings_.push_back({name, value, where, frame_->id, head, false});
    head = number;
}

/// Whether a value of the type may be of several kinds, or none: what is true of one is not of another.
bool Elaborator::is_wide(TypeId type) const {
    const types::Type& t = types_[type];
    if (t.kind == TypeKind::Optional || t.kind == TypeKind::Map || t.kind == TypeKind::Json) return true;
    auto literal = [&](TypeId item) { return types_.kind(item) == TypeKind::Literal; };
    return t.kind == TypeKind::Union && !std::all_of(t.items.begin(), t.items.end(), literal);
}

bool Elaborator::has_unread() {
    if (session_.sound && !session_.diagnostics.has_errors()) return false;
    if (std::exchange(unread_of_, frame_->module) != frame_->module) unread_ = unread_names(tree());
    return !unread_.empty();
}

bool Elaborator::is_unread(std::string_view name) { return has_unread() && std::binary_search(unread_.begin(), unread_.end(), name); }

void Elaborator::bind_lost(Symbol name, Span where) {
    bind(name, ValueId::none, where);
    bindings_.back().lost = true;
}

void Elaborator::leave_scope(size_t mark) {
    while (bindings_.size() > mark) {
        symbols_.heads[static_cast<size_t>(bindings_.back().name)] = bindings_.back().previous;
        bindings_.pop_back();
    }
}

std::string_view Elaborator::state_name(std::string_view wanted) {
    // unique over the whole definition, at most 80 characters (Step Functions guide, service quotas)
    constexpr size_t most = 80;
    const Symbol first = names_.intern(wanted.substr(0, most));
    for (Symbol symbol = first;;) {
        if (std::exchange(symbols_.states[symbol], serial_) != serial_) return names_.text(symbol);
        std::string number = fmt::format(" {}", symbols_.next_state.take(first, serial_));
        symbol = names_.intern(std::string(wanted.substr(0, most - number.size())) + number);
    }
}

std::string_view Elaborator::join_path(std::string_view path, std::string_view name) {
    if (path.empty()) return name;
    if (name.empty()) return path;
    char* const begin = values_.room(path.size() + 1 + name.size());
    char* end = std::copy(path.begin(), path.end(), begin);
    *end++ = '.';
    std::copy(name.begin(), name.end(), end);
    return {begin, path.size() + 1 + name.size()};
}

StepId Elaborator::add_step(std::string_view suffix, Span where, decltype(ir::Step::is) is, ir::Block& into) {
    ir::Step s{{}, {}, {}, scope_, where, std::move(is)};
    std::string_view wanted = join_path(frame_->path, suffix);
    if (recording_) recording_->adds_step(wanted);
    s.name = state_name(wanted);
    s.statement = statement_;
    auto id = StepId{static_cast<uint32_t>(pipeline_->steps.size())};
    pipeline_->steps.push_back(std::move(s));
    into.steps.push_back(id);
    return id;
}

NodeId Elaborator::child(NodeId node, NodeKind kind) const {
    for (NodeId c : syntax::Children(tree(), node))
        if (tree().kind(c) == kind) return c;
    return 0;
}

}  // namespace zflow::elaborate
