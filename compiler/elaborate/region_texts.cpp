#include "elaborate/region_texts.hpp"

#include <algorithm>

namespace zflow::elaborate {

using syntax::Operator;

/// `123456789012.dkr.ecr.<region>.amazonaws.com/…`
void RegionTexts::image(std::string_view written) {
    for (std::string_view registry : {".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr."}) {
        if (!written.substr(account).starts_with(registry)) continue;
        std::string_view region = written.substr(account + registry.size());
        if (size_t end = region.find('.'); end != std::string_view::npos) check(region.substr(0, end));
    }
}

bool RegionTexts::is_region(NodeId n) const { return t_.kind(n) == NodeKind::Member && t_.text_of(n) == "aws.region"; }

void RegionTexts::value(NodeId n) {
    if (t_.kind(n) == NodeKind::String) check(t_.text_of(n));
    if (t_.kind(n) == NodeKind::List)
        for (NodeId item : syntax::Children(t_, n)) value(item);
}

void RegionTexts::comparison(NodeId n) {
    Operator op = t_[n].op;
    if (op != Operator::Equal && op != Operator::NotEqual && op != Operator::In) return;
    NodeId left = t_.child(n), right = t_.next(left);
    if (is_region(left)) value(right);
    else if (is_region(right)) value(left);
}

void RegionTexts::match(NodeId n) {
    NodeId subject = t_.child(n);
    if (!is_region(subject)) return;
    for (NodeId arm = t_.next(subject); arm; arm = t_.next(arm))
        for (NodeId c : syntax::Children(t_, arm)) value(c);
}

/// `region` is a part of the source. What has a wildcard in it is no name.
void RegionTexts::check(std::string_view region) {
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; };
    if (region.empty() || !std::all_of(region.begin(), region.end(), letter) || schema::is_region(region)) return;
    auto begin = static_cast<uint32_t>(region.data() - t_.text.data());
    Span where{t_.file, begin, static_cast<uint32_t>(begin + region.size())};
    auto report = diagnostics_.report(diag::UnknownRegion, where, region);
    if (std::string_view near = closest(region, schema::regions()); !near.empty()) report.help("did you mean `{}`?", near);
    else report.help("it may be newer than this compiler");
}

}  // namespace zflow::elaborate
