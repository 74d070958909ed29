// automata OUTPUT.cpp FILE.zflow…: makes automata of the patterns that are known when the compiler is built, those of the
// service models, of the standard library and of the elaborator, and writes them as static data (static_automaton.hpp).
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "diagnostics/render.hpp"
#include "elaborate/pattern_texts.hpp"
#include "schema/automaton.hpp"
#include "schema/schema.hpp"
#include "schema/spelling.hpp"
#include "schema/static_automaton.hpp"
#include "schema/tables.hpp"
#include "syntax/literals.hpp"
#include "syntax/parse.hpp"
#include "tools/cpp_literal.hpp"

using namespace zflow;
using schema::Automaton;

namespace {

/// What has more states is made when it is needed: nearly all texts see only a few of them.
constexpr size_t most_states = 2048;
constexpr size_t most_bytes = 16384;

/// By state, a state for each printable character.
using States = std::vector<std::vector<size_t>>;

struct Complete {
    States next;
    std::vector<bool> accepts;
    size_t start = 0;
};

std::optional<Complete> complete(const std::string& expression) {
    std::optional<Automaton> automaton = schema::make_automaton(expression);
    if (!automaton || !automaton->complete() || automaton->state_count() > 2 * most_states) return std::nullopt;
    Complete all;
    all.start = Automaton::start;
    for (uint16_t s = 0; s < automaton->state_count(); s++) {
        auto& row = all.next.emplace_back();
        for (unsigned char c = schema::first_printable; c <= schema::last_printable; c++) row.push_back(automaton->next(s, c));
        all.accepts.push_back(automaton->accepts(s));
    }
    return all;
}

/// Moore's algorithm: states that accept the same are one, those that differ in the next step are not.
std::vector<size_t> classes_of(const Complete& all) {
    std::vector<size_t> of(all.accepts.begin(), all.accepts.end());
    for (size_t count = 0;;) {
        std::map<std::vector<size_t>, size_t> known;
        std::vector<size_t> finer;
        for (size_t s = 0; s < of.size(); s++) {
            std::vector<size_t> looks{of[s]};
            for (size_t to : all.next[s]) looks.push_back(of[to]);
            finer.push_back(known.try_emplace(std::move(looks), known.size()).first->second);
        }
        of = std::move(finer);
        if (known.size() == count) return of;
        count = known.size();
    }
}

/// One of each class, in the order in which a walk along the steps meets them; what accepts nothing more is left out.
class Smallest {
   public:
    explicit Smallest(const Complete& all) : all_(all), class_(classes_of(all)), dead_(class_[Automaton::never]) {
        visit(all.start);
        for (size_t at = 0; at < met_.size(); at++)
            for (size_t to : all.next[met_[at]]) visit(to);
        find_kinds();
        for (size_t s = 0; s < met_.size(); s++) states.push_back(row(s) << 1 | all.accepts[met_[s]]);
    }

    std::vector<size_t> kinds;   ///< by printable character
    size_t kind_count = 0;
    std::vector<size_t> states;
    std::vector<std::vector<int>> rows;

    size_t bytes() const { return 2 * (states.size() + rows.size() * kind_count); }

   private:
    void visit(size_t state) {
        size_t c = class_[state];
        if (c != dead_ && number_.try_emplace(c, met_.size()).second) met_.push_back(state);
    }

    int step(size_t number, size_t character) const {
        auto to = number_.find(class_[all_.next[met_[number]][character]]);
        return to == number_.end() ? schema::StaticAutomaton::no_way : static_cast<int>(to->second) - static_cast<int>(number);
    }

    /// Characters with which each state does the same are of one kind.
    void find_kinds() {
        std::map<std::vector<int>, size_t> known;
        for (size_t c = 0; c < schema::printable_count; c++) {
            std::vector<int> column;
            for (size_t s = 0; s < met_.size(); s++) column.push_back(step(s, c));
            auto [at, fresh] = known.try_emplace(std::move(column), known.size());
            if (fresh) first_of_kind_.push_back(c);
            kinds.push_back(at->second);
        }
        kind_count = known.size();
    }

    size_t row(size_t state) {
        std::vector<int> steps;
        for (size_t c : first_of_kind_) steps.push_back(step(state, c));
        auto at = std::find(rows.begin(), rows.end(), steps);
        if (at == rows.end()) at = rows.insert(at, std::move(steps));
        return static_cast<size_t>(at - rows.begin());
    }

    const Complete& all_;
    std::vector<size_t> class_;
    size_t dead_;
    std::map<size_t, size_t> number_;   ///< by class
    std::vector<size_t> met_;           ///< a state of each class
    std::vector<size_t> first_of_kind_;
};

template <typename Numbers>
void write_numbers(std::ostream& out, const Numbers& numbers) {
    for (size_t i = 0; i < numbers.size(); i++) out << numbers[i] << (i % 32 == 31 ? ",\n" : ",");
}

class Writer {
   public:
    /// What a row of a table begins with, and an automaton. Those with the same expression are one.
    void add(std::string& table, const std::string& begin, const std::string& expression) {
        auto [at, fresh] = known_.try_emplace(expression);
        if (fresh) at->second = write(expression);
        if (!at->second.empty()) table += "    {" + begin + ", " + at->second + "},\n";
    }
    std::string text() const { return out_.str(); }

   private:
    /// How the automaton is named in the tables; "" when there is none.
    std::string write(const std::string& expression) {
        auto all = complete(expression);
        if (!all) return "";
        Smallest smallest(*all);
        if (smallest.states.empty() || smallest.states.size() > most_states || smallest.bytes() > most_bytes) return "";
        std::string number = std::to_string(count_++);
        std::string kinds = kinds_of(smallest.kinds);
        out_ << "constexpr uint16_t states_" << number << "[] = {";
        write_numbers(out_, smallest.states);
        out_ << "};\nconstexpr int16_t steps_" << number << "[] = {";
        for (const auto& row : smallest.rows) write_numbers(out_, row);
        out_ << "};\n";
        return "{" + kinds + ", states_" + number + ", steps_" + number + ", " + std::to_string(smallest.kind_count) + "}";
    }

    std::string kinds_of(const std::vector<size_t>& kinds) {
        auto [at, fresh] = kinds_.try_emplace(kinds, "kinds_" + std::to_string(kinds_.size()));
        if (fresh) {
            out_ << "constexpr uint8_t " << at->second << "[] = {";
            write_numbers(out_, kinds);
            out_ << "};\n";
        }
        return at->second;
    }

    std::ostringstream out_;
    std::map<std::string, std::string> known_;   ///< by expression
    std::map<std::vector<size_t>, std::string> kinds_;
    size_t count_ = 0;
};

std::string service_table(Writer& writer) {
    std::map<uint32_t, std::string_view> patterns;
    for (uint32_t id = 1; id <= schema::shape_count(); id++) {
        std::string_view pattern = schema::Shape(id).pattern();
        if (!pattern.empty()) patterns.emplace(static_cast<uint32_t>(pattern.data() - schema::tables::packed.pool), pattern);
    }
    std::string table;
    for (auto [offset, pattern] : patterns) writer.add(table, std::to_string(offset), schema::in_pcre_spelling(pattern));
    return table;
}

/// `String(pattern: "…")`
void collect_patterns(const syntax::Tree& tree, std::set<std::string>& patterns) {
    for (syntax::NodeId n = 0; n < tree.nodes.size(); n++) {
        syntax::NodeId label = tree.child(n), value = tree.next(label);
        if (tree.kind(n) != syntax::NodeKind::Argument || tree.kind(label) != syntax::NodeKind::Name) continue;
        if (tree.text_of(label) == "pattern" && tree.kind(value) == syntax::NodeKind::String) patterns.insert(syntax::unescape(tree.text_of(value)));
    }
}

}  // namespace

int main(int argc, char** argv) {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;
    std::set<std::string> known(std::begin(elaborate::patterns::texts), std::end(elaborate::patterns::texts));
    for (int i = 2; i < argc; i++) {
        std::ifstream in(argv[i], std::ios::binary);
        std::stringstream text;
        text << in.rdbuf();
        FileId file = sources.add(argv[i], text.str());
        collect_patterns(syntax::parse(sources, file, names, diagnostics), known);
    }
    if (diagnostics.size()) {
        std::cerr << render_text(diagnostics, sources, {});
        return 1;
    }
    Writer writer;
    std::string of_services = service_table(writer), others;
    for (const std::string& pattern : known) writer.add(others, cpp_literal(pattern), pattern);
    std::ofstream(argv[1], std::ios::binary)
        << "// Made by tools/automata.\n#include \"schema/static_automaton.hpp\"\n\nnamespace zflow::schema {\n\nnamespace {\n\n"
        << writer.text() << "\nconstexpr ServicePattern of_services[] = {\n" << of_services << "};\n\nconstexpr KnownPattern others[] = {\n" << others
        << "};\n\n}  // namespace\n\nstd::span<const ServicePattern> service_patterns() { return of_services; }\n"
           "std::span<const KnownPattern> known_patterns() { return others; }\n\n}  // namespace zflow::schema\n";
    return 0;
}
