/// @file elaborator.hpp
/// @brief Syntax to typed IR: names, types and binding times in one walk, stage kinds expanded where they are used.
///
/// The walk is a partial evaluator. An expression becomes a Value whose constant parts are already computed; a stage kind's
/// body is walked once for each stage with the stage's settings as its parameters, so `if count > 1 …` inside a kind is
/// decided here when the count is constant, and becomes JSONata when it is not.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/few.hpp"
#include "base/source.hpp"
#include "diagnostics/diagnostics.hpp"
#include "elaborate/expansion.hpp"
#include "elaborate/module.hpp"
#include "ir/arn.hpp"
#include "ir/program.hpp"
#include "library/snapshot.hpp"

namespace zflow::elaborate {

/// In seconds, of a state, a wait and an execution (Amazon States Language specification).
constexpr int64_t longest_timeout = 99'999'999;
/// In seconds: Step Functions Developer Guide, service quotas: an execution lasts a year at most.
constexpr int64_t longest_run = 365 * 86400;

using ir::Op;
using ir::StepId;
using ir::Time;
using ir::Value;
using ir::ValueId;
using syntax::NodeId;
using syntax::NodeKind;
using types::TypeId;
using types::TypeKind;

class NameUses;

/// The known format of datasets that a name looks like; empty when it is one itself, or like none.
std::string_view closest_format(std::string_view name);

/// A number by symbol, 0 at first. Names of the standard library and those of the program have tables of their own: of the
/// former, which are many, some tables never have one.
class NumberBySymbol {
   public:
    NumberBySymbol();
    uint32_t& operator[](Symbol symbol) {
        auto id = static_cast<size_t>(symbol);
        std::vector<uint32_t>& numbers = id < library_ ? of_library_ : own_;
        if (id >= library_) id -= library_;
        if (id >= numbers.size()) numbers.resize(id + 128);
        return numbers[id];
    }

   private:
    size_t library_;   ///< how many names it has
    std::vector<uint32_t> of_library_, own_;
};

/// Of names that are taken, the number that one more of them gets, so that ten thousand of one name are not counted from 2 each.
class NextNumbers {
   public:
    /// `serial`: of the pipeline or stack that numbers. The number grows with each call.
    uint32_t take(Symbol name, uint32_t serial) {
        Next& next = next_[name];
        if (next.serial != serial) next = {serial, 2};
        return next.number++;
    }

   private:
    struct Next {
        uint32_t serial, number;
    };
    std::unordered_map<Symbol, Next> next_;
};

/// Tables by symbol. The stacks of a file share them: it may have many stacks, and very many names.
struct SymbolTables {
    std::vector<uint32_t> heads;                             ///< innermost binding
    NumberBySymbol states, variables;                        ///< serial of the pipeline that used the name last
    NumberBySymbol ids;                                      ///< serial of the stack that used it as logical id last
    NextNumbers next_state, next_id;
    std::shared_ptr<NameUses> uses;                          ///< in the main file, once looked for
    uint32_t serial = 0;
};

/// Gives its inputs, and its steps in the order in which they were made, the names of the variables that hold them; those that
/// have one keep it. What is only checked needs none.
void name_variables(ir::Pipeline& pipeline, Interner& names, SymbolTables& symbols);

/// What everything here works with.
struct Session {
    SourceMap& sources;
    SourceProvider& provider;
    Interner& names;
    Modules& modules;
    Diagnostics& diagnostics;
    types::TypeTable& types;
    SymbolTables& symbols;
    const library::Snapshot& prepared;
    bool repeat_expansions = true;
    bool check_library_resources = false;   ///< what the library itself gives CloudFormation too, which tests ask for
    bool sound = true;   ///< false: errors were found before, so that what seems unused may be meant by what is broken
};

/// Names that the elaborator itself looks for. They are the first ones of the library, so that nobody has to look them up.
struct KnownNames {
#define ZFLOW_KNOWN_NAMES(X) \
    X(bucket) X(key) X(uri) X(account) X(region) X(repository) X(stack) X(aws) X(pipeline) X(image) X(tags) X(name) X(arn) \
    X(alarms) X(description) X(encryption) X(logging) X(tracing) X(log_retention) X(keep_key) X(on) X(attempts) X(interval) X(backoff) \
    X(max_delay) X(jitter) X(error) X(cause) X(timeout) X(retry) X(schedule) X(grant) X(at_most) X(every) X(up_to) X(heartbeat) \
    X(seconds) X(minutes) X(hours) X(days) X(bytes) X(mb) X(gb) X(Ref) X(retain) X(actions) X(resources) X(cleanup) X(zone) \
    X(input) X(expression) X(partition) X(Container) X(Retry) X(StateMachineArn) X(Input) X(parent) X(role) X(after) X(unroll) \
    X(permissions_boundary) X(role_path) \
    X(Schedule) X(EventTrigger) X(QueueTrigger) X(start) X(end) X(window) X(enabled) X(retries) X(max_age) X(pattern) X(bus) \
    X(queue) X(batch) X(wait) X(into) X(each) X(event) X(message) X(body) X(time) \
    X(tolerate) X(tolerate_percent) X(results) X(label) X(distributed) X(express) X(limit) X(format) X(header) X(delimiter) \
    X(pointer) X(files) X(watched) X(needs) X(prefix) X(on_failure) X(read_json) X(size) X(location) X(Bucket) X(Key) X(Prefix) \
    X(sdk) X(task) X(state) X(service) X(operation) X(resource)
    enum Number : uint32_t {
        number_of_none,
#define X(n) number_of_##n,
        ZFLOW_KNOWN_NAMES(X)
#undef X
    };
#define X(n) static constexpr Symbol n{number_of_##n};
    ZFLOW_KNOWN_NAMES(X)
#undef X
};

/// A name in scope.
struct Binding {
    Symbol name = Symbol::none;
    ValueId value{};
    Span where;
    uint32_t frame = 0;
    uint32_t previous = 0;     ///< index of what it hides
    bool lost = false;         ///< made only on some paths: `where` is where, `value` is none
    bool wide = false;         ///< its declared type takes several kinds of values, or none
};

/// A body being walked: a pipeline, a stage kind for one stage, a resource kind, a function's expression.
struct Frame {
    const Module* module = nullptr;
    uint32_t id = 0;
    std::string_view path{};     ///< prefix of state names: "", "serve", "serve.served"
    Span call_site{};            ///< the stage that is expanded here; unknown for a pipeline
    std::string_view kind{};     ///< name of the stage kind or resource kind
    bool single = false;         ///< the kind makes exactly one state: it takes the stage's own name
    ValueId result{};            ///< what `return` gave
    bool returned = false;
    bool function = false;       ///< the body of a function: what a parameter stands for stays where it was written
    Span refused{};              ///< where a requirement of the kind does not hold: what its calls say about that repeats it
    bool incomplete = false;     ///< its settings were not all understood: what it requires is not judged
    uint32_t branches = 0;       ///< how many arms, branches and loops the walk is inside of
    uint64_t given = UINT64_MAX; ///< of the kind's settings, a bit each: those that are not what they are when nobody gives them
};

/// One more branch for as long as this lives.
class InBranch {
   public:
    explicit InBranch(Frame& frame) : frame_(frame) { frame_.branches++; }
    ~InBranch() { frame_.branches--; }
    InBranch(const InBranch&) = delete;
    InBranch& operator=(const InBranch&) = delete;

   private:
    Frame& frame_;
};

class Elaborator;

/// A value that may be absent in general, and is known to be there at this point: `x`, or a member `x.y` of it.
struct There {
    ValueId root{};                          ///< what the name is bound to
    std::vector<Symbol> members;
};

/// What conditions say holds as long as this lives.
class Narrowed {
   public:
    explicit Narrowed(std::vector<There>& there) : there_(there), mark_(there.size()) {}
    ~Narrowed() { there_.resize(mark_); }
    Narrowed(const Narrowed&) = delete;
    Narrowed& operator=(const Narrowed&) = delete;

   private:
    std::vector<There>& there_;
    size_t mark_;
};

/// What has been decided at this point: of a choice by the same question only one arm is left.
struct Assumption {
    ValueId question{};
    uint32_t answer = 0;                     ///< of a condition 1 or 0: it holds or not; of a list the number of the item
    Span of;                                 ///< the choice that is looked at arm by arm; unknown: a condition of the program
};

/// What was assumed before holds again when this ends.
class Assuming {
   public:
    explicit Assuming(std::vector<Assumption>& assumed) : assumed_(assumed), mark_(assumed.size()) {}
    ~Assuming() { assumed_.resize(mark_); }
    Assuming(const Assuming&) = delete;
    Assuming& operator=(const Assuming&) = delete;

   private:
    std::vector<Assumption>& assumed_;
    size_t mark_;
};

/// Where the elaborator reports. What is found inside the standard library is the fault of whoever used it so: it is
/// reported at the stage that was being expanded.
class Reporter {
   public:
    Reporter(Diagnostics& sink, const Elaborator& elaborator) : sink_(sink), elaborator_(elaborator) {}
    template <typename... Args>
    [[gnu::cold]] DiagnosticBuilder report(const Diagnosis<Args...>& what, Span span, const std::type_identity_t<Args>&... args) {
        if (drops(what.kind, span)) return DiagnosticBuilder(nullptr);
        return sink_.report(what, at_user(span), args...);
    }

   private:
    bool drops(const DiagnosticKind& kind, Span span) const;
    bool is_quiet(const DiagnosticKind& kind, Span span) const;
    Span at_user(Span span) const;   ///< breaks the recording, if there is one: findings are made by walks
    Diagnostics& sink_;
    const Elaborator& elaborator_;
};

class Elaborator {
   public:
    Elaborator(Session session, ir::Values& values);
    /// Enters the names that it looks for, those of the language's functions among them, as the first ones of an empty table.
    static void enter_names(Interner& names);

    /// The functions of the language, in the order of their table.
    static std::vector<std::string_view> builtin_names();
    /// One stack: `declarations` are the main file's that belong to it.
    ir::Stack stack(NodeId stack_node, const std::vector<NodeId>& declarations);

   private:
    friend class Reporter;
    friend class LeftOut;
    friend class Mismatch;
    friend class PathTexts;
    friend class PropertyCheck;
    friend class Preparing;
    friend struct BuiltinCall;
    // --- declarations.cpp
    void stack_settings(NodeId record);
    void apply_stack_option(Symbol name, ValueId value);
    void check_tag(const ir::Field& tag);
    ValueId retention(ValueId value, Span where);
    ValueId stack_option(Symbol name) const;
    std::string option_form(Symbol name);
    void parameter(DeclarationRef declaration);
    std::string parameter_instead(const ir::Parameter& parameter);
    void pipeline(DeclarationRef declaration);
    void pipeline_setting(NodeId node);
    bool is_pipeline_setting(Symbol name) const { return name == known_.schedule || name == known_.on || name == known_.timeout || name == known_.express; }
    // --- grants.cpp: what the user allows by hand
    void grant(NodeId node);
    void check_resources(const ir::Grant& grant, const std::vector<Span>& actions);
    void check_things(const ir::Grant& grant, std::string_view action, Span where);
    std::optional<bool> is_below(ValueId arn) const;
    void check_action(std::string_view whole, Span where);
    void unknown_action(std::string_view service, std::string_view action, Span where);
    void unknown_prefix(std::string_view service, std::string_view action, Span where);
    void output(DeclarationRef declaration);
    void pipeline_cycles();
    /// Kinds and functions that nothing uses are checked with values of their parameters' types.
    void check_unused(const std::vector<NodeId>& declarations);
    void check_unused_names(const std::vector<NodeId>& declarations);
    void check_path_texts(const std::vector<NodeId>& declarations);
    bool is_used(Symbol name, NodeId within, NodeId from);
    void check_unused_lets(NodeId declaration, const std::function<bool(Symbol, NodeId)>& used);
    void check_unused_kind(DeclarationRef declaration);
    void check_unused_function(DeclarationRef declaration);
    ValueId sample(TypeId type, Time time, Span where);
    bool is_sample(ValueId value);
    /// False, and reported, when expanding has gone on for so long that it has no end.
    bool may_expand(std::string_view what, Span where);
    std::string logical_id(std::string_view name, std::string_view suffix = {});
    ValueId declared(DeclarationRef declaration, Span use);
    ValueId declare_value(DeclarationRef declaration, Span use);
    uint32_t pipeline_index(DeclarationRef declaration);
    std::string_view doc_of(const syntax::Tree& tree, NodeId node);

    // --- triggers.cpp: what starts a pipeline by itself
    void triggers(NodeId node, bool schedules);
    void bind_events(NodeId node);
    void trigger(ValueId value, Span where, bool schedules);
    void schedule(ValueId record, Span where);
    bool schedule_expression(ir::Schedule& s, ValueId expression);
    bool schedule_period(ir::Schedule& s, ValueId record, bool comes);
    bool schedule_zone(ir::Schedule& s, ValueId zone);
    std::optional<std::string_view> moment(ValueId value);
    void event_rule(ValueId record, Span where);
    void queue_reader(ValueId record, Span where);
    bool queue_list(ir::QueueReader& reader, ValueId record, Span where);
    void watch(ValueId resource, ValueId needs, Span where);
    bool delivery(ir::Delivery& delivery, ValueId record);
    std::optional<int64_t> whole_units(ValueId value, int64_t unit, int64_t least, int64_t most, std::string_view what);
    bool trigger_state(ValueId& state, ValueId record, std::string_view on, std::string_view off);
    /// The input of a run that a trigger starts: what is given, and the time for dates that are not. None: and reported.
    std::optional<ValueId> trigger_input(ValueId given, std::string_view who, ValueId time, Span where, Symbol taken = {});
    ValueId trigger_value(ValueId value, TypeId type);
    ValueId event_value(std::string_view keyword, TypeId type, Span where);
    bool is_event_part(ValueId value) const;
    bool fillable(ValueId value);
    Span part_of(Span where, std::string_view text, size_t begin, size_t length) const;

    // --- event_pattern.cpp
    void check_pattern(ValueId record, bool top);
    void check_alternatives(ValueId list, std::string_view key, Span where);
    void check_match(ValueId value);
    void check_operand(std::string_view operation, ValueId operand, Span where);
    void check_numeric(ValueId list, Span where);
    bool bad_pattern(Span where, std::string text, std::string help);

    // --- statements.cpp
    void block(NodeId node, ir::Block& into);
    void statement(NodeId node, ir::Block& into);
    void let(NodeId node, ir::Block& into);
    void wait(NodeId node, ir::Block& into);

    // --- moments.cpp: points in time
    ValueId moment(NodeId wait);
    bool is_moment(ValueId text);
    void advise_moment(DiagnosticBuilder& report, ValueId value, Span at) const;

    void give_back(NodeId node, ir::Block& into);
    void require(NodeId node);
    bool demand(ValueId condition, NodeId node);
    void demand_of_arms(NodeId node);
    /// What is only known later is taken to be as it should; a requirement then asks of each that it may be.
    void takes_for_granted(ValueId value) { granted_ = granted_ || (!is_const(value) && has_variants(value)); }
    unsigned demand_of(const std::vector<size_t>& settings, size_t at, unsigned left, NodeId node);
    bool requirement_failed(NodeId condition_node, NodeId statement, std::string_view message, uint32_t number = 0, uint32_t count = 0);
    Span part_of_setting(Span setting, uint32_t number, uint32_t count) const;
    std::string written_instead(std::string_view message, Span where) const;

    // --- left_out.cpp
    void check_left_out(NodeId node, NodeId condition = 0);
    /// The parts of a `for` over an empty list.
    void check_left_out(NodeId first, NodeId second, std::initializer_list<NodeId> parts);
    void forget_tested(NodeId condition);
    ValueId in_left_out(ValueId value, bool wide);
    bool has_wide_type(DeclarationRef constant);
    /// Whether the walk is over user text that a constant left out: there every arm is walked.
    bool walks_left_out() const { return left_out_depth_ && !frame_->module->library; }

    // --- branches.cpp
    void choice(NodeId node, ir::Block& into);
    void match(NodeId node, ir::Block& into);
    /// One arm: its steps and the names it made.
    struct Arm {
        ir::Block block;
        std::vector<Binding> made;
        bool implicit = false;        ///< there is no else: names of the others are lost
        bool skipped = false;         ///< an explicit `skip`: names of the others become optional
    };
    Arm arm(NodeId block_node);
    /// What survives the arms: binds it, and gives the joins.
    std::vector<ir::Join> join(std::vector<Arm>& arms, StepId step);
    void add_choice(std::string_view name, Span where, const std::vector<ValueId>& conditions, std::vector<Arm>& arms, ir::Block& into);
    void narrow_after(const std::vector<NodeId>& asked, const std::vector<ValueId>& conditions, const std::vector<bool>& ends);

    // --- narrowing.cpp
    bool place_of(NodeId node, There& place) const;
    void is_there(NodeId node);
    void narrow(NodeId condition, bool holds);
    bool is_constant(NodeId node) const;
    ValueId narrowed(NodeId node, ValueId value);
    ValueId made_certain(ValueId value, Span where);

    // --- loops.cpp
    ValueId parallel(NodeId node, Symbol name, Span where, ir::Block& into);
    struct Loop { NodeId first, second, source, arguments, body; };   ///< second, arguments: 0 when they are not there
    Loop loop_of(NodeId node) const;
    ValueId map(NodeId node, Symbol name, Span where, ir::Block& into);
    void check_loop_names(const Loop& loop);
    TypeId loop_element(ValueId source, Span where);
    void bind_turn(NodeId node, const ir::Map& map, StepId id, ValueId source, TypeId element);
    ValueId loop_result(const ir::Map& map, StepId id, Symbol name, ValueId yielded, Span where);
    void poll(NodeId node, ir::Block& into);
    void check_until(ValueId until, StepId poll, Span where);
    void poll_times(ir::Poll& p, ValueId every, ValueId up_to, ValueId backoff, Span where);
    int64_t fit_waits(ir::Poll& p, int64_t every, int64_t up_to, Span where);

    // --- unroll.cpp
    /// `for` in a resource kind: its body once for each item.
    void unroll(NodeId node, ir::Block& into);
    /// `for x in xs (unroll: true)`
    ValueId unroll(const Loop& loop, Symbol name, Span where, ir::Block& into);
    bool is_unrolled(const Loop& loop);
    std::string item_name(ValueId item) const;
    /// How many elements a list has, when that is known: one that is written out, and what a `for` through one gives.
    std::optional<uint32_t> known_length(ValueId list) const;

    // --- loop_arguments.cpp
    struct Setting { Symbol name; ValueId value; Span where; Span written; };   // where: of the name; written: of the value
    std::vector<Setting> loop_arguments(NodeId arguments, std::string_view statement, const std::vector<std::string_view>& known);
    const Setting* loop_argument(const std::vector<Setting>& given, Symbol name) const;
    /// The argument as a value of the type; none when it is not given, or wrong and reported.
    ValueId loop_value(const std::vector<Setting>& given, Symbol name, TypeId type, Time time = Time::Run);
    ValueId loop_number(const std::vector<Setting>& given, Symbol name, int64_t least, int64_t most, std::string_view help = {});
    bool loop_flag(const std::vector<Setting>& given, Symbol name);
    bool keeps_going(const std::vector<Setting>& given);
    /// What failed in a `for` or `parallel` that keeps going.
    ValueId problems(ValueId of, Span where);
    ValueId branch_if_well(StepId parallel, uint32_t branch, ValueId made, Span where);

    // --- distributed.cpp
    void distribute(ir::Map& map, StepId id, ValueId source, TypeId element, const std::vector<Setting>& given, Span where);
    void manifest_files(ValueId folder, StepId id, Span where);
    ValueId inventory_folder(ValueId manifest, Span where);
    void read_rows(ir::Distributed& far, StepId id, ValueId source, TypeId element, const std::vector<Setting>& given, Span where);
    void write_results(ir::Distributed& far, StepId id, const std::vector<Setting>& given);
    void batches(ir::Distributed& far, const std::vector<Setting>& given);
    void tolerances(ir::Distributed& far, const std::vector<Setting>& given);
    std::string_view loop_label(StepId id, const std::vector<Setting>& given);
    void refuse_option(const std::vector<Setting>& given, Symbol option, std::string_view what);
    void csv_options(std::vector<ir::Field>& config, TypeId row, const std::vector<Setting>& given, Span where);
    void check_label(StepId id, std::string_view label, Span where);
    std::string_view row_format(TypeId row, const std::vector<Setting>& given, Span where);
    ValueId decoded(StepId id, ValueId bucket, TypeId row, bool texts, bool batch, Span where);
    ValueId decoded_row(ValueId raw, ValueId bucket, TypeId row, bool texts, Span where);
    ValueId of_text(ValueId cell, TypeId type, Span where);
    bool is_row_of(TypeId row, std::string_view type);
    bool is_object_row(TypeId row) { return is_row_of(row, "S3Object"); }
    bool is_inventory_row(TypeId row) { return is_row_of(row, "InventoryObject"); }
    void check_express(const ir::Map& map, size_t first_step);

    // --- documents.cpp
    bool reads_json(NodeId node) const;
    ValueId read_json(NodeId node, Symbol name, TypeId declared, Span where, ir::Block& into);
    ValueId parsed(ValueId text, std::string_view name, TypeId type, Span where, ir::Block& into);
    /// An S3 location taken apart, also when its exact address is only known while the pipeline runs.
    ValueId bucket_of(ValueId location, Span where);
    ValueId key_of(ValueId location, Span where);
    /// The machine's own access to a location, and the use of the stack's key.
    bool place_known(ValueId location, Span where);
    void own_access(std::string_view intent, ValueId location, Span where);
    /// The step reads or writes there: the order of such steps is checked.
    void touched(bool write, ValueId location, StepId by, Span where);
    void own_key(std::string_view intent);

    // --- failures.cpp
    /// Names of errors that steps can raise.
    struct Raised {
        std::vector<std::string_view> names;
        bool any = false;            ///< whoever does the work makes up names
        bool any_service = false;    ///< names of a service that nobody wrote down
    };
    void attempt(NodeId node, ir::Block& into);
    void fail(NodeId node, ir::Block& into);
    std::vector<std::string_view> error_names(NodeId path);
    void check_caught(const std::vector<std::string_view>& names, Span where, const Raised& raised);

    // --- errors.cpp
    void add_raised(const ir::Block& block, Raised& to);
    void add_raised(StepId id, Raised& to);
    /// `meant`: the name that this looks like, if there is one.
    static bool can_raise(const Raised& raised, std::string_view name, std::string_view& meant);
    void report_never_raised(const Raised& raised, std::string_view name, std::string_view meant, Span where);
    void check_raised(ValueId rules, const Raised& raised);
    void check_reserved(std::string_view name, Span where);
    ir::RetryRules retry_rules(ValueId list, Span where);

    // --- express.cpp
    void check_express();
    std::string not_in_express(const ir::Step& step);
    bool waits_or_works_elsewhere(ValueId value);

    // --- calls.cpp
    struct Argument { ValueId value{}; Span where{}; };
    struct CallArguments { Argument timeout, heartbeat, retry, service, operation, resource; };
    void call(NodeId node, ir::Block& into);
    std::optional<schema::Pattern> call_pattern(NodeId path, NodeId word);
    CallArguments call_arguments(NodeId arguments, std::initializer_list<Symbol> more);
    void check_heartbeat(const CallArguments& given);
    ValueId call_record(NodeId record_node);
    std::optional<ir::Task> named_call(NodeId path, schema::Pattern pattern);
    std::optional<ir::Task> sdk_call(NodeId path, const CallArguments& given, schema::Pattern pattern);
    std::optional<ir::Task> arn_call(NodeId path, const CallArguments& given);
    bool known_operation(std::string_view service, std::string_view operation, Span service_at, Span operation_at);
    void need_grant(std::string_view what, std::string_view operation, Span where);
    void check_grants();
    void check_member_names(ValueId record);
    ValueId token_record(NodeId record_node, NodeId path, bool waits);
    ValueId task_token(Span where);
    void raw_state(NodeId node, NodeId name_node, NodeId record_node, ir::Block& into);
    bool check_raw(ValueId record, Span where);
    void check_raw_texts(ValueId value);
    void reserve_states(ValueId value);

    // --- stages.cpp
    void stage(NodeId node, ir::Block& into);
    /// A kind's parameters, read once.
    using KindParameter = library::KindParameter;
    struct Kind {
        DeclarationRef declaration;
        std::span<const KindParameter> parameters;
        std::vector<KindParameter> own;      ///< what `parameters` shows, unless that is prepared
        NodeId body = 0;
        bool single = false;         ///< one call and nothing else that makes a state
        bool open = false;           ///< being expanded: a kind inside itself has no end
        bool walked = false;         ///< for a stage or resource of the program
        uint32_t uses = 0, unrepeatable = 0;
        std::vector<Expansion> expansions;   ///< that stages of this pipeline can repeat
        std::vector<Expansion> written;      ///< those that begin with what is written
        std::vector<uint32_t> wordings;      ///< of stages that repeat none of `written`: hashes
        bool met = false;                    ///< a stage of it was looked at for what is written
        bool comes_again = false;            ///< another stage of it stands soon behind the one that is walked
        uint32_t unwritten = 0;              ///< how many recordings of what is written came to nothing
    };
    Kind& kind(DeclarationRef declaration);
    void read_kind(Kind& kind);
    /// The settings of a stage or resource, evaluated where they stand.
    std::vector<Setting> settings(NodeId record, const Kind* kind = nullptr);
    /// `max_wait: 1 day`: what looks like a setting without a value is the unit of the number before it, unless the kind has it.
    bool is_stray_unit(NodeId entry, NodeId before, const Kind* kind);
    static bool is_unit(std::string_view word);
    bool unit_behind(NodeId entry, const Kind* kind = nullptr);
    void each_chosen_setting(ValueId choice, const std::function<void(Symbol, ValueId)>& put);
    std::string place_of_member(const Kind& k, Symbol name) const;
    DeclarationRef find_kind(NodeId path, NodeKind wanted);
    /// A stage of a kind, its name apart.
    struct StageText { NodeId name, path, record; };
    StageText stage_text(NodeId stage) const;
    ValueId stage_of(Kind& kind, const StageText& stage, ir::Block& into);
    ValueId instantiate(Kind& kind, const std::vector<Setting>& settings, std::string_view path, std::string_view label, Span where, ir::Block& into);
    void bind_parameters(Kind& kind, const std::vector<Setting>& settings, std::string_view label, Span where);

    // --- resources.cpp
    ValueId resource(DeclarationRef declaration);
    void cfn(NodeId node);
    void made_after(ir::Resource& resource, ValueId what, Span where);
    void own_key(ir::Resource& resource, ValueId key, Span where);

    // --- properties.cpp
    void check_properties(const ir::Resource& resource, Span type_at, Span where);
    void unknown_resource_type(std::string_view type, Span where);
    void check_attribute(const ir::Resource& resource, Symbol name, Span where);

    // --- access.cpp
    void role(NodeId node);
    void access(NodeId node);
    /// `"data.read"` and `"data.write"`: what the stage works on, whoever has the rights.
    void touch(bool write, ValueId targets);
    /// The role an `access` is for: its index in the stack, `machine_role`, or `no_role`.
    uint32_t access_role(NodeId path);
    void add_access(uint32_t role, std::string_view intent, ValueId target, Span where);
    bool is_located(ValueId value) const;
    bool is_known_place(ValueId target) const;
    /// Where data is that only turns out while the pipeline runs: no right can be derived from it, the user grants one.
    void need_grant(ValueId location, std::string_view action, Span where);
    void check_reach(const ir::Task& task, Span where);
    bool begins_known(ValueId text) const;
    void cleanup(ValueId function, Span where);
    uint32_t role_index(ValueId role, Span where);
    std::string given_key(ValueId arn) const;
    uint32_t given_role_index(ValueId role, Span where);
    std::vector<ir::Access>& access_of(uint32_t role);
    bool is_intent(Symbol name);

    // --- places.cpp: locations as inputs, `S3(bucket: data, prefix: "in/")`
    TypeId input_type(NodeId type_node);
    NodeId limited_place(NodeId type_node) const;
    ValueId input_place(NodeId limits, const ir::PipelineInput& input, ValueId given, ir::Block& into);

    // --- nested.cpp
    /// What `return` gives in a pipeline.
    struct PipelineResult { TypeId type{}; bool given = false, done = false; };
    std::vector<uint32_t> pipeline_order();
    void note_result(ValueId value);
    bool is_express(uint32_t index, DeclarationRef pipeline);
    std::vector<ir::Field> run_inputs(DeclarationRef pipeline, std::vector<Setting>& given, Span where);
    ValueId run_pipeline(DeclarationRef pipeline, NodeId node, Symbol name, Span where, ir::Block& into);

    // --- repeat.cpp
    void expand(Kind& kind, const std::vector<Setting>& settings, size_t first_parameter, ir::Block& into);
    /// The stage for which an expansion is repeated.
    struct Stage {
        std::string_view path;
        Span where;
        Wording wording{};           ///< when the expansion begins with one
        int64_t step_shift = 0;      ///< its first step minus that of the walk
    };
    /// How far things were when a recording began.
    struct Start {
        Recording::Walk walk;
        size_t top;
        uint32_t expansions, left_out;
    };
    bool can_repeat() const { return pipeline_ && !recording_ && !sampling_ && !left_out_depth_ && session_.repeat_expansions; }
    Start start_recording(Recording& recording, Span where, const ir::Block& into);
    bool finish_recording(Recording& recording, const Start& start, ValueId result, const ir::Block& into, std::vector<Expansion>& known);
    bool repeat(Expansion& expansion, const std::vector<ValueId>& settings, ir::Block& into);
    bool make_again(const Expansion& expansion, const Stage& stage);
    ValueId finish_repeating(const Expansion& expansion, const Stage& stage, ir::Block& into);
    void repeat_steps(const Expansion& expansion, const Stage& stage, ir::Block& into);
    ValueId now(Reference r) const { return r.is_slot() ? slots_[r.number()].value : r.value(); }
    Span place(const Expansion& expansion, const Expansion::Instruction& instruction, const Stage& stage) const;
    Slot run(const Expansion& expansion, const Expansion::Instruction& instruction, const Stage& stage);
    /// Of the operands.
    Likeness likeness(const Expansion& e, const Expansion::Instruction& i) const {
        if (i.of_literal) return changed_[i.extra] ? Likeness::Shape : Likeness::Content;
        Likeness like = Likeness::Identity;
        for (uint32_t n = i.first; n < i.first + i.count; n++)
            if (Reference r = e.operands[n]; r.is_slot()) like = std::min(like, slots_[r.number()].like);
        return like;
    }
    ValueId make_again(const Expansion& expansion, const Expansion::Instruction& instruction, Likeness like, const Stage& stage);
    ValueId copy(const Expansion& expansion, const Expansion::Instruction& instruction, const Stage& stage);
    ValueId make_part(const Expansion::Instruction& instruction, const Value& text, Likeness like, Span where);
    bool still_valid(const Expansion::Check& check, ValueId value) const;

    // --- written.cpp: stages that are written alike
    Wording wording(const StageText& stage) const;
    bool is_plain(const Wording& wording) const;
    bool worth_recording(Kind& kind, const StageText& stage, const Wording& wording);
    const std::vector<NodeId>& stages();
    bool comes_again(const StageText& stage, const Wording* alike = nullptr);
    ValueId meaning(Symbol name) const;
    bool written_alike(const Expansion& expansion, const Wording& wording);
    ValueId repeat_written(Kind& kind, Stage stage, ir::Block& into);
    ValueId record_written(Kind& kind, const Stage& stage, std::string_view label, NodeId record, ir::Block& into);
    Slot read(const Expansion::Instruction& instruction, const Stage& stage);

    // --- payload.cpp
    bool fits(std::string_view text, schema::Shape shape) const;
    bool fits(double number, schema::Shape shape) const;
    Span written_by_user(ValueId value, Span otherwise) const;
    Span record_around(Span inside) const;
    void check_key(const ir::Field& field, schema::Shape key);
    ValueId payload(ValueId value, schema::Shape shape, const schema::Integration* integration, Span where, bool required = true);

    // --- expressions.cpp
    ValueId expression(NodeId node);
    ValueId own_expression(NodeId node);                    ///< of the user's
    ValueId shared_expression(NodeId node);                 ///< of the library
    ValueId evaluate(NodeId node);
    ValueId constant(NodeId node);
    ValueId number(NodeId node);
    ValueId assertion(NodeId node);
    Value literal(NodeId node);                             ///< Null: it is a number that does not fit
    Value literal_piece(NodeId whole, NodeId piece);
    ValueId expression(NodeId node, TypeId expected);      ///< checked against and converted to `expected`
    ValueId narrowed_name(NodeId node);
    ValueId identifier(NodeId node);
    ValueId bound_value(const Binding& binding, NodeId node);
    ValueId declared_name(NodeId node);                     ///< of what is no local one
    ValueId lost_name(const Binding& binding, Span where);
    ValueId unknown_name(NodeId node);
    bool is_first_asked(std::string_view object);
    void explain_empty(DiagnosticBuilder& report, std::string_view object, Symbol name);
    ValueId type_as_value(std::string_view name, Span where, Span declared = {});
    static bool is_builtin_type(std::string_view name);
    ValueId used_at(ValueId value, Span where);
    ValueId text_template(NodeId node);
    ValueId list(NodeId node);
    ValueId append_lists(ValueId a, ValueId b, Span where);
    ValueId joined_lists(ValueId before, std::span<const ValueId> items, Span where);
    ValueId record(NodeId node);
    ValueId located(NodeId node);
    std::string string_text(NodeId node);
    Symbol key_name(NodeId key);                           ///< of an entry; it may be quoted
    /// How many parts a list or record has, counting those of its parts.
    size_t parts_of(ValueId value);
    /// A value that gets a name, by which it can be used again; an error, and reported, when it is far too large.
    ValueId given_name(ValueId value, Span where);

    // --- members.cpp
    ValueId narrowed_member(NodeId node);
    ValueId member(NodeId node);
    std::optional<TypeId> member_type(TypeId of, Symbol name);
    ValueId member_of(ValueId object, Symbol name, Span where, Span name_span);
    ValueId in_units(ValueId value, int64_t divisor, Span where);
    ValueId index(NodeId node);
    ValueId location_part(ValueId location, Symbol name, Span where);

    // --- operators.cpp
    ValueId conditional(NodeId node);
    /// An operator with two operands that have values.
    struct Operation {
        syntax::Operator op;
        NodeId left, right;
        ValueId a, b;
        Span where;
    };
    ValueId binary(NodeId node);
    bool absence_is_known(syntax::Operator op, ValueId a) const;
    ValueId logical(NodeId node);
    ValueId otherwise(const Operation& o, bool in_text);
    ValueId contained(const Operation& o);
    ValueId equality(const Operation& o);
    void check_choice(ValueId value, ValueId other, Span where);
    ValueId ordered(const Operation& o);
    ValueId sum_of_texts_or_lists(const Operation& o);
    ValueId arithmetic(const Operation& o);
    ValueId mismatch(const Operation& o, ValueId like, ValueId found, NodeId at);
    bool is_text_like(ValueId value);
    bool may_be_absent(ValueId value) const { return values_[value].optional || types_.is_optional(values_[value].type); }
    ValueId unary(NodeId node);
    ValueId is_type(NodeId node);
    bool holds_type(ValueId value, TypeId type);

    // --- comprehensions.cpp
    ValueId list_for(NodeId node);
    ValueId list_over(NodeId node, ValueId source);
    ValueId filter_of_known(NodeId node);
    ValueId record_for(NodeId node);

    // --- functions.cpp
    ValueId apply(NodeId node);
    ValueId call_function(DeclarationRef function, NodeId node);
    ValueId construct(TypeId type, NodeId apply_node);
    ValueId columns(NodeId node);
    void unknown_argument(Span where, std::string_view name, const std::vector<std::string_view>& known, std::string_view help);

    // --- builtins.cpp, with the functions themselves in builtins_*.cpp
    ValueId builtin(Symbol name, NodeId node, bool& known);
    /// A text of the stage's own, made of its path: the beginning of a job's name with `most` characters, or with 0 of a token.
    ValueId stage_text(std::string_view path, size_t most, Span where);

    // --- type_expressions.cpp
    TypeId type_expression(NodeId node);
    TypeId evaluate_type(NodeId node);                      ///< what is evaluated once only: who asks keeps it
    TypeId type_name(NodeId node);
    TypeId declared_type(DeclarationRef declaration);
    TypeId record_type(NodeId node, Symbol nominal, DeclarationRef declaration);
    void check_format(NodeId dataset);

    // --- prepared.cpp
    /// What was prepared of a node; null: nothing.
    const library::Evaluated* prepared_at(const Module& module, NodeId node) const {
        const syntax::Node& at = module.tree[node];
        return at.prepared == syntax::Prepared::Evaluated && !session_.prepared.evaluated.empty() ? &session_.prepared.evaluated[at.evaluated()] : nullptr;
    }
    /// Whether it holds for the stage that is expanded.
    bool applies(const library::Evaluated& known) const { return !(known.unless & frame_->given); }
    /// An expression of the library; none: it has to be walked.
    ValueId prepared_value(NodeId node);
    bool says_the_default(const KindParameter& parameter, ValueId value) const;
    /// A constant of the library among the values of this stack.
    ValueId prepared(uint32_t constant);
    ValueId copied(library::Range constant);
    ValueId default_of(const types::FieldType& field);
    ValueId default_of(const KindParameter& parameter);
    ValueId default_value(NodeId node, TypeId type);
    bool is_shared_default(const KindParameter& parameter, ValueId value);

    // --- coerce.cpp
    ValueId coerce(ValueId value, TypeId type, Span where);
    /// Whether a value of the one type is one of the other as it stands. Of a type with limits it may be beyond them.
    bool is_of(const Value& value, TypeId type) const {
        return value.type == type && !value.optional && types_.kind(type) != TypeKind::Optional;
    }
    /// Whether nothing is to be converted and no limit to be checked.
    bool fits_as_it_is(const Value& value, TypeId type) const { return is_of(value, type) && !types_[type].limited; }
    /// The converted value, or nothing when it does not fit; reports nothing.
    std::optional<ValueId> convert(ValueId value, TypeId type, bool to_text = false);
    std::optional<ValueId> convert_record(ValueId value, TypeId type);
    std::optional<ValueId> convert_text(ValueId value, TypeId type);
    /// What can be said of a text before it is known: allowed values and constant parts against pattern and length.
    struct TextLimits { std::string_view pattern{}; double max = 0; bool has_max = false; };
    static TextLimits limits_of(schema::Shape shape);
    void check_possible_texts(ValueId value, const TextLimits& limits, Span where, const std::function<bool(std::string_view)>& matches);
    size_t longest(ValueId value) const;
    bool may_fit(ValueId value, const TextLimits& limits, const std::function<bool(std::string_view)>& matches) const;
    void report_unit(Span number, Span unit);
    /// Where an operator or a function takes only what is there.
    void report_absent(Span where, ValueId value);
    bool assignable(TypeId from, TypeId to);
    Span key_span(const ir::Field& field) const;             ///< of the name that stands before the value, or the value's own
    TypeId type_of(ValueId value);                          ///< of literals: their structural type
    ValueId s3_location(ValueId text);
    std::optional<ValueId> s3_of_parts(ValueId text);
    ValueId image(ValueId text);
    using ImageTexts = std::array<std::string_view, 4>;     ///< whole, account, region, repository
    static ImageTexts image_texts(std::string_view text);
    ValueId text_of_text(std::string_view part, TypeId type, ValueId whole, Recipe recipe, uint8_t number = 0);

    // --- choices.cpp
    /// What a value may be that only chooses: of two arms, by a condition, of a list, or a member of what does. False: more than that.
    bool choices(ValueId value, std::vector<ValueId>& out, unsigned depth = 0) const;
    bool elements(ValueId list, std::vector<ValueId>& out, unsigned depth) const;
    ValueId place_around(ValueId location) const;
    /// The step that makes a result, a join or an item.
    template <typename Is>
    const Is* made_by(const Value& value) const {
        return pipeline_ && value.a < pipeline_->steps.size() ? std::get_if<Is>(&pipeline_->steps[value.a].is) : nullptr;
    }
    static bool is_inside(Span inner, Span outer) {
        return inner.known() && inner.file == outer.file && inner.begin >= outer.begin && inner.end <= outer.end;
    }
    bool is_choice(ValueId value) const {
        const Value& v = values_[value];
        return v.op == Op::Conditional || (v.op == Op::Binary && static_cast<syntax::Operator>(v.sub) == syntax::Operator::Default);
    }
    bool is_same(ValueId a, ValueId b, unsigned depth = 0) const;
    void collect_sources(ValueId value, std::vector<uint64_t>& out) const;
    bool asks_of(ValueId question, ValueId value) const;
    void assume(ValueId question, bool holds, Span of = {});
    bool may_be_answered(ValueId question, uint32_t which, ValueId value, bool written, ValueId part = {}) const;
    bool is_copy(ValueId a, ValueId b) const;
    std::optional<bool> answer_of(ValueId question, ValueId value, ValueId constant) const;
    /// Whether there is more to be said of what it comes out as than of itself.
    bool can_differ(ValueId value) const;
    ValueId scaled(ValueId value) const;
    void each_calculated(ValueId value, const std::function<void(ValueId)>& take, unsigned depth);
    /// Calls `take` with what the value can come out as, as far as that is written somewhere and nothing rules it out; with
    /// the value itself where it can be more than that. While `take` runs it is assumed that it came out so.
    void each_possible(ValueId value, const std::function<void(ValueId)>& take, unsigned depth = 0);
    /// The constants, and the texts put together, that it is or may come out as.
    void each_known(ValueId value, const std::function<void(ValueId)>& take);
    void each_joined(ValueId joined, const std::function<void(ValueId)>& take);
    void each_element(ValueId list, const std::function<void(uint32_t, ValueId)>& take);
    bool has_variants(ValueId value, unsigned depth = 0) const;
    void each_variant(ValueId value, const std::function<void(ValueId)>& take);
    bool is_choice_of_texts(TypeId type) const;
    /// A text that is one of several, all of them written somewhere, where it is made.
    std::optional<ValueId> convert_written(ValueId value, TypeId type);
    std::optional<ValueId> convert_choice(ValueId value, TypeId type, bool to_text);
    void explain_choice(ValueId value, TypeId type, Span where);
    ValueId decided_arm(ValueId arm, ValueId condition, bool holds);
    ValueId compared_by_arms(syntax::Operator op, ValueId a, ValueId b, Span where);
    ValueId decided_by(ValueId choice, std::optional<bool> yes, std::optional<bool> no, Span where);
    bool is_choice_of(ValueId value, Op made) const;
    ValueId record_by_arms(const std::vector<ir::Field>& entries, Span where);

    // --- limits.cpp
    void check_refinement(ValueId value, TypeId type, Span where);
    void check_limits(ValueId value, TypeId type, Span where);
    bool is_refused(Span value) const { return std::find(refused_.begin(), refused_.end(), value) != refused_.end(); }
    bool fits_refinement(ValueId value, TypeId type) const;
    void misfit(std::string_view text, std::string_view pattern, Span where);
    ir::KnownArn known_arn(ValueId value) const { return ir::known_arn(*stack_, values_, types_, names_, value); }
    static bool arn_fits(const ir::KnownArn& arn, std::string_view pattern);
    void refuse_arn(ValueId value, std::string_view pattern, Span where);

    // --- mismatches.cpp
    void explain_mismatch(ValueId value, TypeId type, Span where);
    std::string record_form(TypeId type);                    ///< how a record of the type is written: "from: …, to: …"
    bool explain_unit(ValueId record);

    // --- values.cpp
    ValueId make(Op op, Time time, TypeId type, Span where) {
        Value v;
        v.op = op;
        v.time = time;
        v.type = type;
        v.where = where;
        return values_.add(v);
    }
    ValueId make_null(Span where);
    ValueId make_bool(bool value, Span where);
    /// What an expression says that has no other content. Nobody asks where a body of the library says it: there one serves all.
    ValueId truth(bool value, NodeId node) { return common_value(value ? Common::True : Common::False, node); }
    ValueId nothing(NodeId node) { return common_value(Common::Nothing, node); }
    enum class Common : uint8_t { Nothing, False, True };
    ValueId common_value(Common what, NodeId node);
    ValueId make_integer(int64_t value, TypeId type, Span where);
    ValueId make_decimal(std::string_view text, Span where);
    ValueId make_number(double value, Span where);
    ValueId make_text(std::string_view text, TypeId type, Span where);
    ValueId make_list(std::span<const ValueId> items, TypeId type, Span where);
    ValueId make_record(std::span<const ir::Field> fields, TypeId type, Span where);
    ValueId make_concat(std::span<const ValueId> parts, TypeId type, Span where);
    ValueId join_texts(std::span<const ValueId> parts, TypeId type, Span where);
    std::string_view joined(std::span<const ValueId> constants);
    ValueId make_call(ir::Builtin function, std::span<const ValueId> arguments, TypeId type, Span where);
    ValueId make_result(StepId step, uint32_t path, TypeId type, bool optional, Span where);
    ValueId make_part(ValueId object, Symbol name, TypeId type, bool optional, Span where);   ///< of a result
    ValueId make_binary(syntax::Operator op, ValueId a, ValueId b, TypeId type, Span where);
    ValueId calculate(syntax::Operator op, ValueId a, ValueId b, TypeId type, Span where);
    std::optional<TypeId> common_place(TypeId a, TypeId b);
    ValueId make_conditional(ValueId condition, ValueId yes, ValueId no, Span where);
    ValueId make_not(ValueId condition, Span where);
    ValueId make_member(ValueId object, Symbol name, TypeId type, bool optional, Span where);
    /// X of `if c then X else none`; none of anything else.
    ValueId guarded_value(ValueId value) const;
    ValueId as_text(ValueId value, Span where);             ///< S3, Image, numbers, … as text
    ValueId with_type(ValueId value, TypeId type, bool optional = false);
    ValueId add_changed(ValueId from, const Value& to);
    static std::optional<double> number_of(const Value& value);
    ValueId error_value(Span where);
    bool is_error(ValueId value) const { return values_[value].type == plain(TypeKind::Error); }
    bool is_const(ValueId value) const { return values_[value].time == Time::Const; }
    bool is_null(ValueId value) const { return values_[value].op == Op::Null; }
    // the content of a constant; who asks makes a decision by it, see expansion.hpp
    std::optional<bool> const_bool(ValueId value) const;
    std::optional<std::string_view> const_text(ValueId value) const;
    std::optional<double> const_number(ValueId value) const;
    std::optional<int64_t> const_integer(ValueId value) const;
    std::optional<bool> const_equal(ValueId a, ValueId b) const;
    TypeKind kind_of(ValueId value) const { return types_.kind(values_[value].type); }
    bool known_by(ValueId value, Time time, Span where, std::string_view what);
    bool deployable(ValueId value) const;

    // --- scope.cpp
    void bind(Symbol name, ValueId value, Span where);
    void make_room_for(Symbol name);
    bool is_wide(TypeId type) const;
    void bind_lost(Symbol name, Span where);
    const Binding* lookup(Symbol name) const {
        auto at = static_cast<size_t>(name);
        if (at >= symbols_.heads.size()) return nullptr;
        for (uint32_t i = symbols_.heads[at]; i; i = bindings_[i].previous)
            if (bindings_[i].frame == frame_->id) return &bindings_[i];
        return nullptr;
    }
    /// What makes the name seems to stand in this file, but could not be read: that is reported.
    bool is_unread(std::string_view name);
    /// Whether statements or declarations of the file could not be read.
    bool has_unread();
    size_t scope_mark() const { return bindings_.size(); }
    void leave_scope(size_t mark);

    StepId add_step(std::string_view suffix, Span where, decltype(ir::Step::is) is, ir::Block& into);
    std::string_view state_name(std::string_view wanted);
    std::string_view join_path(std::string_view path, std::string_view name);
    ir::Step& step(StepId id) { return (*pipeline_)[id]; }

    const syntax::Tree& tree() const { return frame_->module->tree; }
    Span span(NodeId node) const { return tree().span(node); }
    std::string_view text(Symbol symbol) const { return names_.text(symbol); }
    std::string type_text(TypeId type) const { return types_.text(type, names_); }
    NodeId child(NodeId node, NodeKind kind) const;         ///< first child of that kind
    TypeId plain(TypeKind kind) const { return types::id_of(kind); }

    Session session_;
    Interner& names_;
    types::TypeTable& types_;
    Reporter diagnostics_;
    ir::Values& values_;
    static constexpr KnownNames known_{};

    std::vector<std::string_view> unread_;                   ///< see is_unread
    const Module* unread_of_ = nullptr;
    ir::Stack* stack_ = nullptr;
    std::unordered_map<uint64_t, size_t> parts_;             ///< by kind and place in `values_`: of lists and records with many
    uint32_t current_pipeline_ = UINT32_MAX;
    ValueId declared_parameter_{};                           ///< what `parameter` made last
    ir::Pipeline* pipeline_ = nullptr;
    Frame* frame_ = nullptr;
    uint32_t frames_ = 0;
    uint32_t depth_ = 0;                                     ///< of nested instantiations and function calls
    ir::ScopeId scope_ = 0;
    ValueId* yield_ = nullptr;                               ///< of the `for` around, if there is one
    bool in_let_ = false;                                    ///< of a statement that is no expression, which was reported
    uint32_t yield_branches_ = 0;                            ///< Frame::branches in that `for`'s body
    bool in_schedule_ = false;                               ///< `scheduled_date()` and its like have a value here
    bool sampling_ = false;                                  ///< a kind that nothing uses is checked
    uint32_t left_out_ = 0;                                  ///< arms that a constant decided against, in the user's own text
    uint32_t left_out_depth_ = 0;                            ///< more than 0: walking what a constant left out
    std::unordered_set<uint64_t> left_out_seen_;             ///< by module and node
    std::unordered_set<NodeId> called_;                      ///< functions of the main file
    uint32_t statements_ = 0;                                ///< of the user's own in the pipeline, so far
    uint32_t statement_ = 0;                                 ///< number of the one being walked
    uint32_t expansions_ = 0;                                ///< since the last statement of the user's own
    std::vector<Binding> bindings_;
    std::vector<There> there_;
    std::vector<Assumption> assumed_;
    bool granted_ = false;                                   ///< see takes_for_granted
    std::vector<Span> refused_;                              ///< values that are not within the limits of a setting's type
    uint32_t variants_ = 0, variants_of_ = 0;                ///< tried so far, and of how many values at a time
    bool believes_ = false;                                  ///< what is `Json` is what it is said to be: under the annotation of a `let`
    std::vector<std::string> empty_;                         ///< see is_first_asked
    std::vector<Span> records_of_types_;                     ///< with types where values belong, which were reported
    std::vector<Symbol> undeclared_;                         ///< names that were reported as unknown, once for all their uses
    NodeId place_type_ = 0;                                  ///< the type of an input that says where its location is
    NodeId text_part_ = 0;                                   ///< the expression in a text that is evaluated next
    struct Declared { DeclarationRef declaration; ValueId value; bool open; };
    std::vector<std::vector<Declared>> declared_;            ///< by module: values of this stack
    struct DeclaredType { DeclarationRef declaration; TypeId type; bool open; };
    std::vector<DeclaredType> declared_types_;
    std::vector<ir::Field> stack_options_;
    std::vector<std::pair<DeclarationRef, uint32_t>> pipelines_;
    /// What a library expression came to when it depends on nothing but constants and the stack: stages share it.
    struct Shared {
        ValueId value{}, converted{};                        ///< none: not evaluated yet, or depends on more
        TypeId type{};                                       ///< of `converted`, or of a type expression; Error: not evaluated yet
    };
    /// By module and node: a program needs few of them, here and there.
    class SharedTable {
       public:
        /// Null: there is none. It stays where it is until the next one is made.
        Shared* find(const Module& module, NodeId node) {
            if (slots_.empty()) return nullptr;
            Slot& slot = slot_of(key_of(module, node));
            return slot.key ? &slot.shared : nullptr;
        }
        Shared& at(const Module& module, NodeId node);

       private:
        struct Slot { uint32_t key = 0; Shared shared{}; };
        static uint32_t key_of(const Module& module, NodeId node) { return module.index << 24 | node; }
        Slot& slot_of(uint32_t key) {
            size_t i = key * 2654435769u >> 8;
            for (;; i++)
                if (Slot& slot = slots_[i & (slots_.size() - 1)]; slot.key == key || !slot.key) return slot;
        }
        std::vector<Slot> slots_;                            ///< a power of two
        size_t used_ = 0;
    };
    SharedTable shared_;
    std::vector<ValueId> prepared_;                          ///< by number, once it is used: constants of the library
    std::array<ValueId, 3> common_{};                        ///< those of the library, once they are used
    bool local_used_ = false;                                ///< the expression being evaluated depends on where it stands
    std::unordered_map<uint32_t, ir::RetryRules> retry_memo_;   ///< by the list's ValueId
    SymbolTables& symbols_;
    struct KnownMember { uint32_t shape = 0; Symbol name{}; bool found = false; schema::Member member{}; };
    std::vector<KnownMember> members_;                       ///< direct-mapped: shape and name to member
    std::vector<Symbol> intents_;                            ///< of `access`, known to exist
    struct Required { uint32_t shape = 0, count = 0; };
    std::array<Required, 64> required_{};                    ///< direct-mapped by shape: how many required members
    const schema::Member* find_member(schema::Shape shape, Symbol name);
    uint32_t required_count(schema::Shape shape);
    uint32_t stack_serial_ = 0, serial_ = 0;                 ///< of the stack and of the pipeline
    std::deque<Kind> kinds_;
    std::vector<NodeId> stages_;                             ///< in the text of the pipeline with the serial `stages_of_`
    uint32_t stages_of_ = 0;
    Recording* recording_ = nullptr;                         ///< of the walk over a kind's body, if it is recorded
    std::vector<Slot> slots_;                                ///< of the expansion that is repeated
    std::vector<uint8_t> changed_;                           ///< by node of its wording: another literal stands there
    std::vector<ValueId> operands_;                          ///< of the instruction that is run
    std::string path_, name_;                                ///< being put together
    std::vector<ValueId> flat_texts_;                        ///< of `join_texts`, which makes many
    std::unordered_map<std::string, uint32_t> roles_;        ///< by pipeline, kind and name
    std::unordered_map<std::string, uint32_t> given_roles_;  ///< that exist, by what is known of their ARN
    struct PipelineUse { uint32_t from, to; Span where; };
    std::vector<PipelineUse> pipeline_uses_;
    struct NeedsGrant { std::string what, operation; Span where; };
    std::vector<NeedsGrant> needs_grant_;                    ///< calls in this pipeline for which no right can be derived
    std::vector<PipelineResult> results_;                    ///< by pipeline
    bool* token_passed_ = nullptr;                           ///< of the call whose record is read, if it waits for an answer
};

}  // namespace zflow::elaborate
