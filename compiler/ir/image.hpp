/// @file image.hpp
/// @brief Whose container image it is, as far as its address is written out.
#pragma once

#include <string_view>

#include "ir/value.hpp"

namespace zflow::ir {

/// "683313688378" and "sagemaker-xgboost" of "683313688378.dkr.ecr.<region>…/sagemaker-xgboost:1.7-1".
struct ImageName {
    std::string_view account, repository;
};

/// Empty when the account or the repository is not written out.
ImageName image_name(const Values& values, ValueId address);

}  // namespace zflow::ir
