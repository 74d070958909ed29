"""Breaks every valid program in one place at a time and asks whether the compiler refuses it.

A mutant that is accepted has to be legal: by the signatures of the kinds (legal.py), or survivors.txt says why. A line there
names the operator, what was changed (with wildcards), and the reason. A survivor that no line accounts for fails the test, and so does a line that accounts for
nothing.  `ZFLOW_UPDATE=1` writes the survivors without a reason to survivors.new, to be read and explained.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from . import legal
from .operators import OPERATORS, Mutant, Subject
from .signatures import Signatures, of_library

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FOLDERS = ("examples/*/*.zflow", "tests/golden/*/main.zflow", "tests/valid/*.zflow")


@dataclass(frozen=True)
class Verdict:
    program: Path
    mutant: Mutant
    status: int
    output: str
    #: By the signatures alone; only asked of survivors.
    legal: str | None = None

    @property
    def key(self) -> str:
        return f"{self.mutant.operator} {self.mutant.detail}"

    @property
    def by_an_error(self) -> bool:
        return " error[" in self.output

    @property
    def at_its_line(self) -> bool:
        lines = [int(part.split(":")[1]) for part in self.output.splitlines() if part.count(":") > 2 and part.split(":")[1].isdigit()]
        return bool(lines) and abs(lines[0] - self.mutant.line) <= 1


def programs() -> list[Path]:
    return sorted(path for pattern in FOLDERS for path in ROOT.glob(pattern))


def check(program: Path, mutant: Mutant, signatures: Signatures) -> Verdict:
    command = [os.environ["ZFLOWC"], "--check", "--format", "concise", "--stdin-filename", str(program), "-"]
    done = subprocess.run(command, input=mutant.source.encode(), capture_output=True, timeout=20, cwd=ROOT)
    why = legal.reason(mutant, signatures) if done.returncode == 0 else None
    return Verdict(program, mutant, done.returncode, done.stdout.decode() + done.stderr.decode(), why)


def mutants(program: Path, library: Signatures) -> Iterator[tuple[Path, Mutant, Signatures]]:
    source = program.read_text(encoding="utf-8")
    subject = Subject(source, library)
    for operator in OPERATORS:
        for mutant in operator(subject):
            if mutant.source != source:
                yield program, mutant, subject.places.signatures


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    library = of_library(ROOT / "stdlib")
    work = [w for program in programs() for w in mutants(program, library)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda w: check(*w), work))


def reasons() -> list[tuple[str, str]]:
    """Pattern and reason of each line of survivors.txt: ``operator detail -- reason``."""
    lines = (HERE / "survivors.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.partition(" -- ") for line in lines if line.strip() and not line.startswith("#"))
    return [(pattern.strip(), reason.strip()) for pattern, _, reason in parts]


def explained(verdict: Verdict, known: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The line of survivors.txt that accounts for a survivor."""
    return next((line for line in known if fnmatchcase(verdict.key, line[0])), None)


def report(verdicts: list[Verdict], known: list[tuple[str, str]]) -> str:
    refused = [v for v in verdicts if v.status == 1]
    errors, near = sum(v.by_an_error for v in refused), sum(v.at_its_line for v in refused)
    lines = [
        f"{len(verdicts)} mutants of {len(programs())} programs: {errors} refused by an error, {len(refused) - errors} by a warning"
        f" ({100 * near / len(refused):.1f} % at the changed line), {len(verdicts) - len(refused)} legal"
    ]
    all_of, lived = Counter(v.mutant.operator for v in verdicts), Counter(v.mutant.operator for v in verdicts if v.status == 0)
    lines += [f"  {operator:22} {count - lived[operator]:5} of {count:5} refused" for operator, count in all_of.items()]
    groups = Counter(v.legal or (explained(v, known) or ("", "no reason"))[1] for v in verdicts if v.status == 0)
    lines += ["legal, since they are:"] + [f"  {count:5}  {reason}" for reason, count in groups.most_common()]
    return "\n".join(lines)


def test_every_mutant_is_refused_or_legal(verdicts: list[Verdict], capsys: pytest.CaptureFixture[str]) -> None:
    known = reasons()
    lost = [v for v in verdicts if v.status == 0 and not v.legal and not explained(v, known)]
    unexplained = sorted({f"{v.key} -- {v.program.parent.name}/{v.program.name}:{v.mutant.line}" for v in lost})
    with capsys.disabled():
        print("\n" + report(verdicts, known))
    if unexplained and os.environ.get("ZFLOW_UPDATE"):
        (HERE / "survivors.new").write_text("\n".join(unexplained) + "\n", encoding="utf-8")
    assert not unexplained, f"{len(unexplained)} survivors without a reason:\n" + "\n".join(unexplained[:40])


def test_no_mutant_breaks_the_compiler(verdicts: list[Verdict]) -> None:
    odd = [f"{v.status} {v.key} {v.program}:{v.mutant.line}\n{v.output[:300]}" for v in verdicts if v.status not in (0, 1)]
    assert not odd, "\n".join(odd)


def test_every_reason_is_used(verdicts: list[Verdict]) -> None:
    known = reasons()
    used = {explained(v, known) for v in verdicts if v.status == 0 and not v.legal}
    assert [line for line in known if line not in used] == []
