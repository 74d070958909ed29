/// @file tables_text.hpp
/// @brief The packed tables and how they are written as C++ source.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "schema/tables.hpp"

namespace zflow::schema::tables {

/// All text, each string once.
class Pool {
   public:
    Text add(const std::string& text) {
        const auto [position, added] = offsets_.try_emplace(text, static_cast<uint32_t>(text_.size()));
        if (added) text_ += text;
        return {position->second, static_cast<uint32_t>(text.size())};
    }
    const std::string& text() const { return text_; }

   private:
    std::string text_;
    std::map<std::string, uint32_t> offsets_;
};

/// Named like the tables of schema/tables.hpp that are made of them.
struct Packed {
    Pool pool;
    std::vector<ShapeRow> shapes;
    std::vector<MemberRow> members;
    std::vector<Text> lists;
    std::vector<NamedSpan> shape_services;
    std::vector<NamedSpan> services;
    std::vector<OperationRow> operations;
    std::vector<IntegrationRow> integrations;
    std::vector<RightRow> rights;
    std::vector<PassRoleRow> pass_roles;
    std::vector<ErrorRow> errors;
    std::vector<RuleRow> rules;
    std::vector<NamedSpan> intents;
    std::vector<InstanceRow> instances;
    std::vector<SdkServiceRow> sdk_services;
    std::vector<SdkServiceRow> iam_services;
    std::vector<HyperparameterRow> hyperparameters;
    std::vector<AlgorithmRow> algorithms;
    std::vector<AgreementRow> agreements;
    std::vector<AlgorithmCallRow> algorithm_calls;
    std::vector<Text> registries;
    std::vector<NamedSpan> iam_arns;
    std::vector<ThingRow> iam_things;
    std::vector<Text> regions;
};

/// The source file that defines `packed`.
void write_tables(const Packed& packed, std::ostream& out);

}  // namespace zflow::schema::tables
