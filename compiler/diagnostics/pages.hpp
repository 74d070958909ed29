/// @file pages.hpp
/// @brief The page that explains each diagnostic: pages/<id>.md, built into the compiler by tools/embed.
#pragma once

#include <span>
#include <string_view>

namespace zflow {

namespace pages {   // made by tools/embed

/// The page of that name; empty when there is none.
std::string_view text(std::string_view name);
/// Of all pages, in the order of their files.
std::span<const std::string_view> text_names();

}  // namespace pages

/// The Markdown page of a diagnostic, empty when there is none of that id.
inline std::string_view page_of(std::string_view id) {
    return pages::text(id);
}

}  // namespace zflow
