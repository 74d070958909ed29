/// @file source.hpp
/// @brief Source files, places in them, and where their text comes from.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zflow {

/// A source file's number in the SourceMap.
enum class FileId : uint32_t { none = UINT32_MAX };

/// A piece of one source file: byte offsets, `end` exclusive.
struct Span {
    FileId file = FileId::none;
    uint32_t begin = 0;
    uint32_t end = 0;

    bool known() const { return file != FileId::none; }
    friend bool operator==(const Span&, const Span&) = default;
};

/// A place as people count: line and column from 1; the column counts Unicode code points.
struct LineColumn {
    uint32_t line = 1;
    uint32_t column = 1;
};

struct SourceFile {
    std::string name;        ///< as it is shown in messages: relative to where the user started, never absolute by itself
    std::string_view text;   ///< owned by `storage` or by static data
    std::string storage;
    bool library = false;    ///< part of the standard library
    mutable std::vector<uint32_t> lines;  ///< offsets of line starts, made on first use
    mutable std::vector<uint32_t> characters;   ///< how many there are before every so many bytes, made on first use
};

/// All source files of one compilation. Lines and columns are computed only when something is shown.
class SourceMap {
   public:
    FileId add(std::string name, std::string text);
    FileId add_static(std::string name, std::string_view text);

    const SourceFile& file(FileId id) const { return files_[static_cast<uint32_t>(id)]; }
    uint32_t size() const { return static_cast<uint32_t>(files_.size()); }
    std::string_view text(Span span) const { return file(span.file).text.substr(span.begin, span.end - span.begin); }
    LineColumn position(FileId id, uint32_t offset) const;
    /// The whole line (from 1) without its line end.
    std::string_view line(FileId id, uint32_t number) const;

   private:
    const std::vector<uint32_t>& lines(FileId id) const;
    uint32_t characters(FileId id, uint32_t offset) const;
    std::deque<SourceFile> files_;
};

/// Where imported text comes from. The core never opens a file itself: the command line gives it the disk, a test a map.
class SourceProvider {
   public:
    virtual ~SourceProvider() = default;
    /// The text of `path`, or nothing when it cannot be read. `path` is what `resolve` gave.
    virtual std::optional<std::string> read(const std::string& path) = 0;
    /// The name of the file that `import "target"` means when it stands in file `from`.
    virtual std::string resolve(const std::string& from, std::string_view target) = 0;
};

}  // namespace zflow
