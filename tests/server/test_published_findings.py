"""Findings as they are published: places, words, imports, projects."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from client import ROOT, Client

ZFLOWC = os.environ.get("ZFLOWC", str(ROOT / "build" / "release" / "zflowc"))
GOOD = "stack good\npipeline p { wait 1s }\n"
BAD = "stack bad\npipeline p { wait nothing }\n"
WARNS = "stack warns\npipeline p {\n    let batch = 500\n    wait 1s\n}\n"
USES = 'import "lib.zflow"\nstack uses\npipeline p { wait pause }\n'


def at(line: int, begin: int, end: int) -> dict:
    return {"start": {"line": line, "character": begin}, "end": {"line": line, "character": end}}


def codes(findings: list[dict]) -> list[str]:
    return [f["code"] for f in findings]


def test_a_finding(client: Client) -> None:
    client.open("file:///tmp/a.zflow", BAD)
    (finding,) = client.findings("file:///tmp/a.zflow")
    assert finding == {
        "range": at(1, 18, 25), "severity": 1, "source": "zflowc", "code": "unknown-name", "message": "unknown name `nothing`",
    }
    assert client.published[-1]["version"] == 1


def test_a_warning_that_fades(client: Client) -> None:
    client.open("file:///tmp/a.zflow", WARNS)
    (finding,) = client.findings("file:///tmp/a.zflow")
    assert (finding["code"], finding["severity"], finding["tags"]) == ("unused-value", 2, [1])


def test_help_and_other_places(client: Client) -> None:
    uri = "file:///tmp/a.zflow"
    client.open(uri, "stack s\nparam data: Bucket\nparam data: Bucket\n" + WARNS.split("\n", 1)[1])
    (twice,) = client.findings(uri)
    assert twice["relatedInformation"] == [{"location": {"uri": uri, "range": at(1, 6, 10)}, "message": "declared here first"}]
    client.change(uri, 2, {"text": WARNS})
    assert client.findings(uri)[0]["message"] == "nothing uses `batch`\nhelp: take it away, or use it"


def test_a_client_that_shows_the_least() -> None:
    with Client() as client:
        client.start(bare=True)
        client.open("file:///tmp/a.zflow", "stack s\nparam data: Bucket\nparam data: Bucket\n" + WARNS.split("\n", 1)[1])
        findings = client.findings("file:///tmp/a.zflow")
        assert not any("relatedInformation" in f or "tags" in f for f in findings)
        twice = next(f for f in findings if f["code"] == "duplicate-declaration")
        assert twice["message"].endswith("line 2: declared here first")


@pytest.mark.parametrize(("encoding", "column"), [("utf-16", 24), ("utf-8", 27)])
def test_columns_after_other_scripts(encoding: str, column: int) -> None:
    with Client() as client:
        client.start(encodings=[encoding])
        client.open("file:///tmp/a.zflow", 'stack s\npipeline p { wait "é😀${nothing}" }\n')
        (finding,) = client.findings("file:///tmp/a.zflow")
        assert finding["range"] == at(1, column, column + 7)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_changes_of_pieces(encoding: str) -> None:
    unit = 2 if encoding == "utf-16" else 4
    with Client() as client:
        client.start(encodings=[encoding])
        uri = "file:///tmp/a.zflow"
        client.open(uri, "stack s // 😀\npipeline p { wait 1s }\n")
        assert client.findings(uri) == []
        # behind the emoji, then in the line after it, then to an end that is not there
        client.change(uri, 2, {"range": at(0, 11 + unit, 11 + unit), "text": "é\n// more"}, {"range": at(2, 18, 20), "text": "nothing"})
        (finding,) = client.findings(uri)
        assert finding["range"] == at(2, 18, 25)
        assert client.published[-1]["version"] == 2
        to_the_end = {"start": {"line": 2, "character": 13}, "end": {"line": 2**31 - 1, "character": 2**31 - 1}}
        client.change(uri, 3, {"range": to_the_end, "text": "wait 2s }"})
        assert client.findings(uri) == []
        client.change(uri, 4, {"text": BAD})
        assert codes(client.findings(uri)) == ["unknown-name"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks(client: Client, end: str, mark: str) -> None:
    client.open("file:///tmp/a.zflow", mark + BAD.replace("\n", end))
    (finding,) = client.findings("file:///tmp/a.zflow")
    assert finding["range"] == at(1, 18, 25)


def test_what_is_no_text(client: Client) -> None:
    uri = "file:///tmp/a.zflow"
    body = b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"%s","languageId":"zflow","version":1,"text":"%s"}}}'
    for nonsense in (b"// \xff\xfe \xf0\x9f", b"// \\ud83d", b"// \\ude00\\ud83d\\ude00 \\\\ud83d", b"\\u0000\\u0001"):
        text = nonsense + b"\\nstack s\\npipeline p { wait nothing }"
        inside = body % (uri.encode(), text)
        client.raw(b"Content-Length: %d\r\n\r\n%s" % (len(inside), inside))
        assert "unknown-name" in codes(client.findings(uri)) or b"u0000" in nonsense


def test_the_text_of_the_editor_counts(client: Client, tmp_path: Path) -> None:
    main, lib = tmp_path / "main.zflow", tmp_path / "lib.zflow"
    main.write_text(USES)
    lib.write_text("const pause = 5s\n")
    client.open(main.as_uri(), USES)
    assert client.findings(main.as_uri()) == []
    client.open(lib.as_uri(), "const other = 5s\n")
    client.settle()
    assert codes(client.findings(main.as_uri()) if not client.diagnostics[main.as_uri()] else client.diagnostics[main.as_uri()]) == ["unknown-name"]
    client.close(lib.as_uri())
    client.settle()
    while client.diagnostics[main.as_uri()]:
        client.receive()


def test_findings_of_an_imported_file_are_its_own(client: Client, tmp_path: Path) -> None:
    main, lib = tmp_path / "main é.zflow", tmp_path / "lib.zflow"
    lib.write_bytes(b"\xef\xbb\xbfconst pause = nothing\r\n")
    client.open(main.as_uri(), USES)
    client.settle()
    assert client.diagnostics[main.as_uri()] == []
    (finding,) = client.diagnostics[lib.as_uri()]
    assert finding["range"] == at(0, 14, 21)
    lib.write_text("const pause = 5s\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": lib.as_uri()}})
    client.settle()
    assert client.diagnostics[lib.as_uri()] == []


def test_closing_takes_findings_away(client: Client, tmp_path: Path) -> None:
    main, lib = tmp_path / "main.zflow", tmp_path / "lib.zflow"
    lib.write_text("const pause = nothing\n")
    client.open(main.as_uri(), USES + "const x = nowhere\n")
    client.settle()
    assert client.diagnostics[lib.as_uri()] and client.diagnostics[main.as_uri()]
    client.close(main.as_uri())
    client.settle()
    assert client.diagnostics[lib.as_uri()] == client.diagnostics[main.as_uri()] == []


def test_a_file_that_appears(client: Client, tmp_path: Path) -> None:
    main = tmp_path / "main.zflow"
    client.open(main.as_uri(), USES)
    assert "unreadable-import" in codes(client.findings(main.as_uri()))
    (tmp_path / "lib.zflow").write_text("const pause = 5s\n")
    client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": (tmp_path / "lib.zflow").as_uri(), "type": 1}]})
    assert client.findings(main.as_uri()) == []


def test_what_cannot_be_read_is_not_waited_for(client: Client, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lib.zflow")
    client.open((tmp_path / "main.zflow").as_uri(), USES)
    assert "unreadable-import" in codes(client.findings((tmp_path / "main.zflow").as_uri()))


def test_the_project_decides(client: Client, tmp_path: Path) -> None:
    main, project = tmp_path / "main.zflow", tmp_path / "zflow.yaml"
    project.write_text("diagnostics:\n  unused-value: error\n")
    client.open(main.as_uri(), WARNS)
    (finding,) = client.findings(main.as_uri())
    assert (finding["code"], finding["severity"]) == ("unused-value", 1)
    project.write_text("diagnostics:\n  unused-value: off\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": project.as_uri()}})
    assert client.findings(main.as_uri()) == []


def test_a_project_that_is_wrong(client: Client, tmp_path: Path) -> None:
    main, project = tmp_path / "main.zflow", tmp_path / "zflow.yaml"
    project.write_text("diagnostics:\n  unused-walue: off\n")
    client.open(main.as_uri(), WARNS)
    client.settle()
    (wrong,) = client.diagnostics[project.as_uri()]
    assert (wrong["code"], wrong["range"]) == ("bad-project", at(1, 2, 14))
    (told,) = client.diagnostics[main.as_uri()]
    assert "nothing is checked: no diagnostic is named `unused-walue`" in told["message"]
    assert told["relatedInformation"][0]["location"]["uri"] == project.as_uri()
    project.write_text("baseline: nowhere.json\n")
    client.notify("textDocument/didSave", {"textDocument": {"uri": project.as_uri()}})
    client.settle()
    assert client.diagnostics[project.as_uri()] == []
    assert "nowhere.json" in client.diagnostics[main.as_uri()][0]["message"]


def test_baselines_and_comments_hold(client: Client, tmp_path: Path) -> None:
    main, project = tmp_path / "main.zflow", tmp_path / "zflow.yaml"
    main.write_text(WARNS)
    subprocess.run([ZFLOWC, "--check", "--write-baseline", "known.json", "main.zflow"], cwd=tmp_path, check=False, capture_output=True)
    project.write_text("baseline: known.json\n")
    client.open(main.as_uri(), WARNS)
    assert client.findings(main.as_uri()) == []
    client.change(main.as_uri(), 2, {"text": GOOD})
    assert codes(client.findings(main.as_uri())) == ["stale-baseline"]
    project.unlink()
    client.change(main.as_uri(), 3, {"text": WARNS.replace("500", '500 // zflow: allow unused-value "soon"')})
    assert client.findings(main.as_uri()) == []


def test_a_text_that_is_no_file(client: Client) -> None:
    client.open("untitled:Untitled-1", BAD)
    assert codes(client.findings("untitled:Untitled-1")) == ["unknown-name"]


def test_the_same_findings_as_on_the_command_line(client: Client) -> None:
    """Of every tenth wrong program: the same names at the same places."""
    for source in sorted((ROOT / "tests" / "errors").glob("*.zflow"))[::10]:
        text = source.read_text()
        told = subprocess.run([ZFLOWC, "--check", "--format", "json", str(source)], capture_output=True, check=False)
        wanted = sorted(
            (f["id"], f["range"]["start"]["line"] - 1) for f in json.loads(told.stdout) if f["file"] == str(source)
        )
        client.open(source.as_uri(), text)
        found = sorted((f["code"], f["range"]["start"]["line"]) for f in client.findings(source.as_uri()))
        assert found == wanted, source.name
        client.close(source.as_uri())
        client.settle()


def test_a_long_text(client: Client) -> None:
    uri = "file:///tmp/a.zflow"
    stages = "".join(f'    stage s{i} = put_events {{ events: [{{ source: "a", type: "b", detail: {{}} }}] }}\n' for i in range(3000))
    client.open(uri, f"stack long\npipeline p {{\n{stages}    wait nothing\n}}\n")
    assert [f["range"]["start"]["line"] for f in client.findings(uri) if f["code"] == "unknown-name"] == [3002]
    client.change(uri, 2, {"text": "const a = [" + "1, " * 500_000 + "nothing]\n"})
    assert "unknown-name" in codes(client.findings(uri))
