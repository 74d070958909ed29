#include "syntax/parse.hpp"

#include "../../grammar/messages.hpp"
#include "../../grammar/zflow.hpp"
#include "syntax/builder.hpp"
#include "syntax/literals.hpp"
#include "syntax/pieces.hpp"
#include "syntax/readable.hpp"
#include "syntax/recovery.hpp"
#include "syntax/repair.hpp"

namespace zflow::syntax {

namespace {

namespace g = grammar;
namespace p = tao::pegtl;

/// The input remembers the blanks that were skipped last: after a value they are tried before its suffix, its operator
/// and the next entry.
struct Input : p::memory_input<p::tracking_mode::lazy, p::eol::lf_crlf, const char*> {
    using memory_input::memory_input;
    const char* blanks_begin = nullptr;
    const char* blanks_end = nullptr;
};

// ---- what happens when a `must` fails

/// `must_if` demands that every `must` has its message. Its own exception would count lines from the beginning of the
/// file and copy strings for each mistake, so ours is reported at once and only a mark is thrown.
template <typename Rule>
struct control : p::must_if<g::messages>::control<Rule> {
    template <typename In>
    [[noreturn]] static void raise(const In& in, Builder& b) {
        static_assert(g::error_message<Rule> != nullptr, "this rule needs a message in grammar/messages.hpp");
        b.fault(in.current(), g::error_message<Rule>);
        throw Fault{};
    }
};

// ---- kinds of actions

/// Base of actions that stand around the matching of their rule: `Self::run(in, b, match)` is called where nodes are
/// made (not in the grammar's `at` and `not_at`).
template <typename Self>
struct around {
    template <typename Rule, p::apply_mode A, p::rewind_mode M, template <typename...> class Action,
              template <typename...> class Control, typename In>
    static bool match(In& in, Builder& b) {
        auto match = [&] { return p::match<Rule, A, M, Action, Control>(in, b); };
        if constexpr (A == p::apply_mode::nothing) return match();
        else return Self::run(in, b, match);
    }
};

/// A node of what its rule matched; what it left on the stack are the children.
template <NodeKind Kind, uint8_t Flag = 0>
struct makes : around<makes<Kind, Flag>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        Node& node = b.reduce(Kind, b.offset(begin), b.offset(in.current()), first);
        if constexpr (Flag != 0) node.flag = Flag;
        return true;
    }
};

/// A node that may begin with a doc comment.
template <NodeKind Kind>
struct documented : around<documented<Kind>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        uint32_t first = b.pending();
        bool doc = b.take_doc();
        if (!match()) return b.cut(first), b.keep_doc(doc), false;
        b.reduce(Kind, doc ? b.at(first).begin : b.offset(begin), b.offset(in.current()), first);
        return true;
    }
};

/// A node around the one before it: `x` becomes `x.name`.
template <NodeKind Kind, uint8_t Flag = 0>
struct wraps : around<wraps<Kind, Flag>> {
    static bool run(Input& in, Builder& b, auto match) {
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        b.wrap(Kind, b.offset(in.current()), first - 1).flag = Flag;
        return true;
    }
};

/// One level of nesting.
struct nests : around<nests> {
    static bool run(Input& in, Builder& b, auto match) {
        b.enter(in.current());
        bool matched = match();
        b.leave();
        return matched;
    }
};

/// ListFor and RecordFor: the flag says that there is a condition.
template <NodeKind Kind, uint32_t Plain>
struct makes_loop : around<makes_loop<Kind, Plain>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        uint32_t names = b.at(first + 1).kind == NodeKind::Name ? 2 : 1;
        bool filtered = b.pending() - first - names > Plain;
        b.reduce(Kind, b.offset(begin), b.offset(in.current()), first).flag = filtered;
        return true;
    }
};

template <NodeKind Kind, bool Block = false>
struct makes_string : around<makes_string<Kind, Block>> {
    static bool run(Input& in, Builder& b, auto match) {
        uint32_t begin = b.offset(in.current());
        uint32_t first = b.pending();
        uint32_t outer = std::exchange(b.string_begin, begin);
        bool matched = match();
        b.string_begin = outer;
        if (!matched) return b.cut(first), false;
        b.string(Kind, begin, b.offset(in.current()), first, Block);
        return true;
    }
};

template <NodeKind Kind>
struct leaf {
    static void apply(const auto& in, Builder& b) { b.leaf(Kind, b.offset(in.begin()), b.offset(in.end())); }
};

/// Tells the builder where the rule matched.
template <auto Method>
struct calls {
    static void apply(const auto& in, Builder& b) { (b.*Method)(b.offset(in.begin()), b.offset(in.end())); }
};

template <Operator Op>
struct infix {
    static void apply(const auto& in, Builder& b) { b.infix(Op, b.offset(in.begin()), b.offset(in.end())); }
};

template <Operator Op>
struct prefix {
    static void apply(const auto& in, Builder& b) { b.prefix(Op, b.offset(in.begin()), b.offset(in.end())); }
};

// ---- going on after a mistake

/// What cannot be parsed becomes an Error node, and parsing goes on after it.
template <bool InBlock>
struct recovers : around<recovers<InBlock>> {
    static bool run(Input& in, Builder& b, auto match) {
        Builder::Mark mark = b.mark();
        const char* begin = in.current();
        try {
            if (match()) return true;
        } catch (const Fault&) {
        } catch (const Abandon&) {
            if (InBlock) throw;
        }
        b.reset(mark);
        const char* to = place_to_go_on(in.begin(), in.end(), begin, InBlock ? Around::Block : Around::File);
        in.bump(static_cast<size_t>(to - in.current()));
        while (to > begin && g::is(to[-1], g::blank)) to--;
        b.leaf(NodeKind::Error, b.offset(begin), b.offset(to));
        return true;
    }
};

/// Of an entry that cannot be parsed its name is kept: it is not missing. The other entries are read as ever.
struct recovers_entry : around<recovers_entry> {
    static bool run(Input& in, Builder& b, auto match) {
        Builder::Mark mark = b.mark();
        const char* begin = in.current();
        uint32_t string_begin = b.string_begin;
        try {
            return match();
        } catch (const Fault&) {
            b.reset(mark);
            b.string_begin = string_begin;
            const char* to = next_entry(b, begin);
            bool misread = to || continues(b, begin);
            if (misread) begin = b.text() + b.top().begin;
            if (!to) to = place_to_go_on(in.begin(), in.end(), begin, Around::Record);
            if (!to) throw;
            if (misread) b.cut(b.pending() - 1);
            in.iterator() = to;   // perhaps back
            broken(b, begin, to);
            return true;
        }
    }

    /// `a: 1 +` and `b: 2` on the next line: its name was read as a part of the entry before. Where it begins.
    static const char* next_entry(Builder& b, const char* colon) {
        if (*colon != ':' || b.pending() == 0 || b.top().kind != NodeKind::Entry) return nullptr;
        const char* entry = b.text() + b.top().begin;
        const char* name = colon;
        while (name > entry && g::is(name[-1], g::inline_blank)) name--;
        while (name > entry && g::is(name[-1], g::tail)) name--;
        const char* line = name;
        while (line > entry && g::is(line[-1], g::inline_blank)) line--;
        return line > entry && line[-1] == '\n' && g::is(*name, g::head) ? name : nullptr;
    }

    /// `name = value`, `name: value value`: what seemed to be an entry is the beginning of this one.
    static bool continues(Builder& b, const char* begin) {
        if (b.pending() == 0 || b.top().kind != NodeKind::Entry) return false;
        const char* end = b.text() + b.top().end;
        return end <= begin && g::skip(end, begin, g::inline_blank) == begin;
    }

    static void broken(Builder& b, const char* begin, const char* to) {
        while (to > begin && (g::is(to[-1], g::blank) || to[-1] == ',')) to--;
        const char* name_end = g::is(*begin, g::head) ? g::skip(begin, to, g::tail) : begin;
        if (name_end == begin) return void(b.leaf(NodeKind::Error, b.offset(begin), b.offset(to)));
        uint32_t first = b.pending();
        b.name(NodeKind::Name, b.offset(begin), b.offset(name_end));
        b.leaf(NodeKind::Error, b.offset(name_end), b.offset(to));
        b.reduce(NodeKind::Entry, b.offset(begin), b.offset(to), first);
    }
};

// ---- the action of each rule

template <typename Rule> struct action {};

template <> struct action<g::declaration> : recovers<false> {};
template <> struct action<g::statement> : recovers<true> {};

template <> struct action<g::name> {
    static void apply(const auto& in, Builder& b) { b.name(NodeKind::Name, b.offset(in.begin()), b.offset(in.end())); }
};
template <> struct action<g::shorthand> : action<g::name> {};
template <> struct action<g::label> {
    static void apply(const auto& in, Builder& b) {  // only now is it known that a `:` follows the name
        b.name(NodeKind::Name, b.offset(in.begin()), b.offset(g::skip(in.begin(), in.end(), g::tail)));
    }
};
template <> struct action<g::path> : makes<NodeKind::Path> {};
template <> struct action<g::doc_text> : calls<&Builder::doc> {};

// literals
template <> struct action<g::integer> : leaf<NodeKind::Integer> {};
template <> struct action<g::decimal> : leaf<NodeKind::Decimal> {};
template <> struct action<g::duration> : leaf<NodeKind::Duration> {};
template <> struct action<g::size> : leaf<NodeKind::Size> {};
template <> struct action<g::date> {
    static void apply(const auto& in, Builder& b) {
        uint32_t begin = b.offset(in.begin()), end = b.offset(in.end());
        b.leaf(NodeKind::Date, begin, end);
        if (valid_date({in.begin(), in.size()})) return;
        b.complain(begin, end, fmt::format("`{}` is not a day of the calendar", in.string()));
    }
};
template <> struct action<g::instance> : leaf<NodeKind::Instance> {};
template <> struct action<g::true_value> : leaf<NodeKind::True> {};
template <> struct action<g::false_value> : leaf<NodeKind::False> {};
template <> struct action<g::none_value> : leaf<NodeKind::None> {};
template <> struct action<g::identifier> : calls<&Builder::identifier> {};

// strings
template <> struct action<g::escape> { static void apply0(Builder& b) { b.escaped(); } };
template <> struct action<g::block_escape> : action<g::escape> {};
template <> struct action<g::unicode_escape> {
    static void apply(const auto& in, Builder& b) {
        unsigned long code = std::strtoul(in.begin() + 2, nullptr, 16);
        if (code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF)) return;
        b.complain(b.offset(in.begin()) - 1, b.offset(in.end()), fmt::format("`\\{}` is not a character", in.string()));
    }
};
template <> struct action<g::text> : calls<&Builder::piece> {};
template <> struct action<g::block_text> : action<g::text> {};
template <> struct action<g::quoted> : makes_string<NodeKind::String> {};
template <> struct action<g::block_string> : makes_string<NodeKind::String, true> {};
template <> struct action<g::entry_string> : makes_string<NodeKind::String> {};
template <> struct action<g::import_file> : makes_string<NodeKind::String> {};
template <> struct action<g::cfn_text> : makes_string<NodeKind::String> {};
template <> struct action<g::type_literal> : makes_string<NodeKind::TypeLiteral> {};

// types
template <> struct action<g::type_name> : makes<NodeKind::TypeName> {};
template <> struct action<g::type_record> : makes<NodeKind::TypeRecord> {};
template <> struct action<g::type_optional> : wraps<NodeKind::TypeOptional> {};
template <> struct action<g::type_expr> : around<action<g::type_expr>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        uint32_t first = b.pending();
        if (!nests::run(in, b, match)) return b.cut(first), false;
        if (b.pending() - first > 1) b.reduce(NodeKind::TypeUnion, b.offset(begin), b.offset(in.current()), first);
        return true;
    }
};
template <> struct action<g::field_body> : documented<NodeKind::Field> {};
template <> struct action<g::parameter_body> : documented<NodeKind::Parameter> {};

// expressions
template <> struct action<g::argument> : makes<NodeKind::Argument> {};
template <> struct action<g::arguments> : makes<NodeKind::Arguments> {};
template <> struct action<g::spread> : makes<NodeKind::Spread> {};
template <> struct action<g::list> : makes<NodeKind::List> {};
template <> struct action<g::list_for> : makes_loop<NodeKind::ListFor, 2> {};
template <> struct action<g::entry> : makes<NodeKind::Entry> {};
template <> struct action<g::record> : around<action<g::record>> {
    static bool run(Input& in, Builder& b, auto match) {
        uint32_t first = b.pending();
        if (!makes<NodeKind::Record>::run(in, b, match)) return b.cut(first), false;
        b.check_entries();
        return true;
    }
};
template <> struct action<g::record_part> : recovers_entry {};
template <> struct action<g::record_for> : makes_loop<NodeKind::RecordFor, 3> {};
template <> struct action<g::located> : makes<NodeKind::Located> {};
template <> struct action<g::paren> : around<action<g::paren>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        if (!match()) return false;
        b.widen(b.offset(begin), b.offset(in.current()));
        return true;
    }
};
template <> struct action<g::member> : wraps<NodeKind::Member> {};
template <> struct action<g::optional_member> : wraps<NodeKind::Member, 1> {};
template <> struct action<g::index> : wraps<NodeKind::Index> {};
template <> struct action<g::apply> : wraps<NodeKind::Apply> {};
template <> struct action<g::assertion> : wraps<NodeKind::Assert> {};

template <> struct action<g::operator_not> : prefix<Operator::Not> {};
template <> struct action<g::operator_minus> : prefix<Operator::Minus> {};
template <> struct action<g::operator_or> : infix<Operator::Or> {};
template <> struct action<g::operator_and> : infix<Operator::And> {};
template <> struct action<g::operator_in> : infix<Operator::In> {};
template <> struct action<g::operator_equal> : infix<Operator::Equal> {};
template <> struct action<g::operator_not_equal> : infix<Operator::NotEqual> {};
template <> struct action<g::operator_less_equal> : infix<Operator::LessEqual> {};
template <> struct action<g::operator_less> : infix<Operator::Less> {};
template <> struct action<g::operator_greater_equal> : infix<Operator::GreaterEqual> {};
template <> struct action<g::operator_greater> : infix<Operator::Greater> {};
template <> struct action<g::operator_default> : infix<Operator::Default> {};
template <> struct action<g::operator_add> : infix<Operator::Add> {};
template <> struct action<g::operator_subtract> : infix<Operator::Subtract> {};
template <> struct action<g::operator_multiply> : infix<Operator::Multiply> {};
template <> struct action<g::operator_divide> : infix<Operator::Divide> {};
template <> struct action<g::operator_modulo> : infix<Operator::Modulo> {};
template <> struct action<g::operator_is> : calls<&Builder::type_test> {};

/// Drops what its rule left when it does not match.
struct cuts : around<cuts> {
    static bool run(Input&, Builder& b, auto match) {
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        return true;
    }
};
template <bool Records> struct action<g::type_test<Records>> : cuts {};
template <bool Records> struct action<g::operand<Records>> : cuts {};
template <bool Records> struct action<g::binary<Records>> : around<action<g::binary<Records>>> {
    static bool run(Input&, Builder& b, auto match) {
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        b.fold(first);
        return true;
    }
};
template <> struct action<g::expr> : nests {};
template <> struct action<g::header> : nests {};
template <> struct action<g::conditional> : makes<NodeKind::Conditional> {};

// statements
template <> struct action<g::block> : around<action<g::block>> {
    static bool run(Input& in, Builder& b, auto match) {
        uint32_t outer = std::exchange(b.block_begin, b.offset(in.current()));
        bool matched = nests::run(in, b, [&] { return makes<NodeKind::Block>::run(in, b, match); });
        b.block_begin = outer;
        return matched;
    }
};
template <> struct action<g::missing_close> {
    static void apply(const auto& in, Builder& b) { b.missing_close(in.begin(), b.block_begin); }
};
template <> struct action<g::foreign> {
    static void apply(const auto& in, Builder& b) { b.fault(in.begin(), "expected a statement"); }
};
template <> struct action<g::setting> : makes<NodeKind::Setting> {};
template <> struct action<g::stage_body> : documented<NodeKind::Stage> {};
template <> struct action<g::let_statement> : makes<NodeKind::Let> {};
template <> struct action<g::else_if> : nests {};
template <> struct action<g::if_statement> : makes<NodeKind::If> {};
template <> struct action<g::if_or_conditional> : around<action<g::if_or_conditional>> {
    static bool run(Input& in, Builder& b, auto match) {
        const char* begin = in.current();
        uint32_t first = b.pending();
        if (!match()) return b.cut(first), false;
        NodeKind kind = b.at(first + 1).kind == NodeKind::Block ? NodeKind::If : NodeKind::Conditional;
        b.reduce(kind, b.offset(begin), b.offset(in.current()), first);
        return true;
    }
};
template <> struct action<g::arm> : makes<NodeKind::Arm> {};
template <> struct action<g::match_statement> : makes<NodeKind::Match> {};
template <> struct action<g::branch> : makes<NodeKind::Branch> {};
template <> struct action<g::parallel_statement> : makes<NodeKind::Parallel> {};
template <> struct action<g::for_statement> : makes<NodeKind::For> {};
template <> struct action<g::catch_clause> : makes<NodeKind::Catch> {};
template <> struct action<g::try_statement> : makes<NodeKind::Try> {};
template <> struct action<g::poll_statement> : makes<NodeKind::Poll> {};
template <> struct action<g::skip_statement> : makes<NodeKind::Skip> {};
template <> struct action<g::call_statement> : makes<NodeKind::Call> {};
template <> struct action<g::cfn_statement> : makes<NodeKind::Cfn> {};
template <> struct action<g::role_statement> : makes<NodeKind::Role> {};
template <> struct action<g::access_statement> : makes<NodeKind::Access> {};
template <> struct action<g::grant_statement> : makes<NodeKind::Grant> {};
template <> struct action<g::require_statement> : makes<NodeKind::Require> {};
template <> struct action<g::wait_until> : makes<NodeKind::Wait, 1> {};
template <> struct action<g::wait_statement> : makes<NodeKind::Wait> {};
template <> struct action<g::fail_statement> : makes<NodeKind::Fail> {};
template <> struct action<g::return_statement> : makes<NodeKind::Return> {};
template <> struct action<g::yield_statement> : makes<NodeKind::Yield> {};

// declarations
template <> struct action<g::import> : documented<NodeKind::Import> {};
template <> struct action<g::stack> : documented<NodeKind::Stack> {};
template <> struct action<g::option> : documented<NodeKind::Option> {};
template <> struct action<g::param> : documented<NodeKind::Param> {};
template <> struct action<g::const_declaration> : documented<NodeKind::Const> {};
template <> struct action<g::secret> : documented<NodeKind::Secret> {};
template <> struct action<g::resource> : documented<NodeKind::Resource> {};
template <> struct action<g::container> : documented<NodeKind::Container> {};
template <> struct action<g::dataset> : documented<NodeKind::Dataset> {};
template <> struct action<g::type_declaration> : documented<NodeKind::TypeDeclaration> {};
template <> struct action<g::function> : documented<NodeKind::Function> {};
template <> struct action<g::stage_kind> : documented<NodeKind::StageKind> {};
template <> struct action<g::resource_kind> : documented<NodeKind::ResourceKind> {};
template <> struct action<g::pipeline> : documented<NodeKind::Pipeline> {};
template <> struct action<g::output> : documented<NodeKind::Output> {};

}  // namespace

Tree parse_piece(const Source& source, Piece piece, NodeList nodes, Interner& names, Diagnostics& diagnostics) {
    std::string_view text = source.text;
    std::string_view own = text.substr(piece.begin, piece.end - piece.begin);
    if (size_t bad = first_bad_byte(own); bad < own.size()) {
        auto at = static_cast<uint32_t>(piece.begin + bad);
        diagnostics.report(diag::NotText, {source.file, at, at + 1}, source.name);
        return Builder({}, source.file, std::move(nodes), names, diagnostics).finish();
    }
    Builder builder(text, source.file, std::move(nodes), names, diagnostics);
    Input in(own.data(), own.data() + own.size(), "");
    p::parse<g::file, action, control>(in, builder);
    return builder.finish();
}

Tree parse(const SourceMap& sources, FileId file, Interner& names, Diagnostics& diagnostics) {
    Source source(sources, file);
    auto size = static_cast<uint32_t>(source.text.size());
    Diagnostics found;
    Tree tree = parse_piece(source, {0, size}, NodeList(room_for(size)), names, found);
    return found.size() ? repaired(source, std::move(tree), found, names, diagnostics) : std::move(tree);
}

}  // namespace zflow::syntax
