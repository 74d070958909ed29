/// @file tables.hpp
/// @brief Layout of the packed service knowledge. `tools/schemas/pack.cpp` writes it, `schema.cpp` reads it.
///
/// Every row refers to text by offset and length in one character pool and to other rows by index. All arrays are
/// constant-initialised, so they live in read-only memory and cost nothing at start-up.
#pragma once

#include <cstdint>

namespace zflow::schema::tables {

/// Text in the pool.
struct Text {
    uint32_t offset;
    uint32_t length;
};

/// Rows [first, first + count) of some array.
struct Span {
    uint32_t first;
    uint32_t count;
};

enum ShapeFlag : uint8_t { has_min = 1, has_max = 2 };

struct ShapeRow {
    Text name;
    Text pattern;
    Span items;   ///< structure: members; string: enum values in `lists`
    uint32_t a;   ///< list: element shape; map: key shape
    uint32_t b;   ///< map: value shape
    double min;
    double max;
    uint16_t service;  ///< index in `shape_services`
    uint8_t kind;
    uint8_t flags;
};

struct MemberRow {
    Text name;
    Text doc;
    uint32_t shape;
    uint32_t required;
};

/// A name that owns a span: a service's shapes or operations, an access intent's statements.
struct NamedSpan {
    Text name;
    Span items;
};

/// A service of the aws-sdk integrations and its operations, or the prefix of a service in policies and its actions.
/// `operations`: their names in byte order, each a character that tells how many
/// characters it shares with the one before (from `no_shared` on), the rest, and a line end.
struct SdkServiceRow {
    Text name;
    Text operations;
};
inline constexpr char no_shared = ' ';

/// `items` are the operation's integrations.
struct OperationRow {
    Text name;
    Span items;
    uint32_t prefer_sdk;
};

struct IntegrationRow {
    Text operation;
    Text resource;
    uint32_t input;
    uint32_t output;
    Span allowed;
    Span rights;
    Span pass_roles;
    Span errors;
    Span rules;
    Text fresh;        ///< request member whose value is taken only once; empty: none
    Text kept;         ///< request member whose value is taken until the operation `freed_by`; empty: none
    Text freed_by;
    uint16_t service;  ///< index in `services`
    uint8_t pattern;
    uint8_t optimized;
    uint32_t has_allow_list;
};

struct RightRow {
    Span actions;
    Text resource;
    Text condition;
    Text when;
    Text arn_member;
    Text arn_resource;
    uint32_t lower;
};

struct PassRoleRow {
    Text member;
    Text service;
};

struct ErrorRow {
    Text name;
    uint32_t retry;
};

struct RuleRow {
    Text name;
    Text resource;
};

enum InstanceFlag : uint32_t { local_nvme = 1, gpu = 2 };

struct InstanceRow {
    Text family;
    uint32_t flags;
};

enum ParameterKind : uint32_t { free_text, whole_number, any_number, truth };
enum ParameterFlag : uint32_t { has_least = 1, has_most = 2, above_least = 4, below_most = 8, is_needed = 16 };

/// `values`: in `lists`. `with`: another hyperparameter with which this one is needed, and its value.
struct HyperparameterRow {
    Text name;
    Span values;
    Text with_name;
    Text with_value;
    double least;
    double most;
    uint32_t kind;
    uint32_t flags;
};

enum AgreementKind : uint32_t { one_of, needs, at_least, product, no_disk_key, json_size, map_size, matches };

/// `operation`: with its service, "sagemaker.createModel". `of`: paths in `lists`.
struct AgreementRow {
    Text operation;
    Text says;
    Span of;
    double most;
    uint32_t kind;
    Text pattern;
    Text unless;
};

/// What some actions of a service are on: "bucket", "arn:aws:s3:::<BucketName>".
struct ThingRow {
    Text service;
    Text name;
    Text arn;
    Span actions;   ///< in byte order
};

enum DeviceFlag : uint32_t { on_cpu = 1, on_gpu = 2, several_on_cpu = 4, several_on_gpu = 8 };

/// The spans are in `lists`. `distributions`: beside `channels`. `told`: a format, its content type, a format, …
struct AlgorithmRow {
    Text repository;
    Text unless;
    Span channels;
    Span distributions;
    Span needed_channels;
    Span content_types;
    Span told;
    Span refused_modes;
    Span families;
    Span maximized;
    Span minimized;
    Text split_channel;
    Text split_parameter;
    Text several_parameter;
    Text several_value;
    Span hyperparameters;
    uint32_t devices;
};

/// Where a request has what an algorithm reads; the spans are paths in `lists`.
struct AlgorithmCallRow {
    Text operation;
    Text image;
    Text channels;
    Text content_types;
    Text distributions;
    Span modes;
    Text hyperparameters;
    Span tuned;
    Span instances;
    Text count;
    Text objective;
    Text goal;
    Text metrics;
};

template <typename Row>
struct Table {
    const Row* rows;
    uint32_t count;
};

struct Tables {
    const char* pool;
    uint32_t pool_size;
    Table<ShapeRow> shapes;  ///< row 0 means: no shape
    Table<MemberRow> members;
    Table<Text> lists;
    Table<NamedSpan> shape_services;
    Table<NamedSpan> services;
    Table<OperationRow> operations;
    Table<IntegrationRow> integrations;
    Table<RightRow> rights;
    Table<PassRoleRow> pass_roles;
    Table<ErrorRow> errors;
    Table<RuleRow> rules;
    Table<NamedSpan> intents;
    Table<InstanceRow> instances;
    Table<SdkServiceRow> sdk_services;
    Table<SdkServiceRow> iam_services;
    Table<HyperparameterRow> hyperparameters;
    Table<AlgorithmRow> algorithms;
    Table<AgreementRow> agreements;
    Table<AlgorithmCallRow> algorithm_calls;
    Table<Text> registries;   ///< accounts of AWS with the images of algorithms
    Table<NamedSpan> iam_arns;   ///< by the prefix of a service in policies: whose ARNs its actions are on, in `lists`
    Table<ThingRow> iam_things;
    Table<Text> regions;      ///< in byte order
};

/// Defined by the generated source.
extern const Tables packed;

}  // namespace zflow::schema::tables
