// Names of the variables that hold what steps give.
#include <algorithm>
#include <array>
#include <utility>

#include "elaborate/elaborator.hpp"

namespace zflow::elaborate {

namespace {

/// Variables and functions share one name space in JSONata: a stage called `count` must not take `$count` away. The
/// functions of JSONata 2.0.6 (docs.jsonata.org) and of Step Functions, `$states`, and the names expressions use inside.
bool is_reserved_variable(std::string_view name) {
    static constexpr std::string_view reserved[] = {   // in byte order
        "abs", "all", "append", "assert", "average", "base64decode", "base64encode", "boolean", "ceil", "clone",
        "contains", "count", "decodeUrl", "decodeUrlComponent", "distinct", "each", "encodeUrl",
        "encodeUrlComponent", "error", "eval", "exists", "filter", "floor", "formatBase", "formatInteger",
        "formatNumber", "fromMillis", "hash", "join", "keys", "length", "lookup", "lowercase", "map", "match", "max",
        "merge", "millis", "min", "not", "now", "number", "pad", "parse", "parseInteger", "partition", "power",
        "random", "range", "reduce", "replace", "reverse", "round", "shuffle", "sift", "single", "sort", "split",
        "spread", "sqrt", "states", "string", "substring", "substringAfter", "substringBefore", "sum", "toMillis",
        "trim", "type", "uppercase", "uuid", "v", "zip"};
    if (name.find('_') != std::string_view::npos) return false;
    if (std::binary_search(std::begin(reserved), std::end(reserved), name)) return true;
    if (name.empty() || (name[0] != 'i' && name[0] != 'v' && name[0] != 'e')) return false;
    std::string_view letters = name.substr(0, name.find_first_of("0123456789"));
    bool numbered = letters.size() < name.size() && name.find_first_not_of("0123456789", letters.size()) == std::string_view::npos;
    return numbered && (letters == "it" || letters == "v" || letters == "e");
}

constexpr auto is_alphanumeric = [] {
    std::array<bool, 256> is{};
    for (unsigned char c = 'a'; c <= 'z'; c++) is[c] = is[c - 32u] = true;
    for (unsigned char c = '0'; c <= '9'; c++) is[c] = true;
    return is;
}();

/// The names of one pipeline.
class VariableNames {
   public:
    VariableNames(Interner& names, SymbolTables& symbols) : names_(names), taken_(symbols.variables), serial_(++symbols.serial) {}

    void name(std::string_view& variable, std::string_view state) {
        if (variable.empty()) variable = free_name(state);
        else take(names_.intern(variable));
    }

   private:
    /// False: another one has it.
    bool take(Symbol name) { return std::exchange(taken_[name], serial_) != serial_; }

    /// A variable of its own for a state: an identifier of at most 40 characters, without `__`, which lowering uses for what
    /// it appends (`__problem`, `__turn`, the name of a join); a variable has at most 80 (Step Functions guide, quotas).
    std::string_view free_name(std::string_view state) {
        constexpr size_t most = 40;
        char letters[2 * most];
        size_t size = 0;
        if (state[0] >= '0' && state[0] <= '9') letters[size++] = '_';
        for (char c : state) {                   // what is longer than `most` is cut below
            if (size == sizeof letters) break;
            if (is_alphanumeric[static_cast<unsigned char>(c)]) letters[size++] = c;
            else if (size && letters[size - 1] != '_') letters[size++] = '_';
        }
        std::string other;
        std::string_view name(letters, size);
        if (is_reserved_variable(name)) name = other = std::string(name) + "_value";
        if (name.size() > most) name = other = fmt::format("{}_{:04x}", name.substr(0, most - 5), Interner::hash(state) & 0xffff);
        for (int n = 2;; n++) {
            Symbol symbol = names_.intern(name);
            if (take(symbol)) return names_.text(symbol);
            name = other = std::string(name.substr(0, most - 4)).append("_").append(std::to_string(n));
        }
    }

    Interner& names_;
    NumberBySymbol& taken_;
    const uint32_t serial_;
};

}  // namespace

void name_variables(ir::Pipeline& pipeline, Interner& names, SymbolTables& symbols) {
    VariableNames variables(names, symbols);
    for (ir::PipelineInput& input : pipeline.inputs) variables.name(input.variable, names.text(input.name));
    for (ir::Step& step : pipeline.steps) variables.name(step.variable, step.name);
}

}  // namespace zflow::elaborate
