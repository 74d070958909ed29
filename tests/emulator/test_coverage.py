"""Every kind of the standard library stands in a golden program, and in one that runs here with its requests checked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from .compiled import EXAMPLES, ROOT, compiler

HERE = Path(__file__).parent
GOLDEN = ROOT / "tests" / "golden"
# What programs use without its name: a pipeline that is started like a stage, and `read_json`.
BEHIND = {
    "run_and_wait": r"= \w+ \{[^}]*\}\n.*\.output\b",
    "run_and_leave": r"\bwait: false\b",
    "run_express": r"\bexpress: true\b",
    "stored_text": r"\bread_json\(",
}


def kinds() -> list[str]:
    """All of the catalogue."""
    catalogue = subprocess.run([compiler(), "doc"], text=True, capture_output=True, check=True).stdout
    sections = re.findall(r"^## (Stage|Resource) kinds\n(.*?)(?=^## |\Z)", catalogue, re.M | re.S)
    assert len(sections) == 2
    return [name for _, text in sections for name in re.findall(r"^### `(\w+)`", text, re.M)]


def used_in(text: str, kind: str) -> bool:
    return bool(re.search(rf"(stage|resource) \w+ = {kind} \{{", text) or (kind in BEHIND and re.search(BEHIND[kind], text)))


def golden_programs() -> str:
    return "\n".join(path.read_text() for path in sorted(GOLDEN.glob("*/*.zflow")))


def programs_that_run() -> str:
    """The programs in the tests here, the golden ones that they deploy, and the examples."""
    tests = "\n".join(path.read_text() for path in sorted(HERE.glob("test_*.py"))).replace("{{", "{")
    deployed = [GOLDEN / name / "main.zflow" for name in re.findall(r'program\("(\w+)"\)', tests)]
    deployed += [EXAMPLES / name / "pipeline.zflow" for name in re.findall(r'EXAMPLES / "(\w+)"', tests)]
    return "\n".join([tests, *(path.read_text() for path in deployed if path.exists())])


def test_the_catalogue_is_read() -> None:
    found = kinds()
    assert len(found) > 50 and {"training_job", "bucket", "key", "read_secret"} <= set(found)


@pytest.mark.parametrize("where", [golden_programs, programs_that_run])
def test_every_kind_is_used(where: object) -> None:
    text = where()  # type: ignore[operator]
    assert [kind for kind in kinds() if not used_in(text, kind)] == []
