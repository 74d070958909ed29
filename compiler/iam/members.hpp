/// @file members.hpp
/// @brief Values of request members and access targets as far as they are known before a pipeline runs.
#pragma once

#include <string_view>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/pattern_fill.hpp"

namespace zflow::iam {

/// Looks through what only chooses between values: conditionals, joins of arms, `let`. Nulls are left out.
std::vector<ir::ValueId> alternatives(const DeployText& texts, const ir::Pipeline* pipeline, ir::ValueId value);

/// The values of a request member by path: "RoleArn", "TrainingJobDefinition.RoleArn", "Entries[].EventBusName".
/// Empty when the request has no such member; a member of which nothing is known is one run-time value.
std::vector<ir::ValueId> members(const DeployText& texts, const ir::Pipeline& pipeline, ir::ValueId record,
                                 std::string_view path);

/// A part of a member's value: "name" (of an ARN, URL or versioned name), "path" (without leading slash), "bucket",
/// "key", a digit (that part between slashes: "2" of "endpoint/x/variant/y" is x), or "" for all of it.
Known known_part(const DeployText& texts, ir::ValueId value, std::string_view part);

/// Whether the value is an ARN already, and that ARN. A queue's Ref is its URL; its ARN is meant here.
bool as_arn(const DeployText& texts, ir::ValueId value, Known& arn);

/// Bucket and prefix of an S3 location in one: `bucket/prefix`, and each alone.
struct Location {
    Known path, bucket, prefix;
    bool known = false;    ///< the bucket is
};
Location location_of(const DeployText& texts, ir::ValueId value);

}  // namespace zflow::iam
