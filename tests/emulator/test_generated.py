"""Random well-typed programs compile without an error, and run as they must: the calls, their payloads, the result.

Two predictions have to come true: that of the generator, which knows the program as it made it, and that of the typed
program which the compiler made of its text, run by ``ir.py``.

`ZFLOW_SEEDS=100:200` runs others than the usual seeds.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from . import Cloud, iam, ir
from .compiled import BREAKER, PROBE, compiler, deploy
from .generator import Maker

FIRST, LAST = map(int, os.environ.get("ZFLOW_SEEDS", "0:24").split(":"))
RUNS = 3


def answers(cloud: Cloud) -> list[tuple[str, dict[str, object]]]:
    """The calls of functions, as the generator notes them."""
    calls = [dict(invocation.event) for invocation in cloud.invocations]
    cloud.invocations.clear()
    return [(call.pop("id"), call) for call in calls]


def respond(payload: dict[str, object]) -> dict[str, object]:
    """What the probe and the breaker answer."""
    if payload.get("error") in ("Odd", "Other"):
        raise ir.Failed(str(payload["error"]))
    return payload


def findings(file: Path) -> list[str]:
    """What the compiler says, but for names that nothing uses: a random program has such."""
    command = [compiler(), "--check", "--format", "concise", "--no-config", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert checked.returncode in (0, 1), checked.stderr
    return [line for line in checked.stdout.splitlines() if line.strip() and "[unused-" not in line]


@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_runs_as_predicted(cloud: Cloud, tmp_path: Path, seed: int) -> None:
    maker = Maker(seed)
    program = maker.program(PROBE + BREAKER)
    file = tmp_path / "generated" / "pipeline.zflow"
    file.parent.mkdir()
    file.write_text(program.source, encoding="utf-8")
    assert findings(file) == [], program.source
    typed = ir.Program(ir.load(file), respond)
    tasks = {step["name"] for step in typed.steps if step["kind"] == "task"}
    machine = deploy(cloud, file).machine()
    for _ in range(RUNS):
        data = maker.data(program.inputs)
        status, result, trace = program.predict(data)
        execution = cloud.run(machine, data)
        found = execution.output if execution.status == "SUCCEEDED" else execution.error
        where = f"{data}\n{execution.states}\n{execution.cause}\n{program.source}"
        assert (execution.status, found) == (status, result), where
        assert execution.expression_errors == [], where
        assert iam.missing(cloud, machine, execution) == []
        calls = answers(cloud)
        typed_status, typed_result, path, payloads = typed.predict(data)
        assert (typed_status, typed_result) == (status, result), where
        expected = [(str(p["id"]), {k: v for k, v in p.items() if k != "id"}) for p in payloads]
        taken = [state for state in execution.states if state in tasks]
        if trace.ordered:
            assert calls == trace.calls == expected, where
            assert taken == path, where
        else:
            assert sorted(calls, key=repr) == sorted(trace.calls, key=repr) == sorted(expected, key=repr), where
            assert sorted(taken) == sorted(path), where


@pytest.mark.parametrize("seed", range(LAST, LAST + 200))
def test_typed_program_means_the_same(tmp_path: Path, seed: int) -> None:
    """More programs, whose two predictions are compared without a run."""
    maker = Maker(seed)
    program = maker.program(PROBE + BREAKER)
    file = tmp_path / "pipeline.zflow"
    file.write_text(program.source, encoding="utf-8")
    typed = ir.Program(ir.load(file), respond)
    for _ in range(RUNS):
        data = maker.data(program.inputs)
        status, result, trace = program.predict(data)
        typed_status, typed_result, _, payloads = typed.predict(data)
        assert (typed_status, typed_result) == (status, result), f"{data}\n{program.source}"
        calls = [{"id": name, **payload} for name, payload in trace.calls]
        if trace.ordered:
            assert payloads == calls, f"{data}\n{program.source}"
        else:
            texts = [sorted(repr(sorted(call.items())) for call in all_calls) for all_calls in (payloads, calls)]
            assert texts[0] == texts[1], f"{data}\n{program.source}"
