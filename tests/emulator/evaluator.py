"""JSONata for moto's Step Functions interpreter.

moto composes each expression as text, ``($name:=<json>;...expression)``, and calls a function it does not ship.
This module is that function.  It takes the declarations apart again, binds their values directly (so that large
values need no parsing) and evaluates the expression alone with jsonata-python.  What AWS adds to JSONata
(``$partition``, ``$range``, ``$hash``, ``$random``, ``$uuid``, ``$parse``) is added, what AWS takes away (``$eval``)
is taken away, and known differences between jsonata-python and the reference implementation are worked round.
"""

from __future__ import annotations

import decimal
import hashlib
import json
import random
import re
import uuid
from collections.abc import Callable
from typing import Any

from jsonata.functions import Functions
from jsonata.jsonata import Jsonata
from jsonata.regex_engine import RegexFlags
from jsonata.utils import Utils

DECLARATION = re.compile(r"\$([^\s:=()]+):=")
LARGEST_EXACT_INTEGER = 2**53
HASHES = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}


JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+")


class Undefined:
    """The JSONata result "nothing", which is different from null."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()


class EvaluationError(Exception):
    """An expression that Step Functions would reject with States.QueryEvaluationError."""


def number_text(value: int | float) -> str:
    """A number as JavaScript writes it after rounding to 15 digits (which is what ``$string`` and ``&`` do)."""
    rounded = float(f"{value:.15g}")
    if rounded.is_integer() and abs(rounded) < 1e21:
        return str(int(decimal.Decimal(repr(rounded))))
    if 1e-6 <= abs(rounded) < 1e21:
        return format(decimal.Decimal(repr(rounded)), "f")
    return re.sub(r"e([-+])0+", r"e\1", repr(rounded))


class JavaScriptEncoder(Functions.Encoder):
    """jsonata-python's ``$string`` escapes non-ASCII text and does not round nested numbers; JSONata 2.0.6 does not
    escape, and rounds."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})

    def encode(self, value: Any) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return number_text(value)
        return super().encode(self._rounded(value))

    def _rounded(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._rounded(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._rounded(item) for item in value]
        if isinstance(value, float):
            rounded = float(f"{value:.15g}")
            return int(rounded) if rounded.is_integer() and abs(rounded) < 1e21 else rounded
        return value


def strict_number(value: Any = None) -> Any:
    """``$number`` of jsonata-python takes what only Python's ``float`` takes ("1_000", " 5"); JSONata does not."""
    if isinstance(value, str) and not JSON_NUMBER.fullmatch(value):
        raise EvaluationError(f"Unable to cast value to a number: {value!r}")
    if isinstance(value, str) and value[:2].lower() in ("0x", "0b", "0o"):
        return int(value, 0)
    return _library_number(value)


END_OF_TEXT = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


def javascript_regex(pattern: str, flags: RegexFlags) -> re.Pattern[str]:
    """In JavaScript ``$`` is only the very end, and ``\\d`` and ``\\w`` are ASCII."""
    options = re.ASCII | (re.IGNORECASE if flags.case_insensitive else 0)
    if flags.multiline:
        return re.compile(pattern, options | re.MULTILINE)
    return re.compile(END_OF_TEXT.sub(lambda found: r"\Z" if found.group() == "$" else found.group(), pattern), options)


def _correct_library() -> None:
    """Put the corrected functions in place of jsonata-python's."""
    Functions.Encoder = JavaScriptEncoder
    Functions.number = staticmethod(strict_number)
    Jsonata.define_function("number", "<(nsb)-:n>")


_library_number = Functions.number


def evaluate(expression: str, variables: dict[str, Any] | None = None) -> Any:
    """The value of one JSONata expression (without the ``{% %}``), or UNDEFINED."""
    try:
        program = Jsonata(_joined(expression), javascript_regex)
        program.set_output_convert_nulls(False)
        for name, function in _aws_functions().items():
            program.register_lambda(name, function)
        for name, value in (variables or {}).items():
            program.assign(name, _to_jsonata(value))
        return _from_jsonata(program.evaluate(None))
    except RecursionError as error:
        raise EvaluationError("the expression recurses too deeply") from error
    except Exception as error:  # jsonata-python raises JException, but also plain Python errors
        raise EvaluationError(f"{expression}: {error}") from error


_correct_library()


def _joined(text: str) -> str:
    """Surrogate pairs, which come from escapes that were read one by one, as the characters they stand for."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _to_jsonata(value: Any) -> Any:
    """JSON null is a marker object in jsonata-python, and numbers are doubles in Step Functions."""
    if value is None:
        return Utils.NULL_VALUE
    if isinstance(value, dict):
        return {key: _to_jsonata(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_jsonata(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_EXACT_INTEGER:
        return int(float(value))
    return value


def _from_jsonata(value: Any, nested: bool = False) -> Any:
    """Plain JSON values; functions and nested "nothing" cannot leave an expression."""
    if value is None:
        return None if nested else UNDEFINED
    if value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: _from_jsonata(item, True) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple, range)):
        return [_from_jsonata(item, True) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT_INTEGER:
        return int(value)
    if isinstance(value, str):
        return _joined(value)
    if isinstance(value, (int, float, bool)):
        return value
    raise EvaluationError("the expression returned a function")


def _aws_functions() -> dict[str, Callable[..., Any]]:
    """The functions which Step Functions adds to (and, for ``$eval``, removes from) JSONata."""
    return {
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "random": _random,
        "uuid": lambda: str(uuid.uuid4()),
        "parse": _parse,
        "eval": _no_eval,
    }


def _partition(array: Any = None, size: Any = None) -> Any:
    if array is None:
        return None
    items = array if isinstance(array, list) else [array]
    if not isinstance(size, (int, float)) or size < 1:
        raise EvaluationError("$partition needs a positive chunk size")
    step = int(size)
    return [items[start : start + step] for start in range(0, len(items), step)]


def _range(start: Any, end: Any, step: Any) -> Any:
    """Both ends are included, as in States.ArrayRange."""
    if step == 0:
        raise EvaluationError("$range needs a step other than 0")
    values, value = [], start
    while (value <= end) if step > 0 else (value >= end):
        values.append(value)
        value += step
        if len(values) > 1000:
            raise EvaluationError("$range makes at most 1000 values")
    return values


def _hash(value: Any = None, algorithm: Any = None) -> Any:
    if value is None:
        return None
    if algorithm not in HASHES:
        raise EvaluationError(f"$hash has no algorithm {algorithm!r}")
    text = value if isinstance(value, str) else Functions.string(value, False)
    return hashlib.new(HASHES[algorithm], text.encode()).hexdigest()


def _random(seed: Any = None) -> float:
    return random.random() if seed is None else random.Random(seed).random()


def _parse(text: Any = None) -> Any:
    if text is None:
        return None
    try:
        return _to_jsonata(json.loads(text))
    except (TypeError, ValueError) as error:
        raise EvaluationError(f"$parse: {error}") from error


def _no_eval(*_: Any) -> Any:
    raise EvaluationError("$eval is not available in Step Functions")


class MotoEvaluator:
    """The callable that moto's seam ``_eval_jsonata`` expects.

    moto calls it with a composed expression, or with ``$exists(...)`` or ``$type(...)`` round the same composed
    expression to find out what a null or a string really was.  An evaluation error must end as
    States.QueryEvaluationError, for which moto has no path except "the expression returned nothing"; so errors are
    kept in ``errors`` and reported as nothing.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.redrive_count = 0

    def __call__(self, composed: str) -> Any:
        for prefix in ("$exists(", "$type("):
            if composed.startswith(prefix):
                value = self._value(composed[len(prefix) : -1])
                return value is not UNDEFINED if prefix == "$exists(" else "string"
        value = self._value(composed)
        return None if value is UNDEFINED else value

    def _value(self, composed: str) -> Any:
        expression, variables = split(composed)
        self._complete(variables.get("states"))
        try:
            return evaluate(expression, variables)
        except EvaluationError as error:
            message = str(error)
            if not self.errors or self.errors[-1] != message:
                self.errors.append(message)
            return UNDEFINED

    def _complete(self, states: Any) -> None:
        """moto's context object lacks RedriveCount (0 before the first redrive), and errorOutput is null, not absent,
        where no error was caught."""
        if not states:
            return
        if states.get("errorOutput", UNDEFINED) is None:
            del states["errorOutput"]
        execution = (states.get("context") or {}).get("Execution")
        if execution is not None:
            execution.setdefault("RedriveCount", self.redrive_count)


def split(composed: str) -> tuple[str, dict[str, Any]]:
    """Take ``($a:=1;$b:="x";expression)`` apart into the expression and its variables."""
    position, variables, decoder = 1, {}, json.JSONDecoder()
    while match := DECLARATION.match(composed, position):
        try:
            value, end = decoder.raw_decode(composed, match.end())
        except ValueError:
            break
        if composed[end : end + 1] != ";":
            break
        variables[match.group(1)] = value
        position = end + 1
    return composed[position:-1], variables
