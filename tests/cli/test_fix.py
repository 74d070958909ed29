"""`zflowc fix`: what findings offer is done in the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from zflowc import BAD, CLEAN, FAILED, FINDINGS, GOOD, as_nobody, fails, run, write

SLIPS = """stack s {}
param data: Bucket
pipeline p(day: Date) {
    stage train = trainig_job {
        image: ecr("m", tag: "1")
        chanels: { train: s3(data, "in/${day}/") }
        output: s3(data, "models/")
        instance: m5.large
    }
    return { a: tain.model, b: tain.modle }
}
"""
MENDED = (
    SLIPS.replace("trainig", "training").replace("chanels", "channels").replace(" m5.", " ml.m5.").replace("tain.", "train.")
    .replace("modle", "model")
)
DONE = """:4:19: `trainig_job` became `training_job` [unknown-kind]
:6:9: `chanels` became `channels` [unknown-setting]
:8:19: added `ml.` [unknown-name]
:10:17: `tain` became `train` [unknown-name]
:10:32: `tain` became `train` [unknown-name]
:10:37: `modle` became `model` [unknown-member]
"""


def lines(path: Path | str) -> list[str]:
    return [f"{path}{line}" for line in DONE.splitlines()]


def test_one_thing_after_the_other(tmp_path: Path) -> None:
    """Also what is only looked at when a kind is known."""
    file = write(tmp_path, "p.zflow", SLIPS)
    result = run("fix", file)
    assert (result.returncode, result.stderr) == (CLEAN, b"")
    assert result.stdout.decode().splitlines() == lines(file)
    assert file.read_text() == MENDED
    again = run("fix", file)
    assert (again.returncode, again.stdout, again.stderr) == (CLEAN, b"", b"")


def test_lines_that_are_the_same(tmp_path: Path) -> None:
    file = write(tmp_path, "p.zflow", "stack s {}\nparam wait_for: Duration\npipeline p {\n" + "    wait wait_fro\n" * 40 + "}\n")
    result = run("fix", file)
    assert (result.returncode, len(result.stdout.splitlines())) == (CLEAN, 40)
    assert "fro" not in file.read_text()


def test_check_only_tells(tmp_path: Path) -> None:
    file = write(tmp_path, "p.zflow", SLIPS)
    result = run("fix", "--check", file)
    assert result.returncode == FINDINGS and result.stdout.decode().splitlines() == lines(file)
    assert file.read_text() == SLIPS


def test_standard_input_goes_to_standard_output() -> None:
    result = run("fix", "-", source=SLIPS)
    assert (result.returncode, result.stdout.decode()) == (CLEAN, MENDED)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("stack s {}\nparam data: Bucket\npipeline p(day: Date) { stage t = processing_job { image: ecr(dat, tag: \"1\") } }\n", "a guess that does not fit"),
        ("stack s {}\npipeline p {\n    let unused = 5\n    wait 1s\n}\n", "what would be lost"),
        (BAD, "nothing is offered"),
    ],
)
def test_what_stays(tmp_path: Path, text: str, what: str) -> None:
    file = write(tmp_path, "p.zflow", text)
    result = run("fix", file)
    assert (result.returncode, result.stdout) == (FINDINGS, b""), what
    assert result.stderr == run("--check", file).stdout, "what is left is told"
    assert file.read_text() == text


def test_what_is_left_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, "p.zflow", SLIPS.replace("    return", "    wait nothing_like_it\n    return"))
    result = run("fix", file)
    assert result.returncode == FINDINGS and b"unknown name `nothing_like_it`" in result.stderr
    assert len(result.stdout.splitlines()) == 6


def test_a_kind_that_needs_more_is_named_rightly(tmp_path: Path) -> None:
    file = write(tmp_path, "p.zflow", "stack s {}\npipeline p { stage t = trainig_job {} }\n")
    result = run("fix", file)
    assert result.returncode == FINDINGS and b"missing-setting" in result.stderr
    assert "training_job {}" in file.read_text()


def test_other_files_stay_and_count(tmp_path: Path) -> None:
    """A mistake in an imported file is mended when that file is named."""
    part = write(tmp_path, "part.zflow", "stage kind pause(time: Duration) { wait tme }\n")
    main = write(tmp_path, "main.zflow", 'import "part.zflow"\nstack s {}\npipeline p { stage w = pause { time: 5s } }\n')
    before = part.read_text()
    assert run("fix", main).returncode == FINDINGS
    assert part.read_text() == before
    assert run("fix", part, main).returncode == CLEAN
    assert "wait time" in part.read_text()


def test_the_project_counts(tmp_path: Path) -> None:
    write(tmp_path, "zflow.yaml", "levels: {")
    file = write(tmp_path, "p.zflow", SLIPS)
    fails(run("fix", file), "zflow.yaml")
    assert file.read_text() == SLIPS


def test_files_that_cannot_be_read_or_written(tmp_path: Path, open_folder: Path) -> None:
    fails(run("fix", tmp_path / "none.zflow"), "cannot read")
    fixed = write(open_folder, "fixed.zflow", SLIPS)
    fixed.chmod(0o444)
    fails(as_nobody("fix", fixed), "cannot write")
    assert fixed.read_text() == SLIPS
    good = write(tmp_path, "good.zflow", GOOD)
    assert run("fix", good, tmp_path / "none.zflow").returncode == FAILED
    fails(run("fix"), "FILE")
