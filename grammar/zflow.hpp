// The grammar of zflow, as PEGTL rules. No actions, no messages: what a rule builds stands in compiler/syntax/parse.cpp, what
// is said when a `must` fails in messages.hpp.
//
// Whitespace: a rule eats the blanks and comments between its parts and never those before or after it. `_` is blanks.
// Commitment: after a keyword or an opening bracket the rest is `must`; `then<A, B>` is `_ must<A> _ must<B>`.
// Recovery: `declaration`, `statement` and `record_part` are the places where parsing goes on after a mistake.
#pragma once

#include "syntax/terminals.hpp"

namespace zflow::grammar {

using p::at;
using p::eof;
using p::must;
using p::not_at;
using p::one;
using p::opt;
using p::plus;
using p::rep;
using p::rep_min_max;
using p::seq;
using p::sor;
using p::star;
using p::string;
using p::xdigit;

using _ = blanks;
template <typename... Rules> struct then : seq<seq<_, must<Rules>>...> {};

// items = ( Item ( "," Item )* ","? )?          the bracket that follows is not part of it
template <typename Item, typename Blanks> struct items : seq<Blanks, opt<Item, star<_, one<','>, Blanks, Item>, opt<_, one<','>>>, _> {};

struct expr;
struct header;
struct type_expr;
struct block;
struct record;
struct record_for;

// name, path = name ( "." name )*
struct name : word {};
struct path : seq<name, star<one<'.'>, name>> {};
struct doc : seq<doc_text, _> {};

// What must come next, with the words of its message.
template <Text What> struct name_of : seq<name> {};
template <Text What> struct path_of : seq<path> {};
template <Text What> struct equals_after : seq<one<'='>, not_at<one<'='>>> {};
template <Text What> struct record_of : seq<record> {};
template <Text What> struct block_of : seq<block> {};
template <Text What> struct value_of : seq<expr> {};
template <Text What> struct open_after : one<'{'> {};

// ---- numbers

// integer = digit ( digit | "_" )*      decimal = integer ( "." digits exponent? | exponent )
// duration = ( digits unit )+           size = digits unit          date = dddd-dd-dd
struct digits : seq<some<digit>, star<one<'_'>, opt<some<digit>>>> {};
struct exponent : seq<one<'e', 'E'>, opt<one<'+', '-'>>, some<digit>> {};
struct integer : seq<digits> {};
struct decimal : seq<digits, sor<seq<one<'.'>, digits, opt<exponent>>, exponent>> {};
struct duration : seq<plus<some<digit>, one<'s', 'm', 'h', 'd', 'w'>>, not_at<some<tail>>> {};
struct size_unit : seq<one<'K', 'M', 'G', 'T'>, opt<one<'i'>>, one<'B'>> {};
struct size : seq<some<digit>, size_unit, not_at<some<tail>>> {};
struct date : seq<rep<4, p::digit>, one<'-'>, rep<2, p::digit>, one<'-'>, rep<2, p::digit>, not_at<some<tail>>> {};
struct number_end : not_at<some<tail>> {};
struct number : seq<at<p::digit>, sor<date, decimal, duration, size, integer>, must<number_end>> {};

// instance = "ml." [a-z0-9-]+ "." [a-z0-9-]+
struct instance : seq<string<'m', 'l', '.'>, some<instance_char>, one<'.'>, some<instance_char>, not_at<some<tail>>> {};

// ---- strings

// quoted = '"' ( text | "${" expr "}" )* '"'      text = ( plain character | escape | "$" not before "{" )+
struct unicode_escape : seq<string<'u', '{'>, rep_min_max<1, 6, xdigit>, one<'}'>> {};
struct escape_code : sor<one<'n', 't', 'r', '"', '\\', '$'>, unicode_escape> {};
struct escape : seq<one<'\\'>, must<escape_code>> {};
struct dollar : seq<one<'$'>, not_at<one<'{'>>> {};
struct text : plus<not_at<one<'"'>>, sor<some<plain>, escape, dollar>> {};
struct interpolation_close : one<'}'> {};
struct interpolation : seq<string<'$', '{'>, _, must<expr>, _, must<interpolation_close>> {};
struct quote_close : one<'"'> {};
struct quoted : seq<one<'"'>, star<not_at<one<'"'>>, sor<text, interpolation>>, must<quote_close>> {};
struct plain_quoted : seq<one<'"'>, opt<text>, must<quote_close>> {};

// block string = '"""' newline ( raw text | "${" expr "}" )* '"""'          raw: only \${ is an escape
struct block_quote : string<'"', '"', '"'> {};
struct block_escape : string<'\\', '$', '{'> {};
struct block_text : plus<sor<some<raw>, block_escape, one<'\\'>, dollar, seq<not_at<block_quote>, one<'"'>>>> {};
struct block_newline : seq<opt<some<inline_blank>>, one<'\n'>> {};
struct block_quote_close : block_quote {};
struct block_string : seq<block_quote, must<block_newline>, star<sor<block_text, interpolation>>, must<block_quote_close>> {};
struct string_value : seq<at<one<'"'>>, sor<seq<at<block_quote>, block_string>, quoted>> {};

// ---- types

// typeexpr = suffixed ( "|" suffixed )*      suffixed = typeatom "?"*
// typeatom = string | path ( "<" typeexpr, … ">" )? arguments? | "{" field* "}" | "(" typeexpr ")"
struct arguments;
struct field;
struct type_literal : seq<plain_quoted> {};
struct type_arguments_close : one<'>'> {};
struct type_arguments : seq<one<'<'>, items<type_expr, _>, must<type_arguments_close>> {};
struct type_name : seq<path, opt<type_arguments>, opt<arguments>> {};
struct fields_close : one<'}'> {};
struct fields : seq<star<gap<false>, field, opt<_, one<','>>>, _, must<fields_close>> {};
struct type_record : seq<one<'{'>, fields> {};
struct type_paren_close : one<')'> {};
struct type_paren : seq<one<'('>, _, must<type_expr>, _, must<type_paren_close>> {};
struct type_atom : sor<type_name, type_literal, type_record, type_paren> {};
struct type_optional : seq<one<'?'>, not_at<one<'?', '.'>>> {};
struct type_suffixed : seq<type_atom, star<type_optional>> {};
struct type_expr : seq<type_suffixed, star<_, one<'|'>, not_at<one<'|'>>, _, must<type_suffixed>>> {};

// parameter, field = doc? name ":" typeexpr ( "=" expr )?
struct type_colon : one<':'> {};
struct default_value : seq<_, one<'='>, not_at<one<'='>>, _, must<expr>> {};
struct typed_name : seq<name, then<type_colon, type_expr>, opt<default_value>> {};
struct field_body : seq<typed_name> {};
struct parameter_body : seq<typed_name> {};
struct field : seq<opt<doc>, field_body> {};
struct parameter : seq<opt<doc>, parameter_body> {};
struct parameters_open : one<'('> {};
struct parameters_close : one<')'> {};
struct parameters : seq<items<parameter, gap<false>>, must<parameters_close>> {};

// ---- expressions

// arguments = "(" ( ( name ":" )? expr ), … ")"
struct label : seq<word, _, one<':'>> {};
struct argument : sor<seq<label, _, must<expr>>, expr> {};
struct arguments_close : one<')'> {};
struct argument_list : seq<one<'('>, items<argument, _>, must<arguments_close>> {};
struct arguments : seq<argument_list> {};

// for head = name ( "," name )? "in" expr ( "if" expr )? ":"
struct in_word : keyword<"in"> {};
struct for_names : seq<must<name_of<"for">>, opt<_, one<','>, then<name_of<"second">>>, then<in_word>> {};
struct for_colon : one<':'> {};
struct for_filter : seq<_, keyword<"if">, _, must<expr>> {};
struct for_head : seq<_, for_names, _, must<expr>, opt<for_filter>, then<for_colon>, _> {};

// list = "[" "for" for-head expr "]"  |  "[" ( expr | "..." expr ), … "]"
struct spread : seq<string<'.', '.', '.'>, _, must<expr>> {};
struct list_item : sor<spread, expr> {};
struct list_close : one<']'> {};
struct for_close : one<']'> {};
struct list_for : seq<one<'['>, _, keyword<"for">, for_head, must<expr>, _, must<for_close>> {};
struct list : seq<one<'['>, items<list_item, _>, must<list_close>> {};

// record = "{" "for" for-head expr "=>" expr "}"  |  "{" ( entry | "..." expr )* "}"          "," between is optional
// entry  = ( name | string ) ":" expr | name
// A line that begins a declaration ends a record and a block, so that a forgotten `}` is found near its place.
struct declaration_line;
struct entry_colon : one<':'> {};
struct entry_string : seq<plain_quoted> {};
struct assignment_ahead : seq<some<inline_blank>, word, opt<some<inline_blank>>, one<'='>, not_at<one<'=', '>'>>> {};
struct shorthand : seq<word, not_at<assignment_ahead>> {};
struct entry : sor<seq<label, _, must<expr>>, shorthand, seq<entry_string, then<entry_colon, expr>>> {};
struct record_item : sor<entry, spread> {};
struct record_close : one<'}'> {};
struct record_arrow : string<'=', '>'> {};
struct record_for_close : one<'}'> {};
struct record_for_word : seq<keyword<"for">, not_at<_, one<':', ',', '}'>>> {};
struct record_for : seq<one<'{'>, _, record_for_word, for_head, must<expr>, then<record_arrow, expr, record_for_close>> {};
struct block_end;
struct record_part : sor<record_item, must<record_close>> {};
struct record : seq<one<'{'>, _, star<not_at<block_end>, record_part, _, opt<one<','>, _>>, must<record_close>> {};

// located = typeexpr "at" expr
struct located : seq<located_ahead, type_expr, _, keyword<"at">, _, must<expr>> {};

// primary = literal | string | list | record | "(" expr ")" | located | identifier          in headers without record
struct true_value : keyword<"true"> {};
struct false_value : keyword<"false"> {};
struct none_value : keyword<"none"> {};
struct reserved : sor<keyword<"if">, keyword<"then">, keyword<"else">, keyword<"and">, keyword<"or">, keyword<"not">,
    keyword<"in">, keyword<"is">, keyword<"for">> {};
struct identifier : seq<word, not_at<assignment_ahead>> {};
struct word_value : sor<true_value, false_value, none_value, seq<not_at<reserved>, not_at<declaration_line>, sor<located, identifier>>> {};
struct paren_close : one<')'> {};
struct paren : seq<one<'('>, _, must<expr>, _, must<paren_close>> {};
// What a value begins with decides what it can be: the `at` spare trying the others.
template <bool Records> struct primary : sor<seq<at<one_of<head>>, sor<instance, word_value>>, string_value, number,
    seq<at<one<'['>>, sor<list_for, list>>, paren> {};
template <> struct primary<true> : sor<primary<false>, seq<at<one<'{'>>, sor<record_for, record>>> {};

// postfix = primary ( "." name | "?." name | "[" expr "]" | "(" args ")" | "!" )*          "[", "(" and "!" touch what they follow
struct member : seq<one<'.'>, not_at<one<'.'>>, then<name_of<"member">>> {};
struct optional_member : seq<string<'?', '.'>, then<name_of<"member">>> {};
struct index_close : one<']'> {};
struct index : seq<one<'['>, _, must<expr>, _, must<index_close>> {};
struct apply : seq<argument_list> {};
struct assertion : seq<one<'!'>, not_at<one<'='>>> {};
struct member_on_next_line : seq<at<one_of<blank>>, after_blanks<'.', '?'>, _, sor<member, optional_member>> {};
struct suffix : sor<seq<at<one<'.', '(', '[', '?', '!'>>, sor<member, apply, index, optional_member, assertion>>, member_on_next_line> {};
template <bool Records> struct postfix : seq<primary<Records>, star<suffix>> {};

// binary = prefix* postfix ( operator prefix* postfix | "is" typeexpr )*          precedence is folded by the builder
struct operator_not : keyword<"not"> {};
struct operator_minus : one<'-'> {};
struct prefix : seq<at<one<'-', 'n'>>, sor<operator_minus, operator_not>, _> {};
template <bool Records> struct operand : seq<star<prefix>, postfix<Records>> {};
struct key_ahead : seq<_, one<':'>> {};
struct operator_or : seq<keyword<"or">, not_at<key_ahead>> {};
struct operator_and : seq<keyword<"and">, not_at<key_ahead>> {};
struct operator_in : seq<keyword<"in">, not_at<key_ahead>> {};
struct operator_is : seq<keyword<"is">, not_at<key_ahead>> {};
struct operator_equal : string<'=', '='> {};
struct operator_not_equal : string<'!', '='> {};
struct operator_less_equal : string<'<', '='> {};
struct operator_less : one<'<'> {};
struct operator_greater_equal : string<'>', '='> {};
struct operator_greater : one<'>'> {};
struct operator_default : string<'?', '?'> {};
struct operator_add : one<'+'> {};
struct operator_subtract : one<'-'> {};
struct operator_multiply : one<'*'> {};
struct operator_divide : seq<one<'/'>, not_at<one<'*'>>> {};
struct operator_modulo : one<'%'> {};
struct symbol_operator : sor<operator_equal, operator_not_equal, operator_less_equal, operator_less,
    operator_greater_equal, operator_greater, operator_default, operator_add, operator_subtract, operator_multiply,
    operator_divide, operator_modulo> {};
struct infix : sor<symbol_operator, operator_or, operator_and, operator_in> {};
struct operator_ahead : after_blanks<'=', '!', '<', '>', '?', '+', '-', '*', '/', '%', 'o', 'a', 'i'> {};
template <bool Records> struct type_test : seq<operator_is, _, must<type_expr>> {};
template <> struct type_test<false> : seq<operator_is, _, not_at<one<'{'>>, must<type_expr>> {};
template <bool Records> struct binary : seq<operand<Records>,
    star<operator_ahead, _, sor<seq<infix, _, must<operand<Records>>>, type_test<Records>>>> {};

// expr = "if" expr "then" expr "else" expr | binary
struct then_word : keyword<"then"> {};
struct else_word : keyword<"else"> {};
struct conditional_rest : seq<then_word, then<expr, else_word, expr>> {};
struct conditional : seq<keyword<"if">, then<value_of<"condition">, then_word, expr, else_word, expr>> {};
struct expr : sor<binary<true>, conditional> {};
struct header : seq<binary<false>> {};

// ---- statements

template <Text Word> struct statement_word : seq<keyword<Word>, _> {};
struct rest_of_line : seq<opt<some<inline_blank>>, expr> {};

// if = "if" expr block ( "else" ( if | "skip" | block ) )?
struct condition : seq<header> {};
struct skip_statement : keyword<"skip"> {};
struct if_statement;
struct else_if : seq<if_statement> {};
struct else_branch : seq<_, keyword<"else">, _, sor<else_if, skip_statement, must<block_of<"else">>>> {};
struct if_rest : seq<must<block_of<"if">>, opt<else_branch>> {};
struct if_statement : seq<keyword<"if">, then<condition>, _, if_rest> {};
struct if_or_conditional : seq<keyword<"if">, then<condition>, _, sor<conditional_rest, if_rest>> {};

// match = "match" expr "{" arm+ "}"      arm = ( expr ( "," expr )* | "else" ) "=>" ( block | "skip" )
struct arm_arrow : string<'=', '>'> {};
struct arm_body : sor<skip_statement, block> {};
struct arm_values : seq<expr, star<_, one<','>, _, expr>> {};
struct arm : seq<sor<keyword<"else">, arm_values>, then<arm_arrow, arm_body>> {};

struct match_close : one<'}'> {};
struct match_body : seq<then<open_after<"match">, arm>, opt<_, one<','>>, star<_, arm, opt<_, one<','>>>, then<match_close>> {};
struct match_subject : seq<header> {};
struct match_statement : seq<keyword<"match">, then<match_subject>, match_body> {};

// parallel = "parallel" arguments? "{" branch+ "}"      branch = name block
struct branch : seq<name, then<block_of<"branch">>> {};
struct parallel_close : one<'}'> {};
struct parallel_statement : seq<keyword<"parallel">, opt<_, arguments>, then<open_after<"parallel">, branch>,
    star<opt<_, one<','>>, _, branch>, opt<_, one<','>>, then<parallel_close>> {};

// for = "for" name ( "," name )? "in" expr arguments? block
struct for_list : seq<header> {};
struct for_statement : seq<keyword<"for">, _, for_names, then<for_list>, opt<_, arguments>, then<block_of<"for">>> {};

// try = "try" block catch+      catch = "catch" ( path ( "," path )* )? ( "as" name )? block
struct catch_names : seq<not_at<keyword<"as">>, path, star<_, one<','>, then<path_of<"error">>>> {};
struct catch_clause : seq<keyword<"catch">, opt<_, catch_names>, opt<_, keyword<"as">, then<name_of<"caught">>>,
    then<block_of<"catch">>> {};
struct try_statement : seq<keyword<"try">, then<block_of<"try">, catch_clause>, star<_, catch_clause>> {};

// poll = "poll" arguments block "until" expr
struct poll_arguments : seq<arguments> {};
struct until_word : keyword<"until"> {};
struct poll_statement : seq<keyword<"poll">, then<poll_arguments, block_of<"poll">, until_word, expr>> {};

// let = "let" name ( ":" typeexpr )? "=" ( for | parallel | if | match | expr )
struct match_ahead : seq<keyword<"match">, some<inline_blank>, sor<some<tail>, one<'"', '(', '['>>> {};
struct parallel_ahead : seq<keyword<"parallel">, sor<seq<_, one<'{'>>, seq<some<blank>, one<'('>>>> {};
struct let_value : sor<for_statement, if_or_conditional, seq<at<match_ahead>, match_statement>,
    seq<at<parallel_ahead>, parallel_statement>, expr> {};
struct let_type : seq<_, one<':'>, _, must<type_expr>> {};
struct let_statement : seq<statement_word<"let">, must<name_of<"let">>, opt<let_type>, then<equals_after<"let">, let_value>> {};

// the statements of one line
struct cfn_text : seq<plain_quoted> {};
struct cfn_type : sor<cfn_text, identifier> {};
struct require_comma : one<','> {};
struct setting : seq<label, _, must<expr>> {};
struct stage_body : seq<statement_word<"stage">, must<name_of<"stage">>,
    then<equals_after<"stage">, path_of<"stage">, record_of<"stage">>> {};
struct stage : seq<opt<doc>, stage_body> {};
struct call_statement : seq<statement_word<"call">, must<name_of<"call">>, then<equals_after<"call">, path_of<"call">>,
    opt<_, arguments>, then<record_of<"call">>> {};
struct cfn_statement : seq<statement_word<"cfn">, must<name_of<"cfn">>, then<equals_after<"cfn">, cfn_type>,
    opt<_, arguments>, then<record_of<"cfn">>> {};
struct role_statement : seq<statement_word<"role">, must<name_of<"role">>, then<equals_after<"role">, expr>> {};
struct access_statement : seq<statement_word<"access">, must<path_of<"access">>, then<record_of<"access">>> {};
struct grant_statement : seq<statement_word<"grant">, must<record_of<"grant">>> {};
struct require_statement : seq<statement_word<"require">, must<expr>, then<require_comma, expr>> {};
struct wait_until : seq<statement_word<"wait">, keyword<"until">, _, must<expr>> {};
struct wait_statement : seq<statement_word<"wait">, must<value_of<"wait">>> {};
struct fail_statement : seq<statement_word<"fail">, must<path_of<"fail">>, opt<rest_of_line>> {};
struct return_statement : seq<keyword<"return">, opt<rest_of_line>> {};
struct yield_statement : seq<statement_word<"yield">, must<expr>> {};

// `;` and `# …` are reported and skipped
struct foreign : sor<one<';'>, seq<one<'#'>, p::until<at<p::eolf>>>> {};
struct statement_body : sor<setting, stage, let_statement, if_statement, call_statement, for_statement, match_statement,
    parallel_statement, try_statement, poll_statement, wait_until, wait_statement, fail_statement, return_statement,
    yield_statement, skip_statement, cfn_statement, role_statement, access_statement, grant_statement,
    require_statement, foreign> {};
struct statement : must<statement_body> {};

// block = "{" statement* "}"
struct block_end : sor<one<'}'>, declaration_line, eof> {};
struct missing_close : p::success {};
struct block_close : sor<one<'}'>, missing_close> {};
struct block : seq<one<'{'>, star<gap<true>, not_at<block_end>, statement>, gap<true>, block_close> {};

// ---- declarations

template <Text Word> struct declaration_word : seq<keyword<Word>, _> {};
struct typed_value : seq<then<type_colon, type_expr>, opt<default_value>> {};
struct kind_signature : seq<must<name_of<"kind">>, then<parameters_open>, parameters, then<block_of<"kind">>> {};

struct import_as : seq<_, keyword<"as">, then<name_of<"import">>> {};
struct import_file : seq<plain_quoted> {};
struct import_target : sor<import_file, path> {};
struct import : seq<declaration_word<"import">, must<import_target>, opt<import_as>> {};
struct stack : seq<declaration_word<"stack">, must<name_of<"stack">>, opt<_, record>> {};
struct option : seq<declaration_word<"option">, must<name_of<"option">>, typed_value> {};
struct param : seq<declaration_word<"param">, must<name_of<"param">>, typed_value> {};
struct const_declaration : seq<declaration_word<"const">, must<name_of<"const">>, opt<let_type>, then<equals_after<"const">, expr>> {};
struct secret : seq<declaration_word<"secret">, must<name_of<"secret">>, then<equals_after<"secret">, expr>> {};
struct resource : seq<declaration_word<"resource">, must<name_of<"resource">>,
    then<equals_after<"resource">, path_of<"resource">, record_of<"resource">>> {};
struct container : seq<declaration_word<"container">, must<name_of<"container">>, then<record_of<"container">>> {};
struct dataset : seq<declaration_word<"dataset">, must<name_of<"dataset">>, then<open_after<"dataset">>, fields,
    opt<_, keyword<"as">, then<name_of<"format">>>> {};
struct type_declaration : seq<declaration_word<"type">, must<name_of<"type">>, _,
    sor<type_record, seq<must<equals_after<"type">>, _, must<type_expr>>>> {};
struct function : seq<declaration_word<"function">, must<name_of<"function">>, then<parameters_open>, parameters,
    then<equals_after<"function">, expr>> {};
struct kind_word : keyword<"kind"> {};
struct stage_kind : seq<declaration_word<"stage">, must<kind_word>, _, kind_signature> {};
struct resource_kind : seq<declaration_word<"resource">, kind_word, _, at<word>, kind_signature> {};
struct pipeline : seq<declaration_word<"pipeline">, must<name_of<"pipeline">>, opt<_, parameters_open, parameters>,
    then<block_of<"pipeline">>> {};
struct output : seq<declaration_word<"output">, must<name_of<"output">>, then<equals_after<"output">, expr>> {};

struct declaration_body : seq<opt<doc>, sor<param, const_declaration, pipeline, output, function, dataset, container,
    resource_kind, resource, stage_kind, type_declaration, secret, import, stack, option, foreign>> {};
struct declaration : must<declaration_body> {};

// file = declaration*
struct byte_order_mark : string<'\xEF', '\xBB', '\xBF'> {};
struct file : seq<opt<byte_order_mark>, star<gap<false>, not_at<eof>, declaration>, gap<false>, eof> {};

// ---- where parsing goes on after a mistake

struct plain_declaration_word : sor<keyword<"import">, keyword<"stack">, keyword<"option">, keyword<"param">,
    keyword<"const">, keyword<"secret">, keyword<"resource">, keyword<"container">, keyword<"dataset">, keyword<"type">,
    keyword<"function">, keyword<"pipeline">, keyword<"output">> {};
struct declaration_start : sor<seq<plain_declaration_word, some<inline_blank>, sor<some<head>, one<'"'>>>,
    seq<keyword<"stage">, some<inline_blank>, keyword<"kind">>> {};
struct declaration_line : seq<first_column, declaration_start> {};
struct any_statement_word : sor<keyword<"stage">, keyword<"call">, keyword<"cfn">, keyword<"role">, keyword<"access">,
    keyword<"grant">, keyword<"require">, keyword<"let">, keyword<"if">, keyword<"match">, keyword<"parallel">,
    keyword<"for">, keyword<"try">, keyword<"poll">, keyword<"wait">, keyword<"fail">, keyword<"return">,
    keyword<"yield">, keyword<"skip">> {};
struct statement_start : seq<any_statement_word,
    sor<seq<opt<some<inline_blank>>, p::eolf>, seq<some<inline_blank>, p::not_one<':', ',', '='>>, one<'{', '('>>> {};
struct setting_start : seq<word, opt<some<inline_blank>>, one<':'>> {};
struct record_assignment : seq<word, opt<some<inline_blank>>, one<'='>, not_at<one<'=', '>'>>> {};

}  // namespace zflow::grammar
