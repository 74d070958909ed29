"""`zflowc fmt`: files in the one form of the language."""

from __future__ import annotations

from pathlib import Path

import pytest
from zflowc import CLEAN, FAILED, FINDINGS, as_nobody, fails, run, write

MESSY = "stack s{}\npipeline p{ wait   1s // short\n}\n"
TIDY = "stack s {}\npipeline p {\n    wait 1s  // short\n}\n"
BROKEN = "stack s {}\npipeline p { wait }\n"


def test_files_are_rewritten(tmp_path: Path) -> None:
    messy, tidy = write(tmp_path, "messy.zflow", MESSY), write(tmp_path, "tidy.zflow", TIDY)
    messy.chmod(0o640)
    before = tidy.stat()
    result = run("fmt", messy, tidy)
    assert (result.returncode, result.stdout, result.stderr) == (CLEAN, b"", b"")
    assert messy.read_text() == TIDY
    assert messy.stat().st_mode & 0o777 == 0o640
    assert (tidy.stat().st_mtime_ns, tidy.stat().st_ino) == (before.st_mtime_ns, before.st_ino)   # not touched
    assert sorted(p.name for p in tmp_path.iterdir()) == ["messy.zflow", "tidy.zflow"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    messy = write(tmp_path, "messy.zflow", MESSY)
    link = tmp_path / "link.zflow"
    link.symlink_to("messy.zflow")
    assert run("fmt", link).returncode == CLEAN
    assert link.is_symlink() and messy.read_text() == TIDY


def test_standard_input_goes_to_standard_output() -> None:
    for text in [MESSY, TIDY]:
        result = run("fmt", "-", source=text)
        assert (result.returncode, result.stdout.decode()) == (CLEAN, TIDY)


def test_check_names_files_and_writes_nothing(tmp_path: Path) -> None:
    messy, tidy = write(tmp_path, "messy.zflow", MESSY), write(tmp_path, "tidy.zflow", TIDY)
    result = run("fmt", "--check", messy, tidy)
    assert (result.returncode, result.stdout.decode()) == (FINDINGS, f"{messy}\n")
    assert messy.read_text() == MESSY
    assert run("fmt", "--check", tidy).returncode == CLEAN
    assert run("fmt", "--check", "-", source=MESSY).stdout == b"<stdin>\n"


@pytest.mark.parametrize("flags", [[], ["--check"]])
def test_a_file_with_syntax_errors_stays_as_it_is(tmp_path: Path, flags: list[str]) -> None:
    broken, messy = write(tmp_path, "broken.zflow", BROKEN), write(tmp_path, "messy.zflow", MESSY)
    result = run("fmt", *flags, broken, messy)
    assert result.returncode == FINDINGS
    assert "error[syntax-error]" in result.stderr.decode() and "broken.zflow:2:" in result.stderr.decode()
    assert broken.read_text() == BROKEN
    assert messy.read_text() == (MESSY if flags else TIDY)   # the others get their form
    assert run("fmt", "-", source=BROKEN).stdout == b""


def test_a_program_need_not_be_right(tmp_path: Path) -> None:
    wrong = write(tmp_path, "wrong.zflow", "pipeline p{ wait nobody }\n")
    assert run("fmt", wrong).returncode == CLEAN
    assert wrong.read_text() == "pipeline p { wait nobody }\n"


def test_files_that_cannot_be_read_or_written(tmp_path: Path, open_folder: Path) -> None:
    messy = write(tmp_path, "messy.zflow", MESSY)
    result = run("fmt", tmp_path / "none.zflow", messy)
    assert result.returncode == FAILED and "cannot read" in result.stderr.decode()
    assert messy.read_text() == TIDY
    fails(run("fmt", tmp_path), "cannot read", str(tmp_path))
    fixed = write(open_folder, "fixed.zflow", MESSY)
    fixed.chmod(0o444)
    fails(as_nobody("fmt", fixed), "cannot write", "fixed.zflow")
    assert fixed.read_text() == MESSY


def test_misuse() -> None:
    fails(run("fmt"), "FILE")
    fails(run("fmt", "-", "-"), "only once")
    fails(run("format", "p.zflow"), "zflowc fmt")
    assert b"--check" in run("fmt", "--help").stdout


def test_the_form_is_compiled_to_the_same_template(tmp_path: Path) -> None:
    messy, tidy = write(tmp_path, "messy.zflow", MESSY), write(tmp_path, "tidy.zflow", TIDY)
    assert run(messy, "-o", "-").stdout == run(tidy, "-o", "-").stdout != b""
