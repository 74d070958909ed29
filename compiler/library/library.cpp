#include "library/library.hpp"

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

}  // namespace zflow
