"""Rules about the source itself: which folder may use which, what the core must not touch, which words do not belong."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A folder may include itself and what stands before it.
ORDER = ["base", "diagnostics", "syntax", "format", "schema", "types", "ir", "library", "elaborate", "check", "split", "lower", "iam",
         "template", "show", "driver", "server"]
# The grammar is a part of the syntax phase that has a place of its own.
SAME_AS = {"grammar": "syntax", "..": "syntax"}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
# Files, terminals, clocks, randomness, threads, the environment: a caller's business.
IMPURE = {"fstream", "iostream", "cstdio", "stdio.h", "filesystem", "chrono", "ctime", "time.h", "sys/time.h", "random",
          "thread", "future", "unistd.h", "sys/stat.h", "fcntl.h", "spdlog/spdlog.h"}
IMPURE_CALLS = re.compile(r"\b(?:std::)?(?:getenv|setenv|time|clock|rand|srand|printf|fopen|puts|exit|abort|system)\s*\(")
SHELLS = {"driver", "server"}
PURE_DRIVER = {"compile.cpp", "compile.hpp"}

IGNORED = {".git", "node_modules", "__pycache__", ".pytest_cache", ".venv"}
TEXTS = {".cpp", ".hpp", ".def", ".py", ".md", ".zflow", ".json", ".js", ".mjs", ".txt", ".yml", ".yaml", ".sh", ".ini",
         ".toml", ".cmake", ""}
# Traces of how and where the project was written, and secrets. Split so that this file does not match itself.
UNWANTED = {
    "the tool that wrote it": r"(?i)\b(?:chat" r"gpt|open" r"ai|anth" r"ropic|copi" r"lot|cla" r"ude|sub" r"agents?)\b",
    "an order to a tool": r"(?i)\b(?:system|user|this|the) pro" r"mpts?\b|\bas an ai\b",
    "a sitting": r"(?i)\b(?:this|previous|next|another|earlier) sess" r"ions?\b",
    "a path of one machine": r"/(?:wo" r"rk|ho" r"me|Us" r"ers)/[a-z]|/tmp/(?:no" r"tes|z" r"b)\b",
    "a package mirror": r"(?i)\b(?:arti" r"factory|ne" r"xus)\b|https?://[^\s\"]*(?:mir" r"ror|localhost:\d+/)[^\s\"]*\.tgz",
    "a key": r"\bAK" r"IA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "unfinished work": r"\b(?:FI" r"XME|TO" r"DO|XX" r"X|HA" r"CK)\b",
}
# No traces: the prefix of a service in policies, and who has the copyright of the list of actions.
NAMES_OF_OTHERS = re.compile(r"aws-external-anth" r"ropic|\bCloud Copi" r"lot\b")


def _sources(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.suffix in {".cpp", ".hpp", ".def"})


def _phase(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "compiler" else SAME_AS[parts[0]]


def _includes(path: Path) -> Iterator[tuple[bool, str]]:
    """Whether it is a system header, and its name."""
    for match in INCLUDE.finditer(path.read_text(encoding="utf-8")):
        yield match[1] == "<", match[2]


def _target(path: Path, name: str) -> str:
    """The phase of a header of ours; made headers and those in the same folder count as the includer's."""
    first = name.split("/")[0]
    first = SAME_AS.get(first, first)
    return first if "/" in name else _phase(path)


COMPILER = _sources(ROOT / "compiler") + _sources(ROOT / "grammar")


def test_every_folder_has_its_place() -> None:
    folders = {p.name for p in (ROOT / "compiler").iterdir() if p.is_dir()}
    assert folders == set(ORDER)


def test_includes_go_one_way() -> None:
    wrong = []
    for path in COMPILER:
        here = ORDER.index(_phase(path))
        for system, name in _includes(path):
            if system or "/" not in name:
                continue
            target = _target(path, name)
            if target not in ORDER or ORDER.index(target) > here:
                wrong.append(f"{path.relative_to(ROOT)} includes {name}")
    assert not wrong, "\n".join(wrong)


def test_included_files_exist() -> None:
    """A header of ours that cannot be found would not be checked by the test above."""
    missing = []
    for path in COMPILER:
        for system, name in _includes(path):
            places = (path.parent / name, ROOT / "compiler" / name, ROOT / name)
            if not system and not any(p.exists() for p in places):
                missing.append(f"{path.relative_to(ROOT)}: {name}")
    assert not missing, "\n".join(missing)


def _core() -> list[Path]:
    return [p for p in COMPILER if _phase(p) not in SHELLS or p.name in PURE_DRIVER]


def _code(path: Path) -> str:
    """Without comments and strings."""
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', path.read_text(encoding="utf-8"))
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)


def test_the_core_is_pure() -> None:
    wrong = [f"{p.relative_to(ROOT)}: <{name}>" for p in _core() for system, name in _includes(p)
             if system and name in IMPURE]
    wrong += [f"{p.relative_to(ROOT)}: {match[0]}" for p in _core() for match in IMPURE_CALLS.finditer(_code(p))]
    assert not wrong, "\n".join(wrong)


def test_the_core_knows_no_service() -> None:
    """Names of services are data. What every stack is made of (states, logs, kms, iam, …) belongs to the template."""
    services = re.compile(r"(?i)sagemaker|databricks|dynamodb|athena|emrserverless|bedrock")
    folders = {"base", "syntax", "types", "ir", "library", "check", "split", "lower", "iam"}
    wrong = [f"{p.relative_to(ROOT)}: {match[0]}" for p in COMPILER if _phase(p) in folders and "grammar" not in p.parts
             for match in services.finditer(re.sub(r"//[^\n]*", "", p.read_text(encoding="utf-8")))]
    assert not wrong, "\n".join(wrong)


@functools.cache
def _project_files() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        folders[:] = [f for f in folders if f not in IGNORED and not (at_root and f.startswith("build"))]
        found += [Path(folder) / f for f in files if Path(f).suffix in TEXTS]
    return sorted(found)


@pytest.mark.parametrize("what", UNWANTED)
def test_no_traces(what: str) -> None:
    pattern = re.compile(UNWANTED[what])
    wrong = []
    for path in _project_files():
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if match := pattern.search(NAMES_OF_OTHERS.sub("", line)):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert not wrong, f"{what}:\n" + "\n".join(wrong[:40])


def test_the_search_for_traces_finds_some() -> None:
    """Each pattern matches what it is for, and none matches the words of the project."""
    samples = {"the tool that wrote it": "written by Cla" "ude", "an order to a tool": "see the pro" "mpt",
               "a sitting": "in the next sess" "ion", "a path of one machine": "/wo" "rk/main",
               "a package mirror": "from arti" "factory", "a key": "AK" "IA" + "A" * 16, "unfinished work": "// TO" "DO later"}
    assert samples.keys() == UNWANTED.keys()
    for what, sample in samples.items():
        assert re.search(UNWANTED[what], sample), what
        assert not re.search(UNWANTED[what], "a Session, a working directory, a training job"), what


LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]*))?\)")


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", [p for p in _project_files() if p.suffix == ".md"], ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target, anchor in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        to = (page.parent / target).resolve() if target else page
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in _anchors(to)):
            broken.append(f"{target}#{anchor}")
    assert not broken, f"{page.relative_to(ROOT)}: {broken}"
