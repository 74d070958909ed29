/// @file files.hpp
/// @brief Reading sources from disk and replacing outputs whole or not at all.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.hpp"

namespace zflow {

/// Reads a whole file, or standard input for "-". On failure `error` says why in the system's words.
std::optional<std::string> read_file(const std::string& path, std::string& error);

/// The first bytes of a regular file; of anything else none.
std::string beginning_of(const std::string& path, size_t most);

/// Imports and `file("…")` from disk, relative to the file that names them.
class DiskProvider : public SourceProvider {
   public:
    std::optional<std::string> read(const std::string& path) override;
    std::string resolve(const std::string& from, std::string_view target) override;
    /// What has been read.
    const std::set<std::string>& paths() const { return paths_; }

   private:
    std::set<std::string> paths_;
};

/// Files that appear together at the end: each is written beside its place under another name, and commit() renames
/// them all. What is not committed is removed; when one cannot be renamed, the others are what they were before.
class PendingFiles {
   public:
    PendingFiles() = default;
    ~PendingFiles();
    PendingFiles(const PendingFiles&) = delete;
    PendingFiles& operator=(const PendingFiles&) = delete;

    /// False and `error` when the file cannot be written. `text` is in pieces.
    bool write(const std::string& path, std::span<const std::string_view> text, std::string& error);
    /// A file that is to go when the others are there.
    void remove(std::string path) { stale_.push_back(std::move(path)); }
    bool commit(std::string& error);

   private:
    enum class Place : uint8_t {
        Waiting,
        Exchanged,                 ///< what was there has the temporary name
        Renamed,
    };
    struct Pending {
        std::string temporary, path;
        Place place = Place::Waiting;
        std::string before = {};   ///< a second name of what was there
    };
    bool put(Pending& file, std::string& error);
    void put_back();
    std::vector<Pending> pending_;
    std::vector<std::string> stale_;
};

}  // namespace zflow
