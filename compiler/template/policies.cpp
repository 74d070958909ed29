/// Policy documents as nodes, and all of them alone.
#include "template/builder.hpp"

namespace zflow::cfn {

namespace {

class PolicyWriter {
   public:
    PolicyWriter(Document& document, ValueNodes& values) : document_(document), values_(values) {}

    Node* statement(const iam::Statement& from) {
        Node* node = document_.map();
        Document::add(node, "Effect", document_.literal("Allow"));
        Document::add(node, "Action", one_or_list(from.actions));
        Document::add(node, "Resource", one_or_list(from.resources));
        if (from.conditions.empty()) return node;
        Node* conditions = Document::add(node, "Condition", document_.map());
        for (const iam::Condition& c : from.conditions) {
            Node* tests = conditions->find(c.operation);
            if (!tests) tests = Document::add(conditions, document_.keep(c.operation), document_.map());
            Document::add(tests, document_.keep(c.key), one_or_list(c.values));
        }
        return node;
    }

   private:
    Node* one_or_list(const std::vector<std::string>& texts) {
        if (texts.size() == 1) return values_.text(texts[0]);
        Node* list = document_.list();
        for (const std::string& t : texts) Document::add(list, values_.text(t));
        return list;
    }

    Document& document_;
    ValueNodes& values_;
};

}  // namespace

Node* policy_node(const iam::Document& policy, Document& document, ValueNodes& values) {
    Node* node = document.map();
    Document::add(node, "Version", document.literal("2012-10-17"));
    Node* statements = Document::add(node, "Statement", document.list());
    PolicyWriter writer(document, values);
    for (const iam::Statement& s : policy) Document::add(statements, writer.statement(s));
    return node;
}

void write_policies(const lower::Context& context, Buffer& out) {
    iam::DeployText texts(context);
    Document document;
    ValueNodes values(document, texts);
    Node* root = document.map();
    auto write = [&](const std::vector<iam::RolePolicies>& roles) {
        for (const iam::RolePolicies& role : roles) {
            Node* documents = Document::add(root, document.keep(role.role), document.list());
            for (const iam::Document& policy : role.documents) Document::add(documents, policy_node(policy, document, values));
        }
    };
    write(iam::all_policies(texts));
    write(iam::given_policies(texts));
    write_json(*root, out);
}

}  // namespace zflow::cfn
