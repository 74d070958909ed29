#include <algorithm>

#include "diagnostics/json_text.hpp"
#include "diagnostics/place.hpp"
#include "diagnostics/render.hpp"

namespace zflow {

namespace {

using Rules = std::vector<DiagnosticKind>;

/// The kinds that occur, each once, in the order of their first occurrence.
Rules rules_of(const std::vector<const Diagnostic*>& found) {
    Rules rules;
    for (const Diagnostic* d : found)
        if (std::none_of(rules.begin(), rules.end(), [&](auto& rule) { return rule.id == d->kind.id; }))
            rules.push_back(d->kind);
    // as the table has them: a project may have changed the level of a result
    for (const DiagnosticKind& kind : all_diagnostics())
        for (DiagnosticKind& rule : rules)
            if (rule.id == kind.id) rule = kind;
    return rules;
}

size_t index_of(const Rules& rules, std::string_view id) {
    auto at = std::find_if(rules.begin(), rules.end(), [&](auto& rule) { return rule.id == id; });
    return static_cast<size_t>(at - rules.begin());
}

/// A file name as a relative URI reference.
std::string uri_of(std::string_view name) {
    static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    std::string uri;
    for (char c : name) {
        if (plain.find(c) != std::string_view::npos) uri += c;
        else uri += fmt::format("%{:02X}", static_cast<uint8_t>(c));
    }
    return uri;
}

/// The line under a page's title.
std::string_view first_sentence(std::string_view page) {
    size_t at = page.find_first_not_of('\n', std::min(page.find('\n'), page.size()));
    return at == std::string_view::npos ? std::string_view() : page.substr(at, page.find('\n', at) - at);
}

void write_message(JsonWriter& json, std::string_view key, std::string_view text) {
    json.key(key).open('{', true).key("text").text(text).close('}');
}

void write_rule(JsonWriter& json, const DiagnosticKind& rule, const SarifOptions& options) {
    std::string_view page = options.page ? options.page(rule.id) : std::string_view();
    json.open('{').key("id").text(rule.id);
    if (!first_sentence(page).empty()) write_message(json, "shortDescription", first_sentence(page));
    if (!page.empty()) json.key("help").open('{').key("text").text(page).key("markdown").text(page).close('}');
    json.key("defaultConfiguration").open('{', true).key("level").text(name_of(rule.severity)).close('}');
    json.close('}');
}

void write_tool(JsonWriter& json, const Rules& rules, const SarifOptions& options) {
    json.key("tool").open('{').key("driver").open('{').key("name").text("zflowc");
    if (!options.version.empty()) json.key("version").text(options.version);
    json.key("rules").open('[');
    for (const DiagnosticKind& rule : rules) write_rule(json, rule, options);
    json.close(']').close('}').close('}');
}

void write_region(JsonWriter& json, std::string_view key, const Place& at) {
    json.key(key).open('{', true).key("startLine").number(at.begin.line).key("startColumn").number(at.begin.column);
    json.key("endLine").number(at.end.line).key("endColumn").number(at.end.column).close('}');
}

void write_file(JsonWriter& json, const Place& at) {
    json.key("artifactLocation").open('{', true).key("uri").text(uri_of(at.file)).close('}');
}

void write_physical_location(JsonWriter& json, const Place& at) {
    json.key("physicalLocation").open('{');
    write_file(json, at);
    write_region(json, "region", at);
    json.close('}');
}

void write_related(JsonWriter& json, const SourceMap& sources, const std::vector<Label>& labels) {
    json.key("relatedLocations").open('[');
    uint32_t id = 0;
    for (const Label& label : labels) {
        auto at = place_of(sources, label.span);
        if (!at) continue;
        json.open('{').key("id").number(++id);
        write_physical_location(json, *at);
        write_message(json, "message", label.text);
        json.close('}');
    }
    json.close(']');
}

void write_fix(JsonWriter& json, const Fix& fix, const Place& at) {
    json.open('{');
    write_message(json, "description", fix.title.empty() ? fix.text : fix.title);
    json.key("artifactChanges").open('[').open('{');
    write_file(json, at);
    json.key("replacements").open('[').open('{');
    write_region(json, "deletedRegion", at);
    write_message(json, "insertedContent", fix.text);
    json.close('}').close(']').close('}').close(']').close('}');
}

void write_fixes(JsonWriter& json, const SourceMap& sources, const std::vector<Fix>& fixes) {
    json.key("fixes").open('[');
    for (auto fix = fixes.begin(); fix != fixes.end(); ++fix) {
        auto same = [&](const Fix& f) { return f.span == fix->span && f.text == fix->text && f.title == fix->title; };
        if (std::any_of(fixes.begin(), fix, same)) continue;  // the schema wants different ones
        if (auto at = place_of(sources, fix->span)) write_fix(json, *fix, *at);
    }
    json.close(']');
}

void write_result(JsonWriter& json, const SourceMap& sources, const Diagnostic& d, const Rules& rules) {
    std::string words = d.message;
    for (const std::string& help : d.helps) words += "\nhelp: " + help;
    json.open('{').key("ruleId").text(d.kind.id).key("ruleIndex").number(index_of(rules, d.kind.id));
    json.key("level").text(name_of(d.kind.severity));
    write_message(json, "message", words);
    if (auto at = place_of(sources, d.span)) {
        json.key("locations").open('[').open('{');
        write_physical_location(json, *at);
        json.close('}').close(']');
    }
    if (!d.labels.empty()) write_related(json, sources, d.labels);
    if (!d.fixes.empty()) write_fixes(json, sources, d.fixes);
    json.close('}');
}

}  // namespace

std::string render_sarif(const Diagnostics& diagnostics, const SourceMap& sources, const SarifOptions& options) {
    const auto found = diagnostics.sorted();
    const Rules rules = rules_of(found);
    JsonWriter json;
    json.open('{').key("$schema").text("https://json.schemastore.org/sarif-2.1.0.json").key("version").text("2.1.0");
    json.key("runs").open('[').open('{');
    write_tool(json, rules, options);
    json.key("columnKind").text("unicodeCodePoints").key("results").open('[');
    for (const Diagnostic* d : found) write_result(json, sources, *d, rules);
    return json.close(']').close('}').close(']').close('}').take();
}

}  // namespace zflow
