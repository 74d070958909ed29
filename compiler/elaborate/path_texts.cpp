// People who know state machines write the paths of those: `"day.$": "$.day"`. Here a text is a text. That shows in what is
// written, so it is looked for there: a stage that is repeated for others like it evaluates nothing.
#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

bool is_path(std::string_view key, std::string_view value) {
    if (value.starts_with("$states.") || value.starts_with("$$.")) return true;
    return key.ends_with(".$") && (value.starts_with("$") || value.starts_with("States."));
}

}  // namespace

void Elaborator::check_path_texts(const std::vector<NodeId>& declarations) {
    const syntax::Tree& t = tree();
    for (NodeId d : declarations) {
        if (t.kind(d) != NodeKind::Pipeline && t.kind(d) != NodeKind::StageKind) continue;
        for (NodeId n = t.first_inside(d); n < d; n++) {
            if (t.kind(n) != NodeKind::Entry) continue;
            NodeId key = t.child(n), value = t.next(key);
            if (!value || t.kind(value) != NodeKind::String) continue;
            std::string_view written = t.text_of(value);
            if (written.empty() || (written[0] != '$' && written[0] != 'S') || !is_path(t.text_of(key), written)) continue;
            diagnostics_.report(diag::PathInText, span(value), written)
                .help("write the value itself: an input or a stage by its name, `day`, `train.model`, `pipeline.execution`; `\"… ${day} …\"` in a text");
        }
    }
}

}  // namespace zflow::elaborate
