// What is said when a `must` of the grammar fails. A `must` without a message here does not compile.
//
// A message says what was expected and where, in the words of the language. `{}` stands for what was found.
#pragma once

#include <string_view>

#include "zflow.hpp"

namespace zflow::grammar {

/// Two or three texts as one, at compile time.
template <Text... Parts>
inline constexpr auto joined = [] {
    std::array<char, (Parts.size + ... + 1)> all{};
    size_t at = 0;
    ((std::copy_n(Parts.text, Parts.size, all.data() + at), at += Parts.size), ...);
    return all;
}();
template <Text... Parts>
inline constexpr const char* message_of = joined<Parts...>.data();

template <typename Rule> inline constexpr const char* error_message = nullptr;

// names, by what they name
template <Text What> inline constexpr const char* error_message<name_of<What>> = message_of<"expected the name of the ", What>;
template <> inline constexpr const char* error_message<name_of<"for">> = "expected the name of the loop's item after `for`";
template <> inline constexpr const char* error_message<name_of<"second">> = "expected the name of the index or value after `,`";
template <> inline constexpr const char* error_message<name_of<"member">> = "expected a name after `.`";
template <> inline constexpr const char* error_message<name_of<"let">> = "expected a name after `let`";
template <> inline constexpr const char* error_message<name_of<"const">> = "expected the name of the constant";
template <> inline constexpr const char* error_message<name_of<"param">> = "expected the name of the parameter";
template <> inline constexpr const char* error_message<name_of<"cfn">> = "expected the name of the CloudFormation resource";
template <> inline constexpr const char* error_message<name_of<"caught">> = "expected a name for the error after `as`";
template <> inline constexpr const char* error_message<name_of<"import">> = "expected a name after `as`";
template <> inline constexpr const char* error_message<name_of<"format">> = "expected the format after `as`, like `parquet`";

template <Text What> inline constexpr const char* error_message<path_of<What>> = "expected a name";
template <> inline constexpr const char* error_message<path_of<"stage">> = "expected the kind of the stage after `=`, like `training_job`";
template <> inline constexpr const char* error_message<path_of<"resource">> = "expected the kind of the resource after `=`, like `queue`";
template <> inline constexpr const char* error_message<path_of<"call">> = "expected the action to call after `=`, like `sagemaker.createEndpoint`";
template <> inline constexpr const char* error_message<path_of<"access">> = "expected the name of a role after `access`";
template <> inline constexpr const char* error_message<path_of<"error">> = "expected the name of an error after `,`";
template <> inline constexpr const char* error_message<path_of<"fail">> = "expected the name of the error after `fail`";

template <Text What> inline constexpr const char* error_message<equals_after<What>> = message_of<"expected `=` after the ", What, "'s name">;
template <> inline constexpr const char* error_message<equals_after<"let">> = "expected `=` after the name";
template <> inline constexpr const char* error_message<equals_after<"const">> = "expected `=` after the constant's name";
template <> inline constexpr const char* error_message<equals_after<"function">> = "expected `=` after the function's parameters";
template <> inline constexpr const char* error_message<equals_after<"cfn">> = "expected `=` after the CloudFormation resource's name";

template <Text What> inline constexpr const char* error_message<record_of<What>> = message_of<"expected the `{ … }` of the ", What>;
template <> inline constexpr const char* error_message<record_of<"cfn">> = "expected the `{ … }` with the resource's properties";
template <> inline constexpr const char* error_message<record_of<"access">> = "expected `{ … }` after the role's name";
template <> inline constexpr const char* error_message<record_of<"grant">> = "expected `{ … }` after `grant`";
template <Text What> inline constexpr const char* error_message<block_of<What>> = message_of<"expected the `{ … }` of `", What, "`">;
template <> inline constexpr const char* error_message<block_of<"if">> = "expected `{` after the condition of `if`";
template <> inline constexpr const char* error_message<block_of<"else">> = "expected `{`, `if` or `skip` after `else`";
template <> inline constexpr const char* error_message<block_of<"branch">> = "expected the `{ … }` of the branch";
template <> inline constexpr const char* error_message<block_of<"kind">> = "expected the `{ … }` of the kind";
template <> inline constexpr const char* error_message<block_of<"pipeline">> = "expected the pipeline's parameters or its `{`";
template <Text What> inline constexpr const char* error_message<open_after<What>> = message_of<"expected the `{` of `", What, "`">;
template <Text What> inline constexpr const char* error_message<value_of<What>> = message_of<"expected a value after `", What, "`">;
template <> inline constexpr const char* error_message<value_of<"condition">> = "expected a condition after `if`";
template <> inline constexpr const char* error_message<value_of<"wait">> = "expected a duration or `until` after `wait`";

// literals
template <> inline constexpr const char* error_message<number_end> = "`{}` is not a number, duration or size";
template <> inline constexpr const char* error_message<escape_code> = "this is no escape: there are `\\n` `\\t` `\\r` `\\\"` `\\\\` `\\$` and `\\u{1F600}`";
template <> inline constexpr const char* error_message<interpolation_close> = "expected `}` at the end of the `${`";
template <> inline constexpr const char* error_message<quote_close> = "this string is not closed by a `\"` on its line";
template <> inline constexpr const char* error_message<block_newline> = "the text of a `\"\"\"` string begins on the next line";
template <> inline constexpr const char* error_message<block_quote_close> = "this string is not closed by `\"\"\"`";

// types
template <> inline constexpr const char* error_message<type_expr> = "expected a type";
template <> inline constexpr const char* error_message<type_suffixed> = "expected a type after `|`";
template <> inline constexpr const char* error_message<type_arguments_close> = "expected `,` or `>` after the type";
template <> inline constexpr const char* error_message<type_paren_close> = "expected `)` after the type";
template <> inline constexpr const char* error_message<type_colon> = "expected `:` and a type after the name";
template <> inline constexpr const char* error_message<fields_close> = "expected a field like `name: String`, or `}`";
template <> inline constexpr const char* error_message<parameters_open> = "expected `(` and the parameters after the name";
template <> inline constexpr const char* error_message<parameters_close> = "expected `,` or `)` after the parameter";

// expressions
template <> inline constexpr const char* error_message<expr> = "expected a value";
template <bool Records> inline constexpr const char* error_message<operand<Records>> = "expected a value after the operator";
template <> inline constexpr const char* error_message<arguments_close> = "expected `,` or `)` after the argument";
template <> inline constexpr const char* error_message<in_word> = "expected `in` after the loop's names";
template <> inline constexpr const char* error_message<for_colon> = "expected `:` before what is made for each item";
template <> inline constexpr const char* error_message<list_close> = "expected `,` or `]` after the item";
template <> inline constexpr const char* error_message<for_close> = "expected `]` after the value made for each item";
template <> inline constexpr const char* error_message<entry_colon> = "expected `:` after the entry's name";
template <> inline constexpr const char* error_message<record_close> = "expected an entry like `name: value`, or `}`";
template <> inline constexpr const char* error_message<record_arrow> = "expected `=>` between key and value";
template <> inline constexpr const char* error_message<record_for_close> = "expected `}` after the value made for each item";
template <> inline constexpr const char* error_message<paren_close> = "expected `)`";
template <> inline constexpr const char* error_message<index_close> = "expected `]` after the index";
template <> inline constexpr const char* error_message<then_word> = "expected `then` after the condition";
template <> inline constexpr const char* error_message<else_word> = "expected `else`: an `if` that gives a value has both sides";

// statements
template <> inline constexpr const char* error_message<statement_body> = "expected a statement or a setting like `name: value`";
template <> inline constexpr const char* error_message<condition> = "expected a condition after `if`";
template <> inline constexpr const char* error_message<match_subject> = "expected a value after `match`";
template <> inline constexpr const char* error_message<arm> = "expected a value or `else`, then `=>`";
template <> inline constexpr const char* error_message<arm_arrow> = "expected `=>` after the value";
template <> inline constexpr const char* error_message<arm_body> = "expected `{ … }` or `skip` after `=>`";
template <> inline constexpr const char* error_message<match_close> = "expected another value with `=>`, or `}`";
template <> inline constexpr const char* error_message<branch> = "expected a branch: a name and its `{ … }`";
template <> inline constexpr const char* error_message<parallel_close> = "expected another branch, or `}`";
template <> inline constexpr const char* error_message<for_list> = "expected a list after `in`";
template <> inline constexpr const char* error_message<catch_clause> = "expected `catch` after the block of `try`";
template <> inline constexpr const char* error_message<poll_arguments> = "expected arguments after `poll`, like `(every: 30s, up_to: 2h)`";
template <> inline constexpr const char* error_message<until_word> = "expected `until` after the block of `poll`";
template <> inline constexpr const char* error_message<let_value> = "expected a value after `=`";
template <> inline constexpr const char* error_message<cfn_type> = "expected the CloudFormation type, like `\"AWS::SNS::Topic\"`";
template <> inline constexpr const char* error_message<require_comma> = "expected `,` and a message after the condition";

// declarations
template <> inline constexpr const char* error_message<declaration_body> = "expected a declaration, like `pipeline`, `param` or `const`";
template <> inline constexpr const char* error_message<import_target> = "expected a file name in quotes or a library's name after `import`";
template <> inline constexpr const char* error_message<kind_word> = "expected `kind` after `stage`: a stage itself stands in a pipeline";

/// For `must_if`: only a `must` raises, a rule that has a message may still fail where it is optional.
struct messages {
    template <typename Rule> static constexpr const char* message = error_message<Rule>;
    template <typename Rule> static constexpr bool raise_on_failure = false;
};

}  // namespace zflow::grammar
