// What somebody outside has to know to start the pipelines of a stack and to use what they give.
#include <algorithm>

#include "show/schema.hpp"
#include "show/show.hpp"

namespace zflow::show {

namespace {

using cfn::Document;
using cfn::Node;
using ir::ValueId;

bool among(const std::vector<std::string_view>& all, std::string_view one) { return std::find(all.begin(), all.end(), one) != all.end(); }

/// What a pipeline can end with: results of `return`, errors of its own, errors of its calls.
class Endings {
   public:
    explicit Endings(const ir::Pipeline& pipeline) : pipeline_(pipeline) {
        if (!pipeline.inputs.empty()) raise("InvalidInput");
        block(pipeline.block);
        if (pipeline.timeout != ValueId::none) raise("States.Timeout");
    }

    std::vector<ValueId> results;
    std::vector<std::string_view> errors;
    std::vector<std::string> calls;      ///< whose errors nothing catches

   private:
    void block(const ir::Block& steps) {
        for (ir::StepId id : steps.steps) std::visit([this](const auto& is) { step(is); }, pipeline_[id].is);
    }
    template <typename T>
    void step(const T&) {}
    void step(const ir::Choice& choice) {
        for (const auto& arm : choice.arms) block(arm.block);
    }
    void step(const ir::Parallel& parallel) {
        for (const auto& branch : parallel.branches) block(branch.block);
    }
    void step(const ir::Map& map) { block(map.block); }
    void step(const ir::Attempts& attempts) { block(attempts.block); }
    void step(const ir::Poll& poll) {
        raise(poll.error);
        block(poll.block);
    }
    void step(const ir::Try& guarded) {
        for (const auto& handler : guarded.handlers) caught_.insert(caught_.end(), handler.errors.begin(), handler.errors.end());
        block(guarded.block);
        for (const auto& handler : guarded.handlers) caught_.resize(caught_.size() - handler.errors.size());
        for (const auto& handler : guarded.handlers) block(handler.block);
    }
    void step(const ir::Fail& fail) {
        if (fail.rethrow == ir::StepId::none) raise(fail.error);
    }
    void step(const ir::Return& result) { results.push_back(result.value); }
    void step(const ir::Task& task) {
        if (task.timeout != ValueId::none) raise("States.Timeout");
        if (among(caught_, "States.ALL") || among(caught_, "States.TaskFailed")) return;
        if (!task.integration) return raise("States.TaskFailed");   // nothing more is known of what it calls
        std::string call = std::string(task.integration->service()) + "." + std::string(task.integration->operation());
        if (std::find(calls.begin(), calls.end(), call) == calls.end()) calls.push_back(std::move(call));
    }
    void raise(std::string_view error) {
        bool known = error.empty() || among(errors, error) || among(caught_, error) || among(caught_, "States.ALL");
        if (!known) errors.push_back(error);
    }

    const ir::Pipeline& pipeline_;
    std::vector<std::string_view> caught_;
};

class InterfaceNodes {
   public:
    explicit InterfaceNodes(const lower::Context& context)
        : context_(context), texts_(context), values_(document_, texts_), schemas_(context, document_, values_) {}

    void write(Buffer& out) {
        Node* root = document_.map();
        Node* pipelines = Document::add(root, "pipelines", document_.map());
        for (uint32_t i = 0; i < context_.stack.pipelines.size(); i++)
            Document::add(pipelines, context_.names.text(context_.stack.pipelines[i].name), pipeline(context_.stack.pipelines[i], i));
        cfn::write_json(*root, out);
    }

   private:
    void put(Node* map, std::string_view key, std::string_view text) { Document::add(map, key, document_.text(text)); }
    Node* put_map(Node* map, std::string_view key) { return Document::add(map, key, document_.map()); }

    Node* pipeline(const ir::Pipeline& p, uint32_t index) {
        Endings endings(p);
        Node* node = document_.map();
        if (!p.comment.empty()) put(node, "description", p.comment);
        start(put_map(node, "start"), p, index);
        Document::add(node, "input", schemas_.input(p));
        result(put_map(node, "result"), index, endings);
        failure(put_map(node, "failure"), endings);
        Node* triggers = Document::add(node, "triggers", document_.list());
        for (const ir::Schedule& s : p.schedules) schedule(Document::add(triggers, document_.map()), s);
        for (const ir::EventRule& e : p.events) event(Document::add(triggers, document_.map()), e);
        for (const ir::QueueReader& r : p.readers) reader(Document::add(triggers, document_.map()), r);
        return node;
    }

    /// In the notation of `Fn::Sub`: what the names come to is decided when the stack is deployed.
    void start(Node* to, const ir::Pipeline& p, uint32_t index) {
        put(to, "api", "states:StartExecution");
        put(to, "stateMachineName", texts_.machine_name(index));
        put(to, "stateMachineArn", texts_.machine_arn(index));
        put(to, "stackResource", p.logical_id);
        put(to, "stackOutput", p.logical_id + "Arn");
        right(to, "states:StartExecution", texts_.machine_arn(index));
    }

    void right(Node* to, std::string_view action, std::string_view resource) {
        Node* right = put_map(to, "right");
        put(right, "Action", action);
        put(right, "Resource", resource);
    }

    void result(Node* to, uint32_t index, const Endings& endings) {
        put(to, "api", "states:DescribeExecution");
        put(to, "member", "output");
        std::string execution = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:" + texts_.machine_name(index) + ":*";
        right(to, "states:DescribeExecution", execution);
        std::vector<Node*> schemas;
        for (ValueId value : endings.results)
            if (value != ValueId::none && context_.values[value].op != ir::Op::Null) schemas.push_back(schemas_.value(value));
        if (schemas.empty()) return;
        if (schemas.size() == 1) return void(Document::add(to, "schema", schemas[0]));
        Node* any = Document::add(put_map(to, "schema"), "anyOf", document_.list());
        for (Node* schema : schemas) Document::add(any, schema);
    }

    void failure(Node* to, const Endings& endings) {
        put(to, "member", "error");
        Node* errors = Document::add(to, "errors", document_.list());
        for (std::string_view error : endings.errors) Document::add(errors, document_.text(error));
        Node* calls = Document::add(to, "errorsOfCalls", document_.list());
        for (const std::string& call : endings.calls) Document::add(calls, document_.text(call));
    }

    void schedule(Node* to, const ir::Schedule& s) {
        put(to, "schedule", s.expression);
        if (!s.zone.empty()) put(to, "zone", s.zone);
        if (!s.start.empty()) put(to, "start", s.start);
        if (!s.end.empty()) put(to, "end", s.end);
        if (s.window) Document::add(to, "windowMinutes", document_.integer(s.window));
        Document::add(to, "input", values_.json_text(s.input));
    }

    void event(Node* to, const ir::EventRule& e) {
        Document::add(to, "event", values_.node(e.pattern));
        if (Node* bus = values_.node(e.bus)) Document::add(to, "bus", bus);
        Node* paths = document_.map();
        Node* input = values_.json_text(e.input, paths);
        Document::add(to, "input", input);
        if (paths->count) Document::add(to, "inputPaths", paths);
    }

    void reader(Node* to, const ir::QueueReader& r) {
        Document::add(to, "queue", values_.node(r.queue));
        Document::add(to, "batch", document_.integer(r.batch));
        Document::add(to, "each", values_.json_text(r.input));
    }

    const lower::Context& context_;
    Document document_;
    iam::DeployText texts_;
    cfn::ValueNodes values_;
    SchemaNodes schemas_;
};

}  // namespace

void interface(const lower::Context& context, Buffer& out) { InterfaceNodes(context).write(out); }

}  // namespace zflow::show
