#include <catch2/catch.hpp>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

#include "lower/lower.hpp"

using namespace zflow;
using namespace zflow::ir;
using types::TypeKind;

namespace {

types::TypeId plain(TypeKind kind) { return types::id_of(kind); }

/// A program made by hand: values, types and one pipeline.
struct Program {
    Interner names;
    Values values;
    types::TypeTable types;
    Stack stack;
    Pipeline pipeline;

    Program() { pipeline.scopes.push_back({}); }

    Symbol symbol(std::string_view text) { return names.intern(text); }
    ErrorNames errors(const std::vector<std::string_view>& all) { return values.keep(all); }
    ValueId leaf(Op op, Time time, uint32_t a = 0, uint32_t b = 0, types::TypeId type = plain(TypeKind::String)) {
        Value v;
        v.op = op, v.time = time, v.a = a, v.b = b, v.type = type;
        return values.add(v);
    }
    ValueId chars(Op op, Time time, std::string_view text) {
        Value v;
        v.op = op, v.time = time, v.type = plain(TypeKind::String);
        text = values.keep(text);
        v.chars = {text.data(), static_cast<uint32_t>(text.size())};
        return values.add(v);
    }
    ValueId text(std::string_view text) { return chars(Op::String, Time::Const, text); }
    ValueId integer(int64_t number) {
        Value v;
        v.op = Op::Integer, v.integer = number, v.type = plain(TypeKind::Int);
        return values.add(v);
    }
    ValueId null() { return leaf(Op::Null, Time::Const, 0, 0, plain(TypeKind::None)); }
    Time time_of(std::initializer_list<ValueId> parts) {
        Time time = Time::Const;
        for (ValueId part : parts) time = std::max(time, values[part].time);
        return time;
    }
    ValueId links(Op op, std::initializer_list<ValueId> parts, types::TypeId type = plain(TypeKind::String), uint8_t sub = 0) {
        uint32_t first = values.add_links({parts.begin(), parts.size()});
        ValueId id = leaf(op, time_of(parts), first, static_cast<uint32_t>(parts.size()), type);
        values.edit(id).sub = sub;
        return id;
    }
    ValueId concat(std::initializer_list<ValueId> parts) { return links(Op::Concat, parts); }
    ValueId list(std::initializer_list<ValueId> parts) { return links(Op::List, parts, types.list(plain(TypeKind::String))); }
    ValueId call(Builtin builtin, std::initializer_list<ValueId> parts, types::TypeId type) {
        ValueId id = links(Op::Call, parts, type, uint8_t(builtin));
        values.edit(id).time = std::max(values[id].time, Time::Run);
        return id;
    }
    ValueId record(std::initializer_list<std::pair<std::string_view, ValueId>> parts, types::TypeId type = plain(TypeKind::Json)) {
        std::vector<Field> fields;
        Time time = Time::Const;
        for (auto& [key, value] : parts) fields.push_back({symbol(key), value}), time = std::max(time, values[value].time);
        uint32_t first = values.add_fields(fields);
        return leaf(Op::Record, time, first, static_cast<uint32_t>(fields.size()), type);
    }
    ValueId binary(syntax::Operator op, ValueId a, ValueId b, TypeKind type = TypeKind::Bool) {
        ValueId id = leaf(Op::Binary, time_of({a, b}), uint32_t(a), uint32_t(b), plain(type));
        values.edit(id).sub = uint8_t(op);
        return id;
    }
    ValueId result(StepId step, std::initializer_list<std::string_view> members = {}, TypeKind type = TypeKind::String) {
        uint32_t path = 0;
        for (auto member : members) path = values.path(path, symbol(member));
        return leaf(Op::Result, Time::Run, uint32_t(step), path, plain(type));
    }
    ValueId joined(StepId step, uint32_t index) { return leaf(Op::Joined, Time::Run, uint32_t(step), index); }
    ValueId maybe(ValueId id) {
        values.edit(id).optional = true;
        return id;
    }
    ValueId parameter(std::string_view name, types::TypeId type) {
        stack.parameters.push_back({symbol(name), std::string(name), type, ValueId::none, "", {}});
        return leaf(Op::Parameter, Time::Deploy, static_cast<uint32_t>(stack.parameters.size() - 1), 0, type);
    }
    ValueId input(std::string_view name, types::TypeId type, ValueId fallback = ValueId::none) {
        pipeline.inputs.push_back({symbol(name), type, fallback, "", {}, name});
        return leaf(Op::Input, Time::Run, static_cast<uint32_t>(pipeline.inputs.size() - 1), 0, type);
    }

    template <typename Is>
    StepId step(std::string_view name, Is is, ScopeId scope = 0) {
        std::string_view kept = values.keep(name);
        pipeline.steps.push_back({kept, kept, "", scope, {}, std::move(is)});
        return StepId{static_cast<uint32_t>(pipeline.steps.size() - 1)};
    }
    StepId task(std::string_view name, std::initializer_list<std::pair<std::string_view, ValueId>> arguments = {},
                ScopeId scope = 0) {
        auto integration = schema::find_integration("sagemaker", "createTrainingJob", schema::Pattern::Sync);
        return step(name, Task{*integration, record(arguments), {}, {}, {}}, scope);
    }
    ScopeId scope(ScopeId parent, uint32_t branch = 0) {
        pipeline.scopes.push_back({parent, StepId::none, branch});
        return static_cast<ScopeId>(pipeline.scopes.size() - 1);
    }

    lower::Definition definition;
    std::string write(lower::Layout layout = lower::Layout::Compact, size_t indent = 0) {
        Buffer out;
        lower::Marks marks;
        definition = lower::write_definition({stack, values, types, names}, pipeline, layout, indent, out, marks);
        return std::string(out.view());
    }
    /// One argument of one task, as it stands in the definition.
    std::string argument(ValueId value) {
        pipeline.block.steps = {task("t", {{"A", value}})};
        std::string all = write();
        size_t from = all.find("\"Arguments\":{\"A\":") + 17;
        return all.substr(from, all.find("},\"Output\":{}") - from);
    }
};

const std::string head = R"({"QueryLanguage":"JSONata",)";

/// The compact text with the code that it says once put back where it is used.
std::string with_shared_code(Program& program) {
    std::string text = program.write(lower::Layout::Compact);
    for (const lower::Substitution& s : program.definition.substitutions) {
        if (s.text.empty()) continue;
        std::string key = "${" + s.key + "}";
        for (size_t at; (at = text.find(key)) != std::string::npos;) text.replace(at, key.size(), s.text);
    }
    return text;
}

/// Same JSON in both layouts; nothing in a definition may depend on line ends.
void check_layouts(Program& program) {
    auto compact = nlohmann::ordered_json::parse(with_shared_code(program));
    auto pretty = nlohmann::ordered_json::parse(program.write(lower::Layout::Pretty, 6));
    CHECK(compact == pretty);
}

#define CHECK_DEFINITION(program, expected)   \
    CHECK(program.write() == head + expected); \
    check_layouts(program)

}  // namespace

TEST_CASE("a sequence keeps only the used parts of a result", "[lower]") {
    Program p;
    auto train = p.task("train", {{"TrainingJobName", p.text("demo")}, {"Nothing", p.null()}});
    auto model = p.task("model", {{"Url", p.result(train, {"ModelArtifacts", "S3ModelArtifacts"})},
                                  {"Arn", p.maybe(p.result(train, {"TrainingJobArn"}))}});
    p.pipeline.block.steps = {train, model};
    CHECK_DEFINITION(p, R"("StartAt":"train","States":{
"train":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"TrainingJobName":"demo"},"Assign":{"train":{"ModelArtifacts":{"S3ModelArtifacts":"{% $states.result.ModelArtifacts.S3ModelArtifacts %}"},"TrainingJobArn":"{% $exists($states.result.TrainingJobArn) ? $states.result.TrainingJobArn : null %}"}},"Output":{},"Next":"model"},
"model":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":"{% $sift({'Url': $train.ModelArtifacts.S3ModelArtifacts, 'Arn': $train.TrainingJobArn}, function($v) { $v != null }) %}","Output":{},"End":true}}})");
    CHECK(p.definition.states == 2);
    CHECK(p.definition.substitutions.size() == 1);
    CHECK(p.definition.substitutions[0].key == "Partition");
    CHECK(p.definition.substitutions[0].value == ValueId::none);
    CHECK(p.write(lower::Layout::Pretty, 2) == R"({
    "QueryLanguage": "JSONata",
    "StartAt": "train",
    "States": {
      "train": {
        "Type": "Task",
        "Resource": "arn:${Partition}:states:::sagemaker:createTrainingJob.sync",
        "Arguments": {"TrainingJobName": "demo"},
        "Assign": {
          "train": {
            "ModelArtifacts": {
              "S3ModelArtifacts": "{% $states.result.ModelArtifacts.S3ModelArtifacts %}"
            },
            "TrainingJobArn": "{% $exists($states.result.TrainingJobArn) ? $states.result.TrainingJobArn : null %}"
          }
        },
        "Output": {},
        "Next": "model"
      },
      "model": {
        "Type": "Task",
        "Resource": "arn:${Partition}:states:::sagemaker:createTrainingJob.sync",
        "Arguments": "{% $sift({'Url': $train.ModelArtifacts.S3ModelArtifacts, 'Arn': $train.TrainingJobArn}, function($v) { $v != null }) %}",
        "Output": {},
        "End": true
      }
    }
  })");
}

TEST_CASE("requests that are like one before say what is different", "[lower]") {
    Program p;
    auto type = p.types.list(plain(TypeKind::String));
    ValueId kind = p.text("Training"), topic = p.parameter("Topic", plain(TypeKind::Arn)), tags = p.parameter("Tags", plain(TypeKind::Json));
    ValueId day = p.input("day", plain(TypeKind::String));
    auto request = [&](std::string_view name, ValueId more, ValueId channels, ValueId count) {
        ValueId job = p.concat({p.text(name), p.text("-"), day});
        ValueId inner = p.record({{"Kind", kind}, {"Count", count}, {"Topic", topic}});
        return p.task(name, {{"Name", job}, {"More", more}, {"Settings", inner}, {"Tags", tags}, {"Channels", channels}, {"Last", kind}});
    };
    auto channel = [&](std::string_view name) { return p.record({{"Kind", kind}, {"Name", p.text(name)}}); };
    auto first = request("first", p.null(), p.list({channel("a"), channel("b")}), p.integer(1));
    auto equal = request("equal", p.null(), p.list({channel("a"), channel("b")}), p.integer(1));
    auto numbers = request("numbers", p.null(), p.list({channel("c"), channel("b")}), p.integer(2));
    auto fewer = request("fewer", p.null(), p.list({channel("a")}), p.integer(1));
    auto none = request("none", p.null(), p.list({}), p.null());
    auto several = request("several", p.text("more"), p.list({channel("a"), channel("b"), channel("c")}), p.integer(1));
    auto again = request("again", p.text("less"), p.list({}), p.integer(1));
    auto lacking = request("lacking", p.null(), p.list({channel("a"), channel("b")}), p.maybe(p.result(first, {"Count"}, TypeKind::Int)));
    auto listed = request("listed", p.null(), p.leaf(Op::Result, Time::Run, uint32_t(first), p.values.path(0, p.symbol("All")), type), p.integer(1));
    auto scalar = request("scalar", p.null(), p.text("all"), p.text("1"));
    auto empty = p.task("empty");
    p.pipeline.block.steps = {first, equal, numbers, fewer, none, several, again, lacking, listed, scalar, empty};
    check_layouts(p);
    auto states = nlohmann::ordered_json::parse(p.write())["States"];
    auto arguments = [&](const char* name) { return states[name]["Arguments"].dump(); };
    const std::string tail = R"(,"Topic":"${Topic}"},"Tags":"{% $parse($base64decode('${TagsBase64}')) %}","Channels":)", last = R"(,"Last":"Training"})";
    auto settings = [&](std::string_view name) { return R"({"Name":"{% ')" + std::string(name) + R"(-' & $day %}","Settings":{"Kind":"Training")"; };
    CHECK(arguments("equal") == settings("equal") + R"(,"Count":1)" + tail + R"([{"Kind":"Training","Name":"a"},{"Kind":"Training","Name":"b"}])" + last);
    CHECK(arguments("numbers") == settings("numbers") + R"(,"Count":2)" + tail + R"([{"Kind":"Training","Name":"c"},{"Kind":"Training","Name":"b"}])" + last);
    CHECK(arguments("fewer") == settings("fewer") + R"(,"Count":1)" + tail + R"([{"Kind":"Training","Name":"a"}])" + last);
    CHECK(arguments("none") == settings("none") + tail + "[]" + last);
    CHECK(arguments("empty") == "{}");
}

TEST_CASE("a choice with a join", "[lower]") {
    Program p;
    auto look = p.task("look");
    auto make = p.task("make");
    auto update = p.task("update");
    Choice choice;
    choice.arms.resize(2);
    choice.arms[0].condition = p.binary(syntax::Operator::Equal, p.result(look, {"Status"}), p.text("InService"));
    choice.arms[0].block.steps = {update};
    choice.arms[1].block.steps = {make};
    choice.joins = {{p.symbol("arn"), {p.result(update, {"Arn"}), p.result(make, {"Arn"})}},
                    {p.symbol("unused"), {p.result(update, {"Other"}), p.result(make, {"Other"})}}};
    auto exists = p.step("exists", choice);
    auto use = p.task("use", {{"Arn", p.joined(exists, 0)}});
    p.pipeline.block.steps = {look, exists, use};
    CHECK_DEFINITION(p, R"("StartAt":"look","States":{
"look":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"look":{"Status":"{% $states.result.Status %}"}},"Output":{},"Next":"exists"},
"exists":{"Type":"Choice","Choices":[{"Condition":"{% $look.Status = 'InService' %}","Next":"update"}],"Default":"make"},
"update":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"update":{"Arn":"{% $states.result.Arn %}"}},"Output":{},"Next":"exists.join"},
"exists.join":{"Type":"Pass","Assign":{"exists__arn":"{% $update.Arn %}"},"Next":"use"},
"make":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"make":{"Arn":"{% $states.result.Arn %}"}},"Output":{},"Next":"exists.join 2"},
"exists.join 2":{"Type":"Pass","Assign":{"exists__arn":"{% $make.Arn %}"},"Next":"use"},
"use":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Arn":"{% $exists__arn %}"},"Output":{},"End":true}}})");
}

TEST_CASE("a choice at the end of the machine", "[lower]") {
    Program p;
    Choice choice;
    choice.arms.resize(1);
    choice.arms[0].condition = p.binary(syntax::Operator::Less, p.leaf(Op::Fresh, Time::Run), p.text("8"));
    p.values.edit(ValueId{p.values[choice.arms[0].condition].a}).integer = 4;
    choice.arms[0].block.steps = {p.task("work")};
    p.pipeline.block.steps = {p.step("which", choice)};
    CHECK_DEFINITION(p, R"("StartAt":"which","States":{
"which":{"Type":"Choice","Choices":[{"Condition":"{% ${Fresh4} < '8' %}","Next":"work"}],"Default":"end"},
"work":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Output":{},"End":true},
"end":{"Type":"Succeed","Output":{}}}})");
}

TEST_CASE("results are handed out of nested branches", "[lower]") {
    Program p;
    ScopeId left = p.scope(0, 0), right = p.scope(0, 1), inner = p.scope(left, 0);
    auto deep = p.task("deep", {}, inner);
    Parallel small;
    small.branches = {{p.symbol("only"), {{deep}, false}, inner}};
    auto nested = p.step("nested", small, left);
    auto beside = p.task("beside", {{"Arn", p.result(deep, {"Arn"})}}, left);
    auto other = p.task("other", {}, right);
    Parallel large;
    large.branches = {{p.symbol("left"), {{nested, beside}, false}, left}, {p.symbol("right"), {{other}, false}, right}};
    auto both = p.step("both", large);
    p.pipeline.scopes[left].owner = p.pipeline.scopes[right].owner = both;
    p.pipeline.scopes[inner].owner = nested;
    auto after = p.task("after", {{"Deep", p.result(deep, {"Name"})}, {"Other", p.result(other, {"Name"})}});
    p.pipeline.block.steps = {both, after};
    CHECK_DEFINITION(p, R"("StartAt":"both","States":{
"both":{"Type":"Parallel","Branches":[{"StartAt":"nested","States":{
"nested":{"Type":"Parallel","Branches":[{"StartAt":"deep","States":{
"deep":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"deep":{"Arn":"{% $states.result.Arn %}","Name":"{% $states.result.Name %}"}},"Output":{},"Next":"nested.branch 1 result"},
"nested.branch 1 result":{"Type":"Pass","Output":{"deep":"{% $deep %}"},"End":true}}}],"Assign":{"nested":{"only":"{% $states.result[0] %}"}},"Output":{},"Next":"beside"},
"beside":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Arn":"{% $nested.only.deep.Arn %}"},"Output":{},"Next":"both.branch 1 result"},
"both.branch 1 result":{"Type":"Pass","Output":{"nested":"{% $nested %}"},"End":true}}},{"StartAt":"other","States":{
"other":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"other":{"Name":"{% $states.result.Name %}"}},"Output":{},"Next":"both.branch 2 result"},
"both.branch 2 result":{"Type":"Pass","Output":{"other":"{% $other %}"},"End":true}}}],"Assign":{"both":{"left":"{% $states.result[0] %}","right":"{% $states.result[1] %}"}},"Output":{},"Next":"after"},
"after":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Deep":"{% $both.left.nested.only.deep.Name %}","Other":"{% $both.right.other.Name %}"},"Output":{},"End":true}}})");
}

TEST_CASE("a branch that hands out nothing, and an empty one", "[lower]") {
    Program p;
    ScopeId a = p.scope(0, 0), b = p.scope(0, 1);
    Parallel parallel;
    parallel.branches = {{p.symbol("a"), {{p.task("work", {}, a)}, false}, a}, {p.symbol("b"), {}, b}};
    auto both = p.step("both", parallel);
    p.pipeline.scopes[a].owner = p.pipeline.scopes[b].owner = both;
    p.pipeline.block.steps = {both};
    CHECK_DEFINITION(p, R"("StartAt":"both","States":{
"both":{"Type":"Parallel","Branches":[{"StartAt":"work","States":{
"work":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Output":{},"End":true}}},{"StartAt":"both.branch 2 end","States":{
"both.branch 2 end":{"Type":"Succeed","Output":{}}}}],"Output":{},"End":true}}})");
}

TEST_CASE("a map over a list", "[lower]") {
    Program p;
    ScopeId body = p.scope(0);
    StepId each{1};
    auto fresh = p.leaf(Op::Fresh, Time::Run);
    p.values.edit(fresh).integer = 12;
    auto score = p.task("score", {{"Name", p.concat({p.text("score-"), fresh})}, {"Country", p.leaf(Op::Item, Time::Run, 1)}}, body);
    Map map;
    map.items = p.list({p.text("de"), p.text("fr")});
    map.block.steps = {score};
    map.scope = body;
    map.result = p.result(score, {"Arn"});
    map.at_most = p.integer(5);
    REQUIRE(p.step("each", map) == each);
    p.pipeline.scopes[body].owner = each;
    auto done = p.step("done", Return{p.record({{"arns", p.result(each)}})});
    p.pipeline.block = {{each, done}, true};
    CHECK_DEFINITION(p, R"("StartAt":"each","States":{
"each":{"Type":"Map","Items":["de","fr"],"ItemSelector":{"item":"{% $states.context.Map.Item.Value %}","index":"{% $states.context.Map.Item.Index %}"},"MaxConcurrency":5,"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"each.item","States":{
"each.item":{"Type":"Pass","Assign":{"each__item":"{% $states.input.item %}","each__index":"{% $states.input.index %}"},"Next":"score"},
"score":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Name":"{% 'score-' & $substring($hash($states.context.Execution.Id & '/' & $states.context.State.RetryCount & '/' & $states.context.Execution.RedriveCount & '/' & $each__index, 'SHA-256'), 0, 12) %}","Country":"{% $each__item %}"},"Assign":{"score":{"Arn":"{% $states.result.Arn %}"}},"Output":{},"Next":"each.result"},
"each.result":{"Type":"Pass","Output":"{% $score.Arn %}","End":true}}},"Assign":{"each":"{% $states.result %}"},"Output":{},"Next":"done"},
"done":{"Type":"Succeed","Output":{"arns":"{% $each %}"}}}})");
}

TEST_CASE("a poll waits, counts and gives up", "[lower]") {
    Program p;
    auto describe = p.task("describe");
    Poll poll;
    poll.block.steps = {describe};
    poll.until = p.binary(syntax::Operator::Equal, p.result(describe, {"Status"}), p.text("InService"));
    poll.every = p.integer(60);
    poll.turns = p.integer(240);
    poll.error = "Poll.TimedOut";
    p.pipeline.block.steps = {p.step("ready", poll)};
    CHECK_DEFINITION(p, R"("StartAt":"ready.start","States":{
"ready.start":{"Type":"Pass","Assign":{"ready__turn":0},"Next":"describe"},
"describe":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Assign":{"describe":{"Status":"{% $states.result.Status %}"}},"Output":{},"Next":"ready"},
"ready":{"Type":"Choice","Choices":[{"Condition":"{% $describe.Status = 'InService' %}","Next":"end"},{"Condition":"{% $ready__turn + 1 < 240 %}","Next":"ready.wait"}],"Default":"ready.timed out"},
"ready.wait":{"Type":"Wait","Seconds":60,"Assign":{"ready__turn":"{% $ready__turn + 1 %}"},"Next":"describe"},
"ready.timed out":{"Type":"Fail","Error":"Poll.TimedOut","Cause":"the condition did not hold after the last turn"},
"end":{"Type":"Succeed","Output":{}}}})");
}

TEST_CASE("try: tasks and fail go to the handler that names the error", "[lower]") {
    Program p;
    auto risky = p.task("risky");
    auto refuse = p.step("refuse", Fail{"TooWeak", p.concat({p.text("auc "), p.result(risky, {"Auc"}, TypeKind::Float)})});
    auto give_up = p.step("give up", Fail{"Other", p.text("")});
    auto try_id = StepId{4};
    auto problem = p.leaf(Op::Problem, Time::Run, 4, 0);
    p.values.edit(problem).c = 1;
    auto tell = p.task("tell", {{"Message", problem}});
    Choice choice;
    choice.arms.resize(2);
    choice.arms[0].condition = p.binary(syntax::Operator::Less, p.result(risky, {"Auc"}), p.integer(1));
    choice.arms[0].block = {{refuse}, true};
    choice.arms[1].block = {{give_up}, true};
    Try guarded;
    guarded.handlers = {{p.errors({"TooWeak", "States.Timeout"}), {{tell}, false}}};
    REQUIRE(p.step("guarded", guarded) == try_id);
    auto which = p.step("which", choice);
    std::get<Try>(p.pipeline[try_id].is).block = {{risky, which}, true};
    p.pipeline.block.steps = {try_id};
    CHECK_DEFINITION(p, R"("StartAt":"risky","States":{
"risky":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Catch":[{"ErrorEquals":["TooWeak","States.Timeout"],"Assign":{"guarded__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"tell"}],"Assign":{"risky":{"Auc":"{% $states.result.Auc %}"}},"Output":{},"Next":"which"},
"which":{"Type":"Choice","Choices":[{"Condition":"{% $risky.Auc < 1 %}","Next":"refuse"}],"Default":"give up"},
"refuse":{"Type":"Pass","Assign":{"guarded__problem":{"Error":"TooWeak","Cause":"{% 'auc ' & $risky.Auc %}"}},"Next":"tell"},
"give up":{"Type":"Fail","Error":"Other"},
"tell":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Message":"{% $guarded__problem.Cause %}"},"Output":{},"End":true}}})");
}

TEST_CASE("try: everything, an empty handler, a join, and failing again", "[lower]") {
    Program p;
    auto risky = p.task("risky");
    Try inner;
    inner.block.steps = {risky};
    auto again = p.step("again", Fail{"", ValueId::none, StepId{2}, 0});
    inner.handlers = {{p.errors({"A.Error"}), {{again}, true}}};
    auto inside = p.step("inside", inner);
    Try outer;
    outer.block.steps = {inside};
    outer.handlers = {{p.errors({"B.Error"}), {}}, {p.errors({"States.ALL"}), {}}};
    outer.joins = {{p.symbol("arn"), {p.result(risky, {"Arn"}), ValueId::none, ValueId::none}}};
    auto outside = p.step("outside", outer);
    auto use = p.task("use", {{"Arn", p.joined(outside, 0)}});
    p.pipeline.block.steps = {outside, use};
    CHECK_DEFINITION(p, R"("StartAt":"risky","States":{
"risky":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Catch":[{"ErrorEquals":["A.Error"],"Assign":{"inside__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"again"},{"ErrorEquals":["B.Error"],"Next":"outside.join 2"},{"ErrorEquals":["States.ALL"],"Next":"outside.join 3"}],"Assign":{"risky":{"Arn":"{% $states.result.Arn %}"}},"Output":{},"Next":"outside.join"},
"again":{"Type":"Choice","Choices":[{"Condition":"{% $inside__problem.Error in ['B.Error'] %}","Next":"outside.join 2"}],"Default":"outside.join 3"},
"outside.join":{"Type":"Pass","Assign":{"outside__arn":"{% $risky.Arn %}"},"Next":"use"},
"outside.join 2":{"Type":"Pass","Assign":{"outside__arn":null},"Next":"use"},
"outside.join 3":{"Type":"Pass","Assign":{"outside__arn":null},"Next":"use"},
"use":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Arn":"{% $outside__arn %}"},"Output":{},"End":true}}})");
}

TEST_CASE("attempts: several states are tried again, then the error goes on", "[lower]") {
    Program p;
    auto fresh = p.leaf(Op::Fresh, Time::Run);
    p.values.edit(fresh).integer = 8;
    Attempts attempts;
    attempts.block.steps = {p.task("one", {{"Name", fresh}}), p.task("two")};
    attempts.rules = p.values.keep(std::vector<RetryRule>{{p.errors({"A.Busy"}), 4, 10, 2, 60, false},
                                                          {p.errors({"States.Timeout"}), 1, 5, 1, 0, false}});
    auto retried = p.step("retried", attempts);
    Try guarded;
    guarded.block.steps = {retried};
    guarded.handlers = {{p.errors({"A.Busy"}), {}}};
    p.pipeline.block.steps = {p.step("guarded", guarded)};
    CHECK_DEFINITION(p, R"("StartAt":"retried.first","States":{
"retried.first":{"Type":"Pass","Assign":{"retried__turn":0},"Next":"one"},
"one":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Name":"{% $substring($hash($states.context.Execution.Id & '/' & $states.context.State.RetryCount & '/' & $states.context.Execution.RedriveCount & '/' & $retried__turn, 'SHA-256'), 0, 8) %}"},"Catch":[{"ErrorEquals":["A.Busy"],"Assign":{"retried__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"retried.again"},{"ErrorEquals":["States.Timeout"],"Assign":{"retried__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"retried.again 2"},{"ErrorEquals":["A.Busy"],"Next":"end"}],"Output":{},"Next":"two"},
"two":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Catch":[{"ErrorEquals":["A.Busy"],"Assign":{"retried__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"retried.again"},{"ErrorEquals":["States.Timeout"],"Assign":{"retried__problem":{"Error":"{% $states.errorOutput.Error %}","Cause":"{% $states.errorOutput.Cause ? $states.errorOutput.Cause : '' %}"}},"Next":"retried.again 2"},{"ErrorEquals":["A.Busy"],"Next":"end"}],"Output":{},"End":true},
"retried.again":{"Type":"Choice","Choices":[{"Condition":"{% $retried__turn < 4 %}","Next":"retried.wait"},{"Condition":"{% $retried__problem.Error in ['A.Busy'] %}","Next":"end"}],"Default":"retried.failed"},
"retried.wait":{"Type":"Wait","Seconds":"{% $min([10 * $power(2, $retried__turn), 60]) %}","Assign":{"retried__turn":"{% $retried__turn + 1 %}"},"Next":"one"},
"retried.again 2":{"Type":"Choice","Choices":[{"Condition":"{% $retried__turn < 1 %}","Next":"retried.wait 2"},{"Condition":"{% $retried__problem.Error in ['A.Busy'] %}","Next":"end"}],"Default":"retried.failed"},
"retried.wait 2":{"Type":"Wait","Seconds":5,"Assign":{"retried__turn":"{% $retried__turn + 1 %}"},"Next":"one"},
"retried.failed":{"Type":"Fail","Error":"{% $retried__problem.Error %}","Cause":"{% $retried__problem.Cause %}"},
"end":{"Type":"Succeed","Output":{}}}})");
}

TEST_CASE("inputs are checked before anything is done", "[lower]") {
    Program p;
    auto country = p.symbol("de");
    auto other = p.symbol("fr");
    types::Refinement limits;
    limits.has_min = limits.has_max = true, limits.min = 1, limits.max = 9;
    types::Refinement form;
    form.pattern = "[(a-z/]{2}%";
    auto date = p.input("run_date", plain(TypeKind::Date));
    auto where = p.input("country", p.types.union_of({p.types.literal(country), p.types.literal(other)}), p.text("de"));
    auto count = p.input("count", p.types.refined(TypeKind::Int, p.symbol("Count"), limits));
    auto code = p.input("code", p.types.optional(p.types.refined(TypeKind::String, p.symbol("Code"), form)));
    auto data = p.input("data", plain(TypeKind::S3));
    p.input("unused", plain(TypeKind::Json));
    p.pipeline.block.steps = {p.task("work", {{"Date", date}, {"Where", where}, {"Count", count}, {"Code", code}, {"Data", data}})};
    CHECK_DEFINITION(p, R"("StartAt":"check input","States":{
"check input":{"Type":"Choice","Choices":[{"Condition":"{% $type($states.input) != 'object' %}","Output":{"problem":"the input must be an object with the inputs by name: run_date, country, count, code, data, unused"},"Next":"invalid input"},{"Condition":"{% $count($filter($keys($states.input), function($k) { $not($k in ['AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID', 'run_date', 'country', 'count', 'code', 'data', 'unused']) })) > 0 %}","Output":{"problem":"{% 'no input is named ' & $join($filter($keys($states.input), function($k) { $not($k in ['AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID', 'run_date', 'country', 'count', 'code', 'data', 'unused']) }), ', ') & '; there are: run_date, country, count, code, data, unused' %}"},"Next":"invalid input"},{"Condition":"{% $not($exists($states.input.run_date) and ($type($states.input.run_date) = 'string' ? $contains($states.input.run_date, /^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(T|$)/) : false)) %}","Output":{"problem":"run_date must be a date, yyyy-mm-dd"},"Next":"invalid input"},{"Condition":"{% $exists($states.input.country) and $not($states.input.country in ['de', 'fr']) %}","Output":{"problem":"country must be \"de\" or \"fr\""},"Next":"invalid input"},{"Condition":"{% $not($exists($states.input.count) and ($type($states.input.count) = 'number' ? $floor($states.input.count) = $states.input.count and $states.input.count >= 1 and $states.input.count <= 9 : false)) %}","Output":{"problem":"count must be a whole number, at least 1, at most 9"},"Next":"invalid input"},{"Condition":"{% $exists($states.input.code) and $states.input.code != null and $not(($type($states.input.code) = 'string' ? $contains($states.input.code, /^(?:[\\(a-z\\/]{2}\\x25)$/) : false)) %}","Output":{"problem":"code must be a text, of the form [(a-z/]{2}%"},"Next":"invalid input"},{"Condition":"{% $not($exists($states.input.data) and ($type($states.input.data) = 'string' ? $contains($states.input.data, /^s3:\\/\\/[a-z0-9][a-z0-9.-]*\\//) : false)) %}","Output":{"problem":"data must be an S3 location, s3://bucket/key"},"Next":"invalid input"},{"Condition":"{% $not($exists($states.input.unused)) %}","Output":{"problem":"unused must be given"},"Next":"invalid input"}],"Assign":{"run_date":"{% $substring($states.input.run_date, 0, 10) %}","country":"{% $exists($states.input.country) ? $states.input.country : 'de' %}","count":"{% $states.input.count %}","code":"{% $exists($states.input.code) and $states.input.code != null ? $states.input.code : null %}","data":"{% $states.input.data %}"},"Default":"work"},
"invalid input":{"Type":"Fail","Error":"InvalidInput","Cause":"{% $states.input.problem %}"},
"work":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{"Date":"{% $run_date %}","Where":"{% $country %}","Count":"{% $count %}","Code":"{% $code %}","Data":"{% $data %}"},"Output":{},"End":true}}})");
}

TEST_CASE("nothing in a text leaves its quotes", "[lower]") {
    Program p;
    auto run = p.input("x", plain(TypeKind::String));
    CHECK(p.argument(p.text("say \"hi\" \\ 'there'")) == R"("say \"hi\" \\ 'there'")");
    CHECK(p.argument(p.text("${Key} $5 {$")) == R"("\u0024{Key} $5 {$")");
    CHECK(p.argument(p.text("{% $x %}")) == R"("{% '{\\u0025 $x %\\u007d' %}")");
    CHECK(p.argument(p.text("")) == R"("{% '' %}")");
    CHECK(p.argument(p.text("Größe\t\x01\x7f\xc2\x85")) == R"("Größe\t\u0001\u007f\u0085")");
    CHECK(p.argument(p.text("a\nb\xe2\x80\xa8")) == R"("{% 'a\\nb\\u2028' %}")");
    CHECK(p.argument(p.concat({p.text("it's ${a} \\ \"q\"\n %} "), run})) ==
          R"("{% 'it\\u0027s \u0024{a} \\\\ \"q\"\\n %\\u007d ' & $x %}")");
    CHECK(p.argument(p.concat({p.text("$"), p.text("{Key}"), run})) == R"("{% '\u0024{Key}' & $x %}")");
    CHECK(p.argument(p.concat({run, p.text("{"), p.text("% a")})) == R"("{% $x & '{\\u0025 a' %}")");
}

TEST_CASE("parameters: typed ones as they are, free text encoded", "[lower]") {
    Program p;
    types::Refinement tame, wild;
    tame.pattern = "[a-z0-9-]{1,20}";
    wild.pattern = "[a-z].*";
    auto run = p.input("x", plain(TypeKind::String));
    auto bucket = p.parameter("Data", plain(TypeKind::Bucket));
    auto count = p.parameter("Count", plain(TypeKind::Int));
    auto free = p.parameter("Note", plain(TypeKind::String));
    auto name = p.parameter("Name", p.types.refined(TypeKind::String, p.symbol("Name"), tame));
    auto odd = p.parameter("Odd", p.types.refined(TypeKind::String, p.symbol("Odd"), wild));
    CHECK(p.argument(bucket) == R"("${Data}")");
    CHECK(p.argument(count) == "${Count}");
    CHECK(p.argument(free) == R"("{% $base64decode('${NoteBase64}') %}")");
    CHECK(p.definition.substitutions[1].encoded);
    CHECK(p.argument(name) == R"("${Name}")");
    CHECK(p.argument(odd) == R"("{% $base64decode('${OddBase64}') %}")");
    CHECK(p.argument(p.concat({p.text("s3://"), bucket, p.text("/a/"), count})) == R"("s3://${Data}/a/${Count}")");
    CHECK(p.argument(p.concat({p.text("s3://"), bucket, p.text("/"), run, p.text("/"), count})) ==
          R"("{% 's3://${Data}/' & $x & '/${Count}' %}")");
    CHECK(p.argument(p.concat({p.text("a "), free})) == R"("{% 'a ' & $base64decode('${NoteBase64}') %}")");
    CHECK(p.argument(p.record({{"bucket", bucket}, {"key", p.text("a/b")}}, plain(TypeKind::S3))) == R"("s3://${Data}/a/b")");
    CHECK(p.argument(p.binary(syntax::Operator::Greater, count, p.integer(3))) == R"("{% ${Count} > 3 %}")");
}

TEST_CASE("expressions: parentheses only where JSONata needs them", "[lower]") {
    using syntax::Operator;
    Program p;
    auto x = p.input("x", plain(TypeKind::Int)), y = p.input("y", plain(TypeKind::Int));
    auto sum = p.binary(Operator::Add, x, y, TypeKind::Int);
    CHECK(p.argument(p.binary(Operator::Multiply, sum, x, TypeKind::Int)) == R"("{% ($x + $y) * $x %}")");
    CHECK(p.argument(p.binary(Operator::Subtract, x, p.binary(Operator::Subtract, y, x))) == R"("{% $x - ($y - $x) %}")");
    CHECK(p.argument(p.binary(Operator::Subtract, p.binary(Operator::Subtract, y, x), x)) == R"("{% $y - $x - $x %}")");
    CHECK(p.argument(p.concat({p.text("n"), sum})) == R"("{% 'n' & ($x + $y) %}")");
    CHECK(p.argument(p.concat({x})) == R"("{% $string($x) %}")");
    CHECK(p.argument(p.binary(Operator::Default, x, p.integer(1))) == R"("{% $exists($x) and $x != null ? $x : 1 %}")");
    CHECK(p.argument(p.binary(Operator::Default, p.binary(Operator::Default, x, y), p.integer(1))) ==
          R"("{% ($v0 := $exists($x) and $x != null ? $x : $y; $exists($v0) and $v0 != null ? $v0 : 1) %}")");
    CHECK(p.argument(p.binary(Operator::Equal, x, p.null())) == R"("{% $not($exists($x) and $x != null) %}")");
    CHECK(p.argument(p.call(Builtin::AfterLast, {p.text("a/b"), p.text("/")}, plain(TypeKind::String))) ==
          R"("{% $split('a/b', '/')[-1] %}")");
    auto items_type = p.types.list(plain(TypeKind::Int));
    auto items = p.input("items", items_type);
    auto local = p.leaf(Op::Local, Time::Run, 3, 0, plain(TypeKind::Int));
    auto loop = p.leaf(Op::For, Time::Run, uint32_t(items), 3, p.types.list(plain(TypeKind::Int)));
    auto next = p.binary(Operator::Add, local, p.integer(1), TypeKind::Int);
    p.values.edit(loop).c = p.values.add_loop({next, p.binary(Operator::Greater, local, p.integer(0))});
    CHECK(p.argument(loop) ==
          R"("{% [$map($filter($items, function($it1) { $it1 > 0 }), function($it1) { $it1 + 1 })] %}")");
    auto pairs = p.leaf(Op::For, Time::Run, uint32_t(items), 3, p.types.list(items_type));
    p.values.edit(pairs).c = p.values.add_loop({p.links(Op::List, {local, local}, items_type), ValueId::none});
    CHECK(p.argument(pairs) ==
          R"("{% [$reduce($items, function($all, $it1) { $append($all, [[$it1, $it1]]) }, [])] %}")");
    CHECK(p.argument(p.binary(syntax::Operator::In, p.list({items, p.call(Builtin::Sort, {items}, items_type)}), x)) ==
          R"("{% [[$items], [$sort($items)]] in $x %}")");
    auto odd = p.leaf(Op::Member, Time::Run, uint32_t(x), uint32_t(p.symbol("odd-name")));
    CHECK(p.argument(odd) == R"("{% $x.`odd-name` %}")");
}

TEST_CASE("names of added states are unique and at most 80 characters", "[lower]") {
    Program p;
    std::string longest(80, 'n');
    Poll poll;
    poll.until = p.leaf(Op::Bool, Time::Const, 1, 0, plain(TypeKind::Bool));
    poll.block.steps = {p.task("body")};
    poll.every = p.integer(1), poll.turns = p.integer(2), poll.error = "Own";
    auto first = p.step("a", poll);
    poll.block.steps = {p.task("more")};
    auto second = p.step(longest, poll);
    p.pipeline.block.steps = {first, p.task("a.wait"), second};
    auto states = nlohmann::json::parse(p.write())["States"];
    CHECK(states.size() == p.definition.states);
    for (auto& [name, state] : states.items()) CHECK(name.size() <= 80);
    CHECK(states.contains("a.wait~"));
}

TEST_CASE("handlers that nothing leads to are left out", "[lower]") {
    Program p;
    Try inner;
    inner.block.steps = {p.task("risky")};
    inner.handlers = {{p.errors({"States.ALL"}), {}}};
    Try outer;
    outer.block.steps = {p.step("inner", inner)};
    outer.handlers = {{p.errors({"A.Error"}), {{p.task("never")}, false}}};
    p.pipeline.block.steps = {p.step("outer", outer), p.task("last")};
    CHECK_DEFINITION(p, R"("StartAt":"risky","States":{
"risky":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"last"}],"Output":{},"Next":"last"},
"last":{"Type":"Task","Resource":"arn:${Partition}:states:::sagemaker:createTrainingJob.sync","Arguments":{},"Output":{},"End":true}}})");
}

TEST_CASE("a pipeline without steps, a comment and a time limit", "[lower]") {
    Program p;
    p.pipeline.comment = "nothing \"yet\"";
    p.pipeline.timeout = p.integer(60);
    CHECK(p.write() == R"({"Comment":"nothing \"yet\"","QueryLanguage":"JSONata","TimeoutSeconds":60,"StartAt":"end","States":{
"end":{"Type":"Succeed","Output":{}}}})");
}
