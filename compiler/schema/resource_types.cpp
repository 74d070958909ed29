#include "schema/resource_types.hpp"

#include <algorithm>

#include "schema/resource_tables.hpp"

namespace zflow::schema {

namespace {

using tables::resource_tables;

std::string_view text(uint16_t name) {
    const uint32_t* at = resource_tables.names + name;
    return {resource_tables.pool + at[0], at[1] - at[0]};
}

const tables::PropertyTypeRow& row(uint16_t type) { return resource_tables.types[type]; }

std::vector<std::string_view> texts(uint32_t first, uint16_t count) {
    std::vector<std::string_view> all;
    for (uint32_t i = 0; i < count; i++) all.push_back(text(resource_tables.texts[first + i]));
    return all;
}

bool alike(std::string_view a, std::string_view b) {
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

PropertyType::Kind PropertyType::kind() const { return Kind{row(number_).kind}; }
std::string_view PropertyType::name() const { return text(row(number_).name); }

std::optional<double> PropertyType::least() const {
    if (!(row(number_).flags & tables::prop_least)) return {};
    return resource_tables.bounds[row(number_).bounds].least;
}

std::optional<double> PropertyType::most() const {
    if (!(row(number_).flags & tables::prop_most)) return {};
    return resource_tables.bounds[row(number_).bounds].most;
}

bool PropertyType::is_loose() const { return row(number_).flags & tables::prop_loose; }
bool PropertyType::is_open() const { return row(number_).flags & tables::prop_open; }
bool PropertyType::is_free() const { return row(number_).flags & tables::prop_free; }
PropertyType PropertyType::element() const { return PropertyType(row(number_).count); }
std::vector<std::string_view> PropertyType::choices() const { return texts(row(number_).first, row(number_).count); }

bool PropertyType::has_choice(std::string_view wanted) const {
    bool any_case = row(number_).flags & tables::prop_any_case;
    return std::ranges::any_of(choices(), [&](std::string_view choice) { return any_case ? alike(choice, wanted) : choice == wanted; });
}

uint32_t PropertyType::property_count() const { return row(number_).count; }

Property PropertyType::property(uint32_t i) const {
    const tables::PropertyRow& member = resource_tables.members[row(number_).first + i];
    auto type = static_cast<uint16_t>(member.type & ~tables::needed_property);
    return {text(member.name), PropertyType(type), (member.type & tables::needed_property) != 0};
}

std::optional<Property> PropertyType::find(std::string_view name) const {
    const tables::PropertyRow* first = resource_tables.members + row(number_).first;
    const tables::PropertyRow* end = first + row(number_).count;
    const auto* found = std::lower_bound(first, end, name, [](const tables::PropertyRow& m, std::string_view n) { return text(m.name) < n; });
    if (found == end || text(found->name) != name) return {};
    return property(static_cast<uint32_t>(found - first));
}

std::string_view ResourceType::name() const { return text(resource_tables.resources[number_].name); }
PropertyType ResourceType::properties() const { return PropertyType(resource_tables.resources[number_].properties); }

std::vector<std::string_view> ResourceType::attributes() const {
    const tables::ResourceTypeRow& type = resource_tables.resources[number_];
    return texts(type.first, type.attributes);
}

bool ResourceType::has_attribute(std::string_view name) const {
    return std::ranges::any_of(attributes(), [&](std::string_view known) {
        return known == name || (known.ends_with('*') && name.starts_with(known.substr(0, known.size() - 1)));
    });
}

std::optional<ResourceType> find_resource_type(std::string_view name) {
    const tables::ResourceTypeRow* first = resource_tables.resources;
    const tables::ResourceTypeRow* end = first + resource_tables.resource_count;
    const auto* found = std::lower_bound(first, end, name, [](const tables::ResourceTypeRow& r, std::string_view n) { return text(r.name) < n; });
    if (found == end || text(found->name) != name) return {};
    return ResourceType(static_cast<uint32_t>(found - first));
}

std::vector<std::string_view> resource_types() {
    std::vector<std::string_view> all;
    for (uint32_t i = 0; i < resource_tables.resource_count; i++) all.push_back(ResourceType(i).name());
    return all;
}

}  // namespace zflow::schema
