#include "template/nesting.hpp"

// Writing nested templates, when it is known what goes where: resources move, and what one template needs of another is a
// parameter of the one and an output of the other.

namespace zflow::cfn {

namespace {

std::string without_dots(const Reference& reference) {
    std::string name;
    for (char c : reference.text())
        if (c != '.' && c != ':') name += c;
    return name;
}

/// Takes out a child that is not the first.
void remove(Node& map, const Node* child) {
    Node* before = map.first;
    while (before->next != child) before = before->next;
    before->next = child->next;
    if (map.last == child) map.last = before;
    map.count--;
}

std::string part_description(std::string_view stem, size_t number) {
    return "Part " + std::to_string(number) + " of " + std::string(stem);
}

void clear(Node& node) { node.first = node.last = nullptr, node.count = 0; }

}  // namespace

void Nesting::move_resources() {
    clear(*resources_);
    templates_[0].resources = resources_;
    for (size_t t = 0; t < templates_.size(); t++)
        for (size_t u : templates_[t].units)
            for (Node* resource : units_[u].resources) {
                resource->next = nullptr;
                Document::add(templates_[t].resources, resource->key, resource);
            }
    for (size_t t = 1; t < templates_.size(); t++) {
        Template& part = templates_[t];
        Document::add(resources_, document_.keep(part.part.id), part.stack);
        Document::add(part.stack, "Type", document_.literal("AWS::CloudFormation::Stack"));
        Node* properties = Document::add(part.stack, "Properties", document_.map());
        Document::add(properties, "TemplateURL", document_.text(part.part.file));
        Document::add(properties, "Parameters", part.values);
    }
    for (size_t t = 0; t < templates_.size(); t++)
        for (size_t u : templates_[t].units)
            for (Node* resource : units_[u].resources) rewrite(*resource, t), depend(*resource, t);
}

void Nesting::rewrite(Node& node, size_t in) {
    Replace replace = [&](const Reference& reference) { return replacement(reference, in); };
    Condition condition = [&](std::string_view name) { templates_[in].conditions.insert(name); };
    visit_references(document_, node, replace, condition);
}

/// What waits for a resource of another template waits for that template.
void Nesting::depend(Node& resource, size_t in) {
    Node* depends = resource.find("DependsOn");
    if (!depends) return;
    std::vector<std::string_view> kept;
    for (Node* on = depends->first; on; on = on->next) {
        auto unit = unit_of_.find(on->text);
        size_t home = unit == unit_of_.end() ? in : home_[unit->second];
        if (home == in) kept.push_back(on->text);
        else if (in == 0) kept.push_back(document_.keep(templates_[home].part.id));
        else templates_[in].depends.insert(home == 0 ? on->text : document_.keep(templates_[home].part.id));
    }
    clear(*depends);
    for (std::string_view id : kept) Document::add(depends, document_.literal(id));
    if (kept.empty()) remove(resource, depends);
}

/// The pipelines' own outputs stay with the pipelines when the main template has no room for all.
void Nesting::move_outputs() {
    if (!outputs_) return;
    bool many = outputs_->count > options_.limits.outputs;
    std::vector<Node*> all;
    for (Node* output = outputs_->first; output; output = output->next) all.push_back(output);
    clear(*outputs_);
    for (Node* output : all) {
        Node* value = output->find("Value");
        const Node* ref = value ? value->find("Ref") : nullptr;
        auto unit = ref ? unit_of_.find(ref->text) : unit_of_.end();
        bool moves = many && unit != unit_of_.end() && units_[unit->second].pipeline && home_[unit->second] != 0;
        output->next = nullptr;
        Node* there = moves ? templates_[home_[unit->second]].outputs : nullptr;
        if (there && there->find(output->key)) continue;   // the same value is handed on already
        if (moves) Document::add(there, output->key, output);
        else Document::add(outputs_, output->key, output), rewrite(*output, 0);
    }
}

// --- references from one template to another

Reference Nesting::replacement(const Reference& reference, size_t in) {
    auto unit = unit_of_.find(reference.id);
    bool parameter = parameter_ids_.contains(reference.id) || is_own_pseudo(reference.id);
    if (unit == unit_of_.end()) return parameter && in != 0 ? Reference{input(in, reference), {}} : Reference{};
    size_t home = home_[unit->second];
    if (home == in) return {};
    if (in != 0) return {input(in, reference), {}};
    return {document_.keep(templates_[home].part.id),
            document_.keep("Outputs." + std::string(result(home, reference)))};
}

std::string_view Nesting::name_of(const Reference& reference) {
    auto [known, fresh] = names_.try_emplace(reference.text());
    if (!fresh) return known->second;
    // a name that nothing in the part can have: its own resources stay what they are
    bool same = reference.attribute.empty() && !is_own_pseudo(reference.id);
    std::string name = same ? std::string(reference.id) : without_dots(reference);
    if (is_own_pseudo(reference.id)) name = name.substr(3);   // AWS
    if (!same)
        while (taken_.contains(name)) name += "X";
    known->second = document_.keep(name);
    taken_.insert(known->second);
    return known->second;
}

std::string_view Nesting::input(size_t in, const Reference& reference) {
    Template& t = templates_[in];
    auto [known, fresh] = t.inputs.try_emplace(reference.text());
    if (!fresh) return known->second;
    known->second = name_of(reference);
    Document::add(t.parameters, known->second, parameter_node(reference));
    Document::add(t.values, known->second, value_in_main(reference));
    return t.inputs[reference.text()];
}

Node* Nesting::parameter_node(const Reference& reference) {
    Node* node = document_.map();
    const Node* own = parameter(reference.id);
    const Node* type = own ? own->find("Type") : nullptr;
    Document::add(node, "Type", document_.literal(type ? type->text : "String"));
    return node;
}

std::string_view Nesting::result(size_t of, const Reference& reference) {
    Template& t = templates_[of];
    auto [known, fresh] = t.results.try_emplace(reference.text());
    if (!fresh) return known->second;
    std::string name = without_dots(reference);
    while (t.outputs->find(name)) name += "X";
    known->second = document_.keep(name);
    Node* value = document_.map();
    if (reference.attribute.empty()) Document::add(value, "Ref", document_.text(reference.id));
    else Document::add(value, "Fn::GetAtt", document_.list({reference.id, reference.attribute}));
    Document::add(Document::add(t.outputs, known->second, document_.map()), "Value", value);
    return known->second;
}

Node* Nesting::value_in_main(const Reference& reference) {
    Node* value = document_.map();
    auto unit = unit_of_.find(reference.id);
    size_t home = unit == unit_of_.end() ? 0 : home_[unit->second];
    if (home != 0) {
        std::string output = "Outputs." + std::string(result(home, reference));
        Document::add(value, "Fn::GetAtt", document_.list({templates_[home].part.id, output}));
    } else if (!reference.attribute.empty()) {
        Document::add(value, "Fn::GetAtt", document_.list({reference.id, reference.attribute}));
    } else {
        Document::add(value, "Ref", document_.text(reference.id));
    }
    const Node* own = parameter(reference.id);
    const Node* type = own ? own->find("Type") : nullptr;
    bool list = type && (type->text == "CommaDelimitedList" || type->text.starts_with("List<"));
    if (!list) return value;
    Node* arguments = document_.list({","});   // a nested stack takes lists as text
    Document::add(arguments, value);
    Node* joined = document_.map();
    Document::add(joined, "Fn::Join", arguments);
    return joined;
}

// --- the other sections

/// The conditions that the template uses, and those they use, in their order.
Node* Nesting::conditions_of(Template& of, size_t number) {
    Node* section = document_.map();
    if (!conditions_) return section;
    std::vector<Node*> copies;
    std::vector<std::string_view> keys;
    std::vector<const Node*> all;
    for (const Node* c = conditions_->first; c; c = c->next) all.push_back(c);
    for (size_t i = all.size(); i-- > 0;) {   // a condition uses only those before it
        if (!of.conditions.contains(all[i]->key)) continue;
        Node* copied = copy_of(document_, *all[i]);
        rewrite(*copied, number);
        copies.push_back(copied);
        keys.push_back(all[i]->key);
    }
    for (size_t i = copies.size(); i-- > 0;) Document::add(section, keys[i], copies[i]);
    return section;
}

void Nesting::set_conditions(const Node& section) {
    if (!conditions_) return;
    conditions_->first = section.first, conditions_->last = section.last, conditions_->count = section.count;
    if (!section.count) remove(root_, conditions_);
}

void Nesting::finish(size_t number) {
    Template& t = templates_[number];
    Node* conditions = conditions_of(t, number);
    if (number == 0) return set_conditions(*conditions);
    t.part.root = document_.map();
    t.part.resources = t.count;
    Document::add(t.part.root, "AWSTemplateFormatVersion", document_.literal("2010-09-09"));
    Document::add(t.part.root, "Description", document_.text(part_description(options_.stem, number)));
    if (t.parameters->count) Document::add(t.part.root, "Parameters", t.parameters);
    if (conditions->count) Document::add(t.part.root, "Conditions", conditions);
    Document::add(t.part.root, "Resources", t.resources);
    if (t.outputs->count) Document::add(t.part.root, "Outputs", t.outputs);
    if (t.depends.empty()) return;
    std::vector<std::string_view> depends(t.depends.begin(), t.depends.end());
    std::sort(depends.begin(), depends.end());
    Node* list = Document::add(t.stack, "DependsOn", document_.list());
    for (std::string_view id : depends) Document::add(list, document_.literal(id));
}

std::string part_file(std::string_view stem, size_t number, std::string_view extension) {
    return std::string(stem) + ".part" + std::to_string(number) + std::string(extension);
}

bool begins_part(std::string_view file, std::string_view stem, size_t number) {
    std::string description = part_description(stem, number);
    size_t version = file.find("AWSTemplateFormatVersion"), at = file.find(description);
    if (version > 8 || at == std::string_view::npos) return false;
    std::string_view behind = file.substr(at + description.size()), before = file.substr(0, at);
    bool ends = behind.starts_with('\n') || behind.starts_with("'\n") || behind.starts_with("\",\n");
    return ends && (before.ends_with("\nDescription: ") || before.ends_with("\nDescription: '") || before.ends_with("\"Description\": \""));
}

}  // namespace zflow::cfn
