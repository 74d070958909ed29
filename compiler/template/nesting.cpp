#include "template/nesting.hpp"

#include <algorithm>

namespace zflow::cfn {

namespace {

constexpr size_t parameter_size = 250;         // a parameter's declaration, with its value in the main template
constexpr size_t main_resources_kept = 4;      // of five places in the main template four are for what all share

/// Units in groups of those that need each other, each group after what it needs (Tarjan's algorithm).
class Order {
   public:
    explicit Order(const std::vector<std::vector<size_t>>& needs)
        : needs_(needs), index_(needs.size(), 0), low_(needs.size(), 0), open_(needs.size(), 0) {}

    std::vector<std::vector<size_t>> groups;

    void run() {
        for (size_t unit = 0; unit < needs_.size(); unit++)
            if (!index_[unit]) visit(unit);
    }

   private:
    void visit(size_t unit) {
        index_[unit] = low_[unit] = ++last_;
        stack_.push_back(unit);
        open_[unit] = 1;
        for (size_t other : needs_[unit]) {
            if (!index_[other]) visit(other), low_[unit] = std::min(low_[unit], low_[other]);
            else if (open_[other]) low_[unit] = std::min(low_[unit], index_[other]);
        }
        if (low_[unit] != index_[unit]) return;
        std::vector<size_t>& group = groups.emplace_back();
        for (size_t member = needs_.size(); member != unit;) {
            member = stack_.back();
            stack_.pop_back();
            open_[member] = 0;
            group.push_back(member);
        }
        std::sort(group.begin(), group.end());
    }

    const std::vector<std::vector<size_t>>& needs_;
    std::vector<size_t> index_, low_;
    std::vector<uint8_t> open_;
    std::vector<size_t> stack_;
    size_t last_ = 0;
};

}  // namespace

Nesting::Nesting(Document& document, Node& root, std::vector<Unit> units, const Options& options, Write write)
    : document_(document), root_(root), units_(std::move(units)), options_(options), write_(write),
      parameters_(root.find("Parameters")), conditions_(root.find("Conditions")), resources_(root.find("Resources")),
      outputs_(root.find("Outputs")) {}

std::vector<Nesting::Part> Nesting::divide() {
    collect();
    pack(ordered());
    move_resources();
    move_outputs();
    std::vector<Part> parts;
    for (size_t t = templates_.size(); t-- > 0;) finish(t);   // the main one last: the others' needs are in it
    for (size_t t = 1; t < templates_.size(); t++) parts.push_back(std::move(templates_[t].part));
    return parts;
}

// --- what needs what

void Nesting::collect() {
    for (size_t u = 0; u < units_.size(); u++)
        for (Node* resource : units_[u].resources) unit_of_[resource->key] = u, taken_.insert(resource->key);
    if (parameters_)
        for (Node* p = parameters_->first; p; p = p->next) parameter_ids_.insert(p->key), taken_.insert(p->key);
    uses_.resize(units_.size());
    needs_.resize(units_.size());
    for (size_t u = 0; u < units_.size(); u++) {
        for (Node* resource : units_[u].resources) collect_references(u, *resource);
        std::sort(needs_[u].begin(), needs_[u].end());
        needs_[u].erase(std::unique(needs_[u].begin(), needs_[u].end()), needs_[u].end());
    }
}

void Nesting::collect_references(size_t unit, Node& node) {
    std::unordered_set<std::string> known;
    auto need = [&](std::string_view id) {
        auto other = unit_of_.find(id);
        if (other != unit_of_.end() && other->second != unit) needs_[unit].push_back(other->second);
    };
    std::unordered_set<std::string_view> conditions;
    Replace note = [&](const Reference& reference) {
        bool outside = parameter_ids_.contains(reference.id) || is_own_pseudo(reference.id);
        auto other = unit_of_.find(reference.id);
        outside = outside || (other != unit_of_.end() && other->second != unit);
        if (outside && known.insert(reference.text()).second) uses_[unit].push_back({reference, reference.text()});
        need(reference.id);
        return Reference{};
    };
    Condition noted = [&](std::string_view name) {
        Node* condition = conditions_ && conditions.insert(name).second ? conditions_->find(name) : nullptr;
        if (condition) visit_references(document_, *condition, note, noted);
    };
    visit_references(document_, node, note, noted);
    if (Node* depends = node.find("DependsOn"))
        for (Node* on = depends->first; on; on = on->next) need(on->text);
}

/// As it will be written, under `Resources:`.
size_t Nesting::size_of(const Unit& unit) {
    Node section, root;
    for (Node* resource : unit.resources) {
        resource->next = nullptr;
        Document::add(&section, resource->key, resource);
    }
    Document::add(&root, "Resources", &section);
    measured_.clear();
    write_(root, measured_);
    for (Node* resource : unit.resources) resource->next = nullptr;
    return measured_.size();
}

std::vector<Nesting::Group> Nesting::ordered() {
    Order order(needs_);
    order.run();
    std::vector<Group> groups;
    for (std::vector<size_t>& members : order.groups) {
        Group& group = groups.emplace_back();
        for (size_t u : members) {
            group.pipeline = group.pipeline && units_[u].pipeline;
            group.resources += units_[u].resources.size();
            group.bytes += size_of(units_[u]);
        }
        group.units = std::move(members);
    }
    return groups;
}

// --- which template

bool Nesting::is_foreign(const Reference& reference, const Group* with, size_t to) const {
    auto unit = unit_of_.find(reference.id);
    if (unit == unit_of_.end()) return true;   // a parameter of the stack
    if (home_[unit->second] == to) return false;
    return !with || std::find(with->units.begin(), with->units.end(), unit->second) == with->units.end();
}

size_t Nesting::more_inputs(size_t to, const Group& group) const {
    const auto& needs = templates_[to].needs;
    std::unordered_set<std::string_view> more;
    for (size_t u : group.units)
        for (const Use& use : uses_[u])
            if (is_foreign(use.to, &group, to) && !needs.contains(use.text)) more.insert(use.text);
    return more.size();
}

bool Nesting::fits(size_t number, const Group& group) const {
    const Template& to = templates_[number];
    size_t inputs = to.needs.size() + more_inputs(number, group);
    return to.count + group.resources <= options_.limits.resources && inputs <= options_.limits.parameters &&
           to.bytes + group.bytes + inputs * parameter_size <= options_.limits.bytes;
}

bool Nesting::needs_part(const Group& group) const {
    for (size_t u : group.units)
        for (size_t other : needs_[u])
            if (home_[other] != 0 && home_[other] != SIZE_MAX) return true;
    return false;
}

void Nesting::put(const Group& group, size_t number) {
    Template& to = templates_[number];
    for (size_t u : group.units) home_[u] = number;
    for (size_t u : group.units)
        for (const Use& use : uses_[u])
            if (number != 0 && is_foreign(use.to, nullptr, number)) to.needs.insert(use.text);
    to.units.insert(to.units.end(), group.units.begin(), group.units.end());
    to.count += group.resources;
    to.bytes += group.bytes;
}

void Nesting::pack(const std::vector<Group>& groups) {
    home_.assign(units_.size(), SIZE_MAX);
    templates_.emplace_back();
    size_t room = options_.limits.resources * main_resources_kept / (main_resources_kept + 1);
    size_t bytes = options_.limits.bytes * main_resources_kept / (main_resources_kept + 1);
    for (const Group& group : groups) {
        Template& main = templates_[0];
        bool in_main = !group.pipeline && !needs_part(group) && main.count + group.resources <= room &&
                       main.bytes + group.bytes <= bytes;
        if (in_main) {
            put(group, 0);
            continue;
        }
        if (templates_.size() == 1 || !fits(templates_.size() - 1, group)) begin(templates_.size());
        put(group, templates_.size() - 1);
    }
    for (Template& t : templates_) std::sort(t.units.begin(), t.units.end());   // in the order of the program again
}

void Nesting::begin(size_t number) {
    Template& t = templates_.emplace_back();
    std::string id = "Part" + std::to_string(number);
    while (!taken_.insert(document_.keep(id)).second) id += "X";
    t.part.id = id;
    t.part.file = part_file(options_.stem, number, options_.extension);
    t.parameters = document_.map();
    t.outputs = document_.map();
    t.resources = document_.map();
    t.values = document_.map();
    t.stack = document_.map();
}

}  // namespace zflow::cfn
