"""The `zflowc` command from outside. What a project, a comment and a baseline say about findings."""

import json
import re
from pathlib import Path

import pytest
from zflowc import BAD, CLEAN, FAILED, FINDINGS, GOOD, fails, ids, run, write

# --- what a project says about findings

UNUSED = "stack warns\nparam data: Bucket\nparam other: Bucket\npipeline p { wait 1s }\n"


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


@pytest.mark.parametrize("check", [True, False])
def test_an_unreadable_file_is_a_finding_for_other_programs(tmp_path: Path, check: bool) -> None:
    gone = tmp_path / "gone.zflow"
    arguments = ["--check", write(tmp_path, "p.zflow", GOOD), gone] if check else [gone, "-o", tmp_path / "s.yaml"]

    def said(form: str) -> str:
        answer = run(*arguments, "--format", form)
        assert answer.returncode == FAILED
        out, nothing = (answer.stdout, answer.stderr) if check else (answer.stderr, answer.stdout)
        assert nothing == b""
        return out.decode()

    (found,) = json.loads(said("json"))
    assert found["id"] == "unreadable-file" and found["severity"] == "error" and found["file"] == str(gone)
    assert found["message"] == f"cannot read `{gone}`: No such file or directory"
    (result,) = json.loads(said("sarif"))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("gone.zflow")
    assert re.search(r"^::error file=[^,]*gone.zflow,line=1,col=1", said("github"), re.M)
    fails(run(*arguments), f"zflowc: cannot read `{gone}`")


def test_an_unreadable_baseline_is_a_finding_for_other_programs(tmp_path: Path) -> None:
    answer = run("--check", write(tmp_path, "p.zflow", GOOD), "--format", "json", "--baseline", tmp_path / "gone.json")
    (found,) = json.loads(answer.stdout)
    assert answer.returncode == FAILED and found["id"] == "unreadable-file" and "gone.json" in found["message"]


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
