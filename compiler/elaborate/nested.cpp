// Pipelines that start others: the order in which they are worked out, and the stage that runs one.
#include <algorithm>
#include <functional>

#include "elaborate/elaborator.hpp"
#include "elaborate/renamed.hpp"

namespace zflow::elaborate {

/// A pipeline comes after those that it runs, so that the types of their results are known.
std::vector<uint32_t> Elaborator::pipeline_order() {
    std::vector<uint32_t> order;
    std::vector<uint8_t> seen(pipelines_.size());
    auto add = [&](auto&& self, uint32_t index) -> void {
        if (std::exchange(seen[index], 1)) return;
        DeclarationRef d = pipelines_[index].first;
        auto visit = [&](NodeId path) {   // of a stage
            NodeId first = d.tree().child(path);
            if (d.tree().next(first)) return;
            DeclarationRef other = session_.modules.find(*d.module, d.tree()[first].symbol);
            for (uint32_t i = 0; other && i < seen.size(); i++)
                if (pipelines_[i].first == other) self(self, i);
        };
        for (NodeId n = seen.size() > 1 ? d.tree().first_inside(d.node) : d.node; n < d.node; n++) {
            if (d.tree().kind(n) != NodeKind::Stage) continue;
            for (NodeId path : syntax::Children(d.tree(), n))
                if (d.tree().kind(path) == NodeKind::Path) visit(path);
        }
        order.push_back(index);
    };
    for (uint32_t i = 0; i < pipelines_.size(); i++) add(add, i);
    return order;
}

namespace {

/// The type of what is one of two, each kept as far as both agree; what they do not agree in is `Json`.
class CommonType {
   public:
    CommonType(types::TypeTable& types, std::function<bool(TypeId, TypeId)> assignable) : types_(types), assignable_(std::move(assignable)) {}

    TypeId of(TypeId a, TypeId b) {
        if (a == b) return a;
        TypeId x = types_.without_none(a), y = types_.without_none(b);
        if (types_.kind(x) == TypeKind::None) return types_.optional(y);
        if (types_.kind(y) == TypeKind::None) return types_.optional(x);
        TypeId common = of_there(x, y);
        bool absent = (types_.is_optional(a) || types_.is_optional(b)) && common != types::id_of(TypeKind::Json);
        return absent ? types_.optional(common) : common;
    }

   private:
    TypeId of_there(TypeId a, TypeId b) {
        TypeKind x = types_.kind(a), y = types_.kind(b);
        if (a == b || y == TypeKind::Never) return a;
        if (x == TypeKind::Never) return b;
        if (x == TypeKind::List && y == TypeKind::List) return types_.list(of(types_[a].element, types_[b].element));
        if (x == TypeKind::Record && y == TypeKind::Record) return of_records(a, b);
        bool plain = x >= TypeKind::Bool && x <= TypeKind::Union && y >= TypeKind::Bool && y <= TypeKind::Union;
        if (plain && assignable_(a, b)) return b;
        return plain && assignable_(b, a) ? a : types::id_of(TypeKind::Json);
    }

    /// Of other members nobody knows whether they are there.
    TypeId of_records(TypeId a, TypeId b) {
        std::span<const types::FieldType> others = types_[b].fields;
        std::vector<types::FieldType> fields;
        for (const types::FieldType& f : types_[a].fields)
            for (const types::FieldType& g : others)
                if (f.name == g.name) fields.push_back({f.name, of(f.type, g.type)});
        bool same = fields.size() == types_[a].fields.size() && fields.size() == others.size();
        return same ? types_.record(std::move(fields)) : types::id_of(TypeKind::Json);
    }

    types::TypeTable& types_;
    std::function<bool(TypeId, TypeId)> assignable_;
};

}  // namespace

/// Keeps what one `return` of a pipeline gives; of several what their types have in common.
void Elaborator::note_result(ValueId value) {
    if (recording_) recording_->breaks();
    TypeId type = type_of(value);
    TypeId& known = results_[current_pipeline_].type;
    if (!std::exchange(results_[current_pipeline_].given, true)) known = type;
    else known = CommonType(types_, [this](TypeId from, TypeId to) { return assignable(from, to); }).of(known, type);
}

bool Elaborator::is_express(uint32_t index, DeclarationRef d) {
    if (stack_->pipelines[index].express.known()) return true;
    for (NodeId b : syntax::Children(d.tree(), d.node))
        for (NodeId s : syntax::Children(d.tree(), d.tree().kind(b) == NodeKind::Block ? b : 0)) {
            if (d.tree().kind(s) != NodeKind::Setting) continue;
            NodeId name = d.tree().child(s);
            if (d.tree()[name].symbol == known_.express && d.tree().kind(d.tree().next(name)) == NodeKind::True) return true;
        }
    return false;
}

/// The inputs among the settings, in the other pipeline's own types.
std::vector<ir::Field> Elaborator::run_inputs(DeclarationRef d, std::vector<Setting>& given, Span where) {
    std::vector<ir::Field> fields;
    std::string_view name = d.tree().text_of(name_node(d.tree(), d.node));
    Frame frame{d.module, ++frames_};
    Frame* outer = std::exchange(frame_, &frame);
    Kind& k = kind(d);
    frame_ = outer;
    std::vector<Setting> others, inputs;
    auto of_run = [&](const Setting& s) { return s.name == known_.wait || s.name == known_.timeout || s.name == known_.retry; };
    std::ranges::remove_copy_if(given, std::back_inserter(inputs), of_run);
    const std::string_view other_name = renamed(k.parameters, inputs, types_, names_);
    for (const Setting& s : given) {
        auto p = std::find_if(k.parameters.begin(), k.parameters.end(), [&](auto& x) { return x.name == s.name; });
        if (p != k.parameters.end()) {
            fields.push_back({s.name, coerce(s.value, p->type, s.written)});
        } else if (of_run(s)) {
            others.push_back(s);
        } else {
            std::vector<std::string_view> known{"wait", "timeout", "retry"};
            for (const KindParameter& x : k.parameters) known.push_back(text(x.name));
            auto report = diagnostics_.report(diag::UnknownSetting, s.where, name, text(s.name)).joins();
            if (auto near = closest(text(s.name), known); !near.empty())
                report.help(fmt::format("did you mean `{}`?", near)).fix(s.where, std::string(near), fmt::format("write `{}`", near));
            else report.help(other_name.empty() ? "it is no input of the pipeline" : fmt::format("the pipeline takes `{}`", other_name));
        }
    }
    for (const KindParameter& p : k.parameters) {
        bool has = std::any_of(given.begin(), given.end(), [&](auto& s) { return s.name == p.name; });
        if (!has && !p.fallback && !types_.is_optional(p.type) && text(p.name) != other_name)
            diagnostics_.report(diag::MissingSetting, where, name, text(p.name)).label(Span{d.tree().file, d.tree()[p.node].begin, d.tree()[p.node].end}, "declared here");
    }
    given = std::move(others);
    return fields;
}

/// The library's kinds do the work; what they run is known here, with the types of its inputs and its result.
ValueId Elaborator::run_pipeline(DeclarationRef d, NodeId record_node, Symbol name, Span where, ir::Block& into) {
    if (recording_) recording_->breaks();
    uint32_t index = pipeline_index(d);
    pipeline_uses_.push_back({static_cast<uint32_t>(pipeline_ - stack_->pipelines.data()), index, where});
    std::vector<Setting> given = settings(record_node);
    std::vector<ir::Field> inputs = run_inputs(d, given, where);
    bool waits = true;
    std::vector<Setting> passed;
    for (const Setting& s : given) {
        if (s.name != known_.wait) { passed.push_back(s); continue; }
        ValueId value = coerce(s.value, plain(TypeKind::Bool), s.written);
        if (!is_error(value) && known_by(value, Time::Const, s.written, "whether a stage waits")) waits = const_bool(value).value_or(true);
    }
    ValueId machine = make(Op::MachineArn, Time::Deploy, plain(TypeKind::Arn), where);
    values_.edit(machine).a = index;
    passed.push_back({names_.intern("machine"), machine, where, where});
    passed.push_back({known_.input, make_record(inputs, plain(TypeKind::Literals), where), where, where});
    std::string_view kind_name = !waits ? "run_and_leave" : is_express(index, d) ? "run_express" : "run_and_wait";
    DeclarationRef library_kind = session_.modules.library.find(names_.intern(kind_name));
    ValueId result = instantiate(kind(library_kind), passed, join_path(frame_->path, text(name)), d.tree().text_of(name_node(d.tree(), d.node)), where, into);
    if (values_[result].op != Op::Record || !waits) return result;
    std::vector<ir::Field> fields(values_.fields(result).begin(), values_.fields(result).end());
    const PipelineResult known = index < results_.size() ? results_[index] : PipelineResult{};
    for (ir::Field& f : fields)
        if (text(f.key) == "output" && known.done && known.given)
            f.value = with_type(f.value, types_.without_none(known.type), types_.is_optional(known.type));
    return make_record(fields, plain(TypeKind::Literals), where);
}

}  // namespace zflow::elaborate
