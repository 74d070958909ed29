/// @file expected.hpp
/// @brief Files that hold what is expected.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace zflow::test {

/// `text` is what the file holds; an empty text means that there is no such file. With ZFLOW_UPDATE=1 it is written instead.
/// @param tag of the tests that write it
void expect_file(const std::filesystem::path& path, const std::string& text, std::string_view tag);

}  // namespace zflow::test
