/// @file resource_types.hpp
/// @brief What CloudFormation takes as properties of a resource, and which attributes it has; see runtime-schemas/cloudformation.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace zflow::schema {

struct Property;

/// The type of a property's value. Alike ones have the same number.
class PropertyType {
   public:
    enum class Kind : uint8_t { Any, Text, Whole, Number, Truth, Choice, List, Map, Record };

    explicit PropertyType(uint16_t number) : number_(number) {}
    Kind kind() const;
    /// Of a record or of choices: "ContainerDefinition".
    std::string_view name() const;
    /// Of a number, of the length of a text, of the elements of a list.
    std::optional<double> least() const;
    std::optional<double> most() const;
    /// It may be something else as well: a text with the same as JSON.
    bool is_loose() const;
    /// Of a record: it may have members that are not known; `is_free`: they are anything.
    bool is_open() const;
    bool is_free() const;
    /// Of a list or a map.
    PropertyType element() const;
    /// Of choices, in byte order.
    std::vector<std::string_view> choices() const;
    bool has_choice(std::string_view text) const;
    /// Of a record, in byte order.
    uint32_t property_count() const;
    Property property(uint32_t i) const;
    std::optional<Property> find(std::string_view name) const;

   private:
    uint16_t number_;
};

struct Property {
    std::string_view name;
    PropertyType type;
    bool required;
};

class ResourceType {
   public:
    explicit ResourceType(uint32_t number) : number_(number) {}
    std::string_view name() const;
    PropertyType properties() const;
    /// What `Fn::GetAtt` takes, in byte order; "Outputs.*" stands for all that begin so.
    std::vector<std::string_view> attributes() const;
    bool has_attribute(std::string_view name) const;

   private:
    uint32_t number_;
};

/// "AWS::SQS::Queue"; nothing when it is not known.
std::optional<ResourceType> find_resource_type(std::string_view name);
/// In byte order.
std::vector<std::string_view> resource_types();

}  // namespace zflow::schema
