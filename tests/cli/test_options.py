"""The `zflowc` command from outside. Options and wrong calls."""

import re
from pathlib import Path

import pytest
from zflowc import CLEAN, GOOD, fails, run, write


def test_version_and_help() -> None:
    version = run("--version")
    assert version.returncode == CLEAN
    assert re.fullmatch(rb"zflowc \d+\.\d+\.\d+\n", version.stdout)
    assert run("--version", "--check").stdout == version.stdout   # with others, and alone
    assert run("--help").stdout == run("-h").stdout == run("--help", "--check").stdout
    text = run("--help").stdout.decode()
    flags = ["--output", "--check", "--json", "--emit", "--graph-format", "--format", "--color", "--stdin-filename"]
    for flag in [*flags, "--timings", "--verbose", "explain", "doc", "fmt", "fix"]:
        assert flag in text


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (["-o", "-"], ["--output=-"]),
        (["-o", "-"], ["-o-"]),
        (["-o", "-", "--json"], ["--json=true", "--output", "-"]),
        (["--emit", "graph", "--graph-format", "mermaid"], ["--graph-format=mermaid", "--emit=graph"]),
        (["--emit", "asl", "--format", "json"], ["--emit", "asl", "--format=json"]),
        (["--emit", "ir", "--deny", "warnings"], ["--emit", "ir", "--deny=warnings"]),
        (["--emit", "ir", "--no-config"], ["--emit", "ir", "--no-config", "--"]),
    ],
)
def test_options_may_be_written_in_other_ways(tmp_path: Path, usual: list[str], other: list[str]) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    wanted = run(source, *usual)
    assert wanted.returncode == CLEAN and wanted.stdout
    assert run(source, *other).stdout == run(*usual, source).stdout == wanted.stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-o", "a.yaml", "-o", "b.yaml"], "--output"),
        (["-o"], "--output"),
        (["--emit", "ast"], "ast"),
        (["--chekc"], "--chekc"),
        (["--check", "--color", "red"], "red"),
    ],
)
def test_what_is_wrong_with_options(tmp_path: Path, arguments: list[str], word: str) -> None:
    fails(run(write(tmp_path, "p.zflow", GOOD), *arguments), word, "--help")
    assert not list(tmp_path.glob("*.yaml"))


def test_timings(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    lines = run(source, "-o", tmp_path / "s.yaml", "--timings").stderr.decode().splitlines()
    assert [line.split()[0] for line in lines][-1] == "all"
    assert all(re.fullmatch(r"\w+ +\d+\.\d{3} ms", line) for line in lines)
    checked = run("--check", "--timings", source)
    assert checked.stdout == b"" and b"all" in checked.stderr


def test_verbose(tmp_path: Path) -> None:
    result = run("--verbose", write(tmp_path, "p.zflow", GOOD), "-o", tmp_path / "s.yaml")
    assert b"s.yaml: 1 pipeline, 1 state, " in result.stderr
    assert result.stdout == b""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["no file", "--help"]),
        (["p.zflow"], ["-o stack.yaml"]),
        (["p.zflow", "q.zflow", "-o", "-"], ["one file", "--check"]),
        (["--check", "p.zflow", "-o", "x.yaml"], ["--check"]),
        (["--check", "p.zflow", "--emit", "ir"], ["--check"]),
        (["--check"], ["no file"]),
        (["--chekc", "p.zflow"], ["--chekc"]),
        (["p.zflow", "-o"], ["--output"]),
        (["--check", "-", "-"], ["standard input"]),
        (["p.zflow", "-o", "-", "--graph-format", "mermaid"], ["--emit graph"]),
        (["p.zflow", "--emit", "asl", "--json"], ["--json"]),
    ],
)
def test_wrong_calls(tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    write(tmp_path, "p.zflow", GOOD)
    write(tmp_path, "q.zflow", GOOD)
    fails(run(*arguments, cwd=tmp_path), *words)
