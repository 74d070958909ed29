"""The one form of a document."""

from __future__ import annotations

from typing import Any

import pytest

from client import Client
from test_features import URI, applied

Json = Any
MESSY = 'stack s{}\npipeline p {\n  wait 1s   // é😀\n\n\n   wait 2s // twö\n    wait 3s\n}\n'
TIDY = 'stack s {}\npipeline p {\n    wait 1s  // é😀\n\n    wait 2s  // twö\n    wait 3s\n}\n'


def edits(client: Client) -> Json:
    return client.request("textDocument/formatting", {"textDocument": {"uri": URI}, "options": {"tabSize": 2, "insertSpaces": False}})


@pytest.mark.parametrize(("text", "wanted"), [
    (MESSY, TIDY),
    (MESSY.rstrip("\n"), TIDY),
    (TIDY.replace("\n    wait 3s", "\n  wait 3s"), TIDY),
    (TIDY + "\n\n", TIDY),
    ("\n" + TIDY, TIDY),
    (MESSY.replace("\n", "\r\n"), TIDY.replace("\n", "\r\n")),
    (" ", ""),
])
def test_formatted(client: Client, text: str, wanted: str) -> None:
    client.open(URI, text)
    assert applied(text, edits(client)) == wanted


def test_only_lines_that_differ_are_changed(client: Client) -> None:
    client.open(URI, TIDY.replace("    wait 2s", "  wait 2s"))
    assert edits(client) == [
        {"range": {"start": {"line": 4, "character": 0}, "end": {"line": 5, "character": 0}}, "newText": "    wait 2s  // twö\n"}
    ]


def test_nothing_to_do(client: Client) -> None:
    client.open(URI, TIDY)
    assert edits(client) == []


def test_a_text_with_syntax_errors_is_left_alone(client: Client) -> None:
    client.open(URI, "stack s {}\npipeline p { wait }\n")
    assert edits(client) is None


def test_a_text_that_is_not_open(client: Client) -> None:
    answer = client.ask("textDocument/formatting", {"textDocument": {"uri": "file:///tmp/other.zflow"}, "options": {}})
    assert answer["error"]["code"] == -32602
