"""The `zflowc` command from outside. Compiling: where templates go, whole or not at all, and sources that are odd."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from zflowc import (
    BAD,
    CLEAN,
    FAILED,
    FINDINGS,
    GOOD,
    TWO,
    WARNS,
    ZFLOWC,
    as_nobody,
    fails,
    run,
    write,
)

# --- compiling


def test_compiles_to_a_file(tmp_path: Path) -> None:
    result = run(write(tmp_path, "p.zflow", GOOD), "-o", tmp_path / "stack.yaml")
    assert (result.returncode, result.stdout, result.stderr) == (CLEAN, b"", b"")
    assert "AWS::StepFunctions::StateMachine" in (tmp_path / "stack.yaml").read_text()


@pytest.mark.parametrize("flag", [["-o", "-"], ["--output", "-"], ["--output=-"]])
def test_compiles_to_standard_output(tmp_path: Path, flag: list[str]) -> None:
    result = run(write(tmp_path, "p.zflow", GOOD), *flag)
    assert result.returncode == CLEAN
    assert b"Resources:" in result.stdout


def test_json_by_flag_and_by_name(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    by_flag = run(source, "--json", "-o", "-")
    run(source, "-o", tmp_path / "stack.json")
    assert json.loads(by_flag.stdout) == json.loads((tmp_path / "stack.json").read_bytes())
    assert run(source, "-o", tmp_path / "a.template").returncode == CLEAN
    assert (tmp_path / "a.template").read_text().startswith("AWSTemplateFormatVersion")


def test_standard_input(tmp_path: Path) -> None:
    assert b"Resources:" in run("-", "-o", "-", source=GOOD).stdout
    assert b"<stdin>:2:" in run("--check", "--format", "concise", "-", source=BAD).stdout
    named = run("--check", "--format", "concise", "--stdin-filename", "dir/named.zflow", "-", source=BAD)
    assert named.stdout.startswith(b"dir/named.zflow:2:")


def test_standard_input_finds_imports_beside_its_name(tmp_path: Path) -> None:
    (tmp_path / "dir").mkdir()
    write(tmp_path, "dir/shared.zflow", 'const team = "x"\n')
    source = 'import "shared.zflow"\nstack s { tags: { team } }\npipeline p { wait 1s }\n'
    assert run("-", "-o", "-", "--stdin-filename", "dir/p.zflow", source=source, cwd=tmp_path).returncode == CLEAN
    assert run("-", "-o", "-", source=source, cwd=tmp_path).returncode == FINDINGS


def test_the_template_does_not_depend_on_the_place(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    one = run(write(tmp_path, "a.zflow", GOOD), "-o", "-")
    two = run(write(tmp_path, "deep/b.zflow", GOOD), "-o", "-", cwd=tmp_path)
    assert one.stdout == two.stdout


def test_warnings_do_not_stop_a_compile(tmp_path: Path) -> None:
    result = run(write(tmp_path, "p.zflow", WARNS), "-o", tmp_path / "stack.yaml")
    assert result.returncode == CLEAN
    assert b"unknown-instance" in result.stderr
    assert (tmp_path / "stack.yaml").exists()


# --- several stacks


def test_several_stacks_go_to_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    result = run("-v", write(tmp_path, "p.zflow", TWO), "-o", out)
    assert result.returncode == CLEAN
    assert sorted(p.name for p in out.iterdir()) == ["first.yaml", "second.yaml"]
    run("--json", tmp_path / "p.zflow", "-o", out)
    assert sorted(p.name for p in out.iterdir()) == ["first.json", "first.yaml", "second.json", "second.yaml"]


def test_a_folder_is_made(tmp_path: Path) -> None:
    assert run(write(tmp_path, "p.zflow", TWO), "-o", f"{tmp_path}/new/deep/").returncode == CLEAN
    assert sorted(p.name for p in (tmp_path / "new" / "deep").iterdir()) == ["first.yaml", "second.yaml"]


def test_two_stacks_of_one_name(tmp_path: Path) -> None:
    result = run(write(tmp_path, "p.zflow", TWO.replace("second", "first")), "-o", tmp_path)
    assert result.returncode in (FINDINGS, FAILED)
    assert b"first" in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.zflow"]


def test_several_stacks_do_not_fit_a_file(tmp_path: Path) -> None:
    fails(run(write(tmp_path, "p.zflow", TWO), "-o", tmp_path / "one.yaml"), "several stacks", "folder")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.zflow"]


def test_several_stacks_are_several_documents(tmp_path: Path) -> None:
    result = run(write(tmp_path, "p.zflow", TWO), "-o", "-")
    assert result.returncode == CLEAN
    assert result.stdout.count(b"AWSTemplateFormatVersion") == 2
    assert result.stdout.count(b"\n---\n") == 1
    fails(run("--json", tmp_path / "p.zflow", "-o", "-"), "several stacks", "folder")


def test_one_bad_stack_of_two_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    result = run(write(tmp_path, "p.zflow", TWO + "pipeline r { wait nothing }\n"), "-o", out)
    assert result.returncode == FINDINGS
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("emit", "extension"), [
        ("asl", ".asl.json"),
        ("iam", ".iam.json"),
        ("ir", ".ir"),
        ("graph", ".dot"),
        ("input-schema", ".input-schema.json"),
        ("interface", ".interface.json"),
    ]
)
def test_layers_in_a_folder_are_named_after_what_they_are(tmp_path: Path, emit: str, extension: str) -> None:
    assert run(write(tmp_path, "p.zflow", GOOD), "--emit", emit, "-o", tmp_path).returncode == CLEAN
    assert (tmp_path / f"good{extension}").exists()


def test_the_typed_program_as_json(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", "pipeline p(n: Int = 2) {\n    if n < 3 { wait 5s }\n    return n\n}\n")
    (pipeline,) = json.loads(run(source, "--emit", "ir", "--json").stdout)["pipelines"]
    assert [step["kind"] for step in pipeline["steps"]] == ["wait", "choice", "return"]
    condition = pipeline["values"][pipeline["steps"][1]["arms"][0]["condition"]]
    assert (condition["op"], condition["operator"], condition["time"]) == ("binary", "<", "run")
    assert run(source, "--emit", "ir", "-o", f"{tmp_path}/out/", "--json").returncode == CLEAN
    assert (tmp_path / "out" / "p.ir.json").exists()


# --- whole files or none


def test_a_failing_compile_leaves_the_old_file(tmp_path: Path) -> None:
    out = write(tmp_path, "stack.yaml", "old")
    result = run(write(tmp_path, "p.zflow", BAD), "-o", out)
    assert result.returncode == FINDINGS
    assert b"unknown-name" in result.stderr
    assert out.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.zflow", "stack.yaml"]


def test_a_file_is_replaced_not_rewritten(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    out = write(tmp_path, "stack.yaml", "old")
    out.chmod(0o666)
    before = out.stat()
    with out.open() as reader:
        assert run(source, "-o", out).returncode == CLEAN
        assert reader.read() == "old"
    after = out.stat()
    assert before.st_ino != after.st_ino
    assert stat.S_IMODE(after.st_mode) == 0o666
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.zflow", "stack.yaml"]


def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    subprocess.run(["sh", "-c", 'umask 027; "$0" "$1" -o "$2"', ZFLOWC, source, tmp_path / "new.yaml"], check=True)
    assert stat.S_IMODE((tmp_path / "new.yaml").stat().st_mode) == 0o640


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    (tmp_path / "real").mkdir()
    target = write(tmp_path, "real/stack.yaml", "old")
    link = tmp_path / "link.yaml"
    link.symlink_to("real/stack.yaml")
    assert run(source, "-o", link).returncode == CLEAN
    assert link.is_symlink()
    assert "Resources:" in target.read_text()


def test_a_dangling_link_gets_its_target(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    link = tmp_path / "link.yaml"
    link.symlink_to("later.yaml")
    assert run(source, "-o", link).returncode == CLEAN
    assert link.is_symlink()
    assert "Resources:" in (tmp_path / "later.yaml").read_text()


def test_a_device_and_a_pipe_are_written_to(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    assert run(source, "-o", "/dev/null").returncode == CLEAN
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert b"Resources:" in run(source, "-o", "/dev/stdout").stdout


def test_a_full_disk_is_a_failure(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    fails(run(source, "-o", "/dev/full"), "/dev/full", "No space left")
    with open("/dev/full", "wb") as full:
        result = subprocess.run([ZFLOWC, source, "-o", "-"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert result.returncode == FAILED
    assert b"standard output" in result.stderr


def test_a_full_disk_under_a_check_is_a_failure(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        command = [ZFLOWC, "--check", write(tmp_path, "p.zflow", BAD)]
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert result.returncode == FAILED


def test_a_reader_that_goes_away_is_no_crash(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", "stack s\n" + "".join(f"pipeline p{i} {{ wait 1s }}\n" for i in range(60)))
    done = subprocess.run(["sh", "-c", '"$0" "$1" -o - | head -1', ZFLOWC, source], capture_output=True, timeout=60)
    assert done.stdout.startswith(b"AWSTemplate")
    assert b"internal error" not in done.stderr


# --- files that cannot be read or written


@pytest.mark.parametrize("name", ["missing.zflow", "no/folder.zflow"])
def test_a_missing_file(tmp_path: Path, name: str) -> None:
    fails(run(tmp_path / name, "-o", "-"), name, "No such file")
    fails(run("--check", tmp_path / name), name, "No such file")


def test_a_folder_is_no_source(tmp_path: Path) -> None:
    fails(run(tmp_path, "-o", "-"), str(tmp_path), "directory")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    fails(run(source / "below.zflow", "-o", "-"), "Not a directory")
    fails(run(source, "-o", source / "below.yaml"), "Not a directory")
    fails(run(source, "-o", f"{source}/"), str(source))
    fails(run(source, "-o", tmp_path / "none" / "stack.yaml"), "No such file")
    (tmp_path / "good.yaml").mkdir()
    fails(run(source, "-o", tmp_path), "good.yaml", "folder")
    assert source.read_text() == GOOD


def test_what_somebody_may_not_read(open_folder: Path) -> None:
    source = write(open_folder, "p.zflow", GOOD)
    source.chmod(0o000)
    fails(as_nobody(source, "-o", "-"), "p.zflow", "Permission denied")


def test_what_somebody_may_not_write(open_folder: Path) -> None:
    source = write(open_folder, "p.zflow", GOOD)
    source.chmod(0o644)
    out = write(open_folder, "stack.yaml", "old")
    out.chmod(0o444)
    fails(as_nobody(source, "-o", out), "stack.yaml", "Permission denied")
    (open_folder / "closed").mkdir(mode=0o555)
    fails(as_nobody(source, "-o", open_folder / "closed" / "stack.yaml"), "Permission denied")
    assert out.read_text() == "old"
    assert sorted(p.name for p in open_folder.iterdir()) == ["closed", "p.zflow", "stack.yaml"]


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    fails(run(source, "-o", source), "p.zflow", "source")
    (tmp_path / "link.zflow").symlink_to("p.zflow")
    fails(run(source, "-o", tmp_path / "link.zflow"), "source")
    assert source.read_text() == GOOD


def test_what_a_program_takes_in_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path, "lib.zflow", "const pause = 5s\n")
    write(tmp_path, "code.py", "def handler(event, context): return event\n")
    text = (
        'import "lib.zflow"\nstack s {}\nresource f = function { source: file("code.py"), handler: "index.handler" }\n'
        "output name = f.name\npipeline p { wait pause }\n"
    )
    file = write(tmp_path, "main.zflow", text)
    for name in ("lib.zflow", "code.py"):
        before = (tmp_path / name).read_text()
        fails(run(file, "-o", tmp_path / name), name, "part of the program")
        assert (tmp_path / name).read_text() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code.py", "lib.zflow", "main.zflow"]


# --- odd sources


def test_an_empty_file(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", "")
    assert run("--check", source).returncode == CLEAN
    fails(run(source, "-o", tmp_path / "stack.yaml"), "nothing to deploy")
    assert not (tmp_path / "stack.yaml").exists()


def test_a_file_without_a_stack_is_named_after_itself(tmp_path: Path) -> None:
    assert run(write(tmp_path, "my_pipe.zflow", "pipeline p { wait 1s }\n"), "-o", tmp_path).returncode == CLEAN
    assert (tmp_path / "my-pipe.yaml").exists()


NO_TEXT = [b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe" * 50, b"\x00" * 1000, bytes(range(256)), b"stack s\xff\n"]


@pytest.mark.parametrize("data", [*NO_TEXT, b"// \xc3\x28\n" + GOOD.encode()])
def test_a_file_that_is_no_text(tmp_path: Path, data: bytes) -> None:
    result = run("--check", write(tmp_path, "p.zflow", data))
    assert result.returncode == FINDINGS
    result.stdout.decode("utf-8")
    assert b"\x00" not in result.stdout
    assert result.stderr == b""


@pytest.mark.parametrize("text", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, GOOD.rstrip("\n")])
def test_line_ends_and_byte_order_marks_make_no_difference(text: str) -> None:
    assert run("-", "-o", "-", source=text).stdout == run("-", "-o", "-", source=GOOD).stdout


@pytest.mark.parametrize(("before", "after"), [('const x = "', '"'), ("// ", ""), ("", "")])
def test_a_line_of_ten_megabytes(tmp_path: Path, before: str, after: str) -> None:
    result = run("--check", write(tmp_path, "p.zflow", f"{before}{'a' * 10_000_000}{after}\n{GOOD}"))
    assert result.returncode in (CLEAN, FINDINGS)
    assert len(result.stdout) < 100_000


def test_deep_nesting_is_a_finding(tmp_path: Path) -> None:
    result = run("--check", write(tmp_path, "p.zflow", "const x = " + "(" * 100_000 + "1" + ")" * 100_000 + "\n"))
    assert result.returncode == FINDINGS
    assert b"nesting-too-deep" in result.stdout
