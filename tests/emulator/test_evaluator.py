"""The JSONata evaluator gives what the reference implementation gives, plus what Step Functions adds."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .evaluator import UNDEFINED, EvaluationError, MotoEvaluator, evaluate, split

HERE = Path(__file__).parent
CASES = json.loads((HERE / "fixtures" / "jsonata_cases.json").read_text(encoding="utf-8"))


def outcome(expression: str) -> dict[str, Any]:
    """What the evaluator makes of one expression, in the form of jsonata_reference.mjs."""
    try:
        value = evaluate(expression, CASES["variables"])
    except EvaluationError:
        return {"error": True}
    return {"nothing": True} if value is UNDEFINED else {"value": value}


def test_agrees_with_the_reference_implementation() -> None:
    cases = [[expression, CASES["variables"]] for expression in CASES["expressions"]]
    command = ["node", str(HERE / "jsonata_reference.mjs")]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True)
    different = {}
    for expression, expected in zip(CASES["expressions"], json.loads(done.stdout), strict=True):
        actual = outcome(expression)
        if ("error" in expected) != ("error" in actual) or ("error" not in expected and expected != actual):
            different[expression] = (expected, actual)
    assert different == {}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$hash('abc', 'SHA-1')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("$length($hash('abc', 'SHA-512'))", 128),
        ("$parse('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("$random(7) = $random(7)", True),
        ("$random() < 1", True),
    ],
)
def test_functions_of_step_functions(expression: str, value: Any) -> None:
    assert evaluate(expression) == value


def test_uuid() -> None:
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", evaluate("$uuid()"))


@pytest.mark.parametrize(
    "expression", ["$eval('1')", "$hash('a', 'MD4')", "$parse('{')", "$range(0, 1, 0)", "$uppercase"]
)
def test_errors(expression: str) -> None:
    with pytest.raises(EvaluationError):
        evaluate(expression)


def test_large_integers_lose_digits_like_doubles() -> None:
    assert evaluate("$x", {"x": 2**53 + 1}) == 2**53


def test_moto_protocol() -> None:
    evaluator = MotoEvaluator()
    composed = '($states:={"context":{"Execution":{}},"input":{"a":"x;y"}};$n:=null;$states.input.a)'
    assert split(composed)[1]["states"]["input"] == {"a": "x;y"}
    assert evaluator(composed) == "x;y"
    assert evaluator(f"$type({composed})") == "string"
    assert evaluator("($n:=null;$n)") is None
    assert evaluator("$exists(($n:=null;$n))") is True
    assert evaluator("$exists(($n:=null;$n.x))") is False
    assert evaluator('($states:={"context":{"Execution":{}}};$states.context.Execution.RedriveCount)') == 0
    assert evaluator("$exists((1 + 'a'))") is False
    assert "1 + 'a'" in evaluator.errors[0]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (r"$contains('ab', /b$/)", True),
        (r"$contains('ab\n', /b$/)", False),
        (r"$contains('a$b', /[$]b/)", True),
        (r"$contains('a$b', /a\$b/)", True),
        (r"$contains('\u0663', /\d/)", False),
    ],
)
def test_regular_expressions_are_those_of_javascript(expression: str, expected: bool) -> None:
    assert evaluate(expression) is expected


def test_surrogate_pairs_are_one_character() -> None:
    assert evaluate("'\ud83d\ude00' = $face", {"face": "\U0001f600"}) is True
