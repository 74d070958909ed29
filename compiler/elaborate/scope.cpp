// Names in scope, and the names of states and variables.
#include <algorithm>
#include <array>

#include "elaborate/elaborator.hpp"
#include "library/library.hpp"

namespace zflow::elaborate {

namespace {

/// Variables and functions share one name space in JSONata: a stage called `count` must not take `$count` away. The
/// functions of JSONata 2.0.6 (docs.jsonata.org) and of Step Functions, `$states`, and the names expressions use inside.
bool is_reserved_variable(std::string_view name) {
    static constexpr std::string_view reserved[] = {   // in byte order
        "abs", "all", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone",
        "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl",
        "encodeUrlComponent", "error", "eval", "exists", "filter", "floor", "formatBase", "formatInteger",
        "formatNumber", "fromMillis", "hash", "join", "keys", "length", "lookup", "lowercase", "map", "match", "max",
        "merge", "millis", "min", "not", "now", "number", "pad", "parse", "parseInteger", "partition", "power",
        "random", "range", "reduce", "replace", "reverse", "round", "shuffle", "sift", "single", "sort", "split",
        "spread", "sqrt", "states", "string", "substring", "substringAfter", "substringBefore", "sum", "toMillis",
        "trim", "type", "uppercase", "uuid", "v", "zip"};
    if (name.find('_') != std::string_view::npos) return false;
    if (std::binary_search(std::begin(reserved), std::end(reserved), name)) return true;
    if (name.empty() || (name[0] != 'i' && name[0] != 'v' && name[0] != 'e')) return false;
    std::string_view letters = name.substr(0, name.find_first_of("0123456789"));
    bool numbered = letters.size() < name.size() && name.find_first_not_of("0123456789", letters.size()) == std::string_view::npos;
    return numbered && (letters == "it" || letters == "v" || letters == "e");
}

constexpr auto is_alphanumeric = [] {
    std::array<bool, 256> is{};
    for (unsigned char c = 'a'; c <= 'z'; c++) is[c] = is[c - 32u] = true;
    for (unsigned char c = '0'; c <= '9'; c++) is[c] = true;
    return is;
}();

}  // namespace

NumberBySymbol::NumberBySymbol() : library_(library::names().names.size()) {}

void Elaborator::bind(Symbol name, ValueId value, Span where) {
    auto at = static_cast<size_t>(name);
    if (at >= symbols_.heads.size()) [[unlikely]] symbols_.heads.resize(std::max(at + 1, static_cast<size_t>(names_.size()) + 64), 0);
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

bool Elaborator::is_unread(std::string_view name) {
    if (session_.sound && !session_.diagnostics.has_errors()) return false;
    if (std::exchange(unread_of_, frame_->module) != frame_->module) unread_ = unread_names(tree());
    return std::binary_search(unread_.begin(), unread_.end(), name);
}

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
    std::string_view name = wanted.substr(0, most);
    std::string numbered;
    for (int n = 2;; n++) {
        Symbol symbol = names_.intern(name);
        if (std::exchange(symbols_.states[symbol], serial_) != serial_) return names_.text(symbol);
        std::string number = fmt::format(" {}", n);
        name = numbered = std::string(wanted.substr(0, most - number.size())) + number;
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

/// A variable of its own for a state: an identifier of at most 40 characters, without `__`, which lowering uses for what
/// it appends (`__problem`, `__turn`, the name of a join); a variable has at most 80 (Step Functions guide, quotas).
std::string_view Elaborator::variable_name(std::string_view state) {
    constexpr size_t most = 40;
    char letters[2 * most];
    size_t size = 0;
    if (state[0] >= '0' && state[0] <= '9') letters[size++] = '_';
    for (char c : state) {                   // what is longer than `most` is cut below
        if (size == sizeof letters) break;
        if (is_alphanumeric[static_cast<unsigned char>(c)]) letters[size++] = c;
        else if (size && letters[size - 1] != '_') letters[size++] = '_';
    }
    std::string other;
    std::string_view name(letters, size);
    if (is_reserved_variable(name)) name = other = std::string(name) + "_value";
    if (name.size() > most) name = other = fmt::format("{}_{:04x}", name.substr(0, most - 5), Interner::hash(state) & 0xffff);
    for (int n = 2;; n++) {
        Symbol symbol = names_.intern(name);
        if (std::exchange(symbols_.variables[symbol], serial_) != serial_) return names_.text(symbol);
        name = other = std::string(name.substr(0, most - 4)).append("_").append(std::to_string(n));
    }
}

StepId Elaborator::add_step(std::string_view suffix, Span where, decltype(ir::Step::is) is, ir::Block& into) {
    ir::Step s{{}, {}, {}, scope_, where, std::move(is)};
    std::string_view wanted = join_path(frame_->path, suffix);
    if (recording_) recording_->adds_step(wanted);
    s.name = state_name(wanted);
    s.variable = variable_name(s.name);
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
