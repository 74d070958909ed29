/// @file render.hpp
/// @brief Diagnostics as text for people, editors and build servers: one function per format, in source order.
#pragma once

#include <string>
#include <string_view>

#include "diagnostics/diagnostics.hpp"

namespace zflow {

struct TextOptions {
    bool colour = false;        ///< ANSI codes
    uint32_t line_width = 140;  ///< longer source lines are cut to a window around the place
};

struct SarifOptions {
    std::string_view version;                                     ///< of the compiler; left out when empty
    std::string_view (*page)(std::string_view id) = nullptr;      ///< the page of an id, normally `page_of`
};

/// A frame with the source line for each diagnostic, and a summary line. Empty when there are none.
std::string render_text(const Diagnostics& diagnostics, const SourceMap& sources, const TextOptions& options = {});

/// `file:line:column: error[id]: message`, one line each.
std::string render_concise(const Diagnostics& diagnostics, const SourceMap& sources);

/// A JSON list of objects. Lines and columns count from 1 and columns count code points; offsets are bytes from 0.
std::string render_json(const Diagnostics& diagnostics, const SourceMap& sources);

/// A SARIF 2.1.0 log with one run, for code scanning services.
std::string render_sarif(const Diagnostics& diagnostics, const SourceMap& sources, const SarifOptions& options = {});

/// GitHub Actions workflow commands: `::error file=…,line=…::message`.
std::string render_github(const Diagnostics& diagnostics, const SourceMap& sources);

/// `Found 2 errors and 1 warning.`, or nothing when there are none.
std::string summary_of(const Diagnostics& diagnostics);

}  // namespace zflow
