"""Each construct of the language, compiled, deployed and run on every path."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from . import Cloud, Execution, iam
from .compiled import BREAKER, PROBE, compile_text, deploy, run


def program(body: str, inputs: str = "", before: str = "") -> str:
    """A stack with one pipeline; functions only if the body uses them."""
    functions = (PROBE if "probe" in body else "") + (BREAKER if "breaker" in body else "")
    return f"stack language {{}}\n{functions}{before}\npipeline main({inputs}) {{\n{body}\n}}\n"


def execute(cloud: Cloud, source: str, data: Any = None, parameters: dict[str, str] | None = None) -> Execution:
    """Run a program and check the rights of its machine both ways."""
    stack = deploy(cloud, source, parameters)
    machine = stack.machine()
    execution = cloud.run(machine, data)
    assert execution.expression_errors == []
    assert iam.missing(cloud, machine, execution) == []
    assert iam.superfluous(cloud, machine) == []
    return execution


def outputs(cloud: Cloud, source: str, inputs: list[Any]) -> list[Any]:
    """What one machine returns for each of these inputs."""
    machine = deploy(cloud, source).machine()
    found = []
    for data in inputs:
        execution = cloud.run(machine, data)
        assert execution.status == "SUCCEEDED", (data, execution.error, execution.cause, execution.states)
        found.append(execution.output)
    return found


# ---- choices -------------------------------------------------------------------------------------------------------


def test_if_with_join(cloud: Cloud) -> None:
    source = program(
        """
        if n > 10 { let size = "big" }
        else if n > 5 { let size = "middle" }
        else { let size = "small" }
        return { size, n }
        """,
        "n: Int",
    )
    expected = [{"size": size, "n": n} for size, n in [("big", 11), ("middle", 6), ("small", 5)]]
    assert outputs(cloud, source, [{"n": 11}, {"n": 6}, {"n": 5}]) == expected


def test_none_on_one_path(cloud: Cloud) -> None:
    source = program(
        """
        if n > 10 {
            let size: Int? = n
            let label = "big"
        } else {
            let size: Int? = none
            let label = none
        }
        let rows: List<{ id: Int }> = given
        return { size: size ?? 0, there: label != none, ids: [for r in rows: r.id] }
        """,
        "n: Int, given: List<Json>",
    )
    expected = [{"size": 11, "there": True, "ids": [1, 2]}, {"size": 0, "there": False, "ids": []}]
    assert outputs(cloud, source, [{"n": 11, "given": [{"id": 1}, {"id": 2}]}, {"n": 5, "given": []}]) == expected


def test_a_chosen_record_is_spread(cloud: Cloud) -> None:
    source = program(
        """
        let chosen = if n > 3 then { count: 1, kind: "fast" } else { count: 4, kind: "slow" }
        let settings = { ...chosen, name: "x" }
        let mean = if n > 3 then 0 else n / 2
        return { settings, more: settings.count + 1, mean: mean * 2 }
        """,
        "n: Int",
    )
    fast = {"settings": {"count": 1, "kind": "fast", "name": "x"}, "more": 2, "mean": 0}
    slow = {"settings": {"count": 4, "kind": "slow", "name": "x"}, "more": 5, "mean": 3}
    assert outputs(cloud, source, [{"n": 4}, {"n": 3}]) == [fast, slow]


def test_if_with_skip_and_default(cloud: Cloud) -> None:
    source = program(
        """
        if n > 10 {
            stage a = lambda_job { function: probe, payload: { n: n } }
            let answer: { n: Int } = a.result
        } else skip
        return answer?.n ?? -1
        """,
        "n: Int",
    )
    assert outputs(cloud, source, [{"n": 11}, {"n": 1}]) == [11, -1]


def test_conditions(cloud: Cloud) -> None:
    source = program(
        """
        return {
            both: a and b, either: a or b, neither: not (a or b)
            order: [n < 2, n <= 2, n > 2, n >= 2, n == 2, n != 2]
            text: [t < "b", t == "b", t in ["a", "c"], contains(t, "b")]
            none: [o == none, o != none], value: o ?? 7, chosen: if a then "yes" else "no"
        }
        """,
        "a: Bool, b: Bool, n: Int, t: String, o: Int? = none",
    )
    first, second = outputs(
        cloud, source, [{"a": True, "b": False, "n": 2, "t": "b"}, {"a": False, "b": False, "n": 3, "t": "a", "o": 0}]
    )
    assert first == {
        "both": False,
        "either": True,
        "neither": False,
        "order": [False, True, False, True, True, False],
        "text": [False, True, False, True],
        "none": [True, False],
        "value": 7,
        "chosen": "yes",
    }
    assert second["neither"] is True and second["order"] == [False, False, True, True, False, True]
    assert (second["none"], second["value"], second["chosen"]) == ([False, True], 0, "no")
    assert second["text"] == [True, False, True, False]


def test_match(cloud: Cloud) -> None:
    source = program(
        """
        match word {
            "a", "b" => { let what = 1 }
            "c" => { let what = n }
            else => { let what = 3 }
        }
        return what
        """,
        "word: String, n: Int = 2",
    )
    assert outputs(cloud, source, [{"word": word} for word in "abcd"]) == [1, 1, 2, 3]


def test_match_with_skip(cloud: Cloud) -> None:
    source = program(
        """
        match mode {
            "slow" => { wait 10s }
            else => skip
        }
        return mode
        """,
        'mode: "slow" | "fast"',
    )
    assert outputs(cloud, source, [{"mode": "slow"}, {"mode": "fast"}]) == ["slow", "fast"]
    assert cloud.waits == [10]


# ---- parallel and for ----------------------------------------------------------------------------------------------


def test_parallel(cloud: Cloud) -> None:
    source = program(
        """
        let both = parallel {
            left { stage a = lambda_job { function: probe, payload: { v: n } } }
            right {
                let inner = parallel {
                    one { let x = n + 1 }
                    two { let y = n + 2 }
                }
                let sum = inner.one.x + inner.two.y
            }
        }
        let left: { v: Int } = both.left.a.result
        return [left.v, both.right.sum, both.right.inner.one.x]
        """,
        "n: Int",
    )
    assert execute(cloud, source, {"n": 5}).output == [5, 13, 6]


def test_parallel_fails_as_a_whole(cloud: Cloud) -> None:
    source = program(
        """
        try {
            parallel {
                left { fail Broken "left is broken" }
                right { wait 1s }
            }
            let answer = "fine"
        } catch Broken as problem {
            let answer = problem.cause
        }
        return answer
        """
    )
    assert run(cloud, source) == "left is broken"


def test_for_over_a_constant_list(cloud: Cloud) -> None:
    source = program(
        """
        let all = for country in ["de", "fr"] {
            stage a = lambda_job { function: probe, payload: { country: country, n: n } }
            let answer: { country: String, n: Int } = a.result
            yield { key: upper(answer.country), n: answer.n }
        }
        return { all, first: all[0].key }
        """,
        "n: Int",
    )
    execution = execute(cloud, source, {"n": 3})
    assert execution.output == {"all": [{"key": "DE", "n": 3}, {"key": "FR", "n": 3}], "first": "DE"}


@pytest.mark.parametrize("items", [[], [1], [1, 2, 3]])
def test_for_over_an_input(cloud: Cloud, items: list[int]) -> None:
    source = program(
        """
        let doubled = for item, i in items (at_most: 2) {
            let twice = item * factor
            yield { twice, i }
        }
        return doubled
        """,
        "items: List<Int>, factor: Int",
    )
    execution = execute(cloud, source, {"items": items, "factor": 2})
    assert execution.output == [{"twice": 2 * item, "i": i} for i, item in enumerate(items)]


def test_nested_for(cloud: Cloud) -> None:
    source = program(
        """
        let table = for row in rows {
            let cells = for cell in row {
                yield cell + row[0] + n
            }
            yield cells
        }
        return table
        """,
        "rows: List<List<Int>>, n: Int",
    )
    assert run(cloud, source, {"rows": [[1, 2], [3]], "n": 10}) == [[12, 13], [16]]


def test_fresh_names_inside_for(cloud: Cloud) -> None:
    source = program(
        """
        for country in countries {
            stage train = training_job {
                image: ecr("risk/model", tag: "1")
                channels: { train: s3("data", "orders/${country}/") }
                output: "s3://data/models/"
                retry: [{ on: ["SageMaker.ResourceLimitExceededException"], attempts: 2, interval: 1s }]
            }
        }
        """,
        'countries: List<String(pattern: "[a-z]{2}")>',
    )
    cloud.sagemaker.fail_next("createTrainingJob", "SageMaker.ResourceLimitExceededException", times=2)
    execution = execute(cloud, source, {"countries": ["de", "fr", "de"]})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    names = cloud.sagemaker.names("createTrainingJob")
    assert len(names) == len(set(names)) == 5
    assert all(re.fullmatch(r"main-train-[0-9a-f]{12}", name) for name in names)


# ---- failures ------------------------------------------------------------------------------------------------------

TRY = """
    try {
        stage a = lambda_job { function: breaker, payload: { error: what, cause: "because" } }
        let answer = "fine"
    } catch Odd as problem {
        let answer = "odd: ${problem.error}"
    } catch States.All as problem {
        let answer = "other: ${problem.error}"
    }
    return answer
"""


def test_try_and_catch(cloud: Cloud) -> None:
    source = program(TRY, "what: String")
    expected = ["fine", "odd: Odd", "other: Other"]
    assert outputs(cloud, source, [{"what": ""}, {"what": "Odd"}, {"what": "Other"}]) == expected


def test_catch_without_names_and_the_cause(cloud: Cloud) -> None:
    source = program(
        """
        try {
            stage a = lambda_job { function: breaker, payload: { error: what, cause: "it's \\"bad\\"" } }
            let answer = "fine"
        } catch as problem {
            let answer = problem.cause
        }
        return answer
        """,
        "what: String",
    )
    fine, bad = outputs(cloud, source, [{"what": ""}, {"what": "Odd"}])
    assert fine == "fine"
    assert json.loads(bad)["errorMessage"] == "it's \"bad\""


def test_uncaught_error_fails_the_run(cloud: Cloud) -> None:
    source = program(
        """
        try {
            stage a = lambda_job { function: breaker, payload: { error: "Other" } }
        } catch Odd {
            wait 1s
        }
        """
    )
    execution = execute(cloud, source)
    assert (execution.status, execution.error) == ("FAILED", "Other")


def test_fail_inside_try_is_caught(cloud: Cloud) -> None:
    source = program(
        """
        try {
            if n > 1 { fail TooMany "n is ${n}" } else skip
            if n < 0 { fail TooFew } else skip
            let answer = "fine"
        } catch TooMany as problem {
            let answer = "${problem.error}: ${problem.cause}"
        }
        return answer
        """,
        "n: Int",
    )
    machine = deploy(cloud, source).machine()
    assert cloud.run(machine, {"n": 1}).output == "fine"
    assert cloud.run(machine, {"n": 2}).output == "TooMany: n is 2"
    failed = cloud.run(machine, {"n": -1})
    assert (failed.status, failed.error) == ("FAILED", "TooFew")


def test_nested_try(cloud: Cloud) -> None:
    source = program(
        """
        try {
            try {
                stage a = lambda_job { function: breaker, payload: { error: what } }
                let inner = "fine"
            } catch Odd {
                fail Second "from the handler"
            }
            let answer = inner
        } catch Second as problem {
            let answer = problem.cause
        } catch Other {
            let answer = "outer"
        }
        return answer
        """,
        "what: String",
    )
    expected = ["fine", "from the handler", "outer"]
    assert outputs(cloud, source, [{"what": ""}, {"what": "Odd"}, {"what": "Other"}]) == expected


def test_wait(cloud: Cloud) -> None:
    source = program(
        """
        wait 90s
        wait until t
        """,
        "t: Timestamp",
    )
    assert execute(cloud, source, {"t": "2026-01-01T00:00:00Z"}).status == "SUCCEEDED"
    assert cloud.waits[0] == 90


POLL = """
    try {
        poll (every: 10s, up_to: 1m) {
            stage a = lambda_job { function: probe, payload: { go: go } }
            let answer: { go: Bool } = a.result
        } until answer.go
        let end = "done"
    } catch Poll.TimedOut as problem {
        let end = problem.error
    }
    return end
"""


@pytest.mark.parametrize(("go", "end", "turns"), [(True, "done", 1), (False, "Poll.TimedOut", 6)])
def test_poll(cloud: Cloud, go: bool, end: str, turns: int) -> None:
    stack = deploy(cloud, program(POLL, "go: Bool"))
    assert cloud.run(stack.machine(), {"go": go}).output == end
    assert len(cloud.invocations) == turns
    assert cloud.waits == [10] * (turns - 1)


@pytest.mark.parametrize("limit", ["const limit", "param limit: Duration"])
def test_poll_less_and_less_often(cloud: Cloud, limit: str) -> None:
    """Each wait is longer than the one before, and together they take as long as they may."""
    source = program(POLL.replace("every: 10s, up_to: 1m", "every: 30s, backoff: 1.5, up_to: limit"), "go: Bool")
    stack = deploy(cloud, f"{limit} = 10m\n{source}")
    assert cloud.run(stack.machine(), {"go": False}).output == "Poll.TimedOut"
    assert 590 <= sum(cloud.waits) <= 600
    assert len(cloud.invocations) == len(cloud.waits) + 1
    assert cloud.waits[:-1] == sorted(cloud.waits[:-1]) and 25 <= cloud.waits[0] <= 30


def test_poll_is_not_caught_at_tasks(cloud: Cloud) -> None:
    """No task raises it, so no state of a task may catch it."""
    stack = deploy(cloud, program(POLL, "go: Bool"))
    definition = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=stack.machine())["definition"]
    for state in iam.task_states(json.loads(definition)):
        caught = [name for catcher in state.get("Catch", []) for name in catcher["ErrorEquals"]]
        assert "Poll.TimedOut" not in caught


# ---- stage kinds and pipelines -------------------------------------------------------------------------------------

COMPOSITE = '''
stage kind two_calls(
    function: LambdaFunction,
    n: Int,
) {
    call first = lambda.invoke { FunctionName: function.arn, Payload: { step: "first", n: n } }
    call second = lambda.invoke { FunctionName: function.arn, Payload: { step: "second", n: n } }
    let answer: { step: String, n: Int } = second.Payload
    return { n: answer.n, step: answer.step }
}

resource flaky = function {
    source: """
        import os
        class Flaky(Exception): pass
        def handler(event, context):
            path = os.path.join(os.environ["STORE"], event["step"])
            count = int(open(path).read()) if os.path.exists(path) else 0
            open(path, "w").write(str(count + 1))
            if event["step"] == "second" and count < event["n"]: raise Flaky("turn %d" % count)
            return event
        """
    timeout: 30s
}
'''


@pytest.mark.parametrize(("n", "status"), [(0, "SUCCEEDED"), (2, "SUCCEEDED"), (3, "FAILED")])
def test_retry_of_a_composite(cloud: Cloud, tmp_path: Any, n: int, status: str) -> None:
    """Two calls, of which the second fails n times: both are made again."""
    cloud.lambda_environment["STORE"] = str(tmp_path)
    body = """
        stage both = two_calls {
            function: flaky
            n: n
            retry: [{ on: ["Flaky"], attempts: 2, interval: 10s, backoff: 3 }]
        }
        return both.step
    """
    execution = execute(cloud, program(body, "n: Int", COMPOSITE), {"n": n})
    assert execution.status == status, (execution.error, execution.cause)
    steps = [invocation.event["step"] for invocation in cloud.invocations]
    assert steps == ["first", "second"] * (min(n, 2) + 1)
    assert cloud.waits == [10, 30][: min(n, 2)]
    if status == "FAILED":
        assert execution.error == "Flaky"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("n", 3),
        ('"text"', "text"),
        ("[n, 2]", [3, 2]),
        ("[n]", [3]),
        ("{ a: { b: [n] } }", {"a": {"b": [3]}}),
        ("t", "x"),
        ("items", [1]),
        ("[items, items]", [[1], [1]]),
        ("[for i in items: i + n]", [4]),
        ("items[0] + n", 4),
        ("n > 2", True),
        ("none", {}),
        ("-n", -3),
        ("n / 2", 1.5),
        ("n % 2", 1),
        ("n * (n + 1) - 2", 10),
    ],
)
def test_return_values(cloud: Cloud, value: str, expected: Any) -> None:
    source = program(f"return {value}", "n: Int, t: String, items: List<Int>")
    assert run(cloud, source, {"n": 3, "t": "x", "items": [1]}) == expected


@pytest.mark.parametrize("n", [1, -1])
def test_pipeline_starts_another(cloud: Cloud, n: int) -> None:
    source = """
stack nested {}
pipeline child(n: Int) {
    if n < 0 { fail Negative "n is ${n}" } else skip
    return { twice: n * 2 }
}
pipeline parent(n: Int) {
    stage inner = child { n: n }
    let answer: { twice: Int } = inner.output
    return answer.twice
}
"""
    stack = deploy(cloud, source)
    parent = next(stack.resources[name] for name in stack.resources if name == "ParentPipeline")
    execution = cloud.run(parent, {"n": n})
    assert iam.missing(cloud, parent, execution) == []
    assert iam.superfluous(cloud, parent) == []
    if n > 0:
        assert execution.output == 2
    else:
        assert execution.status == "FAILED"
        assert "Negative" in str(execution.cause)


def test_default_inputs(cloud: Cloud) -> None:
    source = program(
        "return { a, b, c, d, e, f, g }",
        'a: Int = 1, b: String = "it\'s", c: Bool = false, d: Float = 0.5, e: List<Int> = [1, 2], '
        'f: "x" | "y" = "x", g: String? = none',
    )
    assert run(cloud, source) == {"a": 1, "b": "it's", "c": False, "d": 0.5, "e": [1, 2], "f": "x", "g": None}


# ---- texts ---------------------------------------------------------------------------------------------------------


SCALARS: dict[str, tuple[str, str, Any]] = {
    "whole": ("Int", "7", 7),
    "minus": ("Int", "-3", -3),
    "part": ("Float", "0.25", 0.25),
    "yes": ("Bool", "true", True),
    "text": ("String", '"a b"', "a b"),
    "day": ("Date", '"2026-01-05"', "2026-01-05"),
    "choice": ('"x" | "y"', '"y"', "y"),
}


@pytest.mark.parametrize("time", ["const", "param", "input"])
def test_interpolation_of_every_scalar(cloud: Cloud, time: str) -> None:
    """A text is the same whether its parts are known now, at deployment, or while the pipeline runs."""
    text = "|".join("${" + name + "}" for name in SCALARS)
    declared = [
        f"{name}: {kind}" + ("" if time == "input" else f" = {value}") for name, (kind, value, _) in SCALARS.items()
    ]
    data = {name: value for name, (_, _, value) in SCALARS.items()} if time == "input" else None
    before = "" if time == "input" else "\n".join(f"{time} {line}" for line in declared)
    source = program(f'return "{text}"', ", ".join(declared) if time == "input" else "", before)
    assert run(cloud, source, data) == "7|-3|0.25|true|a b|2026-01-05|y"


BUILTINS = [
    ("string(n)", None),
    ("string(f)", None),
    ("string(b)", None),
    ("number(d)", None),
    ("upper(t)", None),
    ("lower(t)", None),
    ("trim(s)", None),
    ("starts_with(t, u)", None),
    ('starts_with(t, "zz")', None),
    ("ends_with(t, w)", None),
    ('ends_with(t, "Ab, cAb, c and more")', None),
    ('replace(t, u, "$1")', None),
    ('replace(t, "none", "x")', None),
    ('replace(t, ".", "x")', None),
    ('before(t, ", ")', None),
    ('before(t, "none")', None),
    ('after(t, ", ")', None),
    ('after(t, "none")', None),
    ('after_last(t, "b")', None),
    ('after_last(t, "none")', None),
    ("contains(t, u)", None),
    ('contains(t, "none")', None),
    ("length(t)", None),
    ("length(a)", None),
    ("length([n, n])", 2),
    ("length(list)", 3),
    ("contains(list, 2)", True),
    ("contains(list, 9)", False),
    ("n in [1, 7]", True),
    ("round(f)", None),
    ("round(2.5 + z)", 2),
    ("round(3.5 + z)", 4),
    ("round(f, 1)", 2.6),
    ("floor(f)", None),
    ("floor(-f)", None),
    ("ceil(f)", None),
    ("abs(-f)", None),
    ("abs(m)", None),
    ("min(n, m)", None),
    ("max(n, m, 3)", None),
    ("sum(list)", 6),
    ("average(list)", 2),
    ('join(words, "-")', "x-y"),
    ('join([t, "z"], "-")', None),
    ('split(u, "b")', ["A", ""]),
    ('split("one", u)', ["one"]),
    ("substring(t, 1)", "b, cAb, c"),
    ("substring(t, 1, 2)", "b,"),
    ("substring(a, 0, 2)", "\u00e4\u00f6"),
    ("json({ a: n, b: [t] })", '{"a":7,"b":["Ab, cAb, c"]}'),
    ("json(list)", "[1,2,3]"),
    ('parse_json("[1, ${n}]")', [1, 7]),
    ("hash(u)", hashlib.sha256(b"Ab").hexdigest()),
    ("base64_encode(u)", "QWI="),
    ("base64_decode(base64_encode(u))", "Ab"),
    ('format_date(day, "[D01].[M01].[Y0001]")', "28.02.2026"),
    ("add_days(day, 1)", "2026-03-01"),
    ("add_days(day, -28)", "2026-01-31"),
    ("keys({ k: n, l: n })", ["k", "l"]),
    ("values({ k: n, l: m })", [7, -3]),
    ("merge({ k: n, l: n }, { l: m })", {"k": 7, "l": -3}),
    ("exists(gone)", False),
    ("exists(n)", True),
    ("n + m * 2 - 1", None),
    ("(n - m) / 4", None),
    ("n % 4", None),
    ("m % 2", None),
    ("-(n + 1)", None),
    ("not (n > 5 and b)", None),
    ('if n > 5 then t else "small"', None),
    ("t + u", None),
    ("t < u", None),
    ("t == u", None),
]
VALUES: dict[str, tuple[str, str, Any]] = {
    "n": ("Int", "7", 7),
    "m": ("Int", "-3", -3),
    "z": ("Int", "0", 0),
    "f": ("Float", "2.55", 2.55),
    "b": ("Bool", "true", True),
    "d": ("String", '"12.50"', "12.50"),
    "t": ("String", '"Ab, cAb, c"', "Ab, cAb, c"),
    "u": ("String", '"Ab"', "Ab"),
    "w": ("String", '", c"', ", c"),
    "s": ("String", '"  two  words \\n"', "  two  words \n"),
    "a": ("String", '"\u00e4\u00f6\u00fc"', "\u00e4\u00f6\u00fc"),
}
LISTS: dict[str, tuple[str, Any]] = {
    "list": ("List<Int>", [1, 2, 3]),
    "words": ("List<String>", ["x", "y"]),
    "day": ("Date", "2026-02-28"),
}


def test_functions(cloud: Cloud) -> None:
    """Each function gives at run time what it gives while compiling, or what the table says."""
    kinds = {name: kind for name, (kind, _, _) in VALUES.items()} | {name: kind for name, (kind, _) in LISTS.items()}
    inputs = ", ".join(f"{name}: {kind}" for name, kind in kinds.items()) + ", gone: String? = none"
    data = {name: value for name, (_, _, value) in VALUES.items()} | {name: value for name, (_, value) in LISTS.items()}
    body = "return { " + ", ".join(f"r{i}: {text}" for i, (text, _) in enumerate(BUILTINS)) + " }"
    found = run(cloud, program(body, inputs), data)
    folded = fold([text for text, wanted in BUILTINS if wanted is None])
    wanted = {text: folded[text] if value is None else value for text, value in BUILTINS}
    got = {text: found.get(f"r{i}") for i, (text, _) in enumerate(BUILTINS)}
    assert got == wanted


def fold(expressions: list[str]) -> dict[str, Any]:
    """The values of expressions over constants: no expression may be left in the definition."""
    constants = "\n".join(f"const {name} = {value}" for name, (_, value, _) in VALUES.items())
    body = "return { " + ", ".join(f"r{i}: {text}" for i, text in enumerate(expressions)) + " }"
    template = compile_text(program(body, "", constants))
    (machine,) = [item for item in template["Resources"].values() if item["Type"] == "AWS::StepFunctions::StateMachine"]
    definition = json.loads(machine["Properties"]["DefinitionString"])
    (state,) = definition["States"].values()
    left = {text: state["Output"][f"r{i}"] for i, text in enumerate(expressions)}
    unfolded = [text for text, value in left.items() if isinstance(value, str) and value.startswith("{%")]
    assert unfolded == []
    return left


HOSTILE = [
    "it's",
    'say "hi"',
    "{% $x %}",
    "{%",
    "%}",
    "${AWS::Region}",
    "${x}",
    "$states.input",
    "\\",
    "\\'",
    "a\\nb",
    "line\nbreak",
    "tab\tstop",
    "caf\u00e9 \u20ac \U0001f600",
    "' & $x & '",
    "}'\"`",
    "/* x */ // y",
    "",
    " ",
    "null",
    "true",
    "1",
    "\u2028",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(cloud: Cloud, text: str) -> None:
    """Whatever stands in a constant, a parameter or an input stays a text."""
    if "\u2028" in text or not text.isascii():
        parameter = "plain"   # CloudFormation takes them; the check of the parameter's pattern is not moto's
    else:
        parameter = text
    literal = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    literal = literal.replace("\n", "\\n").replace("\t", "\\t")
    source = program(
        """
        stage asked = lambda_job {
            function: probe
            payload: { c: c, p: p, i: i, all: "<${c}|${p}|${i}>", fixed: "<${c}>" }
        }
        let answer: { c: String, p: String, i: String, all: String, fixed: String } = asked.result
        let here = [for x in [c, p, i]: "${x}!"]
        return { answer, here, map: { "k": c }, same: [c == i, "${c}" == i] }
        """,
        "i: String",
        f'const c = "{literal}"\nparam p: String',
    )
    execution = execute(cloud, source, {"i": text}, {"P": parameter})
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause)
    assert execution.output == {
        "answer": {
            "c": text,
            "p": parameter,
            "i": text,
            "all": f"<{text}|{parameter}|{text}>",
            "fixed": f"<{text}>",
        },
        "here": [text + "!", parameter + "!", text + "!"],
        "map": {"k": text},
        "same": [True, True],
    }


# ---- inputs --------------------------------------------------------------------------------------------------------

CHECKED = program(
    "return { day, market, count, order, prices }",
    'day: Date, market: "de" | "fr" = "de", count: Int(min: 1, max: 9) = 3, '
    'order: { id: String(pattern: "[a-z]+"), amount: Float, note: String? }, prices: Map<Float> = {}',
)
FITS = {"day": "2026-01-05", "order": {"id": "a", "amount": 1.5}}
MISFITS: list[tuple[Any, str]] = [
    ([], "the input must be an object with the inputs by name: day, market, count, order, prices"),
    ({"order": FITS["order"]}, "day must be a date, yyyy-mm-dd"),
    ({**FITS, "day": "2026-13-05"}, "day must be a date, yyyy-mm-dd"),
    ({**FITS, "market": "at"}, 'market must be "de" or "fr"'),
    ({**FITS, "count": 10}, "count must be a whole number, at least 1, at most 9"),
    ({**FITS, "count": 1.5}, "count must be a whole number, at least 1, at most 9"),
    ({**FITS, "order": "a"}, "order must be an object with id, amount"),
    ({**FITS, "order": {"id": "a"}}, "order.amount must be a number"),
    ({**FITS, "order": {"id": "A", "amount": 1}}, "order.id must be a text, of the form [a-z]+"),
    ({**FITS, "order": {"id": "a", "amount": 1, "note": 5}}, "order.note must be a text"),
    ({**FITS, "prices": {"x": 1, "y": "2"}}, "prices must be an object, each value a number"),
    ({**FITS, "cuont": 2}, "no input is named cuont; there are: day, market, count, order, prices"),
]


def test_inputs_that_do_not_fit_are_named(cloud: Cloud) -> None:
    stack = deploy(cloud, CHECKED)
    for given, problem in MISFITS:
        execution = cloud.run(stack.machine(), given)
        assert (execution.status, execution.error, execution.cause) == ("FAILED", "InvalidInput", problem), given
    for given in [FITS, {**FITS, "prices": {}, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn"}, {**FITS, "prices": {"x": 1.5}}]:
        execution = cloud.run(stack.machine(), given)
        assert execution.status == "SUCCEEDED", (execution.error, execution.cause)


@pytest.mark.parametrize(
    ("on", "inputs", "sent", "output"),
    [
        ('messages(inbox, into: "list")', "list: List<Int>", [1, 2], [1, 2]),
        ('messages(inbox, into: "list")', "list: List<Int>", [1], [1]),
        ("messages(inbox, input: { list: message.body })", "list: Int", [{"list": 7}], 7),
    ],
)
def test_messages_come_as_a_list(cloud: Cloud, on: str, inputs: str, sent: Any, output: Any) -> None:
    """A pipe sends a list, also of one message; a person starts the pipeline with its inputs."""
    stack = deploy(cloud, program(f"on: {on}\nwait 1s\nreturn list", inputs, "resource inbox = queue {}"))
    assert cloud.run(stack.machine(), sent).output == output
    assert cloud.run(stack.machine(), {"list": output}).output == output


# ---- programs as people write them -----------------------------------------------------------------------------------

SAGA = """
        try {
            stage hotel = lambda_job { function: breaker, payload: { id: "h-1", price: 80, error: if bad == "hotel" then "Odd" else none }, retry: [] }
            let hotel_booking: { id: String, price: Float } = hotel.result
            try {
                stage flight = lambda_job { function: breaker, payload: { id: "f-1", price: 120.5, error: if bad == "flight" then "Odd" else none }, retry: [] }
                let flight_booking: { id: String, price: Float } = flight.result
            } catch as problem {
                stage undo_hotel = lambda_job { function: probe, payload: { cancel: hotel_booking.id } }
                fail TripFailed "${problem.error}: ${problem.cause}"
            }
        } catch as problem {
            stage ticket = lambda_job { function: probe, payload: { error: problem.error } }
            fail NotBooked problem.error
        }
        for id in [hotel_booking.id, flight_booking.id] {
            stage keep = lambda_job { function: probe, payload: { id } }
        }
        return { total: hotel_booking.price + flight_booking.price }
"""


@pytest.mark.parametrize(
    ("bad", "error", "cause", "visited"),
    [
        ("none", None, None, {"hotel", "flight", "keep"}),
        ("flight", "NotBooked", "TripFailed", {"hotel", "flight", "undo_hotel", "ticket"}),
        ("hotel", "NotBooked", "Odd", {"hotel", "ticket"}),
    ],
)
def test_saga(cloud: Cloud, bad: str, error: str | None, cause: str | None, visited: set[str]) -> None:
    """What was booked is cancelled when a later booking fails."""
    machine = deploy(cloud, program(SAGA, "bad: String")).machine()
    execution = cloud.run(machine, {"bad": bad})
    assert (execution.error, execution.cause) == (error, cause)
    assert execution.output == ({"total": 200.5} if error is None else None)
    assert visited <= set(execution.states)
    assert not {"undo_hotel", "ticket", "keep"} - visited & set(execution.states)


def test_filters_over_a_list_of_known_size(cloud: Cloud) -> None:
    source = program(
        """
        let done = for n in [1, 2, 3] (unroll: true) {
            let err = a * n
            yield { n, err, note: if n == b then none else "n${n}" }
        }
        let best = min([for d in done: d.err])
        let found = [for d in done if d.err == best: d.n]
        let later = [for d, i in done if d.err > 2 and i > 0: "${i}:${d.n}"]
        let named = [for name, rank in { x: 1, y: 2 } if rank == b: name]
        let mixed = [for n in [1, 2, 3] if n != 2 and n >= a: n]
        return { found, many: length(found), first: found[0], later, named, mixed, notes: [for d in done if d.note != none: d.note] }
        """,
        "a: Int, b: Int",
    )
    assert outputs(cloud, source, [{"a": 1, "b": 2}, {"a": 0, "b": 9}, {"a": -2, "b": 1}]) == [
        {"found": [1], "many": 1, "first": 1, "later": ["2:3"], "named": ["y"], "mixed": [1, 3], "notes": ["n1", "n3"]},
        {"found": [1, 2, 3], "many": 3, "first": 1, "later": [], "named": [], "mixed": [1, 3], "notes": ["n1", "n2", "n3"]},
        {"found": [3], "many": 1, "first": 3, "later": [], "named": ["x"], "mixed": [1, 3], "notes": ["n2", "n3"]},
    ]


def test_regions_and_texts_of_arns(cloud: Cloud) -> None:
    source = program(
        """
        match aws.region {
            "eu-central-1", "us-east-1" => { let place = "known" }
            else => { let place = "other" }
        }
        let topic: Arn = "arn:${aws.partition}:sns:${aws.region}:${aws.account}:${name}"
        return { place, topic }
        """,
        "name: String",
    )
    (found,) = outputs(cloud, source, [{"name": "done"}])
    assert found["place"] == "known" and re.fullmatch(r"arn:aws:sns:[a-z0-9-]+:[0-9]{12}:done", found["topic"])
