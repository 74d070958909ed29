#include "errors/corpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace zflow::test {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

/// The comment's text after `// `, empty when the line is no expectation.
std::string comment_of(const std::string& line) {
    size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line.compare(begin, 3, "// ") != 0) return {};
    std::string rest = line.substr(begin + 3);
    for (const char* word : {"error: ", "warning: ", "help: ", "fix: "})
        if (rest.starts_with(word)) return rest;
    return {};
}

/// What stands between the first `"` after `from` and the last one.
std::string quoted(const std::string& text, size_t from) {
    size_t begin = text.find('"', from), end = text.rfind('"');
    return begin == std::string::npos || end <= begin ? "" : text.substr(begin + 1, end - begin - 1);
}

/// Messages stand on one line.
std::string on_one_line(std::string text) {
    for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\n");
    return text;
}

void read_comment(const std::string& comment, size_t line, std::vector<Finding>& into) {
    if (comment.starts_with("help: ") && !into.empty()) {
        into.back().helps.push_back(quoted(comment, 0));
    } else if (comment.starts_with("fix: ") && !into.empty()) {
        into.back().fixes.push_back(quoted(comment, 0));
    } else {
        size_t bracket = comment.find(']');
        bool nowhere = comment.find(": nowhere ") != std::string::npos;
        into.push_back({nowhere ? 0 : line, comment.substr(0, bracket + 1), quoted(comment, bracket), {}, {}});
    }
}

std::string text_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void add_file(CorpusCase& to, const std::string& key, const fs::path& path) {
    to.files.emplace(key, split_comments(text_of(path)));
    to.paths.emplace(key, path);
}

Finding finding_of(const Compiled& result, const Diagnostic& d) {
    Finding f;
    f.message = on_one_line(d.message);
    for (const std::string& help : d.helps) f.helps.push_back(on_one_line(help));
    for (const Fix& fix : d.fixes) f.fixes.push_back(on_one_line(fix.text));
    if (!d.span.known()) {
        f.place = fmt::format("{}: nowhere [{}]", name_of(d.kind.severity), d.kind.id);
        return f;
    }
    LineColumn begin = result.sources.position(d.span.file, d.span.begin);
    LineColumn end = result.sources.position(d.span.file, d.span.end);
    // what is found at the very end stands after the last line
    std::string_view text = result.sources.file(d.span.file).text;
    size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + !text.ends_with('\n');
    f.line = std::min<size_t>(end.line, lines);
    bool one_line = begin.line == end.line;
    std::string last = one_line ? std::to_string(end.column) : fmt::format("+{}:{}", end.line - begin.line, end.column);
    f.place = fmt::format("{}: {}-{} [{}]", name_of(d.kind.severity), begin.column, last, d.kind.id);
    return f;
}

/// The library's files come first, then the one that was compiled.
const std::string& main_file(const Compiled& result) {
    uint32_t id = 0;
    while (result.sources.file(FileId{id}).library) id++;
    return result.sources.file(FileId{id}).name;
}

class Leftovers : public Judge {
    Verdict judge(const DiagnosticKind& kind, Span, std::string_view) override {
        bool unused = kind.id.starts_with("unused-") && kind.id != "unused-suppression";
        return unused ? Verdict::Drop : Verdict::Keep;
    }
};

bool by_line(const Finding& a, const Finding& b) {
    return (a.line ? a.line : SIZE_MAX) < (b.line ? b.line : SIZE_MAX);
}

}  // namespace

CorpusFile split_comments(const std::string& text) {
    CorpusFile file;
    size_t line = 0;
    for (const std::string& l : lines_of(text)) {
        if (std::string comment = comment_of(l); !comment.empty()) {
            read_comment(comment, line, file.expected);
        } else {
            file.source += l + '\n';
            line++;
        }
    }
    if (!text.ends_with('\n') && !file.source.empty()) file.source.pop_back();
    return file;
}

std::string with_comments(const std::string& text, const std::vector<Finding>& findings) {
    std::string out;
    size_t line = 0;
    auto put = [&](const std::string& indent, const Finding& f) {
        out += fmt::format("{}// {} \"{}\"\n", indent, f.place, f.message);
        for (const std::string& help : f.helps) out += fmt::format("{}// help: \"{}\"\n", indent, help);
        for (const std::string& fix : f.fixes) out += fmt::format("{}// fix: \"{}\"\n", indent, fix);
    };
    for (const std::string& l : lines_of(text)) {
        if (!comment_of(l).empty()) continue;
        out += l + '\n';
        line++;
        std::string indent = l.substr(0, std::min(l.find_first_not_of(' '), l.size()));
        for (const Finding& f : findings)
            if (f.line == line) put(indent, f);
    }
    for (const Finding& f : findings)
        if (f.line == 0 || f.line > line) put("", f);
    return out;
}

std::string expand_repeats(const std::string& source) {
    std::string out;
    for (const std::string& line : lines_of(source)) {
        size_t colon = line.find(": ");
        if (!line.starts_with("// repeat ") || colon == std::string::npos) {
            out += line + '\n';
            continue;
        }
        for (int n = 1, last = std::stoi(line.substr(10)); n <= last; n++)
            for (char c : line.substr(colon + 1)) out += c == '#' ? std::to_string(n) : std::string(1, c);
        out += '\n';
    }
    return out;
}

std::vector<CorpusCase> corpus() {
    std::vector<CorpusCase> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(std::string(ZFLOW_ROOT) + "/tests/errors")) {
        CorpusCase program;
        if (entry.is_directory()) {
            program.name = entry.path().filename().string();
            program.main = "main.zflow";
            for (const fs::directory_entry& file : fs::recursive_directory_iterator(entry.path())) {
                std::string key = fs::relative(file.path(), entry.path()).string();
                if (file.is_regular_file()) add_file(program, key, file.path());
            }
        } else if (entry.path().extension() == ".zflow") {
            program.name = entry.path().stem().string();
            program.main = entry.path().filename().string();
            add_file(program, program.main, entry.path());
        } else {
            continue;
        }
        all.push_back(std::move(program));
    }
    std::sort(all.begin(), all.end(), [](auto& a, auto& b) { return a.name < b.name; });
    return all;
}

void compile_case(Compiled& result, const CorpusCase& program, Emit emit) {
    auto begins = [&](std::string_view id) { return program.name.starts_with(id); };
    std::map<std::string, std::string> others;
    for (auto& [name, file] : program.files) others.emplace(name, expand_repeats(file.source));
    const CorpusFile& main = program.files.at(program.main);
    bool repeats = main.source.find("// repeat ") != std::string::npos;
    std::string source = repeats ? expand_repeats(main.source) : main.source;
    // the programs are small and leave much unused; those that are about it are named so
    static Leftovers leftovers;
    if (!begins("unused-") && !begins("bad-suppression")) result.diagnostics.judged_by_project(&leftovers);
    compile(result, std::move(source), {.emit = emit}, program.main, std::move(others));
}

std::vector<Finding> findings_in(const Compiled& result, const std::string& file) {
    std::vector<Finding> found;
    for (const Diagnostic* d : result.diagnostics.sorted())
        if (d->span.known() ? result.sources.file(d->span.file).name == file : file == main_file(result))
            found.push_back(finding_of(result, *d));
    std::stable_sort(found.begin(), found.end(), by_line);
    return found;
}

std::map<std::string, size_t> counts_by_id(const Diagnostics& diagnostics) {
    std::map<std::string, size_t> counts;
    for (const Diagnostic* d : diagnostics.sorted()) counts[std::string(d->kind.id)]++;
    return counts;
}

}  // namespace zflow::test
