/// @file documents.hpp
/// @brief The texts that are open in the editor. They are what counts, whatever the disk holds.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/source.hpp"
#include "server/lines.hpp"

namespace zflow::server {

struct Document {
    std::string uri, path, text;
    int64_t version = 0;
};

class Documents {
   public:
    void open(Document document);
    void close(const std::string& uri);
    Document* find(const std::string& uri);
    const Document* at_path(const std::string& path) const;
    const std::map<std::string, Document>& all() const { return by_uri_; }
    /// Of a file, as the client wrote it when it is open.
    std::string uri_at(const std::string& path) const;

   private:
    std::map<std::string, Document> by_uri_;
    std::map<std::string, std::string> uris_;   ///< by path
};

/// Changes a text as `contentChanges` of a notification says: pieces of it one after the other, or all of it.
void apply_changes(std::string& text, const Json& changes, Encoding encoding);

/// Open texts first, then the disk. Notes what was asked for.
class Overlay : public SourceProvider {
   public:
    Overlay(const Documents& documents, std::set<std::string>& asked) : documents_(documents), asked_(asked) {}
    std::optional<std::string> read(const std::string& path) override;
    std::string resolve(const std::string& from, std::string_view target) override;

   private:
    const Documents& documents_;
    std::set<std::string>& asked_;
};

}  // namespace zflow::server
