"""A pipeline of many stages, divided into machines and templates: the tools accept every one of them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from test_tools import CFN_LINT, NODE, run

ROOT = Path(__file__).resolve().parents[2]


def test_every_template_of_a_large_stack_is_accepted(tmp_path: Path) -> None:
    source, output = tmp_path / "large.zflow", tmp_path / "large.yaml"
    workload = subprocess.run(["node", str(ROOT / "tools/bench/to_zflow.js"), "600", "single"], capture_output=True, check=True)
    source.write_bytes(workload.stdout)
    subprocess.run([os.environ["ZFLOWC"], str(source), "-o", str(output)], check=True, timeout=60)
    templates = sorted(tmp_path.glob("large*.yaml"))
    assert len(templates) == 3
    assert run(NODE, templates) == (0, {path.stem: [] for path in templates})
    assert run(CFN_LINT, templates[:1]) == (0, {templates[0].stem: []})
