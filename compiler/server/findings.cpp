#include "server/findings.hpp"

#include <algorithm>
#include <map>

namespace zflow::server {

namespace {

enum class Severity : int { Error = 1, Warning = 2 };
enum class Tag : int { Unnecessary = 1 };

/// Finds the places of one check.
class Places {
   public:
    Places(const SourceMap& sources, const Document& main, const Documents& documents, Encoding encoding)
        : sources_(sources), main_(main), documents_(documents), encoding_(encoding) {}

    /// Whether it lies in a file that the user has.
    bool known(Span span) const { return span.known() && !sources_.file(span.file).library; }
    std::string uri(Span span) const { return is_main(span) ? main_.uri : documents_.uri_at(sources_.file(span.file).name); }
    Range range(Span span) { return lines(span.file).range(span.begin, span.end); }

    /// Where nothing but blanks would stay of lines when the span is removed, the lines go too.
    Range range_with_its_lines(Span span) {
        const Lines& in = lines(span.file);
        Range range = in.range(span.begin, span.end);
        std::string_view text = sources_.file(span.file).text;
        size_t begin = in.begin_of(range.start.line), end = in.begin_of(range.end.line + 1);
        auto blank = [&](size_t from, size_t to) { return text.substr(from, to - from).find_first_not_of(" \t\r\n") == text.npos; };
        bool alone = range.end.line + 1 < in.count() && blank(begin, span.begin) && blank(span.end, end);
        return alone ? in.range(begin, end) : range;
    }
    /// `std/core.zflow:12`
    std::string in_words(Span span) const {
        return fmt::format("{}:{}", sources_.file(span.file).name, sources_.position(span.file, span.begin).line);
    }

   private:
    bool is_main(Span span) const { return sources_.file(span.file).name == main_.path; }
    const Lines& lines(FileId file) {
        const SourceFile& source = sources_.file(file);
        auto at = lines_.find(file);
        if (at == lines_.end()) at = lines_.emplace(file, Lines(source.text, encoding_, !documents_.at_path(source.name))).first;
        return at->second;
    }

    const SourceMap& sources_;
    const Document& main_;
    const Documents& documents_;
    Encoding encoding_;
    std::map<FileId, Lines> lines_;
};

Finding finding_of(const Diagnostic& d, Places& places, const Document& main) {
    bool known = places.known(d.span);
    Finding finding;
    finding.id = d.kind.id;
    finding.error = d.kind.severity == zflow::Severity::Error;
    finding.adjustable = d.kind.adjustable && known;
    finding.uri = known ? places.uri(d.span) : main.uri;
    if (known) finding.range = places.range(d.span);
    finding.message = d.message;
    if (!known && d.span.known()) finding.message += fmt::format(" ({})", places.in_words(d.span));
    for (const Label& label : d.labels) {
        if (places.known(label.span)) finding.related.push_back({places.uri(label.span), places.range(label.span), label.text});
        else finding.message += fmt::format("\n{}: {}", places.in_words(label.span), label.text);
    }
    for (const std::string& help : d.helps) finding.message += fmt::format("\nhelp: {}", help);
    for (const Fix& fix : d.fixes) {
        if (!places.known(fix.span)) continue;
        Range range = fix.text.empty() ? places.range_with_its_lines(fix.span) : places.range(fix.span);
        finding.edits.push_back({fix.title, places.uri(fix.span), range, fix.text});
    }
    return finding;
}

}  // namespace

std::vector<Finding> findings_of(const Diagnostics& diagnostics, const SourceMap& sources, const Document& main, const Documents& documents,
                                 Encoding encoding) {
    Places places(sources, main, documents, encoding);
    std::vector<Finding> findings;
    for (const Diagnostic* d : diagnostics.sorted()) findings.push_back(finding_of(*d, places, main));
    return findings;
}

Json diagnostic_of(const Finding& finding, const Client& client) {
    Json out = {{"range", finding.range},
                {"severity", static_cast<int>(finding.error ? Severity::Error : Severity::Warning)},
                {"source", "zflowc"},
                {"message", finding.message}};
    if (!finding.id.empty()) out["code"] = finding.id;
    if (client.unnecessary && finding.id.starts_with("unused-")) out["tags"] = {static_cast<int>(Tag::Unnecessary)};
    if (finding.related.empty()) return out;
    if (!client.related) {
        for (const Related& r : finding.related)
            out["message"].get_ref<std::string&>() += fmt::format("\nline {}: {}", r.range.start.line + 1, r.text);
        return out;
    }
    Json related = Json::array();
    for (const Related& r : finding.related) related.push_back({{"location", {{"uri", r.uri}, {"range", r.range}}}, {"message", r.text}});
    out["relatedInformation"] = std::move(related);
    return out;
}

}  // namespace zflow::server
