#include "server/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "server/cursor.hpp"
#include "server/describe.hpp"
#include "show/declared.hpp"
#include "types/types.hpp"

namespace zflow::server {

using syntax::NodeKind;

namespace {

/// CompletionItemKind of the protocol.
enum class ItemKind : int {
    Function = 3, Field = 5, Variable = 6, Class = 7, Module = 9, Property = 10, Keyword = 14, EnumMember = 20, Constant = 21, Struct = 22,
};

constexpr std::string_view declarations[] = {"import", "stack", "param", "const", "secret", "resource", "container", "dataset", "type",
                                             "function", "stage kind", "resource kind", "pipeline", "output", "option"};
constexpr std::string_view statements[] = {"stage", "let", "if", "match", "for", "parallel", "try", "poll", "wait", "fail", "return",
                                           "yield", "skip"};

ItemKind item_kind(NodeKind kind) {
    switch (kind) {
        case NodeKind::Function: return ItemKind::Function;
        case NodeKind::StageKind: case NodeKind::ResourceKind: case NodeKind::Pipeline: return ItemKind::Class;
        case NodeKind::TypeDeclaration: case NodeKind::Dataset: return ItemKind::Struct;
        case NodeKind::Const: case NodeKind::Secret: return ItemKind::Constant;
        default: return ItemKind::Variable;
    }
}

/// Whether an expression can name it.
bool is_value(NodeKind kind) {
    return kind == NodeKind::Const || kind == NodeKind::Param || kind == NodeKind::Secret || kind == NodeKind::Resource ||
           kind == NodeKind::Container || kind == NodeKind::Function;
}
bool is_stage(NodeKind kind) { return kind == NodeKind::StageKind || kind == NodeKind::Pipeline; }
bool is_resource(NodeKind kind) { return kind == NodeKind::ResourceKind; }
bool is_type(NodeKind kind) { return kind == NodeKind::TypeDeclaration || kind == NodeKind::Dataset; }
bool is_described(DeclarationRef declaration) { return !show::comment_of(declaration.tree(), declaration.node).empty(); }

class Completion {
   public:
    explicit Completion(const Cursor& cursor, bool asked)
        : cursor_(cursor), tokens_(cursor.tokens), asked_(asked), begin_(cursor.offset), next_(tokens_.before(cursor.offset)) {
        // the word that is being written does not count
        if (next_ > 0 && tokens_.is_word(next_ - 1) && tokens_[next_ - 1].end == cursor.offset) begin_ = tokens_[--next_].begin;
        open_ = brackets_before(tokens_, next_);
    }

    Json run() {
        const Token* inside = tokens_.inside(cursor_.offset);
        if (inside && inside->kind == Token::Kind::Comment) return items_;
        Settings settings(cursor_.program, tokens_, open_);
        if (inside) return in_text(settings, *inside), items_;
        std::string_view before = tokens_.text(next_ - 1);
        if (before == ".") members();
        else if (before == "=" && tokens_.is(next_ - 3, "stage")) kinds(is_stage);
        else if (before == "=" && tokens_.is(next_ - 3, "resource")) kinds(is_resource);
        else if (before == ":" && in_types()) types();
        else if (before == ":") value(settings);
        else if (asked_) anything(settings);
        return items_;
    }

   private:
    void anything(const Settings& settings) {
        std::vector<DeclarationRef> all = settings.all();
        if (open_.empty()) return at_top() ? words(declarations) : expression();
        bool first = next_ - 1 == open_.back() || tokens_.is(next_ - 1, ",") || starts_line();
        if (!all.empty() && first) keys(settings, all);
        bool arguments = tokens_.is(open_.back(), "(");
        if (!all.empty() && first && !arguments) return;
        bool block = tokens_.is(open_.back(), "{") && all.empty();
        if (block && (starts_line() || next_ - 1 == open_.back())) words(statements);
        expression();
    }

    bool starts_line() const {
        size_t before = next_ ? tokens_[next_ - 1].end : 0;
        return next_ == 0 || tokens_.source().substr(before, begin_ - before).find('\n') != std::string_view::npos;
    }
    bool at_top() const { return begin_ == 0 || tokens_.source()[begin_ - 1] == '\n'; }

    /// The pipeline around the place, which cannot be one of its own stages.
    std::string_view own_pipeline() const {
        size_t begin = next_;
        while (begin > 0 && !tokens_.begins_declaration(begin)) begin--;
        return tokens_.is(begin, "pipeline") ? tokens_.text(begin + 1) : std::string_view();
    }

    /// In the parameters of a declaration, the fields of data, or behind the name of a parameter of the stack.
    bool in_types() const {
        size_t before = open_.empty() ? next_ : open_.front(), begin = before;
        while (begin > 0 && !tokens_.begins_declaration(begin)) begin--;
        std::string_view what = tokens_.text(begin);
        if (open_.empty()) return what == "param" || what == "option" || what == "const";
        bool parameters = what == "pipeline" || what == "function" || (what == "stage" && tokens_.is(begin + 1, "kind")) ||
                          (what == "resource" && tokens_.is(begin + 1, "kind"));
        if (tokens_.is(open_.front(), "(")) return open_.size() == 1 && parameters;
        return what == "dataset" || what == "type";
    }

    void types() {
        const Interner none;
        const zflow::types::TypeTable table;
        constexpr auto first = static_cast<int>(types::TypeKind::Json), last = static_cast<int>(types::TypeKind::Arn);
        for (int kind = first; kind <= last; kind++)
            add(table.text(types::id_of(static_cast<types::TypeKind>(kind)), none), ItemKind::Struct);
        for (std::string_view generic : {"List", "Map", "Dataset"}) add(generic, ItemKind::Struct);
        kinds(is_type);
    }

    /// The declarations of a sort, the document's own first.
    void kinds(bool (*wanted)(NodeKind)) {
        std::string_view own = own_pipeline();
        auto pass = [&](std::string_view name, DeclarationRef declaration) {
            if (wanted(declaration.kind()) && name != own) declared(name, declaration);
        };
        cursor_.program.each_own(pass);
        cursor_.program.each_of_library(pass);
    }

    void keys(const Settings& settings, const std::vector<DeclarationRef>& all) {
        std::vector<std::string_view> given = settings.given();
        for (DeclarationRef setting : all) {
            if (std::find(given.begin(), given.end(), name_of(setting)) != given.end()) continue;
            Json* item = add(name_of(setting), ItemKind::Property);
            if (!item) continue;
            (*item)["detail"] = signature(setting);
            (*item)["insertText"] = std::string(name_of(setting)) + ": ";
            document(*item, setting);
        }
    }

    void value(const Settings& settings) {
        DeclarationRef setting = settings.find(tokens_.text(next_ - 2));
        if (setting)
            for (const std::string& choice : settings.choices(setting)) add(choice, ItemKind::EnumMember);
        if (asked_) expression();
    }

    /// A text is completed when its setting takes only some.
    void in_text(const Settings& settings, const Token& text) {
        size_t token = tokens_.before(text.begin);
        if (!tokens_.is(token - 1, ":")) return;
        DeclarationRef setting = Settings(cursor_.program, tokens_, brackets_before(tokens_, token)).find(tokens_.text(token - 2));
        if (!setting) return;
        bool closed = tokens_.text(token).size() > 1 && tokens_.text(token).ends_with('"');
        for (const std::string& choice : settings.choices(setting)) {
            if (!choice.starts_with('"')) continue;
            std::string inside = choice.substr(1, choice.size() - 2);
            Json* item = add(inside, ItemKind::EnumMember);
            Range range = cursor_.lines.range(text.begin + 1, closed ? text.end - 1 : text.end);
            if (item) (*item)["textEdit"] = {{"range", range}, {"newText", inside + (closed ? "" : "\"")}};
        }
    }

    void members() {
        size_t owner = next_ - 2;
        if (!tokens_.is_word(owner)) return;
        if (tokens_.is(owner, "std") && tokens_.is(owner - 1, "import")) return modules();
        if (const Module* module = cursor_.program.alias(tokens_.text(owner))) {
            cursor_.program.each_in(*module, [&](std::string_view name, DeclarationRef d) { declared(name, d); });
            return;
        }
        size_t maker = tokens_.is(owner - 1, ".") ? tokens_.size() : cursor_.makers[owner];
        std::string_view kind = maker < tokens_.size() ? kind_behind(tokens_, maker) : std::string_view();
        DeclarationRef declaration = kind.empty() ? cursor_.program.find(tokens_.text(owner)) : cursor_.program.find(kind);
        if (!declaration || (kind.empty() && declaration.kind() != NodeKind::Resource)) return;
        if (kind.empty()) declaration = cursor_.program.find(kind_of_resource(declaration));
        if (declaration)
            for (std::string_view output : outputs_of(cursor_.program, declaration)) add(output, ItemKind::Field);
    }

    static std::string_view kind_of_resource(DeclarationRef resource) {
        const syntax::Tree& tree = resource.tree();
        return tree.text_of(tree.next(syntax::name_node(tree, resource.node)));
    }

    void modules() {
        for (const Module& module : cursor_.program.modules().all) {
            if (!module.library) continue;
            std::string_view name = cursor_.program.sources().file(module.tree.file).name;   // "std/core.zflow"
            name.remove_prefix(std::min(name.find('/') + 1, name.size()));
            add(name.substr(0, name.find('.')), ItemKind::Module);
        }
    }

    void expression() {
        std::vector<size_t> names = names_before(tokens_, next_);
        for (auto name = names.rbegin(); name != names.rend(); ++name) add(tokens_.text(*name), ItemKind::Variable);
        cursor_.program.each_own([&](std::string_view name, DeclarationRef d) {
            if (is_value(d.kind())) declared(name, d);
        });
        for (const Module::Alias& alias : cursor_.program.modules().main->aliases) add(cursor_.program.text(alias.name), ItemKind::Module);
        cursor_.program.each_of_library([&](std::string_view name, DeclarationRef d) {
            if (is_value(d.kind()) && is_described(d)) declared(name, d);
        });
    }

    template <size_t N>
    void words(const std::string_view (&all)[N]) {
        for (std::string_view word : all) add(word, ItemKind::Keyword);
    }

    void declared(std::string_view name, DeclarationRef declaration) {
        Json* item = add(name, item_kind(declaration.kind()));
        if (!item) return;
        bool typed = declaration.kind() == NodeKind::Param;
        if (typed) (*item)["detail"] = signature(declaration);
        document(*item, declaration);
    }
    static void document(Json& item, DeclarationRef declaration) {
        if (is_described(declaration)) item["documentation"] = {{"kind", "markdown"}, {"value", comment(declaration)}};
    }

    /// Null when there is one of that name already. The order is kept.
    Json* add(std::string_view label, ItemKind kind) {
        if (!known_.emplace(label).second) return nullptr;
        items_.push_back({{"label", label}, {"kind", static_cast<int>(kind)}, {"sortText", fmt::format("{:05}", known_.size())}});
        return &items_.back();
    }

    const Cursor& cursor_;
    const Tokens& tokens_;
    bool asked_;                       ///< not just by a blank that was typed
    size_t begin_;                     ///< of the word that is written here; the place itself when there is none
    size_t next_;                      ///< the token that is written here, or what comes behind the place
    std::vector<size_t> open_;
    Json items_ = Json::array();
    std::set<std::string, std::less<>> known_;
};

}  // namespace

Json completion(Workspace& workspace, const Json& params) {
    Cursor cursor(workspace, params);
    auto context = params.find("context");
    bool by_sign = context != params.end() && context->is_object() && context->contains("triggerCharacter");
    return Completion(cursor, !by_sign).run();
}

}  // namespace zflow::server
