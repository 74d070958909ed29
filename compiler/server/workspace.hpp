/// @file workspace.hpp
/// @brief The open documents, and what their checks have found.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/check.hpp"

namespace zflow::server {

class Workspace {
   public:
    Client client;
    std::string folder;      ///< for documents that are no files

    const Documents& documents() const { return documents_; }
    /// Throws when it is not open.
    const Document& document(const Json& params) const;

    void open(const std::string& uri, std::string text, int64_t version);
    void change(const std::string& uri, const Json& changes, int64_t version);
    void close(const std::string& uri);
    /// Something outside of the editor may have changed: projects, baselines, files that are not open.
    void check_all();

    bool has_work() const { return !waiting_.empty() || !changed_.empty(); }
    /// Checks one document that has to be checked.
    void check_one();
    /// Checks what has to be checked before anything can be said about a document.
    void check_now(const std::string& uri);
    /// URIs whose findings may be others than when this was called before.
    std::set<std::string> take_changed() { return std::exchange(changed_, {}); }
    /// What was found in a file: by its own check first, then by those of others.
    std::vector<const Finding*> findings_in(const std::string& uri) const;

   private:
    void show_anew(const Checked& checked);
    /// The documents that depend on a file.
    void check_users_of(const std::string& path);

    Documents documents_;
    std::map<std::string, Checked> checked_;       ///< by the URI of the document that was checked
    std::set<std::string> waiting_;                ///< URIs of documents to be checked
    std::set<std::string> changed_;
};

}  // namespace zflow::server
