"""The `zflowc` command from outside: flags, exit codes, files. ZFLOWC names the program."""

import json
import os
import pty
import re
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ZFLOWC = os.environ.get("ZFLOWC", str(ROOT / "build" / "release" / "zflowc"))

GOOD = "stack good\npipeline p { wait 1s }\n"
OTHER = "stack good\npipeline p { wait 2s }\n"
BAD = "stack bad\npipeline p { wait nothing }\n"
WARNS = (
    "stack warns\nparam data: Bucket\npipeline p {\n    stage t = training_job {\n"
    '        image: ecr("m", tag: "1"), channels: { a: s3(data, "in/") }, output: s3(data, "out/")\n'
    "        instance: ml.z99.large\n"
    "    }\n}\n"
)
TWO = "stack first\npipeline p { wait 1s }\nstack second\npipeline q { wait 2s }\n"
CLEAN, FINDINGS, FAILED = 0, 1, 2


def run(
    *arguments: str | Path, source: bytes | str = b"", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    data = source.encode() if isinstance(source, str) else source
    inherited = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    settings = {**inherited, **environment}
    command = [ZFLOWC, *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, cwd=cwd, env=settings, timeout=60)


def as_nobody(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Root may read and write everything; somebody else may not."""

    def drop() -> None:
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)

    return subprocess.run([ZFLOWC, *map(str, arguments)], capture_output=True, preexec_fn=drop, timeout=60)


@pytest.fixture
def open_folder(tmp_path: Path) -> Path:
    """A folder that every user can reach."""
    for folder in [tmp_path, *tmp_path.parents]:
        if folder != Path("/tmp") and Path("/tmp") in folder.parents:
            folder.chmod(folder.stat().st_mode | 0o755)
    tmp_path.chmod(0o777)
    return tmp_path


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def fails(result: subprocess.CompletedProcess[bytes], *words: str) -> None:
    """Exit code 2 and one message of the tool's own on standard error, with these words."""
    message = result.stderr.decode()
    assert result.returncode == FAILED, message
    assert result.stdout == b""
    for word in words:
        assert word in message
    assert "internal error" not in message


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


# --- layers


def test_layers(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    assert "StartAt" in json.loads(run(source, "--emit", "asl").stdout)
    assert "PPipelineRole" in json.loads(run(source, "--emit", "iam").stdout)
    assert run(source, "--emit", "ir").stdout.startswith(b"stack good\n")
    assert run(source, "--emit", "graph").stdout.startswith(b'digraph "good" {')
    assert run(source, "--emit", "graph", "--graph-format", "mermaid").stdout.startswith(b"flowchart TD")
    run(source, "--emit", "ir", "-o", tmp_path / "p.ir")
    assert (tmp_path / "p.ir").read_bytes() == run(source, "--emit", "ir").stdout
    fails(run(source, "--emit", "wasm"), "wasm", "graph")


STARTED = """stack started
param data: Bucket
resource inbox = queue {}
/// Loads one day.
pipeline load(
    /// The day that is loaded.
    day: Date,
    market: "de" | "fr" = "de",
    size: Int(min: 1) | None = none,
) {
    schedule: rate(1d)
    on: object_created(data, prefix: "in/", input: { size: event.detail.object.size })
    timeout: 1h
    if market == "fr" { fail NotYet "not yet" }
    wait 1s
    return { day, where: s3(data, "out/${day}/") }
}
pipeline other(orders: List<Json>) {
    on: messages(inbox, into: "orders")
    wait 1s
}
"""


def test_input_schema(tmp_path: Path) -> None:
    schemas = json.loads(run(write(tmp_path, "p.zflow", STARTED), "--emit", "input-schema").stdout)
    assert list(schemas) == ["load", "other"]
    load = schemas["load"]
    assert load["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert (load["title"], load["description"], load["type"]) == ("load", "Loads one day.", "object")
    assert load["required"] == ["day"] and load["additionalProperties"] is False
    properties = load["properties"]
    assert properties["day"]["type"] == "string" and properties["day"]["description"] == "The day that is loaded."
    assert re.search(properties["day"]["pattern"], "2026-01-31") and not re.search(properties["day"]["pattern"], "31.1.2026")
    assert properties["market"] == {"enum": ["de", "fr"], "default": "de"}
    assert properties["size"] == {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
    one = write(tmp_path, "q.zflow", GOOD)
    assert json.loads(run(one, "--emit", "input-schema").stdout)["title"] == "p"


def test_interface(tmp_path: Path) -> None:
    pipelines = json.loads(run(write(tmp_path, "p.zflow", STARTED), "--emit", "interface").stdout)["pipelines"]
    load = pipelines["load"]
    machine = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:${AWS::StackName}-load"
    assert load["start"]["stateMachineArn"] == machine
    assert load["start"]["stackOutput"] == "LoadPipelineArn"
    assert load["start"]["right"] == {"Action": "states:StartExecution", "Resource": machine}
    assert load["input"]["required"] == ["day"]
    assert load["result"]["schema"]["required"] == ["day", "where"]
    assert load["failure"]["errors"] == ["InvalidInput", "NotYet", "States.Timeout"]
    assert [next(iter(trigger)) for trigger in load["triggers"]] == ["schedule", "event"]
    assert load["triggers"][1]["inputPaths"] == {"detail_object_size": "$.detail.object.size", "time": "$.time"}
    assert "schema" not in pipelines["other"]["result"]
    assert pipelines["other"]["triggers"][0]["each"] == "<$.body>"
    template = json.loads(run(write(tmp_path, "p.zflow", STARTED), "-o", "-", "--json").stdout)
    assert {"LoadPipelineArn", "OtherPipelineArn"} <= set(template["Outputs"])


# --- doc


def test_doc_prints_the_catalogue() -> None:
    text = run("doc").stdout.decode()
    for title in ["## Stage kinds", "## Resource kinds", "## Functions", "## Types", "## Options of the stack", "### `training_job`"]:
        assert f"{title}\n" in text


def test_doc_prints_one_thing() -> None:
    text = run("doc", "queue").stdout.decode()
    assert text.startswith("### `queue`\n") and text.count("###") == 1
    assert "| `visibility_timeout` | `Duration` | `30s` | How long a message" in text
    fails(run("doc", "trainng_job"), "training_job")
    fails(run("doc", "xyzzy"), "zflowc doc")


def test_doc_of_a_file(tmp_path: Path) -> None:
    source = write(tmp_path, "kinds.zflow", "/// Waits.\nstage kind pause(time: Duration = 5s) { wait time }\n")
    text = run("doc", source).stdout.decode()
    assert text.startswith("## Stage kinds\n\n### `pause`\n\nWaits.\n") and "training_job" not in text
    assert run("doc", write(tmp_path, "bad.zflow", "stage kind (")).returncode == FINDINGS
    fails(run("doc", tmp_path / "none.zflow"), "none.zflow")


def test_layers_take_known_forms_only(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    fails(run(source, "--emit", "graph", "--graph-format", "png"), "png", "mermaid")


# --- explain


def test_explain_lists_every_diagnostic_by_group() -> None:
    text = run("explain").stdout.decode()
    assert run("explain", "--list").stdout.decode() == text
    table = (ROOT / "compiler" / "diagnostics" / "diagnostics.def").read_text()
    assert re.findall(r"^  ([a-z-]+) +(?:error|warning) +\S", text, re.MULTILINE) == re.findall(
        r'^ZFLOW_DIAGNOSTIC\(\w+, "([^"]+)"', table, re.MULTILINE
    )
    for group in re.findall(r'^ZFLOW_GROUP\("(.+)"\)', table, re.MULTILINE):
        assert f"\n\n{group}\n" in "\n\n" + text


def test_explain_prints_a_page() -> None:
    result = run("explain", "unknown-name")
    assert result.returncode == CLEAN
    assert result.stdout.decode() == (ROOT / "compiler" / "diagnostics" / "pages" / "unknown-name.md").read_text()


def test_explain_knows_what_was_meant() -> None:
    fails(run("explain", "unknwon-name"), "did you mean `unknown-name`")
    fails(run("explain", "xyzzy"), "xyzzy", "zflowc explain")


# --- what a project says about findings

UNUSED = "stack warns\nparam data: Bucket\nparam other: Bucket\npipeline p { wait 1s }\n"


def ids(result: subprocess.CompletedProcess[bytes]) -> list[str]:
    return re.findall(r"(?:error|warning)\[([a-z-]+)\]", (result.stdout + result.stderr).decode())


def project(folder: Path, text: str) -> Path:
    return write(folder, "zflow.yaml", text)


def test_a_project_turns_warnings_off(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", UNUSED)
    assert ids(run("--check", source)) == ["unused-declaration"] * 2
    project(tmp_path, "diagnostics: { unused-declaration: off }\n")
    assert run("--check", source).returncode == CLEAN
    assert ids(run("--check", source, "--no-config")) == ["unused-declaration"] * 2


def test_a_project_makes_warnings_errors_and_nothing_is_written(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", UNUSED)
    assert run(source, "-o", tmp_path / "a.yaml").returncode == CLEAN
    project(tmp_path, "diagnostics:\n  unused-declaration: error\n")
    result = run(source, "-o", tmp_path / "b.yaml")
    assert result.returncode == FINDINGS and b"error[unused-declaration]" in result.stderr
    assert not (tmp_path / "b.yaml").exists()


def test_a_lagging_error_can_be_a_warning(tmp_path: Path) -> None:
    text = 'pipeline p { call x = sagemaker.stopTrainingJob { TrainingJobName: "n", Soon: true } }\n'
    source = write(tmp_path, "p.zflow", text)
    assert b"error[unknown-request-member]" in run("--check", source).stdout
    project(tmp_path, "diagnostics: { unknown-request-member: warning }\n")
    assert b"warning[unknown-request-member]" in run("--check", source).stdout
    project(tmp_path, "diagnostics: { unknown-request-member: off }\n")
    result = run(source, "-o", "-")
    assert result.returncode == CLEAN and b"Soon" in result.stdout


def test_the_nearest_project_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    source = write(inner, "p.zflow", UNUSED)
    project(tmp_path, "diagnostics: { unused-declaration: off }\n")
    assert run("--check", source).returncode == CLEAN
    assert run("--check", "p.zflow", cwd=inner).returncode == CLEAN
    assert run("--check", "../b/p.zflow", cwd=inner).returncode == CLEAN
    project(tmp_path / "a", "diagnostics: { unused-declaration: error }\n")
    assert b"error[unused-declaration]" in run("--check", "p.zflow", cwd=inner).stdout


def test_two_files_have_their_own_projects(tmp_path: Path) -> None:
    for name, level in [("a", "off"), ("b", "error")]:
        (tmp_path / name).mkdir()
        write(tmp_path / name, "p.zflow", UNUSED)
        project(tmp_path / name, f"diagnostics: {{ unused-declaration: {level} }}\n")
    result = run("--check", "a/p.zflow", "b/p.zflow", cwd=tmp_path)
    assert b"b/p.zflow" in result.stdout and b"a/p.zflow" not in result.stdout


def test_another_project_file(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", UNUSED)
    other = write(tmp_path, "strict.yaml", "deny: warnings\n")
    assert b"error[unused-declaration]" in run("--check", source, "--config", other).stdout
    fails(run("--check", source, "--config", tmp_path / "none.yaml"), "none.yaml", "No such file")
    fails(run("--check", source, "--config", other, "--no-config"), "--no-config")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("diagnostic: {}\n", ["zflow.yaml:1:1", "did you mean `diagnostics`"]),
        ("diagnostics:\n  unused-inptu: off\n", ["zflow.yaml:2:3", "did you mean `unused-input`"]),
        ("diagnostics:\n  type-mismatch: off\n", ["zflow.yaml:2:3", "always an error"]),
        ("diagnostics:\n  unused-input: of\n", ["zflow.yaml:2:17", "did you mean `off`"]),
        ("diagnostics:\n  unused-input: [off]\n", ["zflow.yaml:2:17", "`off`, `warning` or `error`"]),
        ("diagnostics: off\n", ["zflow.yaml:1:14"]),
        ("deny: warning\n", ["zflow.yaml:1:7", "no diagnostic"]),
        ("deny: { a: b }\n", ["zflow.yaml:1:7"]),
        ("baseline: []\n", ["zflow.yaml:1:11"]),
        ("- diagnostics\n", ["zflow.yaml:1:1", "mapping"]),
        ("deny: warnings\ndeny: warnings\n", ["zflow.yaml:2:1", "twice"]),
        ("a: [\n", ["zflow.yaml:2:1"]),
        ("diagnostics: {}\nx: 1\ny: 2\n", ["zflow.yaml:2:1", "zflow.yaml:3:1"]),
    ],
)
def test_wrong_projects_are_refused_at_their_line(tmp_path: Path, text: str, words: list[str]) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    project(tmp_path, text)
    fails(run("--check", source), *words)
    fails(run(source, "-o", tmp_path / "s.yaml"), *words)
    assert not (tmp_path / "s.yaml").exists()


@pytest.mark.parametrize("check", [True, False])
def test_a_wrong_project_is_a_finding_for_other_programs(tmp_path: Path, check: bool) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    path = project(tmp_path, "deny: warnings\nfoo: 1\ndiagnostics:\n  unused-inptu: off\n")
    arguments = ["--check", source] if check else [source, "-o", tmp_path / "s.yaml"]

    def said(form: str) -> str:
        answer = run(*arguments, "--format", form)
        assert answer.returncode == FAILED
        out, nothing = (answer.stdout, answer.stderr) if check else (answer.stderr, answer.stdout)
        assert nothing == b""
        return out.decode()

    first, second = json.loads(said("json"))
    assert first["id"] == second["id"] == "bad-project" and first["severity"] == "error"
    assert first["file"] == str(path) and first["message"].startswith("unknown key `foo`")
    assert (first["range"]["start"]["line"], first["range"]["start"]["column"]) == (2, 1)
    assert (first["range"]["end"]["line"], first["range"]["end"]["column"]) == (2, 4)
    assert "did you mean `unused-input`" in second["message"] and second["range"]["start"]["line"] == 4
    results = json.loads(said("sarif"))["runs"][0]["results"]
    assert [r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results] == [2, 4]
    assert re.search(r"^::error file=[^,]*zflow.yaml,line=2,col=1", said("github"), re.M)
    assert not (tmp_path / "s.yaml").exists()


def test_a_project_that_cannot_be_read_is_a_finding_too(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    answer = run("--check", source, "--format", "json", "--config", tmp_path / "gone.yaml")
    (found,) = json.loads(answer.stdout)
    assert answer.returncode == FAILED and found["range"] is None and "cannot read" in found["message"]


def test_an_empty_project_is_fine(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", GOOD)
    for text in ["", "# nothing\n", "diagnostics:\n", "diagnostics: {}\n", "deny: []\n"]:
        project(tmp_path, text)
        assert run("--check", source).returncode == CLEAN, text


def test_deny(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", UNUSED)
    assert b"error[unused-declaration]" in run("--check", source, "--deny", "warnings").stdout
    assert b"error[unused-declaration]" in run("--check", source, "--deny", "unused-declaration").stdout
    assert b"warning[unused-declaration]" in run("--check", source, "--deny", "unused-input").stdout
    assert run(source, "-o", tmp_path / "s.yaml", "--deny", "warnings").returncode == FINDINGS
    fails(run("--check", source, "--deny", "unused-declaratoin"), "did you mean `unused-declaration`")
    fails(run("--check", source, "--deny", "unknown-name"), "always an error")
    project(tmp_path, "diagnostics: { unused-declaration: off }\n")
    assert run("--check", source, "--deny", "warnings").returncode == CLEAN


# --- allowing by comment


@pytest.mark.parametrize(
    "text",
    [
        "pipeline p {\n    let a = 1 // zflow: allow unused-value \"why\"\n    wait 1s\n}\n",
        "pipeline p {\n    // zflow: allow unused-value \"why\"\n    let a = 1\n    wait 1s\n}\n",
        "pipeline p {\n    // zflow: allow unused-value \"why\"\n\n    // more\n    let a = 1\n    wait 1s\n}\n",
        "pipeline p {\r\n    //zflow:allow unused-value \"why\"\r\n    let a = 1\r\n    wait 1s\r\n}\r\n",
        "const x = \"${\"// a\"}\"\npipeline p {\n    let a = x // zflow: allow unused-value \"why\"\n    wait 1s\n}\n",
    ],
)
def test_a_comment_allows_a_finding(text: str) -> None:
    result = run("--check", "-", source=text)
    assert result.returncode == CLEAN, result.stdout


def test_a_comment_in_a_text_is_none() -> None:
    text = 'output x = "// zflow: allow unused-value"\nresource q = queue {}\n'
    assert run("--check", "-", source=text).returncode == CLEAN
    text = 'output x = """\n    // zflow: allow nonsense\n    """\n/* // zflow: allow more */ resource q = queue {}\n'
    assert run("--check", "-", source=text).returncode == CLEAN


def test_a_comment_allows_one_line_only() -> None:
    text = "pipeline p {\n    // zflow: allow unused-value \"why\"\n    let a = 1\n    let b = 1\n    wait 1s\n}\n"
    result = run("--check", "-", "--format", "concise", source=text)
    assert re.findall(rb":(\d+):\d+: warning\[unused-value\]", result.stdout) == [b"4"]


def test_comments_that_are_wrong() -> None:
    line = "pipeline p {{\n    // zflow: allow {}\n    let a = 1\n    wait 1s\n}}\n"
    for what, words in [
        ("unused-value", "without a reason"), ('unused-value "  "', "without a reason"), ("", "names no diagnostic"),
        ('unused-valeu "why"', "did you mean `unused-value`"), ('type-mismatch "why"', "always an error"),
    ]:
        result = run("--check", "-", source=line.format(what))
        assert "bad-suppression" in ids(result) and words in result.stdout.decode(), result.stdout
    unneeded = run("--check", "-", source=line.format('unused-input "why"'))
    assert ids(unneeded) == ["unused-suppression", "unused-value"]


def test_a_broken_file_may_have_comments() -> None:
    for text in ['pipeline p { let a = "// zflow: allow', "/* zflow: allow x", '"""${"zflow: allow', "} // zflow: allow", '"\\']:
        assert run("--check", "-", source=text).returncode == FINDINGS


# --- baselines


def test_a_baseline_hides_what_was_there(tmp_path: Path) -> None:
    source, baseline = write(tmp_path, "p.zflow", UNUSED), tmp_path / "known.json"
    result = run("--check", source, "--write-baseline", baseline)
    assert result.returncode == CLEAN and b"2 findings" in result.stderr
    before = baseline.read_bytes()
    assert json.loads(before)["findings"][0]["file"] == "p.zflow"
    assert run("--check", source, "--baseline", baseline).returncode == CLEAN
    write(tmp_path, "p.zflow", "// moved\n\n" + UNUSED.replace("param data:", "  param  data:"))
    assert run("--check", source, "--baseline", baseline, "--deny", "warnings").returncode == CLEAN
    write(tmp_path, "p.zflow", UNUSED.replace("pipeline", "param third: Bucket\npipeline"))
    result = run("--check", source, "--baseline", baseline)
    assert ids(result) == ["unused-declaration"] and b"third" in result.stdout
    write(tmp_path, "p.zflow", UNUSED)
    run("--check", source, "--write-baseline", baseline)
    assert baseline.read_bytes() == before


def test_a_baseline_belongs_to_a_project(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    source = write(tmp_path / "src", "p.zflow", UNUSED)
    run("--check", source, "--write-baseline", tmp_path / "known.json")
    project(tmp_path, "baseline: known.json\n")
    assert run("--check", source).returncode == CLEAN
    assert run("--check", "p.zflow", cwd=tmp_path / "src").returncode == CLEAN
    assert run(source, "-o", "-").stderr == b""


def test_stale_entries_are_reported(tmp_path: Path) -> None:
    source, other = write(tmp_path, "p.zflow", UNUSED), write(tmp_path, "q.zflow", UNUSED)
    baseline = tmp_path / "known.json"
    run("--check", source, other, "--write-baseline", baseline)
    write(tmp_path, "p.zflow", UNUSED.replace("param other: Bucket\n", ""))
    result = run("--check", source, "--baseline", baseline)
    assert result.returncode == FINDINGS and ids(result) == ["stale-baseline"] and b"param other: Bucket" in result.stdout


def test_errors_stay_out_of_a_baseline(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", BAD)
    result = run("--check", source, "--write-baseline", tmp_path / "known.json")
    assert result.returncode == FINDINGS and ids(result) == ["unknown-name"]
    assert json.loads((tmp_path / "known.json").read_text())["findings"] == []


def test_wrong_baselines(tmp_path: Path) -> None:
    source = write(tmp_path, "p.zflow", UNUSED)
    fails(run("--check", source, "--baseline", tmp_path / "none.json"), "none.json", "No such file")
    for text in ["{", "[]", "{}", '{"zflow-baseline": 1, "findings": [{}]}', '{"zflow-baseline": 1, "findings": [1]}']:
        fails(run("--check", source, "--baseline", write(tmp_path, "bad.json", text)), "bad.json")
    fails(run("--check", source, "--baseline", "a", "--write-baseline", "b"), "--write-baseline")
    fails(run(source, "-o", "-", "--write-baseline", "b"), "--check")
    fails(run("--check", source, "--write-baseline", tmp_path / "no" / "b"), "cannot write")


# --- everything else


def test_version_and_help() -> None:
    version = run("--version")
    assert version.returncode == CLEAN
    assert re.fullmatch(rb"zflowc \d+\.\d+\.\d+\n", version.stdout)
    assert run("--version", "--check").stdout == version.stdout   # with others, and alone
    assert run("--help").stdout == run("-h").stdout == run("--help", "--check").stdout
    text = run("--help").stdout.decode()
    flags = ["--output", "--check", "--json", "--emit", "--graph-format", "--format", "--color", "--stdin-filename"]
    for flag in [*flags, "--timings", "--verbose", "explain", "doc"]:
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


# ---- several templates

MANY = "stack many\n" + "".join(f"pipeline p{i} {{ wait 1s }}\n" for i in range(140))


def test_a_large_stack_is_several_files(tmp_path: Path) -> None:
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    done = run(source, "-o", target)
    assert done.returncode == CLEAN, done.stderr
    names = sorted(p.name for p in tmp_path.glob("*.yaml"))
    assert names == ["out.part1.yaml", "out.part2.yaml", "out.yaml"]
    said = done.stderr.decode()
    assert all(str(tmp_path / name) in said for name in names)
    assert f"aws cloudformation package --template-file {target} " in said
    assert "TemplateURL: out.part1.yaml" in target.read_text()
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.yaml")}
    assert run(source, "-o", target).returncode == CLEAN
    assert before == {p.name: p.read_bytes() for p in tmp_path.glob("*.yaml")}


def test_a_large_stack_in_a_folder_and_as_json(tmp_path: Path) -> None:
    source = write(tmp_path, "many.zflow", MANY)
    assert run(source, "-o", f"{tmp_path}/out/", "--json").returncode == CLEAN
    folder = tmp_path / "out"
    assert sorted(p.name for p in folder.iterdir()) == ["many.json", "many.part1.json", "many.part2.json"]
    main = json.loads((folder / "many.json").read_text())
    urls = [r["Properties"]["TemplateURL"] for r in main["Resources"].values() if r["Type"] == "AWS::CloudFormation::Stack"]
    assert urls == ["many.part1.json", "many.part2.json"]


def test_parts_of_a_stack_that_was_larger_go(tmp_path: Path) -> None:
    """What this compiler wrote for the same stack, and nothing else of such a name."""
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    for form in (["-o", str(target)], ["-o", str(tmp_path / "out.json")]):
        assert run(source, *form).returncode == CLEAN
    (tmp_path / "out.part3.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nDescription: Part 3 of another\n")
    assert run(write(tmp_path, "many.zflow", "stack many\npipeline p { wait 1s }\n"), "-o", target).returncode == CLEAN
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "many.zflow", "out.json", "out.part1.json", "out.part2.json", "out.part3.yaml", "out.yaml",
    ]
    assert run(source, "-o", tmp_path / "out.json").returncode == CLEAN
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many.zflow", "out.json", "out.part3.yaml", "out.yaml"]


def test_a_check_finds_what_shows_in_the_template_only(tmp_path: Path) -> None:
    parameters = "".join(f"param p{i}: String\n" for i in range(201))
    uses = "".join(f"${{p{i}}}" for i in range(201))
    result = run("--check", write(tmp_path, "p.zflow", f'{parameters}pipeline p {{ wait 1s }}\noutput all = "{uses}"\n'))
    assert result.returncode == FINDINGS
    assert b"error[too-many-parameters]" in result.stdout


def test_stacks_come_out_the_same_on_one_processor_and_on_several(tmp_path: Path) -> None:
    """Large files with several stacks are compiled by several threads."""
    stage = 'stage s{i}_{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f", payload: {{ n: {k} }} }}\n'
    stacks = "".join(f"stack many_{i}\npipeline p{i} {{\n" + "".join("    " + stage.format(i=i, k=k) for k in range(60)) + "}\n" for i in range(5))
    source = write(tmp_path, "many.zflow", stacks)
    processors = os.sched_getaffinity(0)
    folders = tmp_path / "one", tmp_path / "all"
    try:
        os.sched_setaffinity(0, {min(processors)})
        assert run(source, "-o", f"{folders[0]}/").returncode == CLEAN
    finally:
        os.sched_setaffinity(0, processors)
    assert run(source, "-o", f"{folders[1]}/").returncode == CLEAN
    one, several = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert len(one) == 5
    assert one == several


def on_one_processor_and_on_all(*arguments: str | Path) -> list[subprocess.CompletedProcess[bytes]]:
    processors = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(processors)})
        one = run(*arguments)
    finally:
        os.sched_setaffinity(0, processors)
    return [one, run(*arguments)]


def test_a_long_file_reads_the_same_on_one_processor_and_on_several(tmp_path: Path) -> None:
    """It is parsed in pieces, which begin with declarations: also with one that is only the line of a text."""
    stage = '    stage s{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f{i}", payload: {{ n: {k} }} }}\n'
    pipelines = ["/// Number {i}.\npipeline p{i} {{\n{stages}}}\n".format(i=i, stages="".join(stage.format(i=i, k=k) for k in range(100)))
                 for i in range(24)]
    text = 'const _note = """\n' + "const line = 1\n" * 12000 + '"""\n'
    for name, source in {"right": "".join(pipelines), "text": text + "".join(pipelines),
                         "wrong": "".join(pipelines) + "pipeline last {\n    wait soon later\n}\n"}.items():
        path = write(tmp_path, f"{name}.zflow", source)
        assert len(source) > 200_000
        for arguments in (["--emit", "ir", path], ["--check", path]):
            one, several = on_one_processor_and_on_all(*arguments)
            assert one.returncode == several.returncode
            assert one.stdout == several.stdout
            assert one.stderr == several.stderr
            assert (one.returncode == CLEAN) == (name != "wrong")


def test_findings_of_several_stacks_come_in_the_order_of_the_source(tmp_path: Path) -> None:
    stage = 'stage s{i}_{k} = lambda_job {{ function: "arn:aws:lambda:eu-central-1:123456789012:function:f", payload: {{ n: {value} }} }}\n'
    stacks = "".join(f"stack many_{i}\npipeline p{i} {{\n" +
                     "".join("    " + stage.format(i=i, k=k, value="nobody" if k == 30 else k) for k in range(60)) + "}\n" for i in range(5))
    source = write(tmp_path, "many.zflow", stacks)
    runs = [run("--check", "--format", "concise", source).stdout for _ in range(5)]
    assert all(r == runs[0] for r in runs)
    lines = [int(line.split(b":")[1]) for line in runs[0].splitlines() if b"unknown-name" in line]
    assert len(lines) == 5
    assert lines == sorted(lines)


def test_what_is_done_at_once_comes_out_the_same(tmp_path: Path) -> None:
    """Policies and definitions of a large stack are made side by side."""
    calls = "".join(f'    call c{i} = sns.publish {{ TopicArn: told.arn, Message: "{i}" }}\n' for i in range(80))
    pipelines = "".join(f"pipeline p{i} {{\n{calls}}}\n" for i in range(4))
    source = write(tmp_path, "wide.zflow", f"stack wide\nresource told = topic {{}}\n{pipelines}")
    first = run(source, "-o", "-")
    assert first.returncode == CLEAN, first.stderr
    assert first.stdout.count(b'"Type":"Task"') == 320
    assert all(run(source, "-o", "-").stdout == first.stdout for _ in range(5))


def test_large_stacks_are_told_of_once(tmp_path: Path) -> None:
    stacks = (MANY.replace("stack many", f"stack s{i}").replace("pipeline p", f"pipeline q{i}_") for i in range(3))
    source = write(tmp_path, "many.zflow", "".join(stacks))
    done = run(source, "-o", f"{tmp_path}/out/")
    assert done.returncode == CLEAN, done.stderr
    said = done.stderr.decode().splitlines()
    assert len(said) == 3 and "nor do 2 other stacks" in said[0]


def test_a_large_stack_does_not_fit_standard_output(tmp_path: Path) -> None:
    done = run(write(tmp_path, "many.zflow", MANY), "-o", "-")
    assert (done.returncode, done.stdout) == (FAILED, b"")
    assert b"needs 3 templates" in done.stderr and b"a file or a folder" in done.stderr


def test_all_templates_of_a_stack_or_none(tmp_path: Path) -> None:
    source, target = write(tmp_path, "many.zflow", MANY), tmp_path / "out.yaml"
    target.write_text("before")
    (tmp_path / "out.part2.yaml").mkdir()
    done = run(source, "-o", target)
    assert done.returncode == FAILED
    assert target.read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["many.zflow", "out.part2.yaml", "out.yaml"]
