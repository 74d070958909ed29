#include "lower/builtins.hpp"

#include "lower/values.hpp"

namespace zflow::lower {

using ir::Builtin;

namespace {

/// JSONata hands a list of one element on as that element: `[…]` around what makes lists keeps them lists.
struct Row {
    Builtin builtin;
    BuiltinForm form;
    BuiltinForm list = {};   ///< when the first argument is a list
};

/// JSONata's own $trim also makes one blank of several inside the text.
constexpr std::string_view trim = R"($replace(%0, /^[ \\t\\r\\n]+|[ \\t\\r\\n]+$/, ''))";

// Names of letters and digits like these are never those of a pipeline's variables (elaborate/scope.cpp).

/// A value with its type said at each level: {'S': 'text'}, {'M': {'count': {'N': '3'}}}. Numbers become texts; what is
/// null in a record is left out.
constexpr std::string_view tagged =
    "($e91 := function($e92) { $type($e92) = 'string' ? {%1: $e92} : $type($e92) = 'number' ? {%2: $string($e92)} : "
    "$type($e92) = 'boolean' ? {%3: $e92} : $type($e92) = 'null' ? {%4: true} : $type($e92) = 'array' ? "
    "{%5: [$reduce($e92, function($e93, $e94) { $append($e93, [$e91($e94)]) }, [])]} : "
    "{%6: $merge([$each($sift($e92, function($e95) { $e95 != null }), function($e95, $e96) { {$e96: $e91($e95)} })])} }; "
    "$e97 := %0; $exists($e97) and $e97 != null ? $e91($e97) : null)";

/// A list in a list stays one only between two pairs of brackets.
constexpr std::string_view untagged =
    "($e91 := function($e92) { ($e93 := $keys($e92)[0]; $e94 := $exists($e93) ? $lookup($e92, $e93) : null; "
    "$e94 = null ? null : $e93 = %2 ? $number($e94) : $e93 = %5 ? [$reduce($e94, function($e95, $e96) { ($e97 := $e91($e96); "
    "$append($e95, $type($e97) = 'array' ? [[$e97]] : [$e97])) }, [])] : "
    "$e93 = %6 ? $merge([$each($e94, function($e95, $e96) { {$e96: $e91($e95)} })]) : $e93 = %4 ? null : $e94) }; "
    "$e98 := %0; $exists($e98) and $e98 != null ? $e91($e98) : null)";

constexpr std::string_view zip =
    "($e91 := %0; $e92 := %1; $merge([$map($e91, function($e93, $e94) { {$e93: $e92[$e94]} })]))";

constexpr Row rows[] = {
    {Builtin::String, {"$string(%0)", Tightest}},
    {Builtin::Number, {"$number(%0)", Tightest}},
    {Builtin::Length, {"$length(%0)", Tightest}, {"$count(%0)", Tightest}},
    {Builtin::Upper, {"$uppercase(%0)", Tightest}},
    {Builtin::Lower, {"$lowercase(%0)", Tightest}},
    {Builtin::Trim, {trim, Tightest}},
    {Builtin::Contains, {"$contains(%0, %1)", Tightest}, {"^1 in ^0", CompareBinding}},
    {Builtin::StartsWith, {"$substring(%0, 0, $length(%1)) = ^1", CompareBinding}},
    {Builtin::EndsWith, {"$substring(%0, $length(%0) - $length(%1)) = ^1", CompareBinding}},
    {Builtin::Replace, {"$replace(%0, %1, %2)", Tightest}},
    {Builtin::Split, {"$split(%0, %1)", Tightest}},
    {Builtin::Join, {"$join(%0, %1)", Tightest}},
    {Builtin::Before, {"$substringBefore(%0, %1)", Tightest}},
    {Builtin::After, {"$substringAfter(%0, %1)", Tightest}},
    {Builtin::AfterLast, {"$split(%0, %1)[-1]", IndexBinding}},
    {Builtin::Substring, {"$substring(%0, %1, %2)", Tightest}},
    {Builtin::Min, {"$min([%0, %1])", Tightest}, {"$min(%0)", Tightest}},
    {Builtin::Max, {"$max([%0, %1])", Tightest}, {"$max(%0)", Tightest}},
    {Builtin::Sum, {"$sum(%0)", Tightest}},
    {Builtin::Average, {"$average(%0)", Tightest}},
    {Builtin::Round, {"$round(%0, %1)", Tightest}},
    {Builtin::Floor, {"$floor(%0)", Tightest}},
    {Builtin::Ceil, {"$ceil(%0)", Tightest}},
    {Builtin::Absolute, {"$abs(%0)", Tightest}},
    {Builtin::Keys, {"[$keys(%0)]", Tightest}},
    {Builtin::Values, {"[$each(%0, function($v) { $v })]", Tightest}},
    {Builtin::Merge, {"$merge([%0, %1])", Tightest}, {"$merge(%0)", Tightest}},
    {Builtin::Exists, {"$exists(%0) and ^0 != null", AndBinding}},
    {Builtin::Sort, {"[$sort(%0)]", Tightest}},
    {Builtin::Distinct, {"[$distinct(%0)]", Tightest}},
    {Builtin::Reverse, {"[$reverse(%0)]", Tightest}},
    {Builtin::Json, {"$string(%0)", Tightest}},
    {Builtin::ParseJson, {"$parse(%0)", Tightest}},
    {Builtin::Hash, {"$hash(%0, 'SHA-256')", Tightest}},
    {Builtin::Base64Encode, {"$base64encode(%0)", Tightest}},
    {Builtin::Base64Decode, {"$base64decode(%0)", Tightest}},
    {Builtin::Now, {"$now()", Tightest}},
    {Builtin::FormatDate, {"$fromMillis($toMillis(%0), %1)", Tightest}},
    {Builtin::AddDays, {"$fromMillis($toMillis(%0) + 86400000 * ^1)", Tightest}},
    {Builtin::Tagged, {tagged, Tightest}},
    {Builtin::Untagged, {untagged, Tightest}},
    {Builtin::Zip, {zip, Tightest}},
    {Builtin::Present, {"[$filter(%0, function($v) { $v != null })]", Tightest}},
    {Builtin::Range, {"[%0..%1]", Tightest}},
    {Builtin::Append, {"[$append(%0, %1)]", Tightest}},
};
static_assert(std::size(rows) == size_t(Builtin::Append) + 1);

}  // namespace

BuiltinForm builtin_form(Builtin builtin, bool lists, bool date, size_t count) {
    const Row& row = rows[size_t(builtin)];   // in the order of the enumeration
    if (builtin == Builtin::AddDays && date)
        return {"$fromMillis($toMillis(%0) + 86400000 * ^1, '[Y0001]-[M01]-[D01]')", Tightest};
    if (builtin == Builtin::Substring && count == 2) return {"$substring(%0, %1)", Tightest};
    if (builtin == Builtin::Round && count == 1) return {"$round(%0)", Tightest};
    if (lists && !row.list.text.empty() && (builtin == Builtin::Length || builtin == Builtin::Contains || count == 1))
        return row.list;
    return row.form;
}

}  // namespace zflow::lower
