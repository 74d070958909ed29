/// @file file_output.hpp
/// @brief Where templates and layers go: files that appear together, or standard output.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "driver/compile.hpp"
#include "driver/files.hpp"

namespace zflow {

/// Puts each stack where `-o` says: a file, a file in a folder, or standard output.
class FileOutput : public Output {
   public:
    /// How one layer is called in a folder, and what stands between several on standard output.
    struct LayerForm {
        std::string_view extension;
        std::optional<std::string_view> separator;   ///< none: two of them in one text cannot be read
    };

    /// `source`, and what it imports and takes in, `inputs`, must not be overwritten. `target`: what `-o` says, "" for standard output.
    FileOutput(std::string source, const DiskProvider& inputs, std::string target, const CompileOptions& options);

    void stack(std::string_view name, bool several, const cfn::Made& made) override;

    /// Makes everything visible. Returns what went wrong, or "".
    std::string commit();

    /// What was written for one stack.
    struct Written {
        std::string path;
        cfn::Summary summary;
        std::vector<std::string> nested;   ///< files beside it
    };
    const std::vector<Written>& written() const { return written_; }

   private:
    bool on_screen() const { return target_ == "-" || target_.empty(); }

    std::string needs_room(size_t templates) const;
    void add_text(const cfn::Text& text);
    void write(std::string_view name, const cfn::Made& made);
    void write_file(const std::string& path, const cfn::Text& text);
    /// Nested templates that the stack had when it was larger; other files of such names stay.
    void remove_old_parts(const std::filesystem::path& main, size_t parts);

    std::string source_;
    const DiskProvider& inputs_;
    std::string target_, error_, text_;
    LayerForm form_;
    bool folder_ = false;
    PendingFiles files_;
    std::vector<std::string_view> pieces_;
    std::set<std::string> paths_;
    std::vector<Written> written_;
};

}  // namespace zflow
