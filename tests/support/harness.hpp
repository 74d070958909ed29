/// @file harness.hpp
/// @brief What the tests share: compiling a text held in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "diagnostics/render.hpp"
#include "driver/compile.hpp"

namespace zflow::test {

/// Files of a test by name. Imports are resolved beside the importing file, as on disk.
class MemoryProvider : public SourceProvider {
   public:
    explicit MemoryProvider(std::map<std::string, std::string> files = {}) : files_(std::move(files)) {}
    std::optional<std::string> read(const std::string& path) override;
    std::string resolve(const std::string& from, std::string_view target) override;

   private:
    std::map<std::string, std::string> files_;
};

struct Compiled {
    SourceMap sources;
    Diagnostics diagnostics;
    /// What came out, by stack name.
    std::map<std::string, std::string> stacks;
    std::map<std::string, cfn::Summary> summaries;
    std::map<std::string, std::string> nested;   ///< templates beside a stack's own, by file

    /// The only stack's text.
    const std::string& text() const { return stacks.begin()->second; }
    std::string rendered() const { return render_text(diagnostics, sources, {}); }
};

/// Compiles `source` as the file `name`; `others` can be imported.
void compile(Compiled& result, std::string source, CompileOptions options = {}, std::string name = "test.zflow",
             std::map<std::string, std::string> others = {});

/// A whole file of the project, by its path from the root.
std::string project_file(const std::string& path);

/// ZFLOW_UPDATE=1: what is expected is to be written anew, instead of compared.
bool updating();

}  // namespace zflow::test
