/// @file check.hpp
/// @brief Checks an open text as `zflowc --check` checks a file.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/findings.hpp"

namespace zflow::server {

struct Checked {
    std::vector<Finding> findings;
    std::set<std::string> asked;      ///< paths of other files that it depends on, also when they are not there
};

Checked check(const Document& document, const Documents& documents, Encoding encoding);

}  // namespace zflow::server
