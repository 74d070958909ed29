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

/// The way to a request member: "RoleArn", "TrainingJobDefinition.RoleArn", "Entries[].EventBusName".
struct MemberPath {
    struct Part {
        Symbol name;
        bool list;      ///< its elements are meant
    };
    std::string_view text;
    std::vector<Part> parts;

    MemberPath(std::string_view path, const Interner& names);
};

/// The values of a request member. Empty when the request has no such member; a member of which nothing is known is one
/// run-time value.
std::vector<ir::ValueId> members(const DeployText& texts, const ir::Pipeline& pipeline, ir::ValueId record, const MemberPath& path);

/// A part of a member's value: "name" (of an ARN, URL or versioned name), "path" (without leading slash), "bucket",
/// "key", a digit (that part between slashes: "2" of "endpoint/x/variant/y" is x), or "" for all of it.
Known known_part(const DeployText& texts, ir::ValueId value, std::string_view part);

/// Whether the value is an ARN already, and that ARN. A queue's Ref is its URL; its ARN is meant here.
bool as_arn(const DeployText& texts, ir::ValueId value, Known& arn);

/// Bucket and prefix of an S3 location in one: `bucket/prefix`, and each alone.
struct Location {
    Known bucket, prefix;
    bool known = false;    ///< the bucket is
    std::string whole;     ///< instead of both: what makes the path of a location that is taken apart when it is deployed

    Known path() const { return whole.empty() ? Known{bucket.text + "/" + prefix.text, prefix.complete} : Known{whole, true}; }
};
Location location_of(const DeployText& texts, ir::ValueId value);

}  // namespace zflow::iam
