#include "tools/schemas/tables_text.hpp"

#include <array>
#include <cstdio>
#include <ostream>

#include "tools/cpp_literal.hpp"

namespace zflow::schema::tables {

namespace {

/// One row as the text of a braced initialiser.
class RowText {
   public:
    RowText& add(uint32_t number) { return append(std::to_string(number)); }
    RowText& add(Text text) { return append(pair(text.offset, text.length)); }
    RowText& add(Span span) { return append(pair(span.first, span.count)); }
    RowText& add(double number) {
        std::array<char, 40> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "%.17g", number);
        std::string text = buffer.data();
        if (text.find_first_of(".e") == std::string::npos) text += ".0";
        return append(text);
    }
    std::string text() const { return "{" + text_ + "}"; }

   private:
    static std::string pair(uint32_t first, uint32_t second) {
        return "{" + std::to_string(first) + "," + std::to_string(second) + "}";
    }
    RowText& append(const std::string& text) {
        if (!text_.empty()) text_ += ",";
        text_ += text;
        return *this;
    }
    std::string text_;
};

template <typename... Fields>
std::string fields(Fields... values) {
    RowText row;
    (row.add(values), ...);
    return row.text();
}

uint32_t wide(uint32_t number) { return number; }

std::string row_text(const ShapeRow& r) {
    return fields(r.name, r.pattern, r.items, r.a, r.b, r.min, r.max, wide(r.service), wide(r.kind), wide(r.flags));
}
std::string row_text(const MemberRow& r) { return fields(r.name, r.doc, r.shape, r.required); }
std::string row_text(const Text& r) { return fields(r.offset, r.length); }
std::string row_text(const NamedSpan& r) { return fields(r.name, r.items); }
std::string row_text(const OperationRow& r) { return fields(r.name, r.items, r.prefer_sdk); }
std::string row_text(const IntegrationRow& r) {
    return fields(r.operation, r.resource, r.input, r.output, r.allowed, r.rights, r.pass_roles, r.errors, r.rules, r.fresh,
                  r.kept, r.freed_by, wide(r.service), wide(r.pattern), wide(r.optimized), r.has_allow_list);
}
std::string row_text(const RightRow& r) {
    return fields(r.actions, r.resource, r.condition, r.when, r.arn_member, r.arn_resource, r.lower);
}
std::string row_text(const ThingRow& r) { return fields(r.service, r.name, r.arn, r.actions); }
std::string row_text(const PassRoleRow& r) { return fields(r.member, r.service); }
std::string row_text(const ErrorRow& r) { return fields(r.name, r.retry); }
std::string row_text(const RuleRow& r) { return fields(r.name, r.resource); }
std::string row_text(const InstanceRow& r) { return fields(r.family, r.flags); }
std::string row_text(const HyperparameterRow& r) {
    return fields(r.name, r.values, r.with_name, r.with_value, r.least, r.most, r.kind, r.flags);
}
std::string row_text(const AgreementRow& r) { return fields(r.operation, r.says, r.of, r.most, r.kind, r.pattern, r.unless); }
std::string row_text(const AlgorithmRow& r) {
    return fields(r.repository, r.unless, r.channels, r.distributions, r.needed_channels, r.content_types, r.told,
                  r.refused_modes, r.families, r.maximized, r.minimized, r.split_channel, r.split_parameter, r.several_parameter, r.several_value, r.hyperparameters, r.devices);
}
std::string row_text(const AlgorithmCallRow& r) {
    return fields(r.operation, r.image, r.channels, r.content_types, r.distributions, r.modes, r.hyperparameters, r.tuned,
                  r.instances, r.count, r.objective, r.goal, r.metrics);
}
std::string row_text(const SdkServiceRow& r) { return fields(r.name, r.operations); }

template <typename Row>
void write_table(std::ostream& out, const char* type, const char* name, const std::vector<Row>& rows) {
    out << "constexpr " << type << " " << name << "[] = {\n";
    std::string line;
    for (const auto& row : rows) {
        line += row_text(row) + ",";
        if (line.size() > 100) {
            out << line << "\n";
            line.clear();
        }
    }
    if (rows.empty()) line = "{}";
    out << line << "};\n";
}

/// `visit(type of a row, name, rows)` for each table, in the order of Tables.
void each_table(const Packed& packed, auto visit) {
    visit("ShapeRow", "shapes", packed.shapes);
    visit("MemberRow", "members", packed.members);
    visit("Text", "lists", packed.lists);
    visit("NamedSpan", "shape_services", packed.shape_services);
    visit("NamedSpan", "services", packed.services);
    visit("OperationRow", "operations", packed.operations);
    visit("IntegrationRow", "integrations", packed.integrations);
    visit("RightRow", "rights", packed.rights);
    visit("PassRoleRow", "pass_roles", packed.pass_roles);
    visit("ErrorRow", "errors", packed.errors);
    visit("RuleRow", "rules", packed.rules);
    visit("NamedSpan", "intents", packed.intents);
    visit("InstanceRow", "instances", packed.instances);
    visit("SdkServiceRow", "sdk_services", packed.sdk_services);
    visit("SdkServiceRow", "iam_services", packed.iam_services);
    visit("HyperparameterRow", "hyperparameters", packed.hyperparameters);
    visit("AlgorithmRow", "algorithms", packed.algorithms);
    visit("AgreementRow", "agreements", packed.agreements);
    visit("AlgorithmCallRow", "algorithm_calls", packed.algorithm_calls);
    visit("Text", "registries", packed.registries);
    visit("NamedSpan", "iam_arns", packed.iam_arns);
    visit("ThingRow", "iam_things", packed.iam_things);
    visit("Text", "regions", packed.regions);
}

}  // namespace

void write_tables(const Packed& packed, std::ostream& out) {
    out << "// Generated by tools/schemas/pack.cpp from runtime-schemas/. Do not edit.\n\n"
           "#include \"schema/tables.hpp\"\n\n"
           "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
           "namespace zflow::schema::tables {\nnamespace {\n\n";
    // octal escapes keep every byte apart from printable ASCII
    out << "constexpr char pool[] =\n    " << cpp_literal(packed.pool.text()) << ";\n";
    each_table(packed, [&](const char* type, const char* name, const auto& rows) { write_table(out, type, name, rows); });
    out << "\n}  // namespace\n\nconstinit const Tables packed = {\n    pool, " << packed.pool.text().size();
    each_table(packed, [&](const char*, const char* name, const auto& rows) { out << ",\n    {" << name << ", " << rows.size() << "}"; });
    out << "};\n\n}  // namespace zflow::schema::tables\n";
}

}  // namespace zflow::schema::tables
