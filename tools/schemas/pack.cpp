/// @file pack.cpp
/// @brief Packs `runtime-schemas/` into constant tables: `pack OUTPUT.cpp INPUT.json...`.
///
/// The inputs may come in any order; each says by its "format" what it holds. The output depends on nothing else, so
/// the same inputs always give the same bytes.

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/tables.hpp"
#include "tools/schemas/tables_text.hpp"

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

struct Shapes {
    std::map<std::string, std::map<std::string, Json>> by_service;
    std::map<std::string, std::map<std::string, uint32_t>> ids;
};

class Packer {
   public:
    void read(const std::string& path);
    /// To be called once, after everything was read.
    const Packed& pack();

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
    void pack_iam_arns();
    void pack_iam_things();
    void pack_regions();

    std::map<std::string, Json> models_;
    std::map<std::string, Json> integrations_;
    Json access_ = Json::object();
    Json families_ = Json::object();
    Json sdk_ = Json::object();
    Json iam_ = Json::object(), iam_arns_ = Json::object(), iam_things_ = Json::object(), regions_ = Json::object();
    Json algorithms_, agreements_;
    Shapes shapes_;
    Packed packed_;
    Pool& pool_ = packed_.pool;
    std::map<std::vector<std::string>, Span> known_lists_;
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
        iam_arns_ = document.at("arns");
        iam_things_ = document.at("things");
    } else if (format == "regions") {
        regions_ = document.at("partitions");
    } else {
        fail("unknown format '" + format + "'");
    }
}

Span Packer::list(std::vector<std::string> texts, bool sorted) {
    if (sorted) {
        std::sort(texts.begin(), texts.end());
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    }
    const Span next{size_of(packed_.lists), size_of(texts)};
    const auto [position, added] = known_lists_.try_emplace(texts, next);
    if (added) {
        for (const auto& text : texts) packed_.lists.push_back(pool_.add(text));
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
        packed_.shape_services.push_back({pool_.add(service), {next, static_cast<uint32_t>(shapes.size())}});
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
    const Span span{size_of(packed_.members), static_cast<uint32_t>(members.size())};
    for (const auto& [name, member] : members) {
        const uint32_t id = shape_id(service, member.at(0).get<std::string>());
        const Text doc = pool_.add(member.at(1).get<std::string>());
        packed_.members.push_back({pool_.add(name), doc, id, required.count(name) != 0 ? 1U : 0U});
        required.erase(name);
    }
    if (!required.empty()) fail("required member '" + *required.begin() + "' does not exist");
    return span;
}

ShapeRow Packer::shape_row(const std::string& service, const std::string& name, const Json& shape) {
    ShapeRow row{};
    row.name = pool_.add(name);
    row.pattern = pool_.add(text_at(shape, "pattern"));
    row.service = static_cast<uint16_t>(packed_.shape_services.size() - 1);
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
    Span span{size_of(packed_.rights), 0};
    if (operation.contains("resource")) {
        Json right = {{"actions", {service.at("iam_prefix").get<std::string>() + ":" + api}},
                      {"resource", operation.at("resource")},
                      {"lower", operation.contains("lower") && operation.at("lower").get<bool>()},
                      {"source", operation.at("source")}};
        packed_.rights.push_back(right_row(right));
    }
    const Json& rights = child(operation, "rights");
    for (const auto& right : child(rights, rights.contains(pattern) ? pattern.c_str() : "request")) {
        packed_.rights.push_back(right_row(right));
    }
    span.count = size_of(packed_.rights) - span.first;
    return span;
}

Span Packer::pass_role_rows(const Json& operation) {
    const Span span{size_of(packed_.pass_roles), static_cast<uint32_t>(child(operation, "pass_role").size())};
    for (const auto& role : child(operation, "pass_role")) {
        if (text_at(role, "source").empty()) fail("a passed role has no source");
        packed_.pass_roles.push_back({pool_.add(text_at(role, "member")), pool_.add(text_at(role, "service"))});
    }
    return span;
}

std::string with_exception_suffix(const std::string& name) {
    return name.ends_with("Exception") ? name : name + "Exception";
}

Span Packer::error_rows(const Json& service, const std::string& api, const std::string& pattern, bool optimized) {
    Span span{size_of(packed_.errors), 0};
    const Json& errors = child(service, "errors");
    const auto add = [&](const std::string& name, const Json& error) {
        packed_.errors.push_back({pool_.add(name), error.at("retry").get<bool>() ? 1U : 0U});
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
    span.count = size_of(packed_.errors) - span.first;
    return span;
}

Span Packer::rule_rows(const Json& operation, const std::string& pattern) {
    const Json& rules = child(child(operation, "rules"), pattern.c_str());
    const Span span{size_of(packed_.rules), static_cast<uint32_t>(rules.size())};
    for (const auto& rule : rules) {
        const auto name = rule.get<std::string>();
        packed_.rules.push_back({pool_.add(name), pool_.add("arn:{partition}:events:{region}:{account}:rule/" + name)});
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
    row.kept = pool_.add(text_at(operation, "kept"));
    row.freed_by = pool_.add(text_at(operation, "freed_by"));
    row.service = static_cast<uint16_t>(packed_.services.size());
    row.pattern = index_in(pattern_names, pattern, "pattern");
    row.optimized = optimized ? 1U : 0U;
    packed_.integrations.push_back(row);
}

void Packer::pack_operation(const Json& service, const std::string& name, const Json& operation) {
    if (text_at(operation, "source").empty()) fail("operation '" + name + "' has no source");
    OperationRow row{pool_.add(name), {size_of(packed_.integrations), 0}, text_at(operation, "prefer") == "sdk" ? 1U : 0U};
    for (const auto& pattern : child(operation, "optimized")) {
        pack_integration(service, name, operation, pattern.get<std::string>(), true);
    }
    if (operation.at("sdk").get<bool>()) {
        for (const char* pattern : {"request", "waitForTaskToken"}) {
            pack_integration(service, name, operation, pattern, false);
        }
    }
    row.items.count = size_of(packed_.integrations) - row.items.first;
    packed_.operations.push_back(row);
}

void Packer::pack_service(const std::string& name, const Json& service) {
    std::map<std::string, Json> operations;
    for (const auto& [operation, details] : service.at("operations").items()) operations[operation] = details;
    const uint32_t first = size_of(packed_.operations);
    for (const auto& [operation, details] : operations) {
        try {
            pack_operation(service, operation, details);
        } catch (const std::exception& error) {
            fail(name + ":" + operation + ": " + error.what());
        }
    }
    packed_.services.push_back({pool_.add(name), {first, size_of(packed_.operations) - first}});
}

void Packer::pack_access() {
    std::map<std::string, Json> intents;
    for (const auto& [name, statements] : access_.items()) intents[name] = statements;
    for (const auto& [name, statements] : intents) {
        packed_.intents.push_back({pool_.add(name), {size_of(packed_.rights), static_cast<uint32_t>(statements.size())}});
        for (const auto& statement : statements) packed_.rights.push_back(right_row(statement));
    }
}

void Packer::pack_instances() {
    std::map<std::string, uint32_t> families;
    for (const auto& [name, family] : families_.items()) {
        families[name] = (family.at("nvme").get<bool>() ? local_nvme : 0U) | (family.at("gpu").get<bool>() ? gpu : 0U);
    }
    for (const auto& [name, flags] : families) packed_.instances.push_back({pool_.add(name), flags});
}

/// Those of one operation stand together.
void Packer::pack_agreements() {
    static const std::map<std::string, uint32_t> kinds = {
        {"one_of", one_of}, {"needs", needs}, {"at_least", at_least}, {"product", product}, {"no_disk_key", no_disk_key},
        {"json_size", json_size}, {"map_size", map_size}, {"matches", matches}};
    for (const auto& [name, agreements] : agreements_.items()) {
        for (const auto& agreement : agreements) {
            if (text_at(agreement, "source").empty()) fail("an agreement of " + name + " has no source");
            const Span of = list(agreement.at("of").get<std::vector<std::string>>(), false);
            packed_.agreements.push_back({pool_.add(name), pool_.add(text_at(agreement, "says")), of, agreement.value("most", 0.0),
                                       kinds.at(text_at(agreement, "kind")), pool_.add(text_at(agreement, "pattern")),
                                       pool_.add(text_at(agreement, "unless"))});
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
        packed_.algorithm_calls.push_back({pool_.add(name), path("image"), path("channels"), path("content_types"), path("distributions"),
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
        const Span span{size_of(packed_.hyperparameters), static_cast<uint32_t>(parameters.size())};
        for (const auto& [parameter, about] : parameters) {
            const std::string kind = text_at(about, "kind");
            const uint32_t flags = (about.contains("least") ? has_least : 0U) | (about.contains("most") ? has_most : 0U) |
                                   (about.value("above", false) ? above_least : 0U) | (about.value("below", false) ? below_most : 0U) |
                                   (about.value("required", false) ? is_needed : 0U);
            const auto [with_name, with_value] = pair_at(about, "required_with");
            packed_.hyperparameters.push_back({pool_.add(parameter), texts(about, "values"), pool_.add(with_name), pool_.add(with_value),
                                            about.value("least", 0.0), about.value("most", 0.0), kinds.at(kind), flags});
        }
        const Json metrics = algorithm.value("metrics", Json::object());
        packed_.algorithms.push_back({pool_.add(name), pool_.add(text_at(algorithm, "unless")), list(channels, false), list(distributions, false),
                                   list(needed, false), texts(algorithm, "content_types"), list(told, false), texts(algorithm, "refused_modes"),
                                   texts(algorithm, "families"), texts(metrics, "maximize"), texts(metrics, "minimize"),
                                   pool_.add(split_channel), pool_.add(split_parameter), pool_.add(several_parameter),
                                   pool_.add(several_value), span, devices(algorithm.at("devices"))});
    }
    for (const auto& account : algorithms_.at("registries").at("accounts"))
        packed_.registries.push_back(pool_.add(account.get<std::string>()));
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

void Packer::pack_iam_arns() {
    std::map<std::string, std::vector<std::string>> services;
    for (const auto& [name, arns] : iam_arns_.items()) {
        std::istringstream words(arns.get<std::string>());
        services[name] = {std::istream_iterator<std::string>(words), {}};
    }
    for (const auto& [name, arns] : services) packed_.iam_arns.push_back({pool_.add(name), list(arns, true)});
}

/// "name=ARN=action,action" of each, with blanks between them.
void Packer::pack_iam_things() {
    for (const auto& [service, things] : iam_things_.items()) {
        std::istringstream words(things.get<std::string>());
        for (std::string thing; words >> thing;) {
            std::istringstream parts(thing);
            std::string name, arn, actions;
            std::getline(parts, name, '='), std::getline(parts, arn, '='), std::getline(parts, actions);
            std::replace(actions.begin(), actions.end(), ',', ' ');
            std::istringstream all(actions);
            packed_.iam_things.push_back({pool_.add(service), pool_.add(name), pool_.add(arn),
                                          list({std::istream_iterator<std::string>(all), {}}, true)});
        }
    }
}

void Packer::pack_regions() {
    std::set<std::string> all;
    for (const auto& [partition, regions] : regions_.items())
        for (const auto& region : regions) all.insert(region.get<std::string>());
    for (const std::string& region : all) packed_.regions.push_back(pool_.add(region));
}

const Packed& Packer::pack() {
    pool_.add("");
    merge_written_shapes();
    number_shapes();
    const auto services = std::move(packed_.shape_services);
    packed_.shape_services.clear();
    packed_.shapes.emplace_back();
    for (const auto& [service, shapes] : shapes_.by_service) {
        packed_.shape_services.push_back(services[packed_.shape_services.size()]);
        for (const auto& [name, shape] : shapes) {
            try {
                packed_.shapes.push_back(shape_row(service, name, shape));
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
    pack_names(sdk_, packed_.sdk_services);
    pack_names(iam_, packed_.iam_services);
    pack_iam_arns();
    pack_iam_things();
    pack_regions();
    return packed_;
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
    std::ostringstream text;
    write_tables(packer.pack(), text);
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
