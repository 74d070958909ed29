#include "driver/baseline.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "diagnostics/json_text.hpp"
#include "driver/files.hpp"
#include "driver/late_start.hpp"

namespace zflow {

namespace {

namespace fs = std::filesystem;

/// The text with each run of blanks as one, none at its ends.
std::string squeezed(std::string_view text) {
    std::string out;
    for (char c : text) {
        bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!blank) out += c;
        else if (!out.empty() && out.back() != ' ') out += ' ';
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

}  // namespace

Baseline::Baseline(std::string path, const SourceMap& sources) : path_(std::move(path)), sources_(sources) {}

std::string Baseline::relative(const std::string& source) const {
    fs::path folder = fs::absolute(path_).lexically_normal().parent_path();
    return fs::absolute(source).lexically_normal().lexically_relative(folder).generic_string();
}

Baseline::Entry Baseline::entry_of(const DiagnosticKind& kind, Span span, std::string_view message) const {
    if (!span.known()) return {"", std::string(kind.id), squeezed(message)};
    std::string_view line = sources_.line(span.file, sources_.position(span.file, span.begin).line);
    return {relative(sources_.file(span.file).name), std::string(kind.id), squeezed(line)};
}

bool Baseline::read(std::string& problem) {
    std::string why;
    auto text = read_file(path_, why);
    if (!text) return problem = fmt::format("cannot read `{}`: {}", path_, why), false;
    try {
        start_libraries();
        YAML::Node root = YAML::Load(*text);   // JSON is YAML
        if (!root.IsMap() || !root["zflow-baseline"])
            return problem = fmt::format("`{}` is no baseline: write one with --write-baseline", path_), false;
        for (const auto& e : root["findings"])
            entries_[{e["file"].as<std::string>(), e["id"].as<std::string>(), e["line"].as<std::string>()}] += e["count"].as<size_t>();
    } catch (const YAML::Exception& e) {
        return problem = fmt::format("{}:{}:{}: {}", path_, e.mark.line + 1, e.mark.column + 1, e.msg), false;
    }
    return true;
}

bool Baseline::take(const DiagnosticKind& kind, Span span, std::string_view message) {
    auto at = entries_.find(entry_of(kind, span, message));
    if (at == entries_.end() || at->second == 0) return false;
    at->second--;
    return true;
}

void Baseline::add(const DiagnosticKind& kind, Span span, std::string_view message) { entries_[entry_of(kind, span, message)]++; }

size_t Baseline::size() const {
    size_t sum = 0;
    for (auto& [entry, count] : entries_) sum += count;
    return sum;
}

std::string Baseline::text() const {
    JsonWriter json;
    json.open('{').key("zflow-baseline").number(1).key("findings").open('[');
    for (auto& [entry, count] : entries_) {
        json.open('{', true).key("file").text(entry.file).key("id").text(entry.id).key("line").text(entry.line);
        json.key("count").number(count).close('}');
    }
    return json.close(']').close('}').take();
}

void Baseline::report_stale(const std::vector<std::string>& sources, Diagnostics& diagnostics) const {
    std::set<std::string> read;
    for (const std::string& source : sources) read.insert(relative(source));
    for (auto& [entry, count] : entries_)
        if (count > 0 && read.count(entry.file)) diagnostics.report(diag::StaleBaseline, {}, entry.id, entry.file, entry.line);
}

}  // namespace zflow
