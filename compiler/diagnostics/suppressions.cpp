#include "diagnostics/suppressions.hpp"

#include <algorithm>

namespace zflow {

namespace {

constexpr std::string_view mark = "zflow:";
constexpr std::string_view word = "allow";

/// Finds the line comments of a source: what only looks like one inside a text is none.
class Comments {
   public:
    explicit Comments(std::string_view text) : text_(text) {}

    /// The next one, from `//` to the end of its line; empty at the end.
    std::string_view next() {
        while (at_ < text_.size()) {
            std::string_view rest = text_.substr(at_);
            if (in_text() ? text(rest) : code(rest)) continue;
            size_t length = std::min(rest.find('\n'), rest.size());
            at_ += length;
            return rest.substr(0, length);
        }
        return {};
    }

   private:
    /// What the place is inside of: `"` and `b`lock texts, `{` in an interpolation.
    bool in_text() const { return !inside_.empty() && inside_.back() != '{'; }

    /// One step in code. False at a line comment.
    bool code(std::string_view rest) {
        if (rest.starts_with("//")) return false;
        if (rest.starts_with("/*")) at_ = std::min(text_.find("*/", at_ + 2), text_.size() - 2) + 2;
        else if (rest.starts_with("\"\"\"")) open('b', 3);
        else if (rest[0] == '"') open('"', 1);
        else if (rest[0] == '{' && !inside_.empty()) open('{', 1);
        else if (rest[0] == '}' && !inside_.empty()) close(1);
        else at_++;
        return true;
    }

    bool text(std::string_view rest) {
        bool block = inside_.back() == 'b';
        if (rest.starts_with("${")) open('{', 2);
        else if (rest[0] == '\\' && (!block || rest.starts_with("\\${"))) at_ += 2;
        else if (block ? rest.starts_with("\"\"\"") : rest[0] == '"' || rest[0] == '\n') close(block ? 3 : 1);
        else at_++;
        return true;
    }

    void open(char what, size_t length) {
        inside_ += what;
        at_ += length;
    }
    void close(size_t length) {
        inside_.pop_back();
        at_ += length;
    }

    std::string_view text_;
    size_t at_ = 0;
    std::string inside_;
};

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
}

std::string_view take_id(std::string_view& text) {
    size_t length = std::min(text.find_first_of(" \t\r\""), text.size());
    std::string_view id = text.substr(0, length);
    text.remove_prefix(length);
    return id;
}

bool is_reason(std::string_view text) {
    size_t end = text.find('"', 1);
    return text.starts_with('"') && end != std::string_view::npos && text.find_first_not_of(" \t\"") < end;
}

/// Whether anything but a comment stands on the line.
bool has_code(std::string_view line) {
    skip_blanks(line);
    return !line.empty() && !line.starts_with("//");
}

}  // namespace

void Suppressions::read(FileId file) {
    std::string_view text = sources_.file(file).text;
    if (text.find(mark) == std::string_view::npos) return;
    Comments comments(text);
    for (std::string_view c = comments.next(); !c.empty(); c = comments.next()) {
        auto begin = static_cast<uint32_t>(c.data() - text.data());
        add({file, begin, begin + static_cast<uint32_t>(c.size())});
    }
}

void Suppressions::add(Span comment) {
    std::string_view whole = sources_.text(comment), rest = whole.substr(2);
    skip_blanks(rest);
    if (!rest.starts_with(mark)) return;
    rest.remove_prefix(mark.size());
    skip_blanks(rest);
    if (!rest.starts_with(word)) return;
    rest.remove_prefix(word.size());
    skip_blanks(rest);
    Suppression s{comment, comment, {}, sources_.position(comment.file, comment.begin).line, false};
    s.id_span.begin = comment.begin + static_cast<uint32_t>(rest.data() - whole.data());
    s.id = take_id(rest);
    s.id_span.end = s.id_span.begin + static_cast<uint32_t>(s.id.size());
    skip_blanks(rest);
    s.has_reason = is_reason(rest);
    std::string_view text = sources_.file(comment.file).text;
    auto lines = sources_.position(comment.file, static_cast<uint32_t>(text.size())).line;
    if (!has_code(sources_.line(comment.file, s.line)))
        while (s.line < lines && !has_code(sources_.line(comment.file, s.line))) s.line++;
    all_.push_back(s);
}

Verdict Suppressions::judge(const DiagnosticKind& kind, Span span, std::string_view) {
    for (Suppression& s : all_) {
        if (s.id != kind.id || s.comment.file != span.file || sources_.position(span.file, span.begin).line != s.line) continue;
        s.used = true;
        return Verdict::Drop;
    }
    return Verdict::Keep;
}

void Suppressions::report_mistakes(Diagnostics& diagnostics) const {
    if (all_.empty()) return;
    std::vector<std::string_view> known;
    std::vector<DiagnosticKind> kinds = all_diagnostics();
    for (const DiagnosticKind& kind : kinds)
        if (kind.adjustable) known.push_back(kind.id);
    for (const Suppression& s : all_) {
        auto kind = std::find_if(kinds.begin(), kinds.end(), [&](auto& k) { return k.id == s.id; });
        if (s.id.empty()) {
            diagnostics.report(diag::BadSuppression, s.comment, "`allow` names no diagnostic")
                .help("write `// zflow: allow some-diagnostic \"why\"`");
        } else if (kind == kinds.end()) {
            auto report = diagnostics.report(diag::BadSuppression, s.id_span, fmt::format("no diagnostic is named `{}`", s.id));
            if (auto near = closest(s.id, known); !near.empty())
                report.help("did you mean `{}`?", near).fix(s.id_span, std::string(near), fmt::format("write `{}`", near));
            else report.help("`zflowc explain` lists them");
        } else if (!kind->adjustable) {
            diagnostics.report(diag::BadSuppression, s.id_span, fmt::format("`{}` is always an error", s.id))
                .help("warnings can be allowed, and what may be newer than this compiler");
        } else if (!s.has_reason) {
            diagnostics.report(diag::BadSuppression, s.comment, fmt::format("`{}` is allowed without a reason", s.id))
                .help("say why: `// zflow: allow {} \"announced last week\"`", s.id);
        }
    }
}

void Suppressions::report_unused(Diagnostics& diagnostics) const {
    for (const Suppression& s : all_)
        if (!s.used) diagnostics.report(diag::UnusedSuppression, s.comment, s.id).fix(s.comment, "", "remove the comment");
}

}  // namespace zflow
