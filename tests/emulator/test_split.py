"""Programs that are divided into several machines and templates give what they give in one."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from . import Cloud, Execution, iam, nested
from .compiled import BREAKER, PROBE, compile_text
from .generator import Maker
from .test_generated import answers

EVENTS, RESOURCES = 40, 12
FIRST, LAST = map(int, os.environ.get("ZFLOW_SPLIT_SEEDS", "0:6").split(":"))


def small_limits() -> str:
    """The compiler with small limits stands beside the usual one, or is named."""
    beside = Path(os.environ["ZFLOWC"]).parent / "tests" / "small_limits"
    return os.environ.get("ZFLOW_SMALL_LIMITS", str(beside))


def divided(source: str, folder: Path, events: int = EVENTS, resources: int = RESOURCES) -> dict[str, Any]:
    """The template of a program under small limits; what it is divided into is put together again."""
    program, output = folder / "pipeline.zflow", folder / "stack.yaml"
    program.write_text(source, encoding="utf-8")
    command = [small_limits(), str(program), str(output), str(events), str(resources)]
    subprocess.run(command, check=True, timeout=60)
    return nested.load(output)


def machines(template: dict[str, Any]) -> list[str]:
    return [k for k, item in template["Resources"].items() if item["Type"] == "AWS::StepFunctions::StateMachine"]


def both(cloud: Cloud, source: str, folder: Path, inputs: list[Any]) -> list[tuple[Execution, Execution]]:
    """Each input in one machine, and in several."""
    whole = cloud.deploy(compile_text(source), name="whole")
    parts = cloud.deploy(divided(source, folder), name="parts")
    assert (folder / "stack.part1.yaml").exists()
    assert len(machines(parts.template)) > 2
    found = []
    for data in inputs:
        one = cloud.run(whole.machine("MainPipeline"), data)
        several = cloud.run(parts.machine("MainPipeline"), data)
        assert several.expression_errors == []
        assert end_of(one) == end_of(several)
        found.append((one, several))
    for name in machines(parts.template):
        for execution in executions(cloud, parts.machine(name)):
            assert iam.missing(cloud, parts.machine(name), execution) == []
    return found


def end_of(execution: Execution) -> tuple[str, str, str | None, str]:
    """How it ended; the folder that a function ran in is in its stack trace."""
    folder = re.compile(r"lambda-\w+")
    output, cause = (folder.sub("", json.dumps(value)) for value in (execution.output, execution.cause))
    return execution.status, output, execution.error, cause


def executions(cloud: Cloud, machine: str) -> list[Execution]:
    found = cloud.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return [cloud.wait(item["executionArn"]) for item in found]


def stages(prefix: str, count: int, payload: str = "{ n: n }") -> str:
    return "\n".join(
        f"stage {prefix}{i} = lambda_job {{ function: probe, payload: {payload} }}" for i in range(count)
    )


def program(body: str, inputs: str) -> str:
    return f"stack language {{}}\n{PROBE}{BREAKER}\npipeline main({inputs}) {{\n{body}\n}}\n"


def test_values_of_every_kind_reach_the_parts_that_read_them(cloud: Cloud, tmp_path: Path) -> None:
    source = program(
        f"""
        {stages("a", 8)}
        let first: {{ n: Int }} = a0.result
        let sum = first.n + 1
        if n > 3 {{ let size = "big" }} else {{ let size = "small" }}
        {stages("b", 8, "{ n: sum, size, day, note }")}
        let second: {{ n: Int, size: String, day: String }} = b7.result
        let all = for item, i in list {{
            {stages("c", 8, "{ n: item, i }")}
            let last: {{ n: Int, i: Int }} = c7.result
            yield "${{last.n}}-${{last.i}}-${{size}}"
        }}
        let two = parallel {{
            left {{ {stages("d", 8, "{ n: second.n }")}  }}
            right {{ let x = sum * 2 }}
        }}
        let left: {{ n: Int }} = two.left.d7.result
        return {{ sum, size, day: second.day, all, left: left.n, right: two.right.x, note, n }}
        """,
        "n: Int, list: List<Int>, day: Date, note: String? = none",
    )
    day = "2026-01-31"
    runs = both(cloud, source, tmp_path, [
        {"n": 5, "list": [1, 2], "day": day, "note": "x"}, {"n": 1, "list": [], "day": day}, {"n": "no"}])
    assert runs[0][1].output == {"sum": 6, "size": "big", "day": day, "all": ["1-0-big", "2-1-big"], "left": 6,
                                 "right": 12, "note": "x", "n": 5}
    assert [one.status for one, _ in runs] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]


def test_the_execution_is_the_one_that_was_started(cloud: Cloud, tmp_path: Path) -> None:
    body = stages("a", 16, "{ name: pipeline.execution }")
    source = program(f"{body}\nlet last: {{ name: String }} = a15.result\nreturn last.name", "n: Int")
    parts = cloud.deploy(divided(source, tmp_path), name="parts")
    execution = cloud.run(parts.machine("MainPipeline"), {"n": 1}, name="my-execution")
    assert execution.output == "my-execution"


FAILURES = """
    {before}
    try {{
        {inside}
        stage bad = lambda_job {{ function: breaker, payload: {{ error: what, cause: "so it is" }} }}
        let answer = "fine"
    }} catch Odd as problem {{
        let answer = problem.cause
    }}
    {after}
    if what == "late" {{ fail TooLate "after ${{answer}}" }}
    return answer
"""


@pytest.mark.parametrize("what", ["", "Odd", "Other", "late"])
def test_errors_of_parts_have_their_names(cloud: Cloud, tmp_path: Path, what: str) -> None:
    body = FAILURES.format(before=stages("a", 8), inside=stages("b", 16), after=stages("c", 8))
    source = program(f"let n = 1\n{body}", "what: String")
    [(one, several)] = both(cloud, source, tmp_path, [{"what": what}])
    expected = {"": None, "Odd": None, "Other": "Other", "late": "TooLate"}
    assert several.error == expected[what]
    assert (one.status == "SUCCEEDED") == (expected[what] is None)


def test_an_early_return_ends_the_pipeline(cloud: Cloud, tmp_path: Path) -> None:
    source = program(
        f"""
        {stages("a", 8)}
        if n > 3 {{
            {stages("b", 16)}
            let early: {{ n: Int }} = b15.result
            return early.n
        }}
        {stages("c", 8)}
        return "late"
        """,
        "n: Int",
    )
    runs = both(cloud, source, tmp_path, [{"n": 5}, {"n": 1}])
    assert [several.output for _, several in runs] == [5, "late"]


@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_random_programs_run_as_predicted(cloud: Cloud, tmp_path: Path, seed: int) -> None:
    """Cut wherever they can be."""
    maker = Maker(seed)
    program = maker.program(PROBE + BREAKER)
    stack = cloud.deploy(divided(program.source, tmp_path, events=14, resources=500))
    machine = next(stack.resources[name] for name in machines(stack.template) if "Part" not in name)
    for _ in range(2):
        data = maker.data(program.inputs)
        status, result, trace = program.predict(data)
        execution = cloud.run(machine, data)
        found = execution.output if execution.status == "SUCCEEDED" else execution.error
        where = f"{data}\n{execution.states}\n{execution.cause}\n{program.source}"
        assert (execution.status, found) == (status, result), where
        assert execution.expression_errors == [], where
        calls = answers(cloud)
        if trace.ordered:
            assert calls == trace.calls, where
        else:
            assert sorted(calls, key=repr) == sorted(trace.calls, key=repr), where
