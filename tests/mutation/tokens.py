"""A reading of zflow good enough to break a program in chosen places: tokens, brackets, and the entries of records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
      | (?P<text>\"\"\".*?\"\"\"|"(?:\\.|\$\{(?:[^{}"]|"(?:\\.|[^"\\])*"|\{[^{}]*\})*\}|[^"\\])*")
      | (?P<instance>ml\.[a-z0-9-]+\.[a-z0-9-]+)
      | (?P<date>\d{4}-\d\d-\d\d)
      | (?P<duration>(?:\d+[smhdw])+\b)
      | (?P<size>\d+(?:[KMGT]i?B)\b)
      | (?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>\.\.\.|=>|==|!=|<=|>=|\?\?|\?\.|.)""",
    re.VERBOSE | re.DOTALL,
)
OPEN, CLOSE = "{[(", "}])"


@dataclass
class Token:
    kind: str
    text: str
    at: int
    line: int
    #: Index of the innermost open bracket's token; -1 outside of all.
    inside: int = -1
    #: Of a bracket: index of the one that closes or opens it.
    mate: int = -1

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclass
class Entry:
    """``key: value`` of a record, from its key to the end of its value."""

    key: str
    first: int
    last: int


@dataclass
class Program:
    """One source text, read."""

    source: str
    tokens: list[Token]

    def is_sign(self, index: int, *signs: str) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].text in signs

    def texts(self, first: int, last: int) -> list[str]:
        return [t.text for t in self.tokens[first:last]]


def read(source: str) -> Program:
    tokens: list[Token] = []
    stack: list[int] = []
    line = 1
    for found in TOKEN.finditer(source):
        kind, text = found.lastgroup or "sign", found[0]
        if kind != "blank":
            if text in CLOSE and stack:
                opened = stack.pop()
                tokens[opened].mate = len(tokens)
                tokens.append(Token(kind, text, found.start(), line, stack[-1] if stack else -1, opened))
            else:
                tokens.append(Token(kind, text, found.start(), line, stack[-1] if stack else -1))
                if text in OPEN:
                    stack.append(len(tokens) - 1)
        line += text.count("\n")
    return Program(source, tokens)


def entries(program: Program, brace: int) -> Iterator[Entry]:
    """The ``key: value`` between a brace and its mate."""
    close = program.tokens[brace].mate
    starts = [
        i
        for i in range(brace + 1, close - 1)
        if program.tokens[i].inside == brace
        and program.tokens[i].kind in ("name", "text")
        and program.is_sign(i + 1, ":")
        and (i == brace + 1 or program.is_sign(i - 1, ",") or program.tokens[i].line > program.tokens[i - 1].line)
    ]
    for start, after in zip(starts, [*starts[1:], close]):
        last = after - 1
        if program.is_sign(last, ","):
            last -= 1
        yield Entry(program.tokens[start].text.strip('"'), start, last)
