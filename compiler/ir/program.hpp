/// @file program.hpp
/// @brief The typed program: one stack with its parameters, resources, roles and pipelines. What elaboration makes and
/// lowering reads. Everything in it is checked: lowering cannot fail on it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/boxed.hpp"
#include "ir/value.hpp"
#include "schema/schema.hpp"

namespace zflow::ir {

/// A run of steps in order. `ends`: control never leaves it at its end (it fails, returns, or every arm does).
struct Block {
    std::vector<StepId> steps;
    bool ends = false;
};

/// A place with variables of its own in the state machine: the machine itself, a branch, a map's body.
/// States in an inner scope can read outer variables, but not out of a distributed map's; nobody outside can read an inner one.
using ScopeId = uint32_t;   // 0 is the machine
struct Scope {
    ScopeId parent = 0;
    StepId owner = StepId::none;    ///< the Parallel or Map step, which stands in `parent`
    uint32_t branch = 0;            ///< which branch of it
};

/// As Step Functions spells them, "States.Timeout". Kept with the values, like the rules: many steps share them.
using ErrorNames = std::span<const std::string_view>;

struct RetryRule {
    ErrorNames errors;
    int64_t attempts = 3;
    int64_t interval = 1;       ///< seconds
    double backoff = 2;
    int64_t max_delay = 0;      ///< seconds; 0: none
    bool jitter = false;
};
using RetryRules = std::span<const RetryRule>;

/// A service call: one Task state. `variable` of the step holds the used parts of its result.
struct Task {
    std::optional<schema::Integration> integration;   ///< none: nothing is known of it but `resource`
    ValueId arguments{};                 ///< Record in the service's own member names, checked against its model
    ValueId timeout{}, heartbeat{};      ///< seconds; none when not given
    RetryRules retry{};
    ValueId resource{};                  ///< without an integration: the state's Resource, a const or deploy-time ARN
};

/// A state that the program writes out in Amazon States Language, but for where it goes next.
struct Raw {
    ValueId state{};                     ///< Record; texts in `{% %}` are expressions
    bool works = false;                  ///< Task, Parallel or Map: it can fail, and has a result
};

/// What an if, match or try leaves behind under one name: `values[i]` is what arm i made (none: that arm does not go on,
/// or, with `optional`, made nothing: null).
struct Join {
    Symbol name = Symbol::none;
    std::vector<ValueId> values;         ///< one per arm, in the arms' order
};

struct Choice {
    struct Arm {
        ValueId condition{};             ///< none: the else arm, always last; without one the choice falls through
        Block block;
    };
    std::vector<Arm> arms;               ///< an explicit `else`/`skip` and an absent one are both an arm without condition
    std::vector<Join> joins;
};

struct Parallel {
    struct Branch {
        Symbol name = Symbol::none;
        Block block;
        ScopeId scope;
    };
    std::vector<Branch> branches;        ///< results of steps inside are read from outside: see lower/exports
    RetryRules retry;
    bool keeps_going = false;            ///< a branch that fails does not stop the others
};

/// What a distributed map has beside an inline one. Records hold the members that Step Functions wants.
struct Distributed {
    ValueId reader{};                    ///< arguments of the ItemReader's call; none: `Map::items` is a list
    bool lists = false;                  ///< the reader lists objects, otherwise it reads one
    ValueId reader_config{};             ///< Record, or none
    ValueId decode{};                    ///< the Item made of Raw, in the map's scope; none: it is Raw itself
    ValueId batch{};                     ///< Record of an ItemBatcher's limits, or none
    ValueId tolerated_count{}, tolerated_percentage{};   ///< or none
    ValueId writer{};                    ///< arguments of the ResultWriter; none: the result is the list of `result`s
    std::string_view label;              ///< unique in the pipeline; part of the children's ARNs
    bool express = false;                ///< children are express executions
};

/// Map. Item, ItemIndex refer to it. Its result is the list of `result`s, in the order of the items.
struct Map {
    ValueId items{};
    ScopeId scope = 0;
    Block block;
    ValueId result{};                    ///< what an iteration yields, or none
    ValueId at_most{};                   ///< MaxConcurrency, or none
    RetryRules retry;
    bool keeps_going = false;            ///< an iteration that fails does not stop the others: its result is null
    Boxed<Distributed> distributed;
};

/// Runs `block`, then ends when `until` holds, otherwise waits `every` seconds and starts again, each time `backoff` times
/// as long; after `turns` turns it fails with `error`.
struct Poll {
    Block block;
    ValueId until{};
    ValueId every{};                     ///< seconds
    ValueId turns{};                     ///< how often `block` runs at most; none: as often as `up_to` allows
    ValueId up_to{};                     ///< seconds, only when the waits get longer
    double backoff = 1;
    std::string_view error;              ///< "States.Timeout"-like name of our own, e.g. "Poll.TimedOut"
};

/// Errors of the tasks, maps and parallels in `block` go to the first handler that names them; so does a `fail` inside.
struct Try {
    struct Handler {
        ErrorNames errors;               ///< "States.ALL": everything, alone and last
        Block block;
    };
    Block block;
    std::vector<Handler> handlers;
    std::vector<Join> joins;             ///< arm 0 is `block`, arm i + 1 handler i
    bool unwraps = false;                ///< `block` runs a part of the pipeline: what is caught is the error of that part
};

/// Runs `block` again from its start when it fails with one of the rules' errors: a retry around several states.
struct Attempts {
    Block block;
    RetryRules rules;
};

struct Wait {
    ValueId seconds{}, timestamp{};      ///< exactly one
};

struct Fail {
    std::string_view error;
    ValueId cause{};                     ///< text, or none
    StepId rethrow = StepId::none;       ///< when set: fail with the problem caught by that Try's handler `handler`
    uint32_t handler = 0;
};

/// Ends the pipeline (only in the machine's own scope) with a result.
struct Return {
    ValueId value{};
};

/// Binds a run-time value to a variable, so that it is computed once: the value is Result(this step, path 0).
struct Let {
    ValueId value{};
};

/// Fails with `error`, naming the member, when data from outside does not have the type it is said to have.
struct Check {
    ValueId value{};                     ///< a bound value of the step's own scope; null fits when it is optional
    types::TypeId type{};
    std::string_view what;               ///< its name in the message
    std::string_view error;
};

struct Step {
    std::string_view name;               ///< the state's name: unique in the pipeline over all scopes, at most 80 characters
    std::string_view variable;           ///< unique in the pipeline, an identifier; "" when it can have no result
    std::string_view comment;            ///< from the doc comment, or ""
    ScopeId scope = 0;
    Span where;
    std::variant<Task, Raw, Choice, Parallel, Map, Poll, Try, Attempts, Wait, Fail, Return, Let, Check> is;
    uint32_t statement = 0;              ///< steps of one statement of the user's have the same number
};

/// Access to data or another thing by intent ("s3.read"), as `access` statements ask for it.
struct Access {
    std::string_view intent;
    ValueId target{};                    ///< an S3, Image, Secret, … value
};

/// Data that a stage reads or writes, for the check of its order. Gives no right.
struct Touch {
    ValueId location{};                  ///< an S3 value
    bool write = false;
    StepId next = StepId::none;          ///< the first step the stage makes after it said so
    std::string_view stage;              ///< its path: "train", "serve.served"
    Span where;                          ///< the stage
};

/// A statement the user wrote by hand with `grant`.
struct Grant {
    std::vector<std::string_view> actions;
    std::vector<ValueId> resources;      ///< const or deploy texts
    Span where;
};

/// A role that a service assumes for one kind of thing: a job kind of one pipeline, a function.
struct Role {
    std::string logical_id;
    std::string_view service;            ///< "sagemaker.amazonaws.com"
    std::vector<Access> access;
    std::vector<Grant> grants;
    Span where;
    ValueId given{};                     ///< ARN of a role that exists, in Stack::given_roles; none: it is one of the stack's own
};

/// A CloudFormation resource asked for by a resource kind.
struct Resource {
    std::string logical_id;
    std::string_view type;               ///< "AWS::SNS::Topic"
    ValueId properties{};                ///< Record of const and deploy values
    std::vector<std::string_view> depends_on;
    bool retain = false;
    Span where;
    std::vector<uint32_t> after_roles{}; ///< their policies have to be there first
    ValueId key{};                       ///< ARN of a key of its own for what is in it, or none: who works on it uses that key
};

struct Parameter {
    Symbol name = Symbol::none;
    std::string logical_id;
    types::TypeId type{};
    ValueId fallback{};                  ///< const, or none
    std::string_view description;
    Span where;
};

struct Secret {
    std::string_view name;               ///< name or ARN in Secrets Manager: a reference, never a value
    ValueId arn{};
    Span where;
};

struct PipelineInput {
    Symbol name = Symbol::none;
    types::TypeId type{};
    ValueId fallback{};                  ///< const or deploy, or none when it must be given
    std::string_view description{};
    Span where{};
    std::string_view variable{};         ///< that holds it in the machine; distinct from every step's
    bool passed = false;                 ///< to a part of a pipeline, by the machine that runs it: nothing to check
};

/// How often a start that did not succeed is tried again, and for how long; after that it is a dead letter.
struct Delivery {
    int64_t retries = 5;
    int64_t max_age = 3600;              ///< seconds
};

struct Schedule {
    std::string expression;              ///< "cron(0 3 ? * MON *)", "rate(1 day)", "at(…)"
    std::string_view zone;               ///< IANA name, or ""
    ValueId input{};                     ///< Record, or none
    Span where;
    std::string_view start{}, end{};     ///< "2026-01-31T00:00:00Z", or ""
    int64_t window = 0;                  ///< minutes that a start may come later
    ValueId state{};                     ///< a text that says whether it is on; none: it is
    Delivery delivery{};
};

/// Starts the pipeline for each event that fits a pattern.
struct EventRule {
    ValueId pattern{};                   ///< Record
    ValueId bus{};                       ///< name or ARN, or none
    ValueId input{};                     ///< Record with parts of the event in it, or none
    ValueId state{};
    Delivery delivery{};
    Span where;
};

/// Starts the pipeline for messages of a queue, several at once when `batch` is more than 1.
struct QueueReader {
    ValueId queue{};                     ///< ARN
    int64_t batch = 1;
    int64_t wait = 0;                    ///< seconds in which a batch fills up
    ValueId input{};                     ///< what becomes of each message: parts of it put into place
    ValueId state{};
    Span where;
};

/// How an input looks that comes from a queue, which hands over lists.
struct Received {
    bool any = false;
    Symbol list = Symbol::none;          ///< the input that takes the whole list; none: the only element is the input
};

/// A function and the role it has; both by their indices.
struct Cleanup {
    uint32_t function = 0;
    uint32_t role = UINT32_MAX;          ///< UINT32_MAX: not of this stack
};

constexpr uint32_t no_pipeline = UINT32_MAX;

struct Pipeline {
    Symbol name = Symbol::none;
    std::string logical_id;
    std::string_view comment;
    std::vector<PipelineInput> inputs;
    std::vector<Step> steps;             ///< by StepId
    std::vector<Scope> scopes;           ///< by ScopeId
    Block block;
    ValueId timeout{};                   ///< seconds for the whole execution, or none
    Span express{};                      ///< where it says that it is an Express workflow; unknown: Standard
    std::vector<Schedule> schedules;
    std::vector<EventRule> events;
    std::vector<QueueReader> readers;
    Received received;
    std::vector<Access> access;          ///< what the machine itself needs beyond its tasks
    std::vector<Grant> grants;
    std::vector<Touch> touches;
    std::vector<Cleanup> cleanup;        ///< functions told when an execution ends without success
    Span where;

    // A part of a pipeline that is too large for one machine (see split): the steps as they were, and of which of them each
    // step was made. Rights are derived from those, because more is known there of what a value can be.
    uint32_t part_of = no_pipeline;      ///< the pipeline that people know
    std::shared_ptr<const Pipeline> whole;   ///< its steps, block and scopes
    std::vector<StepId> origin;          ///< by StepId; none: made by the split
    bool is_part() const { return part_of != no_pipeline; }

    const Step& operator[](StepId id) const { return steps[static_cast<uint32_t>(id)]; }
    Step& operator[](StepId id) { return steps[static_cast<uint32_t>(id)]; }
};

struct Output {
    std::string logical_id;
    ValueId value{};
    std::string_view description;
};

struct Tag {
    std::string_view key;
    ValueId value{};
};

struct Stack {
    Symbol name = Symbol::none;
    std::string_view description;
    std::vector<Parameter> parameters;
    std::vector<Secret> secrets;
    std::vector<Resource> resources;
    std::vector<Role> roles;
    std::vector<Role> given_roles{};     ///< that exist: what they have to allow is said, not given
    std::vector<Pipeline> pipelines;
    std::vector<Output> outputs;
    std::vector<Tag> tags;
    ValueId alarms{};                    ///< ARN of the topic that alarms go to, or none
    ValueId log_retention{};             ///< days
    ValueId given_key{};                 ///< ARN of a key that exists and is used instead of one of the stack's own, or none
    ValueId boundary{}, role_path{};     ///< permissions boundary and path of the roles, or none
    bool encryption = true;              ///< one customer-managed key for everything
    bool keep_key = true;                ///< the key outlives the stack
    bool tracing = true;
    bool logging = true;
    bool used_key = false;               ///< something refers to the key
};

}  // namespace zflow::ir
