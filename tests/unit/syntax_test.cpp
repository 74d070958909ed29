#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "syntax/literals.hpp"
#include "syntax/parse.hpp"

using namespace zflow;
using namespace zflow::syntax;

namespace {

struct Parsed {
    SourceMap sources;
    Interner names;
    Diagnostics diagnostics;
    Tree tree;

    explicit Parsed(std::string text) {
        FileId file = sources.add("test.zflow", std::move(text));
        tree = syntax::parse(sources, file, names, diagnostics);
    }

    /// Every diagnostic as `line:column message [text]`.
    std::vector<std::string> errors() const {
        std::vector<std::string> all;
        for (const Diagnostic* d : diagnostics.sorted()) {
            LineColumn at = sources.position(d->span.file, d->span.begin);
            all.push_back(fmt::format("{}:{} {} [{}]", at.line, at.column, d->message, sources.text(d->span)));
        }
        return all;
    }
};

/// A node as one line: `Kind(child child)`, leaves with their text, operators as they are written.
void shape(std::string& out, const Tree& tree, NodeId id) {
    const Node& node = tree[id];
    static constexpr std::string_view signs[] = {"", "or", "and", "not", "==", "!=", "<", "<=", ">", ">=", "in", "??", "+", "-", "*", "/", "%", "-"};
    switch (node.kind) {
        case NodeKind::Binary:
        case NodeKind::Unary: out += '('; break;
        case NodeKind::Name:
        case NodeKind::Identifier:
        case NodeKind::Integer: out += tree.text_of(id); return;
        default:
            out += name_of(node.kind);
            if (node.flag) out += fmt::format("/{}", node.flag);
            if (!node.child) {
                if (node.end > node.begin) out += fmt::format("<{}>", tree.text_of(id));
                return;
            }
            out += '(';
    }
    if (node.kind == NodeKind::Unary) out += std::string(signs[static_cast<size_t>(node.op)]) + " ";
    bool first = true;
    for (NodeId child : Children(tree, id)) {
        if (!first) out += node.kind == NodeKind::Binary ? " " + std::string(signs[static_cast<size_t>(node.op)]) + " " : " ";
        first = false;
        shape(out, tree, child);
    }
    out += ')';
}

std::string shape_of(const std::string& text) {
    Parsed parsed(text);
    std::string out;
    for (NodeId child : Children(parsed.tree, 0)) {
        if (!out.empty()) out += '\n';
        shape(out, parsed.tree, child);
    }
    for (const std::string& error : parsed.errors()) out += "\n! " + error;
    return out;
}

/// The shape of an expression.
std::string expr(const std::string& text) {
    std::string whole = shape_of("const x = " + text);
    std::string_view prefix = "Const(x ";
    if (!whole.starts_with(prefix) || !whole.ends_with(')')) return whole;
    return whole.substr(prefix.size(), whole.size() - prefix.size() - 1);
}

/// The shape of the statements of a pipeline.
std::string statements(const std::string& text) {
    std::string whole = shape_of("pipeline p {\n" + text + "\n}");
    std::string_view prefix = "Pipeline(p Block(";
    if (!whole.starts_with(prefix) || !whole.ends_with("))")) return whole;
    return whole.substr(prefix.size(), whole.size() - prefix.size() - 2);
}

std::vector<std::string> errors_of(std::string text) { return Parsed(std::move(text)).errors(); }

const std::string sample = R"zflow(/// Risk scoring of orders, trained weekly, served online.
stack payments_risk {
    tags: { team: "payments" }
    alarms: oncall
}
param environment: "test" | "live" = "test"
secret token = "databricks/token"
resource oncall = topic {}
container sklearn { image: ecr("risk/sklearn", tag: "1.4") }
dataset Orders { order_id: String, amount: Float, fraud: Bool } as parquet
type Market = String(pattern: "[A-Z]{2}")
function prefix(day: Date) = "orders/${day}/"

pipeline risk(run_date: Date, note: String? = none) {
    schedule: cron("0 3 ? * MON *", zone: "Europe/Berlin")
    stage extract = databricks_job {
        job: 4711
        parameters: { date: run_date, environment }
        writes: Dataset<Orders> at s3(data, "orders/${run_date}/")
        retry: [{ on: Databricks.Transient, attempts: 3, interval: 30s, backoff: 2 }]
    }
    let models = for country in countries (at_most: 2) {
        stage train = training_job { instance: ml.m5.2xlarge, eta: 0.2 }
        yield train.model
    }
    let both = parallel {
        left { stage a = lambda_job { function: f } }
        right { wait 30s }
    }
    if both.left.a.score >= 0.92 and not (note == none) {
        stage serve = endpoint { name: "risk-${environment}", containers: [sklearn, models[0]] }
    } else if environment == "live" {
        fail ModelTooWeak "auc ${both.left.a.score} is below 0.92"
    } else skip
    match environment {
        "test" => { wait 10s }
        else => skip
    }
    try {
        stage again = lambda_job { function: f }
    } catch States.Timeout, Lambda.Unknown as problem {
        fail Broken "failed: ${problem.cause}"
    }
    return { model: models[0], at: run_date }
}

stage kind waiter(
    /// What to wait for.
    name: String,
    timeout: Duration = 1h,
) {
    call made = sagemaker.createEndpoint (timeout: 5m) { EndpointName: name }
    poll (every: 60s, up_to: timeout) {
        call status = sagemaker.describeEndpoint { EndpointName: name }
    } until status.EndpointStatus in ["InService", "Failed"]
    require timeout >= 60s, "timeout is at least a minute"
    return { list: [for k, v in { a: 1 } if v > 0: "${k}=${v}"], map: { for k, v in { a: 1 }: k => string(v) } }
}
)zflow";

}  // namespace

TEST_CASE("an empty file and one of blanks are fine", "[syntax]") {
    CHECK(print(Parsed("").tree) == "File 0..0\n");
    CHECK(print(Parsed(" \n// nothing\n/* here */\n").tree) == "File 0..24\n");
}

TEST_CASE("print shows every node", "[syntax]") {
    Parsed parsed("const a = -b\n");
    CHECK(print(parsed.tree) ==
          "File 0..13\n"
          "  Const 0..12\n"
          "    Name 6..7 \"a\"\n"
          "    Unary 10..12 -\n"
          "      Identifier 11..12 \"b\"\n");
}

TEST_CASE("the sample parses", "[syntax]") { CHECK(errors_of(sample).empty()); }

TEST_CASE("a byte order mark and CRLF change nothing", "[syntax]") {
    std::string crlf = "\xEF\xBB\xBF";
    for (char c : sample) crlf += c == '\n' ? "\r\n" : std::string(1, c);
    std::string plain = shape_of(sample), strange = shape_of(crlf);
    std::erase(strange, '\r');
    CHECK(plain == strange);
}

TEST_CASE("declarations", "[syntax]") {
    CHECK(shape_of("import \"a.zflow\" as a\nimport std.sagemaker") == "Import(String<a.zflow> a)\nImport(Path(std sagemaker))");
    CHECK(shape_of("stack s\nstack t { a: 1 }") == "Stack(s)\nStack(t Record(Entry(a 1)))");
    CHECK(shape_of("option o: Int = 3") == "Option(o TypeName(Path(Int)) 3)");
    CHECK(shape_of("param p: A?") == "Param(p TypeOptional(TypeName(Path(A))))");
    CHECK(shape_of("const a: Int = 1\nsecret s = \"x\"") == "Const(a TypeName(Path(Int)) 1)\nSecret(s String<x>)");
    CHECK(shape_of("resource q = sqs.queue {}") == "Resource(q Path(sqs queue) Record<{}>)");
    CHECK(shape_of("container c { a: 1 }\noutput o = 1") == "Container(c Record(Entry(a 1)))\nOutput(o 1)");
    CHECK(shape_of("dataset d { a: Int, b: Int = 2 c: Int } as csv") ==
          "Dataset(d Field(a TypeName(Path(Int))) Field(b TypeName(Path(Int)) 2) Field(c TypeName(Path(Int))) csv)");
    CHECK(shape_of("type A = B | \"c\"\ntype D { e: F }") ==
          "TypeDeclaration(A TypeUnion(TypeName(Path(B)) TypeLiteral<\"c\">))\n"
          "TypeDeclaration(D TypeRecord(Field(e TypeName(Path(F)))))");
    CHECK(shape_of("function f(x: Int, y: Int = 1,) = x") ==
          "Function(f Parameter(x TypeName(Path(Int))) Parameter(y TypeName(Path(Int)) 1) x)");
    CHECK(shape_of("stage kind k() {}\nresource kind r(a: B) {}\nresource kind = q {}") ==
          "StageKind(k Block<{}>)\nResourceKind(r Parameter(a TypeName(Path(B))) Block<{}>)\nResource(kind Path(q) Record<{}>)");
    CHECK(shape_of("pipeline p {}\npipeline q(a: B) {}") ==
          "Pipeline(p Block<{}>)\nPipeline(q Parameter(a TypeName(Path(B))) Block<{}>)");
}

TEST_CASE("types", "[syntax]") {
    auto type = [](const std::string& text) {
        std::string whole = shape_of("type T = " + text);
        return whole.substr(18, whole.size() - 19);
    };
    CHECK(type("a.B") == "TypeName(Path(a B))");
    CHECK(type("List<Map<A, B>>") == "TypeName(Path(List) TypeName(Path(Map) TypeName(Path(A)) TypeName(Path(B))))");
    CHECK(type("S(pattern: \"x\")?") == "TypeOptional(TypeName(Path(S) Arguments(Argument(pattern String<x>))))");
    CHECK(type("(A | B)? | C") ==
          "TypeUnion(TypeOptional(TypeUnion(TypeName(Path(A)) TypeName(Path(B)))) TypeName(Path(C)))");
    CHECK(type("{ a: A\n b: B }") == "TypeRecord(Field(a TypeName(Path(A))) Field(b TypeName(Path(B))))");
}

TEST_CASE("doc comments belong to what follows directly", "[syntax]") {
    CHECK(shape_of("/// a\n/// b\nconst x = 1") == "Const(Doc</// a\n/// b> x 1)");
    CHECK(shape_of("/// a\n\nconst x = 1") == "Const(x 1)");
    CHECK(shape_of("//// a\nconst x = 1 /// b\nconst y = 2") == "Const(x 1)\nConst(y 2)");
    CHECK(shape_of("pipeline p(\n/// a\na: B,\n) {\n/// b\nstage s = k {}\n/// c\nwait 1s\n/// d\n}") ==
          "Pipeline(p Parameter(Doc</// a> a TypeName(Path(B))) Block(Stage(Doc</// b> s Path(k) Record<{}>) Wait(Duration<1s>)))");
    CHECK(shape_of("dataset d {\n /// a\n a: B\n}") == "Dataset(d Field(Doc</// a> a TypeName(Path(B))))");
}

TEST_CASE("statements", "[syntax]") {
    CHECK(statements("stage s = a.b { c: 1 }") == "Stage(s Path(a b) Record(Entry(c 1)))");
    CHECK(statements("call c = a.b.sync (timeout: 5m) { D: e }") ==
          "Call(c Path(a b sync) Arguments(Argument(timeout Duration<5m>)) Record(Entry(D e)))");
    CHECK(statements("cfn t = \"AWS::SNS::Topic\" (retain: true) {}") ==
          "Cfn(t String<AWS::SNS::Topic> Arguments(Argument(retain True<true>)) Record<{}>)");
    CHECK(statements("role r = \"x\"\naccess r { read: [x] }\ngrant { a: 1 }") ==
          "Role(r String<x>) Access(Path(r) Record(Entry(read List(x)))) Grant(Record(Entry(a 1)))");
    CHECK(statements("require a, \"b\"") == "Require(a String<b>)");
    CHECK(statements("let a: Int = 1") == "Let(a TypeName(Path(Int)) 1)");
    CHECK(statements("if a {} else if b {} else {}") == "If(a Block<{}> If(b Block<{}> Block<{}>))");
    CHECK(statements("if a == 1 and not b {}") == "If(((a == 1) and (not b)) Block<{}>)");
    CHECK(statements("for a in b ?? [] {}") == "For(a (b ?? List<[]>) Block<{}>)");
    CHECK(statements("if a {} else skip") == "If(a Block<{}> Skip<skip>)");
    CHECK(statements("match a { \"b\", 1 => skip, else => {} }") ==
          "Match(a Arm(String<b> 1 Skip<skip>) Arm(Block<{}>))");
    CHECK(statements("parallel (at_most: 2) { a {} b {} }") ==
          "Parallel(Arguments(Argument(at_most 2)) Branch(a Block<{}>) Branch(b Block<{}>))");
    CHECK(statements("for a, b in c (at_most: 5) {}") == "For(a b c Arguments(Argument(at_most 5)) Block<{}>)");
    CHECK(statements("for a in f(x) {}") == "For(a Apply(f Argument(x)) Block<{}>)");
    CHECK(statements("try {} catch A.B, C as e {} catch {}") ==
          "Try(Block<{}> Catch(Path(A B) Path(C) e Block<{}>) Catch(Block<{}>))");
    CHECK(statements("poll (every: 1s) {} until a") == "Poll(Arguments(Argument(every Duration<1s>)) Block<{}> a)");
    CHECK(statements("wait 1s\nwait until a") == "Wait(Duration<1s>) Wait/1(a)");
    CHECK(statements("fail A.B \"c\"\nfail D\nskip") == "Fail(Path(A B) String<c>) Fail(Path(D)) Skip<skip>");
    CHECK(statements("return\nyield a\nreturn b") == "Return<return> Yield(a) Return(b)");
    CHECK(statements("schedule: a\nstage: b") == "Setting(schedule a) Setting(stage b)");
}

TEST_CASE("what `let` can begin", "[syntax]") {
    CHECK(statements("let a = for b in c {}") == "Let(a For(b c Block<{}>))");
    CHECK(statements("let a = if b {} else {}") == "Let(a If(b Block<{}> Block<{}>))");
    CHECK(statements("let a = if b then c else d") == "Let(a Conditional(b c d))");
    CHECK(statements("let a = match b { else => skip }") == "Let(a Match(b Arm(Skip<skip>)))");
    CHECK(statements("let a = parallel { b {} }") == "Let(a Parallel(Branch(b Block<{}>)))");
    CHECK(statements("let a = match.score + parallel") == "Let(a (Member(match score) + parallel))");
}

TEST_CASE("precedence", "[syntax]") {
    CHECK(expr("a or b and c") == "(a or (b and c))");
    CHECK(expr("a and b or c") == "((a and b) or c)");
    CHECK(expr("not a == b and c") == "((not (a == b)) and c)");
    CHECK(expr("a + b * c - d") == "((a + (b * c)) - d)");
    CHECK(expr("a - b - c") == "((a - b) - c)");
    CHECK(expr("-a * b") == "((- a) * b)");
    CHECK(expr("a ?? b + c < d") == "((a ?? (b + c)) < d)");
    CHECK(expr("(a + b) * c") == "((a + b) * c)");
    CHECK(expr("- not -a") == "(- (not (- a)))");
    CHECK(expr("a in b and c is D?") == "((a in b) and IsType(c TypeOptional(TypeName(Path(D)))))");
    CHECK(errors_of("const x = a < b < c") == std::vector<std::string>{"1:17 comparisons do not chain: write `a < b and b < c` [<]"});
    CHECK(errors_of("const x = (a < b) == (c < d)").empty());
}

TEST_CASE("spans reach over parentheses", "[syntax]") {
    Parsed parsed("const x = (a + b).c * (d)");
    CHECK(print(parsed.tree).find("Binary 10..25 *\n      Member 10..19\n        Binary 11..16 +") != std::string::npos);
}

TEST_CASE("postfix", "[syntax]") {
    CHECK(expr("a?.b!.c[0](d, e: f)") == "Apply(Index(Member(Assert(Member/1(a b)) c) 0) Argument(d) Argument(e f))");
    CHECK(expr("a\n  .b\n  ?.c") == "Member/1(Member(a b) c)");
    CHECK(expr("a != b") == "(a != b)");
    CHECK(expr("[a, b,]") == "List(a b)");
    CHECK(shape_of("const x = f (a)").find("! 1:13") != std::string::npos);
}

TEST_CASE("lists and records", "[syntax]") {
    CHECK(expr("[...a, b]") == "List(Spread(a) b)");
    CHECK(expr("[for a, b in c if d: e]") == "ListFor/1(a b c d e)");
    CHECK(expr("[for a in b: c]") == "ListFor(a b c)");
    CHECK(expr("{ for a, b in c: d => e }") == "RecordFor(a b c d e)");
    CHECK(expr("{ for a in b if c: d => e }") == "RecordFor/1(a b c d e)");
    CHECK(expr("{ a, b: 1, \"c d\": 2 ...e\n if: 3\n for: 4 in: 5 }") ==
          "Record(Entry(a) Entry(b 1) Entry(String<c d> 2) Spread(e) Entry(if 3) Entry(for 4) Entry(in 5))");
    CHECK(expr("if a then b else c") == "Conditional(a b c)");
}

TEST_CASE("types at places", "[syntax]") {
    CHECK(expr("Json at \"s3://x\"") == "Located(TypeName(Path(Json)) String<s3://x>)");
    CHECK(expr("D<A | {b: C}> at f(x)") ==
          "Located(TypeName(Path(D) TypeUnion(TypeName(Path(A)) TypeRecord(Field(b TypeName(Path(C)))))) Apply(f Argument(x)))");
    CHECK(expr("[a < b, c > d]") == "List((a < b) (c > d))");
    CHECK(expr("{ a\n at: 1 }") == "Record(Entry(a) Entry(at 1))");
}

TEST_CASE("literals", "[syntax]") {
    CHECK(expr("[1_000, 1.5, 1e-5, 0.2, 30s, 1h30m, 50GB, 1GiB, 2026-01-31, ml.p6-b200.48xlarge, true, false, none]") ==
          "List(1_000 Decimal<1.5> Decimal<1e-5> Decimal<0.2> Duration<30s> Duration<1h30m> Size<50GB> Size<1GiB> "
          "Date<2026-01-31> Instance<ml.p6-b200.48xlarge> True<true> False<false> None<none>)");
    CHECK(errors_of("const x = 30x") == std::vector<std::string>{"1:11 `30x` is not a number, duration or size [30x]"});
    CHECK(errors_of("const x = 2026-02-29") == std::vector<std::string>{"1:11 `2026-02-29` is not a day of the calendar [2026-02-29]"});
    CHECK(errors_of("const x = 2024-02-29").empty());
}

TEST_CASE("strings", "[syntax]") {
    CHECK(expr("\"\"") == "String");
    CHECK(expr("\"a $ b\"") == "String<a $ b>");
    CHECK(expr(R"("a\n\u{1F600}\$")") == R"(String/1<a\n\u{1F600}\$>)");
    CHECK(expr(R"("a${b}c\t")") == R"(Template(Text<a> b Text/1<c\t>))");
    CHECK(expr(R"("${"${a}"}")") == "Template(Template(a))");
    CHECK(expr("\"\"\"\n  a \"b\" \\n\n  \"\"\"") == "String/2<  a \"b\" \\n\n  >");
    CHECK(expr("\"\"\"\n${a}\\${b}\"\"\"") == "Template/2(a Text/1<\\${b}>)");
    CHECK(errors_of("const x = \"a\\qb\"").size() == 1);
    CHECK(errors_of("const x = \"\\u{D800}\"") == std::vector<std::string>{"1:12 `\\u{D800}` is not a character [\\u{D800}]"});
    CHECK(errors_of("const x = \"abc\nconst y = 1") ==
          std::vector<std::string>{"1:11 this string is not closed by a `\"` on its line [\"abc]"});
}

TEST_CASE("names are interned, strings are not", "[syntax]") {
    Parsed parsed("const alpha = alpha + \"alpha\" + \"alp\\n\"");
    Symbol alpha = parsed.names.find("alpha");
    REQUIRE(alpha != Symbol::none);
    size_t found = 0, none = 0;
    for (const Node& node : parsed.tree.nodes) {
        if (node.symbol == alpha) found++;
        if (node.kind == NodeKind::String && node.symbol == Symbol::none) none++;
    }
    CHECK(found == 2);
    CHECK(none == 2);
}

TEST_CASE("values of literals", "[syntax]") {
    CHECK(unescape(R"(a\n\t\r\"\\\$\u{e9}\u{1F600})") == "a\n\t\r\"\\$\xC3\xA9\xF0\x9F\x98\x80");
    CHECK(block_text("    a\n      b\n\n    ") == "a\n  b\n");
    CHECK(block_text("  a\r\n  b\\${c}\r\n  ") == "a\nb${c}");
    CHECK(block_text("a\n  b") == "a\n  b");
    CHECK(block_text("") == "");
    CHECK(duration_seconds("1h30m") == 5400);
    CHECK(duration_seconds("1w1d1s") == 8 * 86400 + 1);
    CHECK(size_bytes("2KB") == 2048);
    CHECK(size_bytes("50GiB") == int64_t{50} << 30);
    CHECK(integer("1_000") == 1000);
    CHECK(integer("9223372036854775807") == INT64_MAX);
    CHECK(!integer("9223372036854775808"));
    CHECK(valid_date("2000-02-29"));
    CHECK(!valid_date("1900-02-29"));
    CHECK(!valid_date("2026-13-01"));
}

TEST_CASE("pieces of a block string lose the closing line's indentation", "[syntax]") {
    Parsed parsed("const x = \"\"\"\n    a ${b} c\n      d\n    \"\"\"");
    std::string text;
    for (NodeId id = 0; id < parsed.tree.nodes.size(); id++) {
        if (parsed.tree.kind(id) != NodeKind::Template) continue;
        for (NodeId c : Children(parsed.tree, id)) text += parsed.tree.kind(c) == NodeKind::Text ? piece_value(parsed.tree, id, c) : "|";
    }
    CHECK(text == "a | c\n  d");
}

TEST_CASE("one mistake, one diagnostic, and the rest is still read", "[syntax]") {
    CHECK(shape_of("const a 1\nconst b = 2") == "Error<const a 1>\nConst(b 2)\n! 1:9 expected `=` after the constant's name [1]");
    CHECK(errors_of("param k: Int =\nconst c = 1") == std::vector<std::string>{"1:15 expected a value []"});
    CHECK(statements("stage a b {}\nwait 1s\nlet = 2\nskip").starts_with("Pipeline(p Block(Error<stage a b {}> Wait(Duration<1s>) Error<let = 2> Skip<skip>))"));
    CHECK(errors_of("pipeline p {\n  stage a = k {\n    b: = 1\n    c: 2\n  }\n  stage d = k { e: ) }\n}\nconst x = ]").size() == 3);
    CHECK(errors_of("pipeline p {\n  if a {\n    let = 1\n  } else {\n    let = 2\n  }\n  wait\n}") ==
          std::vector<std::string>{"3:9 expected a name after `let` [=]", "5:9 expected a name after `let` [=]",
                                   "7:7 expected a duration or `until` after `wait` []"});
    CHECK(errors_of("pipeline p {\n  let x = 1 +\n  stage a = k {}\n}") ==
          std::vector<std::string>{"2:14 expected a value after the operator []"});
}

TEST_CASE("a forgotten `}` does not spread", "[syntax]") {
    CHECK(errors_of("pipeline p {\n  if a {\n    wait 1s\n  stage b = k {}\nconst x = 1\nconst y 2").size() == 2);
    CHECK(errors_of("pipeline p {\n  stage a = k {\n    b: 1\n  stage c = k {}\n}\nconst x = 1") ==
          std::vector<std::string>{"3:9 expected `}` []"});
    CHECK(errors_of("container c { a: 1\nparam d: Int\nconst e 1").size() == 2);
    CHECK(shape_of("pipeline p {\n wait 1s\nconst x = 1").starts_with("Pipeline(p Block(Wait(Duration<1s>)))\nConst(x 1)"));
    CHECK(errors_of("pipeline p {} }\nconst x = 1") == std::vector<std::string>{"1:15 this `}` closes nothing [}]"});
}

TEST_CASE("habits from other languages", "[syntax]") {
    auto first = [](const std::string& text) {
        auto all = errors_of("pipeline p {\n" + text + "\n}");
        return all.size() == 1 ? all[0].substr(all[0].find(' ') + 1) : fmt::format("{} errors", all.size());
    };
    CHECK(first("let x = a && b") == "write `and` instead of `&&` [&&]");
    CHECK(first("let x = a || b") == "write `or` instead of `||` [||]");
    CHECK(first("if !a {}") == "write `not` instead of `!` [!]");
    CHECK(first("if a = b {}") == "`=` gives a name its value: write `==` to compare [=]");
    CHECK(first("if a {} elif b {}") == "write `else if` instead of `elif` [elif]");
    CHECK(first("let x = 1;") == "`;` is not needed: a statement ends with its line [;]");
    CHECK(first("let x = 'a'") == "strings are written in double quotes: `\"…\"` ['a']");
    CHECK(first("# comment\nwait 1s") == "comments begin with `//` [#]");
    CHECK(first("let x = null") == "write `none` instead of `null` [null]");
    CHECK(first("let x = True") == "write `true` instead of `True` [True]");
    CHECK(first("/* x").starts_with("this comment is not closed"));
}

TEST_CASE("what is not text", "[syntax]") {
    for (std::string text : {std::string("const a = \"\xFF\""), std::string("const\0a", 7), std::string("\xC0\xAF"), std::string("a\xE2\x82")}) {
        Parsed parsed(text);
        CHECK(parsed.errors().size() == 1);
        CHECK(parsed.diagnostics.sorted()[0]->kind.id == "not-text");
        CHECK(parsed.tree.nodes.size() == 1);
    }
    CHECK(errors_of("const a = \"\xC3\xA9 \xF0\x9F\x98\x80\"").empty());
}

TEST_CASE("nesting has an end", "[syntax]") {
    auto times = [](std::string_view what, size_t count) {
        std::string all;
        for (size_t i = 0; i < count; i++) all += what;
        return all;
    };
    constexpr size_t many = 100'000;
    for (std::string_view opener : {"[", "(", "{a:", "f(", "\"${", "if a then ", "a at ", "[for a in ", "not ", "- ", "1 + ", "1 + not "}) {
        CAPTURE(opener);
        CHECK(errors_of("const x = " + times(opener, many) + "1\nconst y 1").size() == 2);
    }
    for (std::string_view more : {".b", "!", "[0]", "()", "+1"}) {
        CAPTURE(more);
        CHECK(errors_of("const x = a" + times(more, many) + "\nconst y 1").size() == 2);
    }
    for (std::string_view block : {"if a {", "if a {} else ", "match a { else => {", "try {", "parallel { a {", "for a in b {"}) {
        CAPTURE(block);
        CHECK(errors_of("pipeline p {\n" + times(block, many) + "\nconst y 1").size() == 2);
    }
    CHECK(errors_of("const x: " + times("A<", many) + "\nconst y 1").size() == 2);
    CHECK(errors_of("const x = " + times("[", max_depth - 1) + times("]", max_depth - 1)).empty());
    CHECK(errors_of("pipeline p " + times("{ if a ", max_depth - 1) + "{}" + times("}", max_depth - 1)).empty());
}

namespace {

/// Every node but the root has one parent, and lies inside it; backtracking has left none.
void check_tree(const Parsed& parsed, const std::string& text) {
    const Tree& tree = parsed.tree;
    std::vector<int> seen(tree.nodes.size());
    for (NodeId id = 0; id < tree.nodes.size(); id++) {
        uint32_t last = 0;
        for (NodeId child : Children(tree, id)) {
            if (++seen[child] > 1 || tree[child].begin < tree[id].begin || tree[child].end > tree[id].end || tree[child].begin < last) {
                CAPTURE(text);
                FAIL("a wrong tree: " << print(tree));
            }
            last = tree[child].end;
        }
    }
    CAPTURE(text);
    if (std::count(seen.begin() + 1, seen.end(), 0) != 0) FAIL("nodes that are in no tree: " << print(tree));
}

}  // namespace

TEST_CASE("truncated and damaged text never breaks the parser", "[syntax]") {
    for (size_t end = 0; end <= sample.size(); end++) {
        Parsed parsed(sample.substr(0, end));
        check_tree(parsed, sample.substr(0, end));
    }
    std::mt19937 random(7);
    for (size_t round = 0; round < 2000; round++) {
        std::string text = sample;
        for (size_t n = random() % 4; n < 5; n++) {
            size_t at = random() % text.size();
            if (random() % 2) text.erase(at, random() % 10);
            else text.insert(at, 1, "{}()[]<>\"$\\=,:.?!\n/a1 "[random() % 22]);
        }
        Parsed parsed(text);
        check_tree(parsed, text);
    }
}

TEST_CASE("token soup never breaks the parser", "[syntax]") {
    static constexpr std::string_view tokens[] = {
        "pipeline", "stage", "kind", "const", "let", "if", "else", "then", "for", "in", "match", "=>", "=", "{", "}", "(", ")", "[",
        "]", "<", ">", "\"", "\"\"\"", "${", "\\", "a", "b", "1", "30s", ".", "?.", "?", "!", ",", ":", "\n", " ", "at", "is", "not",
        "...", "///", "//", "/*", "*/", "+", "-", "|", "catch", "try", "poll", "until", "skip", "as", "record", "type", "ml.a.b",
    };
    std::mt19937 random(11);
    for (size_t round = 0; round < 5000; round++) {
        std::string text = round % 2 ? "pipeline p {\n" : "";
        for (size_t n = random() % 60; n > 0; n--) {
            text += tokens[random() % std::size(tokens)];
            if (random() % 2) text += ' ';
        }
        Parsed parsed(text);
        check_tree(parsed, text);
    }
}
