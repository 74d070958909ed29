// People who know state machines write what those read: `"day.$": "$.day"`, `"{% $states.input.day %}"`. Here a text is a text.
// That shows in what is written, so it is looked for there: a stage that is repeated for others like it evaluates nothing.
#include <algorithm>

#include "elaborate/elaborator.hpp"
#include "elaborate/region_texts.hpp"
#include "elaborate/short_text.hpp"

namespace zflow::elaborate {

namespace {

constexpr std::string_view path_key = ".$";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(std::string_view text) {
    auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), fits);
}

/// `{% $states.input.day %}`. Templates of other languages have such tags too, but not one alone with a variable of this kind.
bool is_expression(std::string_view text) {
    if (text.size() < 4 || !text.starts_with("{%") || text.find("%}") != text.size() - 2) return false;
    for (size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1))
        if (is_letter(text[at + 1]) || text[at + 1] == '$') return true;
    return false;
}

bool is_path(std::string_view key, std::string_view value) {
    if (value.starts_with("$states.") || value.starts_with("$$.")) return true;
    return key.ends_with(path_key) && (value.starts_with("$") || value.starts_with("States."));
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// What zflow has under other names than state machines.
constexpr std::pair<std::string_view, std::string_view> of_the_run[] = {
    {"Execution.Name", "pipeline.execution"}, {"Execution.Id", "pipeline.execution_id"}, {"Execution.StartTime", "pipeline.started"}};

}  // namespace

/// The texts of one pipeline or kind.
class PathTexts {
   public:
    PathTexts(Elaborator& in, NodeId declaration) : in_(in), t_(in.tree()), declaration_(declaration), regions_(t_, in.diagnostics_) {}

    void check() {
        for (NodeId n = t_.first_inside(declaration_); n < declaration_; n++) {
            if (t_.kind(n) == NodeKind::Entry) entry(n);
            else if (t_.kind(n) == NodeKind::String || t_.kind(n) == NodeKind::Template) text(n);
            regions_.node(n);
        }
    }
    void check_regions() {
        for (NodeId n = t_.first_inside(declaration_); n < declaration_; n++) regions_.node(n);
    }

   private:
    void entry(NodeId n) {
        NodeId key = t_.child(n), value = t_.next(key);
        if (t_.kind(key) != NodeKind::String || !t_.text_of(key).ends_with(path_key) || !value) return;
        bool text = t_.kind(value) == NodeKind::String && (is_path(t_.text_of(key), t_.text_of(value)) || is_expression(t_.text_of(value)));
        std::string_view stem = t_.text_of(key);
        stem.remove_suffix(path_key.size());
        if (text || stem.empty()) return;   // said of the text
        Span at = in_.span(key);
        in_.diagnostics_.report(diag::PathInText, at, t_.text_of(key), "a path")
            .help("the name of a member is sent as it stands; the value needs no mark: `{}: …`", stem)
            .fix(at, std::string(stem), fmt::format("write `{}`", stem));
    }

    void text(NodeId n) {
        std::string_view written = t_.text_of(n);
        if (t_.kind(n) == NodeKind::Template && written.size() >= 2) written = written.substr(1, written.size() - 2);
        if (written.empty() || (written[0] != '$' && written[0] != 'S' && written[0] != '{')) return;
        NodeId parent = around(n);
        bool of_entry = t_.kind(parent) == NodeKind::Entry;
        if (of_entry && t_.child(parent) == n) return;   // a name
        bool expression = is_expression(written);
        bool path = t_.kind(n) == NodeKind::String && is_path(of_entry ? t_.text_of(t_.child(parent)) : "", written);
        if ((!path && !expression) || (!(path && of_entry) && may_be_meant(n))) return;
        std::string_view looks_like = expression ? "an expression" : "a path";
        auto report = in_.diagnostics_.report(diag::PathInText, in_.span(n), short_text(written, 60), looks_like);
        report.help("write the value itself: an input or a stage by its name, `day`, `train.model`, `pipeline.execution`; "
                    "`\"… ${day} …\"` in a text");
        if (std::string meant = named(written); !meant.empty()) mend(report, n, of_entry ? parent : 0, meant);
    }

    /// States that are written out have expressions in their texts, and so have texts that are handed to them.
    bool may_be_meant(NodeId n) const {
        for (NodeId at = around(n); at < declaration_; at = around(at)) {
            if (t_.kind(at) == NodeKind::Let || t_.kind(at) == NodeKind::Parameter) return true;
            if (t_.kind(at) == NodeKind::Call) return is_state(t_, at);
            if (t_.kind(at) == NodeKind::Stage) return may_make_state(t_.next(t_.child(at)));
        }
        return false;
    }
    static bool is_state(const syntax::Tree& t, NodeId call) { return t.text_of(t.next(t.child(call))) == "state"; }
    /// Of the user's own kinds nobody looks what they do with their settings.
    bool may_make_state(NodeId path) const {
        if (t_.next(t_.child(path))) return true;   // of an imported file
        DeclarationRef kind = in_.session_.modules.find(*in_.session_.modules.main, t_[t_.child(path)].symbol);
        if (!kind) return false;
        const syntax::Tree& t = kind.tree();
        if (!in_.session_.sources.file(t.file).library) return true;
        for (NodeId n = t.first_inside(kind.node); n < kind.node; n++)
            if (t.kind(n) == NodeKind::Call && is_state(t, n)) return true;
        return false;
    }

    /// What holds `n`: parents stand behind their children.
    NodeId around(NodeId n) const {
        NodeId at = n + 1;
        while (at < declaration_ && t_.first_inside(at) > n) at++;
        return at;
    }

    /// The input that is meant, `day`, `window.start`, or what is known of the run; else "".
    std::string named(std::string_view written) const {
        if (written.starts_with("{%")) written = trimmed(written.substr(2, written.size() - 4));
        for (std::string_view context : {"$states.context.", "$$."})
            if (written.starts_with(context) && t_.kind(declaration_) == NodeKind::Pipeline)
                for (auto [theirs, mine] : of_the_run)
                    if (written.substr(context.size()) == theirs) return std::string(mine);
        for (std::string_view input : {"$states.input.", "$."})
            if (written.starts_with(input)) return input_named(written.substr(input.size()));
        return {};
    }
    std::string input_named(std::string_view path) const {
        for (std::string_view rest = path; !rest.empty();) {
            std::string_view word = rest.substr(0, rest.find('.'));
            if (!is_word(word) || word.size() + 1 == rest.size()) return {};
            rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        }
        std::string_view input = path.substr(0, path.find('.'));
        for (NodeId c : syntax::Children(t_, declaration_))
            if (t_.kind(c) == NodeKind::Parameter && t_.text_of(syntax::name_node(t_, c)) == input) return std::string(path);
        return {};
    }

    void mend(DiagnosticBuilder& report, NodeId n, NodeId entry, const std::string& meant) const {
        Span quoted = in_.span(n);
        if (t_.kind(n) == NodeKind::String) {
            auto is_quote = [&](size_t at) { return at < t_.text.size() && t_.text[at] == '"'; };
            bool block = quoted.begin == 0 || !is_quote(quoted.begin - 1) || !is_quote(quoted.end) || is_quote(quoted.end + 1);
            if (block) return;
            quoted = {quoted.file, quoted.begin - 1, quoted.end + 1};
        }
        std::string_view key = entry ? t_.text_of(t_.child(entry)) : "";
        if (!key.ends_with(path_key)) return void(report.fix(quoted, meant, fmt::format("write `{}`", meant)));
        key.remove_suffix(path_key.size());
        if (!is_word(key)) return;
        std::string whole = key == meant ? meant : fmt::format("{}: {}", key, meant);
        report.fix(in_.span(entry), whole, fmt::format("write `{}`", whole));
    }

    Elaborator& in_;
    const syntax::Tree& t_;
    NodeId declaration_;
    RegionTexts regions_;
};

void Elaborator::check_path_texts(const std::vector<NodeId>& declarations) {
    for (NodeId d : declarations) {
        PathTexts texts(*this, d);
        if (tree().kind(d) == NodeKind::Pipeline || tree().kind(d) == NodeKind::StageKind) texts.check();
        else texts.check_regions();
    }
}

}  // namespace zflow::elaborate
