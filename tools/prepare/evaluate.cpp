#include "evaluate.hpp"

#include <algorithm>
#include <stdexcept>

namespace zflow::elaborate {

namespace {

constexpr library::Snapshot nothing{};

bool is_type(NodeKind kind) {
    using enum NodeKind;
    return kind == TypeName || kind == TypeLiteral || kind == TypeUnion || kind == TypeOptional || kind == TypeRecord;
}

bool is_expression(NodeKind kind) { return kind >= NodeKind::String && kind <= NodeKind::Located; }

bool is_kind(NodeKind kind) { return kind == NodeKind::StageKind || kind == NodeKind::ResourceKind; }

}  // namespace

Preparing::Preparing(SourceMap& sources, SourceProvider& provider, Modules& modules, Interner& names, Diagnostics& diagnostics)
    : modules_(modules), elaborator_({sources, provider, names, modules, diagnostics, types, symbols_, nothing}, values_) {
    for (const Module& module : modules.all)
        for (NodeId d : syntax::Children(module.tree, 0)) declaration({&module, d});
    keep_fallbacks();
}

void Preparing::keep_fallbacks() {
    for (uint32_t id = 0; id < types.size(); id++)
        for (const types::FieldType& field : types[TypeId{id}].fields)
            if (field.fallback && !constant(ValueId{field.fallback}))
                throw std::runtime_error("the default of a field in the library is no constant");
}

void Preparing::declaration(DeclarationRef d) {
    at_ = d;
    made_.clear();
    for (NodeId n = tree().first_inside(d.node); n < d.node; n++)
        if (tree().kind(n) == NodeKind::Name) made_.insert(tree()[n].symbol);
    Frame frame{d.module, ++elaborator_.frames_};
    elaborator_.frame_ = &frame;
    switch (d.kind()) {
        case NodeKind::TypeDeclaration: case NodeKind::Dataset: add(d.node, What::Type, elaborator_.declared_type(d)); break;
        case NodeKind::Const: add_constant(d.node, {}, elaborator_.declared(d, d.name_span())); break;
        case NodeKind::Option: option(d.node); break;
        case NodeKind::Function: function(d.node); inside(d.node); break;
        case NodeKind::StageKind: case NodeKind::ResourceKind: kind(d); inside(d.node); body(); break;
        default: inside(d.node);
    }
    elaborator_.frame_ = nullptr;
}

void Preparing::option(NodeId node) {
    NodeId type_node = tree().next(name_node(tree(), node)), fallback = tree().next(type_node);
    TypeId type = elaborator_.evaluate_type(type_node);
    add(type_node, What::Type, type);
    if (fallback && is_fixed(fallback)) add_constant(fallback, type, elaborator_.expression(fallback, type));
}

void Preparing::kind(DeclarationRef d) {
    const Elaborator::Kind& read = elaborator_.kind(d);
    Kind& kept = kinds.emplace_back(Kind{{read.parameters.begin(), read.parameters.end()}, read.body, read.single});
    for (library::KindParameter& p : kept.parameters) {
        ValueId& fallback = kept.defaults.emplace_back(ValueId::none);
        if (!p.fallback || !is_fixed(p.fallback)) continue;
        fallback = elaborator_.default_value(p.fallback, p.type);
        p.constant = constant(fallback);
    }
    add(d.node, What::Kind, {}, static_cast<uint32_t>(kinds.size() - 1));
}

/// Its parameters and what it gives, in the form of a kind.
void Preparing::function(NodeId node) {
    Kind& kept = kinds.emplace_back();
    for (NodeId c : syntax::Children(tree(), node)) {
        NodeKind kind = tree().kind(c);
        if (kind == NodeKind::Doc || kind == NodeKind::Name) continue;
        if (kind != NodeKind::Parameter) { kept.body = c; continue; }
        NodeId name = elaborator_.child(c, NodeKind::Name), type = tree().next(name);
        kept.parameters.push_back({tree()[name].symbol, elaborator_.evaluate_type(type), name, tree().next(type)});
    }
    add(node, What::Kind, {}, static_cast<uint32_t>(kinds.size() - 1));
}

/// What is called, when that is an operation: its number among all.
void Preparing::call(NodeId node) {
    NodeId path = elaborator_.child(node, NodeKind::Path), service = tree().child(path), operation = tree().next(service);
    NodeId word = operation ? tree().next(operation) : 0;
    auto text = [&](NodeId n) { return elaborator_.text(tree()[n].symbol); };
    auto pattern = word ? schema::pattern_of(text(word)) : schema::Pattern::Request;
    if (!operation || !pattern) return;
    auto found = schema::find_integration(text(service), text(operation), *pattern);
    for (uint32_t i = 0; found && i < schema::integration_count(); i++)
        if (schema::integration_at(i) == *found) add(path, What::Operation, {}, i);
}

/// A run does not look whether the library asks for what there is.
void Preparing::access(NodeId node) {
    for (NodeId c : syntax::Children(tree(), tree().next(tree().child(node)))) {
        std::string_view intent = elaborator_.text(elaborator_.key_name(tree().child(c)));
        if (intent == "data.read" || intent == "data.write" || schema::find_access(intent)) continue;
        throw std::runtime_error(fmt::format("the library asks for `{}`, which is no kind of access", intent));
    }
}

/// Types, and lists and records that are the same for every stage. Of a scalar there is nothing to prepare.
void Preparing::inside(NodeId node) {
    const bool settings = tree().kind(node) == NodeKind::Stage;   // they are looked at one by one
    for (NodeId c : syntax::Children(tree(), node)) {
        NodeKind kind = tree().kind(c);
        bool compound = kind == NodeKind::List || kind == NodeKind::Record;
        if (kind == NodeKind::Call) call(c);
        if (kind == NodeKind::Access) access(c);
        if (is_expression(kind) && reads_local(c)) local_.insert({at_.module->index, c});
        if (is_type(kind)) add(c, What::Type, elaborator_.evaluate_type(c));
        else if (compound && !settings && is_fixed(c)) add_constant(c, {}, elaborator_.expression(c));
        else if (kind != NodeKind::Parameter || !is_kind(tree().kind(node))) inside(c);
    }
}

/// Whether it may ask for a name of its declaration.
bool Preparing::reads_local(NodeId node) const {
    const NodeId callee = tree().kind(node) == NodeKind::Apply ? tree().child(node) : 0;
    if (tree().kind(node) == NodeKind::Identifier) return made_.contains(tree()[node].symbol);
    for (NodeId c : syntax::Children(tree(), node)) {
        bool named = tree().kind(c) == NodeKind::Entry && !tree().next(tree().child(c));   // `{ network }`
        if (named ? made_.contains(tree()[tree().child(c)].symbol) : c != callee && reads_local(c)) return true;
    }
    return false;
}

/// Whether an expression says the same wherever it stands.
bool Preparing::is_fixed(NodeId node) const {
    using enum NodeKind;
    auto all = [&](auto fixed) {
        for (NodeId c : syntax::Children(tree(), node))
            if (!fixed(c)) return false;
        return true;
    };
    switch (tree().kind(node)) {
        case String: case Integer: case Decimal: case Duration: case Size: case Date: case Instance: case True: case False:
        case None: return true;
        case Identifier: return is_fixed_name(node);
        case Member: return is_fixed(tree().child(node));
        case Unary: case Binary: case List: return all([&](NodeId c) { return is_fixed(c); });
        case Record: return all([&](NodeId c) {
            NodeId value = tree().kind(c) == Entry ? tree().next(tree().child(c)) : 0;
            return value && is_fixed(value);
        });
        default: return false;
    }
}

bool Preparing::is_fixed_name(NodeId node) const {
    Symbol name = tree()[node].symbol;
    DeclarationRef d = modules_.library.find(name);
    return d && d.kind() == NodeKind::Const && !made_.contains(name);
}

/// Of a node with a name, which is looked up anyway, nothing is kept.
void Preparing::add(NodeId node, What what, TypeId type, uint32_t number, uint64_t unless) {
    if (tree()[node].symbol != Symbol::none) return;
    library::Evaluated& made = evaluated.emplace_back();
    made.unless = unless;
    made.type = type;
    made.number = number & library::Evaluated::most;
    made.what = what;
    numbers_by_node_[{at_.module->index, node}] = static_cast<uint32_t>(evaluated.size() - 1);
}

void Preparing::add_constant(NodeId node, TypeId type, ValueId value) {
    if (uint32_t number = constant(value)) add(node, What::Constant, type, number);
}

uint32_t Preparing::fallback(const types::FieldType& field) const {
    return field.fallback ? library::prepared_fallback | numbers_.at(ValueId{field.fallback}) : 0;
}

// --- values to constants

/// What it is, where it has no parts: such constants are the same one wherever they stand. Empty: it has parts, or is `none`,
/// of which messages ask which setting it is the default of.
std::string Preparing::identity(ValueId id) const {
    const Value& v = values_[id];
    std::string what = fmt::format("{} {} {} ", static_cast<int>(v.op), v.optional, static_cast<uint32_t>(v.type));
    switch (v.op) {
        case Op::Null: return {};
        case Op::String: case Op::Decimal: return what.append(v.text());
        case Op::Integer: return what.append(std::to_string(v.integer));
        case Op::List: case Op::Record: return v.b ? "" : what;
        default: return what.append(std::to_string(v.a));
    }
}

/// Its number; 0 when it is none.
uint32_t Preparing::constant(ValueId value) {
    if (auto known = numbers_.find(value); known != numbers_.end()) return known->second;
    if (!is_constant(value)) return 0;
    const std::string what = identity(value);
    if (auto same = same_.find(what); !what.empty() && same != same_.end()) return numbers_.emplace(value, same->second).first->second;
    auto first = static_cast<uint32_t>(parts.size());
    std::unordered_map<ValueId, uint32_t> inside;
    uint32_t count = part(value, inside) + 1;
    constants.push_back({first, count});
    auto number = static_cast<uint32_t>(constants.size() - 1);
    numbers_.emplace(value, number);
    if (!what.empty()) same_.emplace(what, number);
    return number;
}

bool Preparing::is_constant(ValueId id) const {
    const Value& v = values_[id];
    if (v.time != Time::Const || v.sub || types.kind(v.type) == TypeKind::Error) return false;
    switch (v.op) {
        case Op::Null: case Op::Bool: case Op::Integer: case Op::Decimal: case Op::String: return true;
        case Op::List: return std::ranges::all_of(values_.links(id), [&](ValueId part) { return is_constant(part); });
        case Op::Record: return std::ranges::all_of(values_.fields(id), [&](const ir::Field& f) { return is_constant(f.value); });
        default: return false;
    }
}

/// Adds the value, behind what it consists of. Its number in the constant.
uint32_t Preparing::part(ValueId id, std::unordered_map<ValueId, uint32_t>& known) {
    if (auto at = known.find(id); at != known.end()) return at->second;
    const Value& v = values_[id];
    library::Part made{v.op, v.optional, library::Part::nowhere, v.type, v.where.begin, v.where.end, 0, 0};
    for (const Module& module : modules_.all)
        if (module.tree.file == v.where.file) made.module = static_cast<uint8_t>(module.index);
    switch (v.op) {
        case Op::String: case Op::Decimal:
            made.a = static_cast<uint32_t>(texts.size()), made.b = static_cast<uint32_t>(v.text().size());
            texts += v.text();
            break;
        case Op::Integer: {
            auto bits = static_cast<uint64_t>(v.integer);
            made.a = static_cast<uint32_t>(bits), made.b = static_cast<uint32_t>(bits >> 32);
            break;
        }
        case Op::List: {
            std::vector<uint32_t> items;
            for (ValueId item : values_.links(id)) items.push_back(part(item, known));
            made.a = static_cast<uint32_t>(links.size()), made.b = static_cast<uint32_t>(items.size());
            links.insert(links.end(), items.begin(), items.end());
            break;
        }
        case Op::Record: {
            std::vector<library::Field> members;
            for (const ir::Field& f : values_.fields(id)) members.push_back({f.key, part(f.value, known)});
            made.a = static_cast<uint32_t>(fields.size()), made.b = static_cast<uint32_t>(members.size());
            fields.insert(fields.end(), members.begin(), members.end());
            break;
        }
        default: made.a = v.a;
    }
    auto number = static_cast<uint32_t>(known.size());
    known.emplace(id, number);
    parts.push_back(made);
    return number;
}

}  // namespace zflow::elaborate
