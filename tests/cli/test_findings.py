"""The `zflowc` command from outside. Checking: forms and colours of findings."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

from zflowc import BAD, CLEAN, FAILED, FINDINGS, GOOD, WARNS, ZFLOWC, fails, run, write

# --- checking


def test_check_says_nothing_when_there_is_nothing_to_say(tmp_path: Path) -> None:
    result = run("--check", write(tmp_path, "p.zflow", GOOD))
    assert (result.returncode, result.stdout, result.stderr) == (CLEAN, b"", b"")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.zflow"]


def test_check_shows_findings_on_standard_output(tmp_path: Path) -> None:
    result = run("--check", write(tmp_path, "p.zflow", BAD))
    assert result.returncode == FINDINGS
    assert b"error[unknown-name]" in result.stdout
    assert b"Found 1 error" in result.stdout
    assert result.stderr == b""


def test_check_takes_several_files_and_goes_on(tmp_path: Path) -> None:
    good, bad = write(tmp_path, "good.zflow", GOOD), write(tmp_path, "bad.zflow", BAD)
    assert run("--check", good, good).returncode == CLEAN
    result = run("--check", bad, good, bad, "--format", "concise")
    assert result.returncode == FINDINGS
    assert b"bad.zflow:2:" in result.stdout
    missing = run("--check", tmp_path / "none.zflow", bad, "--format", "concise")
    assert missing.returncode == FAILED
    assert b"none.zflow" in missing.stderr


def test_warnings_are_findings_of_a_check(tmp_path: Path) -> None:
    assert run("--check", write(tmp_path, "p.zflow", WARNS)).returncode == FINDINGS


# --- forms of findings


def test_json_findings(tmp_path: Path) -> None:
    findings = json.loads(run("--check", "--format", "json", write(tmp_path, "p.zflow", BAD)).stdout)
    assert [f["id"] for f in findings] == ["unknown-name"]
    assert json.loads(run("--check", "--format", "json", write(tmp_path, "g.zflow", GOOD)).stdout) == []


def test_sarif_findings(tmp_path: Path) -> None:
    log = json.loads(run("--check", "--format", "sarif", write(tmp_path, "p.zflow", BAD)).stdout)
    assert log["version"] == "2.1.0"
    assert [r["ruleId"] for r in log["runs"][0]["results"]] == ["unknown-name"]
    clean = json.loads(run("--check", "--format", "sarif", write(tmp_path, "g.zflow", GOOD)).stdout)
    assert clean["runs"][0]["results"] == []


def test_github_findings(tmp_path: Path) -> None:
    lines = run("--check", "--format", "github", write(tmp_path, "p,%:q.zflow", BAD)).stdout.decode().splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"::error file=[^,]*p%2C%25%3Aq\.zflow,line=2,.*::.*", lines[0])


def test_concise_findings(tmp_path: Path) -> None:
    result = run("--check", "--format", "concise", "p.zflow", cwd=write(tmp_path, "p.zflow", BAD).parent)
    assert re.fullmatch(rb"p\.zflow:2:\d+: error\[unknown-name\]: .*\n", result.stdout)


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    fails(run("--check", "--format", "xml", write(tmp_path, "p.zflow", GOOD)), "xml", "sarif")


# --- colours


def on_terminal(*arguments: str | Path, **environment: str) -> bytes:
    """What the program prints when standard output is a terminal."""
    leader, follower = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    settings = {**inherited, "TERM": "xterm", **environment}
    subprocess.run([ZFLOWC, *map(str, arguments)], stdout=follower, stderr=follower, env=settings, timeout=60)
    os.close(follower)
    text = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    os.close(leader)
    return text


def test_colours_are_for_terminals(tmp_path: Path) -> None:
    bad = write(tmp_path, "p.zflow", BAD)
    assert b"\x1b[" in on_terminal("--check", bad)
    assert b"\x1b[" not in run("--check", bad).stdout
    assert b"\x1b[" not in on_terminal("--check", bad, NO_COLOR="1")
    assert b"\x1b[" in on_terminal("--check", bad, NO_COLOR="")
    assert b"\x1b[" not in on_terminal("--check", bad, TERM="dumb")
    assert b"\x1b[" not in on_terminal("--check", bad, "--color", "never")
    assert b"\x1b[" in run("--check", bad, "--color", "always").stdout
    assert b"\x1b[" in on_terminal("--check", bad, "--color", "always", NO_COLOR="1")
    assert b"\x1b[" not in on_terminal("--check", bad, "--format", "concise")
