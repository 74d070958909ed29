#include "library/library.hpp"

#include "elaborate/module.hpp"
#include "library/glue.hpp"

namespace zflow {

std::optional<std::string_view> library::file(std::string_view path) {
    constexpr std::string_view folder = "glue/", extension = ".py";
    if (!path.starts_with(folder) || !path.ends_with(extension)) return {};
    path.remove_prefix(folder.size());
    path.remove_suffix(extension.size());
    std::string_view text = glue::source(path);
    return text.empty() ? std::nullopt : std::optional(text);
}

void add_library(Modules& modules, SourceMap& sources) {
    for (const library::Prepared& prepared : library::modules()) {
        Module& module = modules.all.emplace_back();
        module.index = static_cast<uint32_t>(modules.all.size() - 1);
        module.library = true;
        module.tree.file = sources.add_static(std::string(prepared.name), prepared.text);
        module.tree.text = prepared.text;
        module.tree.nodes = prepared.nodes;
        declare_library(module, modules.library);
    }
}

}  // namespace zflow
