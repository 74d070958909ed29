"""Random well-typed programs compile without an error, and run as they must: the calls, their payloads, the result.

`ZFLOW_SEEDS=100:200` runs others than the usual seeds.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from . import Cloud, iam
from .compiled import BREAKER, PROBE, compiler, deploy
from .generator import Maker

FIRST, LAST = map(int, os.environ.get("ZFLOW_SEEDS", "0:24").split(":"))
RUNS = 3


def answers(cloud: Cloud) -> list[tuple[str, dict[str, object]]]:
    """The calls of functions, as the generator notes them."""
    calls = [dict(invocation.event) for invocation in cloud.invocations]
    cloud.invocations.clear()
    return [(call.pop("id"), call) for call in calls]


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
        if trace.ordered:
            assert calls == trace.calls, where
        else:
            assert sorted(calls, key=repr) == sorted(trace.calls, key=repr), where
