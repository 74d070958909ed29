/// @file schema.hpp
/// @brief What the compiler knows about the services it calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the compiler knows about the services: request and result structures, Step Functions integrations, IAM rights.
/// Everything is read in place from tables that the build packs out of `runtime-schemas/`; nothing is loaded at start
/// and no call of this header allocates, except those that return a vector.
namespace zflow::schema {

enum class Kind : uint8_t {
    Structure, Union, List, Map, String, Integer, Long, Float, Double, Boolean, Timestamp, Blob, Any
};

/// How a Task state calls a service: fire and forget, wait for the job (two generations), or wait for a token.
enum class Pattern : uint8_t { Request, Sync, Sync2, WaitForTaskToken };

/// `Request` -> "request", `Sync2` -> "sync:2" and so on, as written in `runtime-schemas/integrations`.
std::string_view to_string(Pattern pattern) noexcept;

/// How a pattern is written behind an operation, `.sync`; a call without a word is a `Request`.
struct PatternWord {
    std::string_view word;
    Pattern pattern;
};
inline constexpr PatternWord pattern_words[] = {
    {"sync", Pattern::Sync}, {"sync2", Pattern::Sync2}, {"wait_for_task_token", Pattern::WaitForTaskToken}};
std::optional<Pattern> pattern_of(std::string_view word) noexcept;

/// A random-access view of `count` values that `T Get(index)` reads from the packed tables.
template <typename T, T (*Get)(uint32_t)>
class TableRange {
   public:
    class iterator {
       public:
        using iterator_category = std::input_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = T;

        iterator() = default;
        explicit iterator(uint32_t index) : index_(index) {}
        T operator*() const { return Get(index_); }
        iterator& operator++() {
            ++index_;
            return *this;
        }
        iterator operator++(int) { return iterator(index_++); }
        friend bool operator==(iterator a, iterator b) { return a.index_ == b.index_; }

       private:
        uint32_t index_ = 0;
    };

    TableRange() = default;
    TableRange(uint32_t first, uint32_t count) : first_(first), count_(count) {}
    iterator begin() const { return iterator(first_); }
    iterator end() const { return iterator(first_ + count_); }
    uint32_t size() const { return count_; }
    bool empty() const { return count_ == 0; }
    T operator[](uint32_t i) const { return Get(first_ + i); }
    /// The same place of the tables.
    friend bool operator==(const TableRange&, const TableRange&) = default;

   private:
    uint32_t first_ = 0;
    uint32_t count_ = 0;
};

namespace detail {
std::string_view list_string(uint32_t index);
}
using StringRange = TableRange<std::string_view, detail::list_string>;
using EnumRange = StringRange;

struct Member;

/// One shape of a service model. A value type of one index; default-constructed: no shape.
class Shape {
   public:
    Shape() = default;
    explicit Shape(uint32_t id) : id_(id) {}

    explicit operator bool() const { return id_ != 0; }
    Kind kind() const;
    std::string_view name() const;
    /// "sagemaker", "lambda": the file of `runtime-schemas/` the shape comes from.
    std::string_view service() const;
    /// Smallest value of a number, least length of a string, list, map or blob.
    std::optional<double> min() const;
    std::optional<double> max() const;
    /// The regular expression as the service publishes it; "" when there is none. See pattern.hpp.
    std::string_view pattern() const;
    bool has_enum() const;
    bool enum_contains(std::string_view value) const;
    /// The permitted values in byte order.
    EnumRange enum_values() const;
    /// Of a list: its element. Otherwise no shape.
    Shape element() const;
    /// Of a map: its key and value. Otherwise no shape.
    Shape key() const;
    Shape value() const;
    /// Of a structure or union: its members, in byte order of their names.
    uint32_t member_count() const;
    Member member(uint32_t i) const;
    std::optional<Member> find(std::string_view name) const;

    uint32_t id() const { return id_; }
    friend bool operator==(Shape a, Shape b) { return a.id_ == b.id_; }

   private:
    uint32_t id_ = 0;
};

/// A member of a structure. `doc` is the first sentence of its documentation.
struct Member {
    std::string_view name;
    Shape shape;
    bool required = false;
    std::string_view doc;
};

/// How many shapes there are; their ids are 1..shape_count().
uint32_t shape_count();
/// A shape by service and name, for example ("sagemaker", "TrainingInstanceType"); no shape when unknown.
Shape find_shape(std::string_view service, std::string_view name);

/// IAM actions on one resource. `resource` is an ARN template; "*" when IAM knows no resource. `{partition}`,
/// `{region}` and `{account}` are the environment's. Every other placeholder, here and in `condition_json`, is a
/// request member:
///   `{Member}`, `{Member.Inner}`  its value
///   `{Entries[].Member}`          one right for each element of the list
///   `{Member|text}`               "text" when the request has no such member
///   `{Member#name}`               of an ARN the resource's name without type and qualifier, of a URL its last segment,
///                                 of a name with a revision ("name:3") the name, of anything else the value
///   `{Member#path}`               the value without a leading "/"
///   `{Member#bucket}`             of "s3://bucket/key": "bucket"
///   `{Member#key}`                of "s3://bucket/key": "key"
///   `{Member#2}`                  of "endpoint/x/variant/y": "x", the second part
/// `#` comes before `|` when both are there.
struct Right {
    StringRange actions;
    std::string_view resource;
    /// The member placeholders are to be put in lower case, as SageMaker does in the ARN.
    bool lower = false;
    /// The IAM `Condition` object as JSON text; "" when there is none.
    std::string_view condition_json;
    /// Names the request member that decides whether the right is wanted: present (non-empty) means wanted. "" always.
    std::string_view when;
    /// When the value of this request member is an ARN, `arn_resource` is the template instead of `resource`. "" never.
    std::string_view arn_member;
    std::string_view arn_resource;
};

/// A role that the request hands to a service: the caller needs iam:PassRole on it.
struct PassRole {
    /// "RoleArn", "TrainingJobDefinition.RoleArn"; `[]` after a list member: each element.
    std::string_view member_path;
    /// The service principal, "sagemaker.amazonaws.com"; "" when the integration passes it unconditionally.
    std::string_view service;
};

struct ErrorAdvice {
    std::string_view name;
    bool retry = false;
};

/// A managed EventBridge rule that a `.sync` integration keeps; the caller needs events:PutTargets,
/// events:PutRule and events:DescribeRule on it.
struct ManagedRule {
    std::string_view name;
    /// "arn:{partition}:events:{region}:{account}:rule/<name>"
    std::string_view resource;
};

namespace detail {
Right right_at(uint32_t index);
PassRole pass_role_at(uint32_t index);
ErrorAdvice error_at(uint32_t index);
ManagedRule rule_at(uint32_t index);
}
using RightRange = TableRange<Right, detail::right_at>;
using PassRoleRange = TableRange<PassRole, detail::pass_role_at>;
using ErrorRange = TableRange<ErrorAdvice, detail::error_at>;
using RuleRange = TableRange<ManagedRule, detail::rule_at>;

/// One service operation with one pattern, optimised or aws-sdk.
class Integration {
   public:
    explicit Integration(uint32_t index) : index_(index) {}

    /// Name in the language, "sagemaker", and operation as in the ARN, "createTrainingJob".
    std::string_view service() const;
    std::string_view operation() const;
    Pattern pattern() const;
    bool optimized() const;
    /// What follows "arn:<partition>:" in the state's Resource: "states:::sagemaker:createTrainingJob.sync".
    std::string_view resource() const;
    /// The request structure.
    Shape input() const;
    /// What the state's result is: the response, or for `.sync` what the describe call gives.
    Shape output() const;
    /// False: an optimised integration that would fail at run time on this top-level request member.
    bool allows(std::string_view top_level_member) const;
    /// Whether `allows` decides by an allow-list at all.
    bool has_allow_list() const;
    /// The allow-list names, in byte order; empty without one.
    StringRange allowed() const;

    RightRange rights() const;
    PassRoleRange pass_roles() const;
    ErrorRange errors() const;
    RuleRange managed_rules() const;
    /// The top-level request member that names the thing the call makes, where such a name can be taken only once, ever:
    /// "TrainingJobName". "" when there is none.
    std::string_view fresh_member() const;
    /// The member that names a thing that stays, and the operation of the same service that takes it away. "" when there is none.
    std::string_view kept_member() const;
    std::string_view freed_by() const;

    friend bool operator==(Integration a, Integration b) { return a.index_ == b.index_; }

   private:
    uint32_t index_;
};

/// Service "sagemaker", operation "createTrainingJob", pattern. `force_sdk`: the aws-sdk form. Without it the form that
/// the data prefers: the optimised one, but aws-sdk for operations marked `"prefer": "sdk"` or having no other.
/// Nothing when there is none.
std::optional<Integration> find_integration(std::string_view service, std::string_view operation, Pattern pattern,
                                            bool force_sdk = false);
/// Names in byte order.
std::vector<std::string_view> services();
/// The service's operations in byte order; empty for an unknown service.
std::vector<std::string_view> operations(std::string_view service);
/// How many integrations there are; `integration_at` takes 0..integration_count()-1.
uint32_t integration_count();
Integration integration_at(uint32_t index);

/// The typed aws-sdk form of what `states:::aws-sdk:<service>:<operation>` names, if it is described.
std::optional<Integration> find_sdk_integration(std::string_view service, std::string_view operation, Pattern pattern);
/// Services and operations that aws-sdk integrations can name, described or not, in byte order; see runtime-schemas/sdk.json.
std::vector<std::string_view> sdk_services();
std::vector<std::string> sdk_operations(std::string_view service);
/// The prefixes of services in policies and their actions, in byte order; see runtime-schemas/iam.json.
std::vector<std::string_view> iam_services();
std::vector<std::string> iam_actions(std::string_view service);
/// Whether the service has an action that this is, or that fits it where it has `*` or `?`. As in policies, upper and lower
/// case are the same in the name of an action.
bool is_iam_action(std::string_view service, std::string_view action);
/// Whose ARNs actions with this prefix are on: "sqs" of "sqs"; empty when that is not known, or none are.
StringRange iam_arn_services(std::string_view service);

/// What an action is on, where a service tells its things apart by a `/` alone: "object", "arn:aws:s3:::<BucketName>/<ObjectName>".
struct Thing {
    std::string_view name, arn;
};
std::optional<Thing> iam_thing(std::string_view service, std::string_view action);

/// The regions of all partitions, in byte order; see runtime-schemas/regions.json.
std::vector<std::string_view> regions();
bool is_region(std::string_view name);

/// Actions on a resource template. Its placeholders are the caller's to fill: `{partition}`, `{region}`, `{account}`,
/// and by intent `{bucket}`, `{prefix}`, `{repository}`, `{registry_region}`, `{registry_account}`, `{log_group}`,
/// `{namespace}`, `{state_machine}` (a name), `{label}`, `{rule}`, `{service}`, `{group}` (a name); `{key}`, `{secret}`,
/// `{topic}` and `{role}` are whole ARNs.
struct AccessStatement {
    StringRange actions;
    std::string_view resource;
    std::string_view condition_json;
    /// Wanted only when this placeholder has a value; "" always.
    std::string_view when;
};

namespace detail {
AccessStatement access_at(uint32_t index);
}
using AccessRange = TableRange<AccessStatement, detail::access_at>;

/// "s3.read" -> its statements. Name the result before a range-for over it: `*find_access(...)` refers to a temporary.
std::optional<AccessRange> find_access(std::string_view intent);
std::vector<std::string_view> access_intents();

/// What members of one request have to agree about.
struct Agreement {
    enum Kind : uint32_t {
        OneOf,       ///< exactly one of them is there
        Needs,       ///< the first needs the second
        AtLeast,     ///< the first is at least the second
        Product,     ///< of both is at most `most`
        NoDiskKey,   ///< a key only for instances without storage of their own
        JsonSize,    ///< each of them has at most `most` characters as JSON
        MapSize,     ///< keys and values of all of these maps have at most `most` bytes
        Matches,     ///< the first matches `pattern`, unless the second is `unless`
    };
    Kind kind;
    StringRange of;                      ///< paths, "StoppingCondition.MaxRuntimeInSeconds"
    double most;
    std::string_view says;
    std::string_view pattern, unless;
};
namespace detail {
Agreement agreement_at(uint32_t index);
}
using AgreementRange = TableRange<Agreement, detail::agreement_at>;
/// In the order of the data; empty when there is none.
AgreementRange agreements(std::string_view service, std::string_view operation);
/// Of the properties of a resource: "AWS::Lambda::Function".
AgreementRange agreements(std::string_view resource_type);

/// What an algorithm takes under one name; a text, or a number within bounds.
struct Hyperparameter {
    std::string_view name;
    StringRange values;                  ///< empty: any
    bool number = false, whole = false, truth = false, needed = false;
    std::string_view with_name, with_value;   ///< needed when this one is given, with this value if there is one
    std::optional<double> least, most;
    bool above_least = false, below_most = false;   ///< the bound itself is not taken
};

/// An algorithm of AWS, by the repository of its image.
struct Algorithm {
    std::string_view repository;
    std::string_view unless;             ///< a hyperparameter with which the image runs another program
    StringRange channels, distributions, needed_channels;   ///< `distributions`: of each channel, "" for any
    StringRange content_types;           ///< none: not known
    StringRange told;                    ///< format, content type, …: formats that are read only when the content type says so
    StringRange refused_modes;
    StringRange families;                ///< of instances that it is made for
    StringRange maximized, minimized;    ///< metrics to tune for; both empty: not known
    std::string_view split_channel, split_parameter;      ///< a channel that it makes itself, with this hyperparameter if there is one
    std::string_view several_parameter, several_value;    ///< what lets it train on several instances all the same
    bool on_cpu = true, on_gpu = true, several_on_cpu = true, several_on_gpu = true;
    std::vector<Hyperparameter> hyperparameters;   ///< in byte order of their names
};
/// The algorithm in the repository of an account of AWS.
std::optional<Algorithm> find_algorithm(std::string_view account, std::string_view repository);

/// Where the request of an operation has what an algorithm reads: paths like `Definition.Channels[].Name`.
struct AlgorithmCall {
    std::string_view image, channels, content_types, distributions;
    StringRange modes;
    std::string_view hyperparameters;
    StringRange tuned, instances;
    std::string_view count, objective, goal, metrics;
};
std::optional<AlgorithmCall> find_algorithm_call(std::string_view operation);

/// Whether the instance type ("ml.g5.xlarge") has local NVMe storage, so that a volume key may not be sent.
bool has_local_nvme(std::string_view instance_type);
bool has_gpu(std::string_view instance_type);
/// Not the opposite: of a family that nobody knows neither is true.
bool has_no_gpu(std::string_view instance_type);

}  // namespace zflow::schema
