#include "write.hpp"

#include <ostream>

#include "syntax/node.hpp"
#include "tools/cpp_literal.hpp"

namespace zflow::prepare {

namespace {

using types::TypeId;

template <typename Id>
uint32_t number(Id id) {
    return static_cast<uint32_t>(id);
}

/// `constexpr type name[] = {…};`, with something behind the last element: an array has at least one.
template <typename All, typename Write>
void write_array(std::ostream& out, std::string_view type, std::string_view name, const All& all, Write write) {
    out << "constexpr " << type << ' ' << name << "[] = {\n";
    for (const auto& one : all) {
        write(one);
        out << ",\n";
    }
    out << "{}};\n";
}

/// An open-addressing hash table of twice as many places, or more.
template <typename T>
std::vector<T> table_of(const std::vector<std::pair<size_t, T>>& by_place, T free) {
    size_t size = 64;
    while (size < by_place.size() * 2) size *= 2;
    std::vector<bool> taken(size);
    std::vector<T> slots(size, free);
    for (const auto& [place, value] : by_place) {
        size_t at = place;
        while (taken[at & (size - 1)]) at++;
        taken[at & (size - 1)] = true;
        slots[at & (size - 1)] = value;
    }
    return slots;
}

void write_slots(std::ostream& out, std::string_view name, const std::vector<std::pair<size_t, uint32_t>>& by_place) {
    std::vector<uint32_t> slots = table_of(by_place, 0u);
    out << "constexpr uint32_t " << name << "[] = {";
    for (size_t i = 0; i < slots.size(); i++) out << slots[i] << (i % 32 == 31 ? ",\n" : ",");
    out << "};\n";
}

void write_refinements(std::ostream& out, const types::TypeTable& types) {
    out << "constexpr types::Refinement refinements_[] = {\n";
    for (uint32_t i = 0; i < types.refinements(); i++) {
        const types::Refinement& r = types.refinement(static_cast<int32_t>(i));
        out << '{';
        out << cpp_literal(r.pattern);
        out << fmt::format(",{:.17g},{:.17g},{:d},{:d}}},\n", r.min, r.max, r.has_min, r.has_max);
    }
    out << "{}};\n";
}

void write_types(std::ostream& out, const elaborate::Preparing& prepared) {
    const types::TypeTable& types = prepared.types;
    std::vector<TypeId> items;
    std::vector<types::FieldType> fields;
    std::vector<std::pair<size_t, uint32_t>> places;
    std::string table;
    for (uint32_t id = 0; id < types.size(); id++) {
        const types::Type& t = types[TypeId{id}];
        table += fmt::format("{{TypeKind{{{}}},Symbol{{{}}},TypeId{{{}}},", number(t.kind), number(t.name), number(t.element));
        table += fmt::format("{{type_items_+{},{}}},{{type_fields_+{},{}}},", items.size(), t.items.size(), fields.size(), t.fields.size());
        table += fmt::format("{},{},{},{:d}}},\n", t.refinement, t.shape, t.declaration, t.limited);
        items.insert(items.end(), t.items.begin(), t.items.end());
        fields.insert(fields.end(), t.fields.begin(), t.fields.end());
        if (id > number(types::TypeKind::Literals)) places.emplace_back(types::TypeTable::place_of(t), id);
    }
    write_array(out, "TypeId", "type_items_", items, [&](TypeId item) { out << "TypeId{" << number(item) << '}'; });
    write_array(out, "types::FieldType", "type_fields_", fields, [&](const types::FieldType& f) {
        out << fmt::format("{{Symbol{{{}}},TypeId{{{}}},{}}}", number(f.name), number(f.type), prepared.fallback(f));
    });
    out << "constexpr types::Type types_[] = {\n" << table << "};\n";
    write_refinements(out, types);
    write_slots(out, "type_slots_", places);
}

void write_constants(std::ostream& out, const elaborate::Preparing& prepared) {
    write_array(out, "Range", "constants_", prepared.constants, [&](const library::Range& r) {
        out << fmt::format("{{{},{}}}", r.first, r.count);
    });
    write_array(out, "Part", "parts_", prepared.parts, [&](const library::Part& p) {
        out << fmt::format("{{ir::Op{{{}}},{:d},{},TypeId{{{}}},{},{},{}u,{}u}}", number(p.op), p.optional, p.module, number(p.type), p.begin,
                           p.end, p.a, p.b);
    });
    write_array(out, "uint32_t", "links_", prepared.links, [&](uint32_t link) { out << link; });
    write_array(out, "Field", "fields_", prepared.fields, [&](const library::Field& f) {
        out << fmt::format("{{Symbol{{{}}},{}}}", number(f.key), f.part);
    });
    out << "constexpr std::string_view texts_ =\n";
    out << cpp_literal(prepared.texts);
    out << ";\n";
}

void write_kinds(std::ostream& out, const elaborate::Preparing& prepared) {
    std::vector<library::KindParameter> parameters;
    std::string table;
    for (const elaborate::Preparing::Kind& kind : prepared.kinds) {
        table += fmt::format("{{{{parameters_+{},{}}},{},{:d}}},\n", parameters.size(), kind.parameters.size(), kind.body, kind.single);
        parameters.insert(parameters.end(), kind.parameters.begin(), kind.parameters.end());
    }
    write_array(out, "KindParameter", "parameters_", parameters, [&](const library::KindParameter& p) {
        out << fmt::format("{{Symbol{{{}}},TypeId{{{}}},{},{},{}}}", number(p.name), number(p.type), p.node, p.fallback, p.constant);
    });
    out << "constexpr Kind kinds_[] = {\n" << table << "{}};\n";
}

void write_evaluated(std::ostream& out, const elaborate::Preparing& prepared) {
    write_array(out, "Evaluated", "evaluated_", prepared.evaluated, [&](const library::Evaluated& e) {
        out << fmt::format("{{{}u,TypeId{{{}}},{},Evaluated::What{{{}}}}}", e.unless, number(e.type), number(e.number), number(e.what));
    });
}

}  // namespace

void write_module(std::ostream& out, uint32_t number_of_it, const library::Prepared& module, const elaborate::Preparing& prepared) {
    out << "constexpr Node nodes_" << number_of_it << "[] = {\n";
    for (syntax::NodeId id = 0; id < module.nodes.size(); id++) {
        const syntax::Node& n = module.nodes[id];
        const uint32_t evaluated = prepared.evaluated_at(number_of_it, id);   // never of a node that has a name
        syntax::Prepared what = evaluated ? syntax::Prepared::Evaluated : prepared.is_local(number_of_it, id) ? syntax::Prepared::Local : n.prepared;
        out << fmt::format("{{NodeKind{{{}}},Operator{{{}}},{},syntax::Prepared{{{}}},{},{},{},{},Symbol{{{}}}}},\n", number(n.kind), number(n.op), n.flag,
                           number(what), n.begin, n.end, n.child, n.next, evaluated ? evaluated : number(n.symbol));
    }
    out << "};\nconstexpr std::string_view text_" << number_of_it << " =\n";
    out << cpp_literal(module.text);
    out << ";\n";
}

void write_names(std::ostream& out, const Interner& names) {
    std::vector<std::pair<size_t, uint32_t>> places;
    out << "constexpr std::string_view names_[] = {\"\",\n";
    for (uint32_t id = 1; id < names.size(); id++) {
        std::string_view text = names.text(Symbol{id});
        out << cpp_literal(text);
        out << ",\n";
        uint32_t place = Interner::place_of(text);
        places.emplace_back(place, StaticNames::slot(id, place));
    }
    out << "};\n";
    write_slots(out, "slots_", places);
}

void write_declarations(std::ostream& out, const char* name, std::span<const library::Declared> all) {
    out << "constexpr Declared " << name << "[] = {\n";
    for (const library::Declared& d : all) out << fmt::format("{{{},{}}},\n", d.module, d.node);
    out << "};\n";
}

void write_snapshot(std::ostream& out, const elaborate::Preparing& prepared) {
    write_types(out, prepared);
    write_constants(out, prepared);
    write_kinds(out, prepared);
    write_evaluated(out, prepared);
    auto span = [](std::string_view name, size_t size) { return fmt::format("{{{},{}}}", name, size); };
    out << "constexpr Snapshot snapshot_{{types_," << span("refinements_", prepared.types.refinements()) << ",type_slots_},"
        << span("constants_", prepared.constants.size()) << ',' << span("parts_", prepared.parts.size()) << ','
        << span("links_", prepared.links.size()) << ',' << span("fields_", prepared.fields.size()) << ",texts_,"
        << span("kinds_", prepared.kinds.size()) << ',' << span("evaluated_", prepared.evaluated.size()) << "};\n";
}

}  // namespace zflow::prepare
