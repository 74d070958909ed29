/// @file substitutions.hpp
/// @brief The `${Key}`s of one definition, and which of them may stand in it as they are.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "lower/lower.hpp"

namespace zflow::lower {

/// How a deploy-time leaf stands in the definition.
enum class Carrier : uint8_t {
    Text,      ///< `${Key}` inside quotes: its type or its maker keeps quotes and braces out of it
    Bare,      ///< `${Key}` without quotes: a number or a boolean
    Encoded,   ///< free text: Base64
    Json,      ///< Base64 of JSON text
    Strings,   ///< Base64 of texts separated by commas
};

class Substitutions {
   public:
    Substitutions(const Context& context, std::vector<Substitution>& list) : context_(context), list_(list) {}

    static bool is_leaf(ir::Op op);
    Carrier carrier(const ir::Value& value) const;
    /// The key of a leaf; entered in the list at its first use.
    std::string_view key(ir::ValueId id);
    /// The key of a piece of JSONata without quotes or backslashes that many states share.
    std::string_view shared(std::string_view wanted_key, const std::string& code);
    /// The pseudo parameter "Partition", which is in every Resource.
    std::string_view partition();

   private:
    std::string_view enter(uint64_t identity, std::string key, ir::ValueId value, bool encoded);
    std::string base_key(const ir::Value& value) const;
    bool plain_literals(types::TypeId type) const;

    const Context& context_;
    std::vector<Substitution>& list_;
    std::unordered_map<uint64_t, std::string_view> known_;   // by op and operands
    std::unordered_set<std::string> keys_;
    std::unordered_map<std::string, std::string_view> shared_;   // by code
};

}  // namespace zflow::lower
