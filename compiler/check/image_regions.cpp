// Images that name their region: a job pulls from the region it runs in, so that two regions in one stack cannot both be right.
#include "check/check.hpp"

namespace zflow::check {

namespace {

/// The region in the record of an image, when it is constant.
std::string_view region_of(const Context& c, ir::ValueId image) {
    if (c.types.kind(c.values[image].type) != types::TypeKind::Image || c.values[image].op != ir::Op::Record) return {};
    for (const ir::Field& f : c.values.fields(image))
        if (c.names.text(f.key) == "region" && c.values[f.value].op == ir::Op::String) return c.values[f.value].text();
    return {};
}

}  // namespace

void image_regions(const Context& context) {
    std::string_view first;
    Span first_place;
    for (const ir::Role& role : context.stack.roles) {
        for (const ir::Access& access : role.access) {
            std::string_view region = region_of(context, access.target);
            if (region.empty()) continue;
            Span at = context.at_user(context.values[access.target].where, role.where);
            if (first.empty()) {
                first = region;
                first_place = at;
            } else if (region != first) {
                context.diagnostics.report(diag::ImageRegions, at, region, first)
                    .label(first_place, "in `{}`", first)
                    .help("a job pulls from its own region only: copy the image, or write `ecr(\"name\", tag: …)` for this region");
            }
        }
    }
}

}  // namespace zflow::check
