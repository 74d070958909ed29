"""A small client of the Language Server Protocol: one server over pipes. ZFLOW_LANGUAGE_SERVER names the program."""

from __future__ import annotations

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("ZFLOW_LANGUAGE_SERVER", str(ROOT / "build" / "release" / "zflow-language-server"))
PATIENCE = 30  # seconds for an answer

Json = Any


def frame(message: Json) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


class Client:
    """One conversation. What the server tells by itself is kept: `diagnostics` by URI, in the order of arrival."""

    def __init__(self, folder: Path | None = None) -> None:
        self.process = subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
        self.buffer = b""
        self.number = 0
        self.diagnostics: dict[str, list[Json]] = {}
        self.published: list[Json] = []
        self.requests: list[Json] = []

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    # --- the wire

    def raw(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _fill(self) -> None:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, "the server does not answer"
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        assert data, f"the server has ended: {self.process.wait()}"
        self.buffer += data

    def receive(self) -> Json:
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        header, rest = self.buffer.split(b"\r\n\r\n", 1)
        name, length = header.decode().split(": ")
        assert name == "Content-Length"
        while len(rest) < int(length):
            self._fill()
            rest = self.buffer.split(b"\r\n\r\n", 1)[1]
        self.buffer = rest[int(length) :]
        message = json.loads(rest[: int(length)].decode())
        assert message["jsonrpc"] == "2.0"
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published.append(message["params"])
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message:
            self.requests.append(message)
        return message

    def answer(self, number: Json) -> Json:
        """The response to a request; what comes before it is noted."""
        while True:
            message = self.receive()
            if "method" not in message and message["id"] == number:
                return message

    # --- messages

    def notify(self, method: str, params: Json) -> None:
        self.raw(frame({"jsonrpc": "2.0", "method": method, "params": params}))

    def ask(self, method: str, params: Json) -> Json:
        self.number += 1
        self.raw(frame({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}))
        return self.answer(self.number)

    def request(self, method: str, params: Json) -> Json:
        message = self.ask(method, params)
        assert "error" not in message, message
        return message["result"]

    def start(self, folder: Path | None = None, encodings: list[str] | None = None, bare: bool = False) -> Json:
        """The usual beginning. `bare`: of a client that can do nothing beyond the least."""
        document = {
            "publishDiagnostics": {"relatedInformation": True, "tagSupport": {"valueSet": [1, 2]}},
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
            "rename": {"prepareSupport": True},
        }
        can: Json = {} if bare else {"textDocument": document}
        if encodings:
            can["general"] = {"positionEncodings": encodings}
        root = folder.as_uri() if folder else None
        result = self.request("initialize", {"processId": None, "rootUri": root, "capabilities": can})
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, version: int = 1) -> None:
        self.notify("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "zflow", "version": version, "text": text}})

    def change(self, uri: str, version: int, *changes: Json) -> None:
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def settle(self) -> None:
        """Until everything that was sent is worked off: the server checks when nothing waits."""
        before = len(self.published)
        while len(self.published) == before:
            self.receive()
        assert "error" in self.ask("zflow/nothing", {})

    def findings(self, uri: str) -> list[Json]:
        self.settle()
        return self.diagnostics[uri]

    def stop(self) -> int:
        self.request("shutdown", None)
        self.notify("exit", None)
        return self.process.wait(PATIENCE)
