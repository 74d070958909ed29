/// @file baseline.hpp
/// @brief Findings that were there before: a file of them is written once and hides them from then on.
///
/// A finding is known by its file, its diagnostic and the text of its line, so it is found again wherever the line moves.
/// Only what a project may allow can stand in one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"

namespace zflow {

class Baseline {
   public:
    /// `path`: of the baseline's own file; those of the sources are written relative to it.
    Baseline(std::string path, const SourceMap& sources);

    /// False and `problem` when the file cannot be read.
    bool read(std::string& problem);
    /// Whether the finding is in it; each entry counts as often as it was written.
    bool take(const DiagnosticKind& kind, Span span, std::string_view message);
    /// One that is to be written.
    void add(const DiagnosticKind& kind, Span span, std::string_view message);
    /// The file's text: the same findings give the same bytes.
    std::string text() const;
    size_t size() const;
    /// Entries of the given sources that nothing matched.
    void report_stale(const std::vector<std::string>& sources, Diagnostics& diagnostics) const;
    const std::string& path() const { return path_; }

   private:
    struct Entry {
        std::string file, id, line;
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };
    Entry entry_of(const DiagnosticKind& kind, Span span, std::string_view message) const;
    std::string relative(const std::string& source) const;

    std::string path_;
    const SourceMap& sources_;
    std::map<Entry, size_t> entries_;
};

}  // namespace zflow
