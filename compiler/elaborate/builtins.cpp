// The functions that are part of the language. Those that only make values are computed here; the others become calls
// that lowering knows as JSONata.
#include <algorithm>
#include <cmath>

#include "elaborate/elaborator.hpp"
#include "elaborate/patterns.hpp"
#include "library/library.hpp"
#include "schema/schema.hpp"
#include "syntax/literals.hpp"

namespace zflow::elaborate {

namespace {

using ir::Builtin;

/// A function that exists at run time: the kinds of its arguments, the kind of its result.
struct Signature {
    std::string_view name;
    Builtin builtin;
    std::string_view arguments;   ///< t text, n number, l list, d date, a anything; lower case needed, upper case may be left out
    TypeKind result;
};

constexpr Signature signatures[] = {
    {"string", Builtin::String, "a", TypeKind::String},
    {"number", Builtin::Number, "t", TypeKind::Float},
    {"upper", Builtin::Upper, "t", TypeKind::String},
    {"lower", Builtin::Lower, "t", TypeKind::String},
    {"trim", Builtin::Trim, "t", TypeKind::String},
    {"starts_with", Builtin::StartsWith, "tt", TypeKind::Bool},
    {"ends_with", Builtin::EndsWith, "tt", TypeKind::Bool},
    {"replace", Builtin::Replace, "ttt", TypeKind::String},
    {"before", Builtin::Before, "tt", TypeKind::String},
    {"after", Builtin::After, "tt", TypeKind::String},
    {"after_last", Builtin::AfterLast, "tt", TypeKind::String},
    {"substring", Builtin::Substring, "tnN", TypeKind::String},
    {"join", Builtin::Join, "lt", TypeKind::String},
    {"sum", Builtin::Sum, "l", TypeKind::Float},
    {"average", Builtin::Average, "l", TypeKind::Float},
    {"round", Builtin::Round, "nN", TypeKind::Float},
    {"floor", Builtin::Floor, "n", TypeKind::Int},
    {"ceil", Builtin::Ceil, "n", TypeKind::Int},
    {"abs", Builtin::Absolute, "n", TypeKind::Float},
    {"json", Builtin::Json, "a", TypeKind::String},
    {"parse_json", Builtin::ParseJson, "t", TypeKind::Json},
    {"hash", Builtin::Hash, "t", TypeKind::String},
    {"base64_encode", Builtin::Base64Encode, "t", TypeKind::String},
    {"base64_decode", Builtin::Base64Decode, "t", TypeKind::String},
    {"now", Builtin::Now, "", TypeKind::Timestamp},
    {"format_date", Builtin::FormatDate, "dt", TypeKind::String},
    {"add_days", Builtin::AddDays, "dn", TypeKind::Date},
};

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
    std::string out;
    for (size_t at; !what.empty() && (at = text.find(what)) != std::string_view::npos; text.remove_prefix(at + what.size()))
        out.append(text.substr(0, at)).append(by);
    return out.append(text);
}

std::string_view trimmed(std::string_view s) {
    constexpr std::string_view blanks = " \t\r\n";
    size_t begin = s.find_first_not_of(blanks);
    return begin == std::string_view::npos ? "" : s.substr(begin, s.find_last_not_of(blanks) - begin + 1);
}

std::string cased(std::string_view s, bool upper) {
    std::string out(s);
    for (char& c : out) {
        if (upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        if (!upper && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

/// As JSONata counts: characters, not bytes.
int64_t characters(std::string_view utf8) {
    return std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

/// Lower-case letters, digits and single hyphens: what every job, model and endpoint name may hold.
std::string job_name_part(std::string_view text) {
    std::string out;
    for (char c : cased(text, false)) {
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (fine) out += c;
        else if (!out.empty() && out.back() != '-') out += '-';
    }
    while (!out.empty() && out.back() == '-') out.pop_back();
    return out;
}

constexpr size_t fresh_length = 12;   // 48 bits: no collision in practice among one stage's runs

}  // namespace

ValueId Elaborator::builtin(Symbol symbol, NodeId node, bool& known) {
    auto callee = static_cast<size_t>(symbol);
    if (callee >= callees_.size()) callees_.resize(callee + 64, Callee::Unknown);
    if (callees_[callee] == Callee::Other) return known = false, ValueId::none;
    std::string_view name = text(symbol);
    Span where = span(node);
    known = true;
    std::vector<ValueId> args;
    std::vector<Span> spans;
    std::vector<std::pair<Symbol, ValueId>> named;
    bool failed = false;
    constexpr std::string_view others[] = {"s3", "ecr", "within", "fresh_name", "name_prefix", "run_token", "length", "contains", "split", "min", "max", "keys", "values",
                                           "merge", "file", "has_local_nvme", "has_gpu", "cron", "rate", "at", "exists", "arn", "date"};
    auto signature = std::find_if(std::begin(signatures), std::end(signatures), [&](auto& s) { return s.name == name; });
    bool ours = signature != std::end(signatures) || std::find(std::begin(others), std::end(others), name) != std::end(others);
    callees_[callee] = ours ? Callee::Builtin : Callee::Other;
    if (!ours) return known = false, ValueId::none;
    for (NodeId c = tree().next(tree().child(node)); c; c = tree().next(c)) {
        NodeId first = tree().child(c);
        bool has_name = tree().kind(first) == NodeKind::Name;
        ValueId value = expression(has_name ? tree().next(first) : first);
        failed |= is_error(value);
        if (has_name) {
            std::vector<std::string_view> takes;
            if (name == "ecr") takes = {"account", "region", "tag", "digest"};
            else if (name == "cron" || name == "rate" || name == "at") takes = {"zone", "input"};
            named.emplace_back(tree()[first].symbol, value);
            if (std::find(takes.begin(), takes.end(), text(tree()[first].symbol)) == takes.end()) {
                unknown_argument(span(first), text(tree()[first].symbol), takes,
                                 takes.empty() ? fmt::format("`{}` takes its arguments without names", name) : fmt::format("`{}` takes `{}`", name, fmt::join(takes, "`, `")));
                failed = true;
            }
        }
        else args.push_back(value), spans.push_back(span(c));
    }
    if (failed) return error_value(where);
    auto named_value = [&](std::string_view wanted) {
        for (auto& [n, v] : named) if (text(n) == wanted) return v;
        return ValueId::none;
    };
    auto wrong_count = [&](size_t least, size_t most) {
        if (args.size() >= least && args.size() <= most) return false;
        diagnostics_.report(diag::WrongArgumentCount, where, name, least == most ? std::to_string(least) : fmt::format("{} to {}", least, most), args.size());
        return true;
    };
    auto texts = [&](std::string_view s, TypeKind kind = TypeKind::String) { return make_text(values_.keep(s), plain(kind), where); };
    auto argument = [&](size_t i, TypeKind kind) { return args[i] = coerce(args[i], plain(kind), spans[i]); };

    if (signature != std::end(signatures)) {
        size_t least = 0;
        for (char c : signature->arguments) least += c >= 'a';
        if (wrong_count(least, signature->arguments.size())) return error_value(where);
        for (size_t i = 0; i < args.size(); i++) {
            switch (signature->arguments[i] | 0x20) {
                case 't': if (is_error(argument(i, TypeKind::String))) return args[i]; break;
                case 'n': if (is_error(argument(i, TypeKind::Float))) return args[i]; break;
                case 'l':
                    if (values_[args[i]].op != Op::List && kind_of(args[i]) != TypeKind::List) {
                        diagnostics_.report(diag::NotAList, spans[i], type_text(type_of(args[i])));
                        return error_value(where);
                    }
                    break;
                default: break;
            }
        }
        auto a = args.empty() ? std::nullopt : const_text(args[0]);
        auto b = args.size() < 2 ? std::nullopt : const_text(args[1]);
        auto n = args.empty() ? std::nullopt : const_number(args[0]);
        switch (signature->builtin) {
            case Builtin::String: {
                TypeKind k = kind_of(args[0]);
                if (k == TypeKind::Duration || k == TypeKind::Size || values_[args[0]].op == Op::Record || values_[args[0]].op == Op::List) break;
                ValueId converted = as_text(args[0], where);
                if (kind_of(converted) != TypeKind::Json) return converted;
                break;
            }
            case Builtin::Number: if (a) if (double v = std::strtod(std::string(*a).c_str(), nullptr); !a->empty()) return make_number(v, where); break;
            case Builtin::Upper: if (a) return texts(cased(*a, true)); break;
            case Builtin::Lower: if (a) return texts(cased(*a, false)); break;
            case Builtin::Trim: if (a) return texts(trimmed(*a)); break;
            case Builtin::StartsWith: if (a && b) return make_bool(a->starts_with(*b), where); break;
            case Builtin::EndsWith: if (a && b) return make_bool(a->ends_with(*b), where); break;
            case Builtin::Before: if (a && b) return texts(a->substr(0, a->find(*b))); break;
            case Builtin::After: if (a && b) return texts(a->find(*b) == std::string_view::npos ? *a : a->substr(a->find(*b) + b->size())); break;
            case Builtin::AfterLast: if (a && b) return texts(a->rfind(*b) == std::string_view::npos ? *a : a->substr(a->rfind(*b) + b->size())); break;
            case Builtin::Replace: if (auto c = const_text(args[2]); a && b && c) return texts(replaced(*a, *b, *c)); break;
            case Builtin::Round:
                if (auto digits = args.size() < 2 ? std::optional(0.0) : const_number(args[1]); n && digits && std::fabs(*digits) <= 15) {
                    double scale = std::pow(10, *digits);
                    return make_number(std::nearbyint(*n * scale) / scale, where);   // half to even, as JSONata rounds
                }
                break;
            case Builtin::Substring: {
                auto start = args.size() < 2 ? std::nullopt : const_integer(args[1]);
                auto count = args.size() < 3 ? std::optional<int64_t>(INT64_MAX) : const_integer(args[2]);
                bool ascii = a && std::all_of(a->begin(), a->end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
                if (ascii && start && count && *start >= 0 && *count >= 0)
                    return texts(static_cast<size_t>(*start) >= a->size() ? "" : a->substr(static_cast<size_t>(*start), static_cast<size_t>(*count)));
                break;
            }
            case Builtin::Floor: if (n) return make_integer(static_cast<int64_t>(std::floor(*n)), plain(TypeKind::Int), where);  break;
            case Builtin::Ceil: if (n) return make_integer(static_cast<int64_t>(std::ceil(*n)), plain(TypeKind::Int), where); break;
            case Builtin::Absolute: if (n) return make_number(std::fabs(*n), where); break;
            case Builtin::Join:
                if (values_[args[0]].op == Op::List && b) {
                    std::vector<ValueId> parts;
                    for (uint32_t i = 0; i < values_[args[0]].b; i++) {
                        if (i) parts.push_back(args[1]);
                        parts.push_back(as_text(values_.links(args[0])[i], where));
                    }
                    return make_concat(parts, plain(TypeKind::String), where);
                }
                break;
            default: break;
        }
        ValueId result = make_call(signature->builtin, args, plain(signature->result), where);
        if (signature->builtin == Builtin::Now) values_.edit(result).time = Time::Run;
        return result;
    }

    if (name == "s3") {
        if (wrong_count(1, 2) || is_error(argument(0, TypeKind::Bucket))) return error_value(where);
        ValueId key = args.size() > 1 ? argument(1, TypeKind::String) : texts("");
        if (is_error(key)) return key;
        ir::Field fields[] = {{known_.bucket, args[0]}, {known_.key, key}};
        return make_record(fields, plain(TypeKind::S3), where);
    }
    if (name == "ecr") {
        if (wrong_count(1, 1) || is_error(argument(0, TypeKind::String)) || !known_by(args[0], Time::Deploy, spans[0], "the repository of an image")) return error_value(where);
        auto aws = [&](std::string_view pseudo) {
            ValueId id = make(Op::Pseudo, Time::Deploy, plain(TypeKind::Arn), where);
            values_.edit(id).chars = {pseudo.data(), static_cast<uint32_t>(pseudo.size())};
            return id;
        };
        ValueId account = named_value("account"), region = named_value("region"), tag = named_value("tag"), digest = named_value("digest");
        ValueId account_text = account == ValueId::none ? aws("AccountId") : account;
        ValueId region_text = region == ValueId::none ? aws("Region") : region;
        std::vector<ValueId> parts{account_text, texts(".dkr.ecr."), region_text, texts("."), aws("URLSuffix"), texts("/"), args[0]};
        if (tag != ValueId::none) parts.insert(parts.end(), {texts(":"), as_text(tag, where)});
        if (digest != ValueId::none) parts.insert(parts.end(), {texts("@"), digest});
        ir::Field fields[] = {{known_.uri, make_concat(parts, plain(TypeKind::String), where)},
                              {known_.account, account_text}, {known_.region, region_text}, {known_.repository, args[0]}};
        return make_record(fields, plain(TypeKind::Image), where);
    }
    if (name == "within") {   // a place below a known location whose exact address a service tells
        if (wrong_count(2, 2) || is_error(argument(0, TypeKind::S3))) return error_value(where);
        ValueId uri = with_type(args[1], plain(TypeKind::String));
        if (values_[args[0]].op != Op::Record) return with_type(uri, plain(TypeKind::S3));
        ir::Field fields[] = {{known_.bucket, values_.field(args[0], known_.bucket)}, {known_.key, values_.field(args[0], known_.key)}, {known_.uri, uri}};
        return make_record(fields, plain(TypeKind::S3), where);
    }
    if (name == "fresh_name" || name == "name_prefix" || name == "run_token") local_used_ = true;   // the stage's own
    if (name == "fresh_name" || name == "name_prefix") {   // name_prefix: what every fresh_name of this stage begins with
        if (wrong_count(1, 1)) return error_value(where);
        auto most = static_cast<size_t>(const_integer(args[0]).value_or(63));
        std::string full = job_name_part(fmt::format("{}-{}", pipeline_ ? text(pipeline_->name) : "", frame_->path));
        size_t room = most - fresh_length - 1;
        if (full.size() > room) {   // cut, but two long names that begin alike must not become one
            std::string mark = fmt::format("-{:04x}", Interner::hash(full) & 0xffff);
            full = job_name_part(full.substr(0, room - mark.size())) + mark;
        }
        if (full.empty() || full[0] < 'a') full.insert(0, "z");
        if (name == "name_prefix") return texts(full + "-");
        ValueId fresh = make(Op::Fresh, Time::Run, plain(TypeKind::String), where);
        values_.edit(fresh).integer = fresh_length;
        ValueId parts[] = {texts(full + "-"), fresh};
        return make_concat(parts, plain(TypeKind::String), where);
    }
    if (name == "run_token") {   // one for all tries of one state, another for each execution, redrive, item and turn
        if (wrong_count(0, 0)) return error_value(where);
        ValueId token = make(Op::Fresh, Time::Run, plain(TypeKind::String), where);
        values_.edit(token).integer = 48;
        values_.edit(token).sub = ir::stable_on_retry;   // a lost answer must not start a second run
        ValueId parts[] = {texts(fmt::format("{:08x}-", Interner::hash(frame_->path))), token};
        return make_concat(parts, plain(TypeKind::String), where);
    }
    if (name == "length") {
        if (wrong_count(1, 1)) return error_value(where);
        const Value& v = values_[args[0]];
        if (v.op == Op::List || v.op == Op::Record) return make_integer(v.b, plain(TypeKind::Int), where);
        if (auto t = const_text(args[0])) return make_integer(characters(*t), plain(TypeKind::Int), where);
        return make_call(Builtin::Length, args, plain(TypeKind::Int), where);
    }
    if (name == "contains") {
        if (wrong_count(2, 2)) return error_value(where);
        if (auto a = const_text(args[0]), b = const_text(args[1]); a && b) return make_bool(a->find(*b) != std::string_view::npos, where);
        return make_call(Builtin::Contains, args, plain(TypeKind::Bool), where);
    }
    if (name == "split") {
        if (wrong_count(2, 2) || is_error(argument(0, TypeKind::String)) || is_error(argument(1, TypeKind::String))) return error_value(where);
        return make_call(Builtin::Split, args, types_.list(plain(TypeKind::String)), where);
    }
    if (name == "min" || name == "max") {
        if (args.size() < 2) return wrong_count(2, 16), error_value(where);
        syntax::Operator better = name == "min" ? syntax::Operator::LessEqual : syntax::Operator::GreaterEqual;
        ValueId best = args[0];
        for (size_t i = 1; i < args.size(); i++) {
            TypeKind k = kind_of(args[i]);
            bool same = k == kind_of(best) || ((k == TypeKind::Int || k == TypeKind::Float) && (kind_of(best) == TypeKind::Int || kind_of(best) == TypeKind::Float));
            if (!same || (k != TypeKind::Int && k != TypeKind::Float && k != TypeKind::Duration && k != TypeKind::Size)) {
                diagnostics_.report(diag::TypeMismatch, spans[i], type_text(type_of(best)), type_text(type_of(args[i])));
                return error_value(where);
            }
            best = make_conditional(make_binary(better, best, args[i], plain(TypeKind::Bool), where), best, args[i], where);
        }
        return best;
    }
    if (name == "keys" || name == "values") {
        if (wrong_count(1, 1)) return error_value(where);
        if (values_[args[0]].op != Op::Record) return make_call(name == "keys" ? Builtin::Keys : Builtin::Values, args, types_.list(plain(name == "keys" ? TypeKind::String : TypeKind::Json)), where);
        std::vector<ValueId> items;
        for (uint32_t i = 0; i < values_[args[0]].b; i++) {
            ir::Field f = values_.fields(args[0])[i];
            items.push_back(name == "keys" ? texts(text(f.key)) : f.value);
        }
        return make_list(items, plain(TypeKind::Literals), where);
    }
    if (name == "exists") {
        if (wrong_count(1, 1)) return error_value(where);
        return make_binary(syntax::Operator::NotEqual, args[0], make_null(where), plain(TypeKind::Bool), where);
    }
    if (name == "file") {
        auto path = args.size() == 1 ? const_text(args[0]) : std::nullopt;
        if (!path) return wrong_count(1, 1) || known_by(args[0], Time::Const, spans[0], "the name of a file"), error_value(where);
        const SourceFile& from = session_.sources.file(frame_->module->tree.file);
        if (from.library) {
            auto embedded = library::file(*path);
            if (embedded) return make_text(*embedded, plain(TypeKind::String), where);
        } else if (auto content = session_.provider.read(session_.provider.resolve(from.name, *path))) {
            return texts(*content);
        }
        diagnostics_.report(diag::UnreadableImport, spans[0], *path).help("paths are relative to the file that names them");
        return error_value(where);
    }
    if (name == "has_local_nvme" || name == "has_gpu") {
        if (wrong_count(1, 1) || is_error(argument(0, TypeKind::Instance))) return error_value(where);
        if (auto type = const_text(args[0])) return make_bool(name == "has_gpu" ? schema::has_gpu(*type) : schema::has_local_nvme(*type), where);
        // not known while compiling: a disk key would be refused by NVMe instances, none is refused by nobody
        return make_bool(true, where);
    }
    if (name == "date") {
        if (wrong_count(1, 1)) return error_value(where);
        return coerce(args[0], plain(TypeKind::Date), spans[0]);
    }
    if (name == "arn") {   // arn("glue", "job/x")
        if (wrong_count(2, 2) || is_error(argument(0, TypeKind::String)) || is_error(argument(1, TypeKind::String))) return error_value(where);
        auto aws = [&](std::string_view pseudo) {
            ValueId id = make(Op::Pseudo, Time::Deploy, plain(TypeKind::Arn), where);
            values_.edit(id).chars = {pseudo.data(), static_cast<uint32_t>(pseudo.size())};
            return id;
        };
        ValueId parts[] = {texts("arn:"), aws("Partition"), texts(":"), args[0], texts(":"), aws("Region"), texts(":"), aws("AccountId"), texts(":"), args[1]};
        return make_concat(parts, plain(TypeKind::Arn), where);
    }
    if (name == "cron" || name == "rate" || name == "at") {
        // the parts of a schedule as a record; `schedule:` reads it
        if (wrong_count(1, 1)) return error_value(where);
        ValueId expression = args[0];
        if (name == "rate") {
            auto seconds = kind_of(expression) == TypeKind::Duration ? const_integer(expression) : std::nullopt;
            if (!seconds) return coerce(expression, plain(TypeKind::Duration), spans[0]), error_value(where);
            int64_t unit = *seconds % 86400 == 0 ? 86400 : *seconds % 3600 == 0 ? 3600 : 60;
            if (*seconds < 60 || *seconds % 60) {
                diagnostics_.report(diag::BadSchedule, spans[0], "a rate is in whole minutes").help("write `rate(5m)`, `rate(12h)`, `rate(1d)`");
                return error_value(where);
            }
            int64_t count = *seconds / unit;
            expression = texts(fmt::format("rate({} {}{})", count, unit == 86400 ? "day" : unit == 3600 ? "hour" : "minute", count == 1 ? "" : "s"));
        } else {
            if (is_error(argument(0, TypeKind::String)) || !known_by(args[0], Time::Const, spans[0], "a schedule")) return error_value(where);
            expression = texts(fmt::format("{}({})", name, const_text(args[0]).value_or("")));
            values_.edit(expression).where = spans[0];
        }
        std::vector<ir::Field> fields{{known_.expression, expression}};
        for (auto& n : named) fields.push_back({n.first, n.second});
        return make_record(fields, plain(TypeKind::Literals), where);
    }
    
    if (name == "merge") {
        std::vector<ir::Field> fields;
        for (size_t i = 0; i < args.size(); i++) {
            if (values_[args[i]].op != Op::Record) {
                diagnostics_.report(diag::NotARecord, spans[i], type_text(type_of(args[i])));
                return error_value(where);
            }
            for (uint32_t k = 0; k < values_[args[i]].b; k++) {
                ir::Field f = values_.fields(args[i])[k];
                auto same = std::find_if(fields.begin(), fields.end(), [&](auto& x) { return x.key == f.key; });
                if (same == fields.end()) fields.push_back(f);
                else same->value = f.value;
            }
        }
        return make_record(fields, plain(TypeKind::Literals), where);
    }
    return known = false, ValueId::none;
}

}  // namespace zflow::elaborate
