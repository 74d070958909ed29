// The standard library's prepared trees as modules.
#include "elaborate/module.hpp"

namespace zflow {

void add_library(Modules& modules, SourceMap& sources) {
    for (const library::Prepared& prepared : library::modules()) {
        Module& module = modules.all.emplace_back();
        module.index = static_cast<uint32_t>(modules.all.size() - 1);
        module.library = true;
        module.tree.file = sources.add_static(std::string(prepared.name), prepared.text);
        module.tree.text = prepared.text;
        module.tree.nodes = prepared.nodes;
    }
    for (library::Declared option : library::options()) modules.options.push_back({&modules.all[option.module], option.node});
}

}  // namespace zflow
