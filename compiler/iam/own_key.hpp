/// @file own_key.hpp
/// @brief What is in a resource with a key of its own is read and written with that key.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "iam/deploy_text.hpp"
#include "iam/policy.hpp"

namespace zflow::iam {

/// What actions do with the content of a resource, by their verbs.
struct ContentUse {
    bool reads = false, writes = false;

    template <typename Actions>
    static ContentUse of(const Actions& actions) {
        ContentUse use;
        for (std::string_view action : actions) {
            use.reads |= begins_with_one_of(action, {"Get", "BatchGet", "Receive", "Query", "Scan"});
            use.writes |= begins_with_one_of(action, {"Put", "Send", "Publish", "BatchWrite", "Update"});
        }
        return use;
    }

   private:
    static bool begins_with_one_of(std::string_view action, std::initializer_list<std::string_view> words) {
        std::string_view verb = action.substr(action.find(':') + 1);
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return verb.starts_with(word); });
    }
};

class OwnKeys {
   public:
    explicit OwnKeys(const DeployText& texts);
    /// The rights on the keys of what `resource`, in the notation of deploy_text.hpp, refers to.
    void add(ContentUse use, std::string_view resource, Policy& policy) const;

   private:
    const DeployText& texts_;
    std::vector<const ir::Resource*> resources_;   ///< those with a key; mostly there is none
};

}  // namespace zflow::iam
