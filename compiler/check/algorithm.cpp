// An algorithm of AWS gets what it reads, and trains where it can: its channels in its formats, its hyperparameters within
// their bounds, instances that it is made for, a metric that it has.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "check/check.hpp"
#include "ir/image.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

class AlgorithmCheck {
   public:
    AlgorithmCheck(const Context& context, const ir::Step& step, const ir::Task& task, const schema::AlgorithmCall& call, const schema::Algorithm& algorithm)
        : c_(context), step_(step), task_(task), call_(call), a_(algorithm) {}

    void check() {
        std::vector<ValueId> given = at(call_.hyperparameters);
        const ir::Value* record = given.empty() ? nullptr : &c_.values[given[0]];
        bool known = !record || record->op == Op::Null || record->op == Op::Record;
        if (record && record->op == Op::Record) fields_ = c_.values.fields(given[0]);
        if (!a_.unless.empty() && (!known || hyperparameter(a_.unless))) return;
        channels();
        content_types();
        modes();
        objective(known);
        if (!known) return;
        hyperparameters();
        instances();
    }

   private:
    std::vector<ValueId> at(std::string_view path) const {
        std::vector<ValueId> found;
        members(c_, task_.arguments, path, found);
        return found;
    }
    Span place(ValueId value) const { return c_.at_user(c_.values[value].where, step_.where); }

    /// The constant text at a path; "" when there is none.
    std::string_view text_at(std::string_view path, ValueId& at_value) const {
        std::vector<ValueId> found = path.empty() ? std::vector<ValueId>() : at(path);
        if (found.size() != 1 || c_.values[found[0]].op != Op::String) return {};
        return c_.values[at_value = found[0]].text();
    }

    const ir::Field* hyperparameter(std::string_view name) const {
        for (const ir::Field& f : fields_)
            if (c_.names.text(f.key) == name) return &f;
        return nullptr;
    }

    /// A hyperparameter's value as it is sent; "" when it is known in a run only.
    std::string spelled(ValueId id) const {
        const ir::Value& v = c_.values[id];
        if (v.op == Op::Bool) return v.a ? "true" : "false";
        return v.op == Op::Integer ? std::to_string(v.integer) : v.op == Op::String || v.op == Op::Decimal ? std::string(v.text()) : "";
    }

    static std::string lower(std::string_view text) {
        std::string all(text);
        std::transform(all.begin(), all.end(), all.begin(), [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; });
        return all;
    }

    DiagnosticBuilder channel_problem(Span where, const std::string& what) const {
        return c_.diagnostics.report(diag::BadChannel, where, fmt::format("`{}` {}", a_.repository, what));
    }

    template <typename Names>
    static std::string listed(const Names& names) {
        std::string all;
        for (std::string_view name : names) all += fmt::format("{}`{}`", all.empty() ? "" : ", ", name);
        return all;
    }
    template <typename Names>
    static bool among(const Names& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

    void channels() {
        std::vector<ValueId> given = at(call_.channels);
        std::vector<std::string_view> names;
        for (ValueId id : given) {
            if (c_.values[id].op != Op::String) return;
            names.push_back(c_.values[id].text());
            if (!among(a_.channels, names.back()))
                unknown_channel(id);
        }
        distributions();
        bool some_unknown = std::any_of(names.begin(), names.end(), [&](std::string_view n) { return !among(a_.channels, n); });
        for (std::string_view needed : a_.needed_channels)
            if (!given.empty() && !some_unknown && !among(names, needed))
                channel_problem(step_.where, fmt::format("needs the channel `{}`", needed));
    }

    void unknown_channel(ValueId id) {
        std::string_view name = c_.values[id].text();
        std::vector<std::string_view> known(a_.channels.begin(), a_.channels.end());
        std::string_view near = closest(name, known);
        if (near.empty())
            for (std::string_view channel : known)
                if (name.starts_with(channel) || channel.starts_with(name)) near = channel;
        Span where = channel_place(id);
        auto report = channel_problem(where, fmt::format("reads no channel `{}`", name));
        if (near.empty()) return void(report.help(fmt::format("it reads {}", listed(a_.channels))));
        report.help(fmt::format("did you mean `{}`?", near));
        if (where != step_.where) report.fix(where, std::string(near), fmt::format("write `{}`", near));
    }

    /// How the objects of a channel are shared out to the instances, where it can only be one way.
    void distributions() {
        size_t end = call_.channels.rfind("[].") + 2;
        for (ValueId channel : at(call_.channels.substr(0, end))) {
            std::vector<ValueId> name, how;
            members(c_, channel, call_.channels.substr(end + 1), name);
            members(c_, channel, call_.distributions.substr(end + 1), how);
            if (name.empty() || how.empty() || c_.values[how[0]].op != Op::String) continue;
            for (uint32_t i = 0; i < a_.channels.size(); i++) {
                std::string_view wanted = a_.distributions[i];
                if (wanted.empty() || a_.channels[i] != c_.values[name[0]].text() || wanted == c_.values[how[0]].text()) continue;
                Span own = c_.at_user(c_.values[how[0]].where, {});
                channel_problem(own.known() ? own : channel_place(name[0]), fmt::format("reads `{}` only when its distribution is \"{}\"", a_.channels[i], wanted));
            }
        }
    }

    void content_types() {
        if (a_.content_types.empty()) return;
        for (ValueId id : at(call_.content_types)) {
            const ir::Value& v = c_.values[id];
            if (v.op != Op::String) continue;
            std::string type = lower(v.text().substr(0, v.text().find(';')));
            while (type.ends_with(' ')) type.pop_back();
            if (!among(a_.content_types, type))
                channel_problem(place(id), fmt::format("reads no \"{}\"", v.text())).help(fmt::format("it reads {}", listed(a_.content_types)));
        }
    }

    void modes() {
        for (std::string_view path : call_.modes)
            for (ValueId id : at(path))
                if (c_.values[id].op == Op::String && among(a_.refused_modes, c_.values[id].text()))
                    channel_problem(place(id), fmt::format("does not read in the mode \"{}\"", c_.values[id].text()));
    }

    /// A tuning job looks for a metric that the algorithm has, in the direction in which it is better.
    void objective(bool knows_hyperparameters) {
        ValueId metric = ValueId::none, goal = ValueId::none;
        std::string_view name = text_at(call_.objective, metric), direction = text_at(call_.goal, goal);
        std::vector<ValueId> own = at(call_.metrics);
        bool has_own = !own.empty() && c_.values[own[0]].op != Op::Null;
        if (name.empty() || has_own || (a_.maximized.empty() && a_.minimized.empty())) return;
        bool up = among(a_.maximized, name);
        if (!up && !among(a_.minimized, name)) return no_metric(name, place(metric));
        std::string_view wanted = up ? "Maximize" : "Minimize";
        if (!direction.empty() && direction != wanted)
            c_.diagnostics.report(diag::WrongObjective, place(goal), fmt::format("`{}` is better the {} it is", name, up ? "higher" : "lower"))
                .help(fmt::format("the goal is \"{}\"", wanted));
        std::string_view channel = name.substr(0, std::min(name.find(':'), name.size()));
        bool made = channel == a_.split_channel && (a_.split_parameter.empty() || !knows_hyperparameters || hyperparameter(a_.split_parameter));
        if (among(a_.channels, channel) && !made && !has_channel(channel))
            c_.diagnostics.report(diag::WrongObjective, place(metric), fmt::format("`{}` comes of the channel `{}`, which is not there", name, channel))
                .help(fmt::format("give the job the channel `{}`", channel));
    }

    void no_metric(std::string_view name, Span where) {
        std::vector<std::string_view> all;
        for (std::string_view known : a_.maximized) all.push_back(known);
        for (std::string_view known : a_.minimized) all.push_back(known);
        std::string_view near = closest(name, all);
        std::sort(all.begin(), all.end());
        c_.diagnostics.report(diag::WrongObjective, where, fmt::format("`{}` has no metric `{}`", a_.repository, name))
            .help(near.empty() ? fmt::format("it has {}", listed(all)) : fmt::format("did you mean `{}`?", near));
    }

    /// Whether the channel is given, as far as they are written out.
    bool has_channel(std::string_view name) const {
        size_t end = call_.channels.rfind("[].");
        std::vector<ValueId> all = at(call_.channels), list = at(call_.channels.substr(0, end));
        if (list.empty() || c_.values[list[0]].op != Op::List) return true;
        return std::any_of(all.begin(), all.end(), [&](ValueId id) { return c_.values[id].op != Op::String || c_.values[id].text() == name; });
    }

    /// What an instance has: CPUs only, or GPUs. Of a family that nobody knows neither is true.
    struct Devices {
        bool cpu = false, gpu = false, unknown = false;
    };

    void instances() {
        Devices devices;
        for (std::string_view path : call_.instances)
            for (ValueId id : at(path)) instance(id, devices);
        count(devices);
    }

    void instance(ValueId id, Devices& devices) {
        std::string_view type = c_.values[id].op == Op::String ? c_.values[id].text() : "";
        bool gpu = schema::has_gpu(type), cpu = schema::has_no_gpu(type);
        if (cpu && !a_.on_cpu)
            c_.diagnostics.report(diag::WrongInstance, place(id), fmt::format("`{}` trains on GPUs only, `{}` has none", a_.repository, type))
                .help(fmt::format("it is made for instances of the families {}", listed(a_.families)));
        if (gpu && !a_.on_gpu)
            c_.diagnostics.report(diag::WrongInstance, place(id), fmt::format("`{}` trains on CPUs only, `{}` is there for its GPUs", a_.repository, type));
        devices.cpu |= cpu, devices.gpu |= gpu, devices.unknown |= !cpu && !gpu;
    }

    void count(Devices devices) {
        std::vector<ValueId> given = at(call_.count);
        if (given.size() != 1 || c_.values[given[0]].op != Op::Integer || c_.values[given[0]].integer <= 1) return;
        bool never = !a_.several_on_cpu && !a_.several_on_gpu;
        bool here = (!devices.cpu || a_.several_on_cpu) && (!devices.gpu || a_.several_on_gpu);
        if ((!never && (here || devices.unknown)) || may_be_several()) return;
        auto report = c_.diagnostics.report(diag::WrongInstance, place(given[0]),
                                            fmt::format("`{}` trains on one instance, not on {}", a_.repository, c_.values[given[0]].integer));
        if (!a_.several_parameter.empty()) report.help(fmt::format("several are for `{}: \"{}\"`", a_.several_parameter, a_.several_value));
    }

    bool may_be_several() const {
        if (a_.several_parameter.empty()) return false;
        const ir::Field* given = hyperparameter(a_.several_parameter);
        std::string text = given ? spelled(given->value) : "";
        return text.empty() || text == a_.several_value;   // it may be searched for
    }

    void hyperparameters() {
        std::vector<std::string_view> known;
        for (const schema::Hyperparameter& p : a_.hyperparameters) known.push_back(p.name);
        std::vector<std::string_view> names, meant;
        for (const ir::Field& f : fields_) {
            names.push_back(c_.names.text(f.key));
            auto p = std::find_if(a_.hyperparameters.begin(), a_.hyperparameters.end(), [&](auto& x) { return x.name == names.back(); });
            Span where = place(names.back(), f.value);
            if (p == a_.hyperparameters.end()) meant.push_back(unknown(names.back(), where, known));
            else value(*p, f.value, where);
        }
        for (std::string_view path : call_.tuned)
            for (ValueId id : at(path)) {
                if (c_.values[id].op != Op::String) return;
                names.push_back(c_.values[id].text());
                if (!among(known, names.back())) meant.push_back(unknown(names.back(), place(id), known));
            }
        for (const schema::Hyperparameter& p : a_.hyperparameters)
            if (!among(names, p.name) && !among(meant, p.name)) missing(p);
    }

    void missing(const schema::Hyperparameter& p) {
        const ir::Field* with = p.with_name.empty() ? nullptr : hyperparameter(p.with_name);
        bool needed = with && (p.with_value.empty() || spelled(with->value) == p.with_value);
        if (!p.needed && !needed) return;
        auto report = c_.diagnostics.report(diag::BadHyperparameter, step_.where, fmt::format("`{}` needs the hyperparameter `{}`", a_.repository, p.name));
        if (needed) report.label(place(p.with_name, with->value), "with this one");
    }

    /// The algorithm may be newer than the data: only a name that looks like another one is a mistake.
    std::string_view unknown(std::string_view name, Span where, const std::vector<std::string_view>& known) {
        std::string_view near = closest(name, known);
        if (!near.empty())
            c_.diagnostics.report(diag::UnknownHyperparameter, where, a_.repository, name).help(fmt::format("did you mean `{}`?", near));
        return near;
    }

    /// Of a value that was made a text only the place of the whole record is left: its name is looked for there.
    Span place(std::string_view name, ValueId value) const { return key_in(place(value), name); }

    /// A channel's name is a key in what stands behind the stage.
    Span channel_place(ValueId id) const {
        Span own = c_.at_user(c_.values[id].where, {});
        if (own.known() || !step_.where.known()) return own.known() ? own : step_.where;
        std::string_view text = c_.sources.file(step_.where.file).text;
        uint32_t end = step_.where.end;
        for (int depth = 0; end < text.size(); end++) {
            depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
            if (depth == 0 && text[end] == '}') break;
        }
        Span behind{step_.where.file, step_.where.end, end}, found = key_in(behind, c_.values[id].text());
        return found == behind ? step_.where : found;
    }

    /// Where `name:` stands; the whole when it does not.
    Span key_in(Span all, std::string_view name) const {
        std::string_view text = all.known() ? c_.sources.text(all) : std::string_view();
        auto is_word = [](char ch) { return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_'; };
        for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
            size_t end = at + name.size(), next = std::min(text.find_first_not_of("\" \t", end), text.size());
            if ((at == 0 || !is_word(text[at - 1])) && next < text.size() && text[next] == ':')
                return {all.file, all.begin + static_cast<uint32_t>(at), all.begin + static_cast<uint32_t>(end)};
        }
        return all;
    }

    void value(const schema::Hyperparameter& p, ValueId id, Span where) {
        std::string text = spelled(id);
        if (text.empty() || (p.values.size() && among(p.values, text))) return;
        auto bad = [&](const std::string& what) { c_.diagnostics.report(diag::BadHyperparameter, where, fmt::format("`{}` is {}, not {}", p.name, what, text)); };
        std::string word = p.values.empty() ? "" : fmt::format(" or {}", listed(p.values));
        if (p.truth && !among(std::array{"true", "false", "1", "0"}, lower(text))) bad("true or false" + word);
        if (!p.number && !p.truth && !p.values.empty())
            c_.diagnostics.report(diag::BadHyperparameter, where, fmt::format("`{}` cannot be \"{}\"", p.name, text))
                .help(fmt::format("there are {}", listed(p.values)));
        if (!p.number) return;
        double number = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        bool whole = error == std::errc() && end == text.data() + text.size() && (!p.whole || std::floor(number) == number);
        if (!whole) return bad((p.whole ? "a whole number" : "a number") + word);
        if (p.least && (number < *p.least || (p.above_least && number == *p.least))) return bad(fmt::format("{} {}", p.above_least ? "above" : "at least", *p.least));
        if (p.most && (number > *p.most || (p.below_most && number == *p.most))) return bad(fmt::format("{} {}", p.below_most ? "below" : "at most", *p.most));
    }

    const Context& c_;
    const ir::Step& step_;
    const ir::Task& task_;
    const schema::AlgorithmCall& call_;
    const schema::Algorithm& a_;
    std::span<const ir::Field> fields_;   ///< the hyperparameters
};

}  // namespace

void algorithm(const Context& context, const ir::Step& step, const ir::Task& task) {
    auto call = schema::find_algorithm_call(task.integration->operation());
    if (!call) return;
    std::vector<ValueId> images;
    members(context, task.arguments, call->image, images);
    if (images.empty()) return;
    auto [account, repository] = ir::image_name(context.values, images[0]);
    if (repository.empty()) return;
    if (auto found = schema::find_algorithm(account, repository)) AlgorithmCheck(context, step, task, *call, *found).check();
}

}  // namespace zflow::check
