#include <algorithm>
#include <tuple>

#include "diagnostics/place.hpp"
#include "diagnostics/render.hpp"
#include "diagnostics/source_line.hpp"
#include "diagnostics/utf8.hpp"

namespace zflow {

namespace {

constexpr std::string_view red = "1;31", yellow = "1;33", blue = "1;34", cyan = "1;36", bold = "1";
constexpr size_t longest_shown_fix = 80;

/// A place to underline: the finding itself, or a label with its words.
struct Mark {
    Place at;
    std::string words;
    bool primary;
};

/// One row of underlines beneath a source line.
struct Underlines {
    std::string text;
    uint32_t width = 0;
    bool closed = false;  // words follow, so nothing more fits
};

/// Draws the frame of one diagnostic.
class Frame {
   public:
    Frame(const Diagnostic& diagnostic, const SourceMap& sources, const TextOptions& options)
        : diagnostic_(diagnostic), sources_(sources), options_(options) {
        collect_marks();
    }

    std::string draw();

   private:
    using Marks = std::vector<Mark>;

    void collect_marks();
    void draw_title();
    void draw_file(Marks::const_iterator begin, Marks::const_iterator end);
    void draw_line(Marks::const_iterator begin, Marks::const_iterator end);
    void draw_underlines(const SourceLine& shown, Marks::const_iterator begin, Marks::const_iterator end);
    void draw_notes();
    void draw_note(std::string_view words);
    bool is_said(const Fix& fix) const;
    void draw_fix(const Fix& fix);
    /// A row that begins with the bar, with `number` before it.
    void row(std::string_view number, std::string_view text);

    std::string paint(std::string_view code, std::string_view text) const {
        return options_.colour && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    }
    std::string_view severity_colour() const { return diagnostic_.kind.severity == Severity::Error ? red : yellow; }
    std::string_view line_of(const Mark& mark) const { return sources_.line(mark.at.span.file, mark.at.begin.line); }
    /// The byte of its line at which a mark begins.
    uint32_t byte_of(const Mark& mark) const {
        const char* line_begin = line_of(mark).data();
        return mark.at.span.begin - static_cast<uint32_t>(line_begin - sources_.file(mark.at.span.file).text.data());
    }

    const Diagnostic& diagnostic_;
    const SourceMap& sources_;
    const TextOptions& options_;
    Marks marks_;           // by file (the finding's own first), line and place
    size_t gutter_ = 1;     // width of the line numbers
    std::string out_;
};

void Frame::collect_marks() {
    if (auto at = place_of(sources_, diagnostic_.span)) marks_.push_back({*at, "", true});
    for (const Label& label : diagnostic_.labels)
        if (auto at = place_of(sources_, label.span)) marks_.push_back({*at, printable_line(label.text), false});
    auto order = [&](const Mark& mark) {
        bool elsewhere = mark.at.span.file != diagnostic_.span.file;
        return std::tuple(elsewhere, mark.at.span.file, mark.at.begin.line, mark.at.span.begin, !mark.primary);
    };
    std::stable_sort(marks_.begin(), marks_.end(), [&](auto& a, auto& b) { return order(a) < order(b); });
    for (const Mark& mark : marks_) gutter_ = std::max(gutter_, std::to_string(mark.at.begin.line).size());
}

std::string Frame::draw() {
    draw_title();
    for (auto begin = marks_.cbegin(); begin != marks_.cend();) {
        auto other_file = [&](const Mark& mark) { return mark.at.span.file != begin->at.span.file; };
        auto end = std::find_if(begin, marks_.cend(), other_file);
        draw_file(begin, end);
        begin = end;
    }
    draw_notes();
    return std::move(out_);
}

void Frame::draw_title() {
    std::string title = fmt::format("{}[{}]", name_of(diagnostic_.kind.severity), diagnostic_.kind.id);
    std::string message = printable(diagnostic_.message);
    out_ += paint(severity_colour(), title) + paint(bold, ": " + message) + '\n';
}

void Frame::row(std::string_view number, std::string_view text) {
    out_ += paint(blue, fmt::format("{:>{}} |", number, gutter_));
    if (!text.empty()) (out_ += ' ') += text;
    out_ += '\n';
}

void Frame::draw_file(Marks::const_iterator begin, Marks::const_iterator end) {
    auto head = std::find_if(begin, end, [](const Mark& mark) { return mark.primary; });
    const Place& at = (head == end ? begin : head)->at;
    bool own = at.span.file == diagnostic_.span.file;
    if (!own && begin != marks_.cbegin()) row("", "");
    out_ += std::string(gutter_, ' ') + paint(blue, own ? "-->" : ":::");
    out_ += fmt::format(" {}:{}:{}\n", printable_line(at.file), at.begin.line, at.begin.column);
    row("", "");
    uint32_t last_line = begin->at.begin.line;
    while (begin != end) {
        uint32_t line = begin->at.begin.line;
        if (line > last_line + 1) out_ += paint(blue, "...") + '\n';
        auto next = std::find_if(begin, end, [&](const Mark& mark) { return mark.at.begin.line != line; });
        bool apart = SourceLine::is_cut(line_of(*begin), options_.line_width);  // each mark needs its own window
        for (; apart && begin + 1 != next; ++begin) draw_line(begin, begin + 1);
        draw_line(begin, next);
        begin = next;
        last_line = line;
    }
}

void Frame::draw_line(Marks::const_iterator begin, Marks::const_iterator end) {
    SourceLine shown(line_of(*begin), byte_of(*begin), options_.line_width);
    row(std::to_string(begin->at.begin.line), shown.text());
    draw_underlines(shown, begin, end);
}

void Frame::draw_underlines(const SourceLine& shown, Marks::const_iterator begin, Marks::const_iterator end) {
    std::vector<Underlines> rows;
    for (; begin != end; ++begin) {
        size_t first_byte = byte_of(*begin);
        size_t length = begin->at.one_line() ? begin->at.span.end - begin->at.span.begin : line_of(*begin).size();
        uint32_t first = shown.column(first_byte);
        uint32_t last = std::max(shown.column(first_byte + length), first + 1);
        if (rows.empty() || rows.back().closed || rows.back().width > first) rows.emplace_back();
        Underlines& at = rows.back();
        at.text.append(first - at.width, ' ');
        std::string underline(last - first, begin->primary ? '^' : '-');
        at.text += paint(begin->primary ? severity_colour() : blue, underline);
        if (!begin->words.empty()) at.text += ' ' + paint(blue, begin->words);
        at.width = last;
        at.closed = !begin->words.empty();
    }
    for (const Underlines& underlines : rows) row("", underlines.text);
}

/// Whether a help names the replacement, or the finding itself does: `write `and` instead of `&&``.
bool Frame::is_said(const Fix& fix) const {
    std::string_view text = fix.text;
    while (text.ends_with(' ')) text.remove_suffix(1);
    auto one_says = [&](auto says) { return std::any_of(diagnostic_.helps.begin(), diagnostic_.helps.end(), says); };
    if (text.empty()) return one_says([](const std::string& help) { return help.starts_with("take it away"); });
    if (diagnostic_.message.find(fmt::format("`{}`", text)) != std::string::npos) return true;
    return one_says([&](const std::string& help) { return help.find(text) != std::string::npos; });
}

void Frame::draw_notes() {
    bool all_said = std::all_of(diagnostic_.fixes.begin(), diagnostic_.fixes.end(), [&](const Fix& fix) { return is_said(fix); });
    if (!marks_.empty() && !(diagnostic_.helps.empty() && all_said)) row("", "");
    for (const std::string& help : diagnostic_.helps) draw_note(help);
    for (const Fix& fix : diagnostic_.fixes)
        if (!is_said(fix)) draw_fix(fix);
}

void Frame::draw_note(std::string_view words) {
    static constexpr std::string_view head = "= help: ";
    std::string indent(gutter_ + 1, ' ');
    std::string text = printable(words);
    for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
        text.insert(at + 1, std::string(indent.size() + head.size(), ' '));
    out_ += fmt::format("{}{} {}: {}\n", indent, paint(blue, "="), paint(cyan, "help"), text);
}

void Frame::draw_fix(const Fix& fix) {
    bool short_text = fix.text.size() <= longest_shown_fix && fix.text.find('\n') == std::string::npos;
    if (!fix.title.empty() && (!short_text || fix.text.empty())) return draw_note(fix.title);
    if (!fix.text.empty()) return draw_note(fmt::format("write `{}`", fix.text));
    auto at = place_of(sources_, fix.span);
    draw_note(at ? fmt::format("remove `{}`", printable_line(sources_.text(at->span))) : "remove this");
}

std::string counted(size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string summary_of(const Diagnostics& diagnostics) {
    std::string errors = counted(diagnostics.errors(), "error");
    std::string warnings = counted(diagnostics.warnings(), "warning");
    if (diagnostics.size() == 0) return "";
    if (diagnostics.warnings() == 0) return fmt::format("Found {}.", errors);
    if (diagnostics.errors() == 0) return fmt::format("Found {}.", warnings);
    return fmt::format("Found {} and {}.", errors, warnings);
}

std::string render_text(const Diagnostics& diagnostics, const SourceMap& sources, const TextOptions& options) {
    std::string out;
    for (const Diagnostic* d : diagnostics.sorted()) out += Frame(*d, sources, options).draw() + '\n';
    if (diagnostics.size() > 0) out += summary_of(diagnostics) + '\n';
    return out;
}

}  // namespace zflow
