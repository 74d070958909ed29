#include "iam/own_key.hpp"

namespace zflow::iam {

OwnKeys::OwnKeys(const DeployText& texts) : texts_(texts) {
    for (const ir::Resource& resource : texts.context().stack.resources)
        if (resource.key != ir::ValueId::none) resources_.push_back(&resource);
}

void OwnKeys::add(ContentUse use, std::string_view resource_text, Policy& policy) const {
    if (!use.reads && !use.writes) return;
    for (const ir::Resource* resource : resources_) {
        size_t at = resource_text.find("${" + resource->logical_id);
        if (at == std::string_view::npos) continue;
        char after = resource_text[at + 2 + resource->logical_id.size()];   // a reference ends, so there is one
        if (after != '}' && after != '.') continue;
        std::vector<std::string> uses{"kms:Decrypt"};
        if (use.writes) uses.insert(uses.begin(), "kms:GenerateDataKey");
        policy.add({std::move(uses), {texts_.text(resource->key)}, {}});
    }
}

}  // namespace zflow::iam
