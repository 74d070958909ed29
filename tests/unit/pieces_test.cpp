// A file that is parsed in pieces gives the tree that it gives as a whole: the same nodes in the same places, the same names
// under the same numbers.
#include <catch2/catch.hpp>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/workers.hpp"
#include "syntax/parse.hpp"
#include "syntax/pieces.hpp"

using namespace zflow;
using namespace zflow::syntax;

namespace {

/// As many threads as there is work, so that what is shared by mistake shows.
class Several : public Workers {
   public:
    explicit Several(size_t count) : count_(count) {}
    size_t count() const override { return count_; }
    void run(size_t n, const std::function<void(size_t)>& work) override {
        runs++;
        std::vector<std::thread> threads;
        for (size_t i = 1; i < n; i++) threads.emplace_back(work, i);
        work(0);
        for (std::thread& t : threads) t.join();
    }
    size_t runs = 0;

   private:
    size_t count_;
};

struct Parsed {
    SourceMap sources;
    FileId file;
    Interner names;
    Diagnostics diagnostics;
    Tree tree;

    explicit Parsed(const std::string& text) : file(sources.add("test.zflow", text)) { names.intern("known_before"); }
    Parsed& whole() { return tree = parse(sources, file, names, diagnostics), *this; }
    /// False when it had to be parsed as a whole.
    bool in_pieces(const std::vector<uint32_t>& cuts) {
        Several workers(cuts.size() + 1);
        auto made = parse_pieces(Source(sources, file), cuts, names, workers);
        if (made) tree = std::move(*made);
        return made.has_value();
    }
    std::string findings() const {
        std::string all;
        for (const Diagnostic* d : diagnostics.sorted()) {
            all += fmt::format("{}..{} {}\n", d->span.begin, d->span.end, d->message);
            for (const Label& label : d->labels) all += fmt::format("  {}..{} {}\n", label.span.begin, label.span.end, label.text);
        }
        return all;
    }
};

std::string all_names(const Interner& names) {
    std::string all;
    for (uint32_t id = 0; id < names.size(); id++) all += std::string(names.text(Symbol{id})) + "\n";
    return all;
}

bool same_nodes(const Tree& a, const Tree& b) {
    auto same = [](const Node& x, const Node& y) { return std::memcmp(&x, &y, sizeof(Node)) == 0; };
    return std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), same);
}

void check_same(const Parsed& a, const Parsed& b) {
    CHECK(same_nodes(a.tree, b.tree));
    CHECK(a.tree.file == b.tree.file);
    CHECK(a.tree.text == b.tree.text);
    CHECK(all_names(a.names) == all_names(b.names));
    CHECK(a.findings() == b.findings());
}

/// Every place where a piece may begin.
std::vector<uint32_t> all_places(std::string_view text) { return places_to_cut(text, text.size()); }

/// Cuts the text at each place alone, and at all at once. Returns how many of the cuts could be used.
size_t check_every_cut(const std::string& text) {
    Parsed whole(text);
    whole.whole();
    std::vector<uint32_t> places = all_places(text);
    size_t used = 0;
    auto check = [&](const std::vector<uint32_t>& cuts) {
        Parsed other(text);
        size_t names = other.names.size();
        bool usable = other.in_pieces(cuts);
        if (!usable) CHECK(other.names.size() == names);   // nothing is left of it
        else check_same(whole, other);
        return usable;
    };
    for (uint32_t place : places) used += check({place});
    if (used == places.size() && used) CHECK(check(places));
    return used;
}

/// The other way in, which decides by itself where to cut and whether that was right.
void check_parse(const std::string& text) {
    Parsed whole(text);
    whole.whole();
    for (size_t pieces : {size_t{2}, size_t{3}, size_t{7}}) {
        Parsed other(text);
        Several workers(pieces);
        other.tree = parse(other.sources, other.file, other.names, other.diagnostics, workers, 1);
        check_same(whole, other);
    }
}

std::vector<std::filesystem::path> programs(const std::vector<std::string>& folders) {
    std::vector<std::filesystem::path> all;
    for (const std::string& folder : folders)
        for (const auto& entry : std::filesystem::recursive_directory_iterator(std::filesystem::path(ZFLOW_ROOT) / folder))
            if (entry.path().extension() == ".zflow") all.push_back(entry.path());
    return all;
}

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("programs in pieces", "[pieces]") {
    size_t used = 0;
    for (const auto& path : programs({"examples", "tests/golden", "tests/valid", "stdlib"})) {
        INFO(path);
        std::string text = text_of(path);
        size_t here = check_every_cut(text);
        CHECK(here == all_places(text).size());   // none of them has such a line in a text or a comment
        check_parse(text);
        used += here;
    }
    CHECK(used > 500);
}

TEST_CASE("wrong programs are reported as if parsed as a whole", "[pieces]") {
    for (const auto& path : programs({"tests/errors"})) {
        INFO(path);
        std::string text = text_of(path);
        check_every_cut(text);
        check_parse(text);
    }
}

TEST_CASE("where a file is cut", "[pieces]") {
    auto lines_at = [](std::string_view text) {
        std::vector<std::string> lines;
        for (uint32_t place : all_places(text)) lines.emplace_back(text.substr(place, text.find('\n', place) - place));
        return lines;
    };
    using Lines = std::vector<std::string>;
    CHECK(lines_at("") == Lines{});
    CHECK(lines_at("const a = 1") == Lines{});
    CHECK(lines_at("const a = 1\nconst b = 2\n  const c = 3\nstage kind k() {}\n}\n") == Lines{"const b = 2", "stage kind k() {}"});
    // a doc comment goes with what it documents
    CHECK(lines_at("const a = 1\n/// One.\n  /// Two.\r\nconst b = 2\n") == Lines{"/// One."});
    CHECK(lines_at("/// Of the first.\nconst a = 1\n//// none\nconst b = 2\n") == Lines{"const b = 2"});
    CHECK(lines_at("const a = 1\n/// none\n\nconst b = 2\n") == Lines{"const b = 2"});
    // the nearest place, on either side
    std::string far(400, ' ');
    std::string text = "const a = 1\n" + far + "\nconst b = 2\n" + std::string(200, ' ') + "\nconst c = 3\n";
    CHECK(places_to_cut(text, 2) == std::vector<uint32_t>{static_cast<uint32_t>(text.find("const b"))});
    text = "const a = 1\n" + std::string(200, ' ') + "\nconst b = 2\n" + far + "\nconst c = 3\n";
    CHECK(places_to_cut(text, 2) == std::vector<uint32_t>{static_cast<uint32_t>(text.find("const b"))});
    // none where the pieces would be too different
    CHECK(places_to_cut("const a = 1\nconst b = 2\n" + std::string(400, ' '), 2).empty());
}

TEST_CASE("what ends a piece that it should not", "[pieces]") {
    // text, and how many of the places in it are right
    std::vector<std::pair<std::string, size_t>> cases = {
        {"const a = \"\"\"\nconst x = 1\n\"\"\"\nconst b = 2\n", 1},
        {"const a = \"\"\"\n${[\n1,\nconst b = 1]}\n\"\"\"\nconst b = 2\n", 0},
        {"const a = \"\"\"\n    a\nparam p: Int\n/// doc\nconst x = 1\n\"\"\"\nconst b = 2\n", 1},
        {"/*\nconst x = 1\n*/\nconst b = 2\n", 1},
        {"const a = 1 /* \nconst x = 1 */\nconst b = 2\n", 1},
        {"// const\nconst a = 1 // pipeline\nconst b = 2\n", 2},
        {"const a = [\nconst b,\n]\nconst c = 1\n", 0},
        {"pipeline p() {\n    wait 1s\nconst b = 2\n", 0},
        {"const a = (1 +\nconst b = 2\n", 0},
        {"stack s\nconst b = 2\n", 1},
        {"import \"a.zflow\"\nconst as = 2\n", 1},
        {"type T\nconst b = 2\n", 0},
        {"resource kind\noutput x = 1\n", 0},
        {"\xEF\xBB\xBF" "const a = 1\r\n\r\n/// b\r\nconst b = 2\r\n/// end", 1},
        {"const a = 1\n/// nobody's\nconst b = \"\xC3\"\nconst c = 1\n", 0},
        {"const a = 2026-02-31\nconst b = 1\n", 0},
    };
    for (const auto& [text, right] : cases) {
        INFO(text);
        CHECK(check_every_cut(text) == right);
        check_parse(text);
    }
}

TEST_CASE("pieces are for long files and several workers", "[pieces]") {
    std::string text;
    for (int i = 0; i < 9000; i++) text += fmt::format("/// Number {0}.\nconst c{0} = {0}\n", i);
    REQUIRE(text.size() > 4 * smallest_piece);
    auto runs = [&](const std::string& of, size_t count) {
        Parsed parsed(of);
        Several workers(count);
        parsed.tree = parse(parsed.sources, parsed.file, parsed.names, parsed.diagnostics, workers);
        Parsed whole(of);
        check_same(whole.whole(), parsed);
        return workers.runs;
    };
    CHECK(runs(text, 4) == 1);
    CHECK(runs(text, 1) == 0);
    CHECK(runs(text.substr(0, text.find("/// Number 1000.")), 4) == 0);
    // more nodes than there is room for them beside those of the other piece
    std::string dense;
    for (int i = 0; i < 9000; i++) dense += fmt::format("type T{}=A|A|A|A|A|A|A|A|A|A\n", i);
    CHECK(runs(dense, 2) == 1);
}
