#include "server/documents.hpp"

#include <filesystem>

#include "driver/files.hpp"
#include "server/uri.hpp"

namespace zflow::server {

void Documents::open(Document document) {
    uris_[document.path] = document.uri;
    std::string uri = document.uri;
    by_uri_[std::move(uri)] = std::move(document);
}

void Documents::close(const std::string& uri) {
    auto at = by_uri_.find(uri);
    if (at == by_uri_.end()) return;
    uris_.erase(at->second.path);
    by_uri_.erase(at);
}

Document* Documents::find(const std::string& uri) {
    auto at = by_uri_.find(uri);
    return at == by_uri_.end() ? nullptr : &at->second;
}

const Document* Documents::at_path(const std::string& path) const {
    auto uri = uris_.find(path);
    return uri == uris_.end() ? nullptr : &by_uri_.at(uri->second);
}

std::string Documents::uri_at(const std::string& path) const {
    auto uri = uris_.find(path);
    return uri == uris_.end() ? uri_of(path) : uri->second;
}

void apply_changes(std::string& text, const Json& changes, Encoding encoding) {
    for (const Json& change : changes) {
        auto written = change.at("text").get<std::string>();
        auto range = change.find("range");
        if (range == change.end() || range->is_null()) {
            text = std::move(written);
            continue;
        }
        Lines lines(text, encoding);
        auto wanted = range->get<Range>();
        size_t begin = lines.offset(wanted.start), end = std::max(begin, lines.offset(wanted.end));
        text.replace(begin, end - begin, written);
    }
}

std::optional<std::string> Overlay::read(const std::string& path) {
    asked_.insert(path);
    if (const Document* open = documents_.at_path(path)) return open->text;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;   // a pipe or a terminal would wait for somebody
    return DiskProvider().read(path);
}

std::string Overlay::resolve(const std::string& from, std::string_view target) { return DiskProvider().resolve(from, target); }

}  // namespace zflow::server
