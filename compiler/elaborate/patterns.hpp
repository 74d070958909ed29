/// @file patterns.hpp
/// @brief The forms of texts that mean something: buckets, images, instance types, dates.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "schema/pattern.hpp"

namespace zflow::elaborate::patterns {

/// 3–63 of `[a-z0-9.-]`, beginning and ending with a letter or digit (S3 user guide, general purpose bucket naming rules).
bool is_bucket(std::string_view text);
/// `ml.<family>.<size>`
bool is_instance(std::string_view text);
/// `yyyy-mm-dd`, a day that exists
bool is_date(std::string_view text);
/// A point in time as states take it: RFC 3339 with `T`, and `Z` or an offset (Amazon States Language, Wait State).
bool is_timestamp(std::string_view text);
/// Something an image reference can be: no blanks, at most 255 characters (SageMaker API, TrainingImage).
bool is_image(std::string_view text);

struct ImageParts {
    std::string_view account, region, repository;   ///< empty when the image is not in Amazon ECR
};
ImageParts split_image(std::string_view text);

struct ImageMistake {
    std::string_view part, pattern, what;
};
/// What no image in Amazon ECR can have: an account that is none, a repository in capitals.
std::optional<ImageMistake> image_mistake(std::string_view text);

struct LocationParts {
    std::string_view bucket, key;
};
/// Of `s3://bucket/key`; nothing when it does not begin like that.
std::optional<LocationParts> split_location(std::string_view text);

/// What the name of a service and the beginning of a resource in an ARN are made of.
bool is_arn_part(std::string_view text);

/// The service that a pattern of ARNs, `arn:[a-z-]*:sns:…`, names; "" when it takes those of any.
std::string_view service_of_arn(std::string_view pattern);

size_t code_points(std::string_view utf8);

using schema::matches;
using schema::pattern_error;

}  // namespace zflow::elaborate::patterns
