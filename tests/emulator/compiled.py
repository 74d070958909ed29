"""Compiles zflow programs with the binary named by ``ZFLOWC`` and deploys the template.

If ``ZFLOW_TEMPLATES`` names a folder, a copy of each template is kept there, for the tools in ``tests/conformance``.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from . import template
from .cloud import Cloud, Stack
from .databricks_stub import Databricks

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

# A function that answers with the event it got, and one that fails on demand.
PROBE = '''
resource probe = function {
    source: """
        def handler(event, context):
            return event
        """
}
'''
BREAKER = '''
resource breaker = function {
    source: """
        class Odd(Exception): pass
        class Other(Exception): pass
        def handler(event, context):
            what = event.get("error")
            if what == "Odd": raise Odd(event.get("cause", "it is odd"))
            if what == "Other": raise Other("it is other")
            return event
        """
}
'''


class CompileError(Exception):
    """The compiler refused a program; the text is what it said."""


def compiler() -> str:
    """The binary under test: these tests make no sense without one."""
    try:
        return os.environ["ZFLOWC"]
    except KeyError:
        raise RuntimeError("set ZFLOWC to the compiler binary") from None


def compile_file(path: Path, name: str | None = None) -> dict[str, Any]:
    """The template of a program in a file."""
    with tempfile.TemporaryDirectory(prefix="zflow-") as folder:
        output = Path(folder) / "template.yaml"
        command = [compiler(), str(path), "-o", str(output)]
        done = subprocess.run(command, text=True, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise CompileError(f"{path}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        _keep(output, name or path.parent.name)
        return template.load(output)


def compile_text(source: str, name: str | None = None) -> dict[str, Any]:
    """The template of a program."""
    with tempfile.TemporaryDirectory(prefix="zflow-") as folder:
        path = Path(folder) / "pipeline.zflow"
        path.write_text(source, encoding="utf-8")
        return compile_file(path, name or _test_name())


def deploy(cloud: Cloud, source: str | Path, parameters: dict[str, str] | None = None) -> Stack:
    """Compile a program (text, or the path of a file) and deploy it."""
    compiled = compile_file(source) if isinstance(source, Path) else compile_text(source)
    return cloud.deploy(compiled, parameters)


def run(cloud: Cloud, source: str, data: Any = None, parameters: dict[str, str] | None = None) -> Any:
    """The output of a program that has to succeed."""
    execution = cloud.run(deploy(cloud, source, parameters).machine(), data)
    assert execution.status == "SUCCEEDED", (execution.error, execution.cause, execution.states)
    return execution.output


def connect(cloud: Cloud, databricks: Databricks, secret: str = "databricks/token") -> dict[str, str]:
    """Store the stub's token as the secret; returns the parameter that names the stub's address."""
    cloud.client("secretsmanager").create_secret(Name=secret, SecretString=databricks.token)
    return {"DatabricksHost": databricks.host}


def _test_name() -> str:
    current = os.environ.get("PYTEST_CURRENT_TEST", "program").partition(" ")[0]
    return re.sub(r"[^A-Za-z0-9]+", "-", current.rpartition("::")[2]).strip("-") or "program"


def _keep(output: Path, name: str) -> None:
    """Copy the template, under a number if the name is taken by another template."""
    folder = os.environ.get("ZFLOW_TEMPLATES")
    if not folder:
        return
    text, number = output.read_bytes(), 1
    target = Path(folder) / f"{name}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    while target.exists() and target.read_bytes() != text:
        number += 1
        target = Path(folder) / f"{name}-{number}.yaml"
    target.write_bytes(text)
