/// @file pack_resources.cpp
/// @brief Packs `runtime-schemas/cloudformation.json` into constant tables: `pack_resources OUTPUT.cpp INPUT.json`.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/resource_tables.hpp"
#include "schema/resource_types.hpp"
#include "tools/cpp_literal.hpp"

namespace {

using Json = nlohmann::ordered_json;
using namespace zflow::schema::tables;
using Kind = zflow::schema::PropertyType::Kind;

/// The numbers of equal things.
template <typename Key>
class Numbers {
   public:
    uint16_t of(const Key& key) {
        const auto [position, added] = numbers_.try_emplace(key, static_cast<uint32_t>(all_.size()));
        if (added) all_.push_back(key);
        if (position->second >= needed_property * 2u) throw std::runtime_error("more than 65536 names: widen the tables");
        return static_cast<uint16_t>(position->second);
    }
    const std::vector<Key>& all() const { return all_; }

   private:
    std::map<Key, uint32_t> numbers_;
    std::vector<Key> all_;
};

std::string text_at(const Json& object, const char* key) { return object.value(key, std::string()); }

std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

class Packer {
   public:
    explicit Packer(const Json& input) : input_(input) {
        names_.of("");
        type("any");
        for (const auto& [name, entry] : input_.at("types").items()) resource(name, entry);
    }

    void write(std::ostream& out) const;

   private:
    void resource(const std::string& name, const Json& entry);
    uint16_t type(const std::string& notation);
    uint16_t add(const std::string& notation, const PropertyTypeRow& row);
    PropertyTypeRow shape(const std::string& name);
    void fill(PropertyTypeRow& row, const Json& record);
    void limit(PropertyTypeRow& row, const std::string& range);
    uint32_t list(const std::vector<std::string>& texts);

    const Json& input_;
    Numbers<std::string> names_;
    Numbers<std::pair<double, double>> bounds_;
    std::map<std::string, uint16_t> numbers_;      // of types, by their notation
    std::vector<PropertyTypeRow> types_;
    std::vector<PropertyRow> members_;
    std::vector<uint16_t> texts_;
    std::vector<ResourceTypeRow> resources_;
};

uint32_t Packer::list(const std::vector<std::string>& texts) {
    const auto first = static_cast<uint32_t>(texts_.size());
    for (const std::string& text : texts) texts_.push_back(names_.of(text));
    return first;
}

void Packer::resource(const std::string& name, const Json& entry) {
    const std::vector<std::string> attributes = words(text_at(entry, "attributes"));
    PropertyTypeRow row{};
    row.name = names_.of(name);
    const uint16_t number = add(name, row);
    fill(row, entry);
    types_[number] = row;
    resources_.push_back({row.name, number, static_cast<uint16_t>(attributes.size()), list(attributes)});
}

uint16_t Packer::add(const std::string& notation, const PropertyTypeRow& row) {
    if (types_.size() >= needed_property) throw std::runtime_error("more than 32768 types of properties: widen the tables");
    types_.push_back(row);
    return numbers_[notation] = static_cast<uint16_t>(types_.size() - 1);
}

/// "string 1..64", "list 1.. #Tag", "map any", "loose list #Tag", "#Tag": see runtime-schemas/README.md.
uint16_t Packer::type(const std::string& notation) {
    if (const auto known = numbers_.find(notation); known != numbers_.end()) return known->second;
    static const std::map<std::string, Kind> kinds = {{"any", Kind::Any}, {"string", Kind::Text}, {"integer", Kind::Whole},
                                                      {"number", Kind::Number}, {"boolean", Kind::Truth}, {"list", Kind::List},
                                                      {"map", Kind::Map}};
    const uint16_t number = add(notation, {});     // first, since a record may contain itself
    if (notation.starts_with('#')) {
        const PropertyTypeRow row = shape(notation.substr(1));
        types_[number] = row;
        return number;
    }
    std::istringstream in(notation);
    std::string word, range;
    in >> word;
    if (word == "loose") {
        PropertyTypeRow row = types_[type(notation.substr(word.size() + 1))];
        row.flags |= prop_loose;
        types_[number] = row;
        return number;
    }
    PropertyTypeRow row{};
    row.kind = static_cast<uint8_t>(kinds.at(word));
    std::string rest = notation.substr(std::min(notation.size(), word.size() + 1));
    if (const size_t end = rest.find(' '); rest.substr(0, end).find("..") != std::string::npos) {
        limit(row, rest.substr(0, end));
        rest = end == std::string::npos ? "" : rest.substr(end + 1);
    }
    if (!rest.empty()) row.count = type(rest);
    types_[number] = row;
    return number;
}

void Packer::limit(PropertyTypeRow& row, const std::string& range) {
    const size_t dots = range.find("..");
    const std::string least = range.substr(0, dots), most = range.substr(dots + 2);
    row.flags = static_cast<uint8_t>((least.empty() ? 0 : prop_least) | (most.empty() ? 0 : prop_most));
    row.bounds = bounds_.of({least.empty() ? 0 : std::stod(least), most.empty() ? 0 : std::stod(most)});
}

PropertyTypeRow Packer::shape(const std::string& name) {
    const Json& entry = input_.at("shapes").at(name);
    PropertyTypeRow row{};
    const size_t dot = name.find_last_not_of("0123456789");   // "Tag.2": another one of that name
    const bool is_numbered = dot != std::string::npos && dot + 1 < name.size() && name[dot] == '.';
    row.name = names_.of(is_numbered ? name.substr(0, dot) : name);
    if (!entry.contains("choices")) {
        fill(row, entry);
        return row;
    }
    const auto choices = entry.at("choices").get<std::vector<std::string>>();
    row.kind = static_cast<uint8_t>(Kind::Choice);
    row.flags = entry.value("any_case", false) ? prop_any_case : 0;
    row.count = static_cast<uint16_t>(choices.size());
    row.first = list(choices);
    return row;
}

void Packer::fill(PropertyTypeRow& row, const Json& record) {
    const std::vector<std::string> required = words(text_at(record, "required"));
    std::vector<PropertyRow> members;
    for (const auto& [name, notation] : record.at("members").items()) {
        const bool needed = std::find(required.begin(), required.end(), name) != required.end();
        const uint16_t number = type(notation.get<std::string>());
        members.push_back({names_.of(name), static_cast<uint16_t>(number | (needed ? needed_property : 0))});
    }
    row.kind = static_cast<uint8_t>(Kind::Record);
    row.flags = static_cast<uint8_t>((record.value("open", false) ? prop_open : 0) | (record.value("free", false) ? prop_free : 0));
    row.count = static_cast<uint16_t>(members.size());
    row.first = static_cast<uint32_t>(members_.size());
    members_.insert(members_.end(), members.begin(), members.end());
}

// ---- as C++ source

void write_rows(std::ostream& out, const char* type, const char* name, const auto& rows, auto text) {
    out << "constexpr " << type << " " << name << "[] = {\n";
    std::string line;
    for (const auto& row : rows) {
        line += text(row) + ",";
        if (line.size() <= 100) continue;
        out << line << "\n";
        line.clear();
    }
    out << line << "};\n";
}

std::string numbers(std::initializer_list<uint32_t> all) {
    std::string out = "{";
    for (const uint32_t number : all) out += (out.size() > 1 ? "," : "") + std::to_string(number);
    return out + "}";
}

void Packer::write(std::ostream& out) const {
    std::string pool;
    std::vector<uint32_t> begins;
    for (const std::string& name : names_.all()) {
        begins.push_back(static_cast<uint32_t>(pool.size()));
        pool += name;
    }
    begins.push_back(static_cast<uint32_t>(pool.size()));
    const auto number = [](uint32_t n) { return std::to_string(n); };
    const auto decimal = [](double value) {
        std::ostringstream text;
        text.precision(17);
        text << std::showpoint << value;
        return text.str();
    };
    out << "// Generated by tools/schemas/pack_resources.cpp from runtime-schemas/cloudformation.json. Do not edit.\n\n"
           "#include \"schema/resource_tables.hpp\"\n\n"
           "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
           "namespace zflow::schema::tables {\nnamespace {\n\n"
           "constexpr char pool[] =\n    "
        << zflow::cpp_literal(pool) << ";\n";
    write_rows(out, "uint32_t", "names", begins, number);
    write_rows(out, "Bounds", "bounds", bounds_.all(), [&](const auto& b) { return "{" + decimal(b.first) + "," + decimal(b.second) + "}"; });
    write_rows(out, "PropertyTypeRow", "types", types_, [](const PropertyTypeRow& r) {
        return numbers({r.name, r.kind, r.flags, r.bounds, r.count, r.first});
    });
    write_rows(out, "PropertyRow", "members", members_, [](const PropertyRow& r) { return numbers({r.name, r.type}); });
    write_rows(out, "uint16_t", "texts", texts_, number);
    write_rows(out, "ResourceTypeRow", "resources", resources_, [](const ResourceTypeRow& r) {
        return numbers({r.name, r.properties, r.attributes, r.first});
    });
    out << "\n}  // namespace\n\nconstinit const ResourceTables resource_tables = {pool, names, bounds, types, members, texts, resources, "
        << resources_.size() << "};\n\n}  // namespace zflow::schema::tables\n";
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 3) {
        std::cerr << "usage: pack_resources OUTPUT.cpp INPUT.json\n";
        return 2;
    }
    try {
        std::ifstream in(arguments[2], std::ios::binary);
        const Json input = Json::parse(in);
        std::ofstream out(arguments[1], std::ios::binary);
        Packer(input).write(out);
        out.close();
        return out ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "pack_resources: " << error.what() << "\n";
        return 1;
    }
}
