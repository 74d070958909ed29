#include "server/workspace.hpp"

#include <stdexcept>
#include <tuple>
#include <utility>

#include "server/uri.hpp"

namespace zflow::server {

const Document& Workspace::document(const Json& params) const {
    auto uri = params.at("textDocument").at("uri").get<std::string>();
    auto at = documents_.all().find(uri);
    if (at == documents_.all().end()) throw std::invalid_argument("`" + uri + "` is not open");
    return at->second;
}

void Workspace::open(const std::string& uri, std::string text, int64_t version) {
    std::string path = path_of(uri);
    if (path.empty()) path = folder + "/untitled.zflow";
    documents_.open({uri, path, std::move(text), version});
    waiting_.insert(uri);
    check_users_of(path);
}

void Workspace::change(const std::string& uri, const Json& changes, int64_t version) {
    Document* document = documents_.find(uri);
    if (!document) return;
    document->version = version;
    waiting_.insert(uri);
    check_users_of(document->path);
    apply_changes(document->text, changes, client.encoding);
}

void Workspace::close(const std::string& uri) {
    const Document* document = documents_.find(uri);
    if (!document) return;
    check_users_of(document->path);
    documents_.close(uri);
    waiting_.erase(uri);
    changed_.insert(uri);
    auto at = checked_.find(uri);
    if (at == checked_.end()) return;
    show_anew(at->second);
    checked_.erase(at);
}

void Workspace::check_all() {
    for (auto& [uri, document] : documents_.all()) waiting_.insert(uri);
}

void Workspace::check_users_of(const std::string& path) {
    for (auto& [uri, checked] : checked_)
        if (checked.asked.contains(path)) waiting_.insert(uri);
}

void Workspace::show_anew(const Checked& checked) {
    for (const Finding& finding : checked.findings) changed_.insert(finding.uri);
}

void Workspace::check_one() {
    if (!waiting_.empty()) check_now(std::string(*waiting_.begin()));
}

void Workspace::check_now(const std::string& uri) {
    auto waits = waiting_.find(uri);
    if (waits == waiting_.end()) return;
    const Document& document = documents_.all().at(uri);
    Checked now = check(document, documents_, client.encoding);
    waiting_.erase(waits);
    Checked& known = checked_[uri];
    show_anew(known);
    known = std::move(now);
    show_anew(known);
    changed_.insert(document.uri);
}

std::vector<const Finding*> Workspace::findings_in(const std::string& uri) const {
    std::vector<const Finding*> all;
    std::set<std::tuple<std::string_view, std::string_view, Position>> known;
    auto take = [&](const Checked& checked) {
        for (const Finding& finding : checked.findings)
            if (finding.uri == uri && known.emplace(finding.id, finding.message, finding.range.start).second) all.push_back(&finding);
    };
    auto own = checked_.find(uri);
    if (own != checked_.end()) take(own->second);
    for (auto& [of, checked] : checked_)
        if (of != uri) take(checked);
    return all;
}

}  // namespace zflow::server
