"""Fixes, hover, definitions and outlines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from client import ROOT, Client

URI = "file:///tmp/a.zflow"
WARNS = "stack warns\npipeline p {\n    let batch = 500\n    wait 1s\n}\n"
TRAIN = """/// Everything.
stack demo {}
/// The bucket with everything in it.
param data: Bucket
/// Longer than short.
const pause = 5s
function prefix(day: Date) = "orders/${day}/"

/// Waits. 😀
stage kind waiter(
    /// What to wait for.
    name: String,
    mode: "long" | "short" = "short",
) {
    wait pause
    return { name: name, seconds: 5 }
}

pipeline p(day: Date) {
    stage train = training_job {
        image: ecr("demo/model", tag: "1.4")
        channels: { train: { from: s3(data, prefix(day)), compression: "Gzip" } }
        output: s3(data, "é😀/${day}/")
    }
    stage w = waiter { name: "x", mode: "long" }
    for country, index in ["a", "b"] {
        let both = "${country}${index}"
        stage again = waiter { name: both }
        yield again.name
    }
    return { model: train.model, waited: w.name }
}
"""
Json = Any


def place(text: str, what: str, nth: int = 1, into: int = 0) -> Json:
    """Where the nth `what` stands, in UTF-16 units."""
    at = -1
    for _ in range(nth):
        at = text.index(what, at + 1)
    line = text.count("\n", 0, at)
    before = text[text.rfind("\n", 0, at) + 1 : at]
    return {"line": line, "character": len(before.encode("utf-16-le")) // 2 + into}


def about(what: Json, position: Json, uri: str = URI) -> Json:
    return {"textDocument": {"uri": uri}, "position": position, **what}


def applied(text: str, edits: list[Json]) -> str:
    """A text with one edit of UTF-16 places."""
    (edit,) = edits

    def offset(position: Json) -> int:
        lines = text.splitlines(keepends=True) + [""]
        units = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]]
        return sum(map(len, lines[: position["line"]])) + len(units.decode("utf-16-le"))

    return text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]


def actions(client: Client, finding: Json, **context: Json) -> list[Json]:
    params = {"textDocument": {"uri": URI}, "range": finding["range"], "context": {"diagnostics": [finding], **context}}
    return client.request("textDocument/codeAction", params)


# --- fixes

FIXABLE = [
    'stack s\npipeline p { wait 1s // é😀\n wait null }\n',
    "stack s\nconst used = 5s\npipeline p { wait usde }\n",
    WARNS.replace("500", '500 // zflow: allow unused-valu "soon"'),
    "stack s\npipeline p { wait 1s } // zflow: allow unused-value \"soon\"\n",
]


def fixable() -> list[str]:
    programs = [p for p in sorted((ROOT / "tests" / "errors").glob("*.zflow")) if p.name != "not-text.zflow"]
    return FIXABLE + [p.read_text() for p in programs[::7]]


def test_fixes_mend_what_they_are_for(client: Client) -> None:
    """Applying a fix takes its finding away, in every program that has one."""
    version, mended = 1, 0
    client.open(URI, "")
    client.settle()
    for text in fixable():
        version += 1
        client.change(URI, version, {"text": text})
        findings = client.findings(URI)
        for finding in findings:
            for action in actions(client, finding):
                if action["title"].startswith("allow ") or action["diagnostics"][0] != finding:
                    continue
                version += 1
                changed = applied(text, action["edit"]["changes"][URI])
                client.change(URI, version, {"text": changed})
                left = client.findings(URI)
                assert finding not in left, (text, action)
                mended += 1
    assert mended > 10


def test_a_fix_leaves_nothing_behind(client: Client) -> None:
    client.open(URI, "stack s\nconst used = 5s\npipeline p { wait usde }\n")
    (finding,) = client.findings(URI)
    (fix,) = actions(client, finding)
    assert fix["kind"] == "quickfix" and fix["isPreferred"] and fix["diagnostics"] == [finding]
    client.change(URI, 2, {"text": applied("stack s\nconst used = 5s\npipeline p { wait usde }\n", fix["edit"]["changes"][URI])})
    assert client.findings(URI) == []


def test_a_comment_that_is_not_needed_goes_with_its_line(client: Client) -> None:
    text = 'stack s\n// zflow: allow unused-value "soon"\npipeline p { wait 1s }\n'
    client.open(URI, text)
    (finding,) = client.findings(URI)
    remove = next(a for a in actions(client, finding) if a["title"] == "remove the comment")
    assert applied(text, remove["edit"]["changes"][URI]) == "stack s\npipeline p { wait 1s }\n"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_allowing_asks_for_a_reason(client: Client, end: str) -> None:
    text = WARNS.replace("\n", end)
    client.open(URI, text)
    (finding,) = client.findings(URI)
    allow = next(a for a in actions(client, finding) if a["title"].startswith("allow `unused-value`"))
    changed = text.replace("    let", f'    // zflow: allow unused-value ""{end}    let')
    (edit,) = allow["edit"]["changes"][URI]
    assert edit["newText"].endswith(end) and edit["range"]["start"] == edit["range"]["end"] == {"line": 2, "character": 0}
    client.change(URI, 2, {"text": changed})
    assert [f["code"] for f in client.findings(URI)] == ["bad-suppression"]
    client.change(URI, 3, {"text": changed.replace('""', '"soon"')})
    assert client.findings(URI) == []


def test_what_is_always_an_error_cannot_be_allowed(client: Client) -> None:
    client.open(URI, "stack s\npipeline p { wait nothing }\n")
    (finding,) = client.findings(URI)
    assert not [a for a in actions(client, finding) if a["title"].startswith("allow")]


def test_only_the_kinds_that_are_asked_for(client: Client) -> None:
    client.open(URI, WARNS)
    (finding,) = client.findings(URI)
    assert actions(client, finding, only=["quickfix"]) and actions(client, finding, only=[""])
    assert actions(client, finding, only=["refactor", "source.organizeImports"]) == []
    elsewhere = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}}
    assert actions(client, elsewhere) == []


# --- hover


def hover(client: Client, text: str, what: str, nth: int = 1, into: int = 0) -> str:
    result = client.request("textDocument/hover", about({}, place(text, what, nth, into)))
    return result["contents"]["value"] if result else ""


@pytest.mark.parametrize(
    ("what", "nth", "words"),
    [
        ("training_job", 1, ["### `training_job`", "| `image` |"]),
        ("waiter {", 1, ["### `waiter`", "Waits. 😀", "| `mode` |"]),
        ("channels", 1, ["channels: "]),
        ("compression", 1, ['compression: "None" | "Gzip" = "None"']),
        ("mode:", 2, ['mode: "long" | "short" = "short"']),
        ("name: both", 1, ["name: String", "What to wait for."]),
        ("prefix(day))", 1, ["function prefix(day: Date)"]),
        ("data, prefix", 1, ["param data: Bucket", "The bucket with everything in it."]),
        ("pause\n", 1, ["### `pause`", "Longer than short."]),
        ("train.model", 1, ["stage train = training_job {", "gives `", "model"]),
        ("country}", 1, ["for country, index in"]),
        ("Bucket", 1, []),
        ("é😀/", 1, []),
        ("Everything.", 1, []),
    ],
)
def test_hover(client: Client, what: str, nth: int, words: list[str]) -> None:
    client.open(URI, TRAIN)
    told = hover(client, TRAIN, what, nth)
    assert all(word in told for word in words), told
    assert bool(told) == bool(words)


def test_hover_tells_of_findings(client: Client) -> None:
    client.open(URI, WARNS)
    told = hover(client, WARNS, "batch")
    assert "let batch = 500" in told and "# unused-value" in told


@pytest.mark.parametrize("path", [*sorted((ROOT / "examples").glob("*/*.zflow")), *sorted((ROOT / "tests" / "errors").glob("*.zflow"))[::9]], ids=lambda p: p.stem)
def test_every_request_everywhere(client: Client, path: Path) -> None:
    """No place of a program, whole or cut off, is one where the server has no answer."""
    text = path.read_text()[:4000]
    lines = text.split("\n")
    version = 1
    client.open(path.as_uri(), text)
    for cut in (len(lines), len(lines) // 2):
        version += 1
        client.change(path.as_uri(), version, {"text": "\n".join(lines[:cut])[:-3]})
        for line in range(0, cut + 1, 3):
            for character in (0, 9, 17, 80):
                at = {"line": line, "character": character}
                for method in ("hover", "definition", "completion", "documentHighlight"):
                    client.request(f"textDocument/{method}", about({}, at, path.as_uri()))
        client.request("textDocument/documentSymbol", {"textDocument": {"uri": path.as_uri()}})


# --- definitions


@pytest.mark.parametrize(
    ("what", "nth", "target", "target_nth", "into"),
    [
        ("data, prefix", 1, "data: Bucket", 1, 0),
        ("prefix(day))", 1, "prefix(day: Date)", 1, 0),
        ("day)),", 1, "day: Date) {", 1, 0),
        ("waiter { name: both", 1, "waiter(", 1, 0),
        ("mode: \"long\" }", 1, "mode: \"long\" |", 1, 0),
        ("train.model", 1, "train = ", 1, 0),
        ("country}", 1, "country, index", 1, 0),
        ("index}", 1, "index in", 1, 0),
        ("both }", 1, "both = ", 1, 0),
        ("again.name", 1, "again = ", 1, 0),
        ("pause\n", 1, "pause = 5s", 1, 0),
    ],
)
def test_definition(client: Client, what: str, nth: int, target: str, target_nth: int, into: int) -> None:
    client.open(URI, TRAIN)
    found = client.request("textDocument/definition", about({}, place(TRAIN, what, nth, 1)))
    assert found["uri"] == URI
    assert found["range"]["start"] == place(TRAIN, target, target_nth, into)


def test_definition_in_another_file(client: Client, tmp_path: Path) -> None:
    lib, main = tmp_path / "lib.zflow", tmp_path / "main.zflow"
    lib.write_text("/// é\nconst other = 1s\nconst pause = 5s\n")
    text = 'import "lib.zflow"\nimport "lib.zflow" as l\nstack uses\npipeline p {\n    wait pause\n    wait l.other\n}\n'
    client.open(main.as_uri(), text)
    ask = lambda what, into=1: client.request("textDocument/definition", about({}, place(text, what, 1, into), main.as_uri()))  # noqa: E731
    assert ask("pause") == {"uri": lib.as_uri(), "range": {"start": {"line": 2, "character": 6}, "end": {"line": 2, "character": 11}}}
    assert ask("other")["range"]["start"] == {"line": 1, "character": 6}
    assert ask("lib.zflow")["uri"] == lib.as_uri()
    client.open(lib.as_uri(), "\n\n\nconst pause = 5s\n")
    assert ask("pause")["range"]["start"] == {"line": 3, "character": 6}


def test_no_definition(client: Client) -> None:
    client.open(URI, TRAIN)
    for what in ("training_job", "é😀/", "5s", "Everything."):
        assert client.request("textDocument/definition", about({}, place(TRAIN, what, 1, 1))) is None
    assert "error" in client.ask("textDocument/definition", about({}, {"line": 0, "character": 0}, "file:///tmp/other.zflow"))
    assert "error" in client.ask("textDocument/definition", {"textDocument": {"uri": URI}})


# --- uses


def uses(client: Client, position: Json, uri: str = URI, declaration: bool = True) -> list[Json]:
    return client.request("textDocument/references", about({"context": {"includeDeclaration": declaration}}, position, uri))


@pytest.mark.parametrize(
    ("what", "nth", "places"),
    [
        ("train = ", 1, [("train = ", 1), ("train.model", 1)]),
        ("data, prefix", 1, [("data: Bucket", 1), ("data, prefix", 1), ("data, \"é", 1)]),
        ("day: Date) {", 1, [("day: Date) {", 1), ("day))", 1), ("day}/\")\n    }", 1)]),
        ("day: Date) =", 1, [("day: Date) =", 1), ("day}", 1)]),
        ("name: both", 1, [("name: String", 1), ("name: name", 1, 6), ("name: \"x\"", 1), ("name: both", 1)]),
        ("waiter(", 1, [("waiter(", 1), ("waiter {", 1), ("waiter {", 2)]),
    ],
)
def test_uses(client: Client, what: str, nth: int, places: list[tuple[Any, ...]]) -> None:
    client.open(URI, TRAIN)
    found = uses(client, place(TRAIN, what, nth, 1))
    wanted = [place(TRAIN, *each) for each in places]
    assert [f["range"]["start"] for f in found] == wanted
    assert [f["range"]["start"] for f in uses(client, place(TRAIN, what, nth, 1), declaration=False)] == wanted[1:]
    marked = client.request("textDocument/documentHighlight", about({}, place(TRAIN, what, nth, 1)))
    assert [m["range"] for m in marked] == [f["range"] for f in found]


def test_uses_in_another_document(client: Client, tmp_path: Path) -> None:
    lib, main = tmp_path / "lib.zflow", tmp_path / "main.zflow"
    client.open(lib.as_uri(), "const pause = 5s\n")
    client.open(main.as_uri(), 'import "lib.zflow"\nimport "lib.zflow" as l\nstack uses\npipeline p {\n    wait pause\n    wait l.pause\n}\n')
    found = uses(client, {"line": 0, "character": 7}, lib.as_uri())
    assert [(f["uri"], f["range"]["start"]["line"]) for f in found] == [(lib.as_uri(), 0), (main.as_uri(), 4), (main.as_uri(), 5)]


def test_no_uses(client: Client) -> None:
    client.open(URI, TRAIN)
    for what in ("training_job", "é😀/", "Everything.", "5s"):
        assert uses(client, place(TRAIN, what, 1, 1)) == []


# --- outlines


def test_outline(client: Client) -> None:
    client.open(URI, TRAIN)
    outline = client.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert [s["name"] for s in outline] == ["demo", "data", "pause", "prefix", "waiter", "p"]
    pipeline = outline[-1]
    assert [s["name"] for s in pipeline["children"]] == ["train", "w", "both", "again"]
    train = pipeline["children"][0]
    assert train["detail"] == "training_job"
    assert train["selectionRange"]["start"] == place(TRAIN, "train = ")
    assert train["range"]["end"] == place(TRAIN, "}\n    stage w", 1, 1)


def test_outline_of_a_broken_text(client: Client) -> None:
    client.open(URI, "stack s\nconst a = \npipeline p {\n    stage x = training_job {\n")
    names = [s["name"] for s in client.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})]
    assert "s" in names


def test_outline_of_a_plain_client() -> None:
    with Client() as client:
        client.start(bare=True)
        client.open(URI, TRAIN)
        flat = client.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
        train = next(s for s in flat if s["name"] == "train")
        assert train["containerName"] == "p" and train["location"]["uri"] == URI
