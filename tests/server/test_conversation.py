"""Framing, the life of a conversation, messages that make no sense."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from client import PATIENCE, SERVER, Client, frame

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, NOT_INITIALIZED = -32700, -32600, -32601, -32602, -32002
GOOD = "stack good\npipeline p { wait 1s }\n"


def code(message: dict) -> int:
    return message["error"]["code"]


def test_tells_what_it_can(tmp_path: Path) -> None:
    with Client() as client:
        result = client.start(tmp_path)
        assert result["serverInfo"]["name"] == "zflow-language-server"
        assert result["capabilities"]["positionEncoding"] == "utf-16"
        assert result["capabilities"]["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}


@pytest.mark.parametrize(("offered", "taken"), [(["utf-16"], "utf-16"), (["utf-16", "utf-8"], "utf-8"), (["utf-32"], "utf-16")])
def test_agrees_on_an_encoding(offered: list[str], taken: str) -> None:
    with Client() as client:
        assert client.start(encodings=offered)["capabilities"]["positionEncoding"] == taken


def test_ends_with_zero_after_shutdown_and_with_one_without() -> None:
    with Client() as client:
        client.start()
        assert client.stop() == 0
    with Client() as client:
        client.start()
        client.notify("exit", None)
        assert client.process.wait(PATIENCE) == 1
    with Client() as client:
        client.notify("exit", None)
        assert client.process.wait(PATIENCE) == 1


def test_ends_when_the_editor_is_gone() -> None:
    with Client() as client:
        client.start()
        assert client.process.stdin
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 1
    with Client() as client:
        client.start()
        client.request("shutdown", None)
        assert client.process.stdin
        client.process.stdin.close()
        assert client.process.wait(PATIENCE) == 0


def test_the_order_of_a_conversation() -> None:
    with Client() as client:
        assert code(client.ask("textDocument/hover", {})) == NOT_INITIALIZED
        client.open("file:///a.zflow", "nonsense")
        client.start()
        assert code(client.ask("initialize", {"capabilities": {}})) == INVALID_REQUEST
        client.request("shutdown", None)
        assert code(client.ask("textDocument/hover", {})) == INVALID_REQUEST
        assert not client.published


def test_unknown_methods(client: Client) -> None:
    assert code(client.ask("textDocument/noSuchThing", {})) == METHOD_NOT_FOUND
    client.notify("textDocument/noSuchThing", {})
    client.notify("$/cancelRequest", {"id": 1})
    client.notify("$/setTrace", {"value": "off"})
    assert code(client.ask("textDocument/noSuchThing", {})) == METHOD_NOT_FOUND


def test_an_id_may_be_a_text(client: Client) -> None:
    client.raw(frame({"jsonrpc": "2.0", "id": "seven", "method": "nothing"}))
    assert code(client.answer("seven")) == METHOD_NOT_FOUND


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"{", PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b"17", INVALID_REQUEST),
        (b"{}", INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","method":7}', INVALID_REQUEST),
        (b'{"jsonrpc":"2.0","id":{},"method":"x"}', INVALID_REQUEST),
        (b"[" * 100_000, PARSE_ERROR),
        (b"[" * 100_000 + b"]" * 100_000, INVALID_REQUEST),
    ],
)
def test_messages_that_are_none(client: Client, message: bytes, expected: int) -> None:
    client.raw(frame(message))
    answer = client.answer(None)
    assert code(answer) == expected


def test_responses_are_not_answered(client: Client) -> None:
    client.raw(frame({"jsonrpc": "2.0", "id": "watch", "result": None}))
    client.raw(frame({"jsonrpc": "2.0", "id": 99, "error": {"code": 1, "message": "no"}}))
    assert code(client.ask("nothing", {})) == METHOD_NOT_FOUND


@pytest.mark.parametrize("params", [None, [], 7, {}, {"textDocument": 3}, {"textDocument": {"uri": 4}, "contentChanges": [{}]}])
def test_parameters_of_another_form(client: Client, params: object) -> None:
    for method in ("didOpen", "didChange", "didClose", "didSave"):
        client.notify(f"textDocument/{method}", params)
    client.open("file:///tmp/a.zflow", GOOD)
    for changes in ([7], [{"text": 7}], [{"range": 3, "text": ""}], 5):
        client.notify("textDocument/didChange", {"textDocument": {"uri": "file:///tmp/a.zflow", "version": 2}, "contentChanges": changes})
    assert client.findings("file:///tmp/a.zflow") == []


def test_headers(client: Client) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "nothing"}).encode()
    length = str(len(body)).encode()
    client.raw(b"content-length:" + length + b"\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" + body)
    assert code(client.answer(1)) == METHOD_NOT_FOUND
    client.raw(b"Content-Length: many\r\nnonsense\r\n\r\nContent-Length: -4\r\n\r\n" + frame(body))
    assert code(client.answer(1)) == METHOD_NOT_FOUND
    client.raw(b"x" * 200_000 + b"\r\n" + frame(body))
    assert code(client.answer(1)) == METHOD_NOT_FOUND


def test_a_message_in_pieces_and_several_at_once(client: Client) -> None:
    message = frame({"jsonrpc": "2.0", "id": 1, "method": "nothing", "params": {"text": "é😀"}})
    for i in range(len(message)):
        client.raw(message[i : i + 1])
    assert code(client.answer(1)) == METHOD_NOT_FOUND
    client.raw(message * 50)
    for _ in range(50):
        assert code(client.answer(1)) == METHOD_NOT_FOUND


def test_a_length_beyond_all_reason_is_the_end() -> None:
    with Client() as client:
        client.raw(b"Content-Length: 99999999999\r\n\r\n")
        assert client.process.wait(PATIENCE) == 1


def test_arguments() -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([SERVER, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)

    assert b"Language Server Protocol" in run("--help").stdout
    assert run("--version").stdout.startswith(b"zflow-language-server ")
    assert run("--port", "80").returncode == 2
    assert run("--stdio").returncode == 1


def test_asks_to_be_told_of_files(tmp_path: Path) -> None:
    with Client() as client:
        watches = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
        client.request("initialize", {"rootUri": None, "capabilities": watches})
        client.notify("initialized", {})
        client.ask("nothing", {})
        assert [r["method"] for r in client.requests] == ["client/registerCapability"]
        watched = client.requests[0]["params"]["registrations"][0]
        assert watched["method"] == "workspace/didChangeWatchedFiles"


def test_only_the_newest_of_waiting_changes_is_checked(client: Client) -> None:
    uri = "file:///tmp/a.zflow"
    burst = [{"textDocument": {"uri": uri, "version": n}, "contentChanges": [{"text": GOOD + "// x" * n}]} for n in range(2, 200)]
    opened = {"textDocument": {"uri": uri, "languageId": "zflow", "version": 1, "text": GOOD}}
    messages = [frame({"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": opened})]
    messages += [frame({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": p}) for p in burst]
    client.raw(b"".join(messages))
    client.settle()
    while client.published[-1]["version"] != 199:
        client.receive()
    assert len(client.published) < len(burst) / 4


def test_a_reader_that_is_gone_does_not_keep_it() -> None:
    read, write = os.pipe()
    process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=write)
    os.close(write)
    os.close(read)
    assert process.stdin
    process.stdin.write(frame({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}))
    process.stdin.flush()
    assert process.wait(PATIENCE) == 1
    process.stdin.close()
