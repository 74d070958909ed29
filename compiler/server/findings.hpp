/// @file findings.hpp
/// @brief What the compiler finds, with the places that a client understands.
#pragma once

#include <string>
#include <vector>

#include "diagnostics/diagnostics.hpp"
#include "server/documents.hpp"

namespace zflow::server {

struct Related {
    std::string uri;
    Range range;
    std::string text;
};

struct Edit {
    std::string title, uri;
    Range range;
    std::string text;
};

struct Finding {
    std::string id;               ///< "" for what is none of the compiler's
    bool error = true;
    bool adjustable = false;      ///< a comment may allow it
    std::string uri;
    Range range;
    std::string message;
    std::vector<Related> related;
    std::vector<Edit> edits;
};

/// In source order. What has no place of the user's is shown at the beginning of `main`.
std::vector<Finding> findings_of(const Diagnostics& diagnostics, const SourceMap& sources, const Document& main, const Documents& documents,
                                 Encoding encoding);

/// As `textDocument/publishDiagnostics` and others have it.
Json diagnostic_of(const Finding& finding, const Client& client);

}  // namespace zflow::server
