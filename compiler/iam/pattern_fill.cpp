#include "iam/pattern_fill.hpp"

#include <algorithm>
#include <map>

#include "iam/deploy_text.hpp"

namespace zflow::iam {

namespace {

constexpr size_t most_variants = 32;  // beyond that a pattern says it shorter
constexpr size_t usual_value = 64;    // characters of what becomes of a placeholder

/// What is the same for everybody; "": it is for the caller to know.
std::string_view pseudo_parameter(std::string_view name) {
    if (name == "partition") return "${AWS::Partition}";
    if (name == "region") return "${AWS::Region}";
    if (name == "account") return "${AWS::AccountId}";
    return {};
}

void append(std::vector<Known>& texts, std::string_view more) {
    for (Known& t : texts) t.text += more;
}

/// A text of which only the beginning is known goes on with a star, unless one stands there already.
void close(Known& text, const Known& variant, bool star_follows) {
    text.complete = text.complete && variant.complete;
    bool ends_in_star = !text.text.empty() && text.text.back() == '*';
    if (!variant.complete && !star_follows && !ends_in_star) text.text += '*';
}

void append(std::vector<Known>& texts, const std::vector<Known>& variants, bool star_follows) {
    if (variants.size() == 1) {
        for (Known& t : texts) t.text += variants[0].text, close(t, variants[0], star_follows);
        return;
    }
    std::vector<Known> out;
    for (const Known& t : texts)
        for (const Known& v : variants) {
            Known joined{t.text + v.text, t.complete};
            close(joined, v, star_follows);
            out.push_back(std::move(joined));
        }
    texts = std::move(out);
}

/// Reads `{"StringEquals": {"key": "value", "other": ["a", "b"]}}`: the only shape conditions have.
class ConditionReader {
   public:
    explicit ConditionReader(std::string_view json) : rest_(json) {}

    std::vector<Condition> read() {
        std::vector<Condition> out;
        if (!take('{')) return out;
        while (!take('}') && !rest_.empty()) {
            std::string operation = string();
            take(':');
            take('{');
            while (!take('}') && !rest_.empty()) {
                Condition c{operation, string(), {}};
                take(':');
                c.values = values();
                out.push_back(std::move(c));
                take(',');
            }
            take(',');
        }
        return out;
    }

   private:
    bool take(char c) {
        size_t at = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string string() {
        std::string out;
        if (!take('"')) {
            rest_ = {};
            return out;
        }
        while (!rest_.empty() && rest_.front() != '"') {
            if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
            out += rest_.front();
            rest_.remove_prefix(1);
        }
        take('"');
        return out;
    }
    std::vector<std::string> values() {
        std::vector<std::string> out;
        if (!take('[')) return {string()};
        while (!take(']') && !rest_.empty()) {
            out.push_back(string());
            take(',');
        }
        return out;
    }

    std::string_view rest_;
};

}  // namespace

std::vector<PatternPiece> pieces_of(std::string_view pattern) {
    std::vector<PatternPiece> pieces;
    while (!pattern.empty()) {
        size_t open = pattern.find('{');
        if (open != 0) pieces.push_back({pattern.substr(0, open)});
        if (open == std::string_view::npos) break;
        size_t close = pattern.find('}', open);
        std::string_view name = pattern.substr(open + 1, close - open - 1);
        pattern.remove_prefix(close == std::string_view::npos ? pattern.size() : close + 1);
        std::string_view same = pseudo_parameter(name);
        if (same.empty()) pieces.push_back({name, true, pattern.starts_with('*')});
        else pieces.push_back({same});
    }
    return pieces;
}

void fill(std::span<const PatternPiece> pieces, const ResolvePiece& resolve, std::vector<Known>& texts) {
    static const std::vector<Known> unknown = {{"", false}};
    texts.resize(1);
    texts[0].text.clear(), texts[0].complete = true;
    size_t size = 0;
    for (const PatternPiece& piece : pieces) size += piece.placeholder ? usual_value : piece.text.size();
    texts[0].text.reserve(size);
    for (const PatternPiece& piece : pieces) {
        if (!piece.placeholder) {
            append(texts, piece.text);
            continue;
        }
        const std::vector<Known>& variants = resolve(piece);
        bool any = variants.empty() || variants.size() > most_variants;
        append(texts, any ? unknown : variants, piece.before_star);
    }
}

std::vector<Known> fill(std::string_view pattern, const Resolve& resolve) {
    std::vector<Known> texts, variants;
    fill(pieces_of(pattern), [&](const PatternPiece& piece) -> const std::vector<Known>& { return variants = resolve(piece.text); }, texts);
    return texts;
}

namespace {

/// Few conditions are asked for again and again, each at its place in the tables.
const std::vector<Condition>& parsed(std::string_view json) {
    thread_local std::map<std::string, std::vector<Condition>, std::less<>> known;
    auto at = known.find(json);
    if (at == known.end()) at = known.emplace(json, ConditionReader(json).read()).first;
    return at->second;
}

}  // namespace

std::vector<Condition> fill_conditions(std::string_view json, const Resolve& resolve) {
    if (json.empty()) return {};
    std::vector<Condition> out;
    for (Condition c : parsed(json)) {
        std::vector<std::string> values;
        bool complete = true;
        for (const std::string& value : c.values)
            for (Known& known : fill(value, resolve)) {
                complete = complete && known.complete;
                values.push_back(std::move(known.text));
            }
        if (std::find(values.begin(), values.end(), "*") != values.end()) continue;
        if (!complete && c.operation.ends_with("Equals")) c.operation.replace(c.operation.size() - 6, 6, "Like");
        c.values = std::move(values);
        out.push_back(std::move(c));
    }
    return out;
}

std::string escape_wildcards(std::string_view text) {
    bool plain = std::none_of(text.begin(), text.end(), [](char c) { return c == '*' || c == '?' || c == '$'; });
    if (plain) return std::string(text);
    std::string out;
    out.reserve(text.size() + 16);
    while (!text.empty()) {
        Piece piece = next_piece(text);
        if (piece.reference) {
            ((out += "${") += piece.text) += '}';
            continue;
        }
        for (size_t i = 0; i < piece.text.size(); i++) {
            if (piece.text.substr(i).starts_with("${!")) {
                out += "${!$}{";
                i += 2;
            } else if (piece.text[i] == '*' || piece.text[i] == '?') {
                ((out += "${!") += piece.text[i]) += '}';
            } else {
                out += piece.text[i];
            }
        }
    }
    return out;
}

std::string lower_case(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        Piece piece = next_piece(text);
        if (piece.reference) ((out += "${") += piece.text) += '}';
        else
            for (char c : piece.text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return out;
}

size_t rfind_outside(std::string_view text, std::string_view characters) {
    size_t found = std::string_view::npos;
    for (size_t i = 0; i < text.size(); i++) {
        if (text.substr(i).starts_with("${") && !text.substr(i).starts_with("${!")) {
            i = text.find('}', i);
            if (i == std::string_view::npos) break;
        } else if (characters.find(text[i]) != std::string_view::npos) {
            found = i;
        }
    }
    return found;
}

}  // namespace zflow::iam
