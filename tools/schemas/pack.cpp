/// @file pack.cpp
/// @brief Packs `runtime-schemas/` into constant tables: `pack OUTPUT.cpp INPUT.json...`.
///
/// The inputs may come in any order; each says by its "format" what it holds. The output depends on nothing else, so
/// the same inputs always give the same bytes.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/tables.hpp"
#include "tools/cpp_literal.hpp"

namespace {

using Json = nlohmann::ordered_json;
using namespace zflow::schema::tables;

constexpr std::array<const char*, 13> kind_names = {"structure", "union",  "list",    "map",       "string",
                                                    "integer",   "long",   "float",   "double",    "boolean",
                                                    "timestamp", "blob",   "any"};
constexpr std::array<const char*, 4> pattern_names = {"request", "sync", "sync:2", "waitForTaskToken"};

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

template <typename Names>
uint8_t index_in(const Names& names, const std::string& name, const char* what) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) fail(std::string("unknown ") + what + " '" + name + "'");
    return static_cast<uint8_t>(found - names.begin());
}

template <typename T>
uint32_t size_of(const std::vector<T>& rows) { return static_cast<uint32_t>(rows.size()); }

std::string text_at(const Json& object, const char* key, const std::string& otherwise = "") {
    return object.contains(key) ? object.at(key).get<std::string>() : otherwise;
}

const Json& child(const Json& object, const char* key) {
    static const Json empty = Json::object();
    return object.contains(key) ? object.at(key) : empty;
}

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

struct Shapes {
    std::map<std::string, std::map<std::string, Json>> by_service;
    std::map<std::string, std::map<std::string, uint32_t>> ids;
};

class Packer {
   public:
    void read(const std::string& path);
    void pack();
    void write(std::ostream& out) const;

   private:
    Span list(std::vector<std::string> texts, bool sorted);
    void merge_written_shapes();
    Json extended(const std::string& service, const Json& shape) const;
    void number_shapes();
    uint32_t shape_id(const std::string& service, const std::string& name) const;
    ShapeRow shape_row(const std::string& service, const std::string& name, const Json& shape);
    Span member_rows(const std::string& service, const Json& shape);

    void pack_service(const std::string& name, const Json& service);
    void pack_operation(const Json& service, const std::string& name, const Json& operation);
    void pack_integration(const Json& service, const std::string& name, const Json& operation,
                          const std::string& pattern, bool optimized);
    std::string resource(const Json& service, const std::string& name, const std::string& pattern,
                         bool optimized) const;
    uint32_t input_shape(const Json& service, const std::string& api, const Json& operation, bool optimized) const;
    uint32_t output_shape(const Json& service, const std::string& api, const Json& operation,
                          const std::string& pattern, bool optimized) const;
    const Json& model_operation(const Json& service, const std::string& api) const;
    Span allow_rows(const Json& operation);
    Span right_rows(const Json& service, const std::string& api, const Json& operation, const std::string& pattern);
    RightRow right_row(const Json& right);
    Span pass_role_rows(const Json& operation);
    Span error_rows(const Json& service, const std::string& api, const std::string& pattern, bool optimized);
    Span rule_rows(const Json& operation, const std::string& pattern);
    void pack_access();
    void pack_instances();
    void pack_algorithms();
    static std::pair<std::string, std::string> pair_at(const Json& record, const char* key);
    static uint32_t devices(const Json& devices);
    void pack_agreements();
    void pack_names(const Json& services, std::vector<SdkServiceRow>& rows);

    std::map<std::string, Json> models_;
    std::map<std::string, Json> integrations_;
    Json access_ = Json::object();
    Json families_ = Json::object();
    Json sdk_ = Json::object();
    Json iam_ = Json::object();
    Shapes shapes_;
    Pool pool_;
    std::map<std::vector<std::string>, Span> known_lists_;

    std::vector<ShapeRow> shape_rows_;
    std::vector<MemberRow> member_rows_;
    std::vector<Text> list_rows_;
    std::vector<NamedSpan> shape_service_rows_;
    std::vector<NamedSpan> service_rows_;
    std::vector<OperationRow> operation_rows_;
    std::vector<IntegrationRow> integration_rows_;
    std::vector<RightRow> right_rows_;
    std::vector<PassRoleRow> pass_role_rows_;
    std::vector<ErrorRow> error_rows_;
    std::vector<RuleRow> rule_rows_;
    std::vector<NamedSpan> intent_rows_;
    std::vector<InstanceRow> instance_rows_;
    std::vector<SdkServiceRow> sdk_rows_, iam_rows_;
    Json algorithms_, agreements_;
    std::vector<AgreementRow> agreement_rows_;
    std::vector<HyperparameterRow> hyperparameter_rows_;
    std::vector<AlgorithmRow> algorithm_rows_;
    std::vector<AlgorithmCallRow> algorithm_call_rows_;
    std::vector<Text> registry_rows_;
};

void Packer::read(const std::string& path) {
    std::ifstream stream(path);
    if (!stream) fail("cannot be read");
    Json document = Json::parse(stream);
    const auto format = document.at("format").get<std::string>();
    const std::string service = text_at(document, "service");
    if (format == "service") {
        models_[service] = std::move(document);
    } else if (format == "integrations") {
        integrations_[service] = std::move(document);
    } else if (format == "access") {
        access_ = document.at("intents");
    } else if (format == "instances") {
        families_ = document.at("families");
    } else if (format == "agreements") {
        agreements_ = document.at("operations");
    } else if (format == "algorithms") {
        algorithms_ = std::move(document);
    } else if (format == "sdk") {
        sdk_ = document.at("services");
    } else if (format == "iam") {
        iam_ = document.at("services");
    } else {
        fail("unknown format '" + format + "'");
    }
}

Span Packer::list(std::vector<std::string> texts, bool sorted) {
    if (sorted) {
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    }
    const Span next{size_of(list_rows_), size_of(texts)};
    const auto [position, added] = known_lists_.try_emplace(texts, next);
    if (added) {
        for (const auto& text : texts) list_rows_.push_back(pool_.add(text));
    }
    return position->second;
}

// ---- shapes

/// A written shape may extend a generated one: some members get another shape, more members become required.
Json Packer::extended(const std::string& service, const Json& shape) const {
    if (!shape.contains("extends")) return shape;
    Json result = shapes_.by_service.at(service).at(shape.at("extends").get<std::string>());
    for (const auto& [name, member] : child(shape, "members").items()) {
        if (!result["members"].contains(name)) fail("no member '" + name + "' to replace");
        result["members"][name] = member;
    }
    for (const auto& name : child(shape, "required")) {
        auto& required = result["required"];
        if (std::find(required.begin(), required.end(), name) == required.end()) required.push_back(name);
    }
    return result;
}

void Packer::merge_written_shapes() {
    shapes_.by_service[""] = {{"Any", {{"kind", "any"}}},
                              {"Boolean", {{"kind", "boolean"}}},
                              {"Empty", {{"kind", "structure"}}},
                              {"Integer", {{"kind", "integer"}}},
                              {"String", {{"kind", "string"}}}};
    for (const auto& [name, model] : models_) {
        for (const auto& [shape, details] : model.at("shapes").items()) shapes_.by_service[name][shape] = details;
    }
    for (const auto& [name, service] : integrations_) {
        const auto schema = service.at("schema").get<std::string>();
        for (const auto& [shape, details] : child(service, "shapes").items()) {
            if (!shapes_.by_service[schema].emplace(shape, extended(schema, details)).second) {
                fail("shape '" + shape + "' of " + schema + " is there twice");
            }
        }
    }
}

void Packer::number_shapes() {
    uint32_t next = 1;
    for (const auto& [service, shapes] : shapes_.by_service) {
        shape_service_rows_.push_back({pool_.add(service), {next, static_cast<uint32_t>(shapes.size())}});
        for (const auto& [name, shape] : shapes) shapes_.ids[service][name] = next++;
    }
}

uint32_t Packer::shape_id(const std::string& service, const std::string& name) const {
    for (const auto& place : {service, std::string()}) {
        const auto shapes = shapes_.ids.find(place);
        if (shapes == shapes_.ids.end()) continue;
        if (const auto found = shapes->second.find(name); found != shapes->second.end()) return found->second;
    }
    fail("no shape '" + name + "' in " + service);
}

Span Packer::member_rows(const std::string& service, const Json& shape) {
    std::set<std::string> required;
    for (const auto& name : child(shape, "required")) required.insert(name.get<std::string>());
    std::map<std::string, Json> members;
    for (const auto& [name, member] : child(shape, "members").items()) members[name] = member;
    const Span span{size_of(member_rows_), static_cast<uint32_t>(members.size())};
    for (const auto& [name, member] : members) {
        const uint32_t id = shape_id(service, member.at(0).get<std::string>());
        const Text doc = pool_.add(member.at(1).get<std::string>());
        member_rows_.push_back({pool_.add(name), doc, id, required.count(name) != 0 ? 1U : 0U});
        required.erase(name);
    }
    if (!required.empty()) fail("required member '" + *required.begin() + "' does not exist");
    return span;
}

ShapeRow Packer::shape_row(const std::string& service, const std::string& name, const Json& shape) {
    ShapeRow row{};
    row.name = pool_.add(name);
    row.pattern = pool_.add(text_at(shape, "pattern"));
    row.service = static_cast<uint16_t>(shape_service_rows_.size() - 1);
    row.kind = index_in(kind_names, shape.at("kind").get<std::string>(), "kind");
    if (shape.contains("min")) row.flags |= has_min;
    if (shape.contains("max")) row.flags |= has_max;
    row.min = shape.contains("min") ? shape.at("min").get<double>() : 0.0;
    row.max = shape.contains("max") ? shape.at("max").get<double>() : 0.0;
    if (shape.contains("element")) row.a = shape_id(service, shape.at("element").get<std::string>());
    if (shape.contains("key")) row.a = shape_id(service, shape.at("key").get<std::string>());
    if (shape.contains("value")) row.b = shape_id(service, shape.at("value").get<std::string>());
    if (shape.contains("members")) row.items = member_rows(service, shape);
    if (shape.contains("enum")) row.items = list(shape.at("enum").get<std::vector<std::string>>(), true);
    return row;
}

// ---- integrations

std::string api_name(const std::string& operation, const Json& details) {
    std::string name = operation;
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
    return text_at(details, "api", name);
}

const Json& Packer::model_operation(const Json& service, const std::string& api) const {
    static const Json none = Json::object();
    const auto model = models_.find(service.at("schema").get<std::string>());
    if (model == models_.end()) return none;
    const Json& operations = model->second.at("operations");
    if (!operations.contains(api)) fail("the service model has no operation '" + api + "'");
    return operations.at(api);
}

std::string Packer::resource(const Json& service, const std::string& name, const std::string& pattern,
                             bool optimized) const {
    const std::string suffix = pattern == "request" ? "" : "." + pattern;
    if (optimized) return "states:::" + service.at("optimized_name").get<std::string>() + ":" + name + suffix;
    return "states:::aws-sdk:" + service.at("sdk_name").get<std::string>() + ":" + name + suffix;
}

uint32_t Packer::input_shape(const Json& service, const std::string& api, const Json& operation, bool optimized) const {
    const auto schema = service.at("schema").get<std::string>();
    const Json& written = child(operation, "input");
    if (optimized && written.contains("optimized")) return shape_id(schema, written.at("optimized").get<std::string>());
    return shape_id(schema, text_at(model_operation(service, api), "input", "Empty"));
}

uint32_t Packer::output_shape(const Json& service, const std::string& api, const Json& operation,
                              const std::string& pattern, bool optimized) const {
    const auto schema = service.at("schema").get<std::string>();
    if (pattern == "waitForTaskToken") return shape_id(schema, "Any");
    const Json& written = child(operation, "output");
    if (optimized && written.contains(pattern)) return shape_id(schema, written.at(pattern).get<std::string>());
    if (pattern != "request") fail("no output for " + pattern);
    return shape_id(schema, text_at(model_operation(service, api), "output", "Empty"));
}

Span Packer::allow_rows(const Json& operation) {
    std::vector<std::string> names;
    for (const auto& group : child(operation, "allow")) {
        for (const auto& name : group.at("fields")) names.push_back(name.get<std::string>());
    }
    return list(std::move(names), true);
}

RightRow Packer::right_row(const Json& right) {
    const std::string condition = right.contains("condition") ? right.at("condition").dump() : "";
    const bool lower = right.contains("lower") && right.at("lower").get<bool>();
    if (text_at(right, "source").empty()) fail("a right has no source");
    return {list(right.at("actions").get<std::vector<std::string>>(), false),
            pool_.add(right.at("resource").get<std::string>()),
            pool_.add(condition),
            pool_.add(text_at(right, "when")),
            pool_.add(text_at(right, "arn_member")),
            pool_.add(text_at(right, "arn_resource")),
            lower ? 1U : 0U};
}

Span Packer::right_rows(const Json& service, const std::string& api, const Json& operation,
                        const std::string& pattern) {
    Span span{size_of(right_rows_), 0};
    if (operation.contains("resource")) {
        Json right = {{"actions", {service.at("iam_prefix").get<std::string>() + ":" + api}},
                      {"resource", operation.at("resource")},
                      {"lower", operation.contains("lower") && operation.at("lower").get<bool>()},
                      {"source", operation.at("source")}};
        right_rows_.push_back(right_row(right));
    }
    const Json& rights = child(operation, "rights");
    for (const auto& right : child(rights, rights.contains(pattern) ? pattern.c_str() : "request")) {
        right_rows_.push_back(right_row(right));
    }
    span.count = size_of(right_rows_) - span.first;
    return span;
}

Span Packer::pass_role_rows(const Json& operation) {
    const Span span{size_of(pass_role_rows_), static_cast<uint32_t>(child(operation, "pass_role").size())};
    for (const auto& role : child(operation, "pass_role")) {
        if (text_at(role, "source").empty()) fail("a passed role has no source");
        pass_role_rows_.push_back({pool_.add(text_at(role, "member")), pool_.add(text_at(role, "service"))});
    }
    return span;
}

std::string with_exception_suffix(const std::string& name) {
    return name.ends_with("Exception") ? name : name + "Exception";
}

Span Packer::error_rows(const Json& service, const std::string& api, const std::string& pattern, bool optimized) {
    Span span{size_of(error_rows_), 0};
    const Json& errors = child(service, "errors");
    const auto add = [&](const std::string& name, const Json& error) {
        error_rows_.push_back({pool_.add(name), error.at("retry").get<bool>() ? 1U : 0U});
    };
    const auto add_group = [&](const char* group) {
        for (const auto& error : child(errors, group)) add(text_at(error, "name"), error);
    };
    const std::string prefix = text_at(service, optimized ? "optimized_error_prefix" : "error_prefix");
    if (!prefix.empty()) {
        for (const auto& error : child(model_operation(service, api), "errors")) {
            add(prefix + "." + with_exception_suffix(text_at(error, "name")), error);
        }
    }
    add_group(optimized ? "optimized" : "sdk");
    if (pattern == "sync" || pattern == "sync:2") add_group("sync");
    span.count = size_of(error_rows_) - span.first;
    return span;
}

Span Packer::rule_rows(const Json& operation, const std::string& pattern) {
    const Json& rules = child(child(operation, "rules"), pattern.c_str());
    const Span span{size_of(rule_rows_), static_cast<uint32_t>(rules.size())};
    for (const auto& rule : rules) {
        const auto name = rule.get<std::string>();
        rule_rows_.push_back({pool_.add(name), pool_.add("arn:{partition}:events:{region}:{account}:rule/" + name)});
    }
    return span;
}

void Packer::pack_integration(const Json& service, const std::string& name, const Json& operation,
                              const std::string& pattern, bool optimized) {
    const std::string api = api_name(name, operation);
    const bool listed = optimized && operation.contains("allow");
    IntegrationRow row{};
    row.operation = pool_.add(name);
    row.resource = pool_.add(resource(service, name, pattern, optimized));
    row.input = input_shape(service, api, operation, optimized);
    row.output = output_shape(service, api, operation, pattern, optimized);
    if (listed) row.allowed = allow_rows(operation);
    row.has_allow_list = listed ? 1U : 0U;
    row.rights = right_rows(service, api, operation, pattern);
    row.pass_roles = pass_role_rows(operation);
    row.errors = error_rows(service, api, pattern, optimized);
    row.rules = rule_rows(operation, pattern);
    row.fresh = pool_.add(text_at(operation, "fresh"));
    row.service = static_cast<uint16_t>(service_rows_.size());
    row.pattern = index_in(pattern_names, pattern, "pattern");
    row.optimized = optimized ? 1U : 0U;
    integration_rows_.push_back(row);
}

void Packer::pack_operation(const Json& service, const std::string& name, const Json& operation) {
    if (text_at(operation, "source").empty()) fail("operation '" + name + "' has no source");
    OperationRow row{pool_.add(name), {size_of(integration_rows_), 0}, text_at(operation, "prefer") == "sdk" ? 1U : 0U};
    for (const auto& pattern : child(operation, "optimized")) {
        pack_integration(service, name, operation, pattern.get<std::string>(), true);
    }
    if (operation.at("sdk").get<bool>()) {
        for (const char* pattern : {"request", "waitForTaskToken"}) {
            pack_integration(service, name, operation, pattern, false);
        }
    }
    row.items.count = size_of(integration_rows_) - row.items.first;
    operation_rows_.push_back(row);
}

void Packer::pack_service(const std::string& name, const Json& service) {
    std::map<std::string, Json> operations;
    for (const auto& [operation, details] : service.at("operations").items()) operations[operation] = details;
    const uint32_t first = size_of(operation_rows_);
    for (const auto& [operation, details] : operations) {
        try {
            pack_operation(service, operation, details);
        } catch (const std::exception& error) {
            fail(name + ":" + operation + ": " + error.what());
        }
    }
    service_rows_.push_back({pool_.add(name), {first, size_of(operation_rows_) - first}});
}

void Packer::pack_access() {
    std::map<std::string, Json> intents;
    for (const auto& [name, statements] : access_.items()) intents[name] = statements;
    for (const auto& [name, statements] : intents) {
        intent_rows_.push_back({pool_.add(name), {size_of(right_rows_), static_cast<uint32_t>(statements.size())}});
        for (const auto& statement : statements) right_rows_.push_back(right_row(statement));
    }
}

void Packer::pack_instances() {
    std::map<std::string, uint32_t> families;
    for (const auto& [name, family] : families_.items()) {
        families[name] = (family.at("nvme").get<bool>() ? local_nvme : 0U) | (family.at("gpu").get<bool>() ? gpu : 0U);
    }
    for (const auto& [name, flags] : families) instance_rows_.push_back({pool_.add(name), flags});
}

/// Those of one operation stand together.
void Packer::pack_agreements() {
    static const std::map<std::string, uint32_t> kinds = {
        {"one_of", one_of}, {"needs", needs}, {"at_least", at_least}, {"product", product}, {"no_disk_key", no_disk_key},
        {"json_size", json_size}, {"map_size", map_size}};
    for (const auto& [name, agreements] : agreements_.items()) {
        for (const auto& agreement : agreements) {
            if (text_at(agreement, "source").empty()) fail("an agreement of " + name + " has no source");
            const Span of = list(agreement.at("of").get<std::vector<std::string>>(), false);
            agreement_rows_.push_back({pool_.add(name), pool_.add(text_at(agreement, "says")), of, agreement.value("most", 0.0),
                                       kinds.at(text_at(agreement, "kind"))});
        }
    }
}

/// By name, in byte order, as they are looked for.
void Packer::pack_algorithms() {
    static const std::map<std::string, uint32_t> kinds = {{"", free_text}, {"integer", whole_number}, {"number", any_number}, {"truth", truth}};
    std::map<std::string, Json> calls, algorithms;
    for (const auto& [name, call] : algorithms_.at("calls").items()) calls[name] = call;
    for (const auto& [name, algorithm] : algorithms_.at("algorithms").items()) algorithms[name] = algorithm;
    for (const auto& [name, call] : calls) {
        const Json& in = call;
        const auto path = [&](const char* key) { return pool_.add(text_at(in, key)); };
        const auto paths = [&](const char* key) { return list(in.at(key).get<std::vector<std::string>>(), false); };
        algorithm_call_rows_.push_back({pool_.add(name), path("image"), path("channels"), path("content_types"), path("distributions"),
                                        paths("modes"), path("hyperparameters"), paths("tuned"), paths("instances"), path("count"),
                                        path("objective"), path("goal"), path("metrics")});
    }
    for (const auto& [name, algorithm] : algorithms) {
        if (text_at(algorithm, "source").empty()) fail("the algorithm " + name + " has no source");
        std::vector<std::string> channels, distributions, needed, told;
        for (const auto& [channel, about] : algorithm.at("channels").items()) {
            channels.push_back(channel);
            distributions.push_back(text_at(about, "distribution"));
            if (about.value("required", false)) needed.push_back(channel);
        }
        const Json formats = algorithm.value("told", Json::object());
        for (const auto& [format, type] : formats.items()) told.insert(told.end(), {format, type.get<std::string>()});
        const auto [split_channel, split_parameter] = pair_at(algorithm, "own_split");
        const auto [several_parameter, several_value] = pair_at(algorithm, "several_with");
        const auto texts = [&](const Json& at, const char* key) { return list(at.value(key, std::vector<std::string>()), false); };
        std::map<std::string, Json> parameters;
        for (const auto& [parameter, about] : algorithm.at("hyperparameters").items()) parameters[parameter] = about;
        const Span span{size_of(hyperparameter_rows_), static_cast<uint32_t>(parameters.size())};
        for (const auto& [parameter, about] : parameters) {
            const std::string kind = text_at(about, "kind");
            const uint32_t flags = (about.contains("least") ? has_least : 0U) | (about.contains("most") ? has_most : 0U) |
                                   (about.value("above", false) ? above_least : 0U) | (about.value("below", false) ? below_most : 0U) |
                                   (about.value("required", false) ? is_needed : 0U);
            const auto [with_name, with_value] = pair_at(about, "required_with");
            hyperparameter_rows_.push_back({pool_.add(parameter), texts(about, "values"), pool_.add(with_name), pool_.add(with_value),
                                            about.value("least", 0.0), about.value("most", 0.0), kinds.at(kind), flags});
        }
        const Json metrics = algorithm.value("metrics", Json::object());
        algorithm_rows_.push_back({pool_.add(name), pool_.add(text_at(algorithm, "unless")), list(channels, false), list(distributions, false),
                                   list(needed, false), texts(algorithm, "content_types"), list(told, false), texts(algorithm, "refused_modes"),
                                   texts(algorithm, "families"), texts(metrics, "maximize"), texts(metrics, "minimize"),
                                   pool_.add(split_channel), pool_.add(split_parameter), pool_.add(several_parameter),
                                   pool_.add(several_value), span, devices(algorithm.at("devices"))});
    }
    for (const auto& account : algorithms_.at("registries").at("accounts")) registry_rows_.push_back(pool_.add(account.get<std::string>()));
}

/// The only member of a record: its name and its text.
std::pair<std::string, std::string> Packer::pair_at(const Json& record, const char* key) {
    if (!record.contains(key)) return {};
    const auto first = record.at(key).begin();
    return {first.key(), first->get<std::string>()};
}

uint32_t Packer::devices(const Json& devices) {
    uint32_t flags = 0;
    for (const auto& [device, instances] : devices.items()) {
        const bool is_gpu = device == "gpu";
        flags |= is_gpu ? on_gpu : on_cpu;
        if (instances == "many") flags |= is_gpu ? several_on_gpu : several_on_cpu;
    }
    return flags;
}

/// Operations of a service begin alike: what one has of the one before is not kept again.
void Packer::pack_names(const Json& lists, std::vector<SdkServiceRow>& rows) {
    constexpr size_t most_shared = '~' - no_shared;
    std::map<std::string, std::string> services;
    for (const auto& [name, operations] : lists.items()) services[name] = operations.get<std::string>();
    for (const auto& [name, operations] : services) {
        std::istringstream words(operations);
        std::string packed, before;
        for (std::string operation; words >> operation; before = operation) {
            if (!before.empty() && operation <= before) fail("operations of " + name + " are not in order");
            size_t shared = 0;
            while (shared < std::min({before.size(), operation.size(), most_shared}) && before[shared] == operation[shared]) shared++;
            packed += static_cast<char>(no_shared + static_cast<int>(shared));
            packed += operation.substr(shared) + "\n";
        }
        rows.push_back({pool_.add(name), pool_.add(packed)});
    }
}

void Packer::pack() {
    pool_.add("");
    merge_written_shapes();
    number_shapes();
    const auto services = std::move(shape_service_rows_);
    shape_service_rows_.clear();
    shape_rows_.emplace_back();
    for (const auto& [service, shapes] : shapes_.by_service) {
        shape_service_rows_.push_back(services[shape_service_rows_.size()]);
        for (const auto& [name, shape] : shapes) {
            try {
                shape_rows_.push_back(shape_row(service, name, shape));
            } catch (const std::exception& error) {
                fail(service + " shape " + name + ": " + error.what());
            }
        }
    }
    for (const auto& [name, service] : integrations_) pack_service(name, service);
    pack_access();
    pack_instances();
    pack_algorithms();
    pack_agreements();
    pack_names(sdk_, sdk_rows_);
    pack_names(iam_, iam_rows_);
}

// ---- output

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
                  wide(r.service), wide(r.pattern), wide(r.optimized), r.has_allow_list);
}
std::string row_text(const RightRow& r) {
    return fields(r.actions, r.resource, r.condition, r.when, r.arn_member, r.arn_resource, r.lower);
}
std::string row_text(const PassRoleRow& r) { return fields(r.member, r.service); }
std::string row_text(const ErrorRow& r) { return fields(r.name, r.retry); }
std::string row_text(const RuleRow& r) { return fields(r.name, r.resource); }
std::string row_text(const InstanceRow& r) { return fields(r.family, r.flags); }
std::string row_text(const HyperparameterRow& r) { return fields(r.name, r.values, r.with_name, r.with_value, r.least, r.most, r.kind, r.flags); }
std::string row_text(const AgreementRow& r) { return fields(r.operation, r.says, r.of, r.most, r.kind); }
std::string row_text(const AlgorithmRow& r) {
    return fields(r.repository, r.unless, r.channels, r.distributions, r.needed_channels, r.content_types, r.told, r.refused_modes, r.families, r.maximized,
                  r.minimized, r.split_channel, r.split_parameter, r.several_parameter, r.several_value, r.hyperparameters, r.devices);
}
std::string row_text(const AlgorithmCallRow& r) {
    return fields(r.operation, r.image, r.channels, r.content_types, r.distributions, r.modes, r.hyperparameters, r.tuned, r.instances, r.count, r.objective,
                  r.goal, r.metrics);
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

/// The pool as string literals; octal escapes keep every byte apart from printable ASCII.
void Packer::write(std::ostream& out) const {
    out << "// Generated by tools/schemas/pack.cpp from runtime-schemas/. Do not edit.\n\n"
           "#include \"schema/tables.hpp\"\n\n"
           "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n"
           "namespace zflow::schema::tables {\nnamespace {\n\n";
    out << "constexpr char pool[] =\n    " << zflow::cpp_literal(pool_.text()) << ";\n";
    write_table(out, "ShapeRow", "shapes", shape_rows_);
    write_table(out, "MemberRow", "members", member_rows_);
    write_table(out, "Text", "lists", list_rows_);
    write_table(out, "NamedSpan", "shape_services", shape_service_rows_);
    write_table(out, "NamedSpan", "services", service_rows_);
    write_table(out, "OperationRow", "operations", operation_rows_);
    write_table(out, "IntegrationRow", "integrations", integration_rows_);
    write_table(out, "RightRow", "rights", right_rows_);
    write_table(out, "PassRoleRow", "pass_roles", pass_role_rows_);
    write_table(out, "ErrorRow", "errors", error_rows_);
    write_table(out, "RuleRow", "rules", rule_rows_);
    write_table(out, "NamedSpan", "intents", intent_rows_);
    write_table(out, "InstanceRow", "instances", instance_rows_);
    write_table(out, "SdkServiceRow", "sdk_services", sdk_rows_);
    write_table(out, "SdkServiceRow", "iam_services", iam_rows_);
    write_table(out, "HyperparameterRow", "hyperparameters", hyperparameter_rows_);
    write_table(out, "AlgorithmRow", "algorithms", algorithm_rows_);
    write_table(out, "AgreementRow", "agreements", agreement_rows_);
    write_table(out, "AlgorithmCallRow", "algorithm_calls", algorithm_call_rows_);
    write_table(out, "Text", "registries", registry_rows_);
    out << "\n}  // namespace\n\nconstinit const Tables packed = {\n    pool, " << pool_.text().size();
    const auto table = [&](const char* name, size_t count) { out << ",\n    {" << name << ", " << count << "}"; };
    table("shapes", shape_rows_.size());
    table("members", member_rows_.size());
    table("lists", list_rows_.size());
    table("shape_services", shape_service_rows_.size());
    table("services", service_rows_.size());
    table("operations", operation_rows_.size());
    table("integrations", integration_rows_.size());
    table("rights", right_rows_.size());
    table("pass_roles", pass_role_rows_.size());
    table("errors", error_rows_.size());
    table("rules", rule_rows_.size());
    table("intents", intent_rows_.size());
    table("instances", instance_rows_.size());
    table("sdk_services", sdk_rows_.size());
    table("iam_services", iam_rows_.size());
    table("hyperparameters", hyperparameter_rows_.size());
    table("algorithms", algorithm_rows_.size());
    table("agreements", agreement_rows_.size());
    table("algorithm_calls", algorithm_call_rows_.size());
    table("registries", registry_rows_.size());
    out << "};\n\n}  // namespace zflow::schema::tables\n";
}

int run(int argument_count, char** arguments) {
    if (argument_count < 3) {
        std::cerr << "usage: pack OUTPUT.cpp INPUT.json...\n";
        return 2;
    }
    Packer packer;
    for (int i = 2; i < argument_count; ++i) {
        try {
            packer.read(arguments[i]);
        } catch (const std::exception& error) {
            fail(std::string(arguments[i]) + ": " + error.what());
        }
    }
    packer.pack();
    std::ostringstream text;
    packer.write(text);
    std::ofstream out(arguments[1], std::ios::binary);
    out << text.str();
    out.close();
    return out ? 0 : 1;
}

}  // namespace

int main(int argument_count, char** arguments) {
    try {
        return run(argument_count, arguments);
    } catch (const std::exception& error) {
        std::cerr << "pack: " << error.what() << "\n";
        return 1;
    }
}
