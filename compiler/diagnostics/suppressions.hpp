/// @file suppressions.hpp
/// @brief `// zflow: allow unknown-instance "announced last week"`: findings that a comment in the source allows.
///
/// A comment behind code speaks of its own line, one on a line of its own of the next line with code. It names one
/// diagnostic and a reason, and it has to be needed.
#pragma once

#include <vector>

#include "diagnostics/diagnostics.hpp"

namespace zflow {

class Suppressions : public Judge {
   public:
    explicit Suppressions(const SourceMap& sources) : sources_(sources) {}

    /// Takes in the comments of a file. Costs a search for `zflow:` when there are none.
    void read(FileId file);
    Verdict judge(const DiagnosticKind& kind, Span span, std::string_view message) override;
    /// Comments that name no diagnostic, one that cannot be allowed, or no reason.
    void report_mistakes(Diagnostics& diagnostics) const;
    /// Comments that allowed nothing.
    void report_unused(Diagnostics& diagnostics) const;

   private:
    struct Suppression {
        Span comment, id_span;
        std::string_view id;
        uint32_t line;        ///< it speaks of
        bool has_reason;
        bool used = false;
    };
    void add(Span comment);

    const SourceMap& sources_;
    std::vector<Suppression> all_;
};

}  // namespace zflow
