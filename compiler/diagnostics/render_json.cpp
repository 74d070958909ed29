#include "diagnostics/json_text.hpp"
#include "diagnostics/place.hpp"
#include "diagnostics/render.hpp"

namespace zflow {

namespace {

void write_position(JsonWriter& json, std::string_view key, LineColumn at, uint32_t offset) {
    json.key(key).open('{').key("line").number(at.line).key("column").number(at.column);
    json.key("offset").number(offset).close('}');
}

/// `file` and `range`; both null when the place is not known.
void write_place(JsonWriter& json, const SourceMap& sources, Span span) {
    auto at = place_of(sources, span);
    if (!at) {
        json.key("file").null().key("range").null();
        return;
    }
    json.key("file").text(at->file).key("range").open('{', true);
    write_position(json, "start", at->begin, at->span.begin);
    write_position(json, "end", at->end, at->span.end);
    json.close('}');
}

void write_label(JsonWriter& json, const SourceMap& sources, const Label& label) {
    json.open('{');
    write_place(json, sources, label.span);
    json.key("text").text(label.text).close('}');
}

void write_fix(JsonWriter& json, const SourceMap& sources, const Fix& fix) {
    json.open('{').key("title").text(fix.title);
    write_place(json, sources, fix.span);
    json.key("text").text(fix.text).close('}');
}

void write_diagnostic(JsonWriter& json, const SourceMap& sources, const Diagnostic& d) {
    json.open('{').key("id").text(d.kind.id).key("severity").text(name_of(d.kind.severity));
    json.key("message").text(d.message);
    write_place(json, sources, d.span);
    json.key("labels").open('[');
    for (const Label& label : d.labels) write_label(json, sources, label);
    json.close(']').key("help").open('[');
    for (const std::string& help : d.helps) json.text(help);
    json.close(']').key("fixes").open('[');
    for (const Fix& fix : d.fixes) write_fix(json, sources, fix);
    json.close(']').close('}');
}

}  // namespace

std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources) {
    JsonWriter json;
    json.open('[');
    for (const Diagnostic* d : diagnostics.sorted()) write_diagnostic(json, sources, *d);
    return json.close(']').take();
}

}  // namespace zflow
