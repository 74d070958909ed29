#include "show/show.hpp"

namespace zflow::show {

void definitions(const lower::Context& context, Buffer& out) {
    const auto& pipelines = context.stack.pipelines;
    bool several = pipelines.size() != 1;
    lower::Marks marks;
    if (several) out.put("{\n");
    for (size_t i = 0; i < pipelines.size(); i++) {
        if (several) {
            out.put("  \"");
            out.put(context.names.text(pipelines[i].name));
            out.put("\": ");
        }
        lower::write_definition(context, pipelines[i], lower::Layout::Pretty, several ? 2 : 0, out, marks);
        if (i + 1 < pipelines.size()) out.put(',');
        out.put('\n');
    }
    if (several) out.put("}\n");
}

}  // namespace zflow::show
