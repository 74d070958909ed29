/// @file nesting.hpp
/// @brief A template that is too large becomes a main one and nested ones beside it.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "template/references.hpp"
#include "template/template.hpp"

namespace zflow::cfn {

/// Resources that stay in one template. What a unit needs of others is a parameter of its template.
struct Unit {
    std::vector<Node*> resources;
    bool pipeline = false;
};

class Nesting {
   public:
    using Write = void (*)(const Node&, Text&);

    /// `root`: the whole template; `units`: all of its resources, in their order.
    Nesting(Document& document, Node& root, std::vector<Unit> units, const Options& options, Write write);

    struct Part {
        std::string id;          ///< logical id of the nested stack in the main template
        std::string file;        ///< beside the main template
        Node* root = nullptr;
        size_t resources = 0;
    };
    /// What all share stays in the main template as far as it fits, pipelines go to nested ones; `root` becomes the main
    /// template. No template needs what needs it: units are taken in an order in which each stands after what it needs.
    std::vector<Part> divide();

   private:
    struct Use {
        Reference to;
        std::string text;        ///< what is the same for all uses of it
    };
    struct Group {               ///< units that need each other
        std::vector<size_t> units;
        bool pipeline = true;    ///< all of them are pipelines
        size_t resources = 0, bytes = 0;
    };
    struct Template {
        Part part;
        size_t count = 0, bytes = 0;
        std::vector<size_t> units;
        std::unordered_set<std::string_view> needs;    ///< texts of its uses of others
        std::unordered_map<std::string, std::string_view> inputs, results;
        Node *parameters = nullptr, *resources = nullptr, *outputs = nullptr;
        Node *values = nullptr, *stack = nullptr;      ///< in the main template: Parameters, and the nested stack itself
        std::unordered_set<std::string_view> conditions, depends;
    };

    void collect();
    void collect_references(size_t unit, Node& node);
    size_t size_of(const Unit& unit);
    std::vector<Group> ordered();
    void pack(const std::vector<Group>& groups);
    bool needs_part(const Group& group) const;
    size_t more_inputs(size_t to, const Group& group) const;
    bool fits(size_t to, const Group& group) const;
    void put(const Group& group, size_t to);
    bool is_foreign(const Reference& reference, const Group* with, size_t to) const;
    void begin(size_t number);
    void move_resources();
    void move_outputs();
    void rewrite(Node& node, size_t in);
    void depend(Node& resource, size_t in);
    Reference replacement(const Reference& reference, size_t in);
    std::string_view input(size_t in, const Reference& reference);
    std::string_view result(size_t of, const Reference& reference);
    Node* value_in_main(const Reference& reference);
    Node* parameter_node(const Reference& reference);
    std::string_view name_of(const Reference& reference);
    Node* conditions_of(Template& of, size_t number);
    void set_conditions(const Node& section);
    void finish(size_t number);
    const Node* parameter(std::string_view id) const { return parameters_ ? parameters_->find(id) : nullptr; }

    Document& document_;
    Node& root_;
    std::vector<Unit> units_;
    const Options& options_;
    Write write_;
    Text measured_;
    Node *parameters_, *conditions_, *resources_, *outputs_;
    std::unordered_map<std::string_view, size_t> unit_of_;        // by logical id
    std::unordered_set<std::string_view> parameter_ids_;
    std::vector<std::vector<Use>> uses_;                          // by unit
    std::vector<std::vector<size_t>> needs_;                      // by unit: other units
    std::vector<size_t> home_;                                    // by unit: its template
    std::deque<Template> templates_;                              // 0 is the main one
    std::unordered_map<std::string, std::string_view> names_;     // of parameters and outputs, by reference
    std::unordered_set<std::string_view> taken_;
};

/// The name of nested template `number`, from 1 on: `stack.part1.yaml` for the stem "stack" and the extension ".yaml".
std::string part_file(std::string_view stem, size_t number, std::string_view extension);

/// What a nested template's file begins with, whatever its format is, when this compiler wrote it for that main template.
bool begins_part(std::string_view file, std::string_view stem, size_t number);

}  // namespace zflow::cfn
