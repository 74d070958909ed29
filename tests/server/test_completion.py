"""What is offered while one types. `|` is the cursor."""

from __future__ import annotations

from typing import Any

import pytest

from client import Client

URI = "file:///tmp/a.zflow"
FRAME = "stack s\nparam data: Bucket\nresource inbox = queue {}\n/// Waits.\nstage kind waiter(\n    /// What for.\n    name: String,\n" \
    "    mode: \"long\" | \"short\" = \"short\",\n    loud: Bool = false,\n) {\n    wait 1s\n    return { seconds: 5 }\n}\n"
Json = Any


def offered(client: Client, text: str, **context: Json) -> list[Json]:
    at = text.index("|>")
    before = text[:at]
    position = {"line": before.count("\n"), "character": len(before[before.rfind("\n") + 1 :].encode("utf-16-le")) // 2}
    client.open(URI, before + text[at + 2 :])
    params = {"textDocument": {"uri": URI}, "position": position}
    return client.request("textDocument/completion", {**params, "context": context} if context else params)


def labels(items: list[Json]) -> list[str]:
    return [item["label"] for item in items]


BROKEN = ["", "\n}\n", "\n", "\npipeline other { wait 1s }\n"]


@pytest.mark.parametrize("rest", BROKEN)
def test_kinds(client: Client, rest: str) -> None:
    for typed in ("", "wai", "training_"):
        items = offered(client, FRAME + "pipeline p {\n    stage x = " + typed + "|>" + rest)
        assert {"waiter", "training_job", "lambda_job"} <= set(labels(items))
        assert not {"queue", "wait", "data"} & set(labels(items))
    waiter = next(i for i in items if i["label"] == "waiter")
    assert waiter["documentation"] == {"kind": "markdown", "value": "Waits."}
    assert labels(sorted(items, key=lambda i: i["sortText"]))[0] == "waiter"
    resources = labels(offered(client, FRAME + "resource r = |>" + rest))
    assert {"queue", "topic", "function"} <= set(resources) and "training_job" not in resources


@pytest.mark.parametrize("rest", BROKEN)
def test_settings_that_are_not_given(client: Client, rest: str) -> None:
    items = offered(client, FRAME + 'pipeline p {\n    stage x = waiter { // é\n        name: "é😀", |>' + rest)
    assert labels(items) == ["mode", "loud"]
    assert items[0]["detail"] == 'mode: "long" | "short" = "short"'
    assert items[0]["insertText"] == "mode: "
    items = offered(client, FRAME + "pipeline p {\n    stage x = waiter { na|>" + rest)
    assert labels(items) == ["name", "mode", "loud"]
    assert items[0]["documentation"]["value"] == "What for."
    items = offered(client, FRAME + "pipeline p {\n    stage x = waiter { loud: true, |>" + rest)
    assert labels(items) == ["name", "mode"]


def test_what_stands_behind_counts_as_given(client: Client) -> None:
    items = offered(client, FRAME + 'pipeline p {\n    stage x = waiter {\n        |>\n        mode: "long"\n    }\n}\n')
    assert labels(items) == ["name", "loud"]


def test_fields_in_any_depth(client: Client) -> None:
    stage = FRAME + "pipeline p {\n    stage x = training_job {\n        "
    assert {"max_wait", "checkpoints"} == set(labels(offered(client, stage + "spot: { |> }\n    }\n}\n")))
    assert "compression" in labels(offered(client, stage + "channels: { train: { |> } }\n    }\n}\n"))
    assert "backoff" in labels(offered(client, stage + "retry: [{ attempts: 2, |>")) and "attempts" not in labels(offered(client, stage + "retry: [{ attempts: 2, |>"))
    assert "tags" in labels(offered(client, "stack s {\n    |>\n}\n"))
    assert "environment" in labels(offered(client, "container c { |> }\n"))


def test_choices(client: Client) -> None:
    stage = FRAME + "pipeline p {\n    stage x = waiter { "
    assert labels(offered(client, stage + "mode: |>"))[:2] == ['"long"', '"short"']
    assert labels(offered(client, stage + "loud: |> }\n}\n"))[:2] == ["true", "false"]
    assert labels(offered(client, stage + "loud: |>", triggerKind=2, triggerCharacter=" ")) == ["true", "false"]
    inside = offered(client, stage + 'mode: "lo|>" }\n}\n')
    assert labels(inside) == ["long", "short"]
    edit = inside[0]["textEdit"]
    assert edit["newText"] == "long" and edit["range"]["end"]["character"] - edit["range"]["start"]["character"] == 2
    assert offered(client, stage + 'mode: "|>')[0]["textEdit"]["newText"] == 'long"'
    assert offered(client, stage + 'name: "|>" }\n}\n') == []


def test_names(client: Client) -> None:
    text = FRAME + "const pause = 5s\nfunction twice(n: Int) = n * 2\npipeline p(day: Date) {\n    let before = 1\n    for item, i in [1] {\n        wait |>\n    }\n    let later = 2\n}\n"
    names = labels(offered(client, text))
    assert names[:4] == ["i", "item", "before", "day"]
    assert {"data", "inbox", "pause", "twice"} <= set(names)
    assert not {"later", "waiter", "n", "p"} & set(names)
    outside = labels(offered(client, text.replace("wait |>", "wait 1s").replace("let later = 2", "wait |>")))
    assert "item" not in outside and "before" in outside
    assert "day" in labels(offered(client, FRAME + 'pipeline p(day: Date) {\n    fail X "of ${|>}"\n}\n'))
    assert "x" in labels(offered(client, FRAME + "const a = [for x in [1]: |>]\n"))
    assert "problem" in labels(offered(client, FRAME + "pipeline p {\n    try { wait 1s } catch as problem {\n        fail Broken |>\n    }\n}\n"))


def test_members(client: Client) -> None:
    stage = FRAME + 'pipeline p {\n    stage w = waiter { name: "x" }\n'
    assert labels(offered(client, stage + "    return w.|>\n}\n")) == ["seconds"]
    assert labels(offered(client, stage + "    return w.sec|>")) == ["seconds"]
    assert "arn" in labels(offered(client, stage + "    return inbox.|>\n}\n"))
    assert offered(client, stage + "    return nobody.|>\n}\n") == []
    assert {"core", "sagemaker"} <= set(labels(offered(client, "import std.|>\n")))


def test_types(client: Client) -> None:
    for text in ("param x: |>\n", "pipeline p(x: |>) {}\n", "pipeline p(x: Int, y: Str|>", "dataset D { a: |> } as parquet\n", "type T { a: |> }\n"):
        types = labels(offered(client, "dataset Orders { a: Int } as parquet\n" + text))
        assert {"String", "Int", "Json", "Arn", "List", "Map", "Orders", "Model"} <= set(types), text
        assert "waiter" not in types and "if" not in types


def test_beginnings(client: Client) -> None:
    assert {"pipeline", "stage kind", "param"} <= set(labels(offered(client, "|>")))
    assert {"pipeline", "stage kind", "param"} <= set(labels(offered(client, "stack s\npi|>")))
    statements = labels(offered(client, FRAME + "pipeline p {\n    |>\n}\n"))
    assert {"stage", "let", "parallel"} <= set(statements) and "pipeline" not in statements
    assert {"stage", "return"} <= set(labels(offered(client, FRAME + "pipeline p {\n    if true { |>")))


def test_nothing_is_offered(client: Client) -> None:
    assert offered(client, FRAME + "// wait |>\n") == []
    assert offered(client, FRAME + "/* wait |> */\n") == []
    assert offered(client, FRAME + 'const a = "wait |>"\n') == []
    assert offered(client, FRAME + "pipeline p { wait |>", triggerKind=2, triggerCharacter=" ") == []


def test_kinds_of_an_imported_file(client: Client, tmp_path: Any) -> None:
    (tmp_path / "lib.zflow").write_text("stage kind far(size: Int) { wait 1s }\n")
    uri = (tmp_path / "main.zflow").as_uri()
    text = 'import "lib.zflow" as lib\nimport "lib.zflow"\npipeline p {\n    stage x = far { \n'
    client.open(uri, text)
    ask = lambda line, character: labels(client.request("textDocument/completion", {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}))  # noqa: E731
    assert ask(3, 14)[0] == "far"
    assert ask(3, 20) == ["size"]
    client.change(uri, 2, {"text": text.replace("= far {", "= lib.far {")})
    assert ask(3, 24) == ["size"]
    assert ask(3, 18) == ["far"]


@pytest.mark.parametrize("piece", ["[", "{", "(", '"${', "1+", "-", "x.", "a{b:", "stage kind k(", '"""${', "type T {", "\r", "é😀", "{b:", "b:[{", "x ", "let x = "])
def test_texts_that_nobody_writes(client: Client, piece: str) -> None:
    """Deep, long and never closed: every question has an answer, and soon."""
    text = "stack s\nconst z = " + piece * 20_000
    client.open(URI, text)
    client.settle()
    for character in (0, len(piece) * 10_000, 10 + len(piece) * 20_000):
        for method in ("completion", "hover", "definition", "documentHighlight"):
            place = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": character}}
            client.request(f"textDocument/{method}", place)
    client.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
