// An algorithm of AWS gets what it reads: its channels in its formats, its hyperparameters within their bounds.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "check/check.hpp"

namespace zflow::check {

namespace {

using ir::Op;
using ir::ValueId;

/// "sagemaker-xgboost" of ".../sagemaker-xgboost:1.7-1" in a registry whose account is written out: it is nobody's own.
std::string_view repository_of(const Context& c, ValueId image) {
    const ir::Value& v = c.values[image];
    ValueId first = image, last = image;
    if (v.op == Op::Concat) first = c.values.links(image).front(), last = c.values.links(image).back();
    if (c.values[first].op != Op::String || c.values[last].op != Op::String) return {};
    std::string_view begin = c.values[first].text(), end = c.values[last].text();
    constexpr size_t account = 12;
    bool registry = begin.size() > account && begin.find_first_not_of("0123456789") == account && begin.substr(account).starts_with(".dkr.ecr.");
    size_t slash = end.rfind('/');
    if (!registry || slash == std::string_view::npos) return {};
    end.remove_prefix(slash + 1);
    return end.substr(0, end.find_first_of(":@"));
}

class AlgorithmCheck {
   public:
    AlgorithmCheck(const Context& context, const ir::Step& step, const ir::Task& task, const schema::AlgorithmCall& call, const schema::Algorithm& algorithm)
        : c_(context), step_(step), task_(task), call_(call), a_(algorithm) {}

    void check() {
        std::vector<ValueId> given = at(call_.hyperparameters);
        const ir::Value* record = given.empty() ? nullptr : &c_.values[given[0]];
        if (record && record->op == Op::Record && c_.values.field(given[0], c_.names.find(a_.unless)) != ValueId::none) return;
        channels();
        content_types();
        if (!record || record->op == Op::Null) hyperparameters({});
        else if (record->op == Op::Record) hyperparameters(c_.values.fields(given[0]));
    }

   private:
    std::vector<ValueId> at(std::string_view path) const {
        std::vector<ValueId> found;
        members(c_, task_.arguments, path, found);
        return found;
    }
    Span place(ValueId value) const { return c_.at_user(c_.values[value].where, step_.where); }

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
                c_.diagnostics.report(diag::BadChannel, place(id), fmt::format("`{}` reads no channel `{}`", a_.repository, names.back()))
                    .help(fmt::format("it reads {}", listed(a_.channels)));
        }
        bool some_unknown = std::any_of(names.begin(), names.end(), [&](std::string_view n) { return !among(a_.channels, n); });
        for (std::string_view needed : a_.needed_channels)
            if (!given.empty() && !some_unknown && !among(names, needed))
                c_.diagnostics.report(diag::BadChannel, step_.where, fmt::format("`{}` needs the channel `{}`", a_.repository, needed));
    }

    void content_types() {
        for (ValueId id : at(call_.content_types)) {
            const ir::Value& v = c_.values[id];
            if (v.op != Op::String) continue;
            std::string type(v.text().substr(0, v.text().find(';')));
            while (type.ends_with(' ')) type.pop_back();
            std::transform(type.begin(), type.end(), type.begin(), [](char ch) { return ch >= 'A' && ch <= 'Z' ? static_cast<char>(ch + 32) : ch; });
            if (!among(a_.content_types, type))
                c_.diagnostics.report(diag::BadChannel, place(id), fmt::format("`{}` reads no \"{}\"", a_.repository, v.text()))
                    .help(fmt::format("it reads {}", listed(a_.content_types)));
        }
    }

    void hyperparameters(std::span<const ir::Field> given) {
        std::vector<std::string_view> known;
        for (const schema::Hyperparameter& p : a_.hyperparameters) known.push_back(p.name);
        std::vector<std::string_view> names, meant;
        for (const ir::Field& f : given) {
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
            if (p.needed && !among(names, p.name) && !among(meant, p.name))
                c_.diagnostics.report(diag::BadHyperparameter, step_.where, fmt::format("`{}` needs the hyperparameter `{}`", a_.repository, p.name));
    }

    /// The algorithm may be newer than the data: only a name that looks like another one is a mistake.
    std::string_view unknown(std::string_view name, Span where, const std::vector<std::string_view>& known) {
        std::string_view near = closest(name, known);
        if (!near.empty())
            c_.diagnostics.report(diag::UnknownHyperparameter, where, a_.repository, name).help(fmt::format("did you mean `{}`?", near));
        return near;
    }

    /// Of a value that was made a text only the place of the whole record is left: its name is looked for there.
    Span place(std::string_view name, ValueId value) const {
        Span all = place(value);
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
        const ir::Value& v = c_.values[id];
        std::string text(v.op == Op::Integer ? std::to_string(v.integer) : v.op == Op::String || v.op == Op::Decimal ? std::string(v.text()) : "");
        if (v.op == Op::Bool) text = v.a ? "true" : "false";
        if (text.empty()) return;                // known in a run only
        auto bad = [&](const std::string& what) { c_.diagnostics.report(diag::BadHyperparameter, where, fmt::format("`{}` is {}, not {}", p.name, what, text)); };
        if (!p.values.empty() && !among(p.values, text)) {
            auto report = c_.diagnostics.report(diag::BadHyperparameter, where, fmt::format("`{}` cannot be \"{}\"", p.name, text));
            report.help(fmt::format("there are {}", listed(p.values)));
        }
        if (!p.number) return;
        double number = 0;
        auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        bool whole = error == std::errc() && end == text.data() + text.size() && (!p.whole || std::floor(number) == number);
        if (!whole) return bad(p.whole ? "a whole number" : "a number");
        if (p.least && (number < *p.least || (p.above_least && number == *p.least))) return bad(fmt::format("{} {}", p.above_least ? "above" : "at least", *p.least));
        if (p.most && (number > *p.most || (p.below_most && number == *p.most))) return bad(fmt::format("{} {}", p.below_most ? "below" : "at most", *p.most));
    }

    const Context& c_;
    const ir::Step& step_;
    const ir::Task& task_;
    const schema::AlgorithmCall& call_;
    const schema::Algorithm& a_;
};

}  // namespace

void algorithm(const Context& context, const ir::Step& step, const ir::Task& task) {
    auto call = schema::find_algorithm_call(task.integration->operation());
    if (!call) return;
    std::vector<ValueId> images;
    members(context, task.arguments, call->image, images);
    if (images.empty()) return;
    std::string_view repository = repository_of(context, images[0]);
    if (repository.empty()) return;
    if (auto found = schema::find_algorithm(repository)) AlgorithmCheck(context, step, task, *call, *found).check();
}

}  // namespace zflow::check
